import { rules } from './rules.ts'
import type { SeenSample, TimingMetric } from './window.ts'

/** What one sample says of a metric: `answerMs` is how much longer its answer takes if the metric is 1 ms worse. */
export interface Timing {
  at: Date
  ms: number
  answerMs: number
}

/** The samples that have the metric, as they come. */
export const valuesOf = (metric: TimingMetric, samples: readonly SeenSample[]): Timing[] =>
  samples.flatMap((sample) => {
    const { at, ttftMs, latencyMs, tps, outputTokens } = sample
    if (metric === 'latency') return [{ at, ms: latencyMs, answerMs: 1 }]
    if (metric === 'ttft') return ttftMs === null ? [] : [{ at, ms: ttftMs, answerMs: 1 }]
    if (tps === null || tps <= 0 || outputTokens === null || outputTokens < rules.slow.tokens) return []
    return [{ at, ms: 1000 / tps, answerMs: outputTokens }]
  })
