import { createHash } from 'node:crypto'
import { bareName } from '../core/catalog.ts'

/** A target that may have an interval of its own. */
export interface Spaced {
  model: string
  /** How far apart its scheduled calls are at least; null if it is called in every slot. */
  everyMinutes: number | null
  /** The slot of its last scheduled call from here, of the last two days; null if there was none. */
  lastSlot: Date | null
}

/**
 * Whether a target is called in a slot of the schedule: the first that has a run in each of its intervals. What its slot missed is
 * made up for in the next one. Intervals begin at a moment that follows from the model, so that models of one interval are not all
 * called in the same slot, and every process comes to the same answer. A model is called in the same slots at every provider; of
 * two intervals, if one is a multiple of the other, the rarer slots are some of the others.
 */
export function isDue({ model, everyMinutes, lastSlot }: Spaced, slot: Date): boolean {
  if (everyMinutes === null || lastSlot === null) return true
  const everyMs = 60_000 * everyMinutes
  const offsetMs = 60_000 * phaseOf(model)
  const intervalAt = (moment: Date) => Math.floor((moment.getTime() + offsetMs) / everyMs)
  return intervalAt(slot) > intervalAt(lastSlot)
}

/** Minutes that intervals of a model begin before midnight, modulo each of them: spread evenly, as they are many. */
const phaseOf = (model: string): number =>
  createHash('sha256').update(bareName(model)).digest().readUInt32BE()
