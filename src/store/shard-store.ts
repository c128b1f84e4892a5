import type { Budget } from '../core/budget.ts'
import type { Settings } from '../core/plan.ts'
import type { ClaimedProbe, RunRecord } from './store.ts'

/** A shard of a run, in the region that makes it. */
export interface ShardKey {
  runId: string
  region: string
  shard: number
}

/** Shards: what one lane makes in one window, whichever worker of the region it is. */
export interface ShardStore {
  /**
   * Claims a shard, or the next one that is due and has a free lane, with a lane and its open probes. What exceeds the
   * budget or comes too late is skipped. A repeated `claimId` returns the same shard; without one, every call makes a
   * new claim.
   */
  claimShard: (input: {
    runId: string
    region: string
    /** The next one without it. */
    shard?: number | null
    /** Only shards of this provider. */
    provider?: string | null
    owner: string
    claimId?: string
    leaseMs: number
    budget?: Budget | null
  }) => Promise<ShardClaim>
  /** Renews the leases of a shard, its lane and its probes, if this worker has them still, by this claim. */
  renewShard: (
    input: ShardKey & { owner: string; claimId?: string; leaseMs: number },
  ) => Promise<RenewedShard>
  /**
   * Frees a shard and its lane, and gives back what is unmade, to be claimed again from `until` on. Closes the run if
   * none of its probes is open. Nothing changes if another worker has the shard, or this one by another claim. `done`:
   * all of it is made or skipped.
   */
  finishShard: (
    input: ShardKey & { owner: string; claimId?: string; unmade: readonly string[]; until?: Date | null },
  ) => Promise<{ done: boolean; run: RunRecord }>
  /** Shards of a region that no worker was told of, and those that are overdue, in the order of their windows. */
  listShardsToSend: (input: { region: string; limit: number }) => Promise<{ rows: ShardToSend[] }>
  /** Notes that workers were told of them. */
  markShardsSent: (input: { shards: readonly ShardKey[] }) => Promise<{ marked: number }>
  /** Notes how a worker of the fleet is. */
  beatWorker: (input: WorkerBeat) => Promise<unknown>
  /** How many calls a provider takes at once from a region: 1 to 64; null for 4. */
  setLanes: (input: {
    provider: string
    lanes: number | null
  }) => Promise<{ provider: string; lanes: number | null }>
}

/**
 * What a claim got: a shard; when to ask again, and why; or that nothing is left of the shard or of all, with the run if
 * the claim has closed it, because it skipped the last of it.
 */
export type ShardClaim =
  | { claimed: ClaimedShard }
  | { waitUntil: Date; reason: 'not due' | 'no lane' | 'paused' | 'taken' }
  | { over: true; run?: RunRecord | undefined }

/** A shard that this worker holds, with what making it needs. */
export interface ClaimedShard {
  shard: number
  provider: string
  lane: number
  leaseUntil: Date
  settings: Settings
  /** In the order in which they are made. */
  probes: ClaimedProbe[]
  /** How often it was claimed, this time included. */
  takes: number
}

/** Whether a worker has its shard still. */
export interface RenewedShard {
  held: boolean
  /** Null if it is not held. */
  leaseUntil: Date | null
  /** Until when the provider asks us to pause; null if it does not. */
  pauseUntil: Date | null
  /** Nothing more of the run is to be called. */
  cancelled: boolean
}

/** A shard that workers are to be told of. */
export interface ShardToSend extends ShardKey {
  provider: string
  windowAt: Date
}

/** How a worker of the fleet is. */
export interface WorkerBeat {
  owner: string
  region: string
  host: string
  version: string
  /** Lanes that it drives at once, and shards that it has now. */
  concurrency: number
  inHand: number
  /** By how much its event loop is late, in ms. */
  lagMs: number
  /** Probes since it started. */
  made: number
  leaving: boolean
}
