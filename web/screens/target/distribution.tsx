import meanings from 'virtual:metrics'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { distributionQuery, type MetricName, type Stretch } from '../../api/target-queries.ts'
import { Chart } from '../../charts/chart.tsx'
import { Panel } from '../../ui/panel.tsx'
import { useSeen } from '../../ui/use-seen.ts'
import { drawSpread, type Spread, spreadGround, spreadPoints } from './spread.ts'
import { SpreadTable } from './spread-table.tsx'
import type { TargetSearch } from './search.ts'
import styles from './target.module.css'
import { metricOf } from '../../over-time/series.ts'

const metrics = ['ttft', 'ttfa', 'tps', 'latency'] as const
const height = 260

/** How a metric was distributed over the time shown, by region. */
export function Distribution({
  stretch,
  metric,
  view,
  onMetric,
  onView,
}: {
  stretch: Stretch
  metric: MetricName
  view: TargetSearch['view']
  onMetric: (metric: TargetSearch['metric']) => void
  onView: (view: TargetSearch['view']) => void
}) {
  const { place, isSeen } = useSeen()
  const read = useQuery({ ...distributionQuery(stretch, metric), enabled: isSeen })
  return (
    <section ref={place} className={styles.panel} aria-label="Distribution">
      <Panel read={read} height={height + 72}>
        {(spread) => (
          <Drawn spread={spread} view={view} onView={onView}>
            <ul className={`${styles.choices} ${styles.small}`} aria-label="Metric">
              {metrics.map((each) => (
                <li key={each}>
                  <button
                    type="button"
                    aria-pressed={metric === each}
                    onClick={() => onMetric(each === 'ttft' ? undefined : each)}
                  >
                    {metricOf[each].title}
                  </button>
                </li>
              ))}
            </ul>
          </Drawn>
        )}
      </Panel>
    </section>
  )
}

function Drawn({
  spread,
  view,
  onView,
  children,
}: {
  spread: Spread
  view: TargetSearch['view']
  onView: (view: TargetSearch['view']) => void
  children: ReactNode
}) {
  const draw = useMemo(() => drawSpread(spread), [spread])
  const points = useMemo(() => spreadPoints(spread), [spread])
  const metric = spread.metric as MetricName
  return (
    <Chart
      title="Distribution"
      meaning={meanings[metricOf[metric].column]}
      ground={spreadGround(spread)}
      draw={draw}
      points={points}
      height={height}
      table={<SpreadTable spread={spread} />}
      view={view ?? 'chart'}
      onView={(next) => onView(next === 'table' ? next : undefined)}
    >
      {children}
    </Chart>
  )
}
