import type { Logger } from 'pino'
import { z } from 'zod'
import type { Ping } from '../net/ping.ts'
import type { Refusal } from '../run/benchmark.ts'
import { type Digest, isSignOfLife, startDigest } from '../run/digest.ts'
import type { RunEvent } from '../run/execute.ts'
import { logEvent } from '../run/log-event.ts'
import { toRunRow } from '../store/run-codec.ts'
import { isUnreachable, StoreError } from '../store/store.ts'
import { refuseStranger } from './auth.ts'
import { problem } from './problem.ts'

/** A scheduled benchmark that has been prepared, or why none can be made. `close` lets go of the store. */
export type Started = { events: AsyncIterable<RunEvent>; close: () => Promise<void> } | { refusal: Refusal }

/** What the cron endpoints are made with. */
export interface CronParts {
  cronSecret: string | null
  log: Logger
  /** Prepares the benchmark of the current slot, or the rest of the run that is named; rejects with StoreError. */
  startScheduled: (runId: string | null) => Promise<Started>
  /** Tells that a scheduled run went its way. */
  ping: Ping
}

/**
 * Runs the benchmark of the current slot; with a body `{"run": id}` the rest of that run. Answers when it is over: 200 also where
 * probes failed, since they were recorded. What there is no time for is handed to another call of this endpoint.
 */
export async function benchmarkHandler(request: Request, parts: CronParts): Promise<Response> {
  const refused = refuseStranger(request, parts.cronSecret)
  if (refused !== null) return refused
  const asked = body.safeParse(await jsonOf(request))
  if (!asked.success) return problem(400, 'bad_request', 'the body must be {} or {"run": "<id of a run>"}')
  try {
    const started = await parts.startScheduled(asked.data.run ?? null)
    if ('refusal' in started) return refusalProblem(started.refusal, parts.log)
    const { digest, rest } = await follow(started, parts.log)
    if (rest !== null) await handOver(request, rest, parts)
    if (isSignOfLife(digest)) await parts.ping()
    return answer(digest, { handedOver: rest !== null, log: parts.log })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, parts.log)
  }
}

const body = z.object({ run: z.uuid().optional() })

/** The JSON of a body; an empty object where there is none, since a cron sends none. */
async function jsonOf(request: Request): Promise<unknown> {
  const text = await request.text()
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

type Ready = Exclude<Started, { refusal: Refusal }>

/** Follows a run to its end; `rest` is the id of the run where some of it is left for another call. */
async function follow(
  { events, close }: Ready,
  log: Logger,
): Promise<{ digest: Digest; rest: string | null }> {
  const { add, digest } = startDigest()
  let rest: string | null = null
  try {
    for await (const event of events) {
      logEvent(log, event)
      add(event)
      if (event.type === 'handed_over') rest = event.run.id
    }
  } finally {
    await close()
  }
  return { digest, rest }
}

/** Another call that is accepted works for minutes, so no answer within this time, in ms, is a good one. */
const acceptedMs = 3000

/** Calls this endpoint for the rest of a run. It goes on after we have left: only a refusal comes at once. */
async function handOver(request: Request, run: string, { cronSecret, log }: CronParts): Promise<void> {
  const url = new URL('/api/cron/benchmark', request.url)
  const headers = { authorization: `Bearer ${cronSecret}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(acceptedMs)
  const init = { method: 'POST', headers, body: JSON.stringify({ run }), signal, redirect: 'manual' } as const
  try {
    const response = await fetch(url, init)
    if (!response.ok) log.error({ run, status: response.status }, 'the rest of the run was not taken over')
  } catch (error) {
    if (!signal.aborted) log.error({ run, err: error }, 'the rest of the run could not be handed over')
  }
}

function answer(digest: Digest, { handedOver, log }: { handedOver: boolean; log: Logger }): Response {
  const { run, slotTaken, lost, missed } = digest
  const failed = lost ?? missed
  if (failed !== null) return storeProblem(failed, log)
  const results = digest.results.map(({ provider, model, success, error_kind, ttft_ms, tps }) => ({
    provider,
    model,
    success,
    error_kind,
    ttft_ms,
    tps,
  }))
  const about = { skipped: slotTaken, handed_over: handedOver, run: run === null ? null : toRunRow(run) }
  return Response.json({ ...about, results })
}

/** Why nothing can be made, as an answer and in the log. */
export function refusalProblem({ kind, message }: Refusal, log: Logger): Response {
  log.error({ kind }, message)
  return problem(500, kind, message)
}

/** A store that failed, as an answer and in the log. */
export function storeProblem(error: StoreError, log: Logger): Response {
  log.error({ kind: error.kind, code: error.code }, error.message)
  return problem(isUnreachable(error) ? 503 : 500, `store_${error.kind}`, error.message)
}
