import { codeOf, messageOf } from '../core/error.ts'
import { asObject } from '../core/json.ts'
import { decoded } from '../core/percent.ts'
import { isLocal } from './egress.ts'

/** An email in plain text, and as HTML if it has that too. */
export interface Mail {
  /** `smtp://user:password@host:port`, or `smtps:` for TLS from the start; the ports are 587 and 465 if it has none. */
  server: string
  from: string
  /** One address, or several that are separated by commas. */
  to: string
  subject: string
  text: string
  html?: string
  /** The same for a repetition. */
  messageId: string
  /** The message id of the first email of its thread. */
  thread: string
}

/**
 * Why an email was not taken, as the rest of a sentence whose subject is the server. It may hold what the server said. `refused`: for good
 * (RFC 5321: a reply of 5xx), or by a rule of ours.
 */
export interface MailProblem {
  problem: string
  refused: boolean
}

/** Sends an email once, over a connection of its own; null if the server took it. Never rejects. */
export async function sendMail(mail: Mail, timeoutMs: number): Promise<MailProblem | null> {
  const { server, thread, ...said } = mail
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    // Loaded for the first email: 150 ms of work that most processes never need.
    const { createTransport } = await import('nodemailer')
    const transport = createTransport({ ...smtpOptions(new URL(server)), ...limitsOf(timeoutMs) })
    const continued = thread === said.messageId ? {} : { inReplyTo: thread, references: thread }
    await transport.sendMail({ ...said, ...continued, signal })
    return null
  } catch (error) {
    if (signal.aborted) return { problem: `did not answer within ${timeoutMs / 1000} s`, refused: false }
    const reply = Number(asObject(error)?.['responseCode'] ?? 0)
    const why = `${messageOf(error)}${reply === 0 && codeOf(error) ? ` (${codeOf(error)})` : ''}`
    return { problem: `did not take the email: ${why}`, refused: reply >= 500 }
  }
}

/** A password is sent over TLS alone, but for a server on this machine or network. */
export function smtpOptions(url: URL) {
  const { protocol, hostname, port, username, password } = url
  const secure = protocol === 'smtps:'
  const auth = { user: decoded(username), pass: decoded(password) }
  return {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(port || (secure ? 465 : 587)),
    secure,
    requireTLS: !secure && username !== '' && !isLocal(url),
    ...(username !== '' && { auth }),
  }
}

/** The signal ends an exchange; the library's own clocks are longer, or either may be first, with errors of their own. */
const limitsOf = (timeoutMs: number) => ({
  connectionTimeout: 2 * timeoutMs,
  greetingTimeout: 2 * timeoutMs,
  socketTimeout: 2 * timeoutMs,
  dnsTimeout: 2 * timeoutMs,
  socketCloseTimeout: 0,
  maxResponseSize: 2 ** 16,
  disableFileAccess: true,
  disableUrlAccess: true,
})
