import type { LookupFunction } from 'node:net'
import type { Channel } from '../core/incident.ts'
import { asObject, parseJson } from '../core/json.ts'
import { decoded, pairsOf } from '../core/percent.ts'
import { oneLine } from '../core/text.ts'
import { getText, type TextAnswer } from '../net/get-text.ts'
import { redact } from '../net/redact.ts'
import { type Mail, sendMail } from '../net/send-mail.ts'
import { needsCredentials } from '../net/way.ts'
import type { Outcome } from './backoff.ts'
import { resolve } from './channel-settings.ts'
import { channelTypes } from './channels.ts'
import { fit } from './fit.ts'
import type { Message } from './message.ts'
import type { Post } from './request.ts'

/** What sending needs of this installation. */
export interface SendParts {
  /** Where channels have their secrets, and proxies their addresses. */
  env: NodeJS.ProcessEnv
  /** Hosts that entered addresses may be at although they are not public. */
  egressAllow: readonly string[]
  /** The wall clock, for signatures. */
  now: () => Date
  timeoutMs?: number
  lookup?: LookupFunction
}

type Answer = Pick<TextAnswer, 'headers' | 'text'>

/** For the whole exchange, in ms. */
const mostMs = 10_000
/** Of an answer; what matters of one is its status. */
const mostBytes = 2 ** 16

/** Sends a message by a channel, once. Never rejects; what went wrong names no address and no secret. */
export async function send(channel: Channel, message: Message, parts: SendParts): Promise<Outcome> {
  const resolved = resolve(channel, parts.env)
  // It may be set right before the message is dropped.
  if ('problem' in resolved) return { kind: 'retry', error: resolved.problem, afterMs: null }
  const { values, trusted, secrets } = resolved
  const request = channelTypes[channel.kind].request(message, values, parts.now())
  const outcome = 'server' in request ? await mail(request, parts) : await post(request, trusted, parts)
  return outcome.kind === 'sent' ? outcome : { ...outcome, error: clean(outcome.error, secrets) }
}

async function post(
  { url, headers, body }: Post,
  trusted: boolean,
  { env, egressAllow, lookup, timeoutMs = mostMs }: SendParts,
): Promise<Outcome> {
  const egress = trusted ? 'trusted' : { allow: egressAllow, ...(lookup && { lookup }) }
  const answer = await getText(new URL(url), { headers, body, env, egress, timeoutMs, mostBytes })
  if ('text' in answer) return judge(answer.status, answer)
  // Its status has said it all, even if the rest is too long or did not arrive; but that of a proxy says nothing.
  if (answer.status !== null && answer.status !== needsCredentials)
    return judge(answer.status, { headers: {}, text: '' })
  const error = answer.problem
  return answer.refused ? { kind: 'refused', error } : { kind: 'retry', error, afterMs: null }
}

/** What an answer means. */
function judge(status: number, answer: Answer): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  if (status < 400)
    return { kind: 'refused', error: `answered HTTP ${status}, a redirect, which is not followed` }
  const error = `answered HTTP ${status}${answer.text === '' ? '' : `: ${answer.text}`}`
  if (status === 410) return { kind: 'gone', error }
  if (status === 408 || status === 429 || status >= 500)
    return { kind: 'retry', error, afterMs: askedMs(answer) }
  return { kind: 'refused', error }
}

/** How long a receiver asks to wait, in ms: by the header, or as Telegram and Discord write it. */
function askedMs({ headers, text }: Answer): number | null {
  const body = asObject(parseJson(text))
  const written = asObject(body?.['parameters'])?.['retry_after'] ?? body?.['retry_after']
  const header = headers['retry-after']
  const seconds =
    header === undefined ? written : /^\d/.test(header) ? Number(header) : secondsUntil(header, headers.date)
  return typeof seconds === 'number' && seconds >= 0 ? Math.ceil(seconds * 1000) : null
}

/** By the clock of whoever wrote the date. */
const secondsUntil = (date: string, now: string | undefined): number =>
  (Date.parse(date) - Date.parse(now ?? '')) / 1000

async function mail(request: Mail, { timeoutMs = mostMs }: SendParts): Promise<Outcome> {
  const failed = await sendMail(request, timeoutMs)
  if (failed === null) return { kind: 'sent' }
  return failed.refused
    ? { kind: 'refused', error: failed.problem }
    : { kind: 'retry', error: failed.problem, afterMs: null }
}

/** An error on one short line, without the secrets and whatever of them an answer may repeat. */
function clean(error: string, secrets: readonly string[]): string {
  return fit(oneLine(redact(error, secrets.flatMap(tracesOf))), { most: longestError })
}
const longestError = 300

/** A secret, and the parts of one that is an address or headers. */
function tracesOf(secret: string): string[] {
  const url = URL.parse(secret)
  if (url === null) return [secret, ...Object.values(pairsOf(secret))]
  const { href, host, hostname, pathname, search, username, password } = url
  const parts = [...pathname.split('/'), ...new URLSearchParams(search).values()]
  return [secret, href, pathname + search, host, hostname, ...[...parts, username, password].map(decoded)]
}
