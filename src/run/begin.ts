import type { JsonObject } from '../core/json.ts'
import type { Plan } from '../core/plan.ts'
import { newRun } from '../store/memory.ts'
import { toMissedInput, toRunRow } from '../store/run-codec.ts'
import type { Spool } from '../store/spool.ts'
import { failureOf, isUnreachable, type Store, StoreError } from '../store/store.ts'
import type { RunEvent } from './events.ts'
import { type ActiveRun, leaseMsOf, type RunParts, spoolOf } from './parts.ts'
import { retryUntil } from './retry-until.ts'

/** A run that this worker is to work on; otherwise the only event of the run. */
type Begun = { event: RunEvent } | { active: ActiveRun; isNew: boolean; isReachable: boolean }

/**
 * Starts a run. If the database is unreachable, a run by hand continues without it; a scheduled one that the
 * database does not take is missed. `isReachable` is false if that is known beforehand. Rejects with StoreError if nothing can be
 * started.
 */
export async function begin(plan: Plan, parts: RunParts, isReachable: boolean): Promise<Begun> {
  const { store, region, owner, clock, sleep, stop, startBy: until } = parts
  const spool = spoolOf(parts.whenUnreachable)
  const withoutDatabase = {
    active: { run: newRun(plan, region, clock.date()), settings: plan.settings, plan },
    isNew: true,
    isReachable: false,
  }
  if (!isReachable) return withoutDatabase
  const worker = { owner, leaseMs: leaseMsOf(plan.settings) }
  const start = () => store.startRun(plan, region, worker)
  try {
    const { created, joined, run } = await (plan.slot === null
      ? start()
      : retryUntil(start, { clock, sleep, until, stop }))
    if (!joined) return { event: { type: 'run_skipped', run: toRunRow(run) } }
    // Whoever joins works on the probes that the run has, which are not those of its own plan.
    const active = { run, settings: plan.settings, plan: created ? plan : null }
    return { active, isNew: created, isReachable: true }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const { id, name, trigger, slot, schedule } = plan
    if (slot !== null && schedule !== null) {
      const missed = { id, name, trigger, schedule, slot }
      return { event: await missSlot(missed, { region, clock, spool, file: store.fileMissed }, error) }
    }
    if (spool === null || parts.budget !== null || !isUnreachable(error)) throw error
    return withoutDatabase
  }
}

/** An error of the store as the last event of a run; any other is thrown. */
export function toStoreFailed(error: unknown): RunEvent {
  if (!(error instanceof StoreError)) throw error
  return { type: 'store_failed', error: failureOf(error) }
}

/** How a slot is filed as missed. */
export interface MissParts extends Pick<RunParts, 'region' | 'clock'> {
  /** Null if no disk is kept. */
  spool: Spool | null
  /** Files it in the database at once; rejects with StoreError. */
  file: Store['fileMissed']
}

/**
 * Files a slot as missed: on disk, to be delivered once the database takes it; if no disk takes it, in the
 * database, which may take this although it did not take the run.
 */
export async function missSlot(
  missed: Pick<Plan, 'id' | 'name' | 'trigger'> & { schedule: string; slot: Date },
  { region, clock, spool, file }: MissParts,
  error: StoreError,
): Promise<RunEvent> {
  const { id, name: runName, trigger: triggeredBy, schedule, slot } = missed
  const run = { id, runName, triggeredBy, schedule, slot, region, startedAt: clock.date() }
  const why = isUnreachable(error) ? 'the database was unreachable' : 'the database refused the run'
  const reason = `${why}: ${error.message}`
  const full = spool === null ? null : addTo(spool, id, toMissedInput({ run, reason }))
  const isFiled = spool !== null && full === null
  const unfiled = isFiled ? null : await file({ run, reason }).then(() => null, storeErrorOf)
  // Without a disk, and if the database takes nothing at all, the event alone says that the slot was missed.
  if (full !== null && unfiled !== null) return toStoreFailed(full)
  return { type: 'run_missed', run: { id, slot: slot.toISOString() }, error: failureOf(error) }
}

/** Why a missed slot cannot wait on disk, or null. */
function addTo(spool: Spool, id: string, input: JsonObject): StoreError | null {
  try {
    spool.add(id, { name: 'file_missed', input })
    return null
  } catch (error) {
    return storeErrorOf(error)
  }
}

function storeErrorOf(error: unknown): StoreError {
  if (!(error instanceof StoreError)) throw error
  return error
}
