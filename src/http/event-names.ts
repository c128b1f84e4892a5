import type { z } from 'zod'
import type { EventRow } from '../store/event-codec.ts'
import type { suiteInFull } from '../store/read-codec.ts'
import type { Progress, RunFacts } from './progress.ts'

// The events of runs under the names that clients of other APIs know. docs/api.md has the tables.

/** The names that a watcher may ask for: ours, those of jobs, or those of suites. */
export const eventNaming = ['events', 'jobs', 'suite'] as const

export type Naming = (typeof eventNaming)[number]

/** An event as it is sent: several of one row share its cursor. */
export interface Named {
  event: string
  data: Record<string, unknown>
}

/** An event with what is known of its run. */
export interface Seen {
  row: EventRow
  progress: Progress
  facts: Pick<RunFacts, 'mode' | 'targets' | 'settings' | 'total'>
}

/** Our own name, with the row and how far the run is. */
export const toEvents = ({ row, progress }: Seen): Named[] => [
  { event: row.event, data: { ...row, progress } },
]

/** Whether nothing more comes of a run. */
export const isLast = ({ event }: Pick<EventRow, 'event'>): boolean =>
  event === 'run_finished' || event === 'run_missed'

/** Why a call failed, without any text of a provider: `overloaded (HTTP 503)`; null if it did not. */
function errorOf({ error_kind: kind, status_code: status }: NonNullable<EventRow['result']>): string | null {
  return kind !== null && status !== null && status >= 400 ? `${kind} (HTTP ${status})` : kind
}

/** The names of jobs, by ours. What such clients do not know is left out. */
const jobNames: Readonly<Record<EventRow['event'], (seen: Seen) => Named[]>> = {
  run_queued: ({ row: { run_id: job_id, created_at } }) => [
    { event: 'job_created', data: { job_id, status: 'queued', created_at } },
  ],
  run_started: (seen) => [{ event: 'benchmark_init', data: { job_id: seen.row.run_id, ...initOf(seen) } }],
  probe_started: (seen) =>
    seen.row.probe === null
      ? []
      : [{ event: 'benchmark_progress', data: { job_id: seen.row.run_id, ...callOf(seen) } }],
  probe_recorded: (seen) => [...resultOf(seen), progressOf(seen)],
  probes_skipped: (seen) => [progressOf(seen)],
  run_finished: ({ row: { run_id: job_id, data } }) => [endOf(job_id, data['status'])],
  run_missed: ({ row: { run_id: job_id, data } }) => {
    const { reason } = data
    const error = typeof reason === 'string' ? reason : 'the run was missed'
    return [{ event: 'job_failed', data: { job_id, result_ref: job_id, error } }]
  },
  run_joined: () => [],
  run_handed_over: () => [],
  run_extended: () => [],
  run_cancelling: () => [],
}

/** The names of jobs. */
export const toJobs = (seen: Seen): Named[] => jobNames[seen.row.event](seen)

const progressOf = ({ row, progress }: Seen): Named => ({
  event: 'job_progress',
  data: { job_id: row.run_id, ...progress },
})

function initOf({ facts: { mode, targets, settings, total } }: Seen) {
  const { runs = 1, context_tiers = [0], warmup = false, max_tokens, temperature, concurrency = 1 } = settings
  return { mode, targets, runs, context_tiers, warmup, max_tokens, temperature, concurrency, total }
}

function callOf({ row: { probe }, facts }: Seen) {
  if (probe === null) return {}
  const { provider, model, iteration, context_tokens: tier, warmup, level = null } = probe
  return {
    ...(level !== null && { level }),
    provider,
    model,
    run: iteration,
    runs: facts.settings['runs'] ?? 1,
    context_tier: tier ?? 0,
    warmup,
  }
}

function resultOf(seen: Seen): Named[] {
  const { result, run_id: job_id } = seen.row
  if (result === null) return []
  const data = {
    job_id,
    ...callOf(seen),
    success: result.success,
    ttft_ms: result.ttft_ms,
    tokens_per_second: result.tps,
    input_tokens_per_second: result.input_tps,
    total_time_s: result.total_latency_ms === null ? null : result.total_latency_ms / 1000,
    input_tokens: result.input_tokens,
    output_tokens: result.output_tokens,
    cost_usd: result.cost_usd,
    error: errorOf(result),
    result_id: result.id,
  }
  return [{ event: 'benchmark_result', data }]
}

function endOf(job_id: string, status: unknown): Named {
  const data = { job_id, result_ref: job_id }
  if (status === 'finished') return { event: 'job_completed', data }
  if (status === 'cancelled') return { event: 'job_cancelled', data }
  const error = `the run was ${typeof status === 'string' ? status : 'closed'}`
  return { event: 'job_failed', data: { ...data, error } }
}

/** The names of suites: a call that ended, and at the end the statistics of all. */
export function toSuite({ row, progress }: Seen, suite: z.output<typeof suiteInFull> | null): Named[] {
  const { probe, result } = row
  if (row.event === 'probe_recorded' && probe !== null && result !== null) {
    const data = {
      suite_id: row.run_id,
      run_number: progress.done,
      provider_id: probe.provider,
      model: probe.model,
      status: result.success ? 'success' : 'error',
      ttfb_ms: result.ttft_ms,
      total_latency_ms: result.total_latency_ms,
      tokens_per_second: result.tps,
      input_tokens: result.input_tokens,
      output_tokens: result.output_tokens,
      // Texts are read with the result.
      response_preview: null,
      error_message: errorOf(result),
    }
    return [{ event: 'run_metric', data }]
  }
  return isLast(row) && suite !== null ? [{ event: 'suite_complete', data: suiteData(suite) }] : []
}

function suiteData(suite: z.output<typeof suiteInFull>): Record<string, unknown> {
  const { id, status, runs, error_count, avg_ttfb_ms, avg_tps, avg_latency_ms } = suite
  const { p50_ttfb_ms, p95_ttfb_ms, p99_ttfb_ms, total_input_tokens, total_output_tokens } = suite
  return {
    suite_id: id,
    status,
    total_runs: runs.length,
    successful_runs: runs.filter((run) => run.status === 'success').length,
    error_count,
    avg_ttfb_ms,
    avg_tps,
    avg_latency_ms,
    p50_ttfb_ms,
    p95_ttfb_ms,
    p99_ttfb_ms,
    total_input_tokens,
    total_output_tokens,
  }
}
