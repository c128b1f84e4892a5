import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { Metrics } from '../core/metrics.ts'
import { metricTable } from '../core/metric-table.ts'
import type { Plan, Probe } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { date, fromColumns, toColumns, toJson } from './columns.ts'
import { price, toPriceRowOrNull } from './price-rows.ts'
import type {
  ClaimedProbe,
  Catalog,
  Health,
  Page,
  Prunable,
  PrunedBatch,
  RecordedResult,
  ResultPage,
  ResultRow,
  RunRecord,
  StoredTimeline,
  Worker,
} from './store.ts'

// ---- to the database

/** A count as the database's integer columns take it; a provider that reports 12.5 tokens, or 10^12, has told us nothing. */
const toCount = (value: number | null): number | null =>
  value !== null && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null

/** A result as its row of benchmark_results, without what only the database knows (provider_id, model_id, created_at). */
export function toResultRow(result: Result): ResultRow & JsonObject {
  const columns = toColumns({
    ...result,
    inputTokens: toCount(result.inputTokens),
    outputTokens: toCount(result.outputTokens),
    reasoningTokens: toCount(result.reasoningTokens),
    cachedTokens: toCount(result.cachedTokens),
    cacheWriteTokens: toCount(result.cacheWriteTokens),
    statusCode: toCount(result.statusCode),
    responseBytes: toCount(result.responseBytes),
    timeline: undefined,
  })
  return { ...columns, prices: toPriceRowOrNull(result.prices), id: result.id }
}

/** A plan as start_run takes it. */
export function toPlanInput(plan: Plan, region: string, worker?: Worker): JsonObject {
  const { id, name, trigger, mode, schedule, slot, lateAt, synthetic, settings } = plan
  const timeouts = toColumns(settings.timeouts)
  const run = { id, runName: name, triggeredBy: trigger, mode, schedule, slot, lateAt, region, synthetic }
  return {
    run: { ...toColumns(run), settings: { ...toColumns(settings), timeouts } },
    adhoc: plan.adhoc,
    providers: plan.providers.map(({ id: slug, ...provider }) => toColumns({ slug, ...provider })),
    probes: plan.probes.map(toProbeInput),
    worker: worker === undefined ? null : { ...toColumns(worker), region },
  }
}

const toProbeInput = ({ target: { parameters, ...of }, price: planned, ...probe }: Probe): JsonObject => ({
  ...toColumns(probe),
  provider: of.provider,
  model: toJson(of.model),
  parameters: toColumns(parameters),
  target_region: of.region,
  price: toPriceRowOrNull(planned),
})

/** A run as its row of runs. */
export const toRunRow = (run: RunRecord): JsonObject => toColumns(run)

/** The metrics of a result under the names of its columns. */
export const toMetricsRow = ({ id, metrics }: { id: string; metrics: Metrics }): JsonObject => ({
  ...toColumns(metrics),
  id,
})

// ---- from the database

const milliseconds = z.number()

export const target = z.object({
  provider: z.string(),
  model: z.string(),
  parameters: fromColumns(
    z.object({
      reasoning: z.enum(['least', 'default']),
      pin: z.string().exactOptional(),
      maxTokens: z.int().exactOptional(),
    }),
  ),
  region: z.string().nullable(),
})

const settings = fromColumns(
  z.object({
    prompt: z.string(),
    promptHash: z.string(),
    maxTokens: z.int(),
    temperature: z.number(),
    timeouts: fromColumns(
      z.object({ connect: milliseconds, firstToken: milliseconds, idle: milliseconds, total: milliseconds }),
    ),
    // Runs of earlier versions have neither.
    order: z.enum(['sequential', 'by_provider']).default('sequential'),
    confirm: z.boolean().default(false),
  }),
)

const probe = fromColumns(
  z.object({
    id: z.string(),
    resultId: z.string(),
    target,
    iteration: z.int(),
    region: z.string(),
    series: z.string(),
    price: price.nullable(),
    estimateUsd: z.number().nullable(),
    inputUsd: z.number().nullable(),
  }),
)

