import type { ErrorKind, FaultDomain } from './outcome.ts'
import type { TimingQuality } from './quality.ts'
import type { TokenSource } from './usage.ts'

/** Which endpoint was called. */
export type ProxyPath = 'chat' | 'completions'

/** The phase in which a client left before its answer was complete. `paused`: we waited for it to read. */
export type ProxyPhase = 'body' | 'connecting' | 'headers' | 'first_token' | 'streaming' | 'paused'

/**
 * What is kept of one request that passed through the proxy: never prompts, answers, headers or addresses. Unknown is
 * null. Stamps are ms after `receivedAt`, of one monotonic clock, with three decimals; null if it did not happen.
 */
export interface ProxyRecord {
  /** UUIDv7; `x-firsttoken-id` of the answer. */
  id: string
  /** Wall clock when the request began to arrive. */
  receivedAt: Date
  path: ProxyPath
  /** Provider of the upstream, and its host with port. */
  provider: string
  host: string
  synthetic: boolean
  /** As the upstream is asked for it, without the name of a provider in front. */
  modelAsked: string
  modelAnswered: string | null
  client: string | null
  region: string
  /** Which key went upstream: the client's own, or ours. */
  keyMode: 'pass-through' | 'held'
  stream: boolean
  /** The reasoning setting asked for, such as `low`, as text; null if none was. */
  reasoning: string | null
  /** How often the client's SDK had tried before (`x-stainless-retry-count`); null if it does not say. */
  attempt: number | null
  /** Status that the client got; null if it left before. */
  status: number | null
  /** Status of the upstream; null if none came. */
  upstreamStatus: number | null
  success: boolean
  /** As of a probe. What a client ended is `aborted`. */
  errorKind: ErrorKind | null
  faultDomain: FaultDomain | null
  errorCode: string | null
  /** Set if the client left: no failure of the provider. */
  clientLeft: ProxyPhase | null
  finishReason: string | null
  /** The request's last byte had arrived. */
  bodyMs: number | null
  /** The request was handed to an open upstream socket: t0 of every metric below. */
  sentMs: number | null
  /** Time of opening a socket to the upstream; 0 if one was reused. */
  connectMs: number | null
  reused: boolean
  headersMs: number | null
  firstEventMs: number | null
  firstTokenMs: number | null
  firstAnswerMs: number | null
  lastTokenMs: number | null
  /** The upstream's answer had ended. */
  upstreamEndMs: number | null
  /** The first and the last piece of the answer's body had been written to the client. */
  firstWrittenMs: number | null
  lastWrittenMs: number | null
  /** All was over. */
  endMs: number
  /** From the complete request to its sending, without the time of connecting; the first token from its read to its writing. */
  overheadBeforeMs: number | null
  overheadFirstMs: number | null
  /** How long the upstream was paused because the client did not read. */
  clientStalledMs: number
  /** Metrics by the probe's formulas; null for what is not streamed (but totalLatencyMs), as DESIGN has it. */
  ttfbMs: number | null
  ttftMs: number | null
  ttfaMs: number | null
  tps: number | null
  itlP50Ms: number | null
  itlP95Ms: number | null
  totalLatencyMs: number
  inputTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  cachedTokens: number | null
  cacheWriteTokens: number | null
  tokenSource: TokenSource | null
  costUsd: number | null
  costSource: 'provider' | 'price' | null
  /** Bytes of the request's and of the answer's body, as the client sent and got them. */
  requestBytes: number
  responseBytes: number
  /** Characters of the messages' texts. */
  promptCharacters: number | null
  maxTokens: number | null
  eventCount: number
  /** Whether we asked for usage that the client did not ask for. */
  injectedUsage: boolean
  timingQuality: TimingQuality
  timingReasons: string[]
  lagMaxMs: number | null
}
