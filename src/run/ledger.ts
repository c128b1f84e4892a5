import type { Clock } from '../core/clock.ts'
import type { Budget } from '../core/budget.ts'
import type { Plan, Settings } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { toColumns } from '../store/columns.ts'
import { toRecordInput } from '../store/functions.ts'
import { createMemoryStore } from '../store/memory.ts'
import { toPlanInput } from '../store/rows.ts'
import type { Spool } from '../store/spool.ts'
import { type Assignment, type Receipt, type RunRecord, type Store, StoreError } from '../store/store.ts'

/** What became of a result: in the database, on disk until the database is back, or nowhere but in the log. */
export type Recorded =
  | { type: 'result'; result: Result; receipt: Receipt }
  | { type: 'spooled'; result: Result; error: StoreError }
  | { type: 'unrecorded'; result: Result; error: StoreError }

/** Where the probes of a run come from and its results go: the database, and while it is away this process and its disk. */
export interface Ledger {
  claim: (which: { provider?: string; probeId?: string }) => Promise<Assignment | null>
  record: (result: Result) => Promise<Recorded>
  /** Skips what is left where there is a reason, and closes the run or leaves it to who is still at it. */
  finish: (reason: string | null, status: 'finished' | 'cancelled') => Promise<RunRecord>
  /** Lets go of the region without closing anything: somebody else goes on at once. */
  handOver: () => Promise<RunRecord>
  /** The database was given up for this run. */
  isOffline: () => boolean
}

/** What a ledger is kept with. */
export interface LedgerParts {
  store: Store
  clock: Clock
  owner: string
  region: string
  budget: Budget | null
  /** Null where the disk is not kept. */
  spool: Spool | null
}

/** A run that this worker is at; `plan` is null where somebody else made it. */
export interface Held {
  run: RunRecord
  settings: Settings
  plan: Plan | null
}

/** Time to record a result after the probe's own deadline, in ms; a lease that long is never lost by a healthy worker. */
const recordingMs = 60_000

/** How long a claim holds. */
export const leaseMsOf = ({ timeouts }: Settings): number => timeouts.total + recordingMs

/** An error that may pass: the database is away, or too slow. */
export const isAway = (error: unknown): error is StoreError =>
  error instanceof StoreError && (error.kind === 'unavailable' || error.kind === 'timeout')

/** Opens the ledger of a run. `offline` from the start where not even the run could be written; then that waits on disk as well. */
export async function openLedger(held: Held, parts: LedgerParts, offline = false): Promise<Ledger> {
  const { run, settings, plan } = held
  const { store, owner, region, budget, spool } = parts
  const local = plan === null || spool === null ? null : await openLocal(plan, parts, offline)
  let away = offline
  let waiting = false
  const claim: Ledger['claim'] = async (which) => {
    if (away && local !== null) return local.claim(which)
    try {
      const asked = { runId: run.id, owner, region, leaseMs: leaseMsOf(settings), ...which }
      const assignment = await store.claimProbe(budget === null ? asked : { ...asked, budget })
      if (assignment !== null) local?.begun.add(assignment.probe.id)
      return assignment
    } catch (error) {
      if (local === null || !isAway(error)) throw error
      away = true
      return local.claim(which)
    }
  }
  const record: Ledger['record'] = async (result) => {
    await local?.store.recordResult(result)
    try {
      if (away) throw new StoreError('unavailable', 'the database is away')
      return { type: 'result', result, receipt: await store.recordResult(result) }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const recorded = await spooled(spool, result, error)
      waiting ||= recorded.type === 'spooled'
      return recorded
    }
  }
  const finish: Ledger['finish'] = async (reason, status) => {
    const closing = { runId: run.id, status, region, owner }
    try {
      if (away) throw new StoreError('unavailable', 'the database is away')
      if (reason !== null) await store.skipProbes({ runId: run.id, reason, region })
      // A run whose results wait on disk is closed after them.
      if (!waiting) return await store.finishRun(closing)
      if (local === null || spool === null) throw new Error('results wait on a disk that is not there')
    } catch (error) {
      if (local === null || spool === null || !isAway(error)) throw error
      if (reason !== null)
        spool.add(run.id, { name: 'skip_probes', input: { run_id: run.id, reason, region } })
    }
    spool.add(run.id, { name: 'finish_run', input: toColumns(closing) })
    const closed = await local.store.finishRun({ runId: run.id, status })
    return { ...closed, nSkipped: closed.nProbes - closed.nSucceeded - closed.nFailed }
  }
  const handOver = () => store.finishRun({ runId: run.id, status: 'finished', region, owner })
  return { claim, record, finish, handOver, isOffline: () => away }
}

/** The plan of a run in this process, for when the database is away. */
async function openLocal(plan: Plan, { clock, region, spool }: LedgerParts, offline: boolean) {
  const store = createMemoryStore(clock)
  await store.startRun(plan, region)
  if (offline) spool?.add(plan.id, { name: 'start_run', input: toPlanInput(plan, region) })
  const begun = new Set<string>()
  const leaseMs = leaseMsOf(plan.settings)
  const claim = async (which: { provider?: string; probeId?: string }): Promise<Assignment | null> => {
    for (;;) {
      const next = await store.claimProbe({ runId: plan.id, owner: 'local', leaseMs, region, ...which })
      if (next === null || !begun.has(next.probe.id)) return next
    }
  }
  return { store, begun, claim }
}

/** Puts a result on disk; where that fails too it is nowhere, and says why. */
async function spooled(spool: Spool | null, result: Result, error: StoreError): Promise<Recorded> {
  if (spool === null || !isAway(error)) return { type: 'unrecorded', result, error }
  try {
    spool.add(result.runId, { name: 'record_result', input: await toRecordInput(result) })
    return { type: 'spooled', result, error }
  } catch (full) {
    if (!(full instanceof StoreError)) throw full
    return { type: 'unrecorded', result, error: full }
  }
}
