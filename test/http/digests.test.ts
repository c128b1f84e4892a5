import { expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import type { ChannelRecord } from '../../src/store/delivery-codec.ts'
import { channelLike, recordLike } from '../support/incidents.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { badWeek } from '../support/weeks.ts'

const record = (more: Partial<ChannelRecord>): ChannelRecord => recordLike(channelLike('slack'), more)
const rows = [
  record({ name: 'env' }),
  record({ name: 'pager', kind: 'pagerduty', source: 'entered' }),
  record({ name: 'mine', source: 'entered' }),
]

async function ask(method: string, path: string, body?: object) {
  const switched: object[] = []
  const asked: object[] = []
  const store = {
    readChannels: () => Promise.resolve({ rows }),
    switchChannel: (input: { name: string; weekly?: boolean }) => {
      switched.push(input)
      return Promise.resolve({ channel: record({ ...rows[2], weekly: input.weekly ?? false }) })
    },
    readWeek: (input: object) => {
      asked.push(input)
      return Promise.resolve(badWeek)
    },
  }
  const { hono } = createHttp(httpParts({ env: { ...tokens, BUDGET_USD_PER_MONTH: '50' }, store }))
  const response = await hono.request(`http://${host}/api/v1${path}`, {
    method,
    headers: { host, authorization: `Bearer ${tokens.ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return {
    status: response.status,
    answer: (await response.json()) as Record<string, unknown>,
    switched,
    asked,
  }
}

test('a week is lines and numbers', async () => {
  const { status, answer, asked } = await ask('GET', '/digests/2026-W48')
  expect([status, asked]).toEqual([200, [{ week: '2026-W48', limitUsd: 50, nUnkept: null }]])
  expect(answer).toMatchObject({
    title: '2026-W48, 23 to 29 November: 3 incidents, uptime 99.34 %',
    data: badWeek,
  })
  expect(answer['lines']).toHaveLength(9)
})

test.each(['2025-W53', '2026-48', 'last'])('%s is no week', async (week) => {
  const { status, answer, asked } = await ask('GET', `/digests/${week}`)
  expect([status, asked]).toEqual([400, []])
  expect(answer['errors']).toEqual([{ parameter: 'week', detail: 'must be a week such as 2026-W48' }])
})

test('digests are switched for a channel that was entered, with or without the channel itself', async () => {
  const { answer, switched } = await ask('PATCH', '/channels/mine', { weekly: true })
  expect(answer).toMatchObject({ name: 'mine', weekly: true })
  expect(switched).toEqual([{ name: 'mine', weekly: true }])
  expect((await ask('PATCH', '/channels/env', { enabled: false })).switched).toEqual([
    { name: 'env', enabled: false },
  ])
})

test.each([
  {
    name: 'env',
    body: { weekly: true, enabled: true },
    as: 409,
    says: 'its variables say whether it is sent digests',
  },
  { name: 'pager', body: { weekly: true }, as: 409, says: 'pagerduty calls people, and takes no digests' },
  { name: 'mine', body: {}, as: 400, says: 'must have enabled or weekly' },
])('of $name $body is refused, and nothing is changed', async ({ name, body, as, says }) => {
  const { status, answer, switched } = await ask('PATCH', `/channels/${name}`, body)
  expect([status, switched]).toEqual([as, []])
  expect(JSON.stringify(answer)).toContain(says)
})

test('a channel of PagerDuty is not saved with digests', async () => {
  const body = { name: 'new', kind: 'pagerduty', weekly: true, secrets: { key: 'ALERT_SECRET_A' } }
  const { status, answer } = await ask('POST', '/channels', body)
  expect([status, answer['errors']]).toEqual([
    400,
    [{ pointer: '/weekly', detail: 'must be false: pagerduty calls people, and takes no digests' }],
  ])
})
