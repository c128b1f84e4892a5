import { expect, test } from 'vitest'
import { channelTypes, type Values } from '../../../src/alerts/channels.ts'
import type { Message } from '../../../src/alerts/message.ts'
import { signed } from '../../../src/alerts/message-webhook.ts'
import type { ChannelKind } from '../../../src/core/incident.ts'
import { incidentLike, messageLike } from '../../support/incidents.ts'

// What each kind of channel is sent, compared with its documentation by hand.

const now = new Date('2026-11-05T13:00:00Z')
const opened = messageLike()
const resolvedAt = new Date('2026-11-05T12:40:00Z')
const resolved = messageLike({
  event: 'resolved',
  at: resolvedAt,
  incident: incidentLike({ resolvedAt, resolveReason: 'recovered' }),
})
const link = 'https://monitor.example/incidents/0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01'
const lines = [
  '2 checks in a row failed.',
  'Errors: timeout_first_token, overloaded.',
  'Since 2026-11-05 12:00 UTC.',
]
const text = lines.join('\n')

/** A message as a kind of channel sends it: its JSON read again. */
function sent(kind: ChannelKind, values: Values, message: Message = opened) {
  const request = channelTypes[kind].request(message, { url: 'https://example.com/hook', ...values }, now)
  if ('server' in request) throw new Error('an email')
  return { ...request, body: JSON.parse(request.body) as unknown }
}

test('Slack gets blocks of plain text, and the same as text for notifications', () => {
  expect(sent('slack', {})).toEqual({
    url: 'https://example.com/hook',
    headers: { 'content-type': 'application/json' },
    body: {
      text: `🔴 gpt-5 at openai is down\n${text}`,
      mrkdwn: false,
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 gpt-5 at openai is down', emoji: false } },
        { type: 'section', text: { type: 'plain_text', text, emoji: false } },
        { type: 'section', text: { type: 'mrkdwn', text: `<${link}|Open the incident>` } },
      ],
    },
  })
})

test('Discord gets Markdown of ours alone, mentions nobody and shows no previews', () => {
  expect(sent('discord', {}).body).toEqual({
    content: `**🔴 gpt-5 at openai is down**\n${text.replaceAll('_', String.raw`\_`)}\n<${link}>`,
    allowed_mentions: { parse: [] },
    flags: 4,
  })
})

test('Teams gets an Adaptive Card in the envelope of a message, a block a line', () => {
  const block = (line: string, style = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: line, ...style }],
  })
  expect(sent('teams', {}).body).toEqual({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          fallbackText: '🔴 gpt-5 at openai is down',
          msteams: { width: 'Full' },
          body: [
            block('🔴 gpt-5 at openai is down', { weight: 'Bolder', size: 'Medium' }),
            ...lines.map((line) => block(line)),
          ],
          actions: [{ type: 'Action.OpenUrl', title: 'Open the incident', url: link }],
        },
      },
    ],
  })
})

test('Telegram gets text without a parse mode, by the method of the bot', () => {
  expect(sent('telegram', { url: 'https://api.telegram.org', token: '123:abc', chat: '-100' })).toEqual({
    url: 'https://api.telegram.org/bot123:abc/sendMessage',
    headers: { 'content-type': 'application/json' },
    body: {
      chat_id: '-100',
      text: `🔴 gpt-5 at openai is down\n${text}\n${link}`,
      link_preview_options: { is_disabled: true },
    },
  })
})

test('ntfy gets JSON at the root of its server, the topic in it', () => {
  const values = { url: 'https://ntfy.example/my-topic', token: 'tk_abc' }
  expect(sent('ntfy', values)).toEqual({
    url: 'https://ntfy.example/',
    headers: { 'content-type': 'application/json', authorization: 'Bearer tk_abc' },
    body: {
      topic: 'my-topic',
      title: 'gpt-5 at openai is down',
      message: text,
      tags: ['rotating_light'],
      priority: 5,
      click: link,
    },
  })
  expect(sent('ntfy', values, resolved).body).toMatchObject({ tags: ['white_check_mark'], priority: 2 })
  expect(sent('ntfy', { url: values.url }).headers).toEqual({ 'content-type': 'application/json' })
})

