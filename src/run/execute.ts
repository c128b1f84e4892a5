import type { Clock } from '../core/clock.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { Plan } from '../core/plan.ts'
import type { Observation, Result } from '../core/result.ts'
import { costOf } from '../core/price.ts'
import { makeNonce, withNonce } from '../core/prompt.ts'
import type { Call } from '../probe/probe.ts'
import { type Assignment, type Receipt, type RunRecord, type Store, StoreError } from '../store/store.ts'

/** What happens in a run, in order, for whoever watches: terminal, server-sent events, log. */
export type RunEvent =
  | { type: 'run_started'; run: RunRecord; plan: Plan }
  | { type: 'slot_taken'; run: RunRecord }
  | { type: 'probe_started'; assignment: Assignment; number: number }
  | { type: 'result'; result: Result; receipt: Receipt }
  | { type: 'unrecorded'; result: Result; error: StoreError }
  | { type: 'store_failed'; error: StoreError }
  | { type: 'run_finished'; run: RunRecord }

/** What a run needs. `measure` makes one call; `stop` ends the run after the probe in hand; `until` is a `clock.now()` by which it must be over. */
export interface ExecuteParts {
  store: Store
  clock: Clock
  random: () => number
  providers: readonly ConfiguredProvider[]
  measure: (call: Call) => Promise<Observation>
  owner: string
  region: string
  stop: AbortSignal
  until?: number
}

/** Time to record a result after the probe's own deadline, in ms; a lease that long is never lost by a healthy worker. */
const recordingMs = 60_000

/** Carries a plan out: starts the run, makes its probes one after another, records each as it ends, closes the run. */
export async function* execute(plan: Plan, parts: ExecuteParts): AsyncGenerator<RunEvent> {
  const { store } = parts
  const { created, run } = await store.startRun(plan, parts.region)
  if (!created) {
    yield { type: 'slot_taken', run }
    return
  }
  yield { type: 'run_started', run, plan }
  try {
    for (let number = 1; number <= plan.probes.length && reasonToStop(plan, parts) === null; number += 1) {
      const claim = {
        runId: run.id,
        owner: parts.owner,
        leaseMs: plan.settings.timeouts.total + recordingMs,
        region: parts.region,
      }
      const assignment = await store.claimProbe(claim)
      if (assignment === null) break
      yield { type: 'probe_started', assignment, number }
      yield await makeProbe(plan, assignment, parts)
    }
    yield { type: 'run_finished', run: await close(plan, parts) }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    yield { type: 'store_failed', error }
  }
}

/** Why no further probe may begin: `interrupted`, `out of time`, or null. */
function reasonToStop(plan: Plan, { stop, until, clock }: ExecuteParts): string | null {
  if (stop.aborted) return 'interrupted'
  const fits = until === undefined || clock.now() + plan.settings.timeouts.total <= until
  return fits ? null : 'out of time'
}

async function close(plan: Plan, parts: ExecuteParts): Promise<RunRecord> {
  const reason = reasonToStop(plan, parts)
  if (reason !== null) await parts.store.skipProbes({ runId: plan.id, reason })
  return parts.store.finishRun({ runId: plan.id, status: parts.stop.aborted ? 'cancelled' : 'finished' })
}

async function makeProbe(plan: Plan, assignment: Assignment, parts: ExecuteParts): Promise<RunEvent> {
  const { probe, settings } = assignment
  const provider = parts.providers.find(({ entry }) => entry.id === probe.target.provider)
  if (provider === undefined)
    throw new Error(`probe ${probe.id} is for ${probe.target.provider}, which is not configured here`)
  const prompt = withNonce(settings.prompt, makeNonce(parts.random))
  const { model, parameters } = probe.target
  const seen = await parts.measure({ provider, model, parameters, settings, prompt })
  const result = toResult(plan, assignment, { seen, synthetic: provider.synthetic })
  try {
    return { type: 'result', result, receipt: await parts.store.recordResult(result) }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { type: 'unrecorded', result, error }
  }
}

/** What was seen, as the row of the probe it was seen for. */
function toResult(
  plan: Plan,
  { probe, settings }: Assignment,
  of: { seen: Observation; synthetic: boolean },
): Result {
  const { seen } = of
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
    runId: plan.id,
    probeId: probe.id,
    provider: probe.target.provider,
    model: probe.target.model,
    synthetic: of.synthetic,
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
