import { asObject, lookUp } from '../core/json.ts'
import { type ErrorKind, faultDomains } from '../core/outcome.ts'
import { carriesTokens } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import type { Exchange } from '../net/wire.ts'
import type { Cause } from './cause.ts'
import { errorOf, parseJson } from './chunk.ts'
import { Stop } from './deadlines.ts'
import { kindOf } from './error-kinds.ts'
import { fromJson, type ProviderError, readError } from './provider-error.ts'
import { cutOff, neverAnswered } from './socket-error.ts'
import type { Stream } from './stream.ts'

/** Why a call failed; null if it succeeded. The provider's report takes precedence over our own timeout. */
export function classify(exchange: Exchange, stream: Stream, usage: Usage): Cause | null {
  const { failure, status } = exchange
  const stopped = failure instanceof Stop ? failure.kind : null
  if (stopped === 'aborted') return { kind: stopped, error: null }
  if (status !== null && (status < 200 || status >= 300)) {
    const error = readError(exchange.text)
    return { kind: kindOf(status, error), error }
  }
  if (stream.error !== null) return reported(fromJson(stream.error))
  if (stopped !== null) return { kind: stopped, error: null }
  return status === null ? neverAnswered(exchange) : streamCause(exchange, stream, usage)
}

/**
 * An error reported with HTTP 200. One that is not the provider's fault keeps its kind; others are errors in
 * the stream.
 */
function reported(error: ProviderError): Cause {
  const kind = kindOf(200, error)
  const blameless = faultDomains[kind] !== 'provider' && kind !== 'bad_request'
  return { kind: blameless ? kind : 'error_in_stream', error }
}

/**
 * Finish reasons that mean failure: DeepSeek's without capacity, Zhipu's, OpenRouter's, and those of filters.
 */
const badFinish: Readonly<Record<string, ErrorKind>> = {
  error: 'error_in_stream',
  network_error: 'error_in_stream',
  insufficient_system_resource: 'overloaded',
  content_filter: 'content_filter',
  sensitive: 'content_filter',
  safety: 'content_filter',
}

function streamCause(exchange: Exchange, stream: Stream, usage: Usage): Cause | null {
  const { finish, done, events } = stream
  if (finish === null && !done) return unended(exchange, stream)
  const bad = lookUp(badFinish, finish?.toLowerCase())
  if (bad !== undefined) return { kind: bad, error: null }
  const tokens = events.filter(carriesTokens)
  const answered = tokens.some(({ text, other }) => text + other > 0)
  if (!answered && finish === 'length' && (tokens.length > 0 || (usage.reasoning ?? 0) > 0))
    return { kind: 'budget_exhausted', error: null }
  return tokens.length > 0 ? null : { kind: 'empty', error: null }
}

/**
 * A 2xx without a proper end: cut off, or never a stream. If the connection did not break, an event that is
 * not JSON says more than the missing end.
 */
function unended(exchange: Exchange, stream: Stream): Cause {
  const begun = stream.cut || stream.events.some(({ kind }) => kind !== 'other' && kind !== 'comment')
  if (begun && (exchange.failure !== null || !stream.broken)) return cutOff(exchange)
  const refusal = errorIn(exchange.text)
  if (refusal !== null) return reported(refusal)
  if (exchange.failure !== null) return cutOff(exchange)
  const silent = exchange.text.trim() === '' && stream.events.every(({ kind }) => kind === 'comment')
  return { kind: silent ? 'empty' : 'malformed', error: readError(exchange.text) }
}

/** The error in a JSON body; null if it has none. */
function errorIn(text: string): ProviderError | null {
  const json = parseJson(text)
  const body = asObject(Array.isArray(json) ? json[0] : json)
  return body === null || errorOf(body) === null ? null : fromJson(body)
}
