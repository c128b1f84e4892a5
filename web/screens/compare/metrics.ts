import meanings from 'virtual:metrics'
import type { Metric } from '../../api/compare-queries.ts'
import { durationParts, type Parts, percent, range, rateParts, usd } from '../../format/numbers.ts'

/** How a metric is written: its value with the unit, and its interval in the same. */
export interface Written {
  id: Metric
  head: string
  meaning?: string | undefined
  from?: 900 | 1200
  parts: (value: number) => Parts
  interval: (low: number, high: number) => string
  /** Uptime is all near 100: a scale from 0 says nothing. */
  isDrawn?: boolean
}

const inMs = (low: number, high: number): string =>
  high < 1000 ? range(low, high) : range(low / 1000, high / 1000, 2)

/** The metrics side by side, in their order. */
export const written: readonly Written[] = [
  { id: 'ttft', head: 'TTFT', meaning: meanings['ttft_ms'], parts: durationParts, interval: inMs },
  {
    id: 'ttfa',
    head: 'TTFA',
    meaning: meanings['ttfa_ms'],
    from: 1200,
    parts: durationParts,
    interval: inMs,
  },
  {
    id: 'tps',
    head: 'Speed',
    meaning: meanings['tps'],
    parts: rateParts,
    interval: (low, high) => range(low, high, high < 10 ? 1 : 0),
  },
  {
    id: 'latency',
    head: 'Latency',
    from: 900,
    meaning: meanings['total_latency_ms'],
    parts: durationParts,
    interval: inMs,
  },
  {
    id: 'uptime',
    head: 'Uptime',
    from: 900,
    meaning: 'Checks that did not fail by the fault of the provider, rounded down',
    parts: (value) => ({ value: percent(value, 100), unit: '' }),
    interval: (low, high) => range(Math.floor(low * 100) / 100, high, 2),
    isDrawn: false,
  },
  {
    id: 'cost',
    head: 'Per 1,000 answers',
    meaning: 'What 1,000 answers cost, by the median of those that were measured',
    parts: (value) => ({ value: usd(value * 1000), unit: '' }),
    interval: (low, high) => `${usd(low * 1000)}–${usd(high * 1000)}`,
  },
]
