import type { RecordedCalibration } from '../core/calibration.ts'
import { missSlot } from '../run/begin.ts'
import type { RunEvent } from '../run/events.ts'
import { execute, resume } from '../run/execute.ts'
import { logEvents } from '../run/log-event.ts'
import { spoolOf } from '../run/parts.ts'
import { type RunSummary, startSummary } from '../run/summary.ts'
import { watched } from '../run/watch.ts'
import { type Replay, replaySpool } from '../store/spool.ts'
import { isUnreachable, type StoreError } from '../store/store.ts'
import { withAfterRun } from './after-run.ts'
import type { App } from './app.ts'
import { openForRun, type OpenedSession } from './open-session.ts'
import { planBenchmark, slotFor } from './plan-benchmark.ts'
import type { Refusal } from './refusal.ts'
import { type BenchmarkRequest, refusalOf, type RunSetup } from './request.ts'
import { runPartsOf, startByOf } from './run-parts.ts'

/** A benchmark whose probes are made as its events are read. */
export interface StartedBenchmark {
  run: { id: string }
  /** What a person should know before it begins. */
  notes: string[]
  /** What was delivered of what earlier runs had left in the spool; null if there is no spool. */
  replay: Replay | null
  events: AsyncIterable<RunEvent>
  /** What the events read so far add up to. */
  summary: RunSummary
  /** The last calibration of this machine. Rejects with StoreError. */
  latestCalibration: () => Promise<RecordedCalibration[]>
  /** Closes the store. */
  close: () => Promise<void>
}

/** Plans a benchmark and prepares its run. Rejects with StoreError if the database does not answer, unless its slot is then missed. */
export async function startBenchmark(
  request: BenchmarkRequest,
  app: App,
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const refusal = refusalOf(request, app.clock.now())
  if (refusal !== null) return { refusal }
  const startBy = startByOf(request, app)
  try {
    const opened = await openForRun(request, app, startBy)
    return await closeIfFailed(opened, () => prepare(request, app, { ...opened, startBy }))
  } catch (error) {
    const missed = isUnreachable(error) ? missedRun(request, app, error) : null
    if (missed === null) throw error
    return missed
  }
}

/** Prepares the rest of a run that another call left. Rejects with StoreError. */
export async function resumeBenchmark(
  runId: string,
  setup: RunSetup,
  app: App,
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const refusal = refusalOf(setup, app.clock.now())
  if (refusal !== null) return { refusal }
  const startBy = startByOf(setup, app)
  const opened = await openForRun({ ...setup, scheduled: true }, app, startBy)
  const parts = runPartsOf(setup, app, { ...opened.session, startBy })
  return started(runId, app, { ...opened, replay: null, events: resume(runId, parts) })
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
  const { session, startBy, notes } = opened
  const replay = opened.isReachable && request.save ? await deliverSpool(opened, app) : null
  const parts = runPartsOf(request, app, { ...session, startBy })
  const { store, clock, sleep, random, uuid, stop, whenUnreachable } = parts
  const { configured, defaults } = request
  const planned = await planBenchmark(request, {
    store,
    isReachable: opened.isReachable,
    mayGoWithout: spoolOf(whenUnreachable) !== null,
    clock,
    sleep,
    startBy,
    stop,
    random,
    uuid,
    configured,
    defaults,
    findPrice: app.findPrice,
  })
  if ('refusal' in planned) return planned
  const { plan, isReachable } = planned
  const events = execute(plan, parts, isReachable)
  return started(plan.id, app, { session, replay, events, notes: [...notes, ...planned.notes] })
}

/** Delivers what earlier runs could not. */
async function deliverSpool({ session }: OpenedSession, { spool, log }: App): Promise<Replay | null> {
  if (spool === null) return null
  const replay = await replaySpool(spool.dir, session.store.deliver)
  if (replay.away !== null) log.warn({ kind: replay.away.kind }, replay.away.message)
  return replay
}

/** A run with its watchers, and what follows it. */
function started(
  id: string,
  { log, ping, host }: App,
  run: Pick<OpenedSession, 'session' | 'notes'> & Pick<StartedBenchmark, 'replay' | 'events'>,
): StartedBenchmark {
  const { session, notes, replay, events } = run
  const { store, close } = session
  const { summary, add } = startSummary()
  return {
    run: { id },
    notes,
    replay,
    events: watched(withAfterRun(events, { store, ping, summary }), [logEvents(log), add]),
    summary,
    latestCalibration: async () => (await store.latestCalibration({ host })).rows,
    close,
  }
}

/** A scheduled run that could not begin because the database is unreachable, as its only event; null for a run by hand. */
function missedRun(request: BenchmarkRequest, app: App, error: StoreError): StartedBenchmark | null {
  const { clock, spool, log } = app
  const { trigger, defaults } = request
  const slot = slotFor(request, { defaults, clock })
  if (slot === null) return null
  const { name } = defaults.schedule
  const id = app.uuid()
  const whenUnreachable = spool === null ? ('fail' as const) : { spool }
  const event = missSlot(
    { id, name, trigger, schedule: name, slot },
    { region: defaults.region, clock, whenUnreachable },
    error,
  )
  const { summary, add } = startSummary()
  return {
    run: { id },
    notes: [],
    replay: null,
    events: watched([event], [logEvents(log), add]),
    summary,
    latestCalibration: () => Promise.reject(error),
    close: () => Promise.resolve(),
  }
}
