import { withoutKeysIn } from '../net/redact.ts'
import { execute, resume } from '../run/execute.ts'
import { toSettingsInput } from '../store/plan-codec.ts'
import { StoreError } from '../store/store.ts'
import type { App } from './app.ts'
import { missedBenchmark } from './missed-benchmark.ts'
import { openForRun, type OpenedSession } from './open-session.ts'
import { planBenchmark } from './plan-benchmark.ts'
import type { Refusal } from './refusal.ts'
import { type BenchmarkRequest, refusalOf, type RunSetup } from './request.ts'
import { runPartsOf, startByOf } from './run-parts.ts'
import { secretsOf } from './secrets.ts'
import { started, type StartedBenchmark } from './started-benchmark.ts'

/**
 * Plans a benchmark and prepares its run. Rejects with StoreError if the database fails; a scheduled run is
 * then missed instead.
 */
export async function startBenchmark(
  request: BenchmarkRequest,
  app: App,
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const refusal = refusalOf(request)
  if (refusal !== null) return { refusal }
  const startBy = startByOf(request, app)
  try {
    const opened = await openForRun(request, app, startBy)
    return await closeIfFailed(opened, () => prepare(request, app, { ...opened, startBy }))
  } catch (error) {
    const missed = error instanceof StoreError ? await missedBenchmark(request, app, error) : null
    if (missed === null) throw error
    return missed
  }
}

/** Prepares the rest of a run that another call handed over. Rejects with StoreError. */
export async function resumeBenchmark(
  runId: string,
  setup: RunSetup,
  app: App,
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const refusal = refusalOf(setup)
  if (refusal !== null) return { refusal }
  const startBy = startByOf(setup, app)
  const opened = await openForRun({ ...setup, scheduled: true }, app, startBy)
  const parts = runPartsOf(setup, app, { ...opened.session, watched: opened.watched, startBy })
  return started(runId, app, { ...opened, events: resume(runId, parts) })
}

async function closeIfFailed<Output extends object>(
  { session }: OpenedSession,
  action: () => Promise<Output>,
): Promise<Output> {
  try {
    const output = await action()
    if ('refusal' in output) await session.close()
    return output
  } catch (error) {
    await session.close()
    throw error
  }
}

async function prepare(
  request: BenchmarkRequest,
  app: App,
  opened: OpenedSession & { startBy: number },
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const { session, startBy, notes, replay, watched } = opened
  const parts = runPartsOf(request, app, { ...session, watched, startBy })
  const { store, clock, sleep, random, uuid, stop } = parts
  const { configured, defaults } = request
  const planned = await planBenchmark(request, {
    store,
    isReachable: opened.isReachable,
    mayGoWithout: request.save && app.spool !== null,
    clock,
    sleep,
    startBy,
    stop,
    random,
    uuid,
    configured,
    defaults,
    egressAllow: app.config.egressAllow,
    findPrice: app.findPrice,
  })
  if ('refusal' in planned) return planned
  const { plan, isReachable } = planned
  const events = execute(plan, parts, isReachable)
  const run = started(plan.id, app, { session, replay, events, notes: [...notes, ...planned.notes], watched })
  const { levels, search, work } = plan.settings
  const searched = { ...(search && { search }), ...(work && { work }) }
  if (levels === undefined) return run
  const settings = withoutKeysIn(toSettingsInput(plan.settings), secretsOf(app.env, configured))
  return { ...run, levels, ...searched, settings }
}
