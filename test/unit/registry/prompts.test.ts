import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { promptCategories, promptOf, prompts } from '../../../src/registry/prompts.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

test('the text of a named prompt stays as it is, because its results are a series', () => {
  const hashes = Object.entries(prompts).map(([name, { text }]) => [name, hashOf(text)])
  expect(Object.fromEntries(hashes)).toMatchObject({
    default: '59f7306da949a2ab',
    story: '1c888f7009b9363b',
    code: 'f33de5b481622748',
    short: '02cdae404b2dd8c3',
  })
})

test('each category has at least two prompts, and each text is there once', () => {
  const all = Object.values(prompts)
  const sizes = Map.groupBy(all, ({ category }) => category)
  for (const category of promptCategories) expect(sizes.get(category)?.length).toBeGreaterThanOrEqual(2)
  expect(new Set(all.map(({ text }) => text)).size).toBe(all.length)
})

test('a prompt has a name here or among one’s own, or is itself the text', () => {
  const own = { mine: 'What is mine?', short: 'never used' }
  expect(promptOf('mine', own)).toBe('What is mine?')
  expect(promptOf('short', own)).toBe(prompts.short.text)
  expect(promptOf('toString', own)).toBe('toString')
  expect(promptOf('short')).toBe(prompts.short.text)
  expect(promptOf('letter-home')).toBe(prompts['letter-home'].text)
  for (const text of ['toString', 'Say hello.', 'Short']) expect(promptOf(text)).toBe(text)
})
