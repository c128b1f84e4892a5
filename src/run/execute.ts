import type { Plan } from '../core/plan.ts'
import { makeNonce, withNonce } from '../core/prompt.ts'
import type { Result } from '../core/result.ts'
import { encodeResult } from '../store/result-codec.ts'
import { toRunRow } from '../store/run-codec.ts'
import type { ClaimedProbe } from '../store/store.ts'
import { begin, toStoreFailed } from './begin.ts'
import { openChannel } from './channel.ts'
import type { ProbeRow, RunEvent } from './events.ts'
import { pacingOf, type ProbeFilter } from './pacing.ts'
import { type ActiveRun, type RunParts, spoolOf } from './parts.ts'
import { recordInDatabase, type RunRecorder } from './recorder.ts'
import { runInDatabase } from './run-in-database.ts'
import { recordWithSpool } from './spooling-recorder.ts'
import { toResult } from './to-result.ts'

/**
 * Carries a plan out: starts the run, makes its probes, records each as it ends, closes the run. `isReachable` is false if
 * the database is known to be unreachable. Rejects with StoreError if the run cannot be started.
 */
export async function* execute(plan: Plan, parts: RunParts, isReachable = true): AsyncGenerator<RunEvent> {
  const begun = await begin(plan, parts, isReachable)
  if ('event' in begun) yield begun.event
  else {
    const { active, isNew } = begun
    const run = toRunRow(active.run)
    const { maxTokens: max_tokens } = active.settings
    yield isNew ? { type: 'run_started', run, max_tokens } : { type: 'run_joined', run }
    yield* work(active, parts, begun.isReachable)
  }
}

/** A region is held this long, in ms, until the first claim holds it for as long as its call may take. */
const joiningMs = 30_000

/** Resumes a run that another worker left; skips it if nothing is left to do or another worker holds it. */
export async function* resume(runId: string, parts: RunParts): AsyncGenerator<RunEvent> {
  const { store, region, owner } = parts
  try {
    const worker = { owner, leaseMs: joiningMs }
    const { joined, run, settings } = await store.joinRun({ runId, region, worker })
    yield { type: joined ? 'run_joined' : 'run_skipped', run: toRunRow(run) }
    if (joined) yield* work({ run, settings, plan: null }, parts, true)
  } catch (error) {
    yield toStoreFailed(error)
  }
}

/** Makes the probes of a run that this worker holds, paced as its settings say, and closes it. */
async function* work(active: ActiveRun, parts: RunParts, isReachable: boolean): AsyncGenerator<RunEvent> {
  try {
    const recorder = await openRecorder(active, parts, isReachable)
    const channel = openChannel<RunEvent>()
    const providers = parts.providers.map(({ entry }) => entry.id)
    const { lanes } = pacingOf(active.settings.order, providers)
    const abandoned = new AbortController()
    const stop = AbortSignal.any([parts.stop, abandoned.signal])
    const made = { count: 0 }
    const shared = { active, parts: { ...parts, stop }, recorder, made, emit: channel.push }
    Promise.all(lanes.map((filter) => runLane(shared, filter))).then(
      () => channel.end(),
      (error: unknown) => channel.end(error),
    )
    try {
      yield* channel
    } finally {
      // Nobody watches any more: each lane ends after its probe in hand.
      abandoned.abort()
    }
    yield await close(active, parts, { recorder, madeAny: made.count > 0 })
  } catch (error) {
    yield toStoreFailed(error)
  }
}

function openRecorder(active: ActiveRun, parts: RunParts, isReachable: boolean): Promise<RunRecorder> {
  const database = runInDatabase(active, parts)
  const spool = spoolOf(parts.whenUnreachable)
  if (spool === null) return Promise.resolve(recordInDatabase(database))
  const { clock, owner, region, budget } = parts
  return recordWithSpool(database, active, { clock, owner, region, budget, spool, isReachable })
}

/** What the lanes of a run share. */
interface Shared {
  active: ActiveRun
  parts: RunParts
  recorder: RunRecorder
  /** Probes that have begun. */
  made: { count: number }
  emit: (event: RunEvent) => Promise<void>
}

/** Makes one probe after another of those a filter admits, until there is none or a reason to stop. */
async function runLane(shared: Shared, filter: ProbeFilter): Promise<void> {
  const { active, parts, recorder } = shared
  while (reasonToStop(active, parts) === null) {
    const claimed = await recorder.claim(filter)
    if (claimed === null) return
    const { faultDomain } = await makeProbe(claimed, shared)
    if (active.settings.confirm && faultDomain === 'provider') await confirm(claimed, shared)
  }
}

async function makeProbe(
  claimed: ClaimedProbe,
  { active, parts, recorder, made, emit }: Shared,
): Promise<Pick<Result, 'faultDomain'>> {
  made.count += 1
  await emit({ type: 'probe_started', probe: toProbeRow(claimed), number: made.count })
  const result = await measured(active.run.id, claimed, parts)
  await emit(await recorder.record(await encodeResult(result)))
  return { faultDomain: result.faultDomain }
}

/** A recheck 3 to 5 s later tells a hiccup from an outage. It is not rechecked itself. */
async function confirm({ probe }: ClaimedProbe, shared: Shared): Promise<void> {
  const { active, recorder, parts } = shared
  const { uuid, sleep, random } = parts
  const id = uuid()
  if (!(await recorder.planConfirm({ probeId: probe.id, id, resultId: uuid() }))) return
  await sleep(3000 + 2000 * random())
  const again = reasonToStop(active, parts) === null ? await recorder.claim({ probeId: id }) : null
  if (again !== null) await makeProbe(again, shared)
}

/** Why no further probe may begin: `interrupted`, `out of time`, or null. */
function reasonToStop({ settings }: ActiveRun, { stop, deadline, clock }: RunParts): string | null {
  if (stop.aborted) return 'interrupted'
  const fits = deadline === null || clock.now() + settings.timeouts.total <= deadline.at
  return fits ? null : 'out of time'
}

async function close(
  active: ActiveRun,
  parts: RunParts,
  { recorder, madeAny }: { recorder: RunRecorder; madeAny: boolean },
): Promise<RunEvent> {
  const reason = reasonToStop(active, parts)
  if (reason === 'out of time' && parts.deadline?.onExpiry === 'hand_over' && madeAny) {
    const run = toRunRow(await recorder.handOver())
    return run.status === 'running'
      ? { type: 'run_handed_over', run }
      : { type: 'run_finished', run, spooled: false }
  }
  const { run, spooled } = await recorder.finish(reason, parts.stop.aborted ? 'cancelled' : 'finished')
  return { type: 'run_finished', run: toRunRow(run), spooled }
}

const toProbeRow = ({ probe: { id, target, region, iteration } }: ClaimedProbe): ProbeRow => ({
  id,
  provider: target.provider,
  model: target.model,
  region,
  iteration,
})

/** Makes the call of a probe. */
async function measured(runId: string, claimed: ClaimedProbe, parts: RunParts): Promise<Result> {
  const { probe, settings } = claimed
  const provider = parts.providers.find(({ entry }) => entry.id === probe.target.provider)
  if (provider === undefined)
    throw new Error(`probe ${probe.id} is for ${probe.target.provider}, which is not configured here`)
  const prompt = withNonce(settings.prompt, makeNonce(parts.random))
  const { model, parameters } = probe.target
  const seen = await parts.measure({ provider, model, parameters, settings, prompt })
  return toResult(claimed, { seen, runId, synthetic: provider.synthetic })
}
