import type { Draw } from '../charts/drawing.ts'
import { type Drawing, frameOf, type LinkedPoint, markPoints, slotOf, ticksOf } from './frame.ts'
import { duringOf } from './marks.ts'
import { endsOf, type Line, regionName, said, startsOf, stepName } from './series.ts'

type Place = [at: number, value: number | null]

/** Median lines from 0, the band up to p95 if there is one line, failures as ticks at the foot, and marks. */
export function drawOf(drawing: Drawing): Draw {
  const { lines, step_s: step } = drawing.series
  const starts = startsOf(drawing.series)
  const at = (place: number): number => (starts[place] ?? 0) + (step * 1000) / 2
  return frameOf(drawing, {
    largest: largestOf(lines),
    trigger: 'axis',
    drawn: (palette) => [
      ...lines.map((line, index) => ({
        type: 'line' as const,
        name: line.region ?? '',
        symbol: 'none',
        color: palette[slotOf(index)],
        data: withDots(line.p50.map((value, place) => [at(place), value])),
      })),
      ticksOf(
        failuresOf(lines).map(({ place }) => ({ value: [at(place), 0] })),
        palette,
      ),
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

/** In order of time: every mark, and every step with a call in words, on its first line with a value or on its failure. */
export function pointsOf({ series, metric, marks }: Drawing): LinkedPoint[] {
  const { lines, step_s: step } = series
  const failures = failuresOf(lines)
  const steps = startsOf(series).flatMap((at, index) => {
    const told = lines.flatMap((line) => {
      const text = said(line, index, metric)
      return text === null ? [] : [lines.length === 1 ? text : `${regionName(line.region)}: ${text}`]
    })
    if (told.length === 0) return []
    const onLine = lines.findIndex(({ p50 }) => (p50[index] ?? null) !== null)
    const onFailure = failures.findIndex(({ place }) => place === index)
    if (onLine === -1 && onFailure === -1) return []
    const during = duringOf(marks, at, at + step * 1000)
    const text = [stepName(at, series), ...told, ...during.map((mark) => mark.text)].join('\n')
    return [
      onLine === -1
        ? { series: 1 + lines.length, index: onFailure, text, at }
        : { series: 1 + onLine, index, text, at },
    ]
  })
  return [...steps, ...markPoints(marks, endsOf(series))].toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
}
