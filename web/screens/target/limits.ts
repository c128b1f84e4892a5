import type { Answer } from '../../api/client.ts'
import type { MetricName } from '../../api/target-queries.ts'
import type { Reference } from '../../over-time/reference.ts'
import { metricOf } from '../../over-time/series.ts'

export type Target = Answer<'GET /api/v1/targets'>['rows'][number]
export type Limits = Target['limits']

/** What may be limited, and what it is for the form. */
export const limited = [
  { name: 'ttft_ms', metric: 'ttft', label: 'Time to first token, ms' },
  { name: 'latency_ms', metric: 'latency', label: 'Whole answer, ms' },
] as const satisfies readonly { name: keyof Limits; metric: MetricName; label: string }[]

const mostMs = 3_600_000

/** What is wrong with a limit as it was typed; null if nothing is. An empty one is none. */
export function limitProblem(text: string): string | null {
  const ms = Number(text)
  return text.trim() === '' || (Number.isInteger(ms) && ms >= 1 && ms <= mostMs)
    ? null
    : 'A whole number of ms, 1 to 3,600,000'
}

/** A limit as it was typed; null is none. */
export const limitOf = (text: string): number | null => (text.trim() === '' ? null : Number(text))

/** `TTFT at most 800 ms`, for each limit that is set. */
export const limitsText = (limits: Limits): string[] =>
  limited.flatMap(({ name, metric }) => {
    const ms = limits[name]
    return ms === null ? [] : [`${metricOf[metric].title} at most ${metricOf[metric].say(ms)}`]
  })

/** The limit of a metric as a line across its chart. */
export function limitLine(limits: Limits | undefined, metric: MetricName): Reference[] {
  const name = limited.find((each) => each.metric === metric)?.name
  const ms = name === undefined ? null : (limits?.[name] ?? null)
  return ms === null ? [] : [{ name: `limit ${metricOf[metric].say(ms)}`, value: ms, ifNear: true }]
}
