import { type ErrorKind, faultDomains } from '../core/outcome.ts'
import { carriesTokens } from '../core/timeline.ts'
import { credentialProblem, isOfProxy, needsCredentials } from '../net/way.ts'
import type { Exchange } from '../net/wire.ts'
import type { Cause } from './cause.ts'
import { Stop } from './deadlines.ts'
import { errorInText } from './error-envelope.ts'
import { kindOf } from './error-kinds.ts'
import type { FinishMeaning } from './finish-reasons.ts'
import { inWords, type ProviderError, readError } from './provider-error.ts'
import { cutOff, keptByProxy, neverAnswered } from './socket-error.ts'
import type { Stream } from './stream.ts'

/** Why a call failed; null if it succeeded. The provider's report takes precedence over our own timeout. */
export function classify(exchange: Exchange, stream: Stream): Cause | null {
  const { failure, status } = exchange
  const stopped = failure instanceof Stop ? failure.kind : null
  if (stopped === 'aborted') return { kind: stopped, error: null }
  if (stopped === 'timeout_connect' && exchange.awaitedProxy !== null) return keptByProxy(exchange)
  if (status !== null && (status < 200 || status >= 300)) return refused(exchange, status)
  if (stream.error !== null) return reported(stream.error, stream)
  if (stopped !== null) return { kind: stopped, error: null }
  return status === null ? neverAnswered(exchange) : streamCause(exchange, stream)
}

/** An answer without a stream. */
function refused({ text, headers, forwardedBy }: Exchange, status: number): Cause {
  if (status === needsCredentials)
    return { kind: 'self', error: inWords(`a proxy ${credentialProblem}`, 'PROXY_REFUSED') }
  if (forwardedBy !== null && isOfProxy(status, headers))
    return {
      kind: 'self',
      error: inWords(`${forwardedBy} passed on no answer but its own`, `HTTP_${status}`),
    }
  // Nobody asked for another protocol.
  if (status < 200) return { kind: 'malformed', error: null }
  const error = readError(text, headers)
  return { kind: kindOf(status, error), error }
}

/**
 * An error reported with HTTP 200: one that is the provider's fault is an error in the stream. So is a bad
 * request that was being answered: it was good enough for tokens.
 */
function reported(error: ProviderError, { events }: Stream): Cause {
  const kind = kindOf(200, error)
  const late = kind === 'bad_request' && events.some(carriesTokens)
  return { kind: late || faultDomains[kind] === 'provider' ? 'error_in_stream' : kind, error }
}

/** What the meanings of finish reasons come to that are failures. */
const badFinishes: Partial<Record<FinishMeaning, ErrorKind>> = {
  filter: 'content_filter',
  failure: 'error_in_stream',
  overloaded: 'overloaded',
}

function streamCause(exchange: Exchange, stream: Stream): Cause | null {
  const { finish, done, events } = stream
  if (finish === null && !done) return unended(exchange, stream)
  const bad = finish === null ? undefined : badFinishes[finish.meaning]
  if (bad !== undefined) return { kind: bad, error: inWords(`finish reason ${finish?.reason}`) }
  const answered = events.some(({ text, other }) => text + other > 0)
  if (!answered && finish?.meaning === 'length') return { kind: 'budget_exhausted', error: null }
  return events.some(carriesTokens) ? null : { kind: 'empty', error: unreadIn(exchange, stream) }
}

/**
 * A 2xx without a proper end: cut off, or never a stream. If the connection did not break, an event that is
 * not JSON says more than the missing end.
 */
function unended(exchange: Exchange, stream: Stream): Cause {
  const begun = stream.cut || stream.events.some(({ kind }) => kind !== 'other' && kind !== 'comment')
  const error = unreadIn(exchange, stream)
  if (begun && (exchange.failure !== null || !stream.broken)) return cutOff(exchange, error)
  // A firewall may answer 202 without a body (AWS WAF).
  const refusal = errorInText(exchange.text) ?? readError('', exchange.headers)
  if (refusal !== null) return reported(refusal, stream)
  if (exchange.failure !== null) return cutOff(exchange, error)
  const silent = exchange.text.trim() === '' && stream.events.every(({ kind }) => kind === 'comment')
  return { kind: silent ? 'empty' : 'malformed', error }
}

/** The last thing that could not be read, to be quoted: a whole body without events, or what was between. */
const unreadIn = (exchange: Exchange, { unread }: Stream): ProviderError | null =>
  readError(exchange.text) ?? (unread.trim() === '' ? null : inWords(unread))
