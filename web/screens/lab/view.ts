import type { LevelReport, SweepInDetail, SweptLevel } from '../../api/sweep-queries.ts'
import { isolated, list } from '../../format/words.ts'
import type { LabSearch, Metric } from './search.ts'

export type Load = SweptLevel['load']
export type Percentile = LevelReport['from_sent']['ttft_ms']['p50']
export type Distribution = LevelReport['from_sent']['ttft_ms']

/** How much a level asks for: calls in flight, or requests per second. */
export const amountOf = (load: Load): number => ('rate' in load ? load.rate : load.concurrency)

/** A load in words: `4 in flight`, `0.5 requests/s`. */
export const loadName = (load: Load): string => `${amountOf(load)} ${unitOf(load)}`

/** Several loads in words: `1, 2 and 4 in flight`. */
export const loadNames = (loads: readonly Load[]): string =>
  loads.length === 0
    ? 'no level'
    : `${list([...new Set(loads.map((load) => String(amountOf(load))))])} ${unitOf(loads[0])}`

const unitOf = (load: Load | undefined): string =>
  load !== undefined && 'rate' in load ? 'requests/s' : 'in flight'

/** Loads in words: `closed loop, 1 to 8 in flight`, `open loop, 5 to 20 requests/s, Poisson`. */
export function loadsName(loads: readonly Load[]): string {
  const [first] = loads
  if (first === undefined) return 'no load'
  const amounts = [...new Set(loads.map(amountOf))]
  const [least, most] = [Math.min(...amounts), Math.max(...amounts)]
  const span = least === most ? String(least) : `${least} to ${most}`
  return 'rate' in first
    ? `open loop, ${span} requests/s, ${first.arrivals === 'poisson' ? 'Poisson' : 'constant'}`
    : `closed loop, ${span} in flight`
}

/** A model with its provider and the size of its context: `gpt-5 · openai, context 5K`. */
export function groupName({
  provider,
  model,
  context_tokens: context,
}: Pick<SweptLevel, 'provider' | 'model' | 'context_tokens'>): string {
  const size = context === null || context === 0 ? '' : `, context ${context / 1000}K`
  return `${isolated(model)} · ${provider}${size}`
}

/** The levels of one model with one size of context, in the order of their loads. */
export interface Curve {
  id: string
  provider: string
  model: string
  context_tokens: number | null
  levels: readonly SweptLevel[]
  /** How many of them are ranked; the one beyond which more load brings little, and the one that brought most. */
  ranked: number
  knee: SweptLevel | null
  best: SweptLevel | null
}

/** The levels by model and size of context, as they come; groups of others than these are left out. */
export function curvesOf(levels: readonly SweptLevel[], groups: SweepInDetail['groups']): Curve[] {
  const at = (place: number | null) => levels.find(({ level }) => level === place) ?? null
  return groups.flatMap(({ levels: places, ranked, knee, best, ...group }) => {
    const of = places.map(at).filter((level) => level !== null)
    const said = { ranked: ranked.length, knee: at(knee), best: at(best) }
    return of.length === 0 ? [] : [{ ...group, ...said, id: JSON.stringify(group), levels: of }]
  })
}

/** What is shown of levels; what is usual is left out. */
export interface Shown extends Pick<LabSearch, 'per' | 'from'> {
  by?: Metric
}

const columnOf = {
  ttft: 'ttft_ms',
  tpot: 'tpot_ms',
  itl: 'itl_p95_ms',
  latency: 'total_latency_ms',
} as const

/** A metric of a level: in an open loop from when requests were due, unless it is to be from when they were sent. */
export function distributionOf(
  report: LevelReport,
  { by = 'ttft', from }: Pick<Shown, 'by' | 'from'>,
): Distribution {
  const times = from === 'sent' ? report.from_sent : (report.from_scheduled ?? report.from_sent)
  return times[columnOf[by]]
}

/** Requests, or tokens of answers, per second. */
export const yieldOf = ({ throughput }: LevelReport, per: LabSearch['per']): number =>
  per === 'tokens' ? throughput.output_tokens_per_s : throughput.requests_per_s

/** Whether a level's figures are the endpoint's: those that this machine limits are not ranked. */
export const isRanked = ({ report }: SweptLevel): boolean =>
  report !== null && report.client_limits.length === 0

/** How many requests failed. */
export const failuresOf = ({ errors }: LevelReport): number =>
  Object.values(errors).reduce((sum, n) => sum + n, 0)
