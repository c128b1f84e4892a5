import type { Plan } from '../core/plan.ts'
import { toMissedInput } from '../store/run-codec.ts'
import { newRun } from '../store/memory.ts'
import { isUnreachable, StoreError } from '../store/store.ts'
import type { ExecuteParts, RunEvent } from './execute.ts'
import { type Held, leaseMsOf } from './ledger.ts'
import { patiently } from './patience.ts'

/** A run that this worker is to work on, or all that there is to say of it. */
type Begun = { event: RunEvent } | { held: Held; isNew: boolean; offline: boolean }

/** Starts a run. Where the database is away: one by hand goes on without, a scheduled one is missed. Rejects with StoreError where it cannot pass. */
export async function begin(plan: Plan, parts: ExecuteParts): Promise<Begun> {
  const { store, region, owner, spool } = parts
  const goOn = {
    held: { run: newRun(plan, region, parts.clock.date()), settings: plan.settings, plan },
    isNew: true,
    offline: true,
  }
  if (parts.isOffline === true) return goOn
  const worker = { owner, leaseMs: leaseMsOf(plan.settings) }
  const start = () => store.startRun(plan, region, worker)
  try {
    const { created, joined, run } = await (plan.slot === null ? start() : patiently(start, parts))
    if (!joined) return { event: { type: 'slot_taken', run } }
    // Who joins works on the probes that the run has, which are not those of its own plan.
    return {
      held: { run, settings: plan.settings, plan: created ? plan : null },
      isNew: created,
      offline: false,
    }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    const { slot, schedule } = plan
    if (slot !== null && schedule !== null)
      return { event: missSlot({ ...plan, slot, schedule }, parts, error) }
    if (spool === null || parts.budget !== null) throw error
    return goOn
  }
}

/** A store that failed, as an event; what is no StoreError is thrown. */
export function failed(error: unknown): RunEvent {
  if (!(error instanceof StoreError)) throw error
  return { type: 'store_failed', error }
}

/** Puts a slot on disk as missed, for the day when the database is back. */
export function missSlot(
  missed: Pick<Plan, 'id' | 'name' | 'trigger'> & { schedule: string; slot: Date },
  { region, clock, spool }: Pick<ExecuteParts, 'region' | 'clock' | 'spool'>,
  error: StoreError,
): RunEvent {
  const { id, name: runName, trigger: triggeredBy, schedule, slot } = missed
  const run = { id, runName, triggeredBy, schedule, slot, region, startedAt: clock.date() }
  const reason = `the database was away: ${error.message}`
  try {
    spool?.add(id, { name: 'file_missed', input: toMissedInput({ run, reason }) })
  } catch (full) {
    return failed(full)
  }
  return { type: 'run_missed', run: { id, slot }, error }
}