export const catalogRow: z.ZodType<Catalog> = z.object({
  targets: z.array(target),
  paused: z.array(z.object({ provider: z.string(), model: z.string() })),
  models: z.array(
    fromColumns(
      z.object({
        provider: z.string(),
        model: z.string(),
        available: z.boolean().nullable(),
        contextWindow: z.int().nullable(),
        price: price.nullable().catch(null),
      }),
    ),
  ),
  pace: z.array(fromColumns(z.object({ provider: z.string(), typicalMs: z.number() }))),
})

const runStatus = z.enum(['running', 'finished', 'cancelled', 'abandoned', 'missed'])

export const runRow: z.ZodType<RunRecord> = fromColumns(
  z.object({
    id: z.string(),
    runName: z.string(),
    triggeredBy: z.string(),
    mode: z.string(),
    schedule: z.string().nullable(),
    slot: date.nullable(),
    region: z.string(),
    status: runStatus,
    statusReason: z.string().nullable(),
    synthetic: z.boolean(),
    startedAt: date,
    finishedAt: date.nullable(),
    nProbes: z.int(),
    nSucceeded: z.int(),
    nFailed: z.int(),
    nSkipped: z.int(),
    skipReasons: z.record(z.string(), z.int()).exactOptional(),
  }),
)

export const healthRow: z.ZodType<Health> = fromColumns(
  z.object({ lastFinishedAt: date.nullable(), lastStatus: runStatus.nullable(), now: date }),
)

export const startedRow = z.object({ created: z.boolean(), joined: z.boolean(), run: runRow })

export const joinedRow = z.object({ joined: z.boolean(), run: runRow, settings })

export const plannedRow = z.object({ planned: z.boolean() })

export const claimedProbeRow: z.ZodType<ClaimedProbe | null> = fromColumns(
  z.object({ probe, settings, claims: z.int(), leaseUntil: date }),
).nullable()

export const recordedResultRow: z.ZodType<RecordedResult> = fromColumns(
  z.object({
    recorded: z.boolean(),
    id: z.string(),
    providerId: z.string().nullable(),
    modelId: z.string().nullable(),
    createdAt: date,
  }),
)

export const refreshedRow = z.object({ refreshed: z.array(z.string()) })

export const rebuiltRow = fromColumns(z.object({ rebuiltFrom: date.nullable() }))

export const prunedRow: z.ZodType<PrunedBatch> = fromColumns(
  z.object({
    texts: z.int(),
    results: z.int(),
    closed: date.nullable(),
    prunedUntil: date.nullable(),
    done: z.boolean(),
  }),
)

export const prunableRow: z.ZodType<Prunable> = fromColumns(
  z.object({ texts: z.int(), results: z.int(), prunedUntil: date.nullable() }),
)

export const skippedRow = z.object({ skipped: z.int() })

/** Rows keep the database's names, and columns that this version does not know. */
export const resultPage: z.ZodType<ResultPage> = z.object({
  rows: z.array(z.looseObject({ id: z.string() })),
  next: z.string().nullable(),
  columns: z.array(z.string()),
})

const metricNames = Object.keys(metricTable) as (keyof Metrics)[]
/** Every metric may be null but the latency of the whole call. */
const metrics = fromColumns(
  z.object(Object.fromEntries(metricNames.map((name) => [name, z.number().nullable()]))).extend({
    totalLatencyMs: z.number(),
  }) as unknown as z.ZodType<Metrics>,
)
const tokens = z.int().nullable()

export const timelinePage: z.ZodType<Page<StoredTimeline>> = z.object({
  rows: z.array(
    fromColumns(
      z.object({
        id: z.string(),
        createdAt: date,
        provider: z.string().nullable(),
        model: z.string().nullable(),
        formulaVersion: z.int().nullable(),
        usage: z.object({
          input: tokens,
          output: tokens,
          reasoning: tokens,
          cached: tokens,
          source: z.enum(['usage', 'tokenizer', 'events']).nullable(),
        }),
        metrics,
        timeline: z.object({ version: z.int(), data: z.string() }).nullable(),
      }),
    ),
  ),
  next: z.string().nullable(),
})

export const updatedRow = z.object({ updated: z.int() })
