import { kneeOf } from '../lab/knee.ts'
import type { LevelReport } from '../lab/describe-level.ts'
import type { SweepRow, SweptLevel } from './describe-sweep.ts'
import { shortened } from './format.ts'
import { calledOf } from './sweep.ts'

/** A level of a group, with its report. */
export interface Entry {
  level: SweptLevel
  /** Its load in a few signs: `8`, or `2/s`. */
  label: string
  report: LevelReport | null
  /** Whether it says something of the endpoint: this machine did not limit it, and something came of it. */
  isRanked: boolean
  rows: readonly SweepRow[]
}

/** The levels of a target with a context tier, in the order of their loads. */
export interface Group {
  /** The target and the tier, or the one of both that differs within the sweep. */
  called: string
  target: string
  contextTokens: number | null
  entries: Entry[]
  /** The level beyond which more load brings little, and the one that brought most; null if there is none. */
  knee: Entry | null
  best: Entry | null
}

/** Columns that a name may take: a model id may have thousands of characters. */
const mostName = 80

/** The levels of a sweep by target and context tier, with their results. */
export function groupsOf(levels: readonly SweptLevel[], rows: readonly SweepRow[]): Group[] {
  const byLevel = Map.groupBy(rows, ({ level }) => level)
  const entries = levels.map((level, place) => entryOf(level, byLevel.get(place) ?? []))
  const targets = new Set(levels.map(({ provider, model }) => `${provider} ${model}`))
  return [...Map.groupBy(entries, ({ level }) => calledOf(level))].map(([called, all], _, { length }) => {
    const sorted = all.toSorted((a, b) => amountOf(a.level) - amountOf(b.level))
    const ranked = sorted.filter(({ isRanked }) => isRanked)
    const knee = kneeOf(ranked.map((entry) => ({ load: amountOf(entry.level), throughput: rateOf(entry) })))
    const [first] = all
    const tier = first?.level.contextTokens ?? null
    const tierText = tier === null ? 'no context' : `context of ${tier} tokens`
    return {
      called: targets.size === 1 && length > 1 ? tierText : shortened(called, mostName),
      target: shortened(
        first === undefined ? '' : calledOf({ ...first.level, contextTokens: null }),
        mostName,
      ),
      contextTokens: tier,
      entries: sorted,
      knee: knee === null ? null : (ranked[knee] ?? null),
      best: ranked.toSorted((a, b) => rateOf(b) - rateOf(a))[0] ?? null,
    }
  })
}

/** The same as JSON documents have it: levels by their places. */
export function toGroupRows(levels: readonly SweptLevel[]) {
  const placeOf = ({ level }: Entry): number => levels.indexOf(level)
  return groupsOf(levels, []).flatMap(({ entries, knee, best }) => {
    const [first] = entries
    return first === undefined
      ? []
      : [
          {
            provider: first.level.provider,
            model: first.level.model,
            context_tokens: first.level.contextTokens,
            levels: entries.map(placeOf),
            ranked: entries.filter(({ isRanked }) => isRanked).map(placeOf),
            knee: knee && placeOf(knee),
            best: best && placeOf(best),
          },
        ]
  })
}

function entryOf(level: SweptLevel, rows: readonly SweepRow[]): Entry {
  const { report, load } = level
  const label = 'rate' in load ? `${load.rate}/s` : String(load.concurrency)
  const isRanked = report !== null && report.clientLimits.length === 0 && report.throughput.requestsPerS > 0
  return { level, label, report, isRanked, rows }
}

/** Requests per second, or in flight. */
const amountOf = ({ load }: SweptLevel): number => ('rate' in load ? load.rate : load.concurrency)

/** Answers per second. */
export const rateOf = ({ report }: Entry): number => report?.throughput.requestsPerS ?? 0

/** Times from when requests were due, in a closed loop from when they were sent. */
export const timesOf = (report: LevelReport): LevelReport['fromSent'] =>
  report.fromScheduled ?? report.fromSent

/** Requests that failed. */
export const errorsOf = (report: LevelReport | null): number =>
  Object.values(report?.errors ?? {}).reduce((sum, count) => sum + count, 0)

/** Whether levels say how many requests are sent a second, not how many are in flight. */
export const isOpen = (groups: readonly Group[]): boolean =>
  groups.some(({ entries }) => entries.some(({ level }) => 'rate' in level.load))
