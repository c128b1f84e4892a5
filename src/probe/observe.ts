import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../core/json.ts'
import { deriveMetrics, formulaVersion } from '../core/metrics.ts'
import { faultDomains } from '../core/outcome.ts'
import { judgeTiming } from '../core/quality.ts'
import type { Observation, Trust } from '../core/result.ts'
import { carriesTokens, type Timeline } from '../core/timeline.ts'
import { redact, withoutKeys, withoutKeysIn } from '../net/redact.ts'
import type { Exchange } from '../net/wire.ts'
import type { Cause } from './cause.ts'
import { classify } from './classify.ts'
import type { LagMonitor } from './lag.ts'
import { limitsIn, retryAfterIn } from './limits.ts'
import type { Measured } from './measure.ts'
import { explain } from './message.ts'
import { type Call, requestParameters } from './request.ts'
import type { Stream } from './stream.ts'

/** Everything known about one call when it is over. */
export interface Evidence extends Measured {
  call: Call
  lag: LagMonitor
  startedAt: Date
  /** `clock.now()` when the call was decided on. */
  decided: number
}

/** Derives an observation from the evidence. */
export function observe(evidence: Evidence): Observation {
  const { call, exchange, stream, usage, startedAt } = evidence
  const timeline = timelineOf(exchange, stream)
  const metrics = deriveMetrics(timeline, usage)
  const cause = classify(exchange, stream, usage)
  const { dnsMs, tcpMs, tlsMs, connectMs } = timeline
  const reported = {
    ...answerOf(evidence),
    requestId: requestIdIn(exchange.headers) ?? cause?.error?.requestId ?? stream.id,
    rateLimits: limitsIn(exchange.headers),
    serverTimings: serverTimings(exchange.headers, stream),
  }
  return {
    startedAt,
    statusCode: exchange.status,
    ...outcomeOf(evidence, cause),
    ...withoutKeysIn(reported, [call.provider.key]),
    dnsMs,
    tcpMs,
    tlsMs,
    connectMs,
    retryAfterMs: retryAfterIn(exchange.headers, startedAt),
    responseBytes: exchange.bytes.reduce((sum, size) => sum + size, 0),
    eventCount: stream.events.filter(({ kind }) => kind !== 'comment' && kind !== 'done').length,
    parameters: requestParameters(call),
    formulaVersion,
    timeline,
    ...metrics,
    ...trustIn(evidence, metrics.ttftMs),
  }
}

type Outcome = Pick<Observation, 'success' | 'errorKind' | 'faultDomain' | 'errorMessage' | 'errorCode'>

function outcomeOf({ call, exchange }: Evidence, cause: Cause | null): Outcome {
  if (cause === null)
    return { success: true, errorKind: null, faultDomain: null, errorMessage: null, errorCode: null }
  const { kind, message } = explain(cause, {
    call,
    status: exchange.status,
    headers: exchange.headers,
    failure: exchange.failure,
  })
  const code = cause.error?.code ?? null
  return {
    success: false,
    errorKind: kind,
    faultDomain: faultDomains[kind],
    errorMessage: message,
    errorCode: code === null ? null : redact(code, [call.provider.key]),
  }
}

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

const answerOf = ({ stream, usage }: Evidence): Answer => ({
  finishReason: stream.finish,
  responseText: stream.events.some(carriesTokens) ? stream.text.slice(0, mostText) : null,
  responseModel: stream.model,
  inputTokens: usage.input,
  outputTokens: usage.output,
  reasoningTokens: usage.reasoning,
  cachedTokens: usage.cached,
  cacheWriteTokens: usage.cacheWrite,
  tokenSource: usage.source,
  chargedUsd: usage.costUsd,
})

/** Whole microseconds, as timelines are stored, so that rederiving gives the same values. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
const roundedOrNull = (ms: number | null): number | null => (ms === null ? null : rounded(ms))

const timelineOf = (exchange: Exchange, { events, form }: Stream): Timeline => ({
  dnsMs: roundedOrNull(exchange.dnsMs),
  tcpMs: roundedOrNull(exchange.tcpMs),
  tlsMs: roundedOrNull(exchange.tlsMs),
  connectMs: roundedOrNull(exchange.connectMs),
  headers: roundedOrNull(exchange.headersAt),
  reads: exchange.reads.map(rounded),
  bytes: exchange.bytes,
  events,
  reasoningForm: form,
  end: rounded(exchange.end),
})

/**
 * A token delayed by a late loop is read as soon as the loop turns again, so only lag that ended at most this
 * many ms before it, or lasted beyond it, can have delayed it. Two samples and some.
 */
const beforeMs = 5

function trustIn({ call, exchange, stream, usage, lag, decided }: Evidence, ttftMs: number | null): Trust {
  const { t0, end, start, headers } = exchange
  const whole = lag.window(t0, t0 + end)
  const first = ttftMs === null ? null : lag.window(t0 + Math.max(ttftMs - beforeMs, 0), t0 + ttftMs)
  const tokens = stream.events.filter(carriesTokens)
  const coding = withoutKeys(headers['content-encoding'] ?? '', [call.provider.key])
  const contentEncoding = coding.slice(0, 40) || null
  const lagMaxMs = whole?.maxMs ?? null
  const lagP99Ms = whole?.p99Ms ?? null
  const lagFirstTokenMs = first?.maxMs ?? null
  const seen = { lagMaxMs, lagP99Ms, lagFirstTokenMs, ttftMs, contentEncoding }
  const { quality, reasons } = judgeTiming(seen)
  return {
    timingQuality: quality,
    timingReasons: reasons,
    lagMaxMs,
    lagP99Ms,
    lagFirstTokenMs,
    eventsPerRead: ratio(tokens.length, new Set(tokens.map(({ read }) => read)).size),
    tokensPerEvent: usage.output === null ? null : ratio(usage.output, tokens.length),
    contentEncoding,
    httpVersion: exchange.httpVersion,
    queueMs: start - decided,
  }
}

const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b)

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

/** Characters kept of an answer: no model writes this much, but an endless server may. */
const mostText = 2 ** 20

/** Characters kept of reported timings; anything longer is something else. */
const mostTimings = 16_384
