import meanings from 'virtual:metrics'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type MetricName, seriesQuery, type Stretch } from '../../api/target-queries.ts'
import { Chart } from '../../charts/chart.tsx'
import type { Point } from '../../charts/drawing.ts'
import { Panel } from '../../ui/panel.tsx'
import { drawOf, pointsOf } from './draw.ts'
import type { TargetSearch } from './search.ts'
import { StepTable } from './step-table.tsx'
import styles from './target.module.css'
import { endsOf, groundOf, metricOf, priceMarks, type Series } from './view.ts'

type Prices = Parameters<typeof priceMarks>[0]

const height = 220

/** A metric of a target over time. */
export function OverTime(about: {
  stretch: Stretch
  width: number
  metric: MetricName
  prices: Prices
  view: TargetSearch['view']
  /** A step that somebody wants to see closer, by its start in ms. */
  onPick?: (at: number) => void
  onView: (view: TargetSearch['view']) => void
}) {
  const read = useQuery(seriesQuery(about.stretch, about.metric, about.width))
  return (
    <section
      className={`${styles.panel} ${styles.plain}`}
      aria-label={`${metricOf[about.metric].title} over time`}
    >
      <Panel read={read} height={height + 32}>
        {(series) => <Drawn {...about} series={series} />}
      </Panel>
    </section>
  )
}

function Drawn({
  series,
  metric,
  prices,
  view,
  onPick,
  onView,
}: Parameters<typeof OverTime>[0] & { series: Series }) {
  const drawing = useMemo(
    () => ({ series, metric, marks: priceMarks(prices, ...endsOf(series)) }),
    [series, metric, prices],
  )
  const draw = useMemo(() => drawOf(drawing), [drawing])
  const points = useMemo(() => pointsOf(drawing), [drawing])
  const pick = ({ at }: Point) => {
    if (at !== undefined) onPick?.(at)
  }
  const { title, column } = metricOf[metric]
  return (
    <Chart
      title={title}
      meaning={meanings[column]}
      ground={groundOf(series)}
      draw={draw}
      points={points}
      height={height}
      table={<StepTable series={series} metric={metric} />}
      view={view ?? 'chart'}
      onView={(next) => onView(next === 'table' ? next : undefined)}
      {...(onPick && { onPick: pick })}
    />
  )
}
