import { toColumns } from '../store/columns.ts'
import { toExtendInput } from '../store/plan-codec.ts'
import { toRecordInput } from '../store/result-codec.ts'
import type { Spool } from '../store/spool.ts'
import { type ClaimedProbe, failureOf, maySettle, type ResultInput, StoreError } from '../store/store.ts'
import type { ProbeEvent } from './events.ts'
import type { ProbeFilter } from './pacing.ts'
import { type LocalRun, openLocalRun } from './local-run.ts'
import type { ActiveRun, RecorderParts } from './parts.ts'
import {
  type ClosedRun,
  type Extension,
  type LevelEnd,
  lost,
  recorded,
  type RunRecorder,
} from './recorder.ts'
import type { RunInDatabase } from './run-in-database.ts'

/** What spooling is done with. */
export interface SpoolingParts extends Pick<RecorderParts, 'clock' | 'owner' | 'region' | 'budget'> {
  spool: Spool
  /** False if not even the run could be written; then it is spooled too. */
  isReachable: boolean
}

/**
 * Keeps the records of a run in the database; what that does not take, whatever the reason, in this process
 * and on its disk. Nothing waits for the database: the next run delivers what is spooled.
 */
export async function recordWithSpool(
  database: RunInDatabase,
  active: ActiveRun,
  parts: SpoolingParts,
): Promise<RunRecorder> {
  const local = active.plan === null ? null : await openLocalRun(active.plan, parts)
  return new SpoolingRecorder(database, active.run.id, { ...parts, active, local })
}

class SpoolingRecorder implements RunRecorder {
  readonly #database: RunInDatabase
  readonly #runId: string
  readonly #parts: SpoolingParts & { active: ActiveRun; local: LocalRun | null }
  #isReachable: boolean
  #isWaiting = false

  constructor(
    database: RunInDatabase,
    runId: string,
    parts: SpoolingParts & { active: ActiveRun; local: LocalRun | null },
  ) {
    this.#database = database
    this.#runId = runId
    this.#parts = parts
    this.#isReachable = parts.isReachable
  }

  async claim(filter: ProbeFilter, pauseMs?: number): Promise<ClaimedProbe | null> {
    const { local } = this.#parts
    if (!this.#isReachable && local !== null) return this.#claimHere(local, filter)
    try {
      const claimed = await this.#database.claim(filter, pauseMs)
      if (claimed !== null) local?.begun.add(claimed.probe.id)
      return claimed
    } catch (error) {
      if (local === null || !maySettle(error)) throw error
      this.#isReachable = false
      return this.#claimHere(local, filter)
    }
  }

  /** What other workers spend is not known here, so under a budget nothing more is called. */
  #claimHere(local: LocalRun, filter: ProbeFilter): Promise<ClaimedProbe | null> {
    return this.#parts.budget === null ? local.claim(filter) : Promise.resolve(null)
  }

  async record(result: ResultInput): Promise<ProbeEvent> {
    await this.#parts.local?.store.recordResult(result)
    if (!this.#isReachable) return this.#spool(result, databaseUnreachable)
    try {
      return recorded(result, await this.#database.record(result))
    } catch (error) {
      if (error instanceof StoreError) return this.#spool(result, error)
      this.#spool(result, databaseUnreachable)
      throw error
    }
  }

  #spool(result: ResultInput, error: StoreError): ProbeEvent {
    const event = spoolResult(result, error, { spool: this.#parts.spool, runId: this.#runId })
    this.#isWaiting ||= event.type === 'probe_spooled'
    return event
  }

  async finish(...end: Parameters<RunRecorder['finish']>): Promise<ClosedRun> {
    const [reason, status, unmade] = end
    const why = reason ?? (!this.#isReachable && this.#parts.budget !== null ? 'budget' : null)
    if (!this.#isReachable || this.#isWaiting) return this.#finishLater(why, status, unmade)
    try {
      return { run: await this.#database.finish(why, status, unmade), spooled: false }
    } catch (error) {
      if (!maySettle(error)) throw error
      return this.#finishLater(why, status, unmade)
    }
  }

  /** Spools the end of the run behind its results. */
  async #finishLater(...[reason, status, unmade]: Parameters<RunRecorder['finish']>): Promise<ClosedRun> {
    const { spool, region, owner, local, active } = this.#parts
    const runId = this.#runId
    if (reason !== null)
      spool.add(runId, { name: 'skip_probes', input: toColumns({ runId, reason, region, owner, unmade }) })
    spool.add(runId, { name: 'finish_run', input: toColumns({ runId, status, region, owner }) })
    if (local === null) return { run: active.run, spooled: true }
    // What was skipped for which reason the database alone knows.
    const { skipReasons: _, ...run } = await local.store.finishRun({ runId, status })
    const nSkipped = Math.max(0, run.nProbes - run.nSucceeded - run.nFailed)
    return { run: { ...run, nSkipped }, spooled: true }
  }

  handOver() {
    return this.#database.finish(null, 'finished', [])
  }

  async extend(extension: Extension): Promise<boolean> {
    const { local, budget, region, spool } = this.#parts
    const runId = this.#runId
    if (this.#isReachable || local === null) {
      try {
        const isExtended = await this.#database.extend(extension)
        if (isExtended) await local?.store.extendRun({ runId, region, ...extension })
        return isExtended
      } catch (error) {
        if (local === null || !maySettle(error)) throw error
        this.#isReachable = false
      }
    }
    if (budget !== null) return false
    // Before the results of what is added, which are spooled behind it.
    spool.add(runId, { name: 'extend_run', input: toExtendInput({ runId, region, ...extension }) })
    await local.store.extendRun({ runId, region, ...extension })
    return true
  }

  async endLevel(end: LevelEnd): Promise<void> {
    const { local, region, owner, spool } = this.#parts
    const runId = this.#runId
    if (this.#isReachable || local === null) {
      try {
        return await this.#database.endLevel(end)
      } catch (error) {
        if (local === null || !maySettle(error)) throw error
        this.#isReachable = false
      }
    }
    spool.add(runId, { name: 'skip_probes', input: toColumns({ runId, region, owner, ...end }) })
  }

  async planConfirm(recheck: Parameters<RunRecorder['planConfirm']>[0]): Promise<boolean> {
    return this.#isReachable && (await this.#database.planConfirm(recheck))
  }
}

/** Keeps a result on disk that the database did not take. One that the disk refuses too is lost. */
export function spoolResult(
  result: ResultInput,
  error: StoreError,
  { spool, runId }: { spool: Spool; runId: string },
): ProbeEvent {
  try {
    spool.add(runId, { name: 'record_result', input: toRecordInput(result) })
  } catch (full) {
    return lost(result, full)
  }
  return { type: 'probe_spooled', result: result.row, error: failureOf(error) }
}

const databaseUnreachable = new StoreError('unavailable', 'the database is unreachable')
