import { expect, test } from 'vitest'
import type { ProxyRecord } from '../../../src/core/proxy-record.ts'
import { rememberChats } from '../../../src/http/chat-measured.ts'
import { createOwnEndpoints, type OwnEndpoint } from '../../../src/http/own-endpoints.ts'

const day = 24 * 3_600_000

test('an endpoint is remembered for a week after it was set, and at most a hundred of them', () => {
  let now = 0
  const endpoints = createOwnEndpoints(() => new Date(now))
  const endpoint = { model: 'mine' } as OwnEndpoint
  endpoints.set('first', endpoint)
  now = 7 * day - 1
  expect(endpoints.get('first')).toBe(endpoint)
  now = 7 * day
  expect(endpoints.get('first')).toBe(null)
  for (let index = 0; index < 101; index += 1) endpoints.set(`session ${index}`, endpoint)
  expect(['session 0', 'session 1', 'session 100'].map((session) => endpoints.get(session) !== null)).toEqual(
    [false, true, true],
  )
  endpoints.delete('session 1')
  expect(endpoints.get('session 1')).toBe(null)
})

test('what was measured is remembered for a quarter of an hour, of the last two hundred answers', async () => {
  let now = 0
  const answers = rememberChats(() => now)
  const request = { url: 'https://llm.example.com/v1/chat/completions', key_name: null, parameters: {} }
  const recordOf = (id: string) => ({ request, record: Promise.resolve({ id } as ProxyRecord) })
  answers.add('first', recordOf('first'))
  now = 15 * 60_000 - 1
  expect(await answers.get('first')).toEqual({ request, record: { id: 'first' } })
  now += 1
  expect(await answers.get('first')).toBe(null)
  for (let index = 0; index < 201; index += 1) answers.add(`answer ${index}`, recordOf(`answer ${index}`))
  expect([await answers.get('answer 0'), (await answers.get('answer 1'))?.record.id]).toEqual([
    null,
    'answer 1',
  ])
})
