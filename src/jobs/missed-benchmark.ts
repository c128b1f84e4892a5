import { missSlot } from '../run/begin.ts'
import { logEvents } from '../run/log-event.ts'
import { startSummary } from '../run/summary.ts'
import { watched } from '../run/watch.ts'
import type { StoreError } from '../store/store.ts'
import type { App } from './app.ts'
import { slotFor } from './plan-benchmark.ts'
import type { BenchmarkRequest } from './request.ts'
import type { StartedBenchmark } from './started-benchmark.ts'

/**
 * The benchmark of a scheduled run that could not begin because the database is unreachable: it has one
 * event, `run_missed`. Null for a run by hand.
 */
export function missedBenchmark(
  request: BenchmarkRequest,
  app: App,
  error: StoreError,
): StartedBenchmark | null {
  const { clock, spool, log } = app
  const { trigger, defaults } = request
  const slot = slotFor(request, { defaults, clock })
  if (slot === null) return null
  const { name } = defaults.schedule
  const id = app.uuid()
  const event = missSlot(
    { id, name, trigger, schedule: name, slot },
    { region: defaults.region, clock, spool },
    error,
  )
  const { summary, add } = startSummary()
  return {
    run: { id },
    notes: [],
    replay: null,
    events: watched([event], [logEvents(log), add]),
    summary,
    latestCalibration: () => Promise.reject(error),
    close: () => Promise.resolve(),
  }
}
