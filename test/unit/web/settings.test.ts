import { expect, test } from 'vitest'
import { checkGroups } from '../../../web/screens/settings/check-groups.ts'
import { settingsSearch } from '../../../web/screens/settings/search.ts'

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { part: 'prompts', prompt: '7', add: true }
  expect(settingsSearch({ ...known, prompt: 7, other: 1 })).toEqual(known)
  expect(settingsSearch({ part: 'providers', prompt: '', add: 1 })).toEqual({})
})

test('what asks for something comes first, what failed before what only warns', () => {
  const check = (name: string, state: 'ok' | 'warn' | 'fail') => ({ name, state, message: '', todo: null })
  const named = (checks: Parameters<typeof checkGroups>[0]) =>
    checkGroups(checks).map(({ name, rows }) => [name, rows.map((row) => row.name)])
  expect(named([check('a', 'warn'), check('b', 'ok'), check('c', 'fail'), check('d', 'warn')])).toEqual([
    ['Needs a look', ['c', 'a', 'd']],
    ['Fine', ['b']],
  ])
  expect(named([check('a', 'ok')])).toEqual([['Fine', ['a']]])
})
