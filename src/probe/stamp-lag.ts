import type { Clock } from '../core/clock.ts'
import type { ThreadTime } from './thread-time.ts'

/** A poll that finds something waiting takes less than this, in ms. */
const pollMs = 0.1
/** So little time is not worth asking the kernel for, in ms. */
const negligibleMs = 1

/**
 * Gives the most that a stamp taken now can be late, in ms. A turn of the loop polls, then works on all that
 * has arrived. What arrives while it works is read in the next turn; what arrives while the loop waits wakes
 * it, and is late only by the wait for a core and by what is worked on first.
 */
export function stampLag({ now }: Clock, { idle, queued }: ThreadTime): (atMs: number) => number {
  const queuedUntil = queued ?? (() => 0)
  let turn = { at: now(), idle: idle(), queued: queuedUntil(), lagMs: 0 }
  let worked = turn
  const endTurn = () => {
    const at = now()
    worked = { ...turn, at, idle: idle(), queued: at - turn.at < negligibleMs ? turn.queued : queuedUntil() }
  }
  return (at) => {
    const idled = idle()
    // Every poll idles a little.
    if (idled === turn.idle) return turn.lagMs + at - turn.at
    const elapsed = at - worked.at
    const polled = idled - worked.idle
    const total = elapsed < negligibleMs ? worked.queued : queuedUntil()
    const inQueue = total - worked.queued
    const woken = polled - inQueue > pollMs
    // Work that the kernel interrupts is in both figures.
    const lagMs = woken ? Math.min(elapsed, Math.max(elapsed - polled, inQueue)) : at - turn.at
    turn = { at, idle: idled, queued: total, lagMs }
    setImmediate(endTurn)
    return lagMs
  }
}
