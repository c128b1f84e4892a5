import { trimmed } from './core/trimmed.ts'
import { readApp } from './app.ts'
import { systemClock } from './core/clock.ts'
import type { Environment } from './env.ts'
import { createCron } from './http/cron.ts'
import { functionJobs } from './http/function-jobs.ts'
import { answerMisconfigured } from './http/misconfigured.ts'
import { pingMs } from './net/ping.ts'
import { openOnce } from './store/open-once.ts'

/**
 * How long a function may take, in ms: the maxDuration of vercel.json minus the time to close the run, ping
 * and answer.
 */
export const functionMs = 300_000 - 15_000 - pingMs

/** Answers any request to the API in this process's environment. */
export const handleRequest = (request: Request): Promise<Response> => answer(request, process.env)

/** Answers any request to the API, as a serverless function does: nothing outlives the request. */
export async function answer(request: Request, env: Environment, budgetMs = functionMs): Promise<Response> {
  const log = process.stdout
  const app = await readApp(env, log)
  if ('problems' in app) {
    const { problems } = app
    const cronSecret = trimmed(env['CRON_SECRET'] ?? '') || null
    return answerMisconfigured(request, { problems, cronSecret, log, now: systemClock.date() })
  }
  const store = openOnce(app.store.open)
  const jobs = functionJobs(app, store.get)
  try {
    return await createCron({ app, budgetMs, openStore: store.get, jobs }).fetch(request)
  } finally {
    await store.close()
  }
}
