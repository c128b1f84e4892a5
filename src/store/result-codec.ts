import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { metricTable } from '../core/metric-table.ts'
import type { Metrics } from '../core/metrics.ts'
import type { Result } from '../core/result.ts'
import type { ResultRow } from '../core/row.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { toPriceRowOrNull } from './price-codec.ts'
import { type Page, pageOf } from './page.ts'
import type { RecordedResult, ResultInput, Store } from './store.ts'
import type { ResultPage, StoredTimeline } from './stored-result.ts'
import { withinLimits } from './text-limits.ts'
import { encodeTimeline } from './timeline.ts'

// ---- to the database

/**
 * A count that fits the database's integer columns, or null: a provider that reports 12.5 tokens, or 10^12,
 * has reported nothing.
 */
const toCount = (value: number | null): number | null =>
  value !== null && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null

/** A result as its row, with the database's column names and within its limits, and without its timeline. */
export function toResultRow(result: Result): ResultRow {
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
  return { ...withinLimits(columns), prices: toPriceRowOrNull(result.prices) } as unknown as ResultRow
}

/** A result as its row and its encoded timeline: made once, it can be recorded, spooled and shown. */
export const encodeResult = async (result: Result): Promise<ResultInput> => ({
  row: toResultRow(result),
  timeline: await encodeTimeline(result.timeline),
})

/** A result as `record_result` and the spool take it. */
export const toRecordInput = ({ row, timeline, ...rest }: ResultInput): JsonObject => ({
  result: row,
  timeline: toColumns(timeline),
  ...rest,
})

/** New metrics of results as `rederive_results` takes them. */
export const toRederiveInput = (input: Parameters<Store['rederiveResults']>[0]): JsonObject => ({
  formula_version: input.formulaVersion,
  results: input.results.map(({ id, metrics: derived }) => ({ ...toColumns(derived), id })),
})

// ---- from the database

export const recordedResultOutput: z.ZodType<RecordedResult> = fromColumns(
  z.object({
    recorded: z.boolean(),
    leftOut: z.array(z.string()).default([]),
    ownLoad: z.boolean().default(false),
    pauseUntil: date.nullable().default(null),
    id: z.string(),
    targetId: z.string().nullable().default(null),
    providerId: z.string().nullable(),
    modelId: z.string().nullable(),
    createdAt: date,
  }),
)

/** Rows keep the database's names, and columns that this version does not know. */
export const resultPage: z.ZodType<ResultPage> = pageOf(z.looseObject({ id: z.string() })).extend({
  columns: z.array(z.string()),
})

const metricNames = Object.keys(metricTable) as (keyof Metrics)[]
/** Every metric may be null, except the latency of the whole call. */
const metrics = fromColumns(
  z.object(Object.fromEntries(metricNames.map((name) => [name, z.number().nullable()]))).extend({
    totalLatencyMs: z.number(),
  }) as unknown as z.ZodType<Metrics>,
)
const tokens = z.int().nullable()

export const timelinePage: z.ZodType<Page<StoredTimeline>> = pageOf(
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
)

export const updatedOutput = z.object({ updated: z.int() })
