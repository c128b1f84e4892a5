import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { Plan } from '../core/plan.ts'
import { fromColumns, toColumns } from './columns.ts'
import { toPlanInput } from './plan-codec.ts'
import { run } from './run-codec.ts'
import type { RunRecord } from './store.ts'

/** A run on demand. */
export interface Job {
  run: RunRecord
  /** Somebody asked to cancel it, and its calls in progress are ending. */
  isCancelling: boolean
  /** Its place in the queue, 1 being the next to start; null if it does not wait. */
  place: number | null
}

/** How many starts a client has left of those it may make within any hour; null if there is no limit. */
export interface StartRate {
  limit: number | null
  remaining: number | null
  /** Seconds until it has one more; 0 if it has all. */
  resetS: number
}

/** A run on demand to queue. */
export interface QueueInput {
  plan: Plan
  region: string
  /** What its caller allows it to cost, in USD; null if nothing was said. */
  maxCostUsd: number | null
  /** Names the call, so that a repeated one gets the same run; null if it may not be repeated. */
  idempotencyKey: string | null
  /** Who asks, as a hash; how often within an hour; how many may wait at once. Null is no limit. */
  limits: { client: string; perHour: number | null; maxQueued: number | null }
}

/** A run in the queue, or why it is not. `created` is false if the call was made before. */
export type QueuedRun =
  | (Job & { created: boolean; rate: StartRate })
  | { refused: 'rate_limited' | 'queue_full'; rate: StartRate }

/** A run on demand as `queue_run` takes it. */
export function toQueueInput({ plan, region, limits, ...columns }: QueueInput): JsonObject {
  const { run: planned, ...input } = toPlanInput(plan, region)
  return { ...input, run: { ...(planned as JsonObject), ...toColumns(columns) }, limits: toColumns(limits) }
}

const jobShape = { run, isCancelling: z.boolean(), place: z.int().nullable() }

export const job: z.ZodType<Job> = fromColumns(z.object(jobShape))

const rate: z.ZodType<StartRate> = fromColumns(
  z.object({ limit: z.int().nullable(), remaining: z.int().nullable(), resetS: z.int() }),
)

export const queuedOutput: z.ZodType<QueuedRun> = fromColumns(
  z.union([
    z.object({ refused: z.enum(['rate_limited', 'queue_full']), rate }),
    z.object({ ...jobShape, created: z.boolean(), rate }),
  ]),
)

export const nextOutput = fromColumns(z.object({ runId: z.string().nullable() }))

export const leasesOutput = z.object({ owners: z.array(z.string()) })
