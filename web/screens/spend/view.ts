import type { Answer } from '../../api/client.ts'
import { byKind, type ByKind } from './kinds.ts'

export type CostRow = Answer<'GET /api/v1/costs'>['rows'][number]
type Result = Answer<'GET /api/v1/results'>['rows'][number]

const dayMs = 86_400_000

/** The day (UTC) of a moment: `2026-11-29`. */
const dayOf = (at: string | Date): string => new Date(at).toISOString().slice(0, 10)

/** The first of so many days, today included. */
export const firstDay = (now: Date, days: number): string =>
  dayOf(new Date(now.getTime() - (days - 1) * dayMs))

/** A provider, by its name or as one of the others; where there are both kinds it says which. */
const payeeOf = (name: string | null, isSynthetic: boolean, areMixed: boolean): string =>
  `${name ?? 'unknown'}${areMixed && isSynthetic && name !== 'synthetic' ? ', synthetic' : ''}`

/** A day of a chart. */
export interface SpentDay {
  day: string
  n_calls: number
  /** By the place of `payees`. */
  usd: number[]
  /** All of them: how high the bar is. */
  total: number
  kinds: ByKind
}

/** As many colours as a chart tells apart. */
const mostSeries = 8
export const rest = 'others'

/** Who was paid, real ones before synthetic ones and dearest first, and how much of each day; who is beyond the eighth is one of the others. */
export function byDay(rows: readonly CostRow[], since: string, days: number) {
  const isOf = (synthetic: boolean) => rows.some((row) => row.synthetic === synthetic)
  const areMixed = isOf(true) && isOf(false)
  const nameOf = (row: CostRow) => payeeOf(row.provider, row.synthetic, areMixed)
  const sums = new Map<string, { isSynthetic: boolean; usd: number }>()
  for (const row of rows) {
    const usd = (sums.get(nameOf(row))?.usd ?? 0) + row.cost_usd
    sums.set(nameOf(row), { isSynthetic: row.synthetic, usd })
  }
  const ranked = [...sums].toSorted(
    ([, a], [, b]) => Number(a.isSynthetic) - Number(b.isSynthetic) || b.usd - a.usd,
  )
  const restFrom = (kept: number) =>
    new Set(ranked.slice(kept).map(([, { isSynthetic }]) => payeeOf(rest, isSynthetic, areMixed)))
  // The others of each kind are one.
  const kept = ranked.length <= mostSeries ? ranked.length : mostSeries - (restFrom(mostSeries - 2).size || 1)
  const payees = [...ranked.slice(0, kept).map(([name]) => name), ...restFrom(kept)]
  const found = Map.groupBy(rows, ({ since: at }) => (at === null ? '' : dayOf(at)))
  const spent = Array.from({ length: days }, (_, index): SpentDay => {
    const day = dayOf(new Date(Date.parse(since) + index * dayMs))
    const ofDay = found.get(day) ?? []
    const usd = payees.map(() => 0)
    for (const row of ofDay) {
      const own = payees.indexOf(nameOf(row))
      const place = own === -1 ? payees.indexOf(payeeOf(rest, row.synthetic, areMixed)) : own
      usd[place] = (usd[place] ?? 0) + row.cost_usd
    }
    const n_calls = sum(ofDay.map((row) => row.n_calls))
    return { day, n_calls, usd, total: sum(usd), kinds: byKind(ofDay) }
  })
  return { payees, days: spent, kinds: byKind(rows) }
}

/** The marks of an axis from 0 to a round number that is no less than `most`: at most five steps. */
export function ticksOf(most: number): number[] {
  if (most <= 0) return [0, 1]
  const rough = most / 4
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * size >= rough * (1 - 1e-9)) ?? 10) * size
  const n = Math.ceil(most / step - 1e-9)
  return Array.from({ length: n + 1 }, (_, index) => Number((index * step).toPrecision(6)))
}

/** What a model was charged, and what its price says it should have been. */
export interface Charged {
  provider: string
  model: string
  n: number
  charged: number
  computed: number
  /** The largest difference of a call, in USD. */
  largest: number
}

/** Results of which both are known, by model, furthest apart first. */
export function chargedOf(results: readonly Result[]): Charged[] {
  const both = results.flatMap(({ provider, model, charged_usd: charged, computed_usd: computed }) =>
    charged === null || computed === null
      ? []
      : [{ provider: provider ?? '', model: model ?? '', charged, computed }],
  )
  return Map.groupBy(both, ({ provider, model }) => `${provider}/${model}`)
    .values()
    .map((calls) => ({
      provider: calls[0]?.provider ?? '',
      model: calls[0]?.model ?? '',
      n: calls.length,
      charged: sum(calls.map(({ charged }) => charged)),
      computed: sum(calls.map(({ computed }) => computed)),
      largest: Math.max(...calls.map(({ charged, computed }) => Math.abs(charged - computed))),
    }))
    .toArray()
    .toSorted((a, b) => Math.abs(b.charged - b.computed) - Math.abs(a.charged - a.computed))
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** By which share of what was computed more was charged: `+2.5 %`; nothing if it was free. */
export function drift({ charged, computed }: Pick<Charged, 'charged' | 'computed'>): string {
  if (computed === 0) return ''
  const share = Math.round((charged / computed - 1) * 1000) / 10
  return `${share > 0 ? '+' : share < 0 ? '−' : '±'}${Math.abs(share)} %`
}
