import type { Clock } from '../core/clock.ts'
import type { Budget } from '../core/budget.ts'
import type { Plan, Settings } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { toColumns } from '../store/columns.ts'
import { encodeResult, toRecordInput } from '../store/result-codec.ts'
import { createMemoryStore } from '../store/memory.ts'
import { toPlanInput } from '../store/plan-codec.ts'
import type { Spool } from '../store/spool.ts'
import {
  type ClaimedProbe,
  isUnreachable,
  type RecordedResult,
  type ResultInput,
  type RunRecord,
  type RunStore,
  StoreError,
} from '../store/store.ts'
import { patiently } from './patience.ts'

/** What became of a result: in the database, on disk until the database is back, or nowhere but in the log. */
export type Recorded =
  | { type: 'result'; result: Result; receipt: RecordedResult }
  | { type: 'spooled'; result: Result; error: StoreError }
  | { type: 'unrecorded'; result: Result; error: StoreError }

/** Where the probes of a run come from and its results go: the database, and while it is away this process and its disk. */
export interface Ledger {
  claim: (which: { provider?: string; probeId?: string }) => Promise<ClaimedProbe | null>
  record: (result: Result) => Promise<Recorded>
  /** Skips what is left where there is a reason, and closes the run or leaves it to who is still at it. */
  finish: (reason: string | null, status: 'finished' | 'cancelled') => Promise<RunRecord>
  /** Lets go of the region without closing anything: somebody else goes on at once. */
  handOver: () => Promise<RunRecord>
  /** Makes the leaderboards again, where the database is there; gives why it could not. */
  summarise: () => Promise<StoreError | null>
  /** Plans a second look at a probe, under these ids; false where there can be none: nowhere to plan it, or the database is away. */
  planConfirm: (look: { probeId: string; id: string; resultId: string }) => Promise<boolean>
}

/** What a ledger is kept with. */
export interface LedgerParts {
  store: RunStore
  clock: Clock
  owner: string
  region: string
  budget: Budget | null
  /** Null where the disk is not kept. */
  spool: Spool | null
  sleep: (ms: number) => Promise<unknown>
  /** A `clock.now()` by which the run must be over. */
  until?: number
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

/** Opens the ledger of a run. `offline` from the start where not even the run could be written; then that waits on disk as well. */
export async function openLedger(held: Held, parts: LedgerParts, offline = false): Promise<Ledger> {
  const { plan } = held
  const local = plan === null || parts.spool === null ? null : await openLocal(plan, parts, offline)
  return new RunLedger(held, parts, { local, offline })
}

class RunLedger implements Ledger {
  readonly #held: Held
  readonly #parts: LedgerParts
  readonly #store: Calls
  readonly #local: Local | null
  #isUnreachable: boolean
  #isWaiting = false
  readonly #claimed = new Set<string>()

  constructor(held: Held, parts: LedgerParts, { local, offline }: { local: Local | null; offline: boolean }) {
    this.#held = held
    this.#parts = parts
    this.#store = callsOf(parts, held)
    this.#local = local
    this.#isUnreachable = offline
  }

  /** What others spend is not known here, so under a budget nothing more is called. */
  #claimHere(local: Local, which: { provider?: string; probeId?: string }): Promise<ClaimedProbe | null> {
    return this.#parts.budget === null ? local.claim(which, this.#claimed) : Promise.resolve(null)
  }

