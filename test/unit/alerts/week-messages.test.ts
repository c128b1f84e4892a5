import { expect, test } from 'vitest'
import { channelTypes, type Values } from '../../../src/alerts/channels.ts'
import { deliver } from '../../../src/alerts/deliver.ts'
import type { Message } from '../../../src/alerts/message.ts'
import { planDeliveries } from '../../../src/alerts/plan-deliveries.ts'
import { weekHtml } from '../../../src/alerts/week-html.ts'
import type { ChannelKind } from '../../../src/core/incident.ts'
import { channelLike, deliveryLike, linkOf, messageLike } from '../../support/incidents.ts'
import { memoryDeliveries } from '../../support/memory-deliveries.ts'
import { badWeek, weekLike } from '../../support/weeks.ts'

const now = new Date('2026-11-30T06:00:00Z')
const delivery = { event: 'weekly', incident: null, week: weekLike(), at: now } as const
const quiet = messageLike(delivery)
const bad = messageLike({ ...delivery, week: badWeek })
const title = '2026-W48, 23 to 29 November: no incident, uptime 100 %'
const text = [
  'Uptime: 100 % of 4,704 checks, none failed.',
  'Spent: $9.61 (the week before $9.40). November: $38.20 of $50.00, $39.57 by its end at this pace.',
  'Nothing else changed.',
].join('\n')
const link = 'https://monitor.example/'

/** The body of a message as a kind of channel sends it, as text and read again. */
function sent(kind: ChannelKind, message: Message = quiet, values: Values = {}) {
  const request = channelTypes[kind].request(message, { url: 'https://example.com/hook', ...values }, now)
  if ('server' in request) throw new Error('an email')
  return JSON.parse(request.body) as unknown
}

test('Slack, Discord, Teams, Telegram and ntfy get a title, a line a line, and the dashboard', () => {
  expect(sent('slack')).toMatchObject({
    text: `🔵 ${title}\n${text}`,
    blocks: [
      { text: { text: `🔵 ${title}` } },
      { text: { text } },
      { text: { text: `<${link}|Open the dashboard>` } },
    ],
  })
  expect(sent('discord')).toMatchObject({
    content: `**🔵 ${title}**\n${text}\n<${link}>`,
    allowed_mentions: { parse: [] },
  })
  const lines = [`🔵 ${title}`, ...text.split('\n')]
  expect(sent('teams')).toMatchObject({
    attachments: [
      {
        content: {
          body: lines.map((line) => ({ inlines: [{ text: line }] })),
          actions: [{ title: 'Open the dashboard', url: link }],
        },
      },
    ],
  })
  expect(sent('telegram', quiet, { token: '1:a', chat: '-1' })).toMatchObject({
    text: `🔵 ${title}\n${text}\n${link}`,
  })
  expect(sent('ntfy', quiet, { url: 'https://ntfy.sh/topic' })).toMatchObject({
    title,
    message: text,
    tags: ['information_source'],
    priority: 2,
    click: link,
  })
})

test('a webhook gets the week in numbers, a template what it names', () => {
  expect(sent('webhook', bad)).toEqual({
    version: 1,
    event: 'digest.weekly',
    id: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
    timestamp: '2026-11-30T06:00:00.000Z',
    title: '2026-W48, 23 to 29 November: 3 incidents, uptime 99.34 %',
    text: bad.text,
    links: { dashboard: link },
    week: badWeek,
  })
  const body = '{"a": "{{event}} {{severity}} {{incident}}{{kind}}", "b": "{{title}}"}'
  expect(sent('template', quiet, { body })).toEqual({ a: 'weekly info ', b: title })
})

test('a bad week fits into what each channel takes', () => {
  const { content } = sent('discord', bad) as { content: string }
  expect(content.length).toBeLessThanOrEqual(2000)
  expect(content).toMatch(
    /over the budget\. What 12 answers cost is unknown\.\n<https:\/\/monitor\.example\/>$/,
  )
  expect(JSON.stringify(sent('slack', bad))).toContain('What 12 answers cost is unknown.')
  expect(JSON.stringify(sent('ntfy', bad, { url: 'https://ntfy.sh/a' }))).toContain('What 12 answers cost is')
})

test('an email is text and HTML of the same lines, and a thread of its own', () => {
  const values = { url: 'smtp://mail.example.com', from: 'alerts@example.com', to: 'ops@example.com' }
  const mail = channelTypes.email.request(quiet, values, now)
  expect(mail).toEqual({
    server: 'smtp://mail.example.com',
    from: 'alerts@example.com',
    to: 'ops@example.com',
    subject: `🔵 ${title}`,
    text: `${text}\n\n${link}`,
    html: weekHtml(weekLike(), link),
    messageId: '<a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04@example.com>',
    thread: '<a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04@example.com>',
  })
})

test('HTML has names as text, and asks for nothing from elsewhere', () => {
  const week = weekLike({
    uptime: {
      ...badWeek.uptime,
      silent: [{ provider: 'p', model: '<img src=https://evil.example/x onerror=a()>"\'&' }],
    },
  })
  const page = weekHtml(week, 'https://monitor.example/?a=1&b="')
  expect(page).toContain('&lt;img src=https://evil.example/x onerror=a()&gt;&quot;&#39;&amp; at p')
  expect(page).toContain('href="https://monitor.example/?a=1&amp;b=&quot;"')
  expect(page).not.toMatch(/<(img|script|link|iframe)|url\(|@import|src="/)
  expect(weekHtml(week, null)).not.toContain('href')
})

test('a week is a message by itself, whatever else waits or was sent', () => {
  const told = deliveryLike({ id: 'told' })
  const week = deliveryLike({ ...delivery, id: 'week' })
  const traffic = { channel: 'webhook', messages: 20, since: now, latest: now }
  const plan = planDeliveries([told, week], { kind: 'webhook', traffic, now })
  expect(plan.messages).toEqual([[week]])
  expect(plan.hold.map(({ rows }) => rows)).toEqual([[told]])
})

test('PagerDuty, which calls people, is sent no week even if one waits for it', async () => {
  const store = memoryDeliveries(channelLike('pagerduty'))
  const week = deliveryLike({ ...delivery, id: 'week', channel: 'pagerduty' })
  store.add(deliveryLike({ id: 'opened', channel: 'pagerduty' }), week)
  const said: string[] = []
  const delivered = await deliver({
    store,
    send: (_, message) => {
      said.push(message.title)
      return Promise.resolve({ kind: 'sent' })
    },
    canSend: () => true,
    linkOf,
    now: () => store.clock.ms,
    sleep: () => Promise.resolve(),
    random: () => 0,
    newId: () => 'claim',
    log: { warn: () => undefined },
    fallback: null,
  })
  expect(said).toEqual(['gpt-5 at openai is down'])
  expect(delivered).toEqual({ sent: 1, waiting: 0, dead: 1 })
  expect(store.states()).toEqual({ opened: 'sent', week: 'dead' })
})
