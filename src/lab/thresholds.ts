import type { Times } from './goodput.ts'

/** What is compared of a level. A closed loop counts times from when a request was sent, an open loop from when it was due. */
type Metric = { better: 'lower' | 'higher'; over: number } & (
  | { kind: 'percentile'; of: keyof Times; p: number }
  | { kind: 'rate'; of: 'answers' | 'tokens' }
  | { kind: 'share'; of: 'failed' | 'good' }
)

const time = (of: keyof Times, p: number) =>
  ({ kind: 'percentile', of, p, better: 'lower', over: 0.05 }) as const
const rate = (of: 'answers' | 'tokens') => ({ kind: 'rate', of, better: 'higher', over: 0.05 }) as const

/** The metrics of a comparison, and how much worse each may become: relative, of shares in points (0.01 is one). */
export const metrics = {
  ttft_p50: time('ttftMs', 0.5),
  ttft_p95: time('ttftMs', 0.95),
  ttft_p99: time('ttftMs', 0.99),
  tpot_p50: time('tpotMs', 0.5),
  latency_p50: time('totalLatencyMs', 0.5),
  latency_p95: time('totalLatencyMs', 0.95),
  latency_p99: time('totalLatencyMs', 0.99),
  rps: rate('answers'),
  tps: rate('tokens'),
  errors: { kind: 'share', of: 'failed', better: 'lower', over: 0.01 },
  goodput: { kind: 'share', of: 'good', better: 'higher', over: 0.05 },
} as const satisfies Record<string, Metric>

/** A metric of a comparison. */
export type MetricName = keyof typeof metrics

/** How much worse a run may become. */
export interface Thresholds {
  /** By every metric. */
  over: Record<MetricName, number>
  /** Those that decide whether a run is worse; the others are shown. */
  gates: readonly MetricName[]
}

const names = Object.keys(metrics) as MetricName[]
const usual = Object.fromEntries(names.map((name) => [name, metrics[name].over])) as Thresholds['over']

/** Without a choice every metric decides. */
export const usualThresholds: Thresholds = { over: usual, gates: names }

/**
 * Reads thresholds such as `ttft_p50=10%,rps=5%`, or says what is wrong with them. What they name decides, and
 * `errors` does always, because what fails is in no percentile.
 */
export function parseThresholds(text: string): { thresholds: Thresholds } | { problem: string } {
  const given = new Map<MetricName, number>()
  for (const part of text.split(',')) {
    const [, name = '', amount = ''] = /^\s*(\w+)\s*=\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(part) ?? []
    if (!isMetric(name))
      return {
        problem: `'${part.trim()}' is no threshold: write one of ${names.join(', ')} with a percentage, such as ttft_p50=10%`,
      }
    if (given.has(name)) return { problem: `${name} has two thresholds: give it one` }
    given.set(name, Number(amount) / 100)
  }
  const over = { ...usual, ...Object.fromEntries(given) }
  return { thresholds: { over, gates: names.filter((name) => given.has(name) || name === 'errors') } }
}

const isMetric = (name: string): name is MetricName => Object.hasOwn(metrics, name)
