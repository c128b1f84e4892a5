import { buildApp } from './app.ts'
import type { Environment } from './env.ts'
import { configuredHere } from './http/configured.ts'
import { countFailures } from './http/failures.ts'
import { createHttp } from './http/http.ts'
import { openAccess } from './http/open-access.ts'
import { refuse } from './http/problem-details.ts'
import { securityHeaders } from './http/security-headers.ts'
import { openEventFeed } from './store/event-feed.ts'
import type { Store } from './store/store.ts'

/** How long the function may take, in ms: its maxDuration in vercel.json minus the time to answer. */
const functionMs = 60_000 - 10_000

/** One for all requests of this process, which are all that it can count. */
const failures = countFailures(() => performance.now())

/** Answers any request to the API for people and programs in this process's environment. */
export const handleApi = (request: Request): Promise<Response> => answerApi(request, process.env)

/** The same in any environment, as a serverless function: nothing outlives the answer. */
export async function answerApi(
  request: Request,
  env: Environment,
  budgetMs = functionMs,
): Promise<Response> {
  const app = buildApp(env, process.stdout)
  if ('problems' in app) return answerMisconfigured(app.problems)
  const store = openOnce(app.store.open)
  const feed = openEventFeed({
    listEvents: async (input) => (await store.get()).listEvents(input),
    // A connection for the length of a request would cost more than it saves.
    listen: null,
  })
  const access = openAccess(app, {
    hosting: 'function',
    port: () => null,
    adminToken: app.web.adminToken,
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
    closing: new AbortController().signal,
    jobs: { unavailable: 'runs cannot be started here', kick: () => Promise.resolve() },
    feed,
  })
  return closingAfter(await hono.fetch(request), async () => {
    await feed.close()
    await store.close()
  })
}

function answerMisconfigured(problems: readonly string[]): Response {
  const details = problems.join('; ')
  const line = { level: 50, app: 'firsttoken', kind: 'bad_configuration', msg: details }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  const headers = { ...securityHeaders }
  return refuse('not_configured', 'an environment variable cannot be used: the log says which', { headers })
}

/** A store that is opened when it is first asked for. */
function openOnce(open: () => Promise<Store>) {
  let opened: Promise<Store> | null = null
  return {
    get: () => (opened ??= open()),
    close: async () => {
      const store = await opened?.catch(() => null)
      await store?.close()
    },
  }
}

/** The response, after whose last byte something is closed: a stream reads the store until then. */
async function closingAfter(response: Response, close: () => Promise<void>): Promise<Response> {
  if (response.body === null) {
    await close()
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  void response.body
    .pipeTo(writable)
    .catch(() => undefined)
    .then(close)
  return new Response(readable, response)
}
