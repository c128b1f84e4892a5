import type { ResultRow } from '../core/row.ts'
import type { App } from '../jobs/app.ts'
import { type StartedBenchmark, startBenchmark } from '../jobs/benchmark.ts'
import type { BenchmarkRequest } from '../jobs/request.ts'
import { clockErrorLine } from '../report/calibration.ts'
import { printable } from '../report/format.ts'
import { replayText } from '../report/spool.ts'
import type { RunEvent } from '../run/events.ts'
import type { RunSummary } from '../run/summary.ts'
import { follow, type Watcher } from '../run/watch.ts'
import { documentText, writeDocument } from './document.ts'
import { exitCode } from './exit-code.ts'
import { refuse } from './failure.ts'
import { type Progress, showProgress } from './progress.ts'
import { probeAnnouncement, stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

/** What a benchmark is asked for on a command line; how it is stopped is not among it. */
export type Asked = Omit<BenchmarkRequest, 'stop' | 'abort' | 'deadline'>

/** How a benchmark is shown. */
export interface Shown {
  streams: Streams
  /** Only the document on stdout. */
  json: boolean
  /** Only errors. */
  quiet: boolean
  verbose: boolean
  /** File for the document; null for none. */
  out: string | null
}

/** Makes a benchmark, shows it and returns its exit code. Rejects with StoreError if the database fails before it begins. */
export const runBenchmark = (asked: Asked, app: App, shown: Shown): Promise<number> =>
  stoppable(async ({ stop, abort }) => {
    const started = await startBenchmark({ ...asked, stop, abort, deadline: null }, app)
    if ('refusal' in started) return refuse({ problem: started.refusal.message }, shown)
    try {
      const code = await show(started, { asked, app, shown })
      // Whoever stops the wait for a database has ended the run, rather than the database.
      return stop.aborted && code === exitCode.notRecorded ? exitCode.interrupted : code
    } finally {
      await started.close()
    }
  }, probeAnnouncement(shown.streams.stderr))

/** What is shown, of what, and where. */
interface Showing {
  asked: Asked
  app: App
  shown: Shown
}

/** Shows the run as it goes, then its document if one was asked for. */
async function show(started: StartedBenchmark, { asked, app, shown }: Showing): Promise<number> {
  const { streams, json, out, quiet } = shown
  const { notes, replay, summary } = started
  if (replay !== null && (replay.files > 0 || replay.rejected.length > 0))
    streams.stderr.write(`firsttoken: ${replayText(replay)}\n`)
  for (const note of notes) streams.stderr.write(`firsttoken: ${printable(note)}\n`)
  const results: ResultRow[] = []
  const wantsDocument = json || out !== null
  const progress = quiet ? null : await progressOf(started, { asked, app, shown })
  await follow(started.events, [
    progress === null ? showTrouble(streams) : progress.show,
    // The document is written in one piece, so its results have to be kept; otherwise none is.
    (event) => void (wantsDocument && 'result' in event && results.push(event.result)),
  ])
  progress?.clear()
  if (wantsDocument) writeOut(documentText({ run: summary.run, results }), shown)
  return codeOf(summary)
}

/** Shows what even `--quiet` does not hide. A result that waits on disk is no trouble. */
const showTrouble =
  ({ stderr }: Streams): Watcher<RunEvent> =>
  (event) => {
    if ('error' in event && event.type !== 'probe_spooled')
      stderr.write(`firsttoken: ${printable(event.error.message)}\n`)
  }

async function progressOf(started: StartedBenchmark, { asked, app, shown }: Showing): Promise<Progress> {
  const { streams, json } = shown
  return showProgress(json ? streams.stderr : streams.stdout, {
    recordedIn: asked.save ? app.store.name : 'nothing (--no-save)',
    clockError: asked.save ? await clockErrorHere(started, { app, shown }) : null,
  })
}

/** What the last calibration of this machine found, as a line; null if there is none. A failure to read it disturbs no run. */
async function clockErrorHere(
  { latestCalibration }: StartedBenchmark,
  { app: { clock, log }, shown }: Pick<Showing, 'app' | 'shown'>,
): Promise<string | null> {
  try {
    return clockErrorLine(await latestCalibration(), { now: clock.date(), verbose: shown.verbose })
  } catch (error) {
    log.debug({ error: String(error) }, 'the last calibration could not be read')
    return null
  }
}

function writeOut(text: string, { streams, json, out }: Shown): void {
  const unwritten = out === null ? null : writeDocument(out, text)
  if (unwritten !== null) streams.stderr.write(`firsttoken: --out: ${unwritten}\n`)
  if (json) streams.stdout.write(text)
}

/** The exit code of a run. A result that was lost is louder than those that were kept. */
function codeOf({ run, skipped, lost, missed, recorded, succeeded }: RunSummary): number {
  if (skipped) return exitCode.ok
  if (missed !== null) return exitCode.notRecorded
  if (run?.status === 'cancelled') return exitCode.interrupted
  if (lost !== null) return exitCode.notRecorded
  if (recorded === 0 && (run?.n_skipped ?? 0) === 0) return exitCode.notRecorded
  return succeeded > 0 ? exitCode.ok : exitCode.allFailed
}
