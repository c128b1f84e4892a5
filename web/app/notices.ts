import { useSyncExternalStore } from 'react'

// What has no place on a screen is said in a corner, for a while.

let notice: string | null = null
const listeners = new Set<() => void>()
const shownMs = 8_000
let timer: ReturnType<typeof setTimeout> | undefined

/** Says something that has no place on the screen. */
export function tell(text: string | null): void {
  notice = text
  clearTimeout(timer)
  if (text !== null) timer = setTimeout(() => tell(null), shownMs)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** What is said now. */
export const useNotice = (): string | null => useSyncExternalStore(subscribe, () => notice)
