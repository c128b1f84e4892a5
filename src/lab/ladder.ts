import type { ClosedLoad, OpenLoad, Search } from '../core/plan.ts'
import type { LevelReport } from './describe-level.ts'
import { type Interval, wilson } from './intervals.ts'

/** What a level of concurrency showed. */
export interface Rung {
  concurrency: number
  /** Requests per second that succeeded. */
  throughput: number
  errorShare: number
  /** Whether this machine, not the endpoint, was the limit. */
  clientBound: boolean
}

/** The next level, or why there is none. */
export type Step = { concurrency: number } | { stop: StopReason }

/**
 * `marginal`: twice the concurrency brought less than a tenth more; `errors`: more than a twentieth failed;
 * `client_bound`: this machine was the limit; `limit`: as far as was allowed.
 */
type StopReason = 'marginal' | 'errors' | 'client_bound' | 'limit'

/** `not_made`: none of its calls was; `interrupted`: neither it nor the same again was made by one worker. */
type CutReason = 'not_made' | 'interrupted'

const marginalGain = 0.1
const mostErrors = 0.05

/** The ladder of `--concurrency auto`: 1, then twice the last until it is no use. */
export function nextRung(rungs: readonly Rung[], most: number): Step {
  const last = rungs.at(-1)
  if (last === undefined) return { concurrency: 1 }
  if (last.clientBound) return { stop: 'client_bound' }
  if (last.errorShare > mostErrors) return { stop: 'errors' }
  const before = rungs.at(-2)
  if (before !== undefined && last.throughput < before.throughput * (1 + marginalGain))
    return { stop: 'marginal' }
  return last.concurrency >= most ? { stop: 'limit' } : { concurrency: Math.min(most, last.concurrency * 2) }
}

/** Whether a level holds an objective; `unresolved` if its interval holds the target. */
export type Attainment = 'holds' | 'misses' | 'unresolved'

/** Judges the share of good requests by its interval. */
export const attainmentOf = ({ low, high }: Interval, target: number): Attainment =>
  low >= target ? 'holds' : high < target ? 'misses' : 'unresolved'

/** A level and whether it held. */
export interface Tried {
  level: number
  attainment: Attainment
}

/** The next level to try, or what was found: the highest that holds (null if none), and those that stay open above it. */
export type Trial = { level: number } | { found: { highest: number | null; unresolved: number[] } }

/** The levels between which the limit lies are tried until they are this close. */
const bracket = 1.1

/**
 * The search of `--find`: twice the level until one does not hold, then the middle, until the highest that holds
 * and the lowest that does not are within 10 %, or neighbours. An unresolved level counts as not holding here: the
 * search goes on below it.
 */
export function nextTrial(tried: readonly Tried[], most: number): Trial {
  const holding = tried.filter(({ attainment }) => attainment === 'holds').map(({ level }) => level)
  const others = tried.filter(({ attainment }) => attainment !== 'holds').map(({ level }) => level)
  const lowestOther = Math.min(...others)
  const highest = Math.max(0, ...holding.filter((level) => level < lowestOther))
  const next =
    others.length === 0 ? Math.min(most, Math.max(1, highest * 2)) : Math.floor((highest + lowestOther) / 2)
  const isFound = others.length === 0 ? highest >= most : next <= highest || lowestOther <= highest * bracket
  if (!isFound) return { level: next }
  const open = tried.filter(({ level, attainment }) => attainment === 'unresolved' && level > highest)
  return {
    found: {
      highest: highest === 0 ? null : highest,
      unresolved: open.map(({ level }) => level).toSorted((a, b) => a - b),
    },
  }
}

/** The fewest requests of which all may be good for their interval to be above a share below 1, such as 73 for 0.95. */
export function leastToHold(share: number): number {
  for (let n = 1; ; n++) if (wilson(n, n).low >= share) return n
}

/** The concurrency or the rate of a load: what a search changes. */
export const sizeOf = (load: ClosedLoad | OpenLoad): number => ('rate' in load ? load.rate : load.concurrency)

/** A level of a search: its concurrency or rate, and what came of it; null if none of its calls was made. */
export interface SearchedLevel {
  size: number
  report: LevelReport | null
}

/** What was found of an objective: the highest level that holds it, and those above that stay open. */
type Found = Extract<Trial, { found: unknown }>['found']

/** The next concurrency or rate of a search, or how it ended. */
export type NextLevel = { next: number } | { stop: StopReason | CutReason } | { found: Found }

const isInterrupted = ({ report }: SearchedLevel): boolean => (report?.interruptedMs ?? null) !== null

/** The levels that tell something: without those that one worker left and another took over. */
export const wholeLevels = (tried: readonly SearchedLevel[]): SearchedLevel[] =>
  tried.filter((level) => !isInterrupted(level))

/** What a search does next, by the levels that it has tried, in their order. One that was interrupted is made again, once. */
export function nextLevel(
  { most, goodput }: Pick<Search, 'most' | 'goodput'>,
  tried: readonly SearchedLevel[],
): NextLevel {
  const last = tried.at(-1)
  if (last !== undefined && isInterrupted(last))
    return tried.at(-2)?.size === last.size ? { stop: 'interrupted' } : { next: last.size }
  const whole = wholeLevels(tried)
  const made = whole.flatMap(({ size, report }) => (report === null ? [] : [{ size, report }]))
  if (made.length < whole.length) return { stop: 'not_made' }
  if (goodput === null) {
    const step = nextRung(made.map(rungOf), most)
    return 'stop' in step ? step : { next: step.concurrency }
  }
  const step = nextTrial(
    made.map(({ size, report }) => ({ level: size, attainment: attained(report, goodput) })),
    most,
  )
  return 'found' in step ? step : { next: step.level }
}

const rungOf = ({
  size,
  report: { throughput, errors, n, clientLimits },
}: SearchedLevel & { report: LevelReport }): Rung => ({
  concurrency: size,
  throughput: throughput.requestsPerS,
  errorShare: Object.values(errors).reduce((sum, count) => sum + count, 0) / n,
  clientBound: clientLimits.length > 0,
})

/** What this machine spoiled says nothing against the endpoint. */
function attained({ goodput, clientLimits }: LevelReport, target: number): Attainment {
  const attainment = attainmentOf(goodput, target)
  return attainment === 'misses' && clientLimits.length > 0 ? 'unresolved' : attainment
}

/** The most that a search which begins at a size may come to, of all ways that it may go, if trying a size weighs so much. */
export function heaviestOf(
  { most, goodput }: Pick<Search, 'most' | 'goodput'>,
  first: number,
  weigh: (size: number) => number,
): number {
  if (goodput === null)
    return weigh(first) + (first < most ? heaviestOf({ most, goodput }, Math.min(most, first * 2), weigh) : 0)
  const trying = (level: number, before: readonly Tried[]): number =>
    weigh(level) + Math.max(...endings.map((attainment) => after([...before, { level, attainment }])))
  const after = (tried: readonly Tried[]): number => {
    const next = nextTrial(tried, most)
    return 'found' in next ? 0 : trying(next.level, tried)
  }
  return trying(first, [])
}

/** An unresolved level is gone on from as one that misses. */
const endings = ['holds', 'misses'] as const
