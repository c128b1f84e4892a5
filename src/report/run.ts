import { type Paint, resultTable, type ShownResult, statisticsTables, timingNotes } from './console.ts'
import { formatMs, formatUsd, printable } from './format.ts'

/** What people are shown of a run. */
interface ShownRun {
  id: string
  slot: string | null
  status: string
  n_probes: number
  n_skipped: number
  skip_reasons?: Record<string, number>
  synthetic: boolean
  started_at: string
  finished_at: string | null
}

/** The text above the results of a run. */
export function runHeading(
  { id, slot, n_probes, synthetic }: ShownRun,
  maxTokens: number,
  paint: Paint,
): string {
  const what = `${n_probes} ${n_probes === 1 ? 'probe' : 'probes'}, up to ${maxTokens} tokens each`
  const label = `${paint('yellow', 'synthetic results: no real provider was called')}\n`
  const forSlot = slot === null ? '' : `  slot ${slot}`
  return `${paint('bold', 'firsttoken')}  run ${id}${forSlot}\n${what}\n${synthetic ? label : ''}`
}

/** Why a run was not made. */
export const runSkipped = ({ id, slot, status }: ShownRun): string =>
  `skipped: the slot ${slot ?? ''} has its run already (${id}, ${status})`

/** What the text below the results is made with. */
interface Ending {
  paint: Paint
  /** Where results go. */
  recordedIn: string
  /** Results that wait on disk. */
  spooled: number
  /** What the last calibration of this machine found; null without one. */
  clockError: string | null
}

/** The text below the results of a run: tables, notes about timing, and the totals. */
export function runEnding(
  run: ShownRun,
  results: readonly ShownResult[],
  { paint, recordedIn, spooled, clockError }: Ending,
): string {
  const repeated = results.some(({ iteration }) => iteration > 1)
  // A run may have other workers, so only the results in the table are counted.
  const succeeded = results.filter(({ success }) => success).length
  const counts = [
    `${succeeded} succeeded`,
    `${results.length - succeeded} failed`,
    ...(run.n_skipped > 0 ? [`${run.n_skipped} skipped${reasonsText(run)}`] : []),
  ]
  const sum = paint(succeeded > 0 ? 'green' : 'red', counts.join(', '))
  const where =
    spooled === 0
      ? `recorded in ${recordedIn}`
      : `${spooled} of ${results.length} spooled until ${recordedIn} takes them`
  const clockLine = clockError === null ? '' : `\n${paint('dim', clockError)}`
  const parts = [
    repeated ? statisticsTables(results, paint) : resultTable(results, paint),
    timingNotes(results, paint),
    `${sum}${timeText(run)}, ${costText(results)}, ${where}${clockLine}`,
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`
}

const timeText = ({ started_at, finished_at }: ShownRun): string =>
  finished_at === null
    ? ' so far (other workers are still running)'
    : ` in ${formatMs(Date.parse(finished_at) - Date.parse(started_at))}`

function costText(results: readonly ShownResult[]): string {
  const known = results.map(({ cost_usd }) => cost_usd).filter((cost) => cost !== null)
  if (known.length === 0) return 'cost unknown'
  const sum = formatUsd(known.reduce((total, usd) => total + usd, 0))
  const unknown = results.length - known.length
  return unknown === 0 ? sum : `${sum} and ${unknown} of unknown cost`
}

function reasonsText({ skip_reasons = {} }: ShownRun): string {
  const reasons = Object.entries(skip_reasons)
  if (reasons.length === 0) return ''
  const [[only] = ['']] = reasons
  const text = reasons.length === 1 ? only : reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return ` (${printable(text)})`
}
