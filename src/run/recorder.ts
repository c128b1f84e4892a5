import type { Level, Probe } from '../core/plan.ts'
import {
  type ClaimedProbe,
  failureOf,
  type RecordedResult,
  type ResultInput,
  type RunRecord,
  StoreError,
} from '../store/store.ts'
import { leftOutNotes } from '../store/too-large.ts'
import type { ProbeEvent } from './events.ts'
import type { ProbeFilter } from './pacing.ts'
import type { Recheck, RunInDatabase } from './run-in-database.ts'

/** A run that has ended; `spooled` if its end waits on disk. */
export interface ClosedRun {
  run: RunRecord
  spooled: boolean
}

/** What is added to the plan of a run: probes, and the levels that it then has. */
export interface Extension {
  levels: readonly Level[]
  probes: readonly Probe[]
}

/** What is left of a level, and why it is not made; `unmade` was claimed. */
export interface LevelEnd {
  level: number
  reason: string
  unmade: readonly string[]
}

/** Keeps the records of a run: hands out its probes, takes their results, closes it. */
export interface RunRecorder {
  /**
   * The next probe that the filter admits; null if there is none. `pauseMs`: how long none is claimed after it, so that
   * its lease keeps the run meanwhile. Rejects with StoreError.
   */
  claim: (filter: ProbeFilter, pauseMs?: number) => Promise<ClaimedProbe | null>
  record: (result: ResultInput) => Promise<ProbeEvent>
  /**
   * Skips the probes that are left, if there is a reason, also those that were claimed and are `unmade`, and
   * closes the run unless another worker holds a lease. Rejects with StoreError.
   */
  finish: (
    reason: string | null,
    status: 'finished' | 'cancelled',
    unmade: readonly string[],
  ) => Promise<ClosedRun>
  /** Releases the region, so that another call continues at once. Rejects with StoreError. */
  handOver: () => Promise<RunRecord>
  /** Plans a recheck; false if it cannot be planned. */
  planConfirm: (recheck: Recheck) => Promise<boolean>
  /** Adds to the plan; false if this worker may not, because the run is no longer its own. Rejects with StoreError. */
  extend: (extension: Extension) => Promise<boolean>
  /** Skips what is left of a level. Rejects with StoreError. */
  endLevel: (end: LevelEnd) => Promise<void>
}

/** Keeps the records of a run only in the database: what it does not accept is left only in the event. */
export const recordInDatabase = (database: RunInDatabase): RunRecorder => ({
  ...database,
  record: async (result) => {
    try {
      return recorded(result, await database.record(result))
    } catch (error) {
      return lost(result, error)
    }
  },
  finish: async (...end) => ({ run: await database.finish(...end), spooled: false }),
  handOver: () => database.finish(null, 'finished', []),
})

/** A result that the database has. */
export const recorded = (
  { row }: ResultInput,
  { targetId, providerId, modelId, createdAt, leftOut, ownLoad }: RecordedResult,
): ProbeEvent => ({
  type: 'probe_recorded',
  result: {
    ...row,
    notes: [...row.notes, ...leftOutNotes(leftOut)],
    provider_id: providerId,
    model_id: modelId,
    own_load: ownLoad,
    created_at: createdAt.toISOString(),
  },
  left_out: leftOut,
  target_id: targetId,
})

/** A result that only its event holds, because the store failed; any other error is thrown. */
export function lost({ row, timeline }: ResultInput, error: unknown): ProbeEvent {
  if (!(error instanceof StoreError)) throw error
  return { type: 'probe_lost', result: row, timeline, error: failureOf(error) }
}
