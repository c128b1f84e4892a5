import type { LevelReport } from '../lab/describe-level.ts'
import type { Distribution } from '../lab/distribution.ts'
import { formatRate } from './format.ts'
import { drawLines } from './sweep-drawing.ts'
import type { Figure } from './sweep-figure.ts'
import { type Entry, type Group, isOpen, rateOf, timesOf } from './sweep-groups.ts'
import { intervalText } from './sweep-interval.ts'
import type { Axis, Line, Point } from './sweep-marks.ts'

/** A figure is as wide as a phone, and grows a little with its column; the first two also come for wide windows. */
export const narrow = { width: 358, height: 248 }
const wide = { width: 580, height: 330 }

/** Colours that can be told apart. */
export const mostGroups = 8

type TimeName = keyof LevelReport['fromSent']

/** A time of a level; null if nothing was measured. */
export const distributionAt = ({ report }: Entry, name: TimeName): Distribution | null =>
  report === null ? null : timesOf(report)[name]

/** A percentile as a point; none if there is no value. */
export const pointOf = (
  of: Distribution['p50'] | undefined,
  more: Omit<Point, 'y' | 'low' | 'high'>,
): Point[] => (of === null || of === undefined ? [] : [{ ...more, y: of.value, low: of.low, high: of.high }])

export const loadName = (groups: readonly Group[]): string =>
  isOpen(groups) ? 'requests per second asked for' : 'requests in flight'

/** An axis with the loads of a group. */
export const loadAxis = (group: Group) => ({
  name: loadName([group]),
  unit: 'number' as const,
  categories: group.entries.map(({ label }) => label),
})

/** What all percentiles span: beyond thirtyfold a linear axis hides the small ones. */
export function axisFor(lines: readonly Line[]): Axis {
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => y > 0)
  const spread = Math.max(...values) / Math.min(...values)
  return { name: '', unit: 'ms', log: values.length > 0 && spread > 30 }
}

export const scaleOf = ({ log }: Axis): string => (log === true ? 'logarithmic scale' : '')

const markOf = ({ slot }: Line): string => `s${slot}`
export const legendOf = (lines: readonly Line[]) =>
  lines.map((line) => ({ name: line.name, mark: markOf(line) }))

/** A percentile of a time over throughput, along the loads of a group. */
const alongLoads = (group: Group, name: TimeName, p: 'p50' | 'p95'): Point[] =>
  group.entries.flatMap((entry, place) => {
    const isKnee = entry === group.knee
    const isBeyond = group.knee !== null && place > group.entries.indexOf(group.knee)
    return pointOf(distributionAt(entry, name)?.[p], {
      x: rateOf(entry),
      label: p === 'p50' ? (isKnee ? `knee · ${entry.label}` : entry.label) : null,
      ...(isBeyond ? { beside: 'right' } : isKnee ? { beside: 'left' } : {}),
      marked: isKnee && p === 'p50',
      faint: !entry.isRanked,
    })
  })

function throughputLines(groups: readonly Group[], name: TimeName): Line[] {
  const [only] = groups
  if (groups.length === 1 && only !== undefined)
    return [
      { name: 'p50', slot: 1, dashed: false, points: alongLoads(only, name, 'p50') },
      { name: 'p95', slot: 2, dashed: true, points: alongLoads(only, name, 'p95') },
    ]
  return groups.map((group, place) => ({
    name: `${group.called}, p50`,
    slot: place + 1,
    dashed: false,
    points: alongLoads(group, name, 'p50'),
  }))
}

function throughputCells(group: Group, entry: Entry, name: TimeName): string[] {
  const found = distributionAt(entry, name)
  const { report } = entry
  return [
    entry.label,
    group.called,
    report === null ? '–' : rateOf(entry).toFixed(2),
    report === null ? '–' : formatRate(report.throughput.outputTokensPerS),
    intervalText(found?.p50),
    intervalText(found?.p95),
  ]
}

/** Throughput against a time: a line a group, along its loads. */
export function throughputFigure(
  groups: readonly Group[],
  { name, title }: { name: TimeName; title: string },
): Figure {
  const drawn = groups.slice(0, mostGroups)
  const lines = throughputLines(drawn, name)
  const axes = { x: { name: 'answers per second', unit: 'number' as const }, y: axisFor(lines) }
  return {
    title: `Throughput against ${title}`,
    aside: scaleOf(axes.y),
    label: `${title} over answers per second, a line for each target, points labelled with ${loadName(groups)}`,
    legend: legendOf(lines),
    wide: drawLines(lines, axes, wide),
    narrow: drawLines(lines, axes, narrow),
    table: {
      columns: [loadName(groups), 'target', 'answers/s', 'tokens/s', 'p50', 'p95'],
      rows: drawn.flatMap((group) => group.entries.map((entry) => throughputCells(group, entry, name))),
    },
  }
}

const shownPercentiles = ['p50', 'p95', 'p99'] as const

/** The percentiles of a time at each level of a group. */
export function percentileFigure(group: Group, { name, title }: { name: TimeName; title: string }): Figure {
  const lines = shownPercentiles.map((p, place): Line => ({
    name: p,
    slot: place + 1,
    dashed: false,
    points: group.entries.flatMap((entry, x) =>
      pointOf(distributionAt(entry, name)?.[p], { x, label: null, faint: !entry.isRanked }),
    ),
  }))
  const y = axisFor(lines)
  const x = loadAxis(group)
  return {
    title,
    aside: scaleOf(y),
    label: `p50, p95 and p99 of ${title} at each load of ${group.called}, with intervals`,
    legend: legendOf(lines),
    narrow: drawLines(lines, { x, y }, narrow),
    table: {
      columns: [x.name, 'n', 'p50', 'p90', 'p95', 'p99'],
      rows: group.entries.map((entry) => {
        const found = distributionAt(entry, name)
        const cells = [found?.p50, found?.p90, found?.p95, found?.p99].map(intervalText)
        return [entry.label, String(found?.n ?? 0), ...cells]
      }),
    },
  }
}

/** The share of good requests at each level. */
export function goodputFigure(group: Group): Figure {
  const points = group.entries.flatMap((entry, x): Point[] => {
    const { share, low, high } = entry.report?.goodput ?? { share: null, low: 0, high: 1 }
    return share === null
      ? []
      : [{ x, y: share, low, high, label: `${Math.round(100 * share)} %`, faint: !entry.isRanked }]
  })
  const x = loadAxis(group)
  const line: Line = { name: 'good requests', slot: 3, dashed: false, points }
  return {
    title: 'Good requests',
    aside: 'met every objective',
    label: `Share of good requests at each load of ${group.called}`,
    legend: [],
    narrow: drawLines([line], { x, y: { name: '', unit: 'share' } }, narrow),
    table: {
      columns: [x.name, 'good', 'judged', 'share', 'interval'],
      rows: group.entries.map(({ label, report }) => {
        if (report === null) return [label, '–', '–', '–', '–']
        const { good, n, share, low, high } = report.goodput
        return [label, String(good), String(n), shareText(share), `${shareText(low)} – ${shareText(high)}`]
      }),
    },
  }
}

const shareText = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(1)} %`)
