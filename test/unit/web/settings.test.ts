import { expect, test } from 'vitest'
import { settingsSearch } from '../../../web/screens/settings/search.ts'

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { part: 'prompts', prompt: '7', add: true }
  expect(settingsSearch({ ...known, prompt: 7, other: 1 })).toEqual(known)
  expect(settingsSearch({ part: 'providers', prompt: '', add: 1 })).toEqual({})
})
