import { z } from 'zod'
import { parseJson } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { startBenchmark } from '../jobs/benchmark.ts'
import { handOver } from '../jobs/hand-over.ts'
import { currentSlot } from '../jobs/plan-benchmark.ts'
import type { Refusal } from '../jobs/refusal.ts'
import { giveUpJob, startJob } from '../jobs/run-job.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { follow } from '../run/watch.ts'
import type { StoreFailure } from '../store/store.ts'
import { type BenchmarkAnswer, keepResults } from './benchmark-answer.ts'
import { bodyText } from './body.ts'
import { functionSetup } from './function-setup.ts'
import type { CronParts } from './parts.ts'
import { benchmarkPath } from './paths.ts'
import { failureProblem, problem, refusalProblem } from './problem.ts'
import { shareRun } from './share-run.ts'

/** The body of a request: nothing, or the id of a run to resume, which several calls make if it is `shared`. */
const benchmarkBody = z.object({ run: z.uuid().optional(), shared: z.boolean().optional() })

/**
 * Runs the benchmark of the current slot, or with a body `{"run": id}` the rest of that run, which may be one on demand
 * that has only begun. Answers when it is over: 200 even if probes failed, because they were recorded. What does
 * not fit is handed over to another call of this endpoint. Then runs on demand that wait are started: each that ends
 * starts the next, and the schedule those that were forgotten.
 */
export async function benchmarkHandler(request: Request, parts: CronParts): Promise<Response> {
  const body = await bodyText(request, mostBytes)
  if (body === null) return problem(413, 'too_large', `the body must not have more than ${mostBytes} bytes`)
  const asked = benchmarkBody.safeParse(jsonOf(body))
  if (!asked.success) return problem(400, 'bad_request', 'the body must be {} or {"run": "<id of a run>"}')
  const { run: runId, shared } = asked.data
  const isShared = shared ?? (runId === undefined && parts.app.config.fanOut > 0)
  const answer = isShared
    ? await shareRun(runId ?? null, request, parts)
    : await answerAlone(runId, request, parts)
  if (answer.ok) await parts.jobs.kick(request)
  return answer
}

/** Makes a run as one worker, and answers with it. Rejects with StoreError. */
async function answerAlone(runId: string | undefined, request: Request, parts: CronParts): Promise<Response> {
  const { app } = parts
  const made = await makeRun(runId, parts)
  if ('refusal' in made) return refusalProblem(made.refusal, app.log)
  const { summary, results } = made
  // A joined run is not the one that this call planned.
  if (summary.handedOver && summary.run !== null)
    await handOver(summary.run, new URL(benchmarkPath, request.url), app)
  const failure = summary.lost ?? summary.missed
  if (failure !== null) return failureProblem(withLogged(failure, summary.onlyLogged))
  const { skipped, handedOver: handed_over, run: row } = summary
  return Response.json({ skipped, handed_over, run: row, results } satisfies BenchmarkAnswer)
}

/** A run that has been made, as far as there was time. */
interface MadeRun {
  summary: StartedBenchmark['summary']
  results: BenchmarkAnswer['results']
}

/** Makes a run, or that of the current slot. One on demand that cannot be made is closed. Rejects with StoreError. */
async function makeRun(
  runId: string | undefined,
  { app, budgetMs, openStore }: CronParts,
): Promise<MadeRun | { refusal: Refusal }> {
  const setup = functionSetup(app, budgetMs)
  if (runId === undefined) return madeOf(await startBenchmark({ ...setup, ...currentSlot }, app), app)
  const store = await openStore()
  const made = await madeOf(await startJob(runId, setup, { app, store }), app)
  if ('refusal' in made) await giveUpJob(runId, app, store)
  return made
}

/** A failure that says how many results only the log holds. */
const withLogged = ({ message, ...failure }: StoreFailure, results: number): StoreFailure => ({
  ...failure,
  message:
    results === 0 ? message : `${message} Only the log has ${results} of the results: "result not recorded".`,
})
/** A hundred times the longest body that means something. */
const mostBytes = 8192

/** The JSON of a body; an empty object if there is none, since a cron sends none. */
const jsonOf = (body: string): unknown => (body.trim() === '' ? {} : parseJson(body))

/** Makes the probes of a run, and gives what the answer says of their results. */
async function madeOf(
  started: StartedBenchmark | { refusal: Refusal },
  { log }: App,
): Promise<MadeRun | { refusal: Refusal }> {
  if ('refusal' in started) return started
  const { notes, events, summary, close } = started
  for (const note of notes) log.warn(note)
  const { results, keep } = keepResults()
  try {
    await follow(events, [keep])
    return { summary, results }
  } finally {
    await close()
  }
}
