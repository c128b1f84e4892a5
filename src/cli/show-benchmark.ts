import type { ResultRow } from '../core/row.ts'
import type { App } from '../jobs/app.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { follow } from '../run/watch.ts'
import { clockErrorHere } from './clock-error.ts'
import { documentText, writeDocument } from './document.ts'
import { exitCode } from './exit-code.ts'
import { showNotices } from './notices.ts'
import { type Progress, showErrors, showProgress } from './progress.ts'
import { runExitCode } from './run-exit-code.ts'
import type { Streams } from './streams.ts'

/** How a benchmark is shown. */
export interface Shown {
  streams: Streams
  /** Only the document on stdout. */
  json: boolean
  /** Only errors. */
  quiet: boolean
  verbose: boolean
  /** File for the document, or a folder for one named after the time; null for none. */
  out: string | null
}

/** Where a benchmark is made and whether it is recorded. */
interface Recording {
  app: Pick<App, 'store' | 'clock' | 'log'>
  save: boolean
}

/** Shows a run as it goes, then its document if one was asked for. Returns the exit code. */
export async function showBenchmark(
  started: StartedBenchmark,
  shown: Shown,
  recording: Recording,
): Promise<number> {
  const { events, summary } = started
  showNotices(started, shown.streams)
  const progress = await progressOf(started, shown, recording)
  const wantsDocument = shown.json || shown.out !== null
  const results: ResultRow[] = []
  await follow(events, [
    progress.show,
    // The document is written at once, so its results have to be kept; without one, none are.
    (event) => void (wantsDocument && 'result' in event && results.push(event.result)),
  ])
  progress.clear()
  const unwritten =
    wantsDocument && !writeOut(documentText({ run: summary.run, results }), shown, recording.app.clock.date())
  const code = runExitCode(summary)
  return unwritten && code !== exitCode.interrupted ? exitCode.notRecorded : code
}

async function progressOf(
  started: StartedBenchmark,
  { streams, json, quiet, verbose }: Shown,
  { app, save }: Recording,
): Promise<Progress> {
  if (quiet) return showErrors(streams.stderr)
  return showProgress(json ? streams.stderr : streams.stdout, {
    recordedIn: save ? app.store.name : 'nothing (--no-save)',
    clockError: save ? await clockErrorHere(started, app, verbose) : () => null,
  })
}

/** Writes the document; false if its file could not be written. A person is told a name that we chose. */
function writeOut(text: string, { streams, json, quiet, out }: Shown, date: Date): boolean {
  const written = out === null ? null : writeDocument(out, text, date)
  if (json) streams.stdout.write(text)
  if (written === null) return true
  if ('problem' in written) streams.stderr.write(`firsttoken: --out: ${written.problem}\n`)
  else if (written.file !== out && !quiet)
    streams[json ? 'stderr' : 'stdout'].write(`written to ${written.file}\n`)
  return 'file' in written
}
