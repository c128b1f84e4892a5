import { costOf } from '../core/price.ts'
import type { Plan } from '../core/plan.ts'
import { makeNonce, withNonce } from '../core/prompt.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { Observation, Result } from '../core/result.ts'
import type { Call } from '../probe/probe.ts'
import { type ClaimedProbe, type RunRecord, StoreError } from '../store/store.ts'
import { begin, failed } from './begin.ts'
import { openChannel } from './channel.ts'
import { type Held, type Ledger, type LedgerParts, openLedger, type Recorded } from './ledger.ts'

/** What happens in a run, in order, for whoever watches: terminal, server-sent events, log. */
export type RunEvent =
  | { type: 'run_started'; run: RunRecord; plan: Plan }
  | { type: 'run_joined'; run: RunRecord }
  | { type: 'slot_taken'; run: RunRecord }
  | { type: 'run_missed'; run: { id: string; slot: Date }; error: StoreError }
  | { type: 'probe_started'; assignment: ClaimedProbe; number: number }
  | Recorded
  | { type: 'store_failed'; error: StoreError }
  | { type: 'handed_over'; run: RunRecord }
  | { type: 'run_finished'; run: RunRecord }
  | { type: 'summary_failed'; error: StoreError }

/** What a run needs. `measure` makes one call; `stop` ends the run after the probe in hand. */
export interface ExecuteParts extends LedgerParts {
  random: () => number
  uuid: () => string
  providers: readonly ConfiguredProvider[]
  measure: (call: Call) => Promise<Observation>
  stop: AbortSignal
  /** The `clock.now()` until which a scheduled run waits for the database; 30 s from its start by default. */
  giveUpAt?: number
  /** The database is away already. */
  isOffline?: boolean
  /** When time runs out, what is left is handed to another call of the same endpoint in place of being skipped; unless this one made nothing. */
  handsOver?: boolean
}

/** Carries a plan out: starts the run, makes its probes, records each as it ends, closes the run. Rejects with StoreError where it cannot be started. */
export async function* execute(plan: Plan, parts: ExecuteParts): AsyncGenerator<RunEvent> {
  const begun = await begin(plan, parts)
  if ('event' in begun) yield begun.event
  else {
    const { held, offline, isNew } = begun
    yield isNew ? { type: 'run_started', run: held.run, plan } : { type: 'run_joined', run: held.run }
    yield* work(held, parts, offline)
  }
}

/** A region is held this long, in ms, until the first claim holds it for as long as its call may take. */
const joiningMs = 30_000

