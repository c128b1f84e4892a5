import { costOf } from '../core/price.ts'
import type { Observation, Result } from '../core/result.ts'
import type { ClaimedProbe } from '../store/store.ts'

/** What a probe saw, and of which run and kind of provider. */
interface Seen {
  seen: Observation
  runId: string
  synthetic: boolean
  /** The size of its prompt by our tokenizer; null without filler. */
  contextTokensCounted: number | null
  /** When it was to be sent; null unless something said when. */
  scheduledAt: Date | null
  /** Whether it was made in a maintenance window. */
  maintenance: boolean
}

/** The result of a probe: what it saw, whose probe it was, and what it cost. */
export function toResult({ probe, settings, ownLoad }: ClaimedProbe, about: Seen): Result {
  const { seen, runId, synthetic, contextTokensCounted, scheduledAt, maintenance } = about
  const usage = {
    input: seen.inputTokens,
    output: seen.outputTokens,
    reasoning: seen.reasoningTokens,
    cached: seen.cachedTokens,
    cacheWrite: seen.cacheWriteTokens,
    source: seen.tokenSource,
    costUsd: seen.chargedUsd,
  }
  const cost = costOf(usage, probe.price, seen.startedAt)
  return {
    ...seen,
    id: probe.resultId,
    runId,
    probeId: probe.id,
    provider: probe.target.provider,
    model: probe.target.model,
    synthetic,
    region: probe.region,
    iteration: probe.iteration,
    series: probe.series,
    promptHash: settings.promptHash,
    prices: probe.price,
    costUsd: cost.usd,
    computedUsd: cost.computedUsd,
    costSource: cost.source,
    ownLoad,
    warmup: probe.warmup,
    contextTokens: probe.contextTokens,
    contextTokensCounted,
    level: probe.level,
    scheduledAt,
    maintenance,
  }
}
