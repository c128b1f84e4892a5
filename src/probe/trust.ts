import { judgeTiming } from '../core/quality.ts'
import type { Trust } from '../core/result.ts'
import { carriesTokens } from '../core/timeline.ts'
import { withoutKeys } from '../net/redact.ts'
import type { Evidence } from './evidence.ts'
import type { LagMonitor } from './lag.ts'
import type { Measured } from './measure.ts'

/**
 * A token delayed by a late loop is read as soon as the loop turns again, so only lag that ended at most this
 * many ms before it, or lasted beyond it, can have delayed it. Two samples and some.
 */
const beforeMs = 5

/** How late this thread's event loop was during a call, and around its first token. */
export type Delays = Pick<Trust, 'lagMaxMs' | 'lagP99Ms' | 'lagFirstTokenMs'>

/** Asks the monitor right after a call. */
export function delaysOf({ exchange, stream }: Measured, lag: LagMonitor): Delays {
  const { t0, end, reads } = exchange
  const first = reads[stream.events.find(carriesTokens)?.read ?? -1]
  const whole = lag.window(t0, t0 + end)
  const around = first === undefined ? null : lag.window(t0 + Math.max(first - beforeMs, 0), t0 + first)
  return {
    lagMaxMs: whole?.maxMs ?? null,
    lagP99Ms: whole?.p99Ms ?? null,
    lagFirstTokenMs: around?.maxMs ?? null,
  }
}

/** How far the timing of a call can be trusted, and what says so. */
export function trustIn(
  { call, exchange, stream, usage, delays, decided }: Evidence,
  { ttftMs, burst }: { ttftMs: number | null; burst: boolean },
): Trust {
  const { start, headers } = exchange
  const tokens = stream.events.filter(carriesTokens)
  const coding = withoutKeys(headers['content-encoding'] ?? '', [call.provider.key])
  const contentEncoding = coding.slice(0, 40) || null
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
