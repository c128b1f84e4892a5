import { Hono } from 'hono'
import { benchmarkHandler, type CronParts } from './cron.ts'
import { healthHandler, type HealthParts } from './health.ts'
import { problem } from './problem.ts'
import { pruneHandler, type PruneParts } from './prune.ts'
import { syncHandler, type SyncParts } from './sync.ts'

/** Where whoever watches the monitor asks. */
export const healthPath = '/api/health'

/** Everything the HTTP API is made with. */
export type HttpParts = CronParts & SyncParts & PruneParts & HealthParts

/** The HTTP API: routes to Web `Request`s, wherever they come from. */
export function createHttp(parts: HttpParts): Hono {
  const http = new Hono()
  http.on(['GET', 'POST'], '/api/cron/benchmark', (context) => benchmarkHandler(context.req.raw, parts))
  http.on(['GET', 'POST'], '/api/cron/sync-models', (context) => syncHandler(context.req.raw, parts))
  http.on(['GET', 'POST'], '/api/cron/prune', (context) => pruneHandler(context.req.raw, parts))
  for (const path of ['/api/cron/benchmark', '/api/cron/sync-models', '/api/cron/prune'])
    http.all(path, () => problem(405, 'method_not_allowed', 'use GET or POST'))
  http.get(healthPath, () => healthHandler(parts))
  http.all(healthPath, () => problem(405, 'method_not_allowed', 'use GET'))
  http.notFound(({ req }) => problem(404, 'not_found', `there is nothing at ${req.path}`))
  http.onError((error) => {
    parts.log.error({ error: error.stack }, 'a request failed')
    return problem(500, 'bug', 'the request failed for a reason of ours; the log has it')
  })
  return http
}
