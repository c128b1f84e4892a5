/** What a level asked for, and what came of it per second. */
export interface Yield {
  load: number
  throughput: number
}

/** More load that brings less than this share of itself, by their ratios, is hardly worth it. */
const leastGain = 0.5

/**
 * The place of the level above which more load no longer brings at least half as much more throughput, however far
 * one goes: by ratios, so that it is the same whether levels double or grow by one. Null if throughput still grows
 * at the last level, and for fewer than three. Levels are in the order of their loads.
 */
export function kneeOf(levels: readonly Yield[]): number | null {
  if (levels.length < 3) return null
  const place = levels.findIndex((level, index) =>
    levels.slice(index + 1).every((further) => gainOf(level, further) < leastGain),
  )
  return place < 0 || place === levels.length - 1 ? null : place
}

/** How much of more load became more throughput, by the logarithms of both: 1 is all of it, 0 is nothing. */
const gainOf = (level: Yield, further: Yield): number =>
  Math.log(further.throughput / level.throughput) / Math.log(further.load / level.load)
