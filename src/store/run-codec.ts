import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import type { MissedSlot } from './missed-slot.ts'
import { probe, settings } from './plan-codec.ts'
import type { ClaimedProbe, Health, RunRecord, RunRow, Store } from './store.ts'

type Input<Method extends 'joinRun' | 'claimProbe'> = Parameters<Store[Method]>[0]

// ---- to the database

/** A run as its row of runs. */
export const toRunRow = (record: RunRecord): RunRow => toColumns(record) as unknown as RunRow

export const toJoinInput = ({ runId, region, worker }: Input<'joinRun'>): JsonObject => ({
  run_id: runId,
  worker: toColumns({ region, ...worker }),
})

export const toClaimInput = ({ budget, ...claim }: Input<'claimProbe'>): JsonObject =>
  toColumns({ ...claim, budget: budget && toColumns(budget) })

/** A missed run as `file_missed` takes it. */
export const toMissedInput = ({ run: missed, ...rest }: MissedSlot): JsonObject => ({
  run: toColumns(missed),
  ...rest,
})

// ---- from the database

const status = z.enum(['queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed'])

export const run: z.ZodType<RunRecord> = fromColumns(
  z.object({
    id: z.string(),
    runName: z.string(),
    triggeredBy: z.string(),
    mode: z.string(),
    schedule: z.string().nullable(),
    slot: date.nullable(),
    region: z.string(),
    status,
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

export const startedOutput = z.object({ created: z.boolean(), joined: z.boolean(), run })

export const joinedOutput = z.object({
  joined: z.boolean(),
  run,
  settings,
  made: z.object({ usd: z.number(), errors: z.int() }).exactOptional(),
  left: z
    .array(z.tuple([z.int(), z.number()]).transform(([level, dueMs]) => ({ level, dueMs })))
    .nullable()
    .default(null),
})

export const claimedOutput: z.ZodType<ClaimedProbe | null> = fromColumns(
  z.object({
    probe,
    settings,
    claims: z.int(),
    leaseUntil: date,
    ownLoad: z.boolean().default(false),
    targetId: z.string().nullable().default(null),
  }),
).nullable()

export const plannedOutput = z.object({ planned: z.boolean() })

export const extendedOutput = z.object({ extended: z.boolean() })

export const skippedOutput = z.object({ skipped: z.int() })

export const healthOutput: z.ZodType<Health> = fromColumns(
  z.object({
    lastFinishedAt: date.nullable(),
    lastStatus: status.nullable(),
    lastSyncedAt: date.nullable().exactOptional(),
    now: date,
    abandoned: fromColumns(z.object({ runName: z.string(), slot: date.nullable() })).exactOptional(),
  }),
)
