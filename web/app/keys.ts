import { screens } from './screens.ts'

/** What a key does anywhere in the dashboard. */
export type Wish =
  | { kind: 'palette' }
  | { kind: 'help' }
  | { kind: 'filter' }
  | { kind: 'screen'; to: (typeof screens)[number]['to'] }

/** What of a key press says what it wishes. */
export interface Pressed {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  /** Whether it goes into a field or another control that takes letters. */
  isTyping: boolean
}

/** The keys of the screens, as they lie on a keyboard. */
const digits = '1234567890'.split('')

/** What a key press asks for; null: nothing of ours. A field keeps its letters, and the browser its own shortcuts. */
export function wishOf({ key, ctrlKey, metaKey, altKey, isTyping }: Pressed): Wish | null {
  if (altKey) return null
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' ? { kind: 'palette' } : null
  if (isTyping) return null
  if (key === '?') return { kind: 'help' }
  if (key === '/') return { kind: 'filter' }
  const screen = screens[digits.indexOf(key)]
  return screen === undefined ? null : { kind: 'screen', to: screen.to }
}

/** Every shortcut, for people. */
export const shortcuts: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['Ctrl', 'K'], does: 'Go to a target, a run or a screen' },
  { keys: ['/'], does: 'Filter what the screen shows' },
  ...screens.map(({ label }, index) => ({ keys: digits.slice(index, index + 1), does: `Open ${label}` })),
  { keys: ['?'], does: 'Show these shortcuts' },
  { keys: ['Esc'], does: 'Close what is open' },
]
