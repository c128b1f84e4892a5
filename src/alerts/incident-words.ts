import { oneLine } from '../core/text.ts'
import type { Evidence, IncidentKind, Subject } from '../core/incident.ts'
import { formatMs, formatUsd } from '../report/format.ts'
import { fit } from './fit.ts'
import { durationOf, utc } from './moments.ts'

/** What is said of a kind of incident: the predicates of one who has it, had it, and has it no more. */
interface Words {
  is: string
  was: string
  over: string
  /** What is to be said if what it was judged by is over. */
  expired?: string
  /** Why, in numbers: a few sentences. What the evidence lacks is left out. */
  why: (evidence: Evidence) => readonly (string | false)[]
}

/** What is said of each kind. */
export const words: Readonly<Record<IncidentKind, Words>> = {
  down: {
    is: 'is down',
    was: 'was down',
    over: 'is up again',
    why: (evidence) => [say`${numberIn(evidence, 'failures')} checks in a row failed.`, errorsIn(evidence)],
  },
  errors: {
    is: 'fails often',
    was: 'failed often',
    over: 'answers reliably again',
    why: (evidence) => [
      say`${numberIn(evidence, 'failed')} of the last ${numberIn(evidence, 'n')} checks failed.`,
      errorsIn(evidence),
      say`Told from ${numberIn(evidence, 'limit_failed')} of ${numberIn(evidence, 'limit_n')} on.`,
    ],
  },
  slow: {
    is: 'is slow',
    was: 'was slow',
    over: 'is as fast as usual again',
    expired: 'and is judged anew',
    why: (evidence) => [
      say`The median ${metricIn(evidence)} was ${msIn(evidence, 'median_ms')}; usual is ${msIn(evidence, 'p50_ms')}.`,
      say`${numberIn(evidence, 'above')} of the last ${numberIn(evidence, 'n')} checks were slower than 95 % of the two weeks before (${msIn(evidence, 'p95_ms')}).`,
      say`Told from ${numberIn(evidence, 'limit_ratio')} times the usual on, as major from ${numberIn(evidence, 'worse_ratio')} times on.`,
    ],
  },
  limit: {
    is: 'is over its limit',
    was: 'was over its limit',
    over: 'is within its limit again',
    expired: 'and has that limit no more',
    why: (evidence) => [
      say`The ${metricIn(evidence)} may take ${msIn(evidence, 'limit_ms')}; it took ${timesIn(evidence, 'recent_ms')}.`,
    ],
  },
  slo: {
    is: 'spends the budget of an objective too fast',
    was: 'spent the budget of an objective too fast',
    over: 'keeps its objectives again',
    expired: 'and has that objective no more',
    why: (evidence) => [
      aimIn(evidence),
      say`Bad were ${numberIn(evidence, 'bad_24h')} of ${numberIn(evidence, 'n_24h')} in 24 hours, ${burnIn(evidence, 'burn_24h')} times what may be.`,
      say`Bad were ${numberIn(evidence, 'bad_7d')} of ${numberIn(evidence, 'n_7d')} in 7 days, ${burnIn(evidence, 'burn_7d')} times what may be.`,
    ],
  },
  misconfigured: {
    is: 'refuses our calls',
    was: 'refused our calls',
    over: 'takes our calls again',
    why: (evidence) => [
      errorsIn(evidence),
      evidence['fault_domain'] === 'account' && 'Look at its key and account.',
      evidence['fault_domain'] === 'config' && 'Look at the model and parameters of the target.',
    ],
  },
  drift: {
    is: 'has slowly become slower',
    was: 'was slower than it had been',
    over: 'is as fast as it was',
    expired: 'and is judged anew',
    why: (evidence) => [
      say`The median ${metricIn(evidence)} of the last week is ${msIn(evidence, 'recent_ms')}; in the four weeks before it was ${msIn(evidence, 'reference_ms')}.`,
      say`Told from ${numberIn(evidence, 'limit_ratio')} times as long on.`,
    ],
  },
  price_change: {
    is: 'has a new price',
    was: 'had a new price',
    over: 'keeps its new price',
    why: (evidence) => [
      say`Input: ${usdIn(evidence, 'input_before')} before, ${usdIn(evidence, 'input_after')} now, per million tokens.`,
      say`Output: ${usdIn(evidence, 'output_before')} before, ${usdIn(evidence, 'output_after')} now, per million tokens.`,
      say`By ${textIn(evidence, 'source')}.`,
    ],
  },
  model_gone: {
    is: 'is no longer listed by its provider',
    was: 'was not listed by its provider',
    over: 'is listed by its provider again',
    why: (evidence) => [
      say`The last ${numberIn(evidence, 'syncs')} listings lack it.`,
      say`Told from ${numberIn(evidence, 'limit_syncs')} on.`,
    ],
  },
  model_swap: {
    is: 'answers as another model',
    was: 'answered as another model',
    over: 'answers as it did before',
    why: (evidence) => [
      say`The last ${numberIn(evidence, 'n')} answers name ${textIn(evidence, 'after')}; those before named ${textIn(evidence, 'before')}.`,
    ],
  },
  provider_wide: {
    is: 'is down',
    was: 'was down',
    over: 'is up again',
    why: (evidence) => [
      say`${numberIn(evidence, 'down')} of its ${numberIn(evidence, 'targets')} targets are down.`,
      say`Models: ${listIn(evidence, 'models')}.`,
      say`Told from ${numberIn(evidence, 'limit_targets')} targets and ${percentIn(evidence, 'limit_share')} on.`,
    ],
  },
  own_outage: {
    is: 'could reach nobody: the outage is its own',
    was: 'could reach nobody',
    over: 'reaches providers again',
    why: (evidence) => [say`${textIn(evidence, 'reason')}`],
  },
  silent: {
    is: 'finishes no scheduled run',
    was: 'finished no scheduled run',
    over: 'runs on schedule again',
    why: (evidence) => [
      say`The last run finished at ${momentIn(evidence, 'last_finished_at')}.`,
      say`One should finish every ${limitIn(evidence, 'limit_ms')}.`,
    ],
  },
  budget: {
    is: 'has little or no budget left',
    was: 'had little or no budget left',
    over: 'has budget again',
    why: (evidence) => [
      say`${usdIn(evidence, 'usd')} of ${usdIn(evidence, 'limit_usd')} of this ${textIn(evidence, 'period')} are spent.`,
      say`Told from ${percentIn(evidence, 'limit_share')} on, as major from ${percentIn(evidence, 'worse_share')} on.`,
    ],
  },
  calibration: {
    is: 'measures imprecisely',
    was: 'measured imprecisely',
    over: 'measures precisely again',
    why: (evidence) => [
      say`The clock of ${textIn(evidence, 'host')} is off by ${msIn(evidence, 'p99_ms')} at p99.`,
      say`Told above ${msIn(evidence, 'limit_ms')}.`,
    ],
  },
}

