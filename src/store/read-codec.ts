import { z } from 'zod'
import type { Json } from '../core/json.ts'
import { pageOf } from './page.ts'

// What the reads of the API return about the present, runs and results. These keep the database's names and
// its ISO texts: whoever answers over HTTP answers with them as they are.

/** A moment as an ISO text. */
export const moment = z.iso.datetime({ offset: true })
/** A number that may be unknown. */
export const figure = z.number().nullable()
export const text = z.string().nullable()
export const count = z.int()

/** A value of a JSON document: what comes from the database is nothing else, and a description of it would be endless. */
export const json = z.unknown() as z.ZodType<Json>

/** Parameters of a target. */
export const parameters = z.record(z.string(), json)

// ---- runs

/** A schema with a name, or null. Its own `nullable` would make null of the name's meaning in the API's description. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.null()])

export const runRow = z
  .object({
    id: z.string(),
    run_name: z.string(),
    triggered_by: z.string(),
    mode: z.string(),
    status: z.enum(['queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed']),
    status_reason: text,
    schedule: text,
    slot: moment.nullable(),
    late_at: moment.nullable(),
    region: z.string(),
    synthetic: z.boolean(),
    started_at: moment,
    finished_at: moment.nullable(),
    n_probes: count,
    n_succeeded: count,
    n_failed: count,
    n_skipped: count,
  })
  .meta({ id: 'Run' })

/** Runs with the providers and models of their first targets. */
export const runPage = pageOf(runRow.extend({ providers: z.array(z.string()), models: z.array(z.string()) }))

const counts = z.record(z.string(), count)
/** Statistics of a run's own samples: p95 means something from 59 on, p99 from 299. */
const samples = z
  .object({
    n: count,
    min: z.number(),
    mean: z.number(),
    sd: figure,
    p50: z.number(),
    p95: z.number(),
    p99: z.number(),
    max: z.number(),
  })
  .nullable()

const named = { target_id: text, provider: text, model: text, region: text, series: text }

const runTarget = z.object({
  ...named,
  parameters: parameters.nullable(),
  n: count,
  n_ok: count,
  n_failed: count,
  n_skipped: count,
  skip_reasons: counts,
  error_kinds: counts,
  ttft_ms: samples,
  ttfa_ms: samples,
  tps: samples,
  total_latency_ms: samples,
  input_tokens: count,
  output_tokens: count,
  cost_usd: z.number(),
  n_cost_unknown: count,
})

const runProbe = z.object({
  ...named,
  parameters: parameters.nullable(),
  ordinal: count.nullable(),
  probe_id: text,
  result_id: text,
  iteration: count.nullable(),
  status: z.string(),
  skip_reason: text,
  is_recheck: z.boolean(),
  created_at: moment.nullable(),
  started_at: moment.nullable(),
  success: z.boolean().nullable(),
  status_code: count.nullable(),
  error_kind: text,
  fault_domain: text,
  error_message: text,
  ttft_ms: figure,
  ttfa_ms: figure,
  tps: figure,
  total_latency_ms: figure,
  input_tokens: count.nullable(),
  output_tokens: count.nullable(),
  cost_usd: figure,
  timing_quality: text,
  /** Only if texts were asked for. */
  response_text: text.optional(),
})

/** A run in full. */
export const runInFull = z.object({
  run: runRow.extend({ skip_reasons: counts }),
  settings: z.record(z.string(), json),
  targets: z.array(runTarget),
  probes: z.object({ rows: z.array(runProbe), next: count.nullable() }),
})

export const deletedRun = z.object({ id: z.string(), n_probes: count, n_results: count, n_timelines: count })

// ---- runs as suites

export const suite = z.object({
  id: z.string(),
  mode: z.string(),
  provider_id: text,
  model: text,
  num_runs: count,
  concurrency: count,
  max_tokens: count.nullable(),
  temperature: figure,
  status: z.enum(['running', 'completed', 'failed']),
  created_at: moment,
  completed_at: moment.nullable(),
  synthetic: z.boolean(),
  avg_ttfb_ms: figure,
  p50_ttfb_ms: figure,
  p95_ttfb_ms: figure,
  p99_ttfb_ms: figure,
  avg_tps: figure,
  avg_latency_ms: figure,
  total_input_tokens: count.nullable(),
  total_output_tokens: count.nullable(),
  error_count: count,
  /** Only if texts were asked for. */
  prompt: text.optional(),
})

export const suitePage = pageOf(suite)

/** A result of a suite. */
export const suiteRun = z.object({
  id: z.string(),
  run_number: count,
  provider_id: text,
  model: text,
  status: z.enum(['success', 'error']),
  ttfb_ms: figure,
  total_latency_ms: figure,
  tokens_per_second: figure,
  input_tokens: count.nullable(),
  output_tokens: count.nullable(),
  error_message: text,
  recorded_at: moment,
  response_preview: text.optional(),
})

/** A suite with its results. */
export const suiteInFull = suite.extend({ runs: z.array(suiteRun) })

// ---- results

/** A result with its run, and its timeline for `decodeTimeline`. */
export const resultInFull = z.object({
  result: z.looseObject({ id: z.string(), provider_name: text, rechecked_by: text }),
  run: runRow,
  timeline: z.object({ version: count, data: z.string() }).nullable(),
})

// ---- now

/** The present state of everything that is benchmarked. */
export const present = z.object({
  generated_at: moment,
  slots: z.object({ t0: moment, step_s: count, n: count }),
  days: z.object({ t0: moment, n: count }),
  schedules: z.array(
    z.object({
      schedule: z.string(),
      last_slot: moment,
      last_status: z.string(),
      last_finished_at: moment.nullable(),
      next_slot: moment.nullable(),
      /** Seconds by which the next slot is late. */
      late_s: count.nullable(),
    }),
  ),
  last_run: orNull(runRow),
  providers: z.record(z.string(), z.object({ name: z.string(), synthetic: z.boolean() })),
  rows: z.array(
    z.object({
      target_id: z.string(),
      provider: z.string(),
      model: z.string(),
      /** Left out if they are the usual ones, `{reasoning: 'least'}`. */
      parameters: parameters.optional(),
      region: text,
      state: z.enum(['up', 'failing', 'down', 'stale', 'paused', 'unknown']),
      since: moment.nullable(),
      /** The last call that counts. */
      last: z
        .object({
          at: moment,
          error_kind: text,
          ttft_ms: figure,
          ttfa_ms: figure,
          tps: figure,
          total_latency_ms: figure,
          cost_usd: figure,
        })
        .nullable(),
      /** Medians of the n samples of 24 hours and the rest of their first hour; null without any. */
      typical: z
        .object({
          n: count,
          ttft_ms: figure,
          ttfa_ms: figure,
          tps: figure,
          total_latency_ms: figure,
          /** What an answer costs since yesterday (UTC), by all that was paid. */
          cost_usd: figure,
        })
        .nullable(),
      /** By slot; null where there is no sample. */
      ttft_24h: z.array(figure),
      /** [slot, failures] where there are any. */
      failed_24h: z.array(z.array(count).length(2)),
      checks_90d: z.array(count),
      failed_90d: z.array(count),
    }),
  ),
})
