import type { Draw, Palette, Point } from '../../charts/drawing.ts'
import type { Option } from '../../charts/engine.ts'
import type { MetricName } from '../../api/target-queries.ts'
import { areasOf, type Mark } from './marks.ts'
import { endsOf, metricOf, type Series } from './view.ts'

// What charts over time have in common, whatever their points are: axes, marks, failures.

/** The colour of the line of each region, by its place. */
export const slotOf = (place: number) => `series-${((place % 8) + 1) as 1}` as const

/** What a chart of a metric over time is made of. */
export interface Drawing {
  series: Series
  metric: MetricName
  marks: readonly Mark[]
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

type Drawn = NonNullable<Option['series']>

/** A chart over the time of `series`, with its marks first: lines and ticks that are drawn say nothing of places of marks. */
export function frameOf(
  { series, metric, marks }: Drawing,
  {
    largest,
    trigger,
    drawn,
  }: { largest: number; trigger: 'axis' | 'item'; drawn: (palette: Palette) => Drawn },
): Draw {
  const [min, max] = endsOf(series)
  const { title, unit } = metricOf[metric]
  const isInSeconds = unit === 'ms' && largest >= 2000
  return (palette) => ({
    xAxis: { type: 'time', min, max, name: `Time (${series.step_s >= 86_400 ? 'days in UTC' : zone})` },
    yAxis: [
      {
        type: 'value',
        min: 0,
        name: `${title} (${isInSeconds ? 's' : unit})`,
        nameTextStyle: { align: 'left' },
        splitNumber: 4,
        axisLabel: { formatter: (value: number) => String(isInSeconds ? value / 1000 : value) },
      },
      { type: 'value', min: 0, max: 1, show: false },
    ],
    tooltip: { trigger },
    series: [marksSeries(marks, [min, max], palette), ...[drawn(palette)].flat()],
  })
}

/** Where the marks are among the series. */
const marksPlace = 0

/** Areas for what lasted, rules for prices, and a handle at the top for each. */
function marksSeries(marks: readonly Mark[], [min, max]: [number, number], palette: Palette) {
  const colours = { outage: palette['fill-down'], gap: palette.control, price: palette.accent }
  const opacity = { outage: 0.16, gap: 0.22, price: 0 }
  const area = (kind: 'outage' | 'gap') =>
    areasOf(marks, kind, [min, max]).map(([from, to]): [object, object] => [
      { xAxis: from, itemStyle: { color: colours[kind], opacity: opacity[kind] } },
      { xAxis: to },
    ])
  const prices = marks.filter(({ kind }) => kind === 'price')
  const symbols = { outage: 'rect', gap: 'rect', price: 'diamond' }
  return {
    type: 'scatter' as const,
    yAxisIndex: 1,
    clip: false,
    z: 4,
    data: marks.map(({ kind, from, to }) => ({
      value: [Math.max(min, Math.min(max, (from + Math.min(to, max)) / 2)), 1],
      symbol: symbols[kind],
      symbolSize: kind === 'price' ? 9 : 6,
      itemStyle: { color: colours[kind] },
    })),
    markArea: { silent: true, data: [...area('gap'), ...area('outage')] },
    ...(prices.length > 0 && {
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { type: 'dashed' as const, color: palette.control, width: 1 },
        label: { show: false },
        data: prices.map(({ from }) => ({ xAxis: from })),
      },
    }),
  }
}

/** The places of the marks themselves. */
export const markPoints = (marks: readonly Mark[], [min]: readonly [number, number]): Point[] =>
  marks.map(({ from, text }, index) => ({ series: marksPlace, index, text, at: Math.max(min, from) }))

/** Failures, at the foot. */
export const ticksOf = (data: { value: number[]; itemStyle?: { color: string } }[], palette: Palette) => ({
  type: 'scatter' as const,
  symbol: 'rect',
  symbolSize: [2, 8],
  symbolOffset: [0, -4],
  color: palette['fill-down'],
  data,
})
