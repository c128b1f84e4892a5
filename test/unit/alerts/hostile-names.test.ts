import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { channelTypes, type Values } from '../../../src/alerts/channels.ts'
import type { Message } from '../../../src/alerts/message.ts'
import { type ChannelKind, channelKinds } from '../../../src/core/incident.ts'
import { incidentLike, messageLike } from '../../support/incidents.ts'

// Models are named by providers, answers by whoever gives them: nothing of that may act on whoever is told.

const values: Values = {
  url: 'https://example.com/topic',
  token: '1:a',
  chat: '1',
  key: 'k',
  from: 'a@example.com',
  to: 'b@example.com',
  body: '{"text": "{{title}}|{{text}}|{{model}}"}',
}

/** A message about a model of this name, which answers under it too. */
const about = (name: string, more: Partial<Message> = {}): Message => {
  const subject = { provider: 'openai', model: name, targetId: null, region: null }
  const evidence = { n: 3, before: 'gpt-5', after: name, failures: 2 }
  return { ...messageLike({ incident: incidentLike({ kind: 'model_swap', subject, evidence }) }), ...more }
}

function bodyOf(kind: ChannelKind, message: Message): string {
  const request = channelTypes[kind].request(message, values, new Date(0))
  return 'server' in request ? `${request.subject}\n${request.text}` : request.body
}

/** What Slack, Discord and Telegram show, by their fields. */
function shown(kind: 'slack' | 'discord' | 'telegram', message: Message): string {
  const body = JSON.parse(bodyOf(kind, message)) as Record<string, string>
  return body['content'] ?? body['text'] ?? ''
}

test('nobody is mentioned in Slack, and nothing is a link', () => {
  const text = shown('slack', about('<!channel> <@U123> <https://evil.example|gpt-5> & co'))
  expect(text).not.toMatch(/<|>/)
  expect(text).toContain('&lt;!channel&gt; &lt;@U123&gt; &lt;https://evil.example|gpt-5&gt; &amp; co')
})

test('Slack shows names in fields without markup alone', () => {
  const { blocks, mrkdwn } = JSON.parse(bodyOf('slack', about('*bold* `code`'))) as {
    mrkdwn: boolean
    blocks: { text: { type: string; text: string } }[]
  }
  expect(mrkdwn).toBe(false)
  expect(blocks.filter(({ text }) => text.text.includes('*bold*')).map(({ text }) => text.type)).toEqual([
    'plain_text',
    'plain_text',
  ])
})

test('nobody is mentioned in Discord, and signs of Markdown are signs', () => {
  const text = shown('discord', about('@everyone @here <@&42> **b** `c` ||d|| ~~e~~ [f](g) \\'))
  expect(text).not.toMatch(/@(everyone|here)/)
  // Beyond the bold title and the link, which are ours, none is without its backslash.
  const theirs = text.replaceAll(/^\*\*|\*\*$/gm, '').replace(/<https:\S+>$/, '')
  expect(theirs.replaceAll(/\\[\\*_~`|<>[\]]/g, '')).not.toMatch(/[\\*_~`|<>[\]]/)
  expect(text).toContain(String.raw`\*\*b\*\* \`c\` \|\|d\|\| \~\~e\~\~ \[f\](g) \\`)
})

test('nobody is mentioned in Telegram', () => {
  expect(shown('telegram', about('@somebody @cf/meta'))).not.toMatch(/@[a-z]/)
})

test('Teams gets names in runs of text alone, which know no Markdown', () => {
  const { attachments } = JSON.parse(bodyOf('teams', about('[gpt](https://evil.example) <at>all</at>'))) as {
    attachments: { content: { body: { type: string }[]; msteams: object } }[]
  }
  const [card] = attachments
  expect(card?.content.msteams).toEqual({ width: 'Full' })
  expect(new Set(card?.content.body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']))
})

test('a name ends neither the subject of an email nor a string of a template', () => {
  const name = 'a\r\nBcc: x@example.com", "b": "{{title}}'
  const request = channelTypes.email.request(about(name), values, new Date(0))
  expect('subject' in request && request.subject).not.toMatch(/[\r\n]/)
  expect(Object.keys(JSON.parse(bodyOf('template', about(name))) as object)).toEqual(['text'])
})

const wild = fc.string({
  unit: fc.constantFrom('a', ' ', '"', '\\', '<', '&', '@', '*', '\n', '😀', '\uD83D', '{{', '`', 'é'),
  maxLength: 200,
})

const posted = channelKinds.filter((kind) => kind !== 'email')

test('whatever names and texts hold, JSON is JSON, of whole characters', () => {
  fc.assert(
    fc.property(fc.constantFrom(...posted), wild, wild, (kind, name, text) => {
      const read = JSON.stringify(JSON.parse(bodyOf(kind, about(name, { text }))))
      // JSON.stringify escapes half characters, and only those.
      expect(read).not.toMatch(/\\ud[89a-f]/i)
    }),
  )
})

const long = {
  title: '@&*'.repeat(2000),
  text: '<😀\n_'.repeat(20_000),
  link: 'https://monitor.example/incidents/1',
}

interface Limited {
  content: string
  text: string
  blocks: { text: { text: string } }[]
  title: string
  message: string
  payload: { summary: string }
}
const parsed = (kind: ChannelKind): Limited =>
  JSON.parse(bodyOf(kind, { ...messageLike(), ...long })) as Limited

test('messages are cut to what each channel takes, with an ellipsis, their link kept', () => {
  expect(parsed('discord').content.length).toBeLessThanOrEqual(2000)
  expect(parsed('discord').content).toMatch(/…\n<https:\/\/monitor\.example\/incidents\/1>$/)
  expect(parsed('telegram').text.length).toBeLessThanOrEqual(4096)
  expect(parsed('telegram').text).toMatch(/…\nhttps:\/\/monitor\.example\/incidents\/1$/)
  const [header, section, link] = parsed('slack').blocks.map(({ text }) => text.text)
  expect(header?.length).toBeLessThanOrEqual(150)
  expect(section?.length).toBeLessThanOrEqual(3000)
  expect(section).toMatch(/…$/)
  expect(link).toBe('<https://monitor.example/incidents/1|Open the incident>')
  expect(Buffer.byteLength(parsed('ntfy').message)).toBeLessThanOrEqual(4096)
  expect(Buffer.byteLength(parsed('ntfy').title)).toBeLessThanOrEqual(250)
  expect(parsed('pagerduty').payload.summary.length).toBeLessThanOrEqual(1024)
  expect(Buffer.byteLength(bodyOf('teams', { ...messageLike(), ...long }))).toBeLessThan(28 * 1024)
})
