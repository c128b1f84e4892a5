import type { JsonObject } from './json.ts'
import type { Metrics } from './metrics.ts'
import type { ErrorKind, FaultDomain } from './outcome.ts'
import type { Price } from './price.ts'
import type { TimingQuality } from './quality.ts'
import type { Timeline } from './timeline.ts'
import type { TokenSource } from './usage.ts'

/** What one probe observed. Unknown is null, never 0 and never a sentinel. */
export interface Observation extends Metrics, Trust {
  /** Wall clock at the start of the probe. */
  startedAt: Date
  success: boolean
  statusCode: number | null
  errorKind: ErrorKind | null
  faultDomain: FaultDomain | null
  errorMessage: string | null
  /** The provider's error code, verbatim. */
  errorCode: string | null
  finishReason: string | null
  responseText: string | null
  responseModel: string | null
  requestId: string | null
  inputTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  cachedTokens: number | null
  cacheWriteTokens: number | null
  tokenSource: TokenSource | null
  /** The charge the provider reported, in USD. */
  chargedUsd: number | null
  /** Phases of opening the socket, in ms. */
  dnsMs: number | null
  tcpMs: number | null
  tlsMs: number | null
  connectMs: number | null
  /** How much later than due it was sent, in ms; null if nothing said when, and if it never was. */
  lateMs: number | null
  /** Rate limit headers, verbatim; and the provider's retry-after, in ms. */
  rateLimits: JsonObject | null
  retryAfterMs: number | null
  /** Timings the provider reported, verbatim. */
  serverTimings: JsonObject | null
  responseBytes: number
  eventCount: number
  /** What was odd about the answer and is no failure, for people. */
  notes: string[]
  /** The parameters as sent, without the messages. */
  parameters: JsonObject
  formulaVersion: number
  timeline: Timeline
}

/** A recorded probe: one row of benchmark_results and one of timelines. */
export interface Result extends Observation {
  id: string
  runId: string
  probeId: string
  provider: string
  model: string
  synthetic: boolean
  region: string
  iteration: number
  series: string
  promptHash: string
  prices: Price | null
  /** `chargedUsd`, else `computedUsd`. */
  costUsd: number | null
  /** Usage times price, even if the provider reported a charge. */
  computedUsd: number | null
  costSource: 'provider' | 'price' | null
  /** Our own calls loaded the provider meanwhile: it is no sample and says nothing of the provider. */
  ownLoad: boolean
  warmup: boolean
  /** Made in a maintenance window: as with own load, no sample and no failure. Absent: it was not. */
  maintenance?: boolean
  /** The size that its prompt was to have, and the one that our tokenizer counted; null without filler. */
  contextTokens: number | null
  contextTokensCounted: number | null
  /** Of a sweep: the place of its level, and when it was to be sent; null in a closed loop. */
  level: number | null
  scheduledAt: Date | null
}

/** How far a result's timing can be trusted, and why. Milliseconds. */
export interface Trust {
  timingQuality: TimingQuality
  timingReasons: string[]
  /** Event-loop delay during the probe, and at its first token. */
  lagMaxMs: number | null
  lagP99Ms: number | null
  lagFirstTokenMs: number | null
  eventsPerRead: number | null
  tokensPerEvent: number | null
  contentEncoding: string | null
  httpVersion: string | null
  /** From the decision to call to the start of connecting. */
  queueMs: number | null
}
