import { createHmac } from 'node:crypto'
import { lookup } from 'node:dns'
import { afterEach, expect, test } from 'vitest'
import type { Outcome } from '../../../src/alerts/backoff.ts'
import { channelsOf } from '../../../src/alerts/channel-settings.ts'
import { send } from '../../../src/alerts/send.ts'
import type { ChannelKind } from '../../../src/core/incident.ts'
import { channelLike, messageLike } from '../../support/incidents.ts'
import { type Receiver, type Reply, startReceiver } from '../../support/receiver.ts'

const receivers: Receiver[] = []
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close()
})

/** A receiver that answers so, then 200. */
async function receiving(...replies: Reply[]): Promise<Receiver> {
  const receiver = await startReceiver()
  receiver.replies.push(...replies)
  receivers.push(receiver)
  return receiver
}

const now = () => new Date('2026-11-05T13:00:00Z')
const path = '/services/T0123/B0123/a-secret-that-nobody-may-see'
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Sends by a webhook of the environment at this address. */
const sendTo = (url: string, more: Partial<Parameters<typeof send>[2]> = {}): Promise<Outcome> =>
  send(
    channelLike('webhook', { secrets: { url: 'ALERT_WEBHOOK_URL', secret: 'ALERT_WEBHOOK_SECRET' } }),
    messageLike(),
    {
      env: { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret },
      egressAllow: [],
      now,
      ...more,
    },
  )

/** Sends, with nothing of the address or the secret in what went wrong. */
async function outcomeOf(receiver: Receiver, more: Parameters<typeof sendTo>[1] = {}): Promise<Outcome> {
  const outcome = await sendTo(receiver.url + path, more)
  const text = JSON.stringify(outcome)
  for (const part of ['a-secret-that', 'T0123/B0123', new URL(receiver.url).host, secret, secret.slice(6)])
    expect(text).not.toContain(part)
  return outcome
}

test('a webhook is posted once, signed over exactly what was received', async () => {
  const receiver = await receiving()
  expect(await outcomeOf(receiver)).toEqual({ kind: 'sent' })
  const [request, ...others] = receiver.received
  expect(others).toEqual([])
  expect(request).toMatchObject({ method: 'POST', path })
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, ...headers } = request?.headers ?? {}
  expect({ id, timestamp }).toEqual({ id: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04', timestamp: '1793883600' })
  const key = Buffer.alloc(32, 7)
  const signature = createHmac('sha256', key)
    .update(`${String(id)}.${String(timestamp)}.${request?.body}`)
    .digest('base64')
  expect(headers).toMatchObject({
    'webhook-signature': `v1,${signature}`,
    'content-type': 'application/json',
  })
  expect(JSON.parse(request?.body ?? '')).toMatchObject({ version: 1, event: 'incident.opened', id })
})

/** Each kind that is posted: its variables besides the URL, where it is posted to, and a part of its JSON. */
const kinds: [ChannelKind, Record<string, string>, string, object][] = [
  ['slack', {}, '/a', { mrkdwn: false }],
  ['discord', {}, '/a', { allowed_mentions: { parse: [] } }],
  ['teams', {}, '/a', { type: 'message' }],
  ['telegram', { TOKEN: '12:ab', CHAT: '-7' }, '/bot12:ab/sendMessage', { chat_id: '-7' }],
  ['ntfy', { TOKEN: 'tk_1' }, '/', { topic: 'a' }],
  ['pagerduty', { KEY: 'R0123' }, '/a', { routing_key: 'R0123', event_action: 'trigger' }],
  ['template', { BODY: '{"t": "{{title}}"}' }, '/a', { t: 'gpt-5 at openai is down' }],
]

test.each(kinds)('%s is posted as JSON', async (...[kind, variables, at, body]) => {
  const receiver = await receiving()
  const prefixed = Object.entries({ URL: `${receiver.url}/a`, ...variables }).map(([field, value]) => [
    `ALERT_${kind.toUpperCase()}_${field}`,
    value,
  ])
  const env = Object.fromEntries(prefixed) as Record<string, string>
  const { channels, problems } = channelsOf(env)
  expect(problems).toEqual([])
  const [channel = channelLike(kind)] = channels
  expect(await send(channel, messageLike(), { env, egressAllow: [], now })).toEqual({ kind: 'sent' })
  const [request] = receiver.received
  expect(request).toMatchObject({ method: 'POST', path: at })
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(request?.body ?? '')),
  })
  expect(JSON.parse(request?.body ?? '')).toMatchObject(body)
})

