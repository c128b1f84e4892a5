import type { Clock } from '../core/clock.ts'
import { stampLag } from './stamp-lag.ts'
import { openThreadTime, type ThreadTime } from './thread-time.ts'

/** How late stamps were, or would have been, within a window; ms. */
interface Lag {
  maxMs: number
  /** The wait that an arrival at a random moment of the window exceeds once in a hundred times. */
  p99Ms: number
}

/**
 * The lag between two stamps of the clock; null if the window began before the monitor did, or is no longer
 * remembered.
 */
type LagWindow = (fromMs: number, toMs: number) => Lag | null

/** What is known of the lag around one call. */
export interface LagWatch {
  /** The request has been written: what was done before it delays no answer. */
  sent: () => void
  /** A read was stamped. */
  read: (atMs: number) => void
  /** How late reads of the call were stamped, and the pauses of the thread. */
  window: LagWindow
}

/** Monitors a thread, for all its probes. */
export interface LagMonitor {
  /** The pauses of the thread: everything that made it late but its queue for a core. */
  window: LagWindow
  watch: () => LagWatch
  /** The longest time, in ms, that the whole thread did nothing, between two stamps of the clock. */
  stoodStill: (fromMs: number, toMs: number) => number
  close: () => void
}

/** Something late: when it was over, and by how much, in ms. */
interface Late {
  at: number
  lagMs: number
}

/**
 * A tick every so often. Where the kernel counts the wait for a core, ticks need to find only what stops a
 * whole machine: a second of them costs 37 ms of CPU at 2 ms, and 4 at 50 ms (in a virtual machine at rest).
 */
const intervals = { uncounted: 2, counted: 50 }
/** Timers have a resolution of 1 ms: a tick that is on time may seem this late. */
const resolutionMs = 1
/** More than the default limit of a call, two minutes. */
const usualSpanMs = 130_000
/**
 * What a pause held up is read as soon as the loop turns again, so only a pause that ended at most this many
 * ms before a window, or later, can have delayed what was read in it.
 */
const beforeMs = 5
/** A thread that does nothing for so long stood still: stopped, asleep, or without a core; ms. */
const standstillMs = 1000
/** A stamp is kept as ms after t0; their sum is off by less than this. */
const roundingMs = 1e-6

/** Ticks until closed and remembers the last `spanMs`. It does not keep the process alive. */
export function startLagMonitor(
  clock: Clock,
  spanMs = usualSpanMs,
  time: ThreadTime = openThreadTime(),
): LagMonitor {
  const intervalMs = time.queued === null ? intervals.uncounted : intervals.counted
  const queued = time.queued ?? (() => 0)
  const started = clock.now()
  const lagOf = stampLag(clock, time)
  const late: Late[] = []
  const standstills: Late[] = []
  let due = { at: started + intervalMs, queued: queued() }
  const look = (): number => {
    const at = clock.now()
    lagOf(at)
    const heldUpMs = at - due.at - resolutionMs
    if (heldUpMs >= standstillMs) standstills.push({ at, lagMs: heldUpMs })
    const lagMs = heldUpMs - (queued() - due.queued)
    if (lagMs > 0) late.push({ at, lagMs })
    if (lagMs > 0 || heldUpMs >= standstillMs) expectNext(at)
    return at
  }
  const expectNext = (at: number) => {
    due = { at: at + intervalMs, queued: queued() }
    for (const old of [late, standstills]) while (old[0] !== undefined && old[0].at < at - spanMs) old.shift()
  }
  const timer = setInterval(() => {
    expectNext(look())
  }, intervalMs).unref()
  const window: LagWindow = (fromMs, toMs) => {
    // The current delay has not been seen yet.
    const now = look()
    if (fromMs < Math.max(started, now - spanMs)) return null
    const reached = late.filter(({ at, lagMs }) => at >= fromMs - beforeMs && at - lagMs <= toMs)
    return lagOver(reached.map(lagIn), toMs - fromMs)
  }
  return {
    window,
    watch: () => watchReads(clock, lagOf, window),
    stoodStill: (fromMs, toMs) => {
      look()
      const inside = standstills.filter(({ at, lagMs }) => at >= fromMs && at - lagMs <= toMs)
      return inside.reduce((most, { lagMs }) => Math.max(most, lagMs), 0)
    },
    close: () => {
      clearInterval(timer)
      time.close()
    },
  }
}

function watchReads(clock: Clock, lagOf: (atMs: number) => number, pauses: LagWindow): LagWatch {
  // Numbers in two lists need no object for each read.
  const stamps: number[] = []
  const lags: number[] = []
  let before = -Infinity
  return {
    sent: () => {
      before = clock.now()
      lagOf(before)
    },
    read: (at) => {
      // The read before it took all that had arrived.
      lags.push(Math.min(lagOf(at), at - before))
      stamps.push(at)
      before = at
    },
    window: (fromMs, toMs) => {
      const paused = pauses(fromMs, toMs)
      if (paused === null) return null
      const isInside = (at: number) => at >= fromMs - roundingMs && at <= toMs + roundingMs
      const inside = lags.filter((_, index) => isInside(stamps[index] ?? NaN))
      const { maxMs, p99Ms } = lagOver(inside, toMs - fromMs)
      return { maxMs: Math.max(maxMs, paused.maxMs), p99Ms: Math.max(p99Ms, paused.p99Ms) }
    },
  }
}

const lagIn = ({ lagMs }: Late): number => lagMs

function lagOver(lags: readonly number[], spanMs: number): Lag {
  const maxMs = lags.reduce((most, lag) => Math.max(most, lag), 0)
  return { maxMs, p99Ms: exceededFor(0.01 * spanMs, lags) }
}

/**
 * The wait that arrivals exceed for `ms` in total: if the loop is late by `lag`, those in its first `lag -
 * wait` ms do.
 */
function exceededFor(ms: number, lags: readonly number[]): number {
  // Nearly always, and sorting takes a fifth of a millisecond.
  if (lags.reduce((sum, lag) => sum + lag, 0) <= ms) return 0
  const longest = lags.toSorted((a, b) => b - a)
  let sum = 0
  for (const [index, lag] of longest.entries()) {
    if (sum - index * lag >= ms) return (sum - ms) / Math.max(index, 1)
    sum += lag
  }
  return Math.max(0, (sum - ms) / longest.length)
}
