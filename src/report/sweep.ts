import type { ClosedLoad, Level } from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import type { ClientLimit } from '../lab/client-limits.ts'
import type { LevelReport } from '../lab/describe-level.ts'
import type { Distribution } from '../lab/distribution.ts'
import type { Paint } from './console.ts'
import type { SweptLevel } from './describe-sweep.ts'
import { failureText } from './failures.ts'
import { type Column, formatMs, formatRate, formatTable, formatUsd, printable } from './format.ts'
import { sizesText, workNotes } from './sweep-work.ts'

const left = (title: string): Column => ({ title, align: 'left' })
const right = (title: string): Column => ({ title, align: 'right' })
const columns: Column[] = [
  left('LEVEL'),
  right('N'),
  right('OFFERED > SENT'),
  right('REQ/S'),
  right('OUT TOK/S'),
  right('TTFT P50'),
  right('P95'),
  right('LATENCY P50'),
  right('P95'),
  right('TPOT P50'),
  right('ERRORS'),
  right('GOODPUT'),
  right('LATE P99'),
  right('LITTLE'),
  right('COST'),
]

/** How tables are made. */
interface Shown {
  paint: Paint
  /** Whether there are objectives: without any a share of good requests says nothing. */
  judged: boolean
}

/**
 * The levels of a sweep as tables, one for each target and context tier, and what is to be known of them. In an open
 * loop times count from when a request was due, and a second line has those from when it was sent.
 */
export function sweepTables(levels: readonly SweptLevel[], { paint, judged }: Shown): string {
  const groups = Map.groupBy(levels, calledOf)
  return [...groups]
    .map(([called, group]) => {
      const rows = group.flatMap((level) => rowsOf(level, judged))
      const table = formatTable(columns, rows, (cell, { row }) => (row < 0 ? paint('dim', cell) : cell))
      return [
        paint('bold', called),
        table,
        ...group.flatMap(sizesOn),
        ...group.flatMap(notesOn).map((note) => paint('yellow', note)),
      ].join('\n')
    })
    .join('\n\n')
}

/** What has a table of its own, for people: a target, with its context tier if it has one. */
export const calledOf = ({ provider, model, contextTokens }: Level): string => {
  const name = printable(`${provider} / ${model}`)
  return contextTokens === null ? name : `${name}, context ${contextTokens}`
}

/** The load of a level for people. */
export const loadText = ({ load }: Pick<Level, 'load'>): string =>
  'rate' in load
    ? `${load.rate}/s ${load.arrivals}${load.seed === null ? '' : ` (seed ${load.seed})`}`
    : `concurrency ${load.concurrency}${thinkText(load)}`

const thinkText = ({ thinkMs, thinkSeed }: ClosedLoad): string => {
  if (thinkMs === undefined) return ''
  return thinkSeed === undefined
    ? `, think ${thinkMs} ms`
    : `, think ${thinkMs} ms exponential (seed ${thinkSeed})`
}

function rowsOf(level: SweptLevel, judged: boolean): string[][] {
  const { report } = level
  if (report === null) return [[loadText(level), '0', ...columns.slice(2).map(() => '-')]]
  const { throughput, fromScheduled, fromSent, offeredRate, achievedRate, goodput } = report
  const errors = Object.values(report.errors).reduce((sum, count) => sum + count, 0)
  const from = fromScheduled ?? fromSent
  const row = [
    loadText(level),
    String(report.n),
    offeredRate === null
      ? `${throughput.inFlight.toFixed(1)} in flight`
      : `${formatRate(offeredRate)} > ${formatRate(achievedRate)}`,
    throughput.requestsPerS.toFixed(2),
    formatRate(throughput.outputTokensPerS),
    ...timesOf(from),
    formatMs(fromSent.tpotMs.p50?.value ?? null),
    String(errors),
    judged ? goodputText(goodput) : '-',
    formatMs(report.lateness?.p99?.value ?? null),
    throughput.littleError === null ? '-' : `${(100 * throughput.littleError).toFixed(1)} %`,
    formatUsd(report.costUsd),
  ]
  if (fromScheduled === null) return [row]
  const sent = ['  from sent', '', '', '', '', ...timesOf(fromSent)]
  return [row, sent]
}

