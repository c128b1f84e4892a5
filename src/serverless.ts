import { buildApp } from './app.ts'
import type { App } from './cli/app.ts'
import { systemClock } from './core/clock.ts'
import type { Environment } from './env.ts'
import { hasSecret } from './http/auth.ts'
import type { Started } from './http/cron.ts'
import { databaseAway, healthResponse } from './http/health.ts'
import { createHttp, healthPath } from './http/http.ts'
import { problem } from './http/problem.ts'
import { pingMs } from './net/ping.ts'
import { configuredProviders } from './registry/configure.ts'
import { patienceMs, patiently } from './run/patience.ts'
import { benchmark, executeParts, noProviderKey, type Refusal } from './run/benchmark.ts'
import { resume } from './run/execute.ts'
import { prune, type Pruning } from './run/prune.ts'
import { tooOld } from './run/retention.ts'
import { openSession } from './run/session.ts'
import type { Health } from './store/store.ts'
import { type StartedSync, startSync } from './sync/start.ts'

/** Time a function has, in ms: the maxDuration of vercel.json, less what it takes to close the run, tell of it and answer. */
const functionMs = 300_000 - 15_000 - pingMs
/** Share of it that one call may take at most: it must fit beside opening the database. */
const mostOfIt = 0.8

/** Answers any request to the API in this process's environment. */
export const handleRequest = (request: Request): Promise<Response> => answer(request, process.env)

/** Answers any request to the API, as a serverless function does: nothing lives longer than the request. */
export async function answer(request: Request, env: Environment, budgetMs = functionMs): Promise<Response> {
  const app = buildApp(env, process.stdout)
  if ('problems' in app) return misconfigured(request, env, app.problems)
  return createHttp({
    ...app,
    schedule: app.defaults.schedule,
    readHealth: () => readHealth(app),
    startScheduled: (runId) => startScheduled(app, runId, budgetMs),
    startSync: () => startScheduledSync(app),
    prune: () => pruneInTime(app, budgetMs),
  }).fetch(request)
}

/** An environment that cannot be used: which variable it is is for the log and for who has the secret. */
function misconfigured(request: Request, env: Environment, problems: readonly string[]): Response {
  const details = problems.join('; ')
  process.stdout.write(
    `${JSON.stringify({ level: 50, app: 'firsttoken', kind: 'bad_configuration', msg: details })}\n`,
  )
  if (new URL(request.url).pathname === healthPath) {
    const isStore = problems.some((text) => /^(DATABASE|SUPABASE)_URL:/.test(text))
    const reason = isStore ? databaseAway : 'bad configuration'
    return healthResponse({ reason, intervalMs: null, checkedAt: systemClock.date() })
  }
  const known = hasSecret(request, env['CRON_SECRET'] ?? null)
  return problem(
    500,
    'bad_configuration',
    known ? details : 'an environment variable cannot be used: the log says which',
  )
}

async function readHealth({ store, defaults }: App): Promise<Health> {
  const opened = await store.open()
  try {
    return await opened.readHealth({ schedule: defaults.schedule.name })
  } finally {
    await opened.close()
  }
}

/** Opens a session and gives the events of the current slot's run, or of the rest of the run that is named. */
async function startScheduled(app: App, runId: string | null, budgetMs: number): Promise<Started> {
  const until = app.clock.now() + budgetMs
  const { total } = app.defaults.timeouts
  if (total > budgetMs * mostOfIt) return { refusal: tooPatient }
  const { providers, problems } = configuredProviders(app.env)
  for (const { message } of problems) app.log.error({ kind: 'bad_configuration' }, message)
  if (providers.length === 0) return { refusal: noProviderKey }
  const giveUpAt = app.clock.now() + Math.min(patienceMs, budgetMs / 8)
  const openStore = () => patiently(app.store.open, { ...app, giveUpAt })
  const session = await openSession({ ...app, openStore, providers, longestMs: total })
  const { close } = session
  // Every call is a worker of its own, also where two share a process.
  const owner = `${app.owner}:${app.uuid()}`
  const stop = new AbortController().signal
  const parts = {
    ...app,
    ...session,
    owner,
    providers,
    until,
    giveUpAt,
    stop,
    random: Math.random,
    handsOver: true,
  }
  try {
    if (runId !== null) return { events: resume(runId, executeParts(parts, false)), close }
    const started = await benchmark(scheduledRequest, parts)
    if ('refusal' in started) {
      await close()
      return started
    }
    for (const note of started.notes) app.log.warn(note)
    return { events: started.events, close }
  } catch (error) {
    await close()
    throw error
  }
}

const scheduledRequest = { trigger: 'cron', scheduled: true, providers: [], model: null, runs: 1 } as const

async function startScheduledSync(app: App): Promise<StartedSync | { refusal: Refusal }> {
  const { providers, problems } = configuredProviders(app.env)
  for (const { message } of problems) app.log.error({ kind: 'bad_configuration' }, message)
  if (providers.length === 0) return { refusal: noProviderKey }
  const { heal, books } = app.sync
  const stop = AbortSignal.timeout(functionMs)
  const request = { providers, trigger: 'cron', dryRun: false, heal, acceptShrunk: false, stop } as const
  return startSync(request, { ...app, openStore: app.store.open, books })
}

/** Prunes until it is done or the function must end; a batch takes seconds at most. */
async function pruneInTime(app: App, budgetMs: number): Promise<Pruning> {
  const store = await app.store.open()
  try {
    const stop = AbortSignal.timeout(budgetMs * mostOfIt)
    return await prune(store, { retention: tooOld(app.retention, app.clock.date()), stop })
  } finally {
    await store.close()
  }
}

const tooPatient = {
  kind: 'bad_configuration',
  message: `TIMEOUT_TOTAL_S must be at most ${(functionMs * mostOfIt) / 1000}: a function ends after 300 seconds, and a probe that could not end in time is not begun`,
} as const
