import type { ProbeEvent, RunEvent } from '../run/events.ts'
import { calledOf, type Paint, painter, resultLine, shownOf, type ShownResult } from '../report/console.ts'
import { printable } from '../report/format.ts'
import { isUnreachableKind } from '../store/store.ts'
import { runEnding, runHeading, runSkipped } from '../report/run.ts'
import { openLiveLine } from './live-line.ts'

/** Shows a run to a person as it goes: live lines in a terminal, plain ones in a pipe. */
export interface Progress {
  show: (event: RunEvent) => void
  /** Clears a live line that an interruption left. */
  clear: () => void
}

/** What a person is shown beside the results. */
interface Beside {
  /** Where results go. */
  recordedIn: string
  /** What the last calibration of this machine found about so many streams at once; null without one. */
  clockError: (streams: number) => string | null
}

/** Shows a run on a stream. Texts of answers are not kept. */
export function showProgress(stream: NodeJS.WriteStream, beside: Beside): Progress {
  const paint = painter(stream.isTTY && stream.hasColors())
  const { begin, end, print, clear } = openLiveLine(stream, paint)
  const results: ShownResult[] = []
  const counts = { probes: '?', spooled: 0, streams: 1 }
  const startProbe = ({ probe, number }: RunEvent & { type: 'probe_started' }) => {
    const what = `${calledOf(probe)}${probe.warmup ? ', warm-up' : ''}`
    begin(probe.id, `(${number}/${counts.probes}) ${what}`)
  }
  const printResult = (event: ProbeEvent): void => {
    results.push(shownOf(event.result))
    print(resultLine(event.result, paint))
    switch (event.type) {
      case 'probe_recorded':
        return event.left_out.forEach((part) =>
          print(paint('yellow', `  recorded without ${part}: too large`)),
        )
      case 'probe_spooled':
        counts.spooled += 1
        if (isOdd(event)) print(paint('yellow', `  kept on disk: ${printable(event.error.message)}`))
        return
      case 'probe_lost':
        return print(paint('red', `  not recorded: ${printable(event.error.message)}`))
    }
  }
  const show = (event: RunEvent): void => {
    if ('result' in event) {
      printResult(event)
      end(event.result.probe_id)
    } else if (event.type === 'probe_started') startProbe(event)
    else if (event.type === 'run_started') {
      counts.probes = String(event.run.n_probes)
      counts.streams = event.concurrency
      print(runHeading(event.run, event, paint))
    } else if (event.type === 'run_finished') {
      const clockError = beside.clockError(counts.streams)
      const { recordedIn } = beside
      print(runEnding(event.run, results, { recordedIn, clockError, spooled: counts.spooled, paint }))
    } else print(runLine(event, paint))
  }
  return { show, clear }
}

type RunLine = Exclude<RunEvent, ProbeEvent | { type: 'probe_started' | 'run_started' | 'run_finished' }>

/** An event of the run as a whole, as one line. */
function runLine(event: RunLine, paint: Paint): string {
  switch (event.type) {
    case 'run_joined':
      return `resuming run ${event.run.id}`
    case 'run_skipped':
      return runSkipped(event.run)
    case 'run_handed_over':
      return 'out of time: the rest of the run is handed over'
    case 'run_missed': {
      const { run, error } = event
      return paint('red', `missed: the slot ${run.slot} has no run: ${printable(error.message)}`)
    }
    case 'run_extended':
      return `the run has ${event.n_probes} calls now`
    case 'store_failed':
  }
  return paint('red', `the run stopped: ${printable(event.error.message)}`)
}

/** Whether a result waits on disk because of more than a database that is away. */
const isOdd = ({ error }: ProbeEvent & { type: 'probe_spooled' }): boolean => !isUnreachableKind(error.kind)

/** Shows only errors. A result that waits on disk until the database is back is none. */
export const showErrors = (stream: { write: (text: string) => unknown }): Progress => ({
  show: (event) => {
    if ('error' in event && (event.type !== 'probe_spooled' || isOdd(event)))
      stream.write(`firsttoken: ${printable(event.error.message)}\n`)
  },
  clear: () => undefined,
})