test('PagerDuty gets events of one alert an incident', () => {
  const event = { routing_key: 'a key', dedup_key: '0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01' }
  expect(sent('pagerduty', { key: 'a key' }).body).toEqual({
    ...event,
    event_action: 'trigger',
    client: 'firsttoken',
    client_url: link,
    links: [{ href: link, text: 'The incident' }],
    payload: {
      summary: 'gpt-5 at openai is down',
      source: 'target/5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01/local',
      severity: 'critical',
      timestamp: '2026-11-05T12:15:10.000Z',
      class: 'down',
      group: 'openai',
      component: 'gpt-5',
      custom_details: {
        text,
        region: 'local',
        evidence: { failures: 2, error_kinds: ['timeout_first_token', 'overloaded'] },
      },
    },
  })
  expect(sent('pagerduty', { key: 'a key' }, resolved).body).toEqual({ ...event, event_action: 'resolve' })
})

test('PagerDuty is told that somebody takes care of it; a webhook, that its incident changed', () => {
  const taken = messageLike({
    event: 'acknowledged',
    incident: incidentLike({
      acknowledgedAt: new Date('2026-11-05T12:30:00Z'),
      acknowledgedBy: 'Ann',
    }),
  })
  expect(sent('pagerduty', { key: 'a key' }, taken).body).toEqual({
    routing_key: 'a key',
    dedup_key: '0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
    event_action: 'acknowledge',
  })
  expect(sent('webhook', {}, taken).body).toMatchObject({
    event: 'incident.updated',
    title: 'Acknowledged by Ann: gpt-5 at openai is down',
    incident: { acknowledged_at: '2026-11-05T12:30:00.000Z', acknowledged_by: 'Ann', resolved_at: null },
  })
})

test.each([
  ['recovered', '✅', 'white_check_mark'],
  ['expired', '⚪', 'white_circle'],
  ['gone', '⚪', 'white_circle'],
  ['by_hand', '⚪', 'white_circle'],
] as const)('what is over by %s is marked %s', (resolveReason, mark, tag) => {
  const over = messageLike({
    event: 'resolved',
    incident: incidentLike({ resolvedAt: new Date('2026-11-05T12:40:00Z'), resolveReason }),
  })
  expect(sent('ntfy', { url: 'https://ntfy.sh/topic' }, over).body).toMatchObject({ tags: [tag] })
  expect(sent('telegram', { url: 'https://t.example', token: '1:a', chat: '1' }, over).body).toMatchObject({
    text: expect.stringMatching(new RegExp(`^${mark} `)),
  })
})

test.each([
  ['info', 'info'],
  ['minor', 'warning'],
  ['major', 'error'],
  ['critical', 'critical'],
] as const)('PagerDuty calls %s %s', (severity, name) => {
  const message = messageLike({ incident: incidentLike({ severity }) })
  expect(sent('pagerduty', { key: 'a key' }, message).body).toMatchObject({ payload: { severity: name } })
})

const incident = {
  id: '0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  scope: 'target/5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01/local',
  kind: 'down',
  severity: 'critical',
  first_bad_at: '2026-11-05T12:00:00.000Z',
  opened_at: '2026-11-05T12:15:10.000Z',
  acknowledged_at: null,
  acknowledged_by: null,
  resolved_at: null,
  resolve_reason: null,
  duration_s: null,
  evidence: { failures: 2, error_kinds: ['timeout_first_token', 'overloaded'] },
}
const payload = {
  version: 1,
  event: 'incident.opened',
  id: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
  timestamp: '2026-11-05T12:15:10.000Z',
  title: 'gpt-5 at openai is down',
  text,
  links: { incident: link },
  incident,
  target: { id: '5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01', provider: 'openai', model: 'gpt-5', region: 'local' },
}

