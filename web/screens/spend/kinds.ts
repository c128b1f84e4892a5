import { count, usd } from '../../format/numbers.ts'
import type { CostRow } from './view.ts'

// Synthetic calls cost nobody anything: what they would have is told, and never added to what was paid.

/** What calls of one kind cost. */
interface Sum {
  usd: number
  n_calls: number
}

/** Spending by kind; null of a kind of which there was no call. */
export interface ByKind {
  real: Sum | null
  synthetic: Sum | null
}

type Counted = Pick<CostRow, 'synthetic' | 'cost_usd' | 'n_calls'>

/** What rows of costs come to, real and synthetic apart. */
export const byKind = (rows: readonly Counted[]): ByKind => ({
  real: sumOf(rows.filter(({ synthetic }) => !synthetic)),
  synthetic: sumOf(rows.filter(({ synthetic }) => synthetic)),
})

const sumOf = (rows: readonly Counted[]): Sum | null =>
  rows.length === 0
    ? null
    : {
        usd: rows.reduce((sum, { cost_usd: cost }) => sum + cost, 0),
        n_calls: rows.reduce((sum, { n_calls: n }) => sum + n, 0),
      }

const calls = (n: number): string => `${count(n)} ${n === 1 ? 'call' : 'calls'}`

/** `$0.20 for 4 calls, and $3.10 synthetic for 12 calls`. */
export function spentText({ real, synthetic }: ByKind): string {
  const paid = real && `${usd(real.usd)} for ${calls(real.n_calls)}`
  const made = synthetic && `${usd(synthetic.usd)} synthetic for ${calls(synthetic.n_calls)}`
  if (paid !== null && made !== null) return `${paid}, and ${made}`
  return paid ?? made ?? 'no calls'
}

/** How many calls there were: `4 calls`, `12 synthetic calls`, `4 calls and 12 synthetic ones`. */
export function callsText({ real, synthetic }: ByKind): string {
  if (synthetic === null) return calls(real?.n_calls ?? 0)
  const { n_calls: n } = synthetic
  if (real === null) return `${count(n)} synthetic ${n === 1 ? 'call' : 'calls'}`
  return `${calls(real.n_calls)} and ${count(n)} synthetic ${n === 1 ? 'one' : 'ones'}`
}

/** Rows as groups of a table: real ones alone need no head. */
export function groupsByKind<Row extends { synthetic: boolean }>(
  rows: readonly Row[],
  noteOf: (rows: readonly Row[]) => string,
): { name: string | null; note?: string; rows: readonly Row[] }[] {
  const real = rows.filter(({ synthetic }) => !synthetic)
  const made = rows.filter(({ synthetic }) => synthetic)
  if (made.length === 0) return [{ name: null, rows: real }]
  return [
    { name: 'Real', note: noteOf(real), rows: real },
    { name: 'Synthetic', note: `${noteOf(made)}, which nobody paid`, rows: made },
  ].filter((group) => group.rows.length > 0)
}
