import type { Probe } from '../core/plan.ts'

/** Where probes that are added to a run belong. */
export interface Place {
  level: number
  /** How many the level has already, and of all how many are warm-ups. */
  from: number
  warmups: number
  n: number
  /** When they are due, in ms after their level began; empty in a closed loop. */
  due: readonly number[]
}

/** What tells them apart from those that are known: their ids, and how each begins. */
interface Apart {
  uuid: () => string
  nonce: () => string
}

/** More probes like those that a run has of the same target and context tier, in turn. */
export function furtherProbes(
  known: readonly Probe[],
  { level, from, warmups, n, due }: Place,
  { uuid, nonce }: Apart,
): Probe[] {
  return Array.from({ length: known.length === 0 ? 0 : n }, (_, index) => {
    const place = from + index
    const like = known[place % known.length] as Probe
    const iteration = Math.max(0, place + 1 - warmups)
    const own = { id: uuid(), resultId: uuid(), level, iteration, warmup: iteration === 0 }
    const asks = like.asks ? { ...like.asks, nonce: nonce() } : like.asks
    return { ...like, ...own, asks, dueMs: due[index] ?? null }
  })
}
