import type { Draw, Palette, Point } from '../charts/drawing.ts'
import type { Option } from '../charts/engine.ts'
import type { MetricName } from '../api/target-queries.ts'
import { areasOf, type Mark } from './marks.ts'
import { type Reference, referenceSeries } from './reference.ts'
import { endsOf, metricOf, type Series } from './series.ts'

// What charts over time have in common, whatever their points are: axes, marks, failures.

/** The colour of the line of each region, by its place. */
export const slotOf = (place: number) => `series-${((place % 8) + 1) as 1}` as const

/** What a chart of a metric over time is made of. */
export interface Drawing {
  series: Series
  metric: MetricName
  marks: readonly Mark[]
  references?: readonly Reference[] | undefined
}

/** A point that opens a page: that of a result or of an incident. */
export interface LinkedPoint extends Point {
  result?: string | undefined
  incident?: string | undefined
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

type Drawn = NonNullable<Option['series']>

/** A chart over the time of `series`, with its marks first and its references last: lines and ticks that are drawn say nothing of places of either. */
export function frameOf(
  { series, metric, marks, references: given = [] }: Drawing,
  {
    largest,
    trigger,
    drawn,
  }: { largest: number; trigger: 'axis' | 'item'; drawn: (palette: Palette) => Drawn },
): Draw {
  const [min, max] = endsOf(series)
  const references = given.filter(({ value, ifNear = false }) => !ifNear || value <= 2 * largest)
  const { title, unit } = metricOf[metric]
  const isInSeconds = unit === 'ms' && Math.max(largest, ...references.map(({ value }) => value)) >= 2000
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
    series: [
      marksSeries(marks, [min, max], palette),
      ...[drawn(palette)].flat(),
      ...references.map((reference, _, all) =>
        referenceSeries(reference, {
          ends: [min, max],
          isLeast: all.length > 1 && all.every(({ value }) => value >= reference.value),
          palette,
        }),
      ),
    ],
  })
}

/** Where the marks are among the series. */
const marksPlace = 0

const symbols = { outage: 'rect', gap: 'rect', price: 'diamond', incident: 'triangle' } as const
const sizes = { outage: 6, gap: 6, price: 9, incident: 9 } as const
const opacities = { outage: 0.16, gap: 0.22, price: 0, incident: 0.14 } as const

function colourOf({ kind, isSevere = false }: Mark, palette: Palette): string {
  if (kind === 'gap') return palette.control
  if (kind === 'price') return palette.accent
  return palette[kind === 'outage' || isSevere ? 'fill-down' : 'fill-failing']
}

/** Areas for what lasted, rules for prices, and a handle at the top for each. */
function marksSeries(marks: readonly Mark[], [min, max]: [number, number], palette: Palette) {
  const lasting = Map.groupBy(
    marks.filter(({ kind }) => kind !== 'price'),
    (mark) => `${colourOf(mark, palette)} ${opacities[mark.kind]}`,
  )
  const areas = [...lasting.values()].flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    const itemStyle = { color: colourOf(first, palette), opacity: opacities[first.kind] }
    return areasOf(alike, [min, max]).map(([from, to]): [object, object] => [
      { xAxis: from, itemStyle },
      { xAxis: to },
    ])
  })
  const prices = marks.filter(({ kind }) => kind === 'price')
  return {
    type: 'scatter' as const,
    yAxisIndex: 1,
    clip: false,
    z: 4,
    data: marks.map((mark) => ({
      value: [Math.max(min, Math.min(max, (mark.from + Math.min(mark.to, max)) / 2)), 1],
      symbol: symbols[mark.kind],
      symbolSize: sizes[mark.kind],
      itemStyle: { color: colourOf(mark, palette) },
      cursor: mark.incident === undefined ? 'default' : 'pointer',
    })),
    markArea: { silent: true, data: areas },
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
export const markPoints = (marks: readonly Mark[], [min]: readonly [number, number]): LinkedPoint[] =>
  marks.map(({ from, text, incident }, index) => ({
    series: marksPlace,
    index,
    text,
    at: Math.max(min, from),
    ...(incident !== undefined && { incident }),
  }))

/** Failures, at the foot. */
export const ticksOf = (data: { value: number[]; itemStyle?: { color: string } }[], palette: Palette) => ({
  type: 'scatter' as const,
  symbol: 'rect',
  symbolSize: [2, 8],
  symbolOffset: [0, -4],
  color: palette['fill-down'],
  data,
})
