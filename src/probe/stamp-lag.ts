import type { Clock } from '../core/clock.ts'
import type { ThreadTime } from './thread-time.ts'

/** A poll that finds something waiting takes less than this, in ms. */
const pollMs = 0.1
/** So little time is not worth asking the kernel for, in ms. */
const negligibleMs = 1

/** What follows it comes after the work of a read, in the same turn. */
const worked = Promise.resolve()

/**
 * Gives the most that a stamp taken now can be late, in ms. A turn of the loop polls, then works on all that
 * has arrived. What arrives while it works is read in the next turn; what arrives while the loop waits wakes
 * it, and is late only by the wait for a core and by what is worked on first.
 */
export function stampLag({ now }: Clock, { idle, queued }: ThreadTime): (atMs: number) => number {
  const queuedUntil = queued ?? (() => 0)
  /** The newest turn that has a stamp, and when the work on what was stamped in it had ended. */
  const turn = { at: now(), idle: idle(), queued: queuedUntil(), lagMs: 0, workedAt: now() }
  let isWorking = false
  const endWork = () => {
    isWorking = false
    turn.workedAt = now()
    if (turn.workedAt - turn.at >= negligibleMs) turn.queued = queuedUntil()
  }
  return (at) => {
    // What follows in its turn without a stamp is taken for lateness of the next one. An immediate would come behind that
    // too, at the price of a phase of the loop for each read.
    if (!isWorking) void worked.then(endWork)
    isWorking = true
    const idled = idle()
    // Every poll idles a little.
    if (idled === turn.idle) return turn.lagMs + at - turn.at
    const elapsed = at - turn.workedAt
    const polled = idled - turn.idle
    const total = elapsed < negligibleMs ? turn.queued : queuedUntil()
    const inQueue = total - turn.queued
    const woken = polled - inQueue > pollMs
    // Work that the kernel interrupts is in both figures.
    turn.lagMs = woken ? Math.min(elapsed, Math.max(elapsed - polled, inQueue)) : at - turn.at
    turn.at = at
    turn.idle = idled
    turn.queued = total
    return turn.lagMs
  }
}
