import { originOf, requestOf } from '../lab/level-rows.ts'
import type { SweepRow } from './describe-sweep.ts'
import type { Area } from './sweep-marks.ts'

/** What is drawn of the requests of a level at most. */
interface Room {
  lanes: number
  requests: number
}

/** The requests of a level in lanes: in one, each begins when the one before has ended. */
export interface Lanes {
  areas: Area[]
  drawn: { lanes: number; requests: number; untilMs: number }
  all: { lanes: number; requests: number; untilMs: number }
}

/** A request in its lane; times in ms after the start of the level. */
interface Placed {
  lane: number
  /** Due, or sent if nothing said when. */
  from: number
  sent: number
  /** The first token; the end if none came. */
  first: number
  to: number
  warmup: boolean
  success: boolean
}

/**
 * Lays the requests of a level into lanes. If there are too many, it takes lanes evenly, whole ones, and then the
 * beginning of the level alone: what is drawn is drawn as it was.
 */
export function lanesOf(rows: readonly SweepRow[], room: Room): Lanes {
  const placed = place(rows)
  const lanes = 1 + placed.reduce((most, { lane }) => Math.max(most, lane), -1)
  const step = Math.max(1, Math.ceil(lanes / room.lanes))
  const ofLanes = placed.filter(({ lane }) => lane % step === 0)
  const kept = ofLanes.slice(0, room.requests)
  const untilMs = endOf(placed)
  // What begins later in a lane that is drawn is left out, so nothing of that time is shown.
  const cut = Math.min(untilMs, ofLanes[room.requests]?.from ?? Infinity)
  const shown = kept.map((request) => ({ ...request, lane: request.lane / step }))
  return {
    areas: areasOf(shown, cut),
    drawn: { lanes: Math.ceil(lanes / step), requests: kept.length, untilMs: cut },
    all: { lanes, requests: placed.length, untilMs },
  }
}

const endOf = (placed: readonly Placed[]): number => placed.reduce((last, { to }) => Math.max(last, to), 0)

/** Each request takes the first lane that is free. */
function place(rows: readonly SweepRow[]): Placed[] {
  const origin = originOf(rows)
  const busyUntil: number[] = []
  return rows
    .map((row) => {
      const { scheduledAt, sentAt, ttftMs, totalLatencyMs, success } = requestOf(row, origin)
      const to = sentAt + totalLatencyMs
      const first = ttftMs === null ? to : sentAt + ttftMs
      return { from: scheduledAt ?? sentAt, sent: sentAt, first, to, warmup: row.warmup, success }
    })
    .toSorted((a, b) => a.from - b.from)
    .map((request) => {
      const free = busyUntil.findIndex((until) => until <= request.from)
      const lane = free < 0 ? busyUntil.length : free
      busyUntil[lane] = request.to
      return { ...request, lane }
    })
}

/** What colours say: what a request waited here, then for its first token, then its stream; or that it failed. */
function areasOf(placed: readonly Placed[], untilMs: number): Area[] {
  const pieces = (some: readonly Placed[], ends: (request: Placed) => [number, number]) =>
    some.flatMap((request) => {
      const [from, to] = ends(request)
      const end = Math.min(to, untilMs)
      return end > from ? [{ lane: request.lane, from, to: end }] : []
    })
  return [false, true].flatMap((warmup): Area[] => {
    const some = placed.filter((request) => request.warmup === warmup)
    const [good, failed] = [some.filter(({ success }) => success), some.filter(({ success }) => !success)]
    const opacity = warmup ? 0.4 : 1
    return [
      { colour: 'fill-none', opacity, pieces: pieces(some, ({ from, sent }) => [from, sent]) },
      { colour: 'series-7', opacity, pieces: pieces(good, ({ sent, first }) => [sent, first]) },
      { colour: 'series-1', opacity, pieces: pieces(good, ({ first, to }) => [first, to]) },
      { colour: 'fill-down', opacity, pieces: pieces(failed, ({ sent, to }) => [sent, to]) },
    ]
  })
}
