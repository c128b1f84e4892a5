import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { probe, settings } from './plan-codec.ts'
import { run } from './run-codec.ts'
import type { RenewedShard, ShardClaim, ShardStore, ShardToSend } from './shard-store.ts'

type Input<Method extends keyof ShardStore> = Parameters<ShardStore[Method]>[0]

// ---- to the database

export const toClaimShardInput = ({ budget, ...claim }: Input<'claimShard'>): JsonObject =>
  toColumns({ ...claim, budget: budget && toColumns(budget) })

export const toSentInput = ({ shards }: Input<'markShardsSent'>): JsonObject => ({
  shards: shards.map(({ runId, region, shard }) => toColumns({ runId, region, shard })),
})

// ---- from the database

const claimedProbe = fromColumns(z.object({ probe, claims: z.int(), targetId: z.string() }))

const claimedShard = fromColumns(
  z.object({
    shard: z.int(),
    provider: z.string(),
    lane: z.int(),
    leaseUntil: date,
    settings,
    ownLoad: z.boolean(),
    takes: z.int(),
    probes: z.array(claimedProbe),
  }),
).transform(({ ownLoad, probes, ...shard }) => ({
  ...shard,
  probes: probes.map((claimed) => ({
    ...claimed,
    ownLoad,
    settings: shard.settings,
    leaseUntil: shard.leaseUntil,
  })),
}))

export const shardClaimOutput: z.ZodType<ShardClaim> = z.union([
  z.object({ claimed: claimedShard }),
  fromColumns(z.object({ waitUntil: date, reason: z.enum(['not due', 'no lane', 'paused', 'taken']) })),
  z.object({ over: z.literal(true), run: run.optional() }),
])

export const renewedShard: z.ZodType<RenewedShard> = fromColumns(
  z.object({
    held: z.boolean(),
    leaseUntil: date.nullable(),
    pauseUntil: date.nullable(),
    cancelled: z.boolean(),
  }),
)

export const finishedShard = z.object({ done: z.boolean(), run })

export const shardsToSend: z.ZodType<{ rows: ShardToSend[] }> = z.object({
  rows: z.array(
    fromColumns(
      z.object({
        runId: z.string(),
        region: z.string(),
        shard: z.int(),
        provider: z.string(),
        windowAt: date,
      }),
    ),
  ),
})

export const markedShards = z.object({ marked: z.int() })

export const beatOutput = z.object({})

export const setLanesOutput = z.object({ provider: z.string(), lanes: z.int().nullable() })
