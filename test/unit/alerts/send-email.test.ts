import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Outcome } from '../../../src/alerts/backoff.ts'
import { send } from '../../../src/alerts/send.ts'
import type { Message } from '../../../src/alerts/message.ts'
import { channelLike, messageLike } from '../../support/incidents.ts'
import { badWeek } from '../../support/weeks.ts'
import { type SmtpReceiver, startSmtpReceiver } from '../../support/smtp-receiver.ts'

let receiver: SmtpReceiver
beforeEach(async () => {
  receiver = await startSmtpReceiver()
})
afterEach(() => receiver.close())

const password = 'p%40ss word'

/** Sends an email; nothing of the password is in what went wrong. */
async function mailed(
  message: Partial<Message> = {},
  more: Record<string, string> = {},
  timeoutMs = 5000,
): Promise<Outcome> {
  const channel = channelLike('email', {
    settings: { from: 'firsttoken <alerts@example.com>', to: 'ops@example.com, Boss <boss@example.com>' },
    secrets: { url: 'ALERT_EMAIL_URL' },
  })
  const env = { ALERT_EMAIL_URL: `smtp://${receiver.host}`, ...more }
  const parts = { env, egressAllow: [], now: () => new Date(), timeoutMs }
  const outcome = await send(channel, { ...messageLike(), ...message }, parts)
  expect(JSON.stringify(outcome)).not.toMatch(/p@ss word|p%40ss|cEBzcyB3b3Jk|alertsuser/)
  return outcome
}

/** The headers and the text of an email, unfolded and decoded. */
function read(email = ''): { headers: Record<string, string>; text: string } {
  const [head = '', ...body] = email.split('\n\n')
  const lines = head.replaceAll(/\n[ \t]+/g, ' ').split('\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  const encoded = body.join('\n\n')
  const encoding = headers['content-transfer-encoding']
  const unquoted = encoded
    .replaceAll(/=\n/g, '')
    .replaceAll(/(=[\dA-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString())
  const text =
    encoding === 'base64'
      ? Buffer.from(encoded, 'base64').toString()
      : encoding === 'quoted-printable'
        ? unquoted
        : encoded
  return { headers, text }
}

test('an email reaches everyone it is for, as plain text', async () => {
  expect(await mailed()).toEqual({ kind: 'sent' })
  expect(receiver.lines.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
    'MAIL FROM:<alerts@example.com>',
    'RCPT TO:<ops@example.com>',
    'RCPT TO:<boss@example.com>',
  ])
  const { headers, text } = read(receiver.emails[0])
  expect(headers).toMatchObject({
    from: 'firsttoken <alerts@example.com>',
    to: 'ops@example.com, Boss <boss@example.com>',
    'message-id': '<a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04@example.com>',
    'in-reply-to': '<0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01@example.com>',
    references: '<0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01@example.com>',
  })
  expect(headers['content-type']).toMatch(/^text\/plain/)
  expect(text.trimEnd()).toBe(
    '2 checks in a row failed.\nErrors: timeout_first_token, overloaded.\nSince 2026-11-05 12:00 UTC.\n\n' +
      'https://monitor.example/incidents/0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  )
})

test('a week arrives as text and as HTML, of which a program shows what it can', async () => {
  const week = messageLike({ event: 'weekly', incident: null, week: badWeek })
  expect(await mailed(week)).toEqual({ kind: 'sent' })
  const [email = ''] = receiver.emails
  expect(email).toMatch(/^Content-Type: multipart\/alternative/im)
  const types = [...email.matchAll(/^Content-Type: (text\/\w+)/gim)].map(([, type]) => type)
  expect(types).toEqual(['text/plain', 'text/html'])
  expect(email.match(/gpt-6-mini at openai/g)).toHaveLength(2)
})

test('long lines, lines that begin with a dot and signs of all kinds arrive', async () => {
  const text = `.\n..a\n${'ä'.repeat(2000)}\n😀`
  expect(await mailed({ text, link: null })).toEqual({ kind: 'sent' })
  expect(read(receiver.emails[0]).text.trimEnd()).toBe(text)
  const longest = Math.max(...(receiver.emails[0] ?? '').split('\n').map((line) => line.length))
  expect(longest).toBeLessThanOrEqual(998)
})

test('a password is decoded, and sent to a server on this machine without TLS', async () => {
  const url = `smtp://alertsuser:${encodeURIComponent('p@ss word')}@${receiver.host}`
  expect(await mailed({}, { ALERT_EMAIL_URL: url })).toEqual({ kind: 'sent' })
  const [, login = ''] = receiver.lines.find((line) => line.startsWith('AUTH PLAIN'))?.split('PLAIN ') ?? []
  expect(Buffer.from(login, 'base64').toString()).toBe('\0alertsuser\0p@ss word')
})

test('a refused password is refused, and not told even if the server repeats it', async () => {
  receiver.replies['AUTH'] =
    `535 5.7.8 no: alertsuser ${password} p@ss word ${Buffer.from('p@ss word').toString('base64')}`
  const url = `smtp://alertsuser:${encodeURIComponent('p@ss word')}@${receiver.host}`
  const outcome = await mailed({}, { ALERT_EMAIL_URL: url })
  expect(outcome).toMatchObject({
    kind: 'refused',
    error: expect.stringMatching(/did not take the email: .*535 5\.7\.8/) as string,
  })
})

test.each([
  ['RCPT', '550 5.1.1 nobody here', 'refused'],
  ['RCPT', '451 4.7.1 greylisted', 'retry'],
  ['DATA', '554 5.7.1 spam', 'refused'],
  ['.', '452 4.3.1 full', 'retry'],
])('a reply to %s of %s is %s', async (verb, reply, kind) => {
  receiver.replies[verb] = reply
  expect(await mailed()).toMatchObject({ kind, error: expect.stringMatching(reply.slice(0, 9)) as string })
})

test('a server that says nothing, or is not there, may come back', async () => {
  receiver.replies['hello'] = ''
  expect(await mailed({}, {}, 300)).toEqual({
    kind: 'retry',
    error: 'did not answer within 0.3 s',
    afterMs: null,
  })
  await receiver.close()
  expect(await mailed()).toMatchObject({
    kind: 'retry',
    error: expect.stringMatching('did not take the email') as string,
  })
  receiver = await startSmtpReceiver()
})
