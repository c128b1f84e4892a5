import { axisFor, distributionAt, legendOf, narrow, pointOf, scaleOf } from './sweep-charts.ts'
import { drawLines } from './sweep-drawing.ts'
import type { Figure } from './sweep-figure.ts'
import { type Group, isOpen } from './sweep-groups.ts'
import { intervalText } from './sweep-interval.ts'
import type { Line } from './sweep-marks.ts'

/** Loads drawn over context: with more, the lines hide each other. */
const mostLoads = 5

const entryAt = ({ entries }: Group, wanted: string) => entries.find(({ label }) => label === wanted)

/** TTFT against context: a line for each of some loads, evenly chosen. */
export function contextFigure(tiers: readonly Group[]): Figure {
  const sorted = tiers.toSorted((a, b) => (a.contextTokens ?? 0) - (b.contextTokens ?? 0))
  const labels = [...new Set(sorted.flatMap(({ entries }) => entries.map(({ label }) => label)))]
  const chosen = evenly(labels, mostLoads)
  const lines = chosen.map((label, place): Line => ({
    name: isOpen(tiers) ? label : `${label} in flight`,
    slot: place + 1,
    dashed: false,
    points: sorted.flatMap((tier, x) => {
      const entry = entryAt(tier, label)
      const p50 = entry && distributionAt(entry, 'ttftMs')?.p50
      return pointOf(p50, { x, label: null, faint: entry?.isRanked === false })
    }),
  }))
  const categories = sorted.map(({ contextTokens }) => String(contextTokens ?? 0))
  const y = axisFor(lines)
  return {
    title: sorted[0]?.target ?? '',
    aside: ['TTFT p50', scaleOf(y)].filter(Boolean).join(', '),
    label: 'Median TTFT over the size of the context, a line for each load',
    legend: legendOf(lines),
    narrow: drawLines(lines, { x: { name: 'tokens of context', unit: 'number', categories }, y }, narrow),
    table: {
      columns: ['tokens of context', ...labels],
      rows: sorted.map((tier, place) => [
        categories[place] ?? '',
        ...labels.map((label) => {
          const entry = entryAt(tier, label)
          return intervalText(entry && distributionAt(entry, 'ttftMs')?.p50)
        }),
      ]),
    },
  }
}

/** Some of a list, its ends among them. */
export function evenly<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items]
  const step = (items.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, place) => items[Math.round(place * step)] as Item)
}
