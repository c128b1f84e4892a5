import { formatMs, formatUsd, printable, shortened } from '../report/format.ts'
import {
  nameOf,
  type Paint,
  painter,
  resultLine,
  resultTable,
  statisticsTables,
  timingNotes,
} from '../report/console.ts'
import type { Result } from '../core/result.ts'
import type { Plan } from '../core/plan.ts'
import type { RunEvent } from '../run/execute.ts'
import type { Recorded } from '../run/ledger.ts'
import type { RunRecord } from '../store/store.ts'

/** Shows a run to a person as it goes: live lines in a terminal, plain ones in a pipe. */
export interface Progress {
  show: (event: RunEvent) => void
  /** Ends a live line that an interruption left. */
  clear: () => void
}

/** What a person is told beside the results. */
interface Beside {
  /** Where results go. */
  recordedIn: string
  /** What the last calibration of this machine found; null without one. */
  clockError: string | null
}

/** Watches a run on a stream. */
export function watch(stream: NodeJS.WriteStream, beside: Beside): Progress {
  const live = stream.isTTY
  const paint = painter(live && stream.hasColors())
  const results: Result[] = []
  let plan: Plan | null = null
  let spooled = 0
  let ticking: NodeJS.Timeout | undefined
  const clear = () => {
    clearInterval(ticking)
    if (live) stream.write('\r\u001b[K')
  }
  const print = (text: string) => {
    clear()
    stream.write(`${text}\n`)
  }
  const started = ({ assignment, number }: RunEvent & { type: 'probe_started' }) => {
    clear()
    const label = `(${number}/${plan?.probes.length ?? '?'}) ${nameOf(assignment.probe.target)}`
    if (live) ticking = tick(stream, label, paint)
  }
  const show = (event: RunEvent) => {
    if (event.type === 'run_started') plan = event.plan
    if (event.type === 'spooled') spooled += 1
    if (event.type === 'probe_started') started(event)
    else if (event.type === 'run_finished') print(summary(event.run, results, { paint, spooled, ...beside }))
    else if ('result' in event) {
      results.push(event.result)
      print(resultLine(event.result, paint))
      if (event.type === 'unrecorded')
        print(paint('red', `  not recorded: ${printable(event.error.message)}`))
    } else print(runLine(event, paint))
  }
  return { show, clear }
}

type Around = Exclude<RunEvent, { type: 'probe_started' | 'run_finished' } | Recorded>

/** What happens to a run as a whole, before and beside its probes. */
function runLine(event: Around, paint: Paint): string {
  if (event.type === 'run_started') return heading(event.plan, event.run, paint)
  if (event.type === 'run_joined') return `going on with run ${event.run.id}`
  if (event.type === 'slot_taken') return slotTaken(event.run)
  if (event.type === 'handed_over') return 'out of time: the rest of the run is handed over'
  if (event.type === 'summary_failed')
    return paint('yellow', `the leaderboards are as they were: ${printable(event.error.message)}`)
  const what =
    event.type === 'run_missed'
      ? `missed: the slot ${event.run.slot.toISOString()} has no run`
      : 'the run stopped'
  return paint('red', `${what}: ${printable(event.error.message)}`)
}

/** Rewrites one line four times a second: too rarely to disturb the clock of the probe it is about. */
function tick(stream: NodeJS.WriteStream, label: string, paint: Paint): NodeJS.Timeout {
  const start = performance.now()
  const draw = () => {
    const time = formatMs(performance.now() - start)
    // A line that wraps could not be rewritten.
    const what = shortened(label, stream.columns - time.length - 5)
    stream.write(`\r\u001b[K${paint('cyan', '…')} ${what}  ${paint('dim', time)}`)
  }
  draw()
  return setInterval(draw, 250)
}

function heading({ probes, synthetic, settings }: Plan, run: RunRecord, paint: Paint): string {
  const what = `${probes.length} ${probes.length === 1 ? 'probe' : 'probes'}, up to ${settings.maxTokens} tokens each`
  const label = `${paint('yellow', 'synthetic results: no real provider was called')}\n`
  const slot = run.slot === null ? '' : `  slot ${run.slot.toISOString()}`
  return `${paint('bold', 'firsttoken')}  run ${run.id}${slot}\n${what}\n${synthetic ? label : ''}`
}

function reasonsText({ skipReasons = {} }: RunRecord): string {
  const reasons = Object.entries(skipReasons)
  if (reasons.length === 0) return ''
  const [[only] = ['']] = reasons
  const told = reasons.length === 1 ? only : reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return ` (${printable(told)})`
}

const whereText = (results: number, spooled: number, recordedIn: string): string =>
  spooled === 0 ? `recorded in ${recordedIn}` : `${spooled} of ${results} spooled until ${recordedIn} is back`

const slotTaken = ({ id, slot, status }: RunRecord): string =>
  `skipped: the slot ${slot?.toISOString() ?? ''} has its run already (${id}, ${status})`

function summary(
  run: RunRecord,
  results: readonly Result[],
  { paint, recordedIn, clockError, spooled }: Beside & { paint: Paint; spooled: number },
): string {
  const repeated = results.some(({ iteration }) => iteration > 1)
  const seconds = run.finishedAt === null ? null : run.finishedAt.getTime() - run.startedAt.getTime()
  const known = results.map(({ costUsd }) => costUsd).filter((cost) => cost !== null)
  const sum = formatUsd(known.reduce((total, usd) => total + usd, 0))
  const unknown = results.length - known.length
  const cost =
    known.length === 0 ? 'cost unknown' : unknown === 0 ? sum : `${sum} and ${unknown} of unknown cost`
  // A run may have other workers: what is counted here is what the table shows.
  const succeeded = results.filter(({ success }) => success).length
  const time = seconds === null ? ' so far (others are still at it)' : ` in ${formatMs(seconds)}`
  const counts = [
    `${succeeded} succeeded`,
    `${results.length - succeeded} failed`,
    ...(run.nSkipped > 0 ? [`${run.nSkipped} skipped${reasonsText(run)}`] : []),
  ]
  const parts = [
    repeated ? statisticsTables(results, paint) : resultTable(results, paint),
    timingNotes(results, paint),
    `${paint(succeeded > 0 ? 'green' : 'red', counts.join(', '))}${time}, ${cost}, ${whereText(results.length, spooled, recordedIn)}${clockError === null ? '' : `\n${paint('dim', clockError)}`}`,
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`
}
