import { z } from 'zod'
import { parseJson } from '../core/json.ts'
import type { App } from '../jobs/app.ts'
import { resumeBenchmark, startBenchmark } from '../jobs/benchmark.ts'
import { currentSlot } from '../jobs/plan-benchmark.ts'
import type { RunSetup } from '../jobs/request.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import type { RunEvent } from '../run/events.ts'
import { follow } from '../run/watch.ts'
import type { StoreFailure } from '../store/store.ts'
import { bodyText } from './body.ts'
import { configuredHere } from './configured.ts'
import { failureProblem, problem, refusalProblem } from './problem.ts'
import { runRow } from './run-row.ts'

/** The body of a request: nothing, or the id of a run to resume. */
const benchmarkBody = z.object({ run: z.uuid().optional() })

/** What the endpoint answers once the run is over. */
export const benchmarkAnswer = z.strictObject({
  /** The slot has its run already, or another worker holds the lease. */
  skipped: z.boolean(),
  /** Another call makes the rest. */
  handed_over: z.boolean(),
  run: runRow.nullable(),
  results: z.array(
    z.strictObject({
      provider: z.string(),
      model: z.string(),
      success: z.boolean(),
      error_kind: z.string().nullable(),
      ttft_ms: z.number().nullable(),
      tps: z.number().nullable(),
    }),
  ),
})

type BenchmarkAnswer = z.infer<typeof benchmarkAnswer>

/**
 * Runs the benchmark of the current slot, or with a body `{"run": id}` the rest of that run. Answers when it
 * is over: 200 even if probes failed, because they were recorded. What does not fit is handed over to another
 * call of this endpoint.
 */
export async function benchmarkHandler(request: Request, app: App, budgetMs: number): Promise<Response> {
  const body = await bodyText(request, mostBytes)
  if (body === null) return problem(413, 'too_large', `the body must not have more than ${mostBytes} bytes`)
  const asked = benchmarkBody.safeParse(jsonOf(body))
  if (!asked.success) return problem(400, 'bad_request', 'the body must be {} or {"run": "<id of a run>"}')
  const { run } = asked.data
  const setup = setupOf(app, budgetMs)
  const started = await (run === undefined
    ? startBenchmark({ ...setup, ...currentSlot }, app)
    : resumeBenchmark(run, setup, app))
  if ('refusal' in started) return refusalProblem(started.refusal, app.log)
  for (const note of started.notes) app.log.warn(note)
  const results = await resultsOf(started)
  const { summary } = started
  // A joined run is not the one that this call planned.
  if (summary.handedOver && summary.run !== null) await handOver(request, summary.run.id, app)
  const failure = summary.lost ?? summary.missed
  if (failure !== null) return failureProblem(withLogged(failure, summary.onlyLogged))
  const { skipped, handedOver: handed_over, run: row } = summary
  return Response.json({ skipped, handed_over, run: row, results } satisfies BenchmarkAnswer)
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

/** The setup of a call, which only its deadline stops. */
function setupOf(app: App, budgetMs: number): RunSetup {
  const { signal } = new AbortController()
  return {
    configured: configuredHere(app),
    defaults: app.config.defaults,
    save: true,
    seed: null,
    stop: signal,
    abort: signal,
    deadline: { at: app.clock.now() + budgetMs, budgetMs, onExpiry: 'hand_over' },
  }
}

/** Makes the run, and gives what the answer says of its results. */
async function resultsOf({ events, close }: StartedBenchmark): Promise<BenchmarkAnswer['results']> {
  const results: BenchmarkAnswer['results'] = []
  const keep = (event: RunEvent) => {
    if (!('result' in event)) return
    const { provider, model, success, error_kind, ttft_ms, tps } = event.result
    results.push({ provider, model, success, error_kind, ttft_ms, tps })
  }
  try {
    await follow(events, [keep])
    return results
  } finally {
    await close()
  }
}

/** A call that is accepted works for minutes, so no answer within this time, in ms, means success. */
const acceptedMs = 3000

/** Calls this endpoint for the rest of a run, and does not wait for its end: only a refusal comes at once. */
async function handOver(request: Request, run: string, { cronSecret, log }: App): Promise<void> {
  const headers = { authorization: `Bearer ${cronSecret}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(acceptedMs)
  const init = { method: 'POST', headers, body: JSON.stringify({ run }), signal, redirect: 'manual' } as const
  try {
    const response = await fetch(new URL(new URL(request.url).pathname, request.url), init)
    if (!response.ok) log.error({ run, status: response.status }, 'the rest of the run was not taken over')
  } catch (error) {
    if (!signal.aborted) log.error({ run, err: error }, 'the rest of the run could not be handed over')
  }
}
