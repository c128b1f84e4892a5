import { type KeyboardEvent, useRef, useState } from 'react'
import type { Point } from './drawing.ts'
import type { Span, Zoom } from './use-span.ts'

/** Going from point to point by the keyboard: arrows, page keys, Home and End; with Shift, over a stretch of time. */
export function useWalk(
  points: readonly Point[],
  {
    span,
    setSpan,
    onPick,
    zoom,
  }: {
    span: Span | null
    setSpan: (span: Span | null) => void
    onPick: ((point: Point) => void) | undefined
    zoom: Zoom | undefined
  },
) {
  const [chosen, choose] = useState<number | null>(null)
  const anchor = useRef(0)
  const last = points.length - 1
  const place = Math.min(chosen ?? last, last)
  const leave = () => {
    setSpan(null)
    choose(null)
  }
  const enter = () => {
    const point = points[place]
    if (span !== null) zoom?.onSpan(span)
    else if (point !== undefined) onPick?.(point)
    setSpan(null)
  }
  const go = (next: number, isStretching: boolean) => {
    if (span === null) anchor.current = place
    const ends = [points[anchor.current], points[next]]
    setSpan(isStretching && zoom !== undefined ? between(ends, zoom) : null)
    choose(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = stepOf(event, place, last)
    if (event.key === 'Enter') enter()
    else if (event.key === 'Escape') leave()
    else if (next === null) return
    else go(next, event.shiftKey)
    event.preventDefault()
  }
  return { chosen, place, onKeyDown, leave }
}

/** The time from one point to another, with both. */
function between(ends: readonly (Point | undefined)[], { stepMs, from, to }: Zoom): Span {
  const times = ends.map((point) => point?.at ?? from)
  return { from: Math.max(from, Math.min(...times)), to: Math.min(to, Math.max(...times) + stepMs) }
}

/** To which point a key leads; null if it is none of ours. */
function stepOf({ key }: KeyboardEvent, from: number, last: number): number | null {
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }
  const by = steps[key as keyof typeof steps] as number | undefined
  const next = key === 'Home' ? 0 : key === 'End' ? last : by === undefined ? null : from + by
  return next === null ? null : Math.max(0, Math.min(last, next))
}
