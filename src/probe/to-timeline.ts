import type { Timeline } from '../core/timeline.ts'
import type { Exchange } from '../net/wire.ts'
import type { Stream } from './stream.ts'

/** Whole microseconds, as timelines are stored, so that rederiving gives the same values. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
const roundedOrNull = (ms: number | null): number | null => (ms === null ? null : rounded(ms))

/** The stamps of a call as its timeline. */
export const toTimeline = (exchange: Exchange, { events, form }: Stream): Timeline => ({
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
