import { judgeTiming } from '../core/quality.ts'
import type { Trust } from '../core/result.ts'
import { carriesTokens, type StreamEvent } from '../core/timeline.ts'
import { cutWithoutKeys } from '../net/redact.ts'
import type { Evidence } from './evidence.ts'
import type { LagWatch } from './lag.ts'
import type { Measured } from './measure.ts'

/** How late this machine may have stamped the tokens of a call: the first, and all from there to the last. */
export type Delays = Pick<Trust, 'lagMaxMs' | 'lagP99Ms' | 'lagFirstTokenMs'>

/** Asks the monitor right after a call. What is ranked begins with the first token and ends with the last. */
export function delaysOf({ exchange, stream }: Measured, { window }: Pick<LagWatch, 'window'>): Delays {
  const { t0, end, reads } = exchange
  const stampOf = (token: StreamEvent | undefined) => token && reads[token.read]
  const first = stampOf(stream.events.find(carriesTokens))
  const last = stampOf(stream.events.findLast(carriesTokens))
  const { maxMs, p99Ms } = window(t0 + (first ?? 0), t0 + (last ?? end)) ?? unobserved
  const atFirst = first === undefined ? unobserved : (window(t0 + first, t0 + first) ?? unobserved)
  return { lagMaxMs: maxMs, lagP99Ms: p99Ms, lagFirstTokenMs: atFirst.maxMs }
}

const unobserved = { maxMs: null, p99Ms: null }

/** How far the timing of a call can be trusted, and what says so. */
export function trustIn(
  { call, exchange, stream, usage, delays, decided }: Evidence,
  { ttftMs, burst }: { ttftMs: number | null; burst: boolean },
): Trust {
  const { start, headers } = exchange
  const tokens = stream.events.filter(carriesTokens)
  const contentEncoding = cutWithoutKeys(headers['content-encoding'] ?? '', 40, [call.provider.key]) || null
  const { quality, reasons } = judgeTiming({ ...delays, ttftMs, contentEncoding, burst })
  return {
    timingQuality: quality,
    timingReasons: reasons,
    ...delays,
    eventsPerRead: ratio(tokens.length, new Set(tokens.map(({ read }) => read)).size),
    tokensPerEvent: usage.output === null ? null : ratio(usage.output, tokens.length),
    contentEncoding,
    httpVersion: exchange.httpVersion,
    queueMs: start - decided,
  }
}

const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b)
