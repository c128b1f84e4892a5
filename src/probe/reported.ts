import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../core/json.ts'
import type { Observation } from '../core/result.ts'
import { carriesTokens } from '../core/timeline.ts'
import { cutWithoutKeys, withoutKeysIn } from '../net/redact.ts'
import type { Cause } from './cause.ts'
import type { Evidence } from './evidence.ts'
import { limitsIn } from './limits.ts'
import type { Stream } from './stream.ts'

/** What a provider reported of a call: its answer, ids, limits and timings, without keys. */
export function reportedIn(evidence: Evidence, cause: Cause | null): Reported {
  const { call, exchange, stream } = evidence
  const reported = {
    ...answerOf(evidence),
    requestId: requestIdIn(exchange.headers) ?? cause?.error?.requestId ?? stream.id,
    rateLimits: limitsIn(exchange.headers, [call.provider.key]),
    serverTimings: serverTimings(exchange.headers, stream),
  }
  return withoutKeysIn(reported, [call.provider.key])
}

type Reported = Answer & Pick<Observation, 'requestId' | 'rateLimits' | 'serverTimings'>

type Answer = Pick<
  Observation,
  | 'finishReason'
  | 'responseText'
  | 'responseModel'
  | 'inputTokens'
  | 'outputTokens'
  | 'reasoningTokens'
  | 'cachedTokens'
  | 'cacheWriteTokens'
  | 'tokenSource'
  | 'chargedUsd'
>

const answerOf = ({ call, stream, usage }: Evidence): Answer => ({
  finishReason: stream.finish?.reason ?? null,
  responseText: stream.events.some(carriesTokens)
    ? cutWithoutKeys(stream.text, mostText, [call.provider.key])
    : null,
  responseModel: stream.model,
  inputTokens: usage.input,
  outputTokens: usage.output,
  reasoningTokens: usage.reasoning,
  cachedTokens: usage.cached,
  cacheWriteTokens: usage.cacheWrite,
  tokenSource: usage.source,
  chargedUsd: usage.costUsd,
})

/** Characters kept of an answer: no model writes this much, but an endless server may. */
const mostText = 2 ** 20

/** Headers with the id that a provider's support asks for, most reliable first. */
const idHeaders = [
  'x-request-id',
  'request-id',
  'x-generation-id',
  'x-minimax-request-id',
  'x-together-traceid',
  'cf-ray',
]

function requestIdIn(headers: IncomingHttpHeaders): string | null {
  const ids = idHeaders.map((name) => headers[name])
  return ids.find((id) => typeof id === 'string' && id !== '')?.toString() ?? null
}

/** Headers with a server's own timings (OpenAI, Fireworks, Together, Envoy, RFC Server-Timing). */
const timingHeaders =
  /^(openai-processing-ms|fireworks-server-.*|x-api-(received|call-start|call-end)|x-envoy-upstream-service-time|server-timing|x-inference-time.*)$/

function serverTimings(headers: IncomingHttpHeaders, { timings }: Stream): JsonObject | null {
  const entries = Object.entries(headers).filter(([name]) => timingHeaders.test(name))
  const headed = entries.length > 0 ? { headers: Object.fromEntries(entries) } : {}
  const found = withoutKeysIn({ ...timings, ...headed }, [])
  const size = Object.keys(found).length === 0 ? 0 : JSON.stringify(found).length
  return size > 0 && size <= mostTimings ? (found as JsonObject) : null
}

/** Characters kept of reported timings; anything longer is something else. */
const mostTimings = 16_384
