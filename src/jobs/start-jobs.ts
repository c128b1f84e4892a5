import { type Store, StoreError } from '../store/store.ts'
import type { App } from './app.ts'
import { handOver } from './hand-over.ts'
import { giveBack, nextJob } from './run-job.ts'

/** A run on demand that is kept for whoever is called for it. */
interface TakenJob {
  runId: string
  owner: string
}

/**
 * Starts the runs on demand that wait, as many as may be at work, by one call each of the endpoint of benchmarks at a
 * URL: a function does not outlive its answer. What is refused stays begun without a worker, and is the first that the
 * next to start any gets. A database that fails is logged.
 */
export async function startJobs(url: URL, app: App, openStore: () => Promise<Store>): Promise<void> {
  try {
    const store = await openStore()
    const start = async (job: TakenJob) => {
      if (!(await handOver({ id: job.runId }, url, app))) await giveBack(job, store)
    }
    await Promise.all((await takeJobs(app, store)).map(start))
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    app.log.error({ kind: error.kind, code: error.code }, `runs on demand wait: ${error.message}`)
  }
}

async function takeJobs(app: App, store: Store): Promise<TakenJob[]> {
  const taken: TakenJob[] = []
  while (taken.length < app.config.onDemand.atOnce) {
    // Each has a name of its own, by which it alone is given back.
    const owner = `${app.owner}:${app.uuid()}`
    const runId = await nextJob({ ...app, owner }, store)
    if (runId === null) break
    taken.push({ runId, owner })
  }
  return taken
}
