import type { ProxyPath, ProxyPhase } from '../core/proxy-record.ts'
import type { Exchange } from '../net/wire.ts'
import type { Stream } from '../probe/stream.ts'
import type { Admitted, Upstream } from './parts.ts'
import type { Asked } from './asked.ts'

/** A request on its way, as far as it has come. Moments are `clock.now()`; null: not yet, or never. */
export interface Passage {
  id: string
  path: ProxyPath
  /** When its first bytes arrived, by the wall clock and by ours. */
  receivedAt: Date
  start: number
  /** How often the client's SDK says that it had tried before. */
  attempt: number | null
  asked: Asked
  upstream: Upstream
  /** Null until it is known who calls. */
  admitted: Admitted | null
  requestBytes: number
  bodyAt: number | null
  injectedUsage: boolean
  /** Whether its texts are kept. */
  isCaptured: boolean
  /** The upstream's side of it, and the answer; the stamps are ms after the exchange's `t0`. */
  exchange: Exchange
  stream: Stream
  /** Whether the answer is events. */
  isStream: boolean
  /** How the answer was compressed, although nobody asked for it. */
  coding: string | null
  isSent: boolean
  upstreamEndAt: number | null
  /** The client's side: what it was told, and when it had been written. */
  status: number | null
  responseBytes: number
  firstWrittenAt: number | null
  lastWrittenAt: number | null
  firstTokenWrittenAt: number | null
  /** Since when the upstream is paused because the client does not read, and for how long it was, in ms. */
  pausedAt: number | null
  stalledMs: number
  left: ProxyPhase | null
  endAt: number
}

/** Where a request is, for a client that leaves now. */
export function phaseOf({
  exchange,
  stream,
  isSent,
  pausedAt,
  upstreamEndAt,
  bodyAt,
  ...rest
}: Passage): ProxyPhase {
  if (bodyAt === null || rest.admitted === null) return 'body'
  if (!isSent) return 'connecting'
  if (exchange.headersAt === null) return 'headers'
  if (pausedAt !== null || upstreamEndAt !== null) return 'paused'
  return stream.events.some(({ text, reasoning, other }) => text + reasoning + other > 0)
    ? 'streaming'
    : 'first_token'
}
