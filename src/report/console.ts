import { styleText } from 'node:util'
import type { ResultRow } from '../core/row.ts'
import { minimumSample, type Summary, summarize } from '../core/statistics.ts'
import {
  type Column,
  formatCount,
  formatMs,
  formatRate,
  formatTable,
  formatUsd,
  printable,
  shortened,
} from './format.ts'

type Style = Parameters<typeof styleText>[0]

const shownColumns = [
  'provider',
  'model',
  'iteration',
  'success',
  'status_code',
  'error_kind',
  'ttft_ms',
  'tps',
  'total_latency_ms',
  'input_tokens',
  'output_tokens',
  'cost_usd',
  'timing_quality',
  'timing_reasons',
  'context_tokens',
  'warmup',
  'own_load',
  'started_at',
  'queue_ms',
  'connect_ms',
] as const satisfies (keyof ResultRow)[]

/** What tables show of a result. */
export type ShownResult = Pick<ResultRow, (typeof shownColumns)[number]>

/**
 * A result without what tables do not show, such as the text of its answer: small enough to keep until a run
 * ends.
 */
export const shownOf = (result: ShownResult): ShownResult =>
  Object.fromEntries(shownColumns.map((name) => [name, result[name]])) as ShownResult

/** Colors a text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string

/** Colors text if `color` is true. */
export const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color ? styleText(style, text, { validateStream: false }) : text

/** One result as a line, for a terminal or a pipe. */
export function resultLine(result: ShownResult & Pick<ResultRow, 'error_message'>, paint: Paint): string {
  const target = `${calledOf(result)}${result.warmup ? ', warm-up' : ''}`
  if (!result.success) {
    const failure = paint('red', failureOf(result))
    return `${paint('red', '✗')} ${target}  ${failure}  ${printable(result.error_message ?? '')}`.trimEnd()
  }
  const tokens = `${formatCount(result.input_tokens)} in / ${formatCount(result.output_tokens)} out`
  const speed = `TTFT ${formatMs(result.ttft_ms)}  TPS ${formatRate(result.tps)}`
  const latency = `latency ${formatMs(result.total_latency_ms)}`
  const cost = result.cost_usd === null ? '' : `  ${formatUsd(result.cost_usd)}`
  return `${paint('green', '✓')} ${target}  ${speed}  ${latency}  ${tokens}${cost}`
}

/** Longer names are truncated: a model id may have thousands of characters. */
const mostName = 48

/** A target for people. */
const nameOf = ({ provider, model }: { provider: string; model: string }): string =>
  shortened(printable(`${provider} / ${model}`), mostName)

/** A target for people, and its context tier if it has one: what has statistics of its own. */
export const calledOf = (called: {
  provider: string
  model: string
  context_tokens: number | null
}): string =>
  called.context_tokens === null ? nameOf(called) : `${nameOf(called)}, context ${called.context_tokens}`

const failureOf = ({ status_code, error_kind }: ShownResult): string =>
  [status_code, error_kind].filter((part) => part !== null).join(' ')

const contextColumn: Column = { title: 'CONTEXT', align: 'right' }
const targetColumns: Column[] = [
  { title: 'PROVIDER', align: 'left' },
  { title: 'MODEL', align: 'left' },
]
const resultColumns: Column[] = [
  { title: 'TTFT', align: 'right' },
  { title: 'TPS', align: 'right' },
  { title: 'LATENCY', align: 'right' },
  { title: 'IN', align: 'right' },
  { title: 'OUT', align: 'right' },
  { title: 'COST', align: 'right' },
  { title: 'STATUS', align: 'left' },
]

