import type { Answer } from '../api/client.ts'
import type { MetricName } from '../api/target-queries.ts'
import { count, duration, tokenRate } from '../format/numbers.ts'
import { clock, day, span } from '../format/time.ts'
import { plural } from '../format/words.ts'

export type Series = Answer<'GET /api/v1/series'>
export type Line = Series['lines'][number]

/** Without so many samples in a step the database publishes no p95. */
const p95From = 59

/** What each metric is called, its column among the metrics, and how its values are written. */
export const metricOf: Readonly<
  Record<MetricName, { title: string; column: string; unit: string; say: (value: number | null) => string }>
> = {
  ttft: { title: 'TTFT', column: 'ttft_ms', unit: 'ms', say: duration },
  ttfa: { title: 'TTFA', column: 'ttfa_ms', unit: 'ms', say: duration },
  tps: { title: 'Speed', column: 'tps', unit: 'tokens/s', say: tokenRate },
  latency: { title: 'Latency', column: 'total_latency_ms', unit: 'ms', say: duration },
}

/** A region by its name; results without one have none. */
export const regionName = (region: string | null): string => region ?? 'no region'

const total = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0)

/** What a chart rests on: samples, step, failures. `isRaw`: each result is a point of it. */
export function groundOf({ lines, step_s: step }: Series, isRaw = false): string {
  const n = lines.reduce((sum, line) => sum + total(line.n), 0)
  const failed = lines.reduce((sum, line) => sum + total(line.failed), 0)
  if (isRaw)
    return [`n ${count(n)}`, ...(failed === 0 ? [] : [plural(failed, 'failure')]), 'a point: a result'].join(
      ' · ',
    )
  const hasBand = lines.some(({ p95 }) => p95.some((value) => value !== null))
  return [
    `n ${count(n)}`,
    ...(failed === 0 ? [] : [plural(failed, 'failure')]),
    `a point: ${span(step * 1000)}`,
    ...(hasBand && lines.length > 1
      ? ['one region alone has its p95']
      : hasBand
        ? [`band to p95 where n ≥ ${p95From}`]
        : [`no p95: a point has n < ${p95From}`]),
  ].join(' · ')
}

const dayMs = 86_400_000
/** How many points the charts of a time have room for: steps of hours up to ten days, then of six hours, then of days. */
export const widthFor = (ms: number): number => (ms <= 20 * dayMs ? 250 : 100)

/** The start of each step, in ms. */
export const startsOf = ({ t0, step_s: step, n_points: n }: Series): number[] =>
  Array.from({ length: n }, (_, place) => Date.parse(t0) + place * step * 1000)

/** The time that a chart spans, in ms. */
export const endsOf = ({ t0, step_s: step, n_points: n }: Series): [from: number, to: number] => [
  Date.parse(t0),
  Date.parse(t0) + n * step * 1000,
]

/** A step as people say it: a day in UTC, else its start; with its year if the chart ends in another. */
export function stepName(at: number, series: Series): string {
  const then = new Date(at)
  const end = new Date(endsOf(series)[1] - 1)
  return series.step_s >= 86_400 ? `${day(then, end, 'UTC')} (UTC)` : `${day(then, end)}, ${clock(then)}`
}

/** One step of one line in words. */
export function said(line: Line, place: number, metric: MetricName): string | null {
  const [n, p50, p95, failed] = [line.n, line.p50, line.p95, line.failed].map((each) => each[place] ?? null)
  if (n === null || n === undefined) return null
  const { say } = metricOf[metric]
  const values = [
    ...(p50 === null || p50 === undefined ? [] : [n === 1 ? say(p50) : `p50 ${say(p50)}`]),
    ...(p95 === null || p95 === undefined ? [] : [`p95 ${say(p95)}`]),
    `n ${n}`,
    ...((failed ?? 0) === 0 ? [] : [`${failed} failed`]),
  ]
  return values.join(', ')
}
