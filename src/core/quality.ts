/**
 * `ok` counts in rankings and baselines; `degraded` is shown only; `untrusted` says nothing about the
 * provider's timing.
 */
export type TimingQuality = 'ok' | 'degraded' | 'untrusted'

/** The state of the machine during a probe. Milliseconds; null if not observed. */
export interface Conditions {
  lagMaxMs: number | null
  lagP99Ms: number | null
  lagFirstTokenMs: number | null
  ttftMs: number | null
  contentEncoding: string | null
  /** All tokens came in a burst. */
  burst: boolean
}

/**
 * Tolerated lag in ms: at least 95 % of the windows below it have a p99 error of at most 5 ms
 * (docs/decisions/0004).
 */
const harmlessLagMs = 5
const shareOfTtft = 0.02
/** At the first token, more lag than this is no longer in the noise. */
const firstTokenLagMs = 1
const spoiltShareOfTtft = 0.1

/**
 * Judges the timing of a result by the event-loop delay around it. A compressed stream is untrusted because a
 * compressor that does not flush delays tokens (251 ms median measured with gzip). A burst is a reason why
 * metrics are null, and no doubt: it did arrive then, so TTFT and the total are right and may be ranked.
 */
export function judgeTiming(seen: Conditions): { quality: TimingQuality; reasons: string[] } {
  const untrusted = whyUntrusted(seen)
  const degraded = whyDegraded(seen)
  const quality = untrusted.length > 0 ? 'untrusted' : degraded.length > 0 ? 'degraded' : 'ok'
  const unseen = seen.burst ? ['all tokens came in a burst: no decoding was seen'] : []
  return { quality, reasons: [...new Set([...untrusted, ...degraded, ...unseen])] }
}

function whyUntrusted({ lagFirstTokenMs, ttftMs, contentEncoding }: Conditions): string[] {
  const reasons: string[] = []
  if (contentEncoding !== null && contentEncoding !== 'identity')
    reasons.push(`content-encoding ${contentEncoding}`)
  if (
    lagFirstTokenMs !== null &&
    ttftMs !== null &&
    lagFirstTokenMs > Math.max(1, spoiltShareOfTtft * ttftMs)
  ) {
    reasons.push(`event loop ${lagFirstTokenMs.toFixed(1)} ms late at the first token`)
  }
  return reasons
}

/** A long TTFT tolerates a single pause; many pauses still distort the gaps between tokens. */
function whyDegraded({ lagMaxMs, lagP99Ms, lagFirstTokenMs, ttftMs }: Conditions): string[] {
  if (lagMaxMs === null) return ['event loop not observed']
  if (lagFirstTokenMs !== null && lagFirstTokenMs > firstTokenLagMs)
    return [`event loop ${lagFirstTokenMs.toFixed(1)} ms late at the first token`]
  if (lagMaxMs > Math.max(harmlessLagMs, shareOfTtft * (ttftMs ?? 0)))
    return [`event loop up to ${lagMaxMs.toFixed(1)} ms late`]
  if (lagP99Ms !== null && lagP99Ms > harmlessLagMs)
    return [`event loop over ${lagP99Ms.toFixed(1)} ms late for 1 % of the time`]
  return []
}
