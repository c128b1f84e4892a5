import { counted } from '../core/text.ts'
import { percentile } from '../core/statistics.ts'
import type { SweepRow } from './describe-sweep.ts'
import { formatMs } from './format.ts'
import { axisFor, legendOf, loadAxis, narrow, scaleOf } from './sweep-charts.ts'
import { drawLanes, drawLines } from './sweep-drawing.ts'
import type { Figure } from './sweep-figure.ts'
import type { Entry, Group } from './sweep-groups.ts'
import { type Lanes, lanesOf } from './sweep-lanes.ts'
import type { Line, Point } from './sweep-marks.ts'

const gapKinds = [
  { name: 'median gap', column: 'itl_p50_ms' },
  { name: '95th percentile gap', column: 'itl_p95_ms' },
] as const

const valuesOf = (rows: readonly SweepRow[], column: (typeof gapKinds)[number]['column']): number[] =>
  rows
    .flatMap((row) => (row.warmup || !row.success ? [] : [row[column] ?? null]))
    .filter((gap) => gap !== null)

/** How the gaps between tokens of a request are distributed over requests: nine tenths of them around the median. */
export function gapFigure(group: Group): Figure {
  const lines = gapKinds.map(({ name, column }, place): Line => ({
    name: `${name} of a request`,
    slot: place === 0 ? 1 : 4,
    dashed: false,
    points: group.entries.flatMap(({ rows, isRanked }, x): Point[] => {
      const values = valuesOf(rows, column)
      const [low, y, high] = [0.05, 0.5, 0.95].map((p) => percentile(values, p) ?? 0)
      return values.length === 0
        ? []
        : [{ x, y: y ?? 0, low: low ?? 0, high: high ?? 0, label: null, faint: !isRanked }]
    }),
  }))
  const y = axisFor(lines)
  const x = loadAxis(group)
  return {
    title: 'Gaps between tokens',
    aside: ['bars hold 90 % of requests', scaleOf(y)].filter(Boolean).join(', '),
    label: `Gaps between tokens at each load of ${group.called}`,
    legend: legendOf(lines.filter(({ points }) => points.length > 0)),
    narrow: drawLines(lines, { x, y }, narrow),
    table: {
      columns: [x.name, ...gapKinds.flatMap(({ name }) => [`${name}: p5`, 'p25', 'p50', 'p75', 'p95'])],
      rows: group.entries.map(({ label, rows }) => [
        label,
        ...gapKinds.flatMap(({ column }) => {
          const values = valuesOf(rows, column)
          return [0.05, 0.25, 0.5, 0.75, 0.95].map((p) => formatMs(percentile(values, p)))
        }),
      ]),
    },
  }
}

/** What is drawn of requests in all, and of a level at most and at least. */
const lanesInAll = 2400
const lanesRoom = { most: 600, least: 120, lanes: 40 }

/** The requests of a level in lanes over time. `levels` share what a page has room for. */
export function lanesFigure(group: Group, entry: Entry, levels: number): Figure {
  const requests = Math.max(lanesRoom.least, Math.min(lanesRoom.most, Math.floor(lanesInAll / levels)))
  const { areas, drawn, all } = lanesOf(entry.rows, { lanes: lanesRoom.lanes, requests })
  const height = 34 + Math.max(40, Math.min(220, drawn.lanes * 14))
  const load = 'rate' in entry.level.load ? `${entry.label} asked for` : `${entry.label} in flight`
  const part = [
    ...(drawn.lanes < all.lanes ? [`${drawn.lanes} of ${all.lanes} lanes`] : []),
    ...(drawn.untilMs < all.untilMs
      ? [`the first ${formatMs(drawn.untilMs)} of ${formatMs(all.untilMs)}`]
      : []),
  ]
  const made = counted(all.requests, 'request')
  return {
    title: load,
    aside: part.length === 0 ? made : `${part.join(', ')}: ${drawn.requests} of ${made}`,
    label: `Requests of ${group.called} with ${load}: each a bar in a lane, from when it was due or sent to its end`,
    legend: [],
    narrow: drawLanes(areas, drawn, { width: narrow.width, height }),
    table: {
      columns: [
        'lanes',
        'requests',
        'of them drawn',
        'took',
        'waited here',
        'to the first token',
        'streamed',
        'failed',
      ],
      rows: [
        [
          String(all.lanes),
          String(all.requests),
          String(drawn.requests),
          formatMs(all.untilMs),
          ...[0, 1, 2, 3].map((place) => formatMs(meanOf([areas[place], areas[place + 4]]))),
        ],
      ],
    },
  }
}

/** How long the pieces of some areas are on average, in ms. */
function meanOf(areas: readonly (Lanes['areas'][number] | undefined)[]): number | null {
  const pieces = areas.flatMap((area) => area?.pieces ?? [])
  return pieces.length === 0 ? null : pieces.reduce((sum, { from, to }) => sum + to - from, 0) / pieces.length
}
