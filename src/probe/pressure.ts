import type { EventLoopUtilization, Performance } from 'node:perf_hooks'

/** The event loop of a thread. */
export type Loop = Pick<Performance, 'eventLoopUtilization'>

/** How often loops are looked at, in ms. */
const lookMs = 500
/** A loop that works more than this share of its time makes some of what arrives wait: it is shared before it is full. */
const busyShare = 0.6

/** What may be done about busy threads. */
interface Relief {
  /** As many threads as there may be. */
  most: number
  /** Adds one. */
  grow: () => Promise<unknown>
}

/** Adds a thread whenever those there are have been busy, one after the other. Returns what ends it. */
export function watchPressure(loops: () => Loop[], { most, grow }: Relief): () => void {
  if (loops().length >= most) return () => undefined
  const before = new Map<Loop, EventLoopUtilization>()
  let growing = false
  const look = () => {
    const all = loops()
    const shares = all.map((loop) => {
      const now = loop.eventLoopUtilization()
      const then = before.get(loop)
      before.set(loop, now)
      return then === undefined ? 0 : loop.eventLoopUtilization(now, then).utilization
    })
    if (growing || all.length >= most || !areBusy(shares)) return
    growing = true
    grow()
      .catch(() => undefined)
      .finally(() => (growing = false))
  }
  const timer = setInterval(look, lookMs).unref()
  return () => {
    clearInterval(timer)
  }
}

/** Whether threads that share their work are busy, by the share of its time that each worked. */
export const areBusy = (shares: readonly number[]): boolean =>
  shares.length > 0 && shares.reduce((sum, share) => sum + share, 0) / shares.length > busyShare
