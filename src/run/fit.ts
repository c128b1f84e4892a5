import { unknownMs } from '../core/pace.ts'
import type { Order, Target } from '../core/plan.ts'

/** How long the calls of a provider take. */
export interface TypicalLatency {
  provider: string
  /** Median of the latest calls, in ms. */
  typicalMs: number
}

/** What a plan has to fit into. */
export interface Fit {
  latencies: readonly TypicalLatency[]
  order: Order
  intervalMs: number
}

/** Why a plan does not fit into its interval and what would, in whole sentences; null if it fits. */
export function whyTooLong(targets: readonly Target[], { latencies, order, intervalMs }: Fit): string | null {
  const known = new Map(latencies.map(({ provider, typicalMs }) => [provider, typicalMs]))
  const lengths = targets.map(({ provider }) => ({ provider, ms: known.get(provider) ?? unknownMs }))
  const inTurn = sum(lengths)
  const lanes = [...Map.groupBy(lengths, ({ provider }) => provider).values()].map(sum)
  const sideBySide = Math.max(0, ...lanes)
  const needed = order === 'sequential' ? inTurn : sideBySide
  if (needed <= intervalMs) return null
  const fitting = Math.max(1, Math.floor((targets.length * intervalMs) / needed))
  const wayOut =
    order === 'sequential' && sideBySide <= intervalMs
      ? `BENCHMARK_ORDER=by-provider takes about ${minutes(sideBySide)}, or`
      : 'Only'
  return `The ${targets.length} targets take about ${minutes(needed)}, and the next slot comes after ${minutes(intervalMs)}: what has not begun by then is skipped. ${wayOut} about ${fitting} of them fit.`
}

const sum = (of: readonly { ms: number }[]): number => of.reduce((total, { ms }) => total + ms, 0)

const minutes = (ms: number): string => `${Number((ms / 60_000).toPrecision(2))} min`
