import { readApp } from './app.ts'
import type { Environment } from './env.ts'
import { closingAfter } from './http/closing-after.ts'
import { configuredHere } from './http/configured.ts'
import { countFailures } from './http/failures.ts'
import { functionJobs } from './http/function-jobs.ts'
import { createHttp } from './http/http.ts'
import { openAccess } from './http/open-access.ts'
import { refuse } from './http/problem-details.ts'
import { securityHeaders } from './http/security-headers.ts'
import { openEventFeed } from './store/event-feed.ts'
import { openOnce } from './store/open-once.ts'

/** How long the function may take, in ms: its maxDuration in vercel.json minus the time to answer. */
export const apiMs = 120_000 - 10_000

/** One for all requests of this process, which are all that it can count. */
const failures = countFailures(() => performance.now())

/** Answers any request to the API for people and programs in this process's environment. */
export const handleApi = (request: Request): Promise<Response> => answerApi(request, process.env)

/** The same in any environment, as a serverless function: nothing outlives the answer. */
export async function answerApi(request: Request, env: Environment, budgetMs = apiMs): Promise<Response> {
  const app = await readApp(env, process.stdout)
  if ('problems' in app) return answerMisconfigured(app.problems)
  const store = openOnce(app.store.open)
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), budgetMs).unref()
  const feed = openEventFeed({
    listEvents: async (input) => (await store.get()).listEvents(input),
    // A connection for the length of a request would cost more than it saves.
    listen: null,
  })
  const access = openAccess(app, {
    hosting: 'function',
    port: () => null,
    listensAt: null,
    adminToken: () => app.web.adminToken,
    failures,
    // Vercel's own, which a client cannot set.
    addressOf: ({ req }) => req.header('x-real-ip') ?? 'unknown',
  })
  const { hono } = createHttp({
    app,
    hosting: 'function',
    access,
    budgetMs,
    configured: () => configuredHere(app),
    openStore: store.get,
    closing: over.signal,
    jobs: functionJobs(app, store.get),
    chat: null,
    feed,
  })
  return closingAfter(await hono.fetch(request), request, async () => {
    clearTimeout(timer)
    over.abort()
    await feed.close()
    await store.close()
  })
}

function answerMisconfigured(problems: readonly string[]): Response {
  const details = problems.join('; ')
  const line = { level: 50, app: 'firsttoken', kind: 'bad_configuration', msg: details }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  const headers = { ...securityHeaders }
  return refuse(
    'not_configured',
    'an environment variable or firsttoken.yaml cannot be used: the log says which',
    { headers },
  )
}