const numberIn = (evidence: Evidence, key: string): number | null => {
  const value = evidence[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
const textIn = (evidence: Evidence, key: string): string | null => {
  const value = evidence[key]
  return typeof value === 'string' ? named(value) : null
}
const listIn = (evidence: Evidence, key: string): string => {
  const value = evidence[key]
  return Array.isArray(value)
    ? value
        .slice(0, longestList)
        .map((each) => named(String(each)))
        .join(', ')
    : ''
}
const longestList = 10

const numberAs =
  (format: (value: number) => string) =>
  (evidence: Evidence, key: string): string | null => {
    const value = numberIn(evidence, key)
    return value === null ? null : format(value)
  }
const msIn = numberAs(formatMs)
const usdIn = numberAs(formatUsd)
const limitIn = numberAs(durationOf)
const burnIn = numberAs((burn) => (Math.floor(10 * burn + 1e-9) / 10).toFixed(1))
const percentIn = numberAs((share) => `${Number((100 * share).toPrecision(12))} %`)

/** A sentence, if all that it tells is known. */
function say(parts: TemplateStringsArray, ...values: (string | number | null)[]): string | false {
  return !values.some((value) => value === null || value === '') && String.raw({ raw: parts }, ...values)
}

const metrics: Readonly<Record<string, string>> = {
  ttft: 'time to the first token',
  latency: 'total latency',
  tpot: 'time per token',
}
const metricNamed = (metric: Evidence[string] | undefined): string =>
  (typeof metric === 'string' && Object.hasOwn(metrics, metric) && metrics[metric]) || 'time'
const metricIn = (evidence: Evidence): string => metricNamed(evidence['metric'])
const objectiveIn = (evidence: Evidence): string => metricNamed(evidence['objective'])

/** What an objective wants. */
const aimIn = (evidence: Evidence) =>
  evidence['objective'] === 'availability'
    ? say`${percentIn(evidence, 'share')} of its checks must not fail.`
    : say`${percentIn(evidence, 'share')} of its answers must have a ${objectiveIn(evidence)} of ${msIn(evidence, 'within_ms')} at most.`

const errorsIn = (evidence: Evidence) => say`Errors: ${listIn(evidence, 'error_kinds')}.`

const timesIn = (evidence: Evidence, key: string): string => {
  const value = evidence[key]
  if (!Array.isArray(value)) return ''
  return value
    .slice(0, longestList)
    .map((each) => formatMs(Number(each)))
    .join(', ')
}

const momentIn = (evidence: Evidence, key: string): string | null => {
  const value = evidence[key]
  const at = new Date(typeof value === 'string' ? value : NaN)
  return Number.isNaN(at.getTime()) ? null : utc(at)
}

/** What an incident is about: `gpt-5 at openai`. */
export function subjectName({
  provider,
  model,
  region,
}: Pick<Subject, 'provider' | 'model' | 'region'>): string {
  const place = region === null || region === 'local' ? '' : ` from ${named(region)}`
  if (provider === null) return 'firsttoken'
  return (model === null ? named(provider) : `${named(model)} at ${named(provider)}`) + place
}

/** A name that somebody else chose. */
export const named = (name: string): string => fit(oneLine(name), { most: longestName })
const longestName = 120