/** Goes on with a run that another worker left; nothing where there is nothing left of it. */
export async function* resume(runId: string, parts: ExecuteParts): AsyncGenerator<RunEvent> {
  const { store, region, owner } = parts
  try {
    const { joined, run, settings } = await store.joinRun({
      runId,
      region,
      worker: { owner, leaseMs: joiningMs },
    })
    if (!joined) yield { type: 'slot_taken', run }
    else {
      yield { type: 'run_joined', run }
      yield* work({ run, settings, plan: null }, parts, false)
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    yield { type: 'store_failed', error }
  }
}

/** Makes the probes of a run that this worker holds, in one lane or one a provider, and closes it. */
async function* work(held: Held, parts: ExecuteParts, offline: boolean): AsyncGenerator<RunEvent> {
  try {
    const ledger = await openLedger(held, parts, offline)
    const channel = openChannel<RunEvent>()
    const lanes =
      held.settings.order === 'by_provider' ? parts.providers.map(({ entry }) => entry.id) : [undefined]
    let number = 0
    const left = new AbortController()
    const stop = AbortSignal.any([parts.stop, left.signal])
    const shared = { held, parts: { ...parts, stop }, ledger, next: () => (number += 1), emit: channel.push }
    Promise.all(lanes.map((provider) => runLane(shared, provider))).then(
      () => channel.end(),
      (error: unknown) => channel.end(error),
    )
    try {
      yield* channel
    } finally {
      // Nobody watches any more: each lane ends after its probe in hand.
      left.abort()
    }
    const closed = await close(held, { ...parts, handsOver: parts.handsOver === true && number > 0 }, ledger)
    yield closed
    if (closed.type === 'run_finished') yield* summarize(ledger)
  } catch (error) {
    yield failed(error)
  }
}

/** What the lanes of a run share. */
interface Shared {
  held: Held
  parts: ExecuteParts
  ledger: Ledger
  next: () => number
  emit: (event: RunEvent) => Promise<void>
}

/** Makes one probe after another, of one provider where one is named, until there is none or a reason to stop. */
async function runLane(shared: Shared, provider: string | undefined): Promise<void> {
  const { held, parts, ledger, emit } = shared
  const which = provider === undefined ? {} : { provider }
  while (reasonToStop(held, parts) === null) {
    const assignment = await ledger.claim(which)
    if (assignment === null) return
    const result = await makeProbe(assignment, shared)
    if (held.settings.confirm && result.faultDomain === 'provider') await confirm(assignment, shared)
  }
  async function makeProbe(assignment: ClaimedProbe, { next }: Shared): Promise<Result> {
    await emit({ type: 'probe_started', assignment, number: next() })
    const result = await measured(held.run, assignment, parts)
    await emit(await ledger.record(result))
    return result
  }
  /** A second look 3 to 5 s later tells a hiccup from an outage. */
  async function confirm({ probe }: ClaimedProbe, { parts: { uuid, sleep, random } }: Shared): Promise<void> {
    const id = uuid()
    if (!(await ledger.planConfirm({ probeId: probe.id, id, resultId: uuid() }))) return
    await sleep(3000 + 2000 * random())
    const again = reasonToStop(held, parts) === null ? await ledger.claim({ probeId: id }) : null
    if (again !== null) await makeProbe(again, shared)
  }
}

/** Why no further probe may begin: `interrupted`, `out of time`, or null. */
function reasonToStop({ settings }: Held, { stop, until, clock }: ExecuteParts): string | null {
  if (stop.aborted) return 'interrupted'
  const fits = until === undefined || clock.now() + settings.timeouts.total <= until
  return fits ? null : 'out of time'
}

async function close(held: Held, parts: ExecuteParts, ledger: Ledger): Promise<RunEvent> {
  const reason = reasonToStop(held, parts)
  if (reason === 'out of time' && parts.handsOver === true) {
    const run = await ledger.handOver()
    return { type: run.status === 'running' ? 'handed_over' : 'run_finished', run }
  }
  const status = parts.stop.aborted ? 'cancelled' : 'finished'
  return { type: 'run_finished', run: await ledger.finish(reason, status) }
}

/** The leaderboards are made again outside of every recording; a run is none the worse where that fails. */
async function* summarize(ledger: Ledger): AsyncGenerator<RunEvent> {
  const error = await ledger.summarize()
  if (error !== null) yield { type: 'summary_failed', error }
}

/** Makes the call of a probe. */
async function measured(run: RunRecord, assignment: ClaimedProbe, parts: ExecuteParts): Promise<Result> {
  const { probe, settings } = assignment
  const provider = parts.providers.find(({ entry }) => entry.id === probe.target.provider)
  if (provider === undefined)
    throw new Error(`probe ${probe.id} is for ${probe.target.provider}, which is not configured here`)
  const prompt = withNonce(settings.prompt, makeNonce(parts.random))
  const { model, parameters } = probe.target
  const seen = await parts.measure({ provider, model, parameters, settings, prompt })
  return toResult(run, assignment, { seen, synthetic: provider.synthetic })
}

/** What was seen, as the row of the probe it was seen for. */
function toResult(
  run: RunRecord,
  { probe, settings }: ClaimedProbe,
  { seen, synthetic }: { seen: Observation; synthetic: boolean },
): Result {
  const usage = {
    input: seen.inputTokens,
    output: seen.outputTokens,
    reasoning: seen.reasoningTokens,
    cached: seen.cachedTokens,
    cacheWrite: seen.cacheWriteTokens,
    source: seen.tokenSource,
    costUsd: seen.chargedUsd,
  }
  const cost = costOf(usage, probe.price, seen.startedAt)
  return {
    ...seen,
    id: probe.resultId,
    runId: run.id,
    probeId: probe.id,
    provider: probe.target.provider,
    model: probe.target.model,
    synthetic,
    region: probe.region,
    iteration: probe.iteration,
    series: probe.series,
    promptHash: settings.promptHash,
    prices: probe.price,
    costUsd: cost.usd,
    computedUsd: cost.computedUsd,
    costSource: cost.source,
  }
}
