import { counted } from '../core/text.ts'
import { type Paint, resultTable, type ShownResult, statisticsTables, timingNotes } from './console.ts'
import { loadLines, ownLoadNote } from './load.ts'
import { formatMs, formatUsd, printable } from './format.ts'

/** What people are shown of a run. */
interface ShownRun {
  id: string
  slot: string | null
  status: string
  n_probes: number
  n_skipped: number
  skip_reasons?: Record<string, number>
  mode: string
  synthetic: boolean
  started_at: string
  finished_at: string | null
}

/** How the probes of a run are made. */
interface ShownSettings {
  max_tokens: number
  /** Calls at once in concurrent mode. */
  concurrency: number
  /** The context tiers in tokens; empty if no probe has one. */
  context_tiers: readonly number[]
  /** Of the probes, those that only warm up. */
  n_warmups: number
}

/** The text above the results of a run. */
export function runHeading(
  { id, slot, n_probes, mode, synthetic }: ShownRun,
  { max_tokens, concurrency, context_tiers, n_warmups }: ShownSettings,
  paint: Paint,
): string {
  const what = [
    counted(n_probes, 'probe'),
    ...(n_probes > 0 ? [`up to ${max_tokens} tokens each`] : []),
    ...(n_warmups > 0 ? [`${counted(n_warmups, 'warm-up')} among them`] : []),
    ...(context_tiers.length > 0 ? [`context of ${context_tiers.join(', ')} tokens`] : []),
    ...(mode === 'concurrent' ? [`up to ${concurrency} at once, so under our own load`] : []),
  ].join(', ')
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
  const [warmups, samples] = [results.filter(({ warmup }) => warmup), results.filter(({ warmup }) => !warmup)]
  if (run.n_probes === 0) return `\nno target was due in this slot, recorded in ${recordedIn}`
  const repeated = samples.some(({ iteration }) => iteration > 1)
  // A run may have other workers, so only the results in the table are counted.
  const succeeded = samples.filter(({ success }) => success).length
  const counts = [
    `${succeeded} succeeded`,
    `${samples.length - succeeded} failed`,
    ...(run.n_skipped > 0 ? [`${run.n_skipped} skipped${reasonsText(run)}`] : []),
    ...(warmups.length > 0 ? [warmupsText(warmups)] : []),
  ]
  const sum = paint(succeeded > 0 ? 'green' : 'red', counts.join(', '))
  const where =
    spooled === 0
      ? `recorded in ${recordedIn}`
      : `${spooled} of ${results.length} spooled until ${recordedIn} takes them`
  const clockLine = clockError === null ? '' : `\n${paint('dim', clockError)}`
  const parts = [
    repeated ? statisticsTables(samples, paint) : resultTable(samples, paint),
    run.mode === 'concurrent' ? loadLines(samples) : ownLoadNote(samples, paint),
    timingNotes(samples, paint),
    `${sum}${timeText(run)}, ${costText(results)}, ${where}${clockLine}`,
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}`
}

function warmupsText(warmups: readonly ShownResult[]): string {
  const failed = warmups.filter(({ success }) => !success).length
  return `${counted(warmups.length, 'warm-up')} not counted${failed > 0 ? ` (${failed} failed)` : ''}`
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

/** Why calls of a run were not made, in brackets; empty if nobody knows. */
export function reasonsText({ skip_reasons = {} }: Pick<ShownRun, 'skip_reasons'>): string {
  const reasons = Object.entries(skip_reasons)
  if (reasons.length === 0) return ''
  const [[only] = ['']] = reasons
  const text = reasons.length === 1 ? only : reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
  return ` (${printable(text)})`
}
