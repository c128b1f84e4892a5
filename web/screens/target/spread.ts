import type { Answer } from '../../api/client.ts'
import type { MetricName } from '../../api/target-queries.ts'
import type { Draw, Palette, Point } from '../../charts/drawing.ts'
import { count } from '../../format/numbers.ts'
import { slotOf } from '../../over-time/frame.ts'
import { timeText } from '../../over-time/marks.ts'
import { metricOf, regionName } from '../../over-time/series.ts'

export type Spread = Answer<'GET /api/v1/distribution'>
type Line = Spread['lines'][number]

/** The percents that the arrows reach and the table has. */
export const percents: readonly number[] = [0, 5, 10, 25, 50, 75, 90, 95, 99, 100]
/** Of these the chart has marks. */
const marked = ['p50', 'p95', 'p99'] as const
const percentOf = { p50: 50, p95: 95, p99: 99 }

/** What a distribution rests on. */
export const spreadGround = ({ lines, since, until }: Spread): string =>
  [
    `n ${count(lines.reduce((sum, { n }) => sum + n, 0))}`,
    timeText(Date.parse(since), Date.parse(until)),
    ...(lines.some(({ p95 }) => p95 === null)
      ? ['p95 from n 59, p99 from n 299']
      : lines.some(({ p99 }) => p99 === null)
        ? ['p99 from n 299']
        : []),
  ].join(' · ')

/** Whether the values span more than a decade, so that ratios are what the eye should compare. */
export function isWide(lines: readonly Line[]): boolean {
  const values = lines.flatMap(({ percentiles }) => percentiles)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low > 0 && high > 10 * low
}

/** The share of answers up to each value, a line for each region, with p50, p95 and p99 where there are enough. */
export function drawSpread({ lines, metric }: Spread): Draw {
  const { title, unit } = metricOf[metric as MetricName]
  const values = lines.flatMap(({ percentiles }) => percentiles)
  const isLog = isWide(lines)
  const isInSeconds = unit === 'ms' && Math.max(...values) >= 2000
  const write = (value: number) => String(isInSeconds ? value / 1000 : value)
  const [low, high] = isLog ? decadeEnds(values) : [0, undefined]
  return (palette) => ({
    xAxis: {
      type: isLog ? 'log' : 'value',
      min: low,
      ...(high !== undefined && { max: high }),
      name: `${title} (${isInSeconds ? 's' : unit}${isLog ? ', scale of ratios' : ''})`,
      nameLocation: 'middle',
      nameGap: 28,
      axisLabel: { formatter: write },
      axisLine: { show: true, lineStyle: { color: palette.control } },
      splitLine: { show: isLog },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 100,
      interval: 25,
      name: 'Answers within (%)',
      nameTextStyle: { align: 'left' },
    },
    tooltip: { trigger: 'item' },
    series: [
      ...linesOf(lines, palette),
      {
        type: 'line' as const,
        data: [],
        silent: true,
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { type: 'dashed' as const, color: palette.control, width: 1, opacity: 0.6 },
          label: {
            show: lines.length > 1,
            formatter: '{b}',
            position: 'insideStartTop' as const,
            color: palette.dim,
            fontSize: 12,
            distance: 2,
          },
          data: marked.map((name) => ({
            name,
            yAxis: percentOf[name],
            // p99 and p95 are too close for two labels above their lines.
            ...(name === 'p95' && { label: { position: 'insideStartBottom' as const } }),
          })),
        },
      },
    ],
  })
}

/** A curve for each region, then the places that the arrows reach: those that are marked can be seen. */
const linesOf = (lines: readonly Line[], palette: Palette) => [
  ...lines.map(({ percentiles }, index) => ({
    type: 'line' as const,
    symbol: 'none',
    silent: true,
    color: palette[slotOf(index)],
    data: percentiles.map((value, percent) => [value, percent]),
  })),
  ...lines.map((line, index) => ({
    type: 'scatter' as const,
    symbolSize: 8,
    color: palette[slotOf(index)],
    label: { formatter: '{b}', position: 'left' as const, color: palette.dim, fontSize: 12 },
    data: percents.map((percent) => {
      const name = marked.find((each) => percentOf[each] === percent && line[each] !== null)
      return {
        name: name ?? '',
        value: [line.percentiles[percent] ?? 0, percent],
        itemStyle: { opacity: name === undefined ? 0 : 1 },
        label: { show: name !== undefined && lines.length === 1 },
      }
    }),
  })),
]

/** From a round value below all to one above all, in steps of 1, 2 and 5. */
function decadeEnds(values: readonly number[]): [number, number] {
  const steps = [1, 2, 5, 10]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const [below, above] = [10 ** Math.floor(Math.log10(least)), 10 ** Math.floor(Math.log10(most))]
  return [
    (steps.findLast((step) => step * below <= least) ?? 1) * below,
    (steps.find((step) => step * above >= most) ?? 10) * above,
  ]
}

/** The marked percents of each region, one region after the other. */
export function spreadPoints({ lines, metric }: Spread): Point[] {
  const { say } = metricOf[metric as MetricName]
  return lines.flatMap(({ region, n, percentiles }, place) =>
    percents.map((percent, index) => {
      const of = lines.length > 1 ? `${regionName(region)}: ` : ''
      const value = say(percentiles[percent] ?? null)
      const what =
        percent === 0
          ? `the least was ${value}`
          : percent === 100
            ? `the most was ${value}`
            : `${percent} % of answers within ${value}`
      return { series: lines.length + place, index, text: `${of}${what}, n ${count(n)}` }
    }),
  )
}
