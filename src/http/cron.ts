import { Hono } from 'hono'
import { type JobName, scheduleOf } from '../jobs/schedule.ts'
import { StoreError } from '../store/store.ts'
import { refuseStranger } from './auth.ts'
import { benchmarkHandler } from './benchmark.ts'
import { healthHandler } from './health.ts'
import { leaderboardsHandler } from './leaderboards.ts'
import type { CronParts } from './parts.ts'
import { problem, storeProblem } from './problem.ts'
import { pruneHandler } from './prune.ts'
import { syncHandler } from './sync.ts'

/** The path for monitoring. */
export const healthPath = '/api/health'

/** Answers a call that starts a job. Rejects with StoreError. */
type JobHandler = (request: Request, parts: CronParts) => Promise<Response>

const jobHandlers: Readonly<Record<JobName, JobHandler>> = {
  benchmark: benchmarkHandler,
  'sync-models': syncHandler,
  prune: pruneHandler,
  leaderboards: leaderboardsHandler,
}

/** The cron endpoints and the path for monitoring, which need no other access. */
export function createCron(parts: CronParts): Hono {
  const { app } = parts
  const http = new Hono()
  for (const { job } of scheduleOf(app.config)) {
    const path = `/api/cron/${job}`
    http.on(['GET', 'POST'], path, ({ req }) => startJob(jobHandlers[job], req.raw, parts))
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
async function startJob(handler: JobHandler, request: Request, parts: CronParts): Promise<Response> {
  const { app } = parts
  const refused = refuseStranger(request, app.cronSecret)
  if (refused !== null) return refused
  try {
    return await handler(request, parts)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, app.log)
  }
}
