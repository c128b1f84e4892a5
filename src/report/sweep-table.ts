import type { Objectives } from '../lab/goodput.ts'
import { formatMs, formatRate, formatUsd, printable, shortened } from './format.ts'
import { type Content, html, type Markup } from './html.ts'
import { tableHtml } from './sweep-figure.ts'
import { type Entry, errorsOf, type Group, isOpen, timesOf } from './sweep-groups.ts'
import { intervalParts } from './sweep-interval.ts'

/** A column of the levels: what it is called and what a level has in it. */
interface LevelColumn {
  title: string
  cell: (entry: Entry & { report: NonNullable<Entry['report']> }) => Content
}

const interval = (of: Parameters<typeof intervalParts>[0]): Markup => {
  const { value, range } = intervalParts(of)
  return html`${value}${range === null ? null : html` <small>${range}</small>`}`
}

const ms = (of: Parameters<typeof intervalParts>[0]): string => intervalParts(of).value

const percent = (share: number): string => `${(100 * share).toFixed(share === 1 ? 0 : 1)} %`

/** The columns that a sweep needs: those of an open loop, of objectives or of prices only with them. */
function columnsOf(groups: readonly Group[], judged: boolean): LevelColumn[] {
  const open = isOpen(groups)
  const openColumns: LevelColumn[] = [
    {
      title: 'asked > sent /s',
      cell: ({ report }) => `${formatRate(report.offeredRate)} > ${formatRate(report.achievedRate)}`,
    },
  ]
  const sentColumns: LevelColumn[] = [
    { title: 'p50 from sent', cell: ({ report }) => ms(report.fromSent.ttftMs.p50) },
  ]
  const lateColumn: LevelColumn = { title: 'late p99', cell: ({ report }) => ms(report.lateness?.p99) }
  return [
    { title: 'n', cell: ({ report }) => report.n },
    ...(open ? openColumns : [{ title: 'mean in flight', cell: inFlight }]),
    { title: 'answers/s', cell: ({ report }) => report.throughput.requestsPerS.toFixed(2) },
    { title: 'tokens/s', cell: ({ report }) => formatRate(report.throughput.outputTokensPerS) },
    { title: 'TTFT p50', cell: ({ report }) => interval(timesOf(report).ttftMs.p50) },
    { title: 'p95', cell: ({ report }) => ms(timesOf(report).ttftMs.p95) },
    ...(open ? sentColumns : []),
    { title: 'queue-free', cell: ({ report }) => formatMs(report.queueFreeTtftMs) },
    { title: 'latency p50', cell: ({ report }) => interval(timesOf(report).totalLatencyMs.p50) },
    { title: 'p95', cell: ({ report }) => ms(timesOf(report).totalLatencyMs.p95) },
    { title: 'TPOT p50', cell: ({ report }) => ms(report.fromSent.tpotMs.p50) },
    { title: 'failed', cell: failed },
    ...(judged ? [{ title: 'good', cell: good }] : []),
    open ? lateColumn : { title: 'Little', cell: little },
    { title: 'loop lag', cell: ({ report }) => ms(report.loopLag.p99) },
    { title: 'cost', cell: ({ report }) => formatUsd(report.costUsd) },
  ]
}

const inFlight: LevelColumn['cell'] = ({ report }) => report.throughput.inFlight.toFixed(1)

const failed: LevelColumn['cell'] = ({ report }) => {
  const errors = errorsOf(report)
  return errors === 0 ? 0 : html`<span class="bad">${errors}</span>`
}

const good: LevelColumn['cell'] = ({ report: { goodput } }) =>
  goodput.share === null
    ? '–'
    : html`${percent(goodput.share)}
        <small>${(100 * goodput.low).toFixed(0)}–${(100 * goodput.high).toFixed(0)}</small>`

const little: LevelColumn['cell'] = ({ report: { throughput } }) =>
  throughput.littleError === null ? '–' : percent(throughput.littleError)

/** The levels of a group, a row each. */
export function levelsTable(group: Group, groups: readonly Group[], objectives: Objectives): Markup {
  const columns = columnsOf(groups, Object.keys(objectives).length > 0)
  const head = isOpen([group]) ? 'requests/s' : 'in flight'
  const rows = group.entries.map((entry) => {
    const { report, level, label } = entry
    const kind = kindOf(entry, group)
    const cells =
      report === null
        ? html`<td colspan="${columns.length}">
            ${level.notMade} of ${level.warmups + level.total} calls were not made
          </td>`
        : columns.map(({ cell }) => html`<td>${cell({ ...entry, report })}</td>`)
    const limit = entry.isRanked || report === null ? null : html` <small>not ranked</small>`
    return html`<tr class="${kind}">
      <th scope="row">${label}${limit}</th>
      ${cells}
    </tr>`
  })
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${group.called}: levels">
    <table>
      <thead>
        <tr>
          <th scope="col">${head}</th>
          ${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

const percentileNames = ['p50', 'p90', 'p95', 'p99'] as const

const timeNames = {
  ttftMs: 'TTFT',
  ttfaMs: 'TTFA',
  totalLatencyMs: 'latency',
  tpotMs: 'TPOT',
  itlP95Ms: 'gap (p95 of a request)',
} as const

/** The percentiles of one level, which make no curve. */
export function percentilesTable({ report, label }: Entry): Markup | null {
  if (report === null) return null
  const times = timesOf(report)
  const rows = Object.entries(timeNames).map(([name, title]) => {
    const found = times[name as keyof typeof timeNames]
    return [title, found.n, ...percentileNames.map((p) => interval(found[p]))]
  })
  return tableHtml({ columns: ['time', 'n', ...percentileNames], rows }, `Percentiles with ${label}`)
}

function kindOf(entry: Entry, { entries, knee, best }: Group): string {
  if (!entry.isRanked) return 'off'
  if (entries.length === 1) return ''
  return entry === knee ? 'knee' : entry === best ? 'best' : ''
}

/** Kinds of failure that are listed, and signs of a message that are shown. */
const mostKinds = 100
const mostMessage = 300

/** What failed at which level, warm-ups among it, with the first message of each kind. */
export function errorsTable(groups: readonly Group[]): Markup | null {
  const found = groups.flatMap((group) =>
    group.entries.flatMap((entry) => entry.level.failures.map((failures) => ({ group, entry, failures }))),
  )
  if (found.length === 0) return null
  const rows = found.slice(0, mostKinds).map(({ group, entry, failures }) => {
    const { kind, n, warmups, message } = failures
    const { report } = entry
    return html`<tr>
      <th scope="row">${kind}</th>
      <td>${groups.length > 1 ? `${group.called}, ` : ''}${entry.label}</td>
      <td>${n}${warmups === 0 ? null : html` <small>and ${warmups} warming up</small>`}</td>
      <td>${report === null ? '–' : percent(n / report.n)}</td>
      <td class="words">${shortened(printable(message ?? ''), mostMessage)}</td>
    </tr>`
  })
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Failures: table">
      <table>
        <thead>
          <tr>
            <th scope="col">kind</th>
            <th scope="col">level</th>
            <th scope="col">requests</th>
            <th scope="col">of the level</th>
            <th scope="col" class="words">the first of them said</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${
      found.length > mostKinds
        ? html`<p class="note">${found.length - mostKinds} more lines are left out.</p>`
        : null
    }`
}
