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
  let ticking: NodeJS.Timeout | undefined
  const clear = () => {
    clearInterval(ticking)
    if (live) stream.write('\r\u001b[K')
  }
  const print = (text: string) => {
    clear()
    stream.write(`${text}\n`)
  }
  const show = (event: RunEvent) => {
    switch (event.type) {
      case 'run_started':
        plan = event.plan
        print(heading(event.plan, event.run, paint))
        break
      case 'slot_taken':
        print(slotTaken(event.run))
        break
      case 'probe_started':
        if (live)
          ticking = tick(
            stream,
            `(${event.number}/${plan?.probes.length ?? '?'}) ${nameOf(event.assignment.probe.target)}`,
            paint,
          )
        break
      case 'result':
      case 'unrecorded':
        results.push(event.result)
        print(resultLine(event.result, paint))
        if (event.type === 'unrecorded')
          print(paint('red', `  not recorded: ${printable(event.error.message)}`))
        break
      case 'store_failed':
        print(paint('red', `the run stopped: ${printable(event.error.message)}`))
        break
      case 'run_finished':
        print(summary(event.run, results, { paint, ...beside }))
        break
    }
  }
  return { show, clear }
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

const slotTaken = ({ id, slot, status }: RunRecord): string =>
  `skipped: the slot ${slot?.toISOString() ?? ''} has its run already (${id}, ${status})`

function summary(
  run: RunRecord,
  results: readonly Result[],
  { paint, recordedIn, clockError }: Beside & { paint: Paint },
): string {
  const repeated = results.some(({ iteration }) => iteration > 1)
  const seconds = run.finishedAt === null ? null : run.finishedAt.getTime() - run.startedAt.getTime()
  const known = results.map(({ costUsd }) => costUsd).filter((cost) => cost !== null)
  const sum = formatUsd(known.reduce((total, usd) => total + usd, 0))
  const unknown = results.length - known.length
  const cost =
    known.length === 0 ? 'cost unknown' : unknown === 0 ? sum : `${sum} and ${unknown} of unknown cost`
  const counts = [
    `${run.nSucceeded} succeeded`,
    `${run.nFailed} failed`,
    ...(run.nSkipped > 0 ? [`${run.nSkipped} skipped`] : []),
  ]
  const parts = [
    repeated ? statisticsTables(results, paint) : resultTable(results, paint),
    timingNotes(results, paint),
    `${paint(run.nSucceeded > 0 ? 'green' : 'red', counts.join(', '))} in ${formatMs(seconds)}, ${cost}, recorded in ${recordedIn}${clockError === null ? '' : `\n${paint('dim', clockError)}`}`,
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`
}