/** The results of a run as a table, by provider, model, context tier (in tokens, if there is one) and iteration. */
export function resultTable(results: readonly ShownResult[], paint: Paint): string {
  const sorted = results.toSorted((a, b) => order(a).localeCompare(order(b)))
  const hasTiers = results.some(({ context_tokens }) => context_tokens !== null)
  const columns = [...targetColumns, ...(hasTiers ? [contextColumn] : []), ...resultColumns]
  const rows = sorted.map((result) => [
    result.provider,
    shortened(printable(result.model), mostName),
    ...(hasTiers ? [String(result.context_tokens ?? 0)] : []),
    formatMs(result.ttft_ms),
    formatRate(result.tps),
    formatMs(result.total_latency_ms),
    formatCount(result.input_tokens),
    formatCount(result.output_tokens),
    formatUsd(result.cost_usd),
    result.success ? `${result.status_code ?? ''} ok` : failureOf(result),
  ])
  return formatTable(columns, rows, (cell, { row, column }) => {
    if (row < 0) return paint('dim', cell)
    if (column === columns.length - 1) return paint(sorted[row]?.success === true ? 'green' : 'red', cell)
    return ['TTFT', 'TPS'].includes(columns[column]?.title ?? '') ? paint('bold', cell) : cell
  })
}

const order = ({ provider, model, context_tokens, iteration }: ShownResult): string =>
  `${provider} ${model} ${[context_tokens ?? 0, iteration].map((part) => String(part).padStart(7, '0')).join(' ')}`

const statisticsColumns: Column[] = [
  { title: '  METRIC', align: 'left' },
  ...['n', 'min', 'mean', 'sd', 'p50', 'p95', 'p99', 'max'].map((title): Column => ({
    title,
    align: 'right',
  })),
]

/**
 * Statistics of the metrics of each target and context tier over its iterations; percentiles whose sample is too
 * small are marked `~`.
 */
export function statisticsTables(results: readonly ShownResult[], paint: Paint): string {
  return groupsOf(results)
    .map(([target, all]) => {
      const sample = all.filter(({ success }) => success)
      const rows = [
        statisticsRow(
          'TTFT ms',
          sample.map(({ ttft_ms }) => ttft_ms),
        ),
        statisticsRow(
          'TPS',
          sample.map(({ tps }) => tps),
        ),
        statisticsRow(
          'latency ms',
          sample.map(({ total_latency_ms }) => total_latency_ms),
        ),
      ]
      const failed = all.length - sample.length
      const failures = failed === 0 ? '' : paint('red', `  ${failed} of ${all.length} failed`)
      const dimHeader = (cell: string, place: { row: number }) => (place.row < 0 ? paint('dim', cell) : cell)
      return `${paint('bold', target)}${failures}\n${formatTable(statisticsColumns, rows, dimHeader)}`
    })
    .join('\n\n')
}

/** Results by target and context tier, in the order of the table. */
export const groupsOf = (results: readonly ShownResult[]): [called: string, results: ShownResult[]][] => [
  ...Map.groupBy(
    results.toSorted((a, b) => order(a).localeCompare(order(b))),
    calledOf,
  ),
]

const statisticsRow = (metric: string, values: readonly (number | null)[]): string[] => [
  `  ${metric}`,
  ...summaryCells(summarize(values)),
]

const plain = (value: number | null): string => (value === null ? '-' : value.toFixed(1))

/** A percentile, marked if its sample is too small. */
const marked = (value: number | null, { n, least }: { n: number; least: number }): string =>
  value !== null && n < least ? `~${plain(value)}` : plain(value)

const summaryCells = ({ n, min, mean, sd, p50, p95, p99, max }: Summary): string[] => [
  String(n),
  ...[min, mean, sd, p50].map(plain),
  marked(p95, { n, least: minimumSample.p95 }),
  marked(p99, { n, least: minimumSample.p99 }),
  plain(max),
]

/** Reasons shown in full. */
const mostReasons = 2

/** Targets with results whose timing is not fully trusted, each with reasons; empty if there are none. */
export function timingNotes(results: readonly ShownResult[], paint: Paint): string {
  const doubtful = results.filter(({ timing_quality }) => timing_quality !== 'ok')
  const targets = Map.groupBy(doubtful, (result) => `${calledOf(result)}: timing ${result.timing_quality}`)
  return [...targets]
    .map(([what, all]) => {
      const times = all.length === 1 ? '' : ` ${all.length} times`
      const reasons = [...new Set(all.flatMap(({ timing_reasons }) => timing_reasons))]
      const more = reasons.length > mostReasons ? `; and ${reasons.length - mostReasons} more` : ''
      return paint(
        'yellow',
        `! ${what}${times} (${printable(reasons.slice(0, mostReasons).join('; '))}${more})`,
      )
    })
    .join('\n')
}
