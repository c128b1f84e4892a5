import { deriveMetrics, type Metrics } from '../../src/core/metrics.ts'
import { metricTable } from '../../src/core/metric-table.ts'
import type { Observation } from '../../src/core/result.ts'
import { decodeTimeline, encodeTimeline } from '../../src/store/timeline.ts'

const names = Object.keys(metricTable) as (keyof Metrics)[]

/** The metrics of an observation, as recorded and as derived again from its stored timeline and columns. */
export async function derivedTwice(seen: Observation): Promise<{ before: unknown; again: unknown }> {
  const stored = JSON.parse(JSON.stringify(await encodeTimeline(seen.timeline))) as {
    version: number
    data: string
  }
  const again = deriveMetrics(await decodeTimeline(stored), {
    input: seen.inputTokens,
    output: seen.outputTokens,
    reasoning: seen.reasoningTokens,
    cached: seen.cachedTokens,
    source: seen.tokenSource,
  })
  return { before: Object.fromEntries(names.map((name) => [name, seen[name]])), again }
}
