import type { Clock } from '../core/clock.ts'

/** Event-loop lag within a window, in ms. */
interface Lag {
  maxMs: number
  /** The wait that an arrival at a random moment of the window exceeds once in a hundred times. */
  p99Ms: number
}

/** Monitors the event loop of a thread, for all its probes. */
export interface LagMonitor {
  /**
   * The lag between two stamps of the clock; null if the window has no sample, or is no longer remembered.
   */
  window: (fromMs: number, toMs: number) => Lag | null
  close: () => void
}

/** One sample every 2 ms. */
const intervalMs = 2
/** Timers have a resolution of 1 ms: a sample that is on time may seem this late. */
const resolutionMs = 1
/** More than the default limit of a call, two minutes: 65,000 samples, 1 MiB. */
const usualSpanMs = 130_000

/** Samples until closed and remembers the last `spanMs`. It does not keep the process alive. */
export function startLagMonitor(clock: Clock, spanMs = usualSpanMs): LagMonitor {
  const capacity = Math.ceil(spanMs / intervalMs)
  const stamps = new Float64Array(capacity).fill(-Infinity)
  const lags = new Float64Array(capacity)
  let next = 0
  let last = clock.now()
  const sample = () => {
    const now = clock.now()
    stamps[next] = now
    lags[next] = Math.max(0, now - last - intervalMs - resolutionMs)
    next = (next + 1) % capacity
    last = now
  }
  const timer = setInterval(sample, intervalMs).unref()
  return {
    window: (fromMs, toMs) => {
      // The current delay has not been sampled yet.
      sample()
      // Once the ring is full, `next` is the oldest sample.
      if (fromMs < (stamps[next] ?? -Infinity)) return null
      const late: number[] = []
      let samples = 0
      let maxMs = 0
      for (let back = 1; back <= capacity; back += 1) {
        const index = (next - back + capacity) % capacity
        const [at = 0, lag = 0] = [stamps[index], lags[index]]
        if (at < fromMs) break
        if (at - lag > toMs) continue
        samples += 1
        if (lag > 0) late.push(lag)
        maxMs = Math.max(maxMs, lag)
      }
      if (samples === 0) return null
      return { maxMs, p99Ms: exceededFor(0.01 * (toMs - fromMs), late) }
    },
    close: () => {
      clearInterval(timer)
    },
  }
}

/**
 * The wait that arrivals exceed for `ms` in total: if the loop is late by `lag`, those in its first `lag -
 * wait` ms do.
 */
function exceededFor(ms: number, lags: readonly number[]): number {
  const longest = lags.toSorted((a, b) => b - a)
  let sum = 0
  for (const [index, lag] of longest.entries()) {
    if (sum - index * lag >= ms) return (sum - ms) / Math.max(index, 1)
    sum += lag
  }
  return Math.max(0, (sum - ms) / Math.max(longest.length, 1))
}
