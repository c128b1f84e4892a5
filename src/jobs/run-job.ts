import { type Store, StoreError } from '../store/store.ts'
import type { App } from './app.ts'
import { resumeBenchmark } from './benchmark.ts'
import { endpointsOf } from './endpoints.ts'
import { keptFor } from './free-leases.ts'
import { onDemandProviders } from './job-request.ts'
import type { Refusal } from './refusal.ts'
import type { RunSetup } from './request.ts'
import type { StartedBenchmark } from './started-benchmark.ts'

/**
 * The run on demand that this process is to make now, kept for it for half a minute: one whose worker died, else
 * the oldest of the queue if fewer than may are at work. Null if there is none. Whoever closes a run on demand
 * asks, and so does every scheduled run. Rejects with StoreError.
 */
export const nextJob = async (
  { config, owner }: Pick<App, 'config' | 'owner'>,
  store: Pick<Store, 'nextJob'>,
  limit = config.onDemand.atOnce,
): Promise<string | null> => {
  const { runId } = await store.nextJob({ limit, region: config.defaults.region, owner })
  return runId
}

/** Gives a run back that was kept for an owner and that nobody has joined: the next to ask gets it. Rejects with StoreError. */
export const giveBack = async (
  { owner }: Pick<App, 'owner'>,
  store: Pick<Store, 'freeLeases'>,
): Promise<void> => void (await store.freeLeases({ owners: [`${keptFor}${owner}`] }))

/**
 * Closes a run on demand that cannot be made, so that nobody is given it again and again. Any other run, which may have
 * workers elsewhere, is left. A database that fails is logged.
 */
export async function giveUpJob(runId: string, { log }: Pick<App, 'log'>, store: JobStore): Promise<void> {
  try {
    const { run } = await store.readJob({ runId })
    if (run.triggeredBy !== 'api') return
    await store.skipProbes({ runId, reason: 'abandoned' })
    await store.finishRun({ runId, status: 'abandoned' })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.error({ run: runId, kind: error.kind, code: error.code }, error.message)
  }
}

/** How often a worker asks whether its run is cancelled, in ms: it is to end within a second. */
const watchMs = 500

/** What working on a run on demand needs besides the store of its session. */
type JobStore = Pick<Store, 'readJob' | 'skipProbes' | 'finishRun' | 'readRun' | 'listProviders'>

/**
 * Prepares a run on demand. While its events are read, it asks whether the run is cancelled, in whichever process,
 * and then ends the probe in hand, whose result is kept. Rejects with StoreError.
 */
export async function startJob(
  runId: string,
  setup: RunSetup,
  { app, store }: { app: App; store: JobStore },
): Promise<StartedBenchmark | { refusal: Refusal }> {
  const cancelled = new AbortController()
  const over = new AbortController()
  const configured = [...onDemandProviders(app.env, setup.configured), ...(await endpointsOf(runId, store))]
  const refusal = await whyNotCallable(runId, configured, { app, store })
  if (refusal !== null) return { refusal }
  const started = await resumeBenchmark(runId, { ...setup, configured, cancel: cancelled.signal }, app)
  if ('refusal' in started) return started
  void watchCancel(runId, app, { store, cancelled, over: over.signal })
  return {
    ...started,
    events: givenUpOn(started.events, { runId, app, store }),
    close: async () => {
      over.abort()
      await started.close()
    },
  }
}

/** Why this worker cannot make what is left of a run: another, with other settings, took it on. Null if it can. */
async function whyNotCallable(
  runId: string,
  configured: RunSetup['configured'],
  { app, store }: { app: App; store: JobStore },
): Promise<Refusal | null> {
  const { region } = app.config.defaults
  const { targets } = await store.readRun({ id: runId, limit: 1 })
  const open = targets.filter(
    (each) => each.region === region && each.n > each.n_ok + each.n_failed + each.n_skipped,
  )
  const missing = open.find(({ provider }) => configured.every(({ entry }) => entry.id !== provider))
  if (missing === undefined) return null
  const message = `run ${runId} calls ${missing.provider}, which is not configured here: workers that share a database need the same providers`
  return { kind: 'bad_configuration', message }
}

/** Passes events on. A bug closes the run, which would be resumed and meet it again and again. */
async function* givenUpOn(
  events: StartedBenchmark['events'],
  { runId, app, store }: { runId: string; app: App; store: JobStore },
): StartedBenchmark['events'] {
  try {
    yield* events
  } catch (error) {
    app.log.error({ run: runId, err: error }, 'the run was given up')
    await giveUpJob(runId, app, store)
    throw error
  }
}

/** Asks until a run is cancelled or over. A database that does not answer is asked again. */
async function watchCancel(
  runId: string,
  { sleep, log }: Pick<App, 'sleep' | 'log'>,
  parts: { store: Pick<Store, 'readJob'>; cancelled: AbortController; over: AbortSignal },
): Promise<void> {
  const { store, cancelled, over } = parts
  while (!over.aborted && !cancelled.signal.aborted) {
    try {
      const { isCancelling } = await store.readJob({ runId })
      if (isCancelling) cancelled.abort()
    } catch (error) {
      if (over.aborted) return
      log.warn(
        { run: runId, err: error instanceof StoreError ? error.message : error },
        'not known whether the run is cancelled',
      )
    }
    if (!cancelled.signal.aborted) await sleep(watchMs)
  }
}
