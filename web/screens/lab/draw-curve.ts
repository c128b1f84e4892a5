import type { Draw, Palette } from '../../charts/drawing.ts'
import type { Option } from '../../charts/engine.ts'
import { duration } from '../../format/numbers.ts'
import { type DrawnCurve, metricNames, type Spot } from './curve.ts'
import { amountOf, type Shown } from './view.ts'

/** Draws throughput against what a request takes; levels that this machine limits stand apart, hollow. */
export const drawOf =
  (curves: readonly DrawnCurve[], { by = 'ttft', per }: Shown): Draw =>
  (palette): Option => ({
    grid: { left: 8, right: 32, top: 28, bottom: 4 },
    xAxis: {
      type: 'value',
      name: per === 'tokens' ? 'Tokens of answers per second' : 'Answers per second',
      nameLocation: 'middle',
      nameGap: 30,
      min: 0,
      axisLabel: { formatter: (value: number) => String(value) },
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: palette.control } },
    },
    yAxis: {
      type: 'value',
      name: `${metricNames[by]} p50`,
      nameLocation: 'middle',
      nameGap: 56,
      min: 0,
      axisLabel: { formatter: (value: number) => duration(value) },
    },
    series: curves.flatMap((curve, place) => seriesOf(curve, place, palette)),
  })

type Series = Extract<NonNullable<Option['series']>, unknown[]>

function seriesOf({ spots }: DrawnCurve, place: number, palette: Palette): Series {
  const colour = palette[`series-${(place % 8) + 1}` as 'series-1']
  const colourOf = ({ isRanked }: Spot) => (isRanked ? colour : palette.control)
  return [
    {
      type: 'line',
      silent: true,
      data: spots.filter((spot) => spot.isRanked).map(({ x, y }) => [x, y]),
      lineStyle: { color: colour },
      tooltip: { show: false },
    },
    {
      type: 'custom',
      silent: true,
      data: spots.map(({ x, y }) => [x, y]),
      renderItem: ({ dataIndex }, api) => barOf(spots[dataIndex], colourOf, (at) => api.coord(at)),
    },
    {
      type: 'scatter',
      z: 4,
      data: spots.map((spot) => ({
        value: [spot.x, spot.y],
        symbolSize: spot.isKnee ? 13 : 9,
        itemStyle: {
          color: spot.isRanked ? colour : palette.bg,
          borderColor: spot.isKnee ? palette.text : colourOf(spot),
          borderWidth: spot.isKnee ? 2.5 : 1.5,
        },
      })),
    },
    {
      // Names stand above the intervals.
      type: 'scatter',
      silent: true,
      symbolSize: 1,
      itemStyle: { color: 'transparent' },
      data: spots.map(({ level, x, y, p50, isKnee }) => ({
        value: [x, p50.high ?? y],
        name: `${amountOf(level.load)}${isKnee ? ', knee' : ''}`,
        label: { fontWeight: isKnee ? 600 : 400 },
      })),
      label: { show: true, formatter: '{b}', position: 'top', distance: 8, color: palette.dim, fontSize: 12 },
      labelLayout: { hideOverlap: true },
      tooltip: { show: false },
    },
  ]
}

/** The interval of a level as an upright line, as far as its ends are known. */
function barOf(spot: Spot | undefined, colourOf: (spot: Spot) => string, at: (place: number[]) => number[]) {
  if (spot === undefined) return null
  const { x, y, p50 } = spot
  const [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]] = [at([x, p50.low ?? y]), at([x, p50.high ?? y])] as [
    number[],
    number[],
  ]
  const line = (shape: { x1: number; y1: number; x2: number; y2: number }) => ({
    type: 'line' as const,
    shape,
    style: { stroke: colourOf(spot), lineWidth: 1.5, opacity: 0.6 },
  })
  const cap = (middle: number, height: number) =>
    line({ x1: middle - 4, y1: height, x2: middle + 4, y2: height })
  return {
    type: 'group' as const,
    children: [
      line({ x1, y1, x2, y2 }),
      ...(p50.low === null ? [] : [cap(x1, y1)]),
      ...(p50.high === null ? [] : [cap(x2, y2)]),
    ],
  }
}
