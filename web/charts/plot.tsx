import { type KeyboardEvent, useEffect, useMemo, useState } from 'react'
import styles from './chart.module.css'
import { useCanvas } from './canvas.ts'
import type { Draw, Point } from './drawing.ts'
import type { Option } from './engine.ts'

interface Place {
  seriesIndex?: number
  dataIndex?: number
}

/** The drawing of a chart: one stop of the keyboard, on which the arrows go from point to point. */
export function Plot({
  label,
  height,
  draw,
  points,
  onPick,
}: {
  label: string
  height: number
  draw: Draw
  points: readonly Point[]
  /** Enter or a click on a point. */
  onPick?: (point: Point) => void
}) {
  const [chosen, choose] = useState<number | null>(null)
  const byPlace = useMemo(
    () => new Map(points.map((point) => [`${point.series} ${point.index}`, point])),
    [points],
  )
  const drawAll = useMemo(() => withTips(draw, byPlace), [draw, byPlace])
  const { box, chart, hasFailed } = useCanvas(drawAll)
  const last = points.length - 1
  const shown = points[chosen ?? last]
  useEffect(() => {
    if (chart === null || chart.isDisposed()) return
    const point = chosen === null ? undefined : points[chosen]
    if (point === undefined) chart.dispatchAction({ type: 'hideTip' })
    else chart.dispatchAction({ type: 'showTip', seriesIndex: point.series, dataIndex: point.index })
  }, [chart, chosen, points])
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
  const onKeyDown = (event: KeyboardEvent) => {
    const next = stepOf(event, chosen ?? last, last)
    if (event.key === 'Enter' && shown !== undefined) onPick?.(shown)
    else if (event.key === 'Escape') choose(null)
    else if (next === null) return
    else choose(next)
    event.preventDefault()
  }
  if (hasFailed) return <p className={styles.none}>The chart did not load: see the table.</p>
  return (
    <div
      ref={box}
      className={styles.plot}
      style={{ height }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, last)}
      aria-valuenow={Math.max(0, chosen ?? last)}
      aria-valuetext={shown?.text ?? 'no data'}
      onKeyDown={onKeyDown}
      onBlur={() => choose(null)}
    />
  )
}

/** To which point a key leads; null if it is none of ours. */
function stepOf({ key, shiftKey }: KeyboardEvent, from: number, last: number): number | null {
  const by = shiftKey ? 10 : 1
  const next = { ArrowLeft: from - by, ArrowRight: from + by, Home: 0, End: last }[key]
  return next === undefined ? null : Math.max(0, Math.min(last, next))
}

/** The option with the texts of the points as its tips, unless it has its own. */
function withTips(draw: Draw, byPlace: ReadonlyMap<string, Point>): Draw {
  const formatter = (given: unknown) => tipOf([given as Place | Place[]].flat(), byPlace)
  return (palette): Option => {
    const option = draw(palette)
    return { ...option, tooltip: { trigger: 'item', formatter, ...option.tooltip } }
  }
}

const tipOf = (places: readonly Place[], byPlace: ReadonlyMap<string, Point>): string =>
  places
    .flatMap(({ seriesIndex, dataIndex }) => byPlace.get(`${seriesIndex} ${dataIndex}`)?.text ?? [])
    .join('\n')