  /** Nothing is left of a plan of ours: there is no need to ask. */
  #hasAll({ provider, probeId }: { provider?: string; probeId?: string }): boolean {
    const { plan, settings } = this.#held
    if (plan === null || settings.confirm || probeId !== undefined) return false
    return plan.probes.every(
      ({ id, region, target }) =>
        this.#claimed.has(id) ||
        region !== this.#parts.region ||
        (provider ?? target.provider) !== target.provider,
    )
  }

  async planConfirm(look: { probeId: string; id: string; resultId: string }): Promise<boolean> {
    if (this.#isUnreachable) return false
    try {
      const { planned } = await this.#parts.store.planConfirm(look)
      return planned
    } catch (error) {
      // What is at stake is a second look; the probes that are left are not.
      if (!isUnreachable(error)) throw error
      return false
    }
  }

  async claim(which: { provider?: string; probeId?: string }): Promise<ClaimedProbe | null> {
    const local = this.#local
    if (this.#isUnreachable && local !== null) return this.#claimHere(local, which)
    if (this.#hasAll(which)) return null
    const { owner, region, budget } = this.#parts
    const { run, settings } = this.#held
    const asked = { runId: run.id, owner, region, leaseMs: leaseMsOf(settings), ...which }
    try {
      const assignment = await this.#store.claimProbe(budget === null ? asked : { ...asked, budget })
      if (assignment !== null) this.#claimed.add(assignment.probe.id)
      return assignment
    } catch (error) {
      if (local === null || !isUnreachable(error)) throw error
      this.#isUnreachable = true
      return this.#claimHere(local, which)
    }
  }

  async record(result: Result): Promise<Recorded> {
    const input = await encodeResult(result)
    await this.#local?.store.recordResult(input)
    try {
      if (this.#isUnreachable) throw new StoreError('unavailable', 'the database is away')
      return { type: 'result', result, receipt: await this.#store.recordResult(input) }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const recorded = spooled(this.#parts.spool, { result, input }, error)
      this.#isWaiting ||= recorded.type === 'spooled'
      return recorded
    }
  }

  async finish(reason: string | null, status: 'finished' | 'cancelled'): Promise<RunRecord> {
    const { spool, region } = this.#parts
    const why = reason ?? (this.#isUnreachable && this.#parts.budget !== null ? 'budget' : null)
    const skipping = why === null ? null : { runId: this.#held.run.id, reason: why, region }
    const closing = this.#closing(status)
    if (spool !== null && (this.#isUnreachable || this.#isWaiting))
      return this.#closeLater(spool, closing, skipping)
    try {
      if (skipping !== null) await this.#store.skipProbes(skipping)
      return await this.#store.finishRun(closing)
    } catch (error) {
      if (spool === null || !isUnreachable(error)) throw error
      return this.#closeLater(spool, closing, skipping)
    }
  }

  async summarise(): Promise<StoreError | null> {
    if (this.#isUnreachable || this.#isWaiting) return null
    try {
      await this.#parts.store.refreshSummaries()
      return null
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return error
    }
  }

  handOver(): Promise<RunRecord> {
    return this.#store.finishRun(this.#closing('finished'))
  }

  #closing(status: 'finished' | 'cancelled') {
    const { region, owner } = this.#parts
    return { runId: this.#held.run.id, status, region, owner }
  }

  /** Closes the run on disk, after its results that wait there. */
  async #closeLater(
    spool: Spool,
    closing: { runId: string; status: 'finished' | 'cancelled' },
    skipping: { runId: string } | null,
  ): Promise<RunRecord> {
    const { runId, status } = closing
    if (skipping !== null) spool.add(runId, { name: 'skip_probes', input: toColumns(skipping) })
    spool.add(runId, { name: 'finish_run', input: toColumns(closing) })
    if (this.#local === null) return this.#held.run
    const closed = await this.#local.store.finishRun({ runId, status })
    return { ...closed, nSkipped: Math.max(0, closed.nProbes - closed.nSucceeded - closed.nFailed) }
  }
}

type Calls = Pick<RunStore, 'claimProbe' | 'recordResult' | 'skipProbes' | 'finishRun'>

/** The calls of a run. Where no disk is kept only trying again saves a result: there is time until the run must be over. */
function callsOf({ store, spool, until, clock, sleep }: LedgerParts, { settings }: Held): Calls {
  const persist = <Output>(call: () => Promise<Output>, reservedMs = 0): Promise<Output> =>
    spool !== null || until === undefined
      ? call()
      : patiently(call, { clock, sleep, giveUpAt: until - reservedMs })
  return {
    // What is claimed must still have the time to end.
    claimProbe: (input) => persist(() => store.claimProbe(input), settings.timeouts.total),
    recordResult: (input) => persist(() => store.recordResult(input)),
    skipProbes: (input) => persist(() => store.skipProbes(input)),
    finishRun: (input) => persist(() => store.finishRun(input)),
  }
}

type Local = Awaited<ReturnType<typeof openLocal>>

/** The plan of a run in this process, for when the database is away. */
async function openLocal(plan: Plan, { clock, region, spool }: LedgerParts, offline: boolean) {
  const store = createMemoryStore(clock)
  await store.startRun(plan, region)
  if (offline) spool?.add(plan.id, { name: 'start_run', input: toPlanInput(plan, region) })
  const leaseMs = leaseMsOf(plan.settings)
  const claim = async (
    which: { provider?: string; probeId?: string },
    begun: ReadonlySet<string>,
  ): Promise<ClaimedProbe | null> => {
    for (;;) {
      const next = await store.claimProbe({ runId: plan.id, owner: 'local', leaseMs, region, ...which })
      if (next === null || !begun.has(next.probe.id)) return next
    }
  }
  return { store, claim }
}

/** Puts a result on disk; where that fails too it is nowhere, and says why. */
function spooled(
  spool: Spool | null,
  { result, input }: { result: Result; input: ResultInput },
  error: StoreError,
): Recorded {
  if (spool === null || !isUnreachable(error)) return { type: 'unrecorded', result, error }
  try {
    spool.add(result.runId, { name: 'record_result', input: toRecordInput(input) })
    return { type: 'spooled', result, error }
  } catch (full) {
    if (!(full instanceof StoreError)) throw full
    return { type: 'unrecorded', result, error: full }
  }
}
