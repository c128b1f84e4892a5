import { type PointerEvent, type RefObject, useState } from 'react'
import type { useCanvas } from './canvas.ts'

type Chart = ReturnType<typeof useCanvas>['chart']

/** A stretch of an axis of time, in ms. */
export interface Span {
  from: number
  to: number
}

/** What a chart lets choose: a stretch within its time. */
export interface Zoom extends Span {
  /** How long a point of the chart lasts, in ms. */
  stepMs: number
  /** What is chosen, in words. */
  say: (span: Span) => string
  onSpan: (span: Span) => void
}

/** A drag of fewer px is a click. */
const least = 6
const x = { xAxisIndex: 0 }

/** Choosing a stretch of time by dragging: `span` is what is chosen so far, which the keyboard may set too. */
export function useSpan(chart: Chart, box: RefObject<HTMLElement | null>, zoom: Zoom | undefined) {
  const [span, setSpan] = useState<Span | null>(null)
  const [start, setStart] = useState<number | null>(null)
  const placeOf = ({ clientX }: PointerEvent): number =>
    clientX - (box.current?.getBoundingClientRect().left ?? 0)
  const timeAt = (place: number, { from, to }: Zoom): number =>
    Math.max(from, Math.min(to, Number(chart?.convertFromPixel(x, place))))
  const stop = () => {
    setStart(null)
    setSpan(null)
  }
  const drag = {
    onPointerDown: (event: PointerEvent) => {
      if (zoom === undefined || chart === null || event.button !== 0) return
      setStart(placeOf(event))
    },
    onPointerMove: (event: PointerEvent) => {
      if (zoom === undefined || start === null) return
      const place = placeOf(event)
      if (span === null && Math.abs(place - start) < least) return
      event.currentTarget.setPointerCapture(event.pointerId)
      const ends = [timeAt(start, zoom), timeAt(place, zoom)]
      setSpan({ from: Math.min(...ends), to: Math.max(...ends) })
    },
    onPointerUp: () => {
      if (start !== null && span !== null) zoom?.onSpan(span)
      stop()
    },
    onPointerCancel: stop,
  }
  return { span, setSpan, drag, dragged: start === null ? null : span }
}

/** Where a stretch is on the canvas, in px. */
export function edgesOf(chart: Chart, { from, to }: Span): { left: number; width: number } {
  const [left, right] = [from, to].map((at) => Number(chart?.convertToPixel(x, at)))
  return { left: left ?? 0, width: Math.max(1, (right ?? 0) - (left ?? 0)) }
}
