import type { Level } from '../core/plan.ts'
import type { ClientLimit } from '../lab/client-limits.ts'
import {
  type ComparedLevel,
  compareLevels,
  type LevelComparison,
  type LevelQuestion,
} from '../lab/compare-levels.ts'
import type { Verdict } from '../lab/compare-samples.ts'
import { parseThresholds, usualThresholds } from '../lab/thresholds.ts'
import { originOf, requestOf } from '../lab/level-rows.ts'
import { describeSweep, type SweepRow, type SweptLevel } from './describe-sweep.ts'
import { leftOutText, levelText } from './comparison-words.ts'

export { parseThresholds, usualThresholds }

/** A sweep as far as a comparison needs it, as it was recorded. */
export interface ComparableSweep {
  run: { id: string; status: string; synthetic: boolean; region: string; started_at: string }
  /** As its run was asked for, with the database's names. */
  settings: Record<string, unknown>
  levels: readonly Level[]
  rows: readonly SweepRow[]
  cpuShares?: ReadonlyMap<number, number>
}

/** A level of both sweeps, and how it changed. */
export interface ComparedPair extends LevelComparison {
  /** As the first sweep has it. */
  level: Level
  /** Requests that count. */
  n: { before: number; after: number }
}

/** Why a level is not compared: a sweep lacks it, called nothing at it, or was limited by its own machine. */
export type LeftOut = { level: Level; of: 'before' | 'after' } & (
  | { why: 'missing' }
  | { why: 'not_called' }
  | { why: 'client'; limits: readonly ClientLimit[] }
)

/** How a sweep differs from the one before. */
export interface SweepComparison {
  before: ComparableSweep['run']
  after: ComparableSweep['run']
  question: LevelQuestion
  levels: ComparedPair[]
  leftOut: LeftOut[]
  /** Of the metrics that decide: worse if one is at one level, unknown if that cannot be said of one. */
  verdict: Verdict
}

/**
 * Compares two sweeps level by level. What cannot be compared is a problem, which says what differs and what to do:
 * other series, seeds or levels, synthetic with real results, and levels that the machine of the sender limited.
 */
export function compareSweeps(
  before: ComparableSweep,
  after: ComparableSweep,
  question: LevelQuestion,
): SweepComparison | { problem: string } {
  const problem = whatDiffers(before, after)
  if (problem !== null) return { problem }
  const found = matchLevels(levelsOf(before, question), levelsOf(after, question))
  if ('problem' in found) return found
  const { pairs, leftOut } = found
  const seed = pairs.find(({ a, b }) => seedOf(a.level) !== seedOf(b.level))
  if (seed !== undefined) return { problem: otherSeeds(seed) }
  const judged = pairs.map((pair) => ({
    ...pair,
    unfit: [...unfitness(pair.a, 'before'), ...unfitness(pair.b, 'after')],
  }))
  const other = judged.find(({ a, b, unfit: why }) => why.length === 0 && a.series.join() !== b.series.join())
  if (other !== undefined) return { problem: otherSeries(other.a.level, before.settings, after.settings) }
  const unfit = judged.flatMap((pair) => pair.unfit)
  const levels = judged.filter((pair) => pair.unfit.length === 0).map(({ a, b }) => compared(a, b, question))
  if (levels.length === 0)
    return {
      problem: `no level can be compared: ${unfit.map(leftOutText).join('; ')}. Make the sweep again with what this machine can send`,
    }
  return {
    before: before.run,
    after: after.run,
    question,
    levels,
    leftOut: [...leftOut, ...unfit],
    verdict: verdictOf(levels),
  }
}

/** What makes two sweeps as a whole incomparable, or null. */
function whatDiffers(before: ComparableSweep, after: ComparableSweep): string | null {
  for (const { run } of [before, after])
    if (['queued', 'running'].includes(run.status))
      return `run ${run.id} is ${run.status}: compare it when it has ended`
  if (before.run.synthetic !== after.run.synthetic) {
    const [synthetic, real] = before.run.synthetic ? [before, after] : [after, before]
    return `run ${synthetic.run.id} is of the synthetic provider and run ${real.run.id} is real: compare two of one kind`
  }
  return null
}

/** A level with its requests and what names it. */
interface Measured {
  /** What makes it the same level in two sweeps. */
  key: string
  level: SweptLevel
  requests: ComparedLevel['requests']
  /** Those of its requests, in order. */
  series: string[]
}

function levelsOf(sweep: ComparableSweep, { objectives }: LevelQuestion): Measured[] {
  const { levels, rows, cpuShares = new Map<number, number>() } = sweep
  const byLevel = Map.groupBy(rows, ({ level }) => level)
  const seen = new Map<string, number>()
  return describeSweep(levels, rows, { objectives, cpuShares }).map((level, place) => {
    const all = byLevel.get(place) ?? []
    const counted = all.filter(({ warmup }) => !warmup)
    const origin = originOf(all)
    const key = keyOf(levels[place] ?? level)
    const nth = seen.get(key) ?? 0
    seen.set(key, nth + 1)
    return {
      key: `${key} ${nth}`,
      level,
      requests: counted.map((row) => ({
        ...requestOf(row, origin),
        arrival: level.warmups + row.iteration,
      })),
      series: [...new Set(counted.map(({ series }) => series))].toSorted(),
    }
  })
}

