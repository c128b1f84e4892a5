import meanings from 'virtual:metrics'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type MetricName, pointsQuery, seriesQuery, type Stretch } from '../api/target-queries.ts'
import { Chart } from '../charts/chart.tsx'
import { span } from '../format/time.ts'
import { Panel } from '../ui/panel.tsx'
import { drawOf, pointsOf } from './draw.ts'
import type { LinkedPoint } from './frame.ts'
import type { Reference } from './reference.ts'
import { MarkTable } from './mark-table.tsx'
import { type Happened, marksOf, timeText } from './marks.ts'
import { drawRaw, type Raw, rawOf, rawPoints } from './raw.ts'
import { RawTable } from './raw-table.tsx'
import { StepTable } from './step-table.tsx'
import styles from './over-time.module.css'
import { endsOf, groundOf, metricOf, type Series } from './series.ts'

const usualHeight = 220
/** Up to this length every result is a point, unless it is said otherwise. */
const usualRawMs = 48 * 3_600_000

interface About {
  stretch: Stretch
  width: number
  metric: MetricName
  happened: Happened
  references?: readonly Reference[]
  height?: number
  /** Up to this length, in ms, every result is a point. */
  rawMs?: number
  /** Whether it is shown as a table. */
  view: 'table' | undefined
  /** A span that somebody wants to see closer, in ms. */
  onSpan: (span: { from: number; to: number }) => void
  /** Somebody wants to see more of a result or of an incident. */
  onResult: (id: string) => void
  onIncident: (id: string) => void
  onView: (view: 'table' | undefined) => void
}

/** A metric of a target over time: every result if that is short, else by steps. */
export function OverTime(about: About) {
  const { stretch, metric, width, height = usualHeight, rawMs = usualRawMs } = about
  const read = useQuery(seriesQuery(stretch, metric, width))
  const points = useQuery({ ...pointsQuery(stretch), enabled: stretch.lengthMs <= rawMs })
  const raw = useMemo(
    () =>
      stretch.lengthMs > rawMs || points.data === undefined || points.data.more
        ? null
        : rawOf(points.data, metric),
    [points.data, metric, stretch.lengthMs, rawMs],
  )
  return (
    <section className={styles.panel} aria-label={`${metricOf[metric].title} over time`}>
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
  references,
  height = usualHeight,
  view,
  onSpan,
  onResult,
  onIncident,
  onView,
}: About & { series: Series; raw: readonly Raw[] | null }) {
  const [from, to] = endsOf(series)
  const drawing = useMemo(
    () => ({ series, metric, marks: marksOf(happened, ...endsOf(series)), references }),
    [series, metric, happened, references],
  )
  const draw = useMemo(() => (raw === null ? drawOf(drawing) : drawRaw(raw, drawing)), [drawing, raw])
  const points = useMemo(
    (): LinkedPoint[] => (raw === null ? pointsOf(drawing) : rawPoints(raw, drawing)),
    [drawing, raw],
  )
  const stepMs = series.step_s * 1000
  const pick = ({ at = 0, result, incident }: LinkedPoint) => {
    if (result !== undefined) onResult(result)
    else if (incident !== undefined) onIncident(incident)
    else if (raw === null) onSpan({ from: at, to: at + Math.max(stepMs, usualRawMs / 2) })
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
