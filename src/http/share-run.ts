import { openAftermath } from '../fleet/after-run.ts'
import { makeShards, type MadeShards } from '../fleet/make-shards.ts'
import { planSlot } from '../fleet/plan-slot.ts'
import type { App } from '../jobs/app.ts'
import { handOver } from '../jobs/hand-over.ts'
import type { Refusal } from '../jobs/refusal.ts'
import { refusalOf } from '../jobs/request.ts'
import { openSession } from '../jobs/session.ts'
import { lateAfter, slotOf } from '../run/slot.ts'
import { toRunRow } from '../store/run-codec.ts'
import type { RunRecord, Store } from '../store/store.ts'
import { type BenchmarkAnswer, keepResults } from './benchmark-answer.ts'
import { functionSetup } from './function-setup.ts'
import type { CronParts } from './parts.ts'
import { benchmarkPath } from './paths.ts'
import { refusalProblem } from './problem.ts'

/** Calls that one function makes at once: about as many as a process times well (docs/decisions/0005). */
const callsAtOnce = 16

/**
 * Makes the current slot, or what is left of a run, together with other calls of this endpoint: who plans the slot
 * calls the others, and each makes shards until none is left or its time is over, and then calls its successor. Answers when
 * this call is over. Rejects with StoreError.
 */
export async function shareRun(runId: string | null, request: Request, parts: CronParts): Promise<Response> {
  const { app, budgetMs, openStore } = parts
  const setup = functionSetup(app, budgetMs)
  const refusal = refusalOf(setup)
  if (refusal !== null) return refusalProblem(refusal, app.log)
  const store = await openStore()
  const begun = runId === null ? await beginSlot(setup, { store, app }) : await readRun(runId, store)
  if ('refusal' in begun) return refusalProblem(begun.refusal, app.log)
  const { run, others } = begun
  const callAnother = () => handOver({ id: run.id, shared: true }, new URL(benchmarkPath, request.url), app)
  const called = Promise.all(Array.from({ length: others }, callAnother))
  const { results, made } = await makePart(begun, setup, { store, app })
  await called
  // A call that could make nothing has no successor, so that every chain of calls ends.
  const isHandedOver = made.isLeft && made.probes > 0 && (await callAnother())
  return Response.json({
    skipped: !begun.isNew && made.probes === 0,
    handed_over: isHandedOver,
    run: toRunRow(made.closed ?? run),
    results,
  } satisfies BenchmarkAnswer)
}

type Setup = ReturnType<typeof functionSetup>

/** A run, whether this call has planned it, and how many other calls are to make it too. */
interface Begun {
  run: RunRecord
  isNew: boolean
  others: number
}

/** Plans the current slot, if nobody has. */
async function beginSlot(
  { configured, stop }: Setup,
  { store, app }: { store: Store; app: App },
): Promise<Begun | { refusal: Refusal }> {
  const { fanOut, defaults } = app.config
  const { region, schedule } = defaults
  const slot = slotOf(schedule.cron, app.clock.date())
  if (slot === null)
    return { refusal: { kind: 'bad_configuration', message: `${schedule.cron} has not fired yet` } }
  const parts = { region, configured, store, app, random: Math.random, stop, spreadMs: 0 }
  const planned = await planSlot(slot, parts)
  if ('refusal' in planned) return planned
  for (const note of planned.notes) app.log.warn(note)
  const { run, created: isNew, shards } = planned
  return { run, isNew, others: isNew ? Math.max(0, Math.min(fanOut, shards) - 1) : 0 }
}

const readRun = async (runId: string, store: Store): Promise<Begun> => ({
  run: (await store.readJob({ runId })).run,
  isNew: false,
  others: 0,
})

/** Makes what this call has time for. */
async function makePart(
  { run: planned, isNew }: Begun,
  { configured, deadline, stop, abort }: Setup,
  { store, app }: { store: Store; app: App },
): Promise<{ made: MadeShards; results: BenchmarkAnswer['results'] }> {
  const { clock, sleep, uuid, owner, env, texts } = app
  const { egressAllow, defaults } = app.config
  const { region, budget, schedule, timeouts } = defaults
  const longestMs = timeouts.total
  // Whoever answers requests closes the store.
  const openStore = () => Promise.resolve({ ...store, close: () => Promise.resolve() })
  const session = { openStore, providers: configured, clock, env, egressAllow, longestMs, abort, texts }
  const { measure, close } = await openSession(session)
  const { results, keep } = keepResults()
  try {
    const aftermath = await openAftermath(store, app)
    const { id: runId, slot } = planned
    const run = { runId, lateAt: slot && lateAfter(schedule.cron, slot) }
    const made = await makeShards(run, callsAtOnce, {
      store,
      clock,
      sleep,
      uuid,
      random: Math.random,
      owner,
      region,
      budget,
      measure,
      stop,
      providers: configured,
      isInMaintenance: aftermath.isInMaintenance,
      whenUnreachable: { retryUntil: deadline.at },
      until: deadline.at,
      longestMs,
      watchers: [...aftermath.watchers, keep],
    })
    await aftermath.refresh()
    // It may have ended as it began, because no target was due.
    const closed = made.closed ?? (isNew && planned.status !== 'running' ? planned : null)
    if (closed !== null) await aftermath.closed(closed)
    return { made, results }
  } finally {
    await close()
  }
}
