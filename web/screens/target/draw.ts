import type { Draw, Point } from '../../charts/drawing.ts'
import type { MetricName } from '../../api/target-queries.ts'
import { type Line, metricOf, regionName, said, type Series, startsOf, stepName } from './view.ts'

/** The colour of the line of each region, by its place. */
const slotOf = (place: number) => `series-${((place % 8) + 1) as 1}` as const

type Place = [at: number, value: number | null]

/** What a chart of a metric over time is made of. `marks` are moments with a label. */
export interface Drawing {
  series: Series
  metric: MetricName
  marks: readonly { at: number; text: string }[]
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Median lines from 0, the band up to p95 if there is one line, failures as ticks at the foot, prices as rules. */
export function drawOf({ series, metric, marks }: Drawing): Draw {
  const { lines, step_s: step } = series
  const starts = startsOf(series)
  const half = (step * 1000) / 2
  const at = (place: number): number => (starts[place] ?? 0) + half
  const { title, unit } = metricOf[metric]
  const isInSeconds = unit === 'ms' && largestOf(lines) >= 2000
  return (palette) => ({
    xAxis: {
      type: 'time',
      min: starts[0] ?? 0,
      max: (starts.at(-1) ?? 0) + 2 * half,
      name: `Time (${step >= 86_400 ? 'days in UTC' : zone})`,
    },
    yAxis: {
      type: 'value',
      min: 0,
      name: `${title} (${isInSeconds ? 's' : unit})`,
      nameTextStyle: { align: 'left' },
      splitNumber: 4,
      axisLabel: { formatter: (value: number) => String(isInSeconds ? value / 1000 : value) },
    },
    tooltip: { trigger: 'axis' },
    series: [
      ...lines.map((line, index) => ({
        type: 'line' as const,
        name: line.region ?? '',
        symbol: 'none',
        color: palette[slotOf(index)],
        data: withDots(line.p50.map((value, place) => [at(place), value])),
        ...(index === 0 && marks.length > 0 && { markLine: rules(marks, palette) }),
      })),
      {
        type: 'scatter' as const,
        symbol: 'rect',
        symbolSize: [2, 8],
        symbolOffset: [0, -4],
        color: palette['fill-down'],
        data: failuresOf(lines).map(({ place }) => [at(place), 0]),
      },
      ...(lines.length === 1 ? bandOf(lines[0] as Line, at, palette['series-1']) : []),
    ],
  })
}

const largestOf = (lines: readonly Line[]): number =>
  Math.max(0, ...lines.flatMap(({ p50, p95 }) => [...p50, ...p95].map((value) => value ?? 0)))

/** A value between two gaps would have no line: it is a dot. */
const withDots = (places: Place[]) =>
  places.map((place, index) => {
    const isAlone = (places[index - 1]?.[1] ?? null) === null && (places[index + 1]?.[1] ?? null) === null
    return place[1] !== null && isAlone ? { value: place, symbol: 'circle', symbolSize: 4 } : { value: place }
  })

const failuresOf = (lines: readonly Line[]): { place: number; n: number }[] => {
  const places = lines[0]?.failed.keys() ?? []
  return [...places].flatMap((place) => {
    const n = lines.reduce((sum, { failed }) => sum + (failed[place] ?? 0), 0)
    return n === 0 ? [] : [{ place, n }]
  })
}

/** Two stacked areas, the lower without a colour. */
function bandOf({ p50, p95 }: Line, at: (place: number) => number, color: string) {
  const band = (values: (number | null)[], opacity: number) => ({
    type: 'line' as const,
    stack: 'band',
    symbol: 'none',
    silent: true,
    color,
    lineStyle: { opacity: 0 },
    areaStyle: { opacity },
    data: values.map((value, place) => [at(place), value] as Place),
  })
  const known = p95.map((value, place) => (value === null ? null : (p50[place] ?? null)))
  const above = p95.map((value, place) => (value === null ? null : value - (p50[place] ?? 0)))
  return known.some((value) => value !== null) ? [band(known, 0), band(above, 0.16)] : []
}

const rules = (marks: Drawing['marks'], palette: Readonly<Record<'control' | 'dim', string>>) => ({
  silent: true,
  symbol: 'none',
  lineStyle: { type: 'dashed' as const, color: palette.control, width: 1 },
  label: { formatter: 'price', position: 'insideEndTop' as const, color: palette.dim, fontSize: 12 },
  data: marks.map(({ at }) => ({ xAxis: at })),
})

/** Every step with a call, in words: on the first line that was measured there, else on its failure. */
export function pointsOf({ series, metric, marks }: Drawing): Point[] {
  const { lines, step_s: step } = series
  const failures = failuresOf(lines)
  return startsOf(series).flatMap((at, index) => {
    const told = lines.flatMap((line) => {
      const text = said(line, index, metric)
      return text === null ? [] : [lines.length === 1 ? text : `${regionName(line.region)}: ${text}`]
    })
    if (told.length === 0) return []
    const onLine = lines.findIndex(({ p50 }) => (p50[index] ?? null) !== null)
    const onFailure = failures.findIndex(({ place }) => place === index)
    if (onLine === -1 && onFailure === -1) return []
    const prices = marks.filter((mark) => mark.at >= at && mark.at < at + step * 1000)
    const text = [stepName(at, series), ...told, ...prices.map((mark) => mark.text)].join('\n')
    return [
      onLine === -1
        ? { series: lines.length, index: onFailure, text, at }
        : { series: onLine, index, text, at },
    ]
  })
}
