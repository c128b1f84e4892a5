import type { Answer } from '../../api/client.ts'

export type CostRow = Answer<'GET /api/v1/costs'>['rows'][number]
type Result = Answer<'GET /api/v1/results'>['rows'][number]

const dayMs = 86_400_000

/** The day (UTC) of a moment: `2026-11-29`. */
const dayOf = (at: string | Date): string => new Date(at).toISOString().slice(0, 10)

/** The first of so many days, today included. */
export const firstDay = (now: Date, days: number): string =>
  dayOf(new Date(now.getTime() - (days - 1) * dayMs))

/** A provider as a row of costs names it. */
const payeeOf = ({ provider, synthetic }: Pick<CostRow, 'provider' | 'synthetic'>): string =>
  `${provider ?? 'unknown'}${synthetic && provider !== 'synthetic' ? ', synthetic' : ''}`

/** A day of a chart. */
export interface SpentDay {
  day: string
  n_calls: number
  /** By the place of `payees`. */
  usd: number[]
  total: number
}

/** As many colours as a chart tells apart. */
const mostSeries = 8
export const rest = 'others'

/** Who was paid, dearest first, and how much of each day; beyond the eighth they are one. */
export function byDay(rows: readonly CostRow[], since: string, days: number) {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(payeeOf(row), (sums.get(payeeOf(row)) ?? 0) + row.cost_usd)
  const ranked = [...sums].toSorted(([, a], [, b]) => b - a).map(([name]) => name)
  const payees = ranked.length <= mostSeries ? ranked : [...ranked.slice(0, mostSeries - 1), rest]
  const spent: SpentDay[] = Array.from({ length: days }, (_, index) => ({
    day: dayOf(new Date(Date.parse(since) + index * dayMs)),
    n_calls: 0,
    usd: payees.map(() => 0),
    total: 0,
  }))
  const found = new Map(spent.map((each) => [each.day, each]))
  for (const row of rows) {
    const of = row.since === null ? undefined : found.get(dayOf(row.since))
    if (of === undefined) continue
    const place = payees.indexOf(payeeOf(row))
    const slot = place === -1 ? payees.length - 1 : place
    of.usd[slot] = (of.usd[slot] ?? 0) + row.cost_usd
    of.total += row.cost_usd
    of.n_calls += row.n_calls
  }
  return { payees, days: spent }
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
