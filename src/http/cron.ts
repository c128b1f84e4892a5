import { Hono } from 'hono'
import type { App } from '../jobs/app.ts'
import { type JobName, scheduleOf } from '../jobs/schedule.ts'
import { StoreError } from '../store/store.ts'
import { refuseStranger } from './auth.ts'
import { benchmarkHandler } from './benchmark.ts'
import { healthHandler } from './health.ts'
import { leaderboardsHandler } from './leaderboards.ts'
import { problem, storeProblem } from './problem.ts'
import { pruneHandler } from './prune.ts'
import { syncHandler } from './sync.ts'

/** The path for monitoring. */
export const healthPath = '/api/health'

/** Answers a call that starts a job; `budgetMs` is how long it may take. Rejects with StoreError. */
type JobHandler = (request: Request, app: App, budgetMs: number) => Promise<Response>

const jobHandlers: Readonly<Record<JobName, JobHandler>> = {
  benchmark: benchmarkHandler,
  'sync-models': syncHandler,
  prune: pruneHandler,
  leaderboards: leaderboardsHandler,
}

/** The cron endpoints and the path for monitoring, which need no other access. `budgetMs` is how long a call may take. */
export function createCron(app: App, budgetMs: number): Hono {
  const http = new Hono()
  for (const { job } of scheduleOf(app.config)) {
    const path = `/api/cron/${job}`
    http.on(['GET', 'POST'], path, ({ req }) => startJob(jobHandlers[job], req.raw, { app, budgetMs }))
    http.all(path, () => problem(405, 'method_not_allowed', 'use GET or POST'))
  }
  http.get(healthPath, () => healthHandler(app))
  http.all(healthPath, () => problem(405, 'method_not_allowed', 'use GET'))
  http.notFound(({ req }) => problem(404, 'not_found', `there is nothing at ${req.path}`))
  http.onError((error) => {
    app.log.error({ error: error.stack }, 'a request failed')
    return problem(500, 'bug', 'the request failed because of a bug; the log has it')
  })
  return http
}

/** Starts a job if the request has the secret; a store failure is answered and logged. */
async function startJob(
  handler: JobHandler,
  request: Request,
  { app, budgetMs }: { app: App; budgetMs: number },
): Promise<Response> {
  const refused = refuseStranger(request, app.cronSecret)
  if (refused !== null) return refused
  try {
    return await handler(request, app, budgetMs)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, app.log)
  }
}
