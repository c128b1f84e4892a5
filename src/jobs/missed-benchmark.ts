import { missSlot } from '../run/begin.ts'
import { logEvents } from '../run/log-event.ts'
import { startSummary } from '../run/summary.ts'
import { watched } from '../run/watch.ts'
import type { Store, StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { slotFor } from './plan-benchmark.ts'
import type { BenchmarkRequest } from './request.ts'
import type { StartedBenchmark } from './started-benchmark.ts'

/**
 * The benchmark of a scheduled run that could not begin because the database failed: it has one event,
 * `run_missed`. Null for a run by hand.
 */
export async function missedBenchmark(
  request: BenchmarkRequest,
  app: App,
  error: StoreError,
): Promise<StartedBenchmark | null> {
  const { clock, spool, log } = app
  const { trigger, defaults } = request
  const slot = slotFor(request, { defaults, clock })
  if (slot === null) return null
  const { name } = defaults.schedule
  const id = app.uuid()
  const file: Store['fileMissed'] = (missed) => withStore(app.store.open, (store) => store.fileMissed(missed))
  const event = await missSlot(
    { id, name, trigger, schedule: name, slot },
    { region: defaults.region, clock, spool, file },
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
