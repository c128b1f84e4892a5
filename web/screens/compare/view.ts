import type { Answer } from '../../api/client.ts'
import type { ComparedRow, Metric, Ranked } from '../../api/compare-queries.ts'
import { familyOf } from '../../format/words.ts'
import { type CompareSearch, most, type Speed } from './search.ts'

type Present = Answer<'GET /api/v1/now'>

/** A target by its names. */
export interface Target {
  id: string
  provider: string
  providerName: string
  model: string
}

/** Every target once, by provider and model. */
export function targetsOf({ rows, providers }: Present): Target[] {
  const targets = new Map(
    rows.map(({ target_id: id, provider, model }): [string, Target] => [
      id,
      { id, provider, providerName: providers[provider]?.name ?? provider, model },
    ]),
  )
  return [...targets.values()].toSorted(
    (a, b) => a.providerName.localeCompare(b.providerName) || a.model.localeCompare(b.model),
  )
}

/** Regions in which there are measurements, the one with the most first. */
export function regionsOf({ rows }: Present): string[] {
  const counts = new Map<string, number>()
  for (const { region, typical } of rows)
    if (region !== null) counts.set(region, (counts.get(region) ?? 0) + (typical === null ? 0 : 1))
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([region]) => region)
}

/** The targets that a search compares; a model's are those whose name is its own without vendor and edition. */
export function chosenOf(targets: readonly Target[], { targets: ids, model }: CompareSearch): Target[] {
  if (ids !== undefined) return ids.flatMap((id) => targets.find((target) => target.id === id) ?? [])
  if (model === undefined) return []
  const family = familyOf(model)
  return targets.filter((target) => familyOf(target.model) === family).slice(0, most)
}

/** The ids of the chosen with one more, or without one that is among them; undefined if none is left. */
export function toggled(chosen: readonly Target[], id: string): string[] | undefined {
  const ids = chosen.map((target) => target.id)
  const next = ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id].slice(0, most)
  return next.length === 0 ? undefined : next
}

/** Models that several providers serve, with how many do. */
export function familiesOf(targets: readonly Target[]): { family: string; n: number }[] {
  const families = Map.groupBy(targets, ({ model }) => familyOf(model))
  return [...families]
    .map(([family, members]) => ({ family, n: new Set(members.map(({ provider }) => provider)).size }))
    .filter(({ n }) => n > 1)
    .toSorted((a, b) => b.n - a.n || a.family.localeCompare(b.family))
}

/** The series of rows, the one with the most first: only within one is a comparison fair. */
export function seriesOf(rows: readonly { series: string | null }[]): string[] {
  const counts = new Map<string, number>()
  for (const { series } of rows) if (series !== null) counts.set(series, (counts.get(series) ?? 0) + 1)
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([series]) => series)
}

/** A target beside others: its place is its colour. */
export interface Side {
  target: Target
  /** From 1. */
  place: number
  /** Null if nothing was measured in this region and window. */
  row: ComparedRow | null
}

/** The chosen targets with what was measured of them. */
export const sidesOf = (
  chosen: readonly Target[],
  rows: readonly ComparedRow[],
  series: string | undefined,
): Side[] =>
  chosen.map((target, index) => ({
    target,
    place: index + 1,
    row:
      rows.find((row) => row.target_id === target.id && (series === undefined || row.series === series)) ??
      null,
  }))

export type Figure = ComparedRow['metrics'][string]

/** What was measured of a metric. */
export const figureOf = ({ row }: Side, metric: Metric): Figure | null => row?.metrics[metric] ?? null

/** The largest end of the intervals of a metric, to draw them on one scale. */
export const scaleOf = (sides: readonly Side[], metric: Metric): number =>
  Math.max(0, ...sides.map((side) => figureOf(side, metric)?.high ?? figureOf(side, metric)?.value ?? 0))

/** A target with its speed and the price of 1,000 of its answers. */
export interface Spot {
  id: string
  name: string
  /** USD per 1,000 answers, with its interval. */
  cost: Span
  speed: Span
  /** The fewer of both. */
  n: number
}

export interface Span {
  value: number
  low: number
  high: number
}

const spanOf = ({ value, low, high }: Ranked, times = 1): Span | null =>
  value === null ? null : { value: value * times, low: (low ?? value) * times, high: (high ?? value) * times }

/** Targets that have both; those that cost nothing have no place on a scale of ratios. */
export function spotsOf(speeds: readonly Ranked[], costs: readonly Ranked[], series?: string) {
  const inSeries = (row: Ranked) => series === undefined || row.series === series
  const byId = new Map(costs.filter(inSeries).map((row) => [row.target_id, row]))
  const spots = speeds.filter(inSeries).flatMap((row): Spot[] => {
    const paid = byId.get(row.target_id)
    const cost = paid === undefined ? null : spanOf(paid, 1000)
    const speed = spanOf(row)
    if (row.target_id === null || paid === undefined || cost === null || speed === null) return []
    const name = `${row.provider ?? ''} / ${row.model ?? ''}`
    return [{ id: row.target_id, name, cost, speed, n: Math.min(row.n, paid.n) }]
  })
  const paid = spots.filter(({ cost }) => cost.value > 0)
  return {
    spots: paid,
    nFree: spots.length - paid.length,
    nUnpriced: speeds.filter(inSeries).length - spots.length,
  }
}

/** The targets that no other beats in both, cheapest first: more tokens per second are better, more ms are not. */
export function frontierOf(spots: readonly Spot[], speed: Speed): Spot[] {
  const better = (a: number, b: number) => (speed === 'tps' ? a > b : a < b)
  const cheapest = spots.toSorted(
    (a, b) => a.cost.value - b.cost.value || (better(a.speed.value, b.speed.value) ? -1 : 1),
  )
  const frontier: Spot[] = []
  for (const spot of cheapest) {
    const best = frontier.at(-1)
    if (best === undefined || better(spot.speed.value, best.speed.value)) frontier.push(spot)
  }
  return frontier
}
