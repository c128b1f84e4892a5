import { toJsonText } from '../core/json.ts'
import { isTimed, type Level } from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import type { App } from '../jobs/app.ts'
import type { StartedBenchmark } from '../jobs/started-benchmark.ts'
import type { Objectives } from '../lab/goodput.ts'
import { painter } from '../report/console.ts'
import { describeSweep, type SweepRow, sweepRowOf, type SweptLevel } from '../report/describe-sweep.ts'
import { runHeading } from '../report/run.ts'
import { type SearchOutcome, searchNotes, searchOutcomes } from '../report/search.ts'
import { sweepCsv, toLevelRow, toSearchRow, toWorkRow } from '../report/sweep-document.ts'
import { loadText, sweepNotes, sweepTables } from '../report/sweep.ts'
import type { ProbeEvent, RunEvent } from '../run/events.ts'
import { follow } from '../run/watch.ts'
import type { RunRow } from '../store/store.ts'
import { showNotices } from './notices.ts'
import { showErrors } from './progress.ts'
import { runExitCode } from './run-exit-code.ts'
import type { Streams } from './streams.ts'
import type { CpuWatch } from './watch-cpu.ts'
import { writeRows } from './write-rows.ts'

/** How a sweep is shown. */
interface ShownSweep {
  streams: Streams
  /** The report only. */
  quiet: boolean
  /** On stdout; what is no report then goes to stderr. */
  format: 'text' | 'json' | 'csv'
  objectives: Objectives
}

/** Shows a sweep as it goes, a line for each level that ends, then its report. Returns the exit code. */
export async function showSweep(
  started: StartedBenchmark,
  shown: ShownSweep,
  { app, save, cpu }: { app: App; save: boolean; cpu: CpuWatch },
): Promise<number> {
  const { events, summary, search, work = null } = started
  const levels = [...(started.levels ?? [])]
  const { streams, quiet, format, objectives } = shown
  showNotices(started, streams)
  const stream = format === 'text' ? streams.stdout : streams.stderr
  const rows: SweepRow[] = []
  const progress = quiet ? () => undefined : levelLines(stream, levels, app.clock)
  await follow(events, [
    (event) => void (event.type === 'run_extended' && levels.push(...event.levels)),
    showErrors(streams.stderr).show,
    progress,
    (event) => {
      if (!('result' in event)) return
      rows.push(sweepRowOf(event.result))
      cpu.add(event.result.level ?? 0)
    },
  ])
  const cpuShares = cpu.shares()
  const isOver = summary.run?.status === 'finished'
  const described = describeSweep(levels, rows, { objectives, cpuShares })
  const found = search === undefined ? [] : searchOutcomes(search, levels, { rows, cpuShares, isOver })
  await printSweep(described, summary.run, { ...shown, found, work })
  if (format === 'text' && !quiet)
    streams.stdout.write(`\n${save ? `recorded in ${app.store.name}` : 'recorded nowhere (--no-save)'}\n`)
  return runExitCode(summary)
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
    case 'text':
  }
  const paint = painter(stdout.isTTY && stdout.hasColors())
  const counts = run === null ? '' : `\n\n${countsOf(run)}`
  stdout.write(
    `\n${sweepTables(levels, { paint, judged: Object.keys(objectives).length > 0 })}\n\n${[sweepNotes(levels, work), ...searchNotes(found)].join('\n')}${counts}\n`,
  )
}

const countsOf = ({ id, n_succeeded, n_failed, n_skipped, skip_reasons = {}, synthetic }: RunRow): string => {
  const reasons = Object.entries(skip_reasons).map(([reason, count]) => `${count} ${reason}`)
  const skipped =
    n_skipped === 0 ? '' : `, ${n_skipped} skipped${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}`
  return `run ${id}: ${n_succeeded} succeeded, ${n_failed} failed${skipped}, warm-ups among them${synthetic ? '; synthetic results' : ''}`
}

/** How often a terminal shows how far a level is, in ms. */
const redrawMs = 250

/** A line when a level has all its results; in a terminal also how far it is. */
function levelLines(
  stream: NodeJS.WriteStream,
  levels: readonly Level[],
  clock: App['clock'],
): (event: RunEvent) => void {
  const made = new Map<number, { n: number; failed: number }>()
  /** A level whose end is known once another begins. */
  let lasting: number | null = null
  const clear = stream.isTTY ? '\r\u001b[K' : ''
  let drawn = -Infinity
  const textOf = (place: number, of: Level): string => {
    const { n = 0 } = made.get(place) ?? {}
    return `level ${place + 1} of ${levels.length}, ${loadText(of)}: ${n}`
  }
  const close = (place: number | null): void => {
    const of = levels[place ?? -1]
    if (place === null || of === undefined) return
    stream.write(`${clear}${textOf(place, of)} calls, ${made.get(place)?.failed} failed\n`)
  }
  const count = (place: number, success: boolean) => {
    const { n, failed } = made.get(place) ?? { n: 0, failed: 0 }
    const counts = { n: n + 1, failed: failed + (success ? 0 : 1) }
    made.set(place, counts)
    return counts
  }
  const add = ({ result: { level, success } }: ProbeEvent): void => {
    const place = level ?? 0
    const of = levels[place]
    if (of === undefined) return
    if (lasting !== place) close(lasting)
    lasting = isTimed(of) ? place : null
    const { n, failed } = count(place, success)
    const planned = isTimed(of) ? Infinity : of.warmups + of.total
    if (n === planned) close(place)
    else if (stream.isTTY && clock.now() >= drawn + redrawMs) {
      drawn = clock.now()
      const all = planned === Infinity ? '' : ` of ${planned}`
      stream.write(`${clear}${textOf(place, of)}${all} calls, ${failed} failed`)
    }
  }
  return (event) => {
    if (event.type === 'run_started')
      stream.write(`${runHeading(event.run, event, painter(stream.isTTY && stream.hasColors()))}\n`)
    else if (event.type === 'run_finished') {
      close(lasting)
      stream.write(clear)
    } else if ('result' in event) add(event)
  }
}
