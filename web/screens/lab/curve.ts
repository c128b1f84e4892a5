import type { Point } from '../../charts/drawing.ts'
import type { SweptLevel } from '../../api/sweep-queries.ts'
import { duration } from '../../format/numbers.ts'
import {
  type Curve,
  distributionOf,
  isRanked,
  loadName,
  type Percentile,
  type Shown,
  yieldOf,
} from './view.ts'
import { intervalText, perSecond } from './words.ts'

/** A level as a point: its throughput, and what a request takes there. */
export interface Spot {
  level: SweptLevel
  x: number
  y: number
  p50: NonNullable<Percentile>
  n: number
  isRanked: boolean
  isKnee: boolean
}

/** The levels of a curve that have both, and in which colour. */
export interface DrawnCurve {
  name: string
  spots: Spot[]
}

/** What is drawn of some curves. */
export const drawnOf = (
  curves: readonly Curve[],
  shown: Shown,
  nameOf: (curve: Curve) => string,
): DrawnCurve[] => curves.map((curve) => ({ name: nameOf(curve), spots: spotsOf(curve, shown) }))

function spotsOf(curve: Curve, { by = 'ttft', per, from }: Shown): Spot[] {
  return curve.levels.flatMap((level): Spot[] => {
    const { report } = level
    if (report === null) return []
    const { n, p50 } = distributionOf(report, { by, ...(from && { from }) })
    if (p50 === null) return []
    const place = { x: yieldOf(report, per), y: p50.value }
    return [{ level, ...place, p50, n, isRanked: isRanked(level), isKnee: level === curve.knee }]
  })
}

export const metricNames = {
  ttft: 'TTFT',
  tpot: 'Time per token',
  itl: 'p95 between tokens',
  latency: 'Latency',
} as const

/** What is told of a point: `4 in flight: 12.3 requests/s, TTFT p50 312 ms, 298–330 ms, n 50`. */
function spotText(
  { level, x, y, p50, n, isRanked: ranked, isKnee }: Spot,
  { by = 'ttft', per }: Shown,
): string {
  const rate = `${perSecond(x)} ${per === 'tokens' ? 'tok/s' : 'requests/s'}`
  const said = `${loadName(level.load)}${isKnee ? ', the knee' : ''}: ${rate}, ${metricNames[by]} p50 ${duration(y)}`
  return `${said} (95 %: ${intervalText(p50)}), n ${n}${ranked ? '' : '; this machine limits it, so that it is not ranked'}`
}

/** The points of the curves in the order of the arrow keys. A curve is four series: line, intervals, points, names. */
export const pointsOf = (curves: readonly DrawnCurve[], shown: Shown): Point[] =>
  curves.flatMap(({ name, spots }, place) =>
    spots.map((spot, index) => ({
      series: 4 * place + 2,
      index,
      text: `${curves.length === 1 ? '' : `${name}, `}${spotText(spot, shown)}`,
    })),
  )
