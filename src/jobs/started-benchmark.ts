import type { JsonObject } from '../core/json.ts'
import type { Level, Search } from '../core/plan.ts'
import type { RecordedCalibration } from '../core/calibration.ts'
import type { Work } from '../core/work.ts'
import type { RunEvent } from '../run/events.ts'
import { logEvents } from '../run/log-event.ts'
import { isSignOfLife, type RunSummary, startSummary } from '../run/summary.ts'
import { watched } from '../run/watch.ts'
import type { Replay } from '../store/replay.ts'
import type { App } from './app.ts'
import type { OpenedSession } from './open-session.ts'
import { startTelemetry } from './telemetry.ts'
import { tellMs } from './teller.ts'

/** A benchmark whose probes are made as its events are read. */
export interface StartedBenchmark {
  /** The run as planned. If the slot has a run already, that one is joined, and its events have its id. */
  run: { id: string }
  /** Of a sweep: its levels, to which `run_extended` adds more, how they are searched, and what its requests say. */
  levels?: readonly Level[]
  search?: Search
  work?: Work
  /** Of a sweep: its settings as its run keeps them, without secrets that somebody typed into a prompt. */
  settings?: JsonObject
  /** What a person should know before it begins. */
  notes: string[]
  /** The delivery of what earlier runs had spooled; null if there is no spool to deliver. */
  replay: Replay | null
  events: AsyncIterable<RunEvent>
  /** The summary of the events read so far. */
  summary: RunSummary
  /** The last calibration of this machine. Rejects with StoreError. */
  latestCalibration: () => Promise<RecordedCalibration[]>
  /**
   * Closes the store, pings the dead man's switch if the run was a sign of life, and pushes its metrics if
   * there is where to.
   */
  close: () => Promise<void>
}

/** Adds the watchers to a benchmark, and what follows its run. */
export function started(
  id: string,
  app: App,
  run: Omit<OpenedSession, 'isReachable'> & Pick<StartedBenchmark, 'events'>,
): StartedBenchmark {
  const { session, notes, replay, events, watched: watching } = run
  const { store, close } = session
  const { log, ping, host, otlp, texts } = app
  const { summary, add } = startSummary()
  const shown = texts.open()
  const telemetry = otlp && startTelemetry(otlp, app)
  return {
    run: { id },
    notes,
    replay,
    events: watched(events, [
      shown.hear,
      logEvents(log),
      add,
      ...(telemetry ? [telemetry.add] : []),
      ...(watching ? [watching.alerting.watch] : []),
    ]),
    summary,
    latestCalibration: async () => (await store.latestCalibration({ host })).rows,
    close: async () => {
      shown.close()
      const push = await telemetry?.prepare(store)
      await Promise.all([
        watching?.alerting.finish(tellMs),
        watching?.askOfficial(AbortSignal.timeout(tellMs)),
      ])
      await close()
      // Each may take 10 s, so they come when whoever follows the events has shown the run.
      await Promise.all([isSignOfLife(summary) ? ping() : null, push?.()])
    },
  }
}
