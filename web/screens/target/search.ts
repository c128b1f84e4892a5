import { isMoment, span } from '../../format/time.ts'
import { widthFor } from '../../over-time/series.ts'

const ranges = ['24h', '7d', '30d', '90d'] as const
export type RangeName = (typeof ranges)[number]

/** What the URL says of the screen; what is usual is left out of it. */
export interface TargetSearch {
  /** How long a time is shown; 24 h without it. */
  range?: RangeName
  /** Where it ends; now without it. */
  until?: string
  /** A span that was chosen closer: what is shown instead of the range, which stays to go back to. */
  from?: string
  to?: string
  /** The metric whose distribution is shown; TTFT without it. */
  metric?: 'ttfa' | 'tps' | 'latency'
  /** One region; all without it. */
  region?: string
  /** Charts as tables. */
  view?: 'table'
}

/** A moment as the API reads it. */
const momentOf = (given: unknown): string | undefined =>
  typeof given === 'string' && isMoment(given) ? given : undefined

const isMetric = (given: unknown): given is NonNullable<TargetSearch['metric']> =>
  given === 'ttfa' || given === 'tps' || given === 'latency'

/** The search of a URL, without what this screen does not know. */
export function targetSearch(given: Record<string, unknown>): TargetSearch {
  const { range, metric, region, view } = given
  const until = momentOf(given['until'])
  return {
    ...(range !== '24h' && ranges.includes(range as RangeName) && { range: range as RangeName }),
    ...(until !== undefined && { until }),
    ...spanOf(momentOf(given['from']), momentOf(given['to'])),
    ...(isMetric(metric) && { metric }),
    ...(typeof region === 'string' && region !== '' && { region }),
    ...(view === 'table' && { view }),
  }
}

/** A span that is neither too short nor too long, nor backwards; else nothing. */
function spanOf(from: string | undefined, to: string | undefined): Pick<TargetSearch, 'from' | 'to'> {
  if (from === undefined || to === undefined) return {}
  const ms = Date.parse(to) - Date.parse(from)
  return ms >= shortestMs && ms <= longestMs ? { from, to } : {}
}

/** The shortest span that is looked at. */
const shortestMs = 10 * 60_000
const hourMs = 3_600_000
/** The longest that the API answers: ten years. */
const longestMs = 3_650 * 24 * hourMs

/** Of each range: its length, the points that its charts have room for, and its name. From 7 days on a step is an hour, from 30 a day. */
export const rangeOf: Readonly<Record<RangeName, { ms: number; width: number; label: string }>> = {
  '24h': { ms: 24 * hourMs, width: 500, label: '24 h' },
  '7d': { ms: 168 * hourMs, width: 170, label: '7 d' },
  '30d': { ms: 720 * hourMs, width: 60, label: '30 d' },
  '90d': { ms: 2160 * hourMs, width: 100, label: '90 d' },
}

export const rangeNames = ranges

/** The time that the URL asks for: its length and end (null is now), the points that its charts have room for, and its name. */
export interface Shown {
  ms: number
  until: string | null
  width: number
  label: string
}

/** What is shown: the chosen span, or the range. */
export function shownOf({ range = '24h', until, from, to }: TargetSearch): Shown {
  if (from === undefined || to === undefined) return { ...rangeOf[range], until: until ?? null }
  const ms = Date.parse(to) - Date.parse(from)
  return { ms, until: to, width: widthFor(ms), label: span(ms) }
}

/** The search that shows a span: to minutes, and long enough. */
export function closer({ from, to }: { from: number; to: number }): { from: string; to: string } {
  const minute = 60_000
  const start = Math.floor(from / minute) * minute
  const end = Math.max(Math.ceil(to / minute) * minute, start + shortestMs)
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() }
}
