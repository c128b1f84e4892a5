import { buildApp } from './app.ts'
import type { App } from './cli/app.ts'
import type { Started } from './http/cron.ts'
import type { Environment } from './env.ts'
import { createHttp } from './http/http.ts'
import { problem } from './http/problem.ts'
import { startLagMonitor } from './probe/lag.ts'
import { probe } from './probe/probe.ts'
import { warmUp } from './probe/sdk.ts'
import { configuredProviders } from './registry/configure.ts'
import { benchmark, noProviderKey } from './run/benchmark.ts'

/** Time a function has, in ms: the maxDuration of vercel.json, less what it takes to close the run and answer. */
const budgetMs = 300_000 - 15_000

/** Answers any request to the API in this process's environment. */
export const handleRequest = (request: Request): Promise<Response> => answer(request, process.env)

/** Answers any request to the API, as a serverless function does: nothing lives longer than the request. */
export async function answer(request: Request, env: Environment): Promise<Response> {
  const app = buildApp(env, process.stdout)
  if ('problems' in app) return problem(500, 'bad_configuration', app.problems.join('; '))
  const { cronSecret, log } = app
  return createHttp({ cronSecret, log, startScheduled: () => startScheduled(app) }).fetch(request)
}

async function startScheduled(app: App): Promise<Started> {
  const until = app.clock.now() + budgetMs
  const { providers, problems } = configuredProviders(app.env)
  for (const text of problems) app.log.error({ kind: 'bad_configuration' }, text)
  if (providers.length === 0) return { refusal: noProviderKey }
  const [store] = await Promise.all([app.store.open(), warmUp(providers.map(({ entry }) => entry.sdk))])
  const lag = startLagMonitor(app.clock)
  const close = async () => {
    lag.close()
    await store.close()
  }
  const started = await benchmark(
    { trigger: 'cron', scheduled: true, providers: [], model: null, runs: 1 },
    {
      ...app,
      store,
      providers,
      until,
      random: Math.random,
      measure: (call) => probe(call, { clock: app.clock, lag, env: app.env }),
      stop: new AbortController().signal,
    },
  ).catch(async (error: unknown) => {
    await close()
    throw error
  })
  if ('events' in started) return { events: started.events, close }
  await close()
  return started
}
