import { type ComponentProps, useCallback, useMemo } from 'react'
import { Chart } from './chart.tsx'
import type { Option } from './engine.ts'
import type { Palette } from './drawing.ts'

/** A value of an axis with its interval. */
interface Span {
  value: number
  low: number
  high: number
}

/** A thing with two values. */
export interface Dot {
  id: string
  name: string
  x: Span
  y: Span
  /** The slot of its colour, from 1; null is one of the many, in grey. */
  slot: number | null
  /** Whether its name and its intervals are drawn. */
  isNamed: boolean
  /** What is told of it, with its ground. */
  text: string
}

/** An axis: its title with the unit, and how a value is written. */
interface Axis {
  title: string
  format: (value: number) => string
}

const scatterIndex = 2

/** Two values of many things, x on a scale of ratios; `frontier` is drawn as steps, each until the next is reached. */
export function Scatter({
  dots,
  frontier,
  x,
  y,
  onPick,
  ...about
}: Given & {
  /** Enter or a click on a dot. */
  onPick?: (dot: Dot) => void
} & Omit<ComponentProps<typeof Chart>, 'draw' | 'points' | 'onPick' | 'zoom'>) {
  const draw = useMemo(
    () => (palette: Palette) => optionOf({ dots, frontier, x, y }, palette),
    [dots, frontier, x, y],
  )
  const points = useMemo(() => dots.map(({ text }, index) => ({ series: scatterIndex, index, text })), [dots])
  const pick = useCallback(
    ({ index }: { index: number }) => {
      const dot = dots[index]
      if (dot !== undefined) onPick?.(dot)
    },
    [dots, onPick],
  )
  return <Chart {...about} draw={draw} points={points} onPick={pick} />
}

const colourOf = ({ slot }: Dot, palette: Palette): string =>
  slot === null ? palette.control : palette[`series-${slot}` as 'series-1']

interface Given {
  dots: readonly Dot[]
  frontier: readonly Dot[]
  x: Axis
  y: Axis
}

function optionOf({ dots, frontier, x, y }: Given, palette: Palette): Option {
  const named = dots.filter(({ isNamed }) => isNamed)
  const axis = { nameLocation: 'middle' as const, scale: false }
  return {
    grid: { left: 28, right: 24, top: 16, bottom: 28 },
    xAxis: {
      type: 'log',
      ...axis,
      name: x.title,
      nameGap: 30,
      axisLabel: { formatter: x.format },
      splitLine: { show: false },
      axisLine: { show: true, lineStyle: { color: palette.control } },
    },
    yAxis: { type: 'value', ...axis, name: y.title, nameGap: 52, min: 0, axisLabel: { formatter: y.format } },
    series: [
      {
        type: 'line',
        step: 'end',
        silent: true,
        data: frontier.map((dot) => [dot.x.value, dot.y.value]),
        lineStyle: { color: palette.mute, width: 1, type: 'dashed' },
        tooltip: { show: false },
      },
      {
        type: 'custom',
        silent: true,
        data: named.map((dot) => [dot.x.value, dot.y.value]),
        renderItem: ({ dataIndex }, api) => barsOf(named[dataIndex], palette, (at) => api.coord(at)),
      },
      {
        type: 'scatter',
        data: dots.map((dot) => ({
          value: [dot.x.value, dot.y.value],
          name: dot.name,
          symbolSize: dot.slot === null ? 7 : 11,
          itemStyle: { color: colourOf(dot, palette), borderColor: palette.bg, borderWidth: 1 },
          label: { show: dot.isNamed },
          z: dot.slot === null ? 2 : 3,
        })),
        label: { formatter: '{b}', position: 'top', color: palette.dim, fontSize: 12 },
        labelLayout: { hideOverlap: true },
      },
    ],
  }
}

type At = (place: number[]) => number[]

/** The intervals of a dot as a cross. */
function barsOf(dot: Dot | undefined, palette: Palette, at: At) {
  if (dot === undefined) return null
  const { x, y } = dot
  const style = { stroke: colourOf(dot, palette), lineWidth: 1.5, opacity: 0.6 }
  const line = ([x1 = 0, y1 = 0]: number[], [x2 = 0, y2 = 0]: number[]) => ({
    type: 'line' as const,
    shape: { x1, y1, x2, y2 },
    style,
  })
  return {
    type: 'group' as const,
    children: [
      line(at([x.low, y.value]), at([x.high, y.value])),
      line(at([x.value, y.low]), at([x.value, y.high])),
    ],
  }
}
