import { atLeast, atMost, type Goal, round } from '../goals.ts'
import type { Cost, Row } from './measure.ts'

const ours = 'synthetic'
/** The baseline of the ratios. */
const baseline = 'Express'

const shown = (value: number | null): number | string => (value === null ? '-' : round(value))

/** How many times that of Express a figure of a row is. */
function ratioOf(row: Row, rows: readonly Row[], key: Exclude<keyof Cost, 'errors'>): number | null {
  const base = rows.find(({ what, server }) => what === row.what && server === baseline)?.cost[key] ?? null
  const value = row.cost[key]
  return base === null || base === 0 || value === null ? null : value / base
}

/** The rows as a table. */
export const figuresOf = (rows: readonly Row[]): Record<string, unknown>[] =>
  rows.map((row) => {
    const { perS, ttftP50, p50, p95, p99, lateP99, cpu, errors } = row.cost
    return {
      what: row.what,
      server: row.server,
      'answers/s': shown(perS),
      'TTFT p50': shown(ttftP50),
      p50: shown(p50),
      p95: shown(p95),
      p99: shown(p99),
      'late p99': shown(lateP99),
      'CPU s of 1,000': shown(cpu),
      errors,
      [`CPU of ${baseline}`]: shown(ratioOf(row, rows, 'cpu')),
      [`p50 of ${baseline}`]: shown(ratioOf(row, rows, 'p50')),
      [`p99 of ${baseline}`]: shown(ratioOf(row, rows, 'p99')),
    }
  })

/**
 * What the rows must show: ours answers all, keeps the rate, and costs no more than the baseline. `rate`: what was asked for,
 * null if it was not kept.
 */
export function goalsOf(rows: readonly Row[], rate: number | null): Goal[] {
  const mine = rows.filter(({ server }) => server === ours)
  return [
    atMost(
      'requests that failed, all servers',
      0,
      rows.reduce((sum, { cost }) => sum + cost.errors, 0),
    ),
    ...mine.flatMap((row) => {
      const { what } = row
      const cpu = ratioOf(row, rows, 'cpu')
      const isMicro = what.startsWith('/micro/')
      return [
        ...(cpu === null ? [] : [atMost(`${what}: CPU, ours / ${baseline}`, isMicro ? 1 : 1.1, cpu)]),
        ...(isMicro && rate !== null
          ? [atLeast(`${what}: share of the rate`, 0.99, (row.cost.perS ?? 0) / rate)]
          : []),
      ]
    }),
  ]
}
