import type { Budget } from '../core/budget.ts'
import type { Clock } from '../core/clock.ts'
import type { ClosedLoad, Plan, Probe, Settings } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { Observation } from '../core/result.ts'
import type { CpuStamp } from '../lab/cpu-share.ts'
import type { LevelRow } from '../lab/level-rows.ts'
import type { Call } from '../probe/probe.ts'
import type { Spool } from '../store/spool.ts'
import type { MadeCalls, RunRecord, RunStore } from '../store/store.ts'
import type { ProbeOfRun } from './events.ts'
import type { MaintainedTarget } from './maintenance.ts'

/** When a run must be over, as a `clock.now()`, and what happens to the probes that there is no time for. */
export interface Deadline {
  at: number
  /** `hand_over` leaves them to another call of the same endpoint, unless this one made no probe at all. */
  onExpiry: 'skip' | 'hand_over'
}

/**
 * What a run does with what it cannot write because the database does not take it: it waits in a spool, if a
 * disk is kept; or every call is retried until a `clock.now()`; or it is lost.
 */
export type WhenUnreachable = { spool: Spool } | { retryUntil: number } | 'fail'

/** The spool of a run; null if no disk is kept. */
export const spoolOf = (when: WhenUnreachable): Spool | null =>
  typeof when === 'object' && 'spool' in when ? when.spool : null

/** What claiming probes and recording results needs. */
export interface RecorderParts {
  store: RunStore
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  /** The name under which probes are claimed. */
  owner: string
  region: string
  /** Null if nothing limits what may be spent. */
  budget: Budget | null
  whenUnreachable: WhenUnreachable
}

/** What executing a run needs. */
export interface RunParts extends RecorderParts {
  random: () => number
  uuid: () => string
  providers: readonly ConfiguredProvider[]
  /** Makes the call of a probe. */
  measure: (call: Call, of: ProbeOfRun) => Promise<Observation>
  /** Ends the run after the probe in hand. */
  stop: AbortSignal
  /** Ends this worker's part after the probe in hand, and leaves the rest of the run to another. */
  leave?: AbortSignal
  /** Null if the run may take as long as it needs. */
  deadline: Deadline | null
  /** The `clock.now()` until which a scheduled run waits for the database at its start. */
  startBy: number
  /** Whether a target is in maintenance at a moment; absent if no window is known. */
  isInMaintenance?: (of: MaintainedTarget, at: Date) => boolean
  /** The CPU times of this thread and of those that measure; absent if they are not known. */
  cpu?: () => Omit<CpuStamp, 'at'>
}

/** A run that this worker holds the lease of; `plan` is null if another worker made it. */
export interface ActiveRun {
  run: RunRecord
  settings: Settings
  plan: Plan | null
  /** What its limits count of calls that another worker made; nothing if absent. */
  made?: MadeCalls
  /** Of a search: what other workers recorded. */
  recorded?: readonly LevelRow[]
  /** Of a trace: what they left, in order. */
  left?: readonly Pick<Probe, 'level' | 'dueMs'>[] | null
}

/** Time to record a result after the deadline of its probe, in ms: a healthy worker never loses its lease. */
const recordingMs = 60_000

/** The longest of exponential pauses, by their mean: random numbers have 32 bits, and -ln(2^-32) is 22.2. */
const longestPause = 23

/** How long a claim holds, in ms. What a sweep claims ahead may have to wait as long as a call, and a pause, takes. */
export function leaseMsOf({ timeouts, levels }: Settings): number {
  if (levels === undefined) return timeouts.total + recordingMs
  const pauses = levels.map(({ load }) => ('rate' in load ? 0 : longestPauseOf(load)))
  return timeouts.total * 2 + Math.max(0, ...pauses) + recordingMs
}

const longestPauseOf = ({ thinkMs = 0, thinkSeed }: ClosedLoad): number =>
  thinkSeed === undefined ? thinkMs : thinkMs * longestPause
