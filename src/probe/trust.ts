import { judgeTiming } from '../core/quality.ts'
import type { Trust } from '../core/result.ts'
import { carriesTokens } from '../core/timeline.ts'
import { withoutKeys } from '../net/redact.ts'
import type { Evidence } from './evidence.ts'

/**
 * A token delayed by a late loop is read as soon as the loop turns again, so only lag that ended at most this
 * many ms before it, or lasted beyond it, can have delayed it. Two samples and some.
 */
const beforeMs = 5

/** How far the timing of a call can be trusted, and what says so. */
export function trustIn(
  { call, exchange, stream, usage, lag, decided }: Evidence,
  ttftMs: number | null,
): Trust {
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
