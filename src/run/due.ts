import { createHash } from 'node:crypto'

/** A target that may have an interval of its own. */
export interface Spaced {
  id: string
  /** How far apart its scheduled calls are at least; null if it is called in every slot. */
  everyMinutes: number | null
  /** The slot of its last scheduled call from here, of the last two days; null if there was none. */
  lastSlot: Date | null
}

/**
 * Whether a target is called in a slot of the schedule: the first that has a run in each of its intervals. What its slot missed is
 * made up for in the next one. Intervals begin at a moment that follows from the id, so that targets of one interval are not all
 * called in the same slot, and every process comes to the same answer.
 */
export function isDue({ id, everyMinutes, lastSlot }: Spaced, slot: Date): boolean {
  if (everyMinutes === null || lastSlot === null) return true
  const everyMs = 60_000 * everyMinutes
  const offsetMs = everyMs * fractionOf(id)
  const intervalAt = (moment: Date) => Math.floor((moment.getTime() + offsetMs) / everyMs)
  return intervalAt(slot) > intervalAt(lastSlot)
}

/** From 0 up to 1, spread evenly over ids. */
const fractionOf = (id: string): number => createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32
