import type { Logger } from 'pino'
import type { Ping } from '../net/ping.ts'
import type { Refusal } from '../run/benchmark.ts'
import { isSignOfLife, startDigest } from '../run/digest.ts'
import type { RunEvent } from '../run/execute.ts'
import { logEvent } from '../run/log-event.ts'
import { toRunRow } from '../store/rows.ts'
import { StoreError } from '../store/store.ts'
import { refuseStranger } from './auth.ts'
import { problem } from './problem.ts'

/** A scheduled benchmark that has been prepared, or why none can be made. `close` lets go of the store. */
export type Started = { events: AsyncIterable<RunEvent>; close: () => Promise<void> } | { refusal: Refusal }

/** What the cron endpoints are made with. */
export interface CronParts {
  cronSecret: string | null
  log: Logger
  /** Prepares the benchmark of the current slot; rejects with StoreError. */
  startScheduled: () => Promise<Started>
  /** Tells that a scheduled run went its way. */
  ping: Ping
}

/** Runs the benchmark of the current slot. Answers when it is over: 200 also where probes failed, since they were recorded. */
export async function benchmarkHandler(request: Request, parts: CronParts): Promise<Response> {
  const refused = refuseStranger(request, parts.cronSecret)
  if (refused !== null) return refused
  try {
    const started = await parts.startScheduled()
    if ('refusal' in started) {
      parts.log.error({ kind: started.refusal.kind }, started.refusal.message)
      return problem(500, started.refusal.kind, started.refusal.message)
    }
    try {
      return await answer(started.events, parts)
    } finally {
      await started.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeProblem(error, parts.log)
  }
}

async function answer(events: AsyncIterable<RunEvent>, { log, ping }: CronParts): Promise<Response> {
  const { add, digest } = startDigest()
  for await (const event of events) {
    logEvent(log, event)
    add(event)
  }
  if (isSignOfLife(digest)) await ping()
  const { run, slotTaken, lost } = digest
  if (lost !== null) return storeProblem(lost, log)
  const results = digest.results.map(({ provider, model, success, error_kind, ttft_ms, tps }) => ({
    provider,
    model,
    success,
    error_kind,
    ttft_ms,
    tps,
  }))
  return Response.json({ skipped: slotTaken, run: run === null ? null : toRunRow(run), results })
}

/** A store that failed, as an answer and in the log. */
export function storeProblem(error: StoreError, log: Logger): Response {
  log.error({ kind: error.kind, code: error.code }, error.message)
  const away = error.kind === 'unavailable' || error.kind === 'timeout'
  return problem(away ? 503 : 500, `store_${error.kind}`, error.message)
}
