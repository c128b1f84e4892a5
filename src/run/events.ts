import type { Level } from '../core/plan.ts'
import type { ResultRow } from '../core/row.ts'
import type { RunRow, StoreFailure } from '../store/store.ts'
import type { EncodedTimeline } from '../store/timeline.ts'

/** What people are shown of a probe that has begun. */
export interface ProbeRow {
  id: string
  provider: string
  model: string
  region: string
  iteration: number
  context_tokens: number | null
  warmup: boolean
}

/** Which probe of which run a call is. */
export interface ProbeOfRun {
  runId: string
  probe: ProbeRow
}

/** Where a result ended up: in the database, on disk until the database takes it, or only in this event. */
export type ProbeEvent =
  /** `left_out`: columns that were too large, and the timeline. `target_id`: null if the database knows no such target. */
  | { type: 'probe_recorded'; result: ResultRow; left_out: string[]; target_id: string | null }
  | { type: 'probe_spooled'; result: ResultRow; error: StoreFailure }
  /** The event is the only copy, so it carries the timeline too. */
  | { type: 'probe_lost'; result: ResultRow; timeline: EncodedTimeline; error: StoreFailure }

/** How the probes of a run that has begun are made. */
interface StartedWith {
  max_tokens: number
  /** Calls at once, in concurrent mode. */
  concurrency: number
  /** The context tiers in tokens, 0 being none; empty if no probe has one. */
  context_tiers: number[]
  n_warmups: number
}

/** An event of a run, as plain data with the database's column names. */
export type RunEvent =
  | ({ type: 'run_started'; run: RunRow } & StartedWith)
  /** This worker resumes a run that another one started. */
  | { type: 'run_joined'; run: RunRow }
  /** The slot has its run already, or another worker holds the lease. */
  | { type: 'run_skipped'; run: RunRow }
  /** The database refused the run, or was unreachable for so long, that the slot has none. */
  | { type: 'run_missed'; run: { id: string; slot: string }; error: StoreFailure }
  /** Its plan has grown: by these levels, or by calls of a level that it has. `n_probes`: all that it has now. */
  | { type: 'run_extended'; levels: Level[]; n_probes: number }
  | { type: 'probe_started'; probe: ProbeRow; number: number }
  | ProbeEvent
  | { type: 'store_failed'; error: StoreFailure }
  /** Time is up: another call of the same endpoint makes the rest. */
  | { type: 'run_handed_over'; run: RunRow }
  /** `spooled`: its end waits on disk, because the database did not take it or results wait there too. */
  | { type: 'run_finished'; run: RunRow; spooled: boolean }
