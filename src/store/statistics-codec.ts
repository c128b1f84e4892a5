import { z } from 'zod'
import { owner } from './config-codec.ts'
import { pageOf } from './page.ts'
import { count, figure, json, moment, parameters, runRow, text } from './read-codec.ts'

// What the reads of the API return about the history, costs, providers and prompts, with the database's names.

/** Whose history a row or a line is. */
export const track = { provider: text, model: text, target_id: text, region: text, synthetic: z.boolean() }

export const leaderboardPage = pageOf(
  z.object({
    ...track,
    series: text,
    parameters: parameters.nullable(),
    period: z.string(),
    metric: z.string(),
    rank: count,
    rank_to: count,
    value: figure,
    low: figure,
    high: figure,
    n: count,
    n_hours: count,
    n_days: count,
    mean: figure,
    sd: figure,
    p90: figure,
    p95: figure,
    p99: figure,
    refreshed_at: moment,
  }),
)

export const uptime = z.object({
  t0: moment,
  n_days: count,
  rows: z.array(
    z.object({
      ...track,
      n_checks: count,
      n_failed: count,
      /** Rounded down. */
      uptime_percent: figure,
      checks: z.array(count),
      failed: z.array(count),
    }),
  ),
})

/** What is not grouped by is null. */
const grouped = { provider: text, model: text, region: text, synthetic: z.boolean() }

export const errorPage = pageOf(
  z.object({ ...grouped, day: moment.nullable(), fault_domain: text, error_kind: text, n: count }),
).extend({ n_calls: count })

export const costPage = pageOf(
  z.object({
    ...grouped,
    /** The day or month. */
    since: moment.nullable(),
    n_calls: count,
    n_answers: count,
    input_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    cost_usd: z.number(),
    n_cost_unknown: count,
  }),
).extend({ total_usd: z.number() })

export const projection = z.object({
  usd_in_30_days: z.number(),
  n_cost_unknown: count,
  rows: z.array(
    z.object({
      schedule: z.string(),
      provider: text,
      model: text,
      seconds_between_runs: figure,
      usd_per_run: figure,
      usd_in_30_days: figure,
      n_cost_unknown: count,
    }),
  ),
})

export const budget = z.object({
  day: z.iso.date(),
  month: z.string(),
  usd_today: z.number(),
  usd_this_month: z.number(),
  days: z.array(z.object({ day: z.iso.date(), usd: z.number() })),
})

export const priceChangePage = pageOf(
  z.object({
    provider: text,
    model: z.string(),
    since: moment,
    input_before: z.number(),
    input_now: z.number(),
    output_before: z.number(),
    output_now: z.number(),
    source: text,
    as_of: moment.nullable(),
    valid_until: moment.nullable(),
  }),
)

const priceRow = z.object({
  input_per_m: z.number(),
  output_per_m: z.number(),
  cached_per_m: figure,
  cache_write_per_m: figure,
  reasoning_per_m: figure,
  overrides: z.array(z.record(z.string(), json)),
  source: z.string(),
  as_of: moment,
})

export const priceHistory = z.object({
  in_force: priceRow.nullable(),
  rows: z.array(priceRow.extend({ since: moment, valid_until: moment.nullable() })),
})

export const gapPage = pageOf(
  z.object({ schedule: text, since: moment, until: moment, n_slots: count, reason: text }),
)

export const comparison = z.object({
  before: runRow,
  after: runRow,
  rows: z.array(
    z.object({
      provider: text,
      model: text,
      region: text,
      series: text,
      n_before: count,
      n_after: count,
      ttft_before_ms: figure,
      ttft_after_ms: figure,
      ttft_change_percent: figure,
      tps_before: figure,
      tps_after: figure,
      tps_change_percent: figure,
      latency_before_ms: figure,
      latency_after_ms: figure,
      latency_change_percent: figure,
      failed_before: count,
      failed_after: count,
    }),
  ),
})

export const modelComparison = z.object({
  model: z.string(),
  period: z.string(),
  rows: z.array(
    z.object({
      ...track,
      series: text,
      parameters: parameters.nullable(),
      refreshed_at: moment,
      price: priceRow.nullable(),
      /** By metric; a rank is null if there are too few samples to publish. */
      metrics: z.record(
        z.string(),
        z.object({
          value: figure,
          low: figure,
          high: figure,
          n: count,
          p95: figure,
          rank: count.nullable(),
          rank_to: count.nullable(),
        }),
      ),
    }),
  ),
})

export const providerList = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      base_url: text,
      logo_url: text,
      synthetic: z.boolean(),
      penalty_until: moment.nullable(),
      created_at: moment,
      n_models: count,
      n_available: count,
      n_targets: count,
      n_active: count,
      last_call_at: moment.nullable(),
      last_sync: z
        .object({ started_at: moment, status: z.string(), reason: text, n_listed: count, n_chat: count })
        .nullable(),
    }),
  ),
})

/** How current is what is made of results, and the size of what is kept. */
export const upkeep = z.object({
  now: moment,
  /** Results before this are deleted or about to be; null if none ever were. */
  pruned_until: moment.nullable(),
  leaderboards: z.array(
    z.object({
      period: z.enum(['24h', '7d', '30d']),
      /** Null if it has no rows. */
      refreshed_at: moment.nullable(),
      /** Since when there is something to rank in its period; null if there is nothing. */
      rankable_since: moment.nullable(),
    }),
  ),
  kept: z.array(
    z.object({
      what: z.enum([
        'texts',
        'results',
        'events',
        'runs',
        'rollups',
        'proxy_requests',
        'proxy_texts',
        'proxy_rollups',
        'incidents',
        'deliveries',
      ]),
      oldest_at: moment.nullable(),
      /** On disk, with its indexes; null if it is not known apart from the rest. */
      bytes: figure,
      /** Of what no setting says; null is forever. */
      kept_days: figure,
    }),
  ),
  /** The whole database. */
  bytes: z.number(),
})

export const calibrationList = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      created_at: moment,
      host: z.string(),
      node_version: z.string(),
      concurrency: count,
      streams: count,
      chunks: count,
      threads: count,
      ttft_p50_ms: z.number(),
      ttft_p95_ms: z.number(),
      ttft_p99_ms: z.number(),
      chunk_p50_ms: z.number(),
      chunk_p95_ms: z.number(),
      chunk_p99_ms: z.number(),
    }),
  ),
})

export const promptList = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      category: z.enum(['reasoning', 'code', 'creative', 'qa', 'other']),
      created_at: moment,
      n_characters: count,
      owned_by: owner,
      /** Only if texts were asked for. */
      text: z.string().optional(),
    }),
  ),
})

export const savedPrompt = z.object({ created: z.boolean(), id: z.string() })

export const deletedPrompt = z.object({ deleted: z.boolean() })
