import { toJsonText } from '../core/json.ts'
import type { Level } from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import type { App } from '../jobs/app.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import { painter } from '../report/console.ts'
import { describeSweep, type SweepRow, sweepRowOf, type SweptLevel } from '../report/describe-sweep.ts'
import { type SearchOutcome, searchNotes, searchOutcomes } from '../report/search.ts'
import { sweepCsv, toLevelRow, toSearchRow, toWorkRow } from '../report/sweep-document.ts'
import { sweepMarkdown } from '../report/sweep-markdown.ts'
import { sweepNotes, sweepTables } from '../report/sweep.ts'
import { follow } from '../run/watch.ts'
import type { RunRow } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import { showNotices } from './notices.ts'
import { showErrors } from './progress.ts'
import { runExitCode } from './run-exit-code.ts'
import { leaveFiles } from './leave-files.ts'
import type { ShownSweep } from './shown-sweep.ts'
import { markdownOf } from './sweep-files.ts'
import { showGoing } from './show-going.ts'
import type { CpuWatch } from './watch-cpu.ts'
import { writeRows } from './write-rows.ts'

/** Shows a sweep as it goes, a line for each level that ends, then its report. Returns the exit code. */
export async function showSweep(
  started: StartedBenchmark,
  shown: ShownSweep,
  { app, save, cpu }: { app: App; save: boolean; cpu: CpuWatch },
): Promise<number> {
  const { summary, search = null, work = null, settings = {}, levels: planned = [] } = started
  const levels = [...planned]
  const { streams, quiet, format, objectives } = shown
  showNotices(started, streams)
  const rows = await followed(started, levels, { shown, app, cpu })
  const cpuShares = cpu.shares()
  const { run } = summary
  const isOver = run?.status === 'finished'
  const described = describeSweep(levels, rows, { objectives, cpuShares })
  const found = searchOutcomes(search, levels, { rows, cpuShares, isOver })
  const code = runExitCode(summary)
  await printSweep(described, run, { ...shown, found, work })
  const store = save ? app.store.name : null
  if (format === 'text' && !quiet) streams.stdout.write(`\n${recordedIn(store)}\n`)
  if (run === null) return code
  const recorded = { run, settings, work, levels, rows, cpuShares }
  const isLeft = await leaveFiles(recorded, described, { ...shown, found, store })
  return isLeft || code === exitCode.interrupted ? code : exitCode.notRecorded
}

const recordedIn = (store: string | null): string =>
  store === null ? 'recorded nowhere (--no-save)' : `recorded in ${store}`

/** Shows a sweep as it goes; its results. `levels` get those that are added to it. */
async function followed(
  { events, settings = {} }: StartedBenchmark,
  levels: Level[],
  { shown: { streams, quiet, format }, app, cpu }: { shown: ShownSweep; app: App; cpu: CpuWatch },
): Promise<SweepRow[]> {
  const stream = format === 'text' ? streams.stdout : streams.stderr
  const rows: SweepRow[] = []
  const progress = quiet
    ? { ...showErrors(streams.stderr), end: () => undefined }
    : showGoing(streams, { stream, levels, settings, clock: app.clock })
  try {
    await follow(events, [
      (event) => void (event.type === 'run_extended' && levels.push(...event.levels)),
      progress.show,
      (event) => {
        if (!('result' in event)) return
        rows.push(sweepRowOf(event.result))
        cpu.add(event.result.level ?? 0)
      },
    ])
  } finally {
    progress.end()
  }
  return rows
}

interface PrintedSweep extends Pick<ShownSweep, 'streams' | 'format' | 'objectives'> {
  /** What its searches found; empty if its levels were asked for. */
  found: readonly SearchOutcome[]
  work: Work | null
}

/** Prints the report of a sweep. */
export async function printSweep(
  levels: readonly SweptLevel[],
  run: RunRow | null,
  { streams: { stdout }, format, objectives, found, work }: PrintedSweep,
): Promise<void> {
  switch (format) {
    case 'json': {
      const searched = found.length > 0 && { found: found.map(toSearchRow) }
      const asked = { run, objectives, work: toWorkRow(work) }
      const document = { ...asked, levels: levels.map(toLevelRow), ...searched }
      stdout.write(`${toJsonText(document, 2)}\n`)
      return
    }
    case 'csv': {
      const pages = async function* () {
        yield sweepCsv(levels)
      }
      return writeRows(pages(), 'csv', stdout)
    }
    case 'markdown':
      stdout.write(sweepMarkdown(levels, markdownOf(run, { objectives, found })))
      return
    case 'text':
  }
  const paint = painter(stdout.isTTY && stdout.hasColors())
  const counts = run === null ? '' : `\n\n${countsOf(run)}`
  stdout.write(
    `\n${sweepTables(levels, { paint, judged: Object.keys(objectives).length > 0 })}\n\n${[sweepNotes(levels, work), ...searchNotes(found)].join('\n')}${counts}\n`,
  )
}

function countsOf(run: RunRow): string {
  const { id, status, n_succeeded, n_failed, n_skipped, skip_reasons = {}, synthetic } = run
  // It is counted when it ends.
  if (status === 'running') return `run ${id} goes on, or was killed: this is what it has recorded so far`
  const reasons = Object.entries(skip_reasons).map(([reason, count]) => `${count} ${reason}`)
  const skipped =
    n_skipped === 0 ? '' : `, ${n_skipped} skipped${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`
  const ending = status === 'finished' ? '' : ` (${status})`
  return `run ${id}${ending}: ${n_succeeded} succeeded, ${n_failed} failed${skipped}, warm-ups among them${synthetic ? '; synthetic results' : ''}`
}
