import { lookUp } from '../core/json.ts'
import { errorKinds, type Failure } from '../core/outcome.ts'
import { redact } from '../net/redact.ts'
import type { Cause } from './cause.ts'
import { adviceIn } from './error-kinds.ts'
import type { ProviderError } from './provider-error.ts'
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
  const quoted = quotedFrom(error, key)
  const code = kind === 'self' ? error?.code : failure?.code
  const { what, next } = lookUp(special, code) ?? errorKinds[kind]
  const hint = hintIn(circumstances, { kind, error })
  const end = /[.!?]$/.test(quoted) ? '' : '.'
  const happened = `${filled(what, call)}${http}${quoted}${end}`
  return { kind, message: `${entry.name} ${call.model}: ${happened} ${hint ?? filled(next, call)}` }
}

/** The provider's own text, on one line. */
function quotedFrom(error: ProviderError | null, key: string | null): string {
  const words = redact(error?.message ?? error?.code ?? '', [key])
    .replaceAll(/\s+/g, ' ')
    .trim()
  return words === '' ? '' : `: ${words.slice(0, maxQuoted)}`
}

/** What the response itself suggests. */
function hintIn({ call, status, headers }: Circumstances, cause: Cause): string | null {
  const { key, entry } = call.provider
  const { location, 'retry-after': after } = headers
  const redirected = status !== null && status >= 300 && status < 400
  if (redirected && typeof location === 'string')
    return `It points to ${redact(location, [key]).slice(0, maxQuoted)}; redirects are not followed.`
  if (status !== null && cause.kind === 'bad_request') return refusalHint(status, cause, entry.baseUrlName)
  return typeof after === 'string'
    ? `It asks to wait: retry-after ${redact(after, [key]).slice(0, 40)}.`
    : null
}

/** What the words of a refusal suggest; of a 404, also one inside a 200, that it is the path. */
const refusalHint = (status: number, { error }: Cause, baseUrlName: string): string | null =>
  adviceIn(status, error) ??
  (status === 404 || /^404\b/.test(error?.message ?? '')
    ? `Is ${baseUrlName} complete? Most base URLs end in /v1.`
    : null)

/** What ended an exchange, if its code says more than the kind. */
const special: Readonly<Record<string, { what: string; next: string }>> = {
  TOO_LONG: {
    what: 'the answer did not end: no more than 64 MiB or 500,000 events are read',
    next: 'Nothing to do here; the provider ignores the output limit.',
  },
  HPE_HEADER_OVERFLOW: {
    what: 'the headers of the answer are longer than 64 KiB',
    next: 'Check {baseUrl} and what is in front of it.',
  },
  STANDSTILL: {
    what: 'the call was disturbed',
    next: 'Keep the machine awake, or give it more CPU.',
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
