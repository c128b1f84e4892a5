import { toRunRow } from '../store/run-codec.ts'
import type { ClaimedShard, ShardClaim, ShardKey } from '../store/shard-store.ts'
import { failureOf, type RunRecord } from '../store/store.ts'
import { openChannel } from './channel.ts'
import type { RunEvent } from './events.ts'
import { type LaneParts, reasonToStop, runLane } from './lane.ts'
import {
  recordShard,
  type ShardEnd,
  shardLeaseMs,
  type ShardRecorderParts,
  stampOf,
} from './shard-recorder.ts'

/** What making the probes of a shard needs. */
export type ShardParts = ShardRecorderParts &
  Omit<LaneParts, 'deadline' | 'leave'> & {
    /** The `clock.now()` by which all calls must be over, so that what is left is given back; none without. */
    until?: number
  }

/** Which shard is to be made: one by its number, or the next that is due and has a free lane, of a provider or of all. */
export interface AskedShard extends Pick<ShardKey, 'runId' | 'region'> {
  shard: number | { provider?: string }
  /** After which no probe may begin; null if that is not known. */
  lateAt: Date | null
}

/** What came of a shard: that nothing could be made of it now or ever, or how it ended. */
export type ShardOutcome = Exclude<ShardClaim, { claimed: ClaimedShard }> | MadeShard

/** A shard that was made, or a part of it. */
export interface MadeShard {
  shard: number
  made: number
  ended: ShardEnd
}

/**
 * Claims a shard and makes its probes one after another, records each as it ends, and gives back what is left: when it
 * is stopped after the probe in hand, if the provider takes no more calls, or if there is no time. Rejects with
 * StoreError if it cannot be claimed.
 */
export async function* executeShard(
  { runId, region, shard, lateAt }: AskedShard,
  parts: ShardParts,
): AsyncGenerator<RunEvent, ShardOutcome> {
  const { store, owner, budget, uuid } = parts
  const askedAt = stampOf(parts)
  const claimId = uuid()
  const claim = await store.claimShard({
    runId,
    region,
    ...(typeof shard === 'number' ? { shard } : shard),
    owner,
    claimId,
    leaseMs: shardLeaseMs,
    ...(budget && { budget }),
  })
  if ('over' in claim && claim.run) yield finished(claim.run)
  if (!('claimed' in claim)) return claim
  const { claimed } = claim
  const key = { runId, region, shard: claimed.shard }
  const recorder = recordShard({ key, claimId, claimed, askedAt }, parts)
  const abandoned = new AbortController()
  const channel = openChannel<RunEvent>()
  const late = lateAt && deadlineOf(lateAt, claimed, parts)
  const at = Math.min(late?.at ?? Infinity, parts.until ?? Infinity)
  const lane = {
    active: { run: { id: runId }, settings: claimed.settings },
    parts: {
      ...parts,
      deadline: at === Infinity ? null : { at, onExpiry: 'skip' as const },
      stop: AbortSignal.any([parts.stop, abandoned.signal]),
    },
    recorder,
    rechecks: claimed.settings.confirm,
    made: { count: 0 },
    emit: channel.push,
  }
  runLane(lane, {}).then(() => channel.end(), channel.end)
  try {
    yield* channel
  } finally {
    // After a bug, or if nobody watches anymore, its lease runs out; the lane ends after its probe in hand.
    recorder.letGo()
    abandoned.abort()
  }
  const isLate =
    reasonToStop(lane.active, { ...lane.parts, stop: parts.stop, deadline: late }) === 'out of time'
  const ended = await recorder.finish(isLate ? lateAt : null)
  yield* eventsOf(ended)
  return { shard: claimed.shard, made: lane.made.count, ended }
}

/** What the end of a shard is told as. */
function* eventsOf({ error, run }: ShardEnd): Generator<RunEvent> {
  if (error !== null) yield { type: 'store_failed', error: failureOf(error) }
  if (run !== null && run.status !== 'running') yield finished(run)
}

const finished = (run: RunRecord): RunEvent => ({ type: 'run_finished', run: toRunRow(run), spooled: false })

/**
 * When the last probe may begin, by our clock: the lease tells how far that is from the database's, whose time counts.
 * A probe may last longer, as that of a run of one worker may.
 */
function deadlineOf(
  lateAt: Date,
  { leaseUntil, settings }: ClaimedShard,
  { clock }: Pick<ShardParts, 'clock'>,
): NonNullable<LaneParts['deadline']> {
  const leftMs = lateAt.getTime() - (leaseUntil.getTime() - shardLeaseMs)
  return { at: clock.now() + leftMs + settings.timeouts.total, onExpiry: 'skip' }
}
