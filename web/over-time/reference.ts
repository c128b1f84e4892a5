import type { Palette } from '../charts/drawing.ts'

/** A value that those of a chart are compared with: a line across it. */
export interface Reference {
  name: string
  value: number
  /** Left out if it is so far away that what was measured would lie at the foot of the chart. */
  ifNear?: boolean
}

/** A line across the chart with its name; beneath it a series of the same value, because marks do not stretch an axis. */
export const referenceSeries = (
  { name, value }: Reference,
  { ends, isLeast, palette }: { ends: [number, number]; isLeast: boolean; palette: Palette },
) => ({
  type: 'line' as const,
  silent: true,
  symbol: 'none',
  lineStyle: { opacity: 0 },
  data: ends.map((at) => [at, value]),
  markLine: {
    silent: true,
    symbol: 'none',
    lineStyle: { type: 'dashed' as const, color: palette.dim, width: 1 },
    label: {
      formatter: '{b}',
      // The names of two that are close keep apart.
      position: isLeast ? ('insideStartBottom' as const) : ('insideStartTop' as const),
      color: palette.dim,
      fontSize: 12,
      distance: 3,
      textBorderColor: palette.bg,
      textBorderWidth: 3,
    },
    data: [{ name, yAxis: value }],
  },
})
