import { expect, test } from 'vitest'
import { checkGroups } from '../../../web/screens/settings/check-groups.ts'
import { settingsSearch } from '../../../web/screens/settings/search.ts'
import {
  limitsBody,
  limitsProblem,
  requestsProblem,
  tokenBody,
  tokenProblem,
  typedLimits,
  usdProblem,
} from '../../../web/screens/settings/token-form.ts'

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { part: 'prompts', prompt: '7', add: true }
  expect(settingsSearch({ ...known, prompt: 7, other: 1 })).toEqual(known)
  expect(settingsSearch({ part: 'providers', prompt: '', add: 1 })).toEqual({})
})

test.each(['revoke', 'limit'])('a proxy token that is meant by %s is in the URL', (act) => {
  const asked = { part: 'tokens', [act]: 'an id' }
  expect(settingsSearch({ ...asked, prompt: '' })).toEqual(asked)
  expect(settingsSearch({ part: 'tokens', [act]: '' })).toEqual({ part: 'tokens' })
})

test('the provider whose lanes are changed is in the URL', () => {
  expect(settingsSearch({ part: 'fleet', lanes: 'openai' })).toEqual({ part: 'fleet', lanes: 'openai' })
  expect(settingsSearch({ part: 'fleet', lanes: '' })).toEqual({ part: 'fleet' })
})

test('a limit of a proxy token is a number above 0, and none if it is left empty', () => {
  expect(['', ' ', '1', '999999999'].map(requestsProblem)).toEqual([null, null, null, null])
  for (const wrong of ['0', '-1', '1.5', '1e3', 'x', '1000000000'])
    expect(requestsProblem(wrong), wrong).toBe('A whole number from 1')
  expect(['', '0.000001', '2.50', '10', '999999.999999'].map(usdProblem)).toEqual(Array(5).fill(null))
  for (const wrong of ['0', '0.00', '-1', '.5', '1,50', '1e3', '0.0000001', '1000000'])
    expect(usdProblem(wrong), wrong).toBe('An amount above 0, such as 2.50')
})

test('a proxy token is asked for with the limits that were typed', () => {
  const typed = { name: ' billing ', requests: '', usd: '' }
  expect(tokenProblem({ ...typed, name: ' ' })).toBe('Give it a name')
  expect(tokenProblem({ ...typed, usd: 'x' })).toBe('A limit is no number')
  expect(tokenProblem(typed)).toBeNull()
  expect(tokenBody(typed)).toEqual({ name: 'billing' })
  expect(tokenBody({ ...typed, requests: ' 20 ', usd: '1.50' })).toEqual({
    name: 'billing',
    requests_per_day: 20,
    usd_per_day: 1.5,
  })
})

test('limits are typed as they are, and an empty one lifts what there was', () => {
  const typed = typedLimits({ requests_per_day: 2000, usd_per_day: 0.000_001 })
  expect(typed).toEqual({ requests: '2000', usd: '0.000001' })
  expect(limitsProblem(typed)).toBeNull()
  expect(limitsBody(typed)).toEqual({ requests_per_day: 2000, usd_per_day: 0.000_001 })
  const none = typedLimits({ requests_per_day: null, usd_per_day: null })
  expect(limitsBody(none)).toEqual({ requests_per_day: null, usd_per_day: null })
  expect(limitsProblem({ ...none, usd: '0' })).toBe('A limit is no number')
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
