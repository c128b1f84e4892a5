import { z } from 'zod'
import type { RunEvent } from '../run/events.ts'
import { runRow } from './run-row.ts'

/** What the endpoint answers once the run is over. */
export const benchmarkAnswer = z.strictObject({
  /** The slot has its run already, or another worker holds the lease. */
  skipped: z.boolean(),
  /** Another call makes the rest. */
  handed_over: z.boolean(),
  run: runRow.nullable(),
  results: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      success: z.boolean(),
      error_kind: z.string().nullable(),
      ttft_ms: z.number().nullable(),
      tps: z.number().nullable(),
    }),
  ),
})

export type BenchmarkAnswer = z.infer<typeof benchmarkAnswer>

/** The results of a run as they are answered, and what takes them from its events. */
export function keepResults(): { results: BenchmarkAnswer['results']; keep: (event: RunEvent) => void } {
  const results: BenchmarkAnswer['results'] = []
  const keep = (event: RunEvent) => {
    if (!('result' in event)) return
    const { provider, model, success, error_kind, ttft_ms, tps } = event.result
    results.push({ provider, model, success, error_kind, ttft_ms, tps })
  }
  return { results, keep }
}
