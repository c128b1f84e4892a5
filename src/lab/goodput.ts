import type { Metrics } from '../core/metrics.ts'
import type { objectiveNames } from '../core/plan.ts'
import { type Interval, wilson } from './intervals.ts'

/** What a request must not exceed to count as good, in ms, by metric. */
export type Objectives = Partial<Record<ObjectiveName, number>>

type ObjectiveName = (typeof objectiveNames)[number]

/** Names of objectives, and the metrics that they bound. */
const metricOf = {
  ttft: 'ttftMs',
  ttfa: 'ttfaMs',
  tpot: 'tpotMs',
  itl: 'itlP95Ms',
  latency: 'totalLatencyMs',
} as const satisfies Record<ObjectiveName, keyof Metrics>

/** Reads objectives such as `ttft=500ms,tpot=30ms,latency=10s`, or says what is wrong with them. */
export function parseObjectives(text: string): { objectives: Objectives } | { problem: string } {
  const objectives: Objectives = {}
  for (const part of text.split(',')) {
    const [, name = '', amount = '', unit = ''] =
      /^\s*(\w+)\s*=\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*$/.exec(part) ?? []
    if (!isObjective(name) || Number(amount) === 0)
      return {
        problem: `'${part}' is no objective: write ${Object.keys(metricOf).join(', ')} with a time above 0, such as ttft=500ms or latency=10s`,
      }
    if (objectives[name] !== undefined) return { problem: `${name} has two objectives: give it one` }
    objectives[name] = Number(amount) * (unit === 's' ? 1000 : 1)
  }
  return { objectives }
}

const isObjective = (name: string): name is ObjectiveName => Object.hasOwn(metricOf, name)

/** The metrics that objectives bound. */
export type Times = Pick<Metrics, (typeof metricOf)[ObjectiveName]>

/** A request as far as its objectives go. */
export type Attempt = { success: boolean } & Times

/**
 * Whether a request was good: it succeeded within every objective. Null if it succeeded and a metric that an
 * objective needs is undefined (one token has no TPOT), while none of the others was missed.
 */
export function isGood(attempt: Attempt, objectives: Objectives): boolean | null {
  if (!attempt.success) return false
  const judged = Object.entries(objectives).map(([name, most]) => {
    const value = isObjective(name) ? attempt[metricOf[name]] : null
    return value === null ? null : value <= most
  })
  if (judged.includes(false)) return false
  return judged.includes(null) ? null : true
}

/** The share of requests that were good. */
export interface Goodput extends Interval {
  good: number
  /** Requests that could be judged; a failure can. */
  n: number
  undetermined: number
  /** Null if none could be judged. */
  share: number | null
}

/** Counts good requests, with Wilson's interval. */
export function goodputOf(attempts: readonly Attempt[], objectives: Objectives): Goodput {
  const judged = attempts.map((attempt) => isGood(attempt, objectives))
  const good = judged.filter((verdict) => verdict === true).length
  const undetermined = judged.filter((verdict) => verdict === null).length
  const n = judged.length - undetermined
  return { good, n, undetermined, share: n === 0 ? null : good / n, ...wilson(good, n) }
}
