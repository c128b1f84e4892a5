import type { Order, Target } from '../core/plan.ts'

/** What is known of how long a provider's calls take. */
export interface Pace {
  provider: string
  /** Median of the latest calls, in ms. */
  typicalMs: number
}

/** What a call is taken to last where none was made, in ms: 512 tokens at 30 a second. */
const unknownMs = 18_000

/** Why a plan does not fit into its interval and what would, in whole sentences; null where it does. */
export function whyTooLong(
  targets: readonly Target[],
  { pace, order, intervalMs }: { pace: readonly Pace[]; order: Order; intervalMs: number },
): string | null {
  const known = new Map(pace.map(({ provider, typicalMs }) => [provider, typicalMs]))
  const lengths = targets.map(({ provider }) => ({ provider, ms: known.get(provider) ?? unknownMs }))
  const inTurn = sum(lengths)
  const lanes = [...Map.groupBy(lengths, ({ provider }) => provider).values()].map(sum)
  const beside = Math.max(0, ...lanes)
  const needed = order === 'sequential' ? inTurn : beside
  if (needed <= intervalMs) return null
  const fitting = Math.max(1, Math.floor((targets.length * intervalMs) / needed))
  const wayOut =
    order === 'sequential' && beside <= intervalMs
      ? `BENCHMARK_ORDER=by-provider takes about ${minutes(beside)}, or`
      : 'Only'
  return `The ${targets.length} targets take about ${minutes(needed)}, and the next slot comes after ${minutes(intervalMs)}: what has not begun by then is skipped. ${wayOut} about ${fitting} of them fit.`
}

const sum = (of: readonly { ms: number }[]): number => of.reduce((total, { ms }) => total + ms, 0)

const minutes = (ms: number): string => `${Number((ms / 60_000).toPrecision(2))} min`
