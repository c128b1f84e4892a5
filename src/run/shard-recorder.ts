import type { ClaimedShard, ShardKey, ShardStore } from '../store/shard-store.ts'
import {
  type ClaimedProbe,
  type ResultInput,
  type RunRecord,
  type RunStore,
  StoreError,
} from '../store/store.ts'
import type { ProbeEvent } from './events.ts'
import { leaseMsOf, type RecorderParts, spoolOf } from './parts.ts'
import { lost, recorded, type RunRecorder } from './recorder.ts'
import { recordInTime } from './run-in-database.ts'
import { spoolResult } from './spooling-recorder.ts'

/** How long a shard is leased, in ms: what a worker that dies holds up. */
export const shardLeaseMs = 60_000
/** How often its lease is renewed, in ms: two of three renewals may fail. */
const renewEveryMs = 20_000
/** How far the lease must reach when a call begins, in ms: the next renewal comes before. */
const marginMs = 25_000

/** The methods of the store that working on a shard takes. */
export type ShardRunStore = Pick<RunStore, 'claimProbe' | 'recordResult' | 'planConfirm'> &
  Pick<ShardStore, 'claimShard' | 'renewShard' | 'finishShard'>

/** What recording a shard needs. */
export type ShardRecorderParts = Omit<RecorderParts, 'store'> & { store: ShardRunStore }

/** A shard that this worker has claimed. */
export interface TakenShard {
  key: ShardKey
  /** By which it has it: another lane of this worker may have claimed it, once its lease was over. */
  claimId: string
  claimed: ClaimedShard
  /** When it was asked for, by both clocks: the lease ends so long after that, at the earliest. */
  askedAt: Stamp
}

/** Both clocks at one moment, in ms: a machine that sleeps stops the first, and the second may be set. */
export interface Stamp {
  now: number
  date: number
}

/** What became of a shard. */
export interface ShardEnd {
  /** Probes that were given back. */
  unmade: number
  /** When they may be made, if the provider says so. */
  until: Date | null
  /** The run; null if the database was not told, so that another worker takes the shard when its lease is over. */
  run: RunRecord | null
  /** Why the database was not told. */
  error: StoreError | null
}

/** Keeps the records of a shard: hands out its probes from memory while it is leased, and takes their results. */
export interface ShardRecorder extends Pick<RunRecorder, 'claim' | 'record' | 'planConfirm'> {
  /** Renews the lease no more. */
  letGo: () => void
  /** Ends the lease and gives back what is not made. `lateAt`: there is no time left for it. */
  finish: (lateAt: Date | null) => Promise<ShardEnd>
}

/** Opens the recorder of a shard; until it is finished, its lease is renewed. */
export function recordShard(taken: TakenShard, parts: ShardRecorderParts): ShardRecorder {
  const recorder = new LeasedRecorder(taken, parts)
  void recorder.keepLease()
  return recorder
}

class LeasedRecorder implements ShardRecorder {
  readonly #taken: TakenShard
  readonly #parts: ShardRecorderParts
  /** Probes that have not begun, in their order. */
  readonly #left: ClaimedProbe[]
  /** Ids of probes that were claimed, or planned as rechecks, and are not made. */
  readonly #open: Set<string>
  /** When the lease was last asked for. */
  #leasedAt: Stamp
  #isHeld = true
  #isCancelled = false
  #isOver = false
  #pauseUntil: Date | null = null

  constructor(taken: TakenShard, parts: ShardRecorderParts) {
    this.#taken = taken
    this.#parts = parts
    this.#left = [...taken.claimed.probes]
    this.#open = new Set(taken.claimed.probes.map(({ probe }) => probe.id))
    this.#leasedAt = taken.askedAt
  }

  /** Renews the lease until the shard is over. */
  async keepLease(): Promise<void> {
    while (this.#isHeld) {
      await this.#parts.sleep(renewEveryMs)
      if (this.#isOver) return
      await this.#renew()
    }
  }

  async claim({ probeId }: Parameters<RunRecorder['claim']>[0]): Promise<ClaimedProbe | null> {
    const isOver = probeId === undefined && this.#left.length === 0
    if (isOver || !(await this.#mayCall())) return null
    return probeId === undefined ? (this.#left.shift() ?? null) : this.#claimRecheck(probeId)
  }

  /** The next call needs the lease, and a provider that takes calls. */
  async #mayCall(): Promise<boolean> {
    if (this.#isHeld && !this.#reaches(marginMs)) await this.#renew()
    return this.#isHeld && !this.#isCancelled && this.#pauseUntil === null && this.#reaches(0)
  }

  #reaches(ms: number): boolean {
    const { now, date } = stampOf(this.#parts)
    return Math.max(now - this.#leasedAt.now, date - this.#leasedAt.date) + ms < shardLeaseMs
  }

  /** A database that does not answer leaves the lease as it is. */
  async #renew(): Promise<void> {
    const { store, owner } = this.#parts
    const { key, claimId } = this.#taken
    const askedAt = stampOf(this.#parts)
    try {
      const renewed = await store.renewShard({ ...key, owner, claimId, leaseMs: shardLeaseMs })
      this.#isHeld &&= renewed.held
      this.#isCancelled ||= renewed.cancelled
      this.#pauseUntil ??= renewed.pauseUntil
      this.#leasedAt = askedAt
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
    }
  }

  async #claimRecheck(probeId: string): Promise<ClaimedProbe | null> {
    const { store, owner, region, budget } = this.#parts
    const { key, claimed } = this.#taken
    const asked = { runId: key.runId, owner, region, leaseMs: leaseMsOf(claimed.settings), probeId }
    try {
      return await store.claimProbe(budget === null ? asked : { ...asked, budget })
    } catch (error) {
      // Only the recheck is lost.
      if (!(error instanceof StoreError)) throw error
      return null
    }
  }

  async record(result: ResultInput): Promise<ProbeEvent> {
    const { whenUnreachable } = this.#parts
    try {
      const kept = await recordInTime(this.#parts)(result)
      this.#open.delete(result.row.probe_id ?? '')
      this.#pauseUntil ??= kept.pauseUntil ?? null
      return recorded(result, kept)
    } catch (error) {
      const spool = spoolOf(whenUnreachable)
      if (!(error instanceof StoreError) || spool === null) return lost(result, error)
      const event = spoolResult(result, error, { spool, runId: this.#taken.key.runId })
      // Until it is delivered the database keeps it as claimed, and has it made again when its lease is over.
      if (event.type === 'probe_spooled') this.#open.delete(result.row.probe_id ?? '')
      return event
    }
  }

  async planConfirm(recheck: Parameters<RunRecorder['planConfirm']>[0]): Promise<boolean> {
    try {
      const { planned } = await this.#parts.store.planConfirm(recheck)
      if (planned) this.#open.add(recheck.id)
      return planned
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return false
    }
  }

  letGo(): void {
    this.#isOver = true
  }

  async finish(lateAt: Date | null): Promise<ShardEnd> {
    const end = { unmade: this.#open.size, until: this.#pauseUntil, run: null, error: null }
    if (!this.#isHeld) return end
    const { store, owner } = this.#parts
    const { key, claimId } = this.#taken
    const until = lateAt ?? this.#pauseUntil
    try {
      const { run } = await store.finishShard({ ...key, owner, claimId, unmade: [...this.#open], until })
      return { ...end, run }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return { ...end, error }
    }
  }
}

/** Both clocks now. */
export const stampOf = ({ clock }: Pick<RecorderParts, 'clock'>): Stamp => ({
  now: clock.now(),
  date: clock.date().getTime(),
})
