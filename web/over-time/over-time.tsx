import meanings from 'virtual:metrics'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type MetricName, pointsQuery, seriesQuery, type Stretch } from '../../api/target-queries.ts'
import { Chart } from '../../charts/chart.tsx'
import { span } from '../../format/time.ts'
import { Panel } from '../../ui/panel.tsx'
import { drawOf, pointsOf } from './draw.ts'
import { MarkTable } from './mark-table.tsx'
import { type Happened, marksOf, timeText } from './marks.ts'
import { drawRaw, type Raw, rawOf, type RawPoint, rawPoints } from './raw.ts'
import { RawTable } from './raw-table.tsx'
import { type TargetSearch } from './search.ts'
import { StepTable } from './step-table.tsx'
import styles from './target.module.css'
import { endsOf, groundOf, metricOf, type Series } from './view.ts'

const height = 220
/** Up to this length every result is a point. */
const rawMs = 48 * 3_600_000

interface About {
  stretch: Stretch
  width: number
  metric: MetricName
  happened: Happened
  view: TargetSearch['view']
  /** A span that somebody wants to see closer, in ms. */
  onSpan: (span: { from: number; to: number }) => void
  onResult: (id: string) => void
  onView: (view: TargetSearch['view']) => void
}

/** A metric of a target over time: every result if that is short, else by steps. */
export function OverTime(about: About) {
  const { stretch, metric, width } = about
  const read = useQuery(seriesQuery(stretch, metric, width))
  const points = useQuery({ ...pointsQuery(stretch), enabled: stretch.lengthMs <= rawMs })
  const raw = useMemo(
    () =>
      stretch.lengthMs > rawMs || points.data === undefined || points.data.more
        ? null
        : rawOf(points.data, metric),
    [points.data, metric, stretch.lengthMs],
  )
  return (
    <section className={`${styles.panel} ${styles.plain}`} aria-label={`${metricOf[metric].title} over time`}>
      <Panel read={read} height={height + 32}>
        {(series) => <Drawn {...about} series={series} raw={raw} />}
      </Panel>
    </section>
  )
}

function Drawn({
  series,
  raw,
  metric,
  happened,
  view,
  onSpan,
  onResult,
  onView,
}: About & { series: Series; raw: readonly Raw[] | null }) {
  const [from, to] = endsOf(series)
  const drawing = useMemo(
    () => ({ series, metric, marks: marksOf(happened, ...endsOf(series)) }),
    [series, metric, happened],
  )
  const draw = useMemo(() => (raw === null ? drawOf(drawing) : drawRaw(raw, drawing)), [drawing, raw])
  const points = useMemo(
    (): RawPoint[] => (raw === null ? pointsOf(drawing) : rawPoints(raw, drawing)),
    [drawing, raw],
  )
  const stepMs = series.step_s * 1000
  const pick = ({ at = 0, result }: RawPoint) => {
    if (result !== undefined) onResult(result)
    else if (raw === null) onSpan({ from: at, to: at + Math.max(stepMs, rawMs / 2) })
  }
  const { title, column } = metricOf[metric]
  return (
    <Chart
      title={title}
      meaning={meanings[column]}
      ground={groundOf(series, raw !== null)}
      draw={draw}
      points={points}
      height={height}
      table={
        <>
          <MarkTable marks={drawing.marks} of={title} />
          {raw === null ? (
            <StepTable series={series} metric={metric} />
          ) : (
            <RawTable raw={raw} metric={metric} />
          )}
        </>
      }
      view={view ?? 'chart'}
      onView={(next) => onView(next === 'table' ? next : undefined)}
      onPick={pick}
      zoom={{
        from,
        to,
        stepMs: raw === null ? stepMs : 60_000,
        say: (chosen) => `${timeText(chosen.from, chosen.to)}, ${span(chosen.to - chosen.from)}`,
        onSpan,
      }}
    />
  )
}
