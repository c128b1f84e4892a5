import { expect, test } from 'vitest'
import { describeChange } from '../../../src/config/describe.ts'

const change = { kind: 'prompt', key: 'tides', change: 'changed' } as const

test('a change of a long text is told by its beginning and its length', () => {
  const before = { text: 'x'.repeat(1000), category: 'qa' }
  expect(describeChange({ ...change, before, after: { ...before, text: 'Why?' } })).toBe(
    `changed  prompt tides: text "${'x'.repeat(118)}… (1002 characters) -> "Why?"`,
  )
})

test('a change at the end of a long text is a change', () => {
  const [before, after] = ['a', 'b'].map((end) => ({ text: 'x'.repeat(1000) + end }))
  expect(describeChange({ ...change, before: before ?? null, after: after ?? null })).toMatch(
    /: text .+ -> .+/,
  )
})