/** What the figures of a level do not depend on, or not by its name: seeds are compared apart. */
const besidesLevel = new Set(['warmups', 'total', 'durationMs', 'load', 'staggerMs', 'slots', 'seed'])

const keyOf = (level: Level): string => JSON.stringify([fieldsOf(level), fieldsOf(level.load)])

const fieldsOf = (object: object): [string, unknown][] =>
  Object.entries(object)
    .filter(([name]) => !besidesLevel.has(name))
    .toSorted(([a], [b]) => a.localeCompare(b))

const seedOf = ({ load }: Level): number | null => ('rate' in load ? load.seed : null)

interface Pair {
  a: Measured
  b: Measured
}

/** The levels that both sweeps have, if those of one are all among those of the other. */
function matchLevels(
  before: readonly Measured[],
  after: readonly Measured[],
): { pairs: Pair[]; leftOut: LeftOut[] } | { problem: string } {
  const lacking = (some: readonly Measured[], others: readonly Measured[]) =>
    some.filter(({ key }) => !others.some((other) => other.key === key)).map(({ level }) => level)
  const onlyBefore = lacking(before, after)
  const onlyAfter = lacking(after, before)
  const pairs = before.flatMap((a) => {
    const b = after.find(({ key }) => key === a.key)
    return b === undefined ? [] : [{ a, b }]
  })
  if (pairs.length === 0 || (onlyBefore.length > 0 && onlyAfter.length > 0))
    return {
      problem:
        `the levels differ: only the first run has ${namesOf(onlyBefore)}, only the second ${namesOf(onlyAfter)}. ` +
        'Make both with the same targets, context tiers and loads, or one with some of those of the other',
    }
  return {
    pairs,
    leftOut: [
      ...onlyBefore.map((level): LeftOut => ({ level: askedOf(level), of: 'after', why: 'missing' })),
      ...onlyAfter.map((level): LeftOut => ({ level: askedOf(level), of: 'before', why: 'missing' })),
    ],
  }
}

const namesOf = (levels: readonly Level[]): string =>
  levels.length === 0 ? 'none' : levels.map(levelText).join('; ')

const otherSeeds = ({ a, b }: Pair): string =>
  `the arrivals differ: ${levelText(a.level)} has the seed ${seedOf(b.level)} in the second run. ` +
  `Make that again with --seed ${seedOf(a.level)}`

/** Settings that requests do not depend on. */
const besides = new Set([
  'levels',
  'order',
  'confirm',
  'concurrency',
  'runs',
  'context_tiers',
  'warmup',
  'prompt',
  'timeouts',
  'max_cost_usd',
  'max_errors',
  'request_hash',
])

function otherSeries(level: Level, before: Record<string, unknown>, after: Record<string, unknown>): string {
  const differing = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !besides.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  const names = differing.map((name) => (name === 'prompt_hash' ? 'prompt' : name))
  return (
    `the requests differ: ${levelText(level)} is of another series in the second run, by its ` +
    `${names.length === 0 ? 'target parameters' : names.join(', ')}. Make both with the same prompt, limits and parameters`
  )
}

function unfitness({ level: { report, ...rest } }: Measured, of: LeftOut['of']): LeftOut[] {
  const level = askedOf({ report, ...rest })
  if (report === null) return [{ level, of, why: 'not_called' }]
  const limits = report.clientLimits
  return limits.length === 0 ? [] : [{ level, of, why: 'client', limits }]
}

function compared(a: Measured, b: Measured, question: LevelQuestion): ComparedPair {
  const side = ({ level: { report }, requests }: Measured): ComparedLevel | null =>
    report === null ? null : { report, requests }
  const [before, after] = [side(a), side(b)]
  if (before === null || after === null) throw new Error('a level without calls is left out before')
  return {
    level: askedOf(a.level),
    n: { before: a.requests.length, after: b.requests.length },
    ...compareLevels(before, after, question),
  }
}

/** A level without what came of it. */
function askedOf({
  report: _report,
  wallMs: _wall,
  warmedUp: _warmedUp,
  notMade: _notMade,
  sizes: _sizes,
  failures: _failures,
  ...level
}: SweptLevel): Level {
  return level
}

function verdictOf(levels: readonly ComparedPair[]): Verdict {
  const verdicts = levels
    .flatMap(({ metrics }) => metrics)
    .filter(({ gates }) => gates)
    .map(({ verdict }) => verdict)
  if (verdicts.includes('worse')) return 'worse'
  return verdicts.includes('unknown') ? 'unknown' : 'not_worse'
}