const timesOf = ({ ttftMs, totalLatencyMs }: LevelReport['fromSent']): string[] => [
  intervalText(ttftMs.p50),
  formatMs(ttftMs.p95?.value ?? null),
  formatMs(totalLatencyMs.p50?.value ?? null),
  formatMs(totalLatencyMs.p95?.value ?? null),
]

/** `180 ms [170 ms..195 ms]`; `?` for an end that the sample is too small for. */
function intervalText(p50: Distribution['p50']): string {
  if (p50 === null) return '-'
  const [low, high] = [p50.low, p50.high].map((end) => (end === null ? '?' : formatMs(end)))
  return `${formatMs(p50.value)} [${low}..${high}]`
}

const percent = (value: number): string => (100 * value).toFixed(0)

function goodputText({ share, low, high }: LevelReport['goodput']): string {
  if (share === null) return '-'
  return `${percent(share)} % [${percent(low)}..${percent(high)}]`
}

/** Why figures of a level are not the endpoint's, in words. */
export const limitTexts: Record<ClientLimit, string> = {
  slots: 'its slots ran out (--slots)',
  late: 'requests were sent late',
  falling_behind: 'requests were sent later and later',
  cpu: 'its CPU was busy',
  untrusted: 'its timing could not be trusted',
  rate: 'it did not reach the rate',
  interrupted: 'another process took it over',
}

/** The limits of this machine that a level has, without an interruption. */
export const machineLimits = ({ clientLimits }: LevelReport): string[] =>
  clientLimits.filter((limit) => limit !== 'interrupted').map((limit) => limitTexts[limit])

/** `interrupted for 12.50 s: another process took it over`, or null if it was not. */
export const interruptionText = ({ interruptedMs }: LevelReport): string | null =>
  interruptedMs === null ? null : `interrupted for ${formatMs(interruptedMs)}: ${limitTexts.interrupted}`

function sizesOn(level: SweptLevel): string[] {
  const text = sizesText(level, level.sizes)
  return text === null ? [] : [`${loadText(level)}: ${text}`]
}

/** What is to be known of a level, a line each. */
function notesOn(level: SweptLevel): string[] {
  const { report, notMade, failures } = level
  const notes = [
    ...(notMade > 0 ? [`${notMade} of ${level.warmups + level.total} calls were not made`] : []),
    ...(report === null ? [] : reportNotes(report)),
    ...failures.map(failureText),
  ]
  return notes.map((note) => `! ${loadText(level)}: ${note}`)
}

/** Little's law further off than this means that the level was not steady. */
export const mostLittle = 0.02

function reportNotes(report: LevelReport): string[] {
  const { window, load, throughput } = report
  const isClosed = !('rate' in load)
  const { littleError } = throughput
  const limits = machineLimits(report)
  const interruption = interruptionText(report)
  return [
    ...(limits.length > 0 ? [`this machine was the limit, ${limits.join(', ')}: not ranked`] : []),
    ...(interruption === null ? [] : [`${interruption}; not ranked`]),
    ...(isClosed && window === null
      ? ['no steady window: rates are of the whole level, with filling and draining']
      : []),
    ...(isClosed && littleError !== null && Math.abs(littleError) > mostLittle
      ? [`Little's law is off by ${(100 * littleError).toFixed(1)} %: too short, or not steady`]
      : []),
  ]
}

/** What the requests said, what the numbers mean, and the level that was best. */
export function sweepNotes(levels: readonly SweptLevel[], work: Work | null = null): string {
  const isOpen = levels.some(({ load }) => 'rate' in load)
  const isClosed = levels.some(({ load }) => 'concurrency' in load)
  const ranked = levels.filter(
    ({ report }) => report !== null && report.clientLimits.length === 0 && report.throughput.requestsPerS > 0,
  )
  const best = ranked.toSorted((a, b) => rateOf(b) - rateOf(a))[0]
  return [
    ...(work === null ? [] : workNotes(work)),
    ...(isOpen ? ['Times count from when a request was due, in the second line from when it was sent.'] : []),
    ...(isClosed
      ? [
          'A closed loop is blind to what a request would have waited before it was sent: it sends none while it waits.',
        ]
      : []),
    ...(best === undefined || levels.length === 1
      ? []
      : [`Most requests/s: ${loadText(best)} of ${calledOf(best)} with ${rateOf(best).toFixed(2)}.`]),
  ].join('\n')
}

const rateOf = ({ report }: SweptLevel): number => report?.throughput.requestsPerS ?? 0
