import type { ComparedMetric } from '../../api/sweep-queries.ts'
import { durationParts, type Parts, unknown } from '../../format/numbers.ts'
import { perSecond, share } from './words.ts'

/** What a metric is called, and in what it is. */
const kinds: Readonly<Record<string, { name: string; of: 'time' | 'rate' | 'share' }>> = {
  ttft_p50: { name: 'TTFT p50', of: 'time' },
  ttft_p95: { name: 'TTFT p95', of: 'time' },
  ttft_p99: { name: 'TTFT p99', of: 'time' },
  tpot_p50: { name: 'Time per token p50', of: 'time' },
  latency_p50: { name: 'Latency p50', of: 'time' },
  latency_p95: { name: 'Latency p95', of: 'time' },
  latency_p99: { name: 'Latency p99', of: 'time' },
  rps: { name: 'Answers/s', of: 'rate' },
  tps: { name: 'Tok/s', of: 'rate' },
  errors: { name: 'Errors', of: 'share' },
  goodput: { name: 'Goodput', of: 'share' },
}

const kindOf = (metric: string) => kinds[metric] ?? { name: metric, of: 'time' as const }

export const metricName = ({ metric }: ComparedMetric): string => kindOf(metric).name

/** A value of a metric, with its unit. */
export function valueParts({ metric }: ComparedMetric, value: number | null): Parts {
  const { of } = kindOf(metric)
  if (value === null) return { value: unknown, unit: '' }
  // A time per token is of a few ms.
  if (of === 'time') return value < 99.95 ? { value: value.toFixed(1), unit: 'ms' } : durationParts(value)
  return { value: of === 'rate' ? perSecond(value) : share(value), unit: '' }
}

/** In tenths of a percent or point: `+4.2`, `−0.3`, `0.0`. */
function signed(value: number): string {
  const text = Math.abs(100 * value).toFixed(1)
  return Number(text) === 0 ? '0.0' : `${value > 0 ? '+' : '−'}${text}`
}

const unitOf = (metric: string): string => (kindOf(metric).of === 'share' ? 'points' : '%')

/** A change: `+4.2 %`, of a share `−1.0 points`. */
export const changeText = ({ metric, change }: ComparedMetric): string =>
  change === null ? unknown : `${signed(change.value)} ${unitOf(metric)}`

/** The interval of a change: `+3.9 to +5.2`. */
export const changeInterval = ({ change }: ComparedMetric): string =>
  change === null ? '' : `${signed(change.low)} to ${signed(change.high)}`

/** How much worse a metric may become: `5 %`. */
export const allowedText = ({ metric, over }: ComparedMetric): string => {
  const amount = Number((100 * over).toFixed(1))
  return `${amount} ${amount === 1 && unitOf(metric) === 'points' ? 'point' : unitOf(metric)}`
}

/** What is said of a metric: a word, and why nothing can be said. */
export function verdictWords({ verdict, needs, n }: ComparedMetric): { word: string; why: string | null } {
  if (verdict !== 'unknown') return { word: verdict === 'worse' ? 'worse' : 'not worse', why: null }
  if (n === 0) return { word: 'cannot say', why: 'a sweep has none' }
  return {
    word: 'cannot say',
    why: needs === null ? 'it is at what is allowed' : `needs about ${needs.toLocaleString('en-US')} more`,
  }
}
