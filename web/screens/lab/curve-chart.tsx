import { useMemo } from 'react'
import { Chart } from '../../charts/chart.tsx'
import { plural } from '../../format/words.ts'
import { CurveTable } from './curve-table.tsx'
import { drawnOf, pointsOf } from './curve.ts'
import { drawOf } from './draw-curve.ts'
import styles from './lab.module.css'
import { Show } from './show.tsx'
import { useChange, useLabSearch } from './use-search.ts'
import { type Curve, isRanked, groupName } from './view.ts'

/** Throughput against what a request takes, level by level. */
export function CurveChart({ curves }: { curves: readonly Curve[] }) {
  const { by, per, from, chart = 'chart' } = useLabSearch()
  const change = useChange()
  const shown = useMemo(
    () => ({ ...(by && { by }), ...(per && { per }), ...(from && { from }) }),
    [by, per, from],
  )
  const drawn = useMemo(() => drawnOf(curves, shown, groupName), [curves, shown])
  const draw = useMemo(() => drawOf(drawn, shown), [drawn, shown])
  const points = useMemo(() => pointsOf(drawn, shown), [drawn, shown])
  const isOpen = curves.some(({ levels }) => levels.some(({ load }) => 'rate' in load))
  const bound = curves
    .flatMap(({ levels }) => levels)
    .filter((level) => level.report !== null && !isRanked(level))
  return (
    <section className={styles.block} aria-label="Curve">
      <Chart
        title="Throughput and latency"
        meaning="Each point is a level: to the right are more answers, upwards they take longer"
        ground={`medians with 95 % intervals; the number at a point is its load${
          bound.length === 0
            ? ''
            : `; ${plural(bound.length, 'level')} that this machine limits, hollow, not joined`
        }`}
        draw={draw}
        points={points}
        height={340}
        table={<CurveTable curves={drawn} shown={shown} />}
        view={chart}
        onView={(next) => change({ chart: next === 'table' ? next : undefined })}
        empty="No level has answers with this metric."
      >
        <div className={styles.choices}>
          <Show isOpen={isOpen} isCurve />
          {drawn.length > 1 && <Key names={drawn.map(({ name }) => name)} />}
        </div>
      </Chart>
    </section>
  )
}

/** The colours of the curves. */
const Key = ({ names }: { names: readonly string[] }) => (
  <ul className={styles.key}>
    {names.map((name, place) => (
      <li key={name}>
        <svg viewBox="0 0 16 8" aria-hidden="true" style={{ color: `var(--series-${(place % 8) + 1})` }}>
          <path d="M0 4h16" />
        </svg>
        {name}
      </li>
    ))}
  </ul>
)
