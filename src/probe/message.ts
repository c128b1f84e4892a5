import { lookUp } from '../core/json.ts'
import { type ErrorKind, errorKinds, type Failure } from '../core/outcome.ts'
import { redact } from '../net/redact.ts'
import type { Cause } from './cause.ts'
import type { Call } from './request.ts'

/** What a failure message says besides its cause. */
export interface Circumstances {
  call: Call
  status: number | null
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** What ended the exchange early. */
  failure: NodeJS.ErrnoException | null
}

/** Characters quoted from the provider's own text. */
const maxQuoted = 500

/**
 * The failure with its message: what happened, to what, the provider's text, what to do next. It contains no
 * key.
 */
export function explain({ kind, error }: Cause, circumstances: Circumstances): Failure {
  const { call, status, failure } = circumstances
  const { entry, key } = call.provider
  const http = status === null ? '' : ` (HTTP ${status})`
  // Cut before pattern matching, well beyond the quoted part, so that no key is cut in half.
  const words = redact((error?.message ?? error?.code ?? '').slice(0, 8 * maxQuoted), [key])
    .replaceAll(/\s+/g, ' ')
    .trim()
  const quoted = words === '' ? '' : `: ${words.slice(0, maxQuoted)}`
  const { what, next } = lookUp(special, failure?.code) ?? errorKinds[kind]
  const hint = hintIn(circumstances, kind)
  const end = /[.!?]$/.test(quoted) ? '' : '.'
  const happened = `${filled(what, call)}${http}${quoted}${end}`
  return { kind, message: `${entry.name} ${call.model}: ${happened} ${hint ?? filled(next, call)}` }
}

/** What the response itself suggests. */
function hintIn({ call, status, headers }: Circumstances, kind: ErrorKind): string | null {
  const { key, entry } = call.provider
  const { location, 'retry-after': after } = headers
  const redirected = status !== null && status >= 300 && status < 400
  if (redirected && typeof location === 'string')
    return `It points to ${redact(location, [key]).slice(0, maxQuoted)}; redirects are not followed.`
  if (status === 404 && kind === 'bad_request')
    return `Is ${entry.baseUrlName} complete? Most base URLs end in /v1.`
  return typeof after === 'string'
    ? `It asks to wait: retry-after ${redact(after, [key]).slice(0, 40)}.`
    : null
}

/** What ended an exchange, if its code says more than the kind. */
const special: Readonly<Record<string, { what: string; next: string }>> = {
  TOO_LONG: {
    what: 'the answer did not end: no more than 64 MiB or 500,000 events are read',
    next: 'Nothing to do here; the provider ignores the output limit.',
  },
  EGRESS_REFUSED: {
    what: 'the call was not made',
    next: 'Use the https URL of a public host, or open the host with EGRESS_ALLOW.',
  },
}

const seconds = (ms: number): string => `${ms / 1000} s`

/** Fills in what a text of `errorKinds` says about the call. */
function filled(text: string, { provider: { entry, baseUrl }, settings: { timeouts } }: Call): string {
  const values: Readonly<Record<string, string>> = {
    host: new URL(baseUrl).host,
    baseUrl: entry.baseUrlName,
    key: entry.keyNames[0] ?? 'its key',
    connect: seconds(timeouts.connect),
    firstToken: seconds(timeouts.firstToken),
    idle: seconds(timeouts.idle),
    total: seconds(timeouts.total),
  }
  return text.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => lookUp(values, name) ?? placeholder)
}
