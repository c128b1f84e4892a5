import { openAlerting } from '../jobs/alerting.ts'
import type { App } from '../jobs/app.ts'
import { askOfficial } from '../jobs/official.ts'
import { readMaintenance } from '../jobs/read-maintenance.ts'
import { startTelemetry } from '../jobs/telemetry.ts'
import { tellMs } from '../jobs/teller.ts'
import type { RunEvent } from '../run/events.ts'
import { logEvents } from '../run/log-event.ts'
import type { RunParts } from '../run/parts.ts'
import type { Watcher } from '../run/watch.ts'
import type { RunRecord, Store } from '../store/store.ts'

/** What follows from what a worker records. Nothing of it rejects. */
export interface Aftermath {
  /** Logs and judges what is recorded. */
  watchers: Watcher<RunEvent>[]
  /** Whether a target is in maintenance, by the windows of the last minute. */
  isInMaintenance: NonNullable<RunParts['isInMaintenance']>
  /** Reads the windows again, and pushes the metrics of the calls since the last time if there is where to. */
  refresh: () => Promise<void>
  /** Tells what came of a run that this worker closed, and pings the dead man's switch if it was a sign of life. */
  closed: (
    run: Pick<RunRecord, 'status' | 'schedule' | 'nProbes' | 'nSucceeded' | 'nFailed'>,
  ) => Promise<void>
}

/** Opens what follows, for as long as a store is open. */
export async function openAftermath(store: Store, app: App): Promise<Aftermath> {
  const alerting = openAlerting(store, app, { inThreads: true, saves: true })
  const openTelemetry = () => app.otlp && startTelemetry(app.otlp, app)
  let telemetry = openTelemetry()
  let isInMaintenance = await readMaintenance(store, app)
  return {
    watchers: [logEvents(app.log), (event) => telemetry?.add(event), alerting.watch],
    isInMaintenance: (...asked) => isInMaintenance(...asked),
    refresh: async () => {
      isInMaintenance = await readMaintenance(store, app)
      const ended = telemetry
      telemetry = openTelemetry()
      const push = await ended?.prepare(store)
      await push?.()
    },
    closed: async (run) => {
      await Promise.all([
        alerting.finish(tellMs),
        askOfficial(store, app, AbortSignal.timeout(tellMs)),
        isSignOfLife(run) ? app.ping() : null,
      ])
    },
  }
}

/** Whether a run left something in the database, or had nobody to call. */
const isSignOfLife = ({
  status,
  schedule,
  nProbes,
  nSucceeded,
  nFailed,
}: Parameters<Aftermath['closed']>[0]): boolean =>
  schedule !== null && status === 'finished' && (nSucceeded + nFailed > 0 || nProbes === 0)
