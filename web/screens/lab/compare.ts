import type { SweepInDetail, SweptLevel } from '../../api/sweep-queries.ts'
import { plural, spoken } from '../../format/words.ts'
import { amountOf, type Percentile, groupName } from './view.ts'

/** A level of two sweeps. */
export interface Pair {
  id: string
  before: SweptLevel
  after: SweptLevel
}

/** A level whose load is the same in two sweeps. */
const idOf = ({ load, ...level }: SweptLevel): string =>
  JSON.stringify([groupName(level), 'rate' in load ? load.arrivals : 'closed', amountOf(load)])

/** The levels that both have, in their order, and those that only one has. */
export function pairsOf(
  before: readonly SweptLevel[],
  after: readonly SweptLevel[],
): { pairs: Pair[]; alone: SweptLevel[] } {
  const others = new Map(after.map((level) => [idOf(level), level]))
  const pairs = before.flatMap((level): Pair[] => {
    const id = idOf(level)
    const other = others.get(id)
    others.delete(id)
    return other === undefined ? [] : [{ id, before: level, after: other }]
  })
  const paired = new Set(pairs.map(({ id }) => id))
  return { pairs, alone: [...before.filter((level) => !paired.has(idOf(level))), ...others.values()] }
}

/** How a time changed: more than chance explains only if the intervals lie apart. */
export type Verdict = 'slower' | 'faster' | 'unknown'

export function verdictOf(before: Percentile, after: Percentile): Verdict {
  if (before === null || after === null) return 'unknown'
  if (before.high !== null && after.low !== null && after.low > before.high) return 'slower'
  return before.low !== null && after.high !== null && after.high < before.low ? 'faster' : 'unknown'
}

/** What a request depends on. */
const decisive = ['max_tokens', 'temperature', 'prompt_hash'] as const

/** Why the times of two sweeps are not comparable; empty if they are. */
export function differencesOf(before: SweepInDetail, after: SweepInDetail): string[] {
  const settings = decisive.filter((name) => before.settings[name] !== after.settings[name])
  const open = [before, after].filter(({ run }) => run.finished_at === null).length
  return [
    ...(before.run.synthetic === after.run.synthetic
      ? []
      : ['one is of the synthetic provider, the other is real']),
    ...settings.map((name) => `their requests differ in the ${spoken(name).replace(' hash', '')}`),
    ...(open > 0 ? [`${plural(open, 'of them has', 'of them have')} not ended`] : []),
  ]
}
