import { follow } from '../run/watch.ts'
import type { Pool } from '../probe/pool.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { hurrying, openInTime } from '../store/hurried.ts'
import { type Store, StoreError } from '../store/store.ts'
import type { App } from './app.ts'
import { openBell } from './bell.ts'
import { freeDeadLeases } from './free-leases.ts'
import { giveUpJob, nextJob, startJob } from './run-job.ts'

/** How a long-lived server keeps making runs on demand. */
export interface KeepJobsParts {
  /** Whom it may call besides those whose key is not set; by default whom the environment configures. */
  configured: readonly ConfiguredProvider[]
  /** How many it makes at once; by default as many as the installation allows. */
  limit?: number
  /** Begins nothing more, and leaves runs at work to another worker after the probe in hand. */
  stop: AbortSignal
  /** Ends the probe in hand too. */
  abort: AbortSignal
  /** Tells it, at each event that may have changed the queue, to look at once; returns how to end that. */
  wake?: (look: () => void) => () => void
  /** Threads to measure in; in this thread without. */
  pool?: Pick<Pool, 'measure'>
}

/** How often it looks without being woken, in ms. */
const lookMs = 2000

/**
 * Makes the runs on demand of the queue until stopped, and resumes those that another worker left; what it begins
 * with is what an earlier start of this machine left. A failing database is asked again.
 */
export async function keepJobs(app: App, parts: KeepJobsParts): Promise<void> {
  const { stop, wake, limit = app.config.onDemand.atOnce } = parts
  const bell = openBell(app.sleep, stop)
  const store = await openUntil(app, stop, () => bell.wait(lookMs))
  if (store === null) return
  const unsubscribe = wake?.(bell.ring)
  const atWork = new Set<Promise<void>>()
  try {
    while (!stop.aborted) {
      const runId = atWork.size < limit ? await tried(app, () => nextJob(app, store, limit)) : null
      if (runId === null) {
        await bell.wait(lookMs)
        continue
      }
      const job = makeJob(runId, app, { ...parts, store }).finally(() => {
        atWork.delete(job)
        // Whoever closes a run starts the next.
        bell.ring()
      })
      atWork.add(job)
    }
    await Promise.all(atWork)
  } finally {
    unsubscribe?.()
    await store.close()
  }
}

/** Opens the store and frees what dead workers hold; null if stopped before the database answers. */
async function openUntil(app: App, stop: AbortSignal, pause: () => Promise<void>): Promise<Store | null> {
  while (!stop.aborted) {
    const store = await tried(app, () => openInTime(() => app.store.open(), hurrying(stop)))
    if (store !== null) {
      await tried(app, () => freeDeadLeases(app, store))
      return store
    }
    await pause()
  }
  return null
}

/** What a call of the store gives; null if the database fails, which is logged. */
async function tried<Output>({ log }: App, call: () => Promise<Output>): Promise<Output | null> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.error({ kind: error.kind, code: error.code }, error.message)
    return null
  }
}

/** Makes one run to its end. What it fails at is logged: the others go on. */
async function makeJob(
  runId: string,
  app: App,
  { configured, stop: leave, abort, pool, store }: KeepJobsParts & { store: Store },
): Promise<void> {
  const setup = {
    configured,
    defaults: app.config.defaults,
    save: true,
    seed: null,
    // The server's end is not the run's.
    stop: new AbortController().signal,
    leave,
    abort,
    deadline: null,
    ...(pool && { pool }),
  }
  try {
    const started = await startJob(runId, setup, { app, store })
    if ('refusal' in started) {
      app.log.error({ run: runId }, started.refusal.message)
      return await giveUpJob(runId, app, store)
    }
    try {
      await follow(started.events, [])
    } finally {
      await started.close()
    }
  } catch (error) {
    // Of a run that was not closed the lease runs out, and the next look finds it.
    app.log.error({ run: runId, err: error }, 'a run on demand failed')
  }
}
