import { expect, test } from 'vitest'
import { type Entry, entriesOf, findEntries } from '../../../web/app/entries.ts'
import { shortcuts, wishOf } from '../../../web/app/keys.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false, isTyping: false }

test.each([
  ['k', { ctrlKey: true }, { kind: 'palette' }],
  ['K', { metaKey: true, isTyping: true }, { kind: 'palette' }],
  ['k', {}, null],
  ['?', {}, { kind: 'help' }],
  ['?', { isTyping: true }, null],
  ['/', {}, { kind: 'filter' }],
  ['1', {}, { kind: 'screen', to: '/' }],
  ['1', { ctrlKey: true }, null],
  ['1', { altKey: true }, null],
  ['0', {}, { kind: 'screen', to: '/settings' }],
  ['Enter', {}, null],
])('the key %s with %j asks for %j', (key, more, wish) => {
  expect(wishOf({ ...plain, key, ...more })).toEqual(wish)
})

test('every shortcut of one key that is listed does something', () => {
  const single = shortcuts.flatMap(({ keys: [key = '', more] }) => (more === undefined ? [key] : []))
  expect(single.filter((key) => wishOf({ ...plain, key }) === null)).toEqual(['Esc'])
})

const row = (target_id: string, provider: string, model: string) => ({ target_id, provider, model })
const now = {
  providers: { groq: { name: 'Groq', synthetic: true } },
  rows: [row('a', 'groq', 'llama 3'), row('b', 'other', 'gpt'), row('a', 'groq', 'llama 3')],
} as unknown as NonNullable<Parameters<typeof entriesOf>[0]['now']>
const runs = {
  rows: [{ id: 'r 1', run_name: 'nightly', started_at: '2026-11-29T10:00:00Z' }],
} as unknown as NonNullable<Parameters<typeof entriesOf>[0]['runs']>

test('entries are screens, each target once, and runs', () => {
  const entries = entriesOf({ now, runs, hasScreen: () => true })
  expect(entries.filter(({ hint }) => hint !== 'screen')).toMatchObject([
    { label: 'llama 3', hint: 'Groq, 2 regions', href: '/targets/a' },
    { label: 'gpt', hint: 'other, 1 region', href: '/targets/b' },
    { label: 'nightly', href: '/history/r%201' },
  ])
})

test('a target without a screen is a filter of Now, and a run without one is left out', () => {
  const entries = entriesOf({ now, runs, hasScreen: () => false })
  expect(entries.map(({ href }) => href).filter((href) => href.includes('?'))).toEqual([
    '/?q=llama%203',
    '/?q=gpt',
  ])
  expect(entries.some(({ label }) => label === 'nightly')).toBe(false)
})

test('nothing is needed to go to a screen', () => {
  expect(entriesOf({ now: null, runs: null, hasScreen: () => true })[0]).toMatchObject({
    label: 'Now',
    href: '/',
  })
})

test('every word counts wherever it stands, and a name that begins with the first comes first', () => {
  const entry = (label: string, hint: string): Entry => ({ id: label, label, hint, href: label })
  const entries = [entry('old gpt', 'OpenAI'), entry('gpt', 'Groq'), entry('gpt', 'OpenAI'), entry('x', 'y')]
  expect(findEntries(entries, ' GPT  openai ').map(({ label }) => label)).toEqual(['gpt', 'old gpt'])
  expect(findEntries(entries, '')).toEqual(entries)
  expect(findEntries(entries, '', 2)).toHaveLength(2)
  expect(findEntries(entries, 'nothing')).toEqual([])
})
