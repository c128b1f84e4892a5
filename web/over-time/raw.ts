import type { Answer } from '../api/client.ts'
import type { MetricName } from '../api/target-queries.ts'
import type { Draw } from '../charts/drawing.ts'
import { clock, day } from '../format/time.ts'
import { spoken } from '../format/words.ts'
import { type Drawing, frameOf, type LinkedPoint, markPoints, slotOf, ticksOf } from './frame.ts'
import { endsOf, metricOf, regionName } from './series.ts'

type Points = Answer<'GET /api/v1/points'>

/** One result as a point of a chart. */
export interface Raw {
  id: string
  region: string | null
  /** The place of its line. */
  line: number
  at: number
  value: number | null
  /** Whose fault it was and what failed; null if it succeeded. */
  failed: { fault: string; kind: string } | null
}

/** The points of a metric, oldest first, with lines counted as a chart draws them: without those that have none. */
export function rawOf(points: Points, metric: MetricName): Raw[] {
  const t0 = Date.parse(points.t0)
  const drawn = [...new Set(points.line)].toSorted((a, b) => a - b)
  return points.ids.map((id, index) => {
    const line = points.line[index] ?? 0
    const [fault, kind] = points.errors[index]?.split('.') ?? []
    return {
      id,
      region: points.lines[line]?.region ?? null,
      line: drawn.indexOf(line),
      at: t0 + (points.at_ms[index] ?? 0),
      value: points[metric][index] ?? null,
      failed: kind === undefined ? null : { fault: fault ?? 'unknown', kind },
    }
  })
}

/** After so many steps without a call a line is broken. */
const gapSteps = 2.5

/** A line of results: broken where one failed or had no value, and where nothing was called. */
function lineOf(raw: readonly Raw[], stepMs: number): { data: [number, number | null][]; of: Raw[] } {
  const data: [number, number | null][] = []
  const of: Raw[] = []
  for (const [index, point] of raw.entries()) {
    const before = raw[index - 1]
    if (before !== undefined && point.at - before.at > gapSteps * stepMs) {
      data.push([(before.at + point.at) / 2, null])
      of.push(point)
    }
    data.push([point.at, point.value])
    of.push(point)
  }
  return { data, of }
}

const linesOf = (raw: readonly Raw[], { series: { step_s: step } }: Drawing) =>
  [...Map.groupBy(raw, ({ line }) => line)].map(([line, of]) => ({ line, ...lineOf(of, step * 1000) }))

/** Every result as a point: a line for each region, failures at the foot. */
export const drawRaw = (raw: readonly Raw[], drawing: Drawing): Draw =>
  frameOf(drawing, {
    largest: Math.max(0, ...raw.map(({ value }) => value ?? 0)),
    trigger: 'axis',
    drawn: (palette) => [
      ...linesOf(raw, drawing).map(({ line, data }) => ({
        type: 'line' as const,
        symbol: 'circle',
        symbolSize: 5,
        showAllSymbol: true,
        color: palette[slotOf(line)],
        lineStyle: { width: 1, opacity: 0.45 },
        cursor: 'pointer',
        data,
      })),
      ticksOf(
        failedOf(raw).map(({ at, failed }) => ({
          value: [at, 0],
          itemStyle: { color: failed?.fault === 'provider' ? palette['fill-down'] : palette.control },
        })),
        palette,
      ),
    ],
  })

const failedOf = (raw: readonly Raw[]): Raw[] => raw.filter(({ failed }) => failed !== null)

/** `12 Nov, 14:00:05`. */
export function momentText(at: number): string {
  const then = new Date(at)
  return `${day(then, then)}, ${clock(then)}:${String(then.getSeconds()).padStart(2, '0')}`
}

/** `12 Nov, 14:00:05, fra1: 412 ms`. */
function rawText({ at, region, value, failed }: Raw, metric: MetricName): string {
  const outcome =
    failed !== null
      ? `failed, ${spoken(failed.kind)}`
      : value === null
        ? 'answered, but its timing is no sample'
        : metricOf[metric].say(value)
  return `${momentText(at)}, ${regionName(region)}: ${outcome}`
}

/** In order of time: every result that is drawn, and every mark. */
export function rawPoints(raw: readonly Raw[], drawing: Drawing): LinkedPoint[] {
  const lines = linesOf(raw, drawing)
  const pointOf = (point: Raw, series: number, index: number): LinkedPoint => ({
    series,
    index,
    at: point.at,
    text: rawText(point, drawing.metric),
    result: point.id,
  })
  const onLines = lines.flatMap(({ data, of }, series) =>
    of.flatMap((point, index) => (data[index]?.[1] === null ? [] : [pointOf(point, 1 + series, index)])),
  )
  const failed = failedOf(raw).map((point, index) => pointOf(point, 1 + lines.length, index))
  const marks = markPoints(drawing.marks, endsOf(drawing.series))
  return [...onLines, ...failed, ...marks].toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
}
