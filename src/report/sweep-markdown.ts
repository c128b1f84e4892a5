import { counted } from '../core/text.ts'
import type { PercentileInterval } from '../lab/intervals.ts'
import { failureText } from './failures.ts'
import { formatMs, formatRate, formatUsd, printable, shortened } from './format.ts'
import type { SweptLevel } from './describe-sweep.ts'
import { type Entry, errorsOf, type Group, groupsOf, isOpen, timesOf } from './sweep-groups.ts'
import { intervalText } from './sweep-interval.ts'
import { loadWords } from './sweep-words.ts'
import { interruptionText, machineLimits } from './sweep.ts'

/** What a table of Markdown is made from. */
interface Shown {
  /** The run's id; null if it has none. */
  run: string | null
  synthetic: boolean
  /** Whether there are objectives. */
  judged: boolean
  /** What its searches found, a line each. */
  found?: readonly string[]
}

/** Signs of a kind of failure or name that are shown. */
const mostName = 80

/** The levels of a sweep as Markdown for a pull request: a table a group, and what is to be known of it. */
export function sweepMarkdown(levels: readonly SweptLevel[], shown: Shown): string {
  const { run, synthetic, judged, found = [] } = shown
  const groups = groupsOf(levels, [])
  const parts = groups.flatMap((group) => [
    `**${escaped(group.target)}**${groups.length > 1 && group.called !== group.target ? ` (${escaped(group.called)})` : ''}`,
    tableOf(group, judged),
    ...notesOn(group),
  ])
  const times = isOpen(groups)
    ? 'Times count from when a request was due.'
    : 'A closed loop is blind to what a request would have waited before it was sent.'
  const ending = [
    times,
    'Brackets: 95 % intervals.',
    ...(synthetic ? ['Synthetic results.'] : []),
    ...(run === null ? [] : [`firsttoken run \`${run}\`.`]),
  ]
  return `${[...parts, ...found.map(escaped), ending.join(' ')].join('\n\n')}\n`
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

function tableOf(group: Group, judged: boolean): string {
  const head = [
    isOpen([group]) ? 'requests/s' : 'in flight',
    'n',
    'answers/s',
    'tokens/s',
    'TTFT p50',
    'p95',
    'latency p50',
    'p95',
    'TPOT p50',
    'failed',
    ...(judged ? ['good'] : []),
    'cost',
  ]
  const rows = group.entries.map((entry) => cellsOf(entry, group, judged))
  return [line(head), line(head.map(() => '--:')), ...rows.map(line)].join('\n')
}

/** The load of a level, and whether it is the one to look at. */
function nameOf(entry: Entry, { knee, best }: Group): string {
  if (!entry.isRanked) return `${entry.label} (not ranked)`
  if (entry === knee) return `**${entry.label}** knee`
  return entry === best ? `**${entry.label}**` : entry.label
}

const ms = (of: PercentileInterval | null): string => formatMs(of?.value ?? null)

function cellsOf(entry: Entry, group: Group, judged: boolean): string[] {
  const { label, report } = entry
  const columns = judged ? 12 : 11
  if (report === null) return [label, '0', ...Array.from({ length: columns - 2 }, () => '–')]
  const { throughput, fromSent, goodput, costUsd } = report
  const { ttftMs, totalLatencyMs } = timesOf(report)
  const share = goodput.share === null ? '–' : `${(100 * goodput.share).toFixed(1)} %`
  return [
    nameOf(entry, group),
    String(report.n),
    throughput.requestsPerS.toFixed(2),
    formatRate(throughput.outputTokensPerS),
    intervalText(ttftMs.p50),
    ms(ttftMs.p95),
    intervalText(totalLatencyMs.p50),
    ms(totalLatencyMs.p95),
    ms(fromSent.tpotMs.p50),
    String(errorsOf(report)),
    ...(judged ? [share] : []),
    formatUsd(costUsd),
  ]
}

/** What failed, and what this machine limited. */
function notesOn({ entries }: Group): string[] {
  const lines = entries.flatMap((entry) => {
    const { report, level } = entry
    const limits = report === null ? [] : machineLimits(report)
    const interruption = report && interruptionText(report)
    const notes = [
      ...(level.notMade > 0 ? [`${counted(level.notMade, 'call')} not made`] : []),
      ...(limits.length > 0 ? [`this machine was the limit (${limits.join(', ')})`] : []),
      ...(interruption === null ? [] : [interruption]),
      ...level.failures.map((failures) => escapedText(failureText(failures))),
    ]
    return notes.length === 0 ? [] : [`- ${loadWords(entry)}: ${notes.join('; ')}`]
  })
  return lines.length === 0 ? [] : [lines.join('\n')]
}

/** A name as text: Markdown and HTML would otherwise obey it, and a mention would call somebody. */
const escaped = (name: string): string => escapedText(shortened(printable(name), mostName))

const escapedText = (text: string): string =>
  text
    .replaceAll(/[\\`*_{}[\]()#|~]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;')
