import type { Answer } from '../../api/client.ts'
import type { Call } from './call.ts'

export type TargetLine = Answer<'GET /api/v1/runs/{id}'>['targets'][number]

/** A provider in a run: how far its calls are. */
export interface ProviderProgress {
  provider: string
  models: string[]
  done: number
  total: number
  failed: number
  /** The last call that was answered. */
  last: Call | null
}

/** How far each provider of a run is. */
export function progressByProvider(
  targets: readonly TargetLine[],
  calls: readonly Call[],
): ProviderProgress[] {
  const lines = Map.groupBy(targets, ({ provider }) => provider ?? '')
  return [...lines].map(([provider, of]) => {
    const made = calls.filter((call) => call.provider === provider)
    const total = of.reduce((sum, { n }) => sum + n, 0)
    const skipped = of.reduce((sum, { n_skipped: n }) => sum + n, 0)
    return {
      provider,
      models: [...new Set(of.map(({ model }) => model ?? ''))],
      done: Math.min(total, made.length + skipped),
      total,
      failed: made.filter(({ success }) => !success).length,
      last: made.findLast(({ success }) => success) ?? null,
    }
  })
}

/** A model in a run with one size of context. */
export interface Outcome extends TargetLine {
  context: number | null
  /** Its calls that count. */
  calls: Call[]
}

/** What a run brought, by model and size of context: the fastest first, what failed last. */
export function outcomesOf(targets: readonly TargetLine[], calls: readonly Call[]): Outcome[] {
  const sizes = new Map(calls.flatMap(({ series, context }) => (series === null ? [] : [[series, context]])))
  return targets
    .map((target) => {
      const of = (call: Call) => call.provider === target.provider && call.model === target.model
      const context = target.series === null ? null : (sizes.get(target.series) ?? null)
      return {
        ...target,
        context,
        calls: calls.filter((call) => of(call) && !call.warmup && call.series === target.series),
      }
    })
    .toSorted((a, b) => (b.tps?.p50 ?? -1) - (a.tps?.p50 ?? -1) || (a.context ?? 0) - (b.context ?? 0))
}

/** The best of outcomes by one of their figures. */
export function bestOf(outcomes: readonly Outcome[], metric: 'tps' | 'ttft_ms'): Outcome | null {
  const known = outcomes.filter((outcome) => outcome[metric] !== null)
  const sign = metric === 'tps' ? -1 : 1
  return known.toSorted((a, b) => sign * ((a[metric]?.p50 ?? 0) - (b[metric]?.p50 ?? 0)))[0] ?? null
}

/** What several calls failed of. */
export interface Failure {
  first: Call
  n: number
}

/** Failures that say the same, together. */
export function failuresOf(calls: readonly Call[]): Failure[] {
  const failed = calls.filter(({ success }) => !success)
  const alike = Map.groupBy(failed, ({ provider, model, errorKind, status, message }) =>
    JSON.stringify([provider, model, errorKind, status, message]),
  )
  return [...alike.values()].flatMap((same) => (same[0] ? [{ first: same[0], n: same.length }] : []))
}