test.each<[string, Reply, Outcome]>([
  ['204', { status: 204, body: '' }, { kind: 'sent' }],
  ['500', { status: 500, body: '' }, { kind: 'retry', error: 'answered HTTP 500', afterMs: null }],
  ['408', { status: 408, body: 'slow' }, { kind: 'retry', error: 'answered HTTP 408: slow', afterMs: null }],
  [
    '400',
    { status: 400, body: 'invalid_blocks' },
    { kind: 'refused', error: 'answered HTTP 400: invalid_blocks' },
  ],
  ['404', { status: 404, body: 'a\n\u001B[2Jb' }, { kind: 'refused', error: 'answered HTTP 404: a [2Jb' }],
  ['410', { status: 410, body: '' }, { kind: 'gone', error: 'answered HTTP 410' }],
  [
    '429 with seconds',
    { status: 429, body: '', headers: { 'retry-after': '120' } },
    { kind: 'retry', error: 'answered HTTP 429', afterMs: 120_000 },
  ],
  [
    '503 with a date, by the clock of the receiver',
    {
      status: 503,
      body: '',
      headers: { date: 'Thu, 01 Jan 2015 00:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2015 00:01:30 GMT' },
    },
    { kind: 'retry', error: 'answered HTTP 503', afterMs: 90_000 },
  ],
  [
    '429 with nonsense',
    { status: 429, body: '', headers: { 'retry-after': 'soon' } },
    { kind: 'retry', error: 'answered HTTP 429', afterMs: null },
  ],
  [
    '429 of Telegram',
    { status: 429, body: '{"ok":false,"parameters":{"retry_after":7}}' },
    { kind: 'retry', error: 'answered HTTP 429: {"ok":false,"parameters":{"retry_after":7}}', afterMs: 7000 },
  ],
  [
    '429 of Discord',
    { status: 429, body: '{"retry_after":0.65}' },
    { kind: 'retry', error: 'answered HTTP 429: {"retry_after":0.65}', afterMs: 650 },
  ],
])('an answer of %s is judged', async (_, reply, outcome) => {
  expect(await outcomeOf(await receiving(reply))).toEqual(outcome)
})

test('a redirect is refused, not followed, and not repeated in words', async () => {
  const other = await receiving()
  const receiver = await receiving({ status: 307, headers: { location: `${other.url}/here` } })
  expect(await outcomeOf(receiver)).toEqual({
    kind: 'refused',
    error: 'answered HTTP 307, a redirect, which is not followed',
  })
  expect(other.received).toEqual([])
})

test('an answer that is too long counts by its status, and is not read to its end', async () => {
  const long = 'x'.repeat(2 ** 20)
  expect(await outcomeOf(await receiving({ body: long }))).toEqual({ kind: 'sent' })
  expect(await outcomeOf(await receiving({ status: 410, body: long }))).toEqual({
    kind: 'gone',
    error: 'answered HTTP 410',
  })
})

test('what an answer repeats of the address or the secret is not shown, and a long one is cut', async () => {
  const body = `no channel at ${path}, ${encodeURIComponent(path)} or ${secret}: ${'y'.repeat(1000)}`
  const outcome = await outcomeOf(await receiving({ status: 404, body }))
  expect(outcome).toMatchObject({
    kind: 'refused',
    error: expect.stringMatching(/^answered HTTP 404: no channel at \[key\].*y…$/) as string,
  })
  expect('error' in outcome && outcome.error.length).toBe(300)
})

test('silence, a reset and nobody there may pass', async () => {
  expect(await outcomeOf(await receiving({ silent: true }), { timeoutMs: 200 })).toEqual({
    kind: 'retry',
    error: 'did not answer within 0.2 s',
    afterMs: null,
  })
  expect(await outcomeOf(await receiving({ reset: true }))).toMatchObject({ kind: 'retry', afterMs: null })
  const gone = await receiving()
  await receivers.pop()?.close()
  expect(await outcomeOf(gone)).toMatchObject({
    kind: 'retry',
    error: expect.stringMatching('could not be reached') as string,
  })
})

test('a proxy that refuses says nothing of the channel', async () => {
  const proxy = await receiving({ status: 407, body: '' })
  const env = {
    ALERT_WEBHOOK_URL: 'http://example.com/a',
    ALERT_WEBHOOK_SECRET: secret,
    HTTP_PROXY: proxy.url,
  }
  expect(await sendTo('', { env })).toMatchObject({
    kind: 'retry',
    error: expect.stringMatching('a proxy') as string,
  })
})

const entered = (url: string, more: Partial<Parameters<typeof send>[2]> = {}) =>
  send(channelLike('webhook', { source: 'entered', settings: { url } }), messageLike(), {
    env: {},
    egressAllow: [],
    now,
    ...more,
  })

test('an entered address is called only if it is public, whatever its name leads to', async () => {
  const receiver = await receiving()
  expect(await entered(receiver.url)).toEqual({
    kind: 'refused',
    error: 'is not made: the URL is not https; EGRESS_ALLOW opens a host',
  })
  const { port } = new URL(receiver.url)
  const toLoopback: typeof lookup = ((_name: string, options: object, done: (...args: unknown[]) => void) =>
    lookup('127.0.0.1', options, done as never)) as never
  expect(await entered(`https://hooks.example:${port}/a`, { lookup: toLoopback })).toEqual({
    kind: 'refused',
    error: expect.stringMatching(/leads to 127\.0\.0\.1, which is not a public address/) as string,
  })
  expect(receiver.received).toEqual([])
  expect(await entered(`${receiver.url}/a`, { egressAllow: [new URL(receiver.url).host] })).toEqual({
    kind: 'sent',
  })
})

test('a channel without its variable may get it back', async () => {
  const channel = channelLike('slack', { secrets: { url: 'ALERT_SLACK_URL' } })
  expect(await send(channel, messageLike(), { env: {}, egressAllow: [], now })).toEqual({
    kind: 'retry',
    error: 'needs ALERT_SLACK_URL, which is not set',
    afterMs: null,
  })
})
