import type { ResultRow } from '../core/row.ts'
import type { Otlp } from '../net/otlp.ts'
import { genAiName } from '../registry/providers.ts'
import type { RunEvent } from '../run/events.ts'
import type { Watcher } from '../run/watch.ts'
import { within } from '../run/within.ts'
import type { MonitoringInput } from '../store/metrics-codec.ts'
import { type RunStore, StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/** Collects the results of a run, and pushes them when it has ended. */
interface Telemetry {
  add: Watcher<RunEvent>
  /**
   * Prepares the push, with what the database knows: for while the store is open. Neither this nor the push
   * rejects; null if there is nothing to push.
   */
  prepare: (store: Pick<RunStore, 'readMetrics'>) => Promise<(() => Promise<void>) | null>
}

/** How long the database may take to say what it knows, in ms. */
const readMs = 2000

/** The telemetry of one run. What makes its request is loaded when there is one. */
export function startTelemetry(otlp: Otlp, { clock, log, config }: App): Telemetry {
  const results: ResultRow[] = []
  const since = clock.date()
  return {
    // What a sweep calls is no sample of anything but its own load.
    add: (event) => void ('result' in event && event.result.level === null && results.push(event.result)),
    prepare: async (store) => {
      if (results.length === 0) return null
      const { familiesOf } = await import('../report/metric-families.ts')
      const { otlpRequest } = await import('../report/otlp.ts')
      const synthetic = results.every((result) => result.synthetic)
      const known = await readKnown(store, { synthetic, schedule: config.defaults.schedule.name }, log)
      const now = clock.date()
      const request = otlpRequest({
        resource: otlp.resource,
        families: known === null ? [] : familiesOf(known, synthetic),
        now,
        calls: { since, until: now, results, providerName: genAiName },
      })
      return () => otlp.push(request)
    },
  }
}

/** What the database knows; null if it does not say, which is logged. */
async function readKnown(store: Pick<RunStore, 'readMetrics'>, input: MonitoringInput, log: App['log']) {
  const late = new StoreError('timeout', `read_metrics: no answer within ${readMs / 1000} s.`)
  try {
    return await within(store.readMetrics(input), readMs, late)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ kind: error.kind, code: error.code }, `only this run's calls are pushed: ${error.message}`)
    return null
  }
}
