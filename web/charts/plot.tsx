import { useEffect, useMemo } from 'react'
import styles from './chart.module.css'
import { useCanvas } from './canvas.ts'
import type { Draw, Point } from './drawing.ts'
import { type Place, withTips } from './tips.ts'
import { edgesOf, useSpan, type Zoom } from './use-span.ts'
import { useWalk } from './use-walk.ts'

/** The drawing of a chart: one stop of the keyboard, on which the arrows go from point to point. */
export function Plot({
  label,
  height,
  draw,
  points,
  onPick,
  zoom,
}: {
  label: string
  height: number
  draw: Draw
  points: readonly Point[]
  /** Enter or a click on a point. */
  onPick?: (point: Point) => void
  /** Lets a stretch of time be chosen: by dragging, or by the arrows with Shift and Enter. */
  zoom?: Zoom
}) {
  const byPlace = useMemo(
    () => new Map(points.map((point) => [`${point.series} ${point.index}`, point])),
    [points],
  )
  const drawAll = useMemo(() => withTips(draw, byPlace), [draw, byPlace])
  const { box, chart, hasFailed } = useCanvas(drawAll)
  const { span, setSpan, drag, dragged } = useSpan(chart, box, zoom)
  const { chosen, place, onKeyDown, leave } = useWalk(points, { span, setSpan, onPick, zoom })
  const shown = points[place]
  useEffect(() => {
    if (chart === null || chart.isDisposed()) return
    const point = chosen === null || dragged !== null ? undefined : points[chosen]
    if (point === undefined) chart.dispatchAction({ type: 'hideTip' })
    else chart.dispatchAction({ type: 'showTip', seriesIndex: point.series, dataIndex: point.index })
  }, [chart, chosen, points, dragged])
  useEffect(() => {
    const pick = ({ seriesIndex, dataIndex }: Place) => {
      const point = byPlace.get(`${seriesIndex} ${dataIndex}`)
      if (point !== undefined) onPick?.(point)
    }
    chart?.on('click', pick)
    return () => {
      if (chart?.isDisposed() === false) chart.off('click', pick)
    }
  }, [chart, byPlace, onPick])
  if (hasFailed) return <p className={styles.none}>The chart did not load: see the table.</p>
  return (
    <div
      className={`${styles.plot} ${zoom === undefined ? '' : styles.zooms}`}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, points.length - 1)}
      aria-valuenow={Math.max(0, place)}
      aria-valuetext={
        span !== null && zoom !== undefined
          ? `${zoom.say(span)}: Enter shows it alone`
          : (shown?.text ?? 'no data')
      }
      onKeyDown={onKeyDown}
      onBlur={leave}
      {...drag}
    >
      <div ref={box} style={{ height }} />
      {span !== null && zoom !== undefined && (
        <div className={styles.span} style={edgesOf(chart, span)}>
          <span>{zoom.say(span)}</span>
        </div>
      )}
    </div>
  )
}