test('a webhook gets all that is known, in one shape', () => {
  expect(sent('webhook', {}).body).toEqual(payload)
  expect(sent('webhook', {}, resolved).body).toEqual({
    ...payload,
    event: 'incident.resolved',
    timestamp: '2026-11-05T12:40:00.000Z',
    title: 'gpt-5 at openai is up again, after 40 min',
    text: text.replace('Since 2026-11-05 12:00 UTC', 'From 2026-11-05 12:00 UTC to 2026-11-05 12:40 UTC'),
    incident: {
      ...incident,
      resolved_at: '2026-11-05T12:40:00.000Z',
      resolve_reason: 'recovered',
      duration_s: 2400,
    },
  })
})

test('a webhook gets a digest as a list of what each would be by itself', () => {
  const other = { id: 'b3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b05', incident: incidentLike({ severity: 'minor' }) }
  const { body } = sent('webhook', {}, messageLike({}, other))
  expect(body).toMatchObject({
    version: 1,
    event: 'digest',
    timestamp: '2026-11-05T13:00:00.000Z',
    notifications: [payload, { id: other.id, incident: { severity: 'minor' } }],
  })
  expect(body).not.toHaveProperty('incident')
})

test('a test says that it is one, in every kind of channel', () => {
  const message = messageLike({ event: 'test', incident: null })
  expect(sent('webhook', {}, message).body).toMatchObject({ event: 'test', incident: null, target: null })
  expect(sent('pagerduty', { key: 'a key' }, message).body).toMatchObject({
    dedup_key: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
    event_action: 'trigger',
    payload: { summary: 'A test of firsttoken', source: 'firsttoken', severity: 'info' },
  })
  for (const kind of ['slack', 'discord', 'teams'] as const)
    expect(JSON.stringify(sent(kind, {}, message).body)).toContain('A test of firsttoken')
})

test('webhooks are signed as the standard has it', () => {
  const at = new Date(1_614_265_330_000)
  const post = { url: 'https://example.com', headers: {}, body: '{"test": 2432232314}' }
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  // The example that the libraries of standardwebhooks.com are tested with.
  expect(signed(post, { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', secret, at }).headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('a webhook without a secret has its id and time, and no signature', () => {
  expect(sent('webhook', {}).headers).toEqual({
    'content-type': 'application/json',
    'webhook-id': 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
    'webhook-timestamp': '1793883600',
  })
})

test('a template gets what it names, escaped within its JSON', () => {
  const body =
    '{"a": "{{ title }} ({{severity}})", "b": ["{{text}}", "{{kind}} {{event}} {{provider}}/{{model}}"], "c": "{{link}}"}'
  const message = { ...opened, title: 'He said "no" \\ \u2028' }
  expect(sent('template', { body, headers: 'authorization=Bearer%20abc' }, message)).toEqual({
    url: 'https://example.com/hook',
    headers: { 'content-type': 'application/json', authorization: 'Bearer abc' },
    body: { a: 'He said "no" \\ \u2028 (critical)', b: [text, 'down opened openai/gpt-5'], c: link },
  })
})

test('an email is plain text, and all of an incident are one thread', () => {
  const values = {
    url: 'smtp://mail.example.com',
    from: 'firsttoken <alerts@example.com>',
    to: 'ops@example.com',
  }
  const email = (message: Message) => channelTypes.email.request(message, values, now)
  const thread = '<0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01@example.com>'
  expect(email(opened)).toEqual({
    server: 'smtp://mail.example.com',
    from: 'firsttoken <alerts@example.com>',
    to: 'ops@example.com',
    subject: '🔴 gpt-5 at openai is down',
    text: `${text}\n\n${link}`,
    messageId: '<a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04@example.com>',
    thread,
  })
  expect(email(resolved)).toMatchObject({ thread })
})
