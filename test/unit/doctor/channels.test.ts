import { expect, test } from 'vitest'
import type { Channel } from '../../../src/core/incident.ts'
import { channelChecks } from '../../../src/doctor/channels.ts'
import type { ChannelRecord } from '../../../src/store/delivery-codec.ts'
import { channelLike, recordLike } from '../../support/incidents.ts'

const now = new Date('2026-11-30T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const env = { ALERT_SLACK_URL: 'https://hooks.slack.example/services/T/B/x', ALERT_SECRET_OPS: '' }

const slack = channelLike('slack', { secrets: { url: 'ALERT_SLACK_URL' }, minSeverity: 'major' })
const hook = (url: string, more: Partial<ChannelRecord> = {}) =>
  recordLike(channelLike('webhook', { name: 'ops', source: 'entered', settings: { url } }), more)

const judged = (configured: Channel[], rows: ChannelRecord[], egressAllow: string[] = []) =>
  said({ configured, saved: rows, egressAllow })
const said = (parts: Partial<Parameters<typeof channelChecks>[0]>) =>
  channelChecks({ configured: [], saved: [], fallback: null, env, egressAllow: [], now, ...parts }).map(
    ({ name, state, message }) => `${state} ${name}: ${message}`,
  )

test('no channel is no failure, and says what that means', () => {
  expect(judged([], [])).toEqual([
    'ok channels: none is set: incidents are shown and told to nobody (docs/alert-channels.md)',
  ])
})

test('a channel that works says of what it is told, and when it was last', () => {
  expect(judged([slack], [recordLike(slack, { lastSentAt: minutesAgo(180) })])).toEqual([
    'ok channel slack: is told of what is major or worse; last told 3 h ago',
  ])
  expect(judged([{ ...slack, kinds: ['down', 'silent'] }], [])).toEqual([
    'ok channel slack: is told of what is major or worse: down, silent; not told yet',
  ])
})

test('a fallback that is no channel is a failure', () => {
  const isFine = [expect.stringMatching(/^ok channel slack/)]
  expect(said({ fallback: 'email' })).toEqual(['fail ALERT_FALLBACK: there is no channel email'])
  expect(said({ fallback: 'slack', configured: [slack] })).toEqual(isFine)
  expect(said({ fallback: 'slack', saved: [recordLike(slack)] })).toEqual(isFine)
})

test('a variable that is not set, and an address that may not be called, are failures', () => {
  const secret = channelLike('webhook', {
    name: 'ops',
    source: 'entered',
    settings: { url: 'https://ops.example/hook' },
    secrets: { secret: 'ALERT_SECRET_OPS' },
  })
  expect(judged([], [recordLike(secret)])).toEqual([
    'fail channel ops: needs ALERT_SECRET_OPS, which is not set',
  ])
  expect(judged([], [hook('http://10.1.2.3/hook')])).toEqual([
    expect.stringMatching(/^fail channel ops: may not be called: .*https/),
  ])
  expect(judged([], [hook('http://10.1.2.3/hook')], ['10.1.2.3'])).toEqual([
    expect.stringMatching(/^ok channel ops/),
  ])
})

test.each<[string, Partial<ChannelRecord>, string]>([
  ['is off', { enabled: false, disabledReason: 'HTTP 410' }, 'warn channel ops: is switched off: HTTP 410'],
  [
    'fails',
    { consecutiveFailures: 3, nDeadLately: 2 },
    'warn channel ops: did not take the last 3 messages; 2 messages of 24 h were given up',
  ],
  [
    'has something waiting for longer than a digest does',
    { nWaiting: 5, waitingSince: minutesAgo(150) },
    'warn channel ops: 5 wait, the oldest for 2.5 h',
  ],
  [
    'waits for a digest',
    { nWaiting: 5, waitingSince: minutesAgo(60) },
    'ok channel ops: is told of what is info or worse; not told yet; 5 wait',
  ],
])('a channel that %s says so', (_, more, expected) => {
  expect(judged([], [hook('https://ops.example/hook', more)])).toEqual([expected])
})

test('a channel that the environment has no longer is left out once it is off', () => {
  const gone = recordLike(slack, {
    enabled: false,
    disabledReason: 'its variables are gone from the environment',
  })
  expect(judged([], [gone, hook('https://ops.example/hook')])).toEqual([
    expect.stringMatching(/^ok channel ops/),
  ])
  expect(judged([slack], [gone])).toEqual([
    'warn channel slack: is switched off: its variables are gone from the environment',
  ])
})
