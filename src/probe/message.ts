import { lookUp } from '../core/json.ts'
import type { ErrorKind, Failure } from '../core/outcome.ts'
import { redact } from '../net/redact.ts'
import type { Cause } from './cause.ts'
import type { Call } from './request.ts'

/** What a failure message is made of besides its cause. */
export interface Circumstances {
  call: Call
  status: number | null
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** What ended the exchange early. */
  failure: NodeJS.ErrnoException | null
}

/** Of the provider's own text, at most this many characters. */
const maxQuoted = 500

/** The failure with its message: what happened, to what, what was said of it, what to do next. No key is in it. */
export function explain({ kind, error }: Cause, circumstances: Circumstances): Failure {
  const { call, status, failure } = circumstances
  const { entry, key } = call.provider
  const http = status === null ? '' : ` (HTTP ${status})`
  // Cut before any pattern looks at it, far enough behind what is quoted that no key is halved there.
  const words = redact((error?.message ?? error?.code ?? '').slice(0, 8 * maxQuoted), [key])
    .replaceAll(/\s+/g, ' ')
    .trim()
  const quoted = words === '' ? '' : `: ${words.slice(0, maxQuoted)}`
  const [what, next] = lookUp(special, failure?.code) ?? sentences[kind](call)
  const hint = hintIn(circumstances, kind)
  const end = /[.!?]$/.test(quoted) ? '' : '.'
  return { kind, message: `${entry.name} ${call.model}: ${what}${http}${quoted}${end} ${hint ?? next}` }
}

/** What the response itself says to do. */
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

/** What ended an exchange, where its code says more than the kind. */
const special: Readonly<Record<string, readonly [what: string, next: string]>> = {
  TOO_LONG: [
    'the answer did not end: no more than 64 MiB or 500,000 events are read',
    'Nothing to do here; the provider ignores the output limit.',
  ],
  EGRESS_REFUSED: [
    'the call was not made',
    'Use the https URL of a public host, or open the host with EGRESS_ALLOW.',
  ],
}

type Sentences = (call: Call) => [what: string, next: string]

const seconds = (ms: number): string => `${ms / 1000} s`
const hostOf = ({ provider }: Call): string => new URL(provider.baseUrl).host
const keyOf = ({ provider: { entry } }: Call): string => entry.keyNames[0] ?? 'its key'
const later = 'Nothing to do here; if it lasts, see the status page of the provider.'

const sentences: Record<ErrorKind, Sentences> = {
  timeout_connect: (call) => [
    `no usable connection to ${hostOf(call)} within ${seconds(call.settings.timeouts.connect)}`,
    'Check the network and the base URL.',
  ],
  timeout_first_token: ({ settings }) => [`no token within ${seconds(settings.timeouts.firstToken)}`, later],
  timeout_idle: ({ settings }) => [`no further token for ${seconds(settings.timeouts.idle)}`, later],
  timeout_total: ({ settings }) => [
    `not finished within ${seconds(settings.timeouts.total)}`,
    'Ask for fewer tokens, or allow more time.',
  ],
  dns: (call) => [
    `the name ${hostOf(call)} was not resolved`,
    `Check ${call.provider.entry.baseUrlName} and the network.`,
  ],
  connect: (call) => [
    `${hostOf(call)} could not be reached`,
    `Check ${call.provider.entry.baseUrlName}, the network and its proxy.`,
  ],
  tls: (call) => [
    `no TLS connection to ${hostOf(call)}`,
    `Check that ${call.provider.entry.baseUrlName} is an https address with a valid certificate.`,
  ],
  reset: () => ['the connection was broken', later],
  truncated: () => ['the stream ended with neither a finish reason nor [DONE]', later],
  malformed: ({ provider }) => [
    'the answer is no valid stream of chat completion chunks',
    `Check ${provider.entry.baseUrlName}.`,
  ],
  empty: () => ['the stream brought no text, reasoning or tool call', later],
  error_in_stream: () => ['an error was reported inside the answer', later],
  overloaded: () => ['the provider has no capacity', later],
  server_error: () => ['the provider failed', later],
  auth: (call) => ['the key was refused', `Check ${keyOf(call)}.`],
  quota: () => ['the account has no quota or balance left', 'Check its billing.'],
  rate_limited: () => [
    'the rate limit of the account was reached',
    'Benchmark less often, or raise the limit.',
  ],
  model_not_found: () => ['the provider does not offer this model to this key', 'Choose one that it lists.'],
  bad_request: ({ provider }) => [
    'the request was refused',
    `Check ${provider.entry.baseUrlName} and the parameters of the target.`,
  ],
  context_exceeded: () => ['the prompt is longer than the model takes', 'Use a shorter prompt.'],
  budget_exhausted: () => [
    'reasoning used up all output tokens before an answer',
    'Raise the maximum of tokens, or turn reasoning down.',
  ],
  content_filter: () => ['a content filter stopped the answer', 'Use another prompt.'],
  aborted: () => ['stopped by a person', 'Run it again.'],
  self: () => ['the request could not be made', 'Check the key and the base URL for stray characters.'],
}
