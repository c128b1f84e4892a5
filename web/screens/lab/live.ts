import type { LiveEvent } from '../../../src/http/contract.ts'
import type { SweptLevel } from '../../api/sweep-queries.ts'
import { plural } from '../../format/words.ts'
import { failuresOf } from './view.ts'

/** What events have told of the calls of a level that count, since it is watched. */
interface HeardLevel {
  n: number
  failed: number
  /** Times to the first token of the answers, in ms. */
  ttfts: readonly number[]
  /** When the first and the last of them was recorded, in ms. */
  from: number
  to: number
}

/** What events have told of a sweep since it is watched. */
export interface Heard {
  levels: ReadonlyMap<number, HeardLevel>
  /** The highest level that has begun. */
  level: number
  progress: LiveEvent['progress'] | null
}

export const nothingHeard: Heard = { levels: new Map(), level: -1, progress: null }

/** What is known after some events more. */
export function hear(heard: Heard, events: readonly LiveEvent[]): Heard {
  const levels = new Map(heard.levels)
  let { level, progress } = heard
  for (const event of events) {
    progress = event.progress
    const { probe, result } = event
    const place = probe?.level ?? null
    if (probe === null || place === null) continue
    level = Math.max(level, place)
    if (event.event === 'probe_recorded' && result !== null && !probe.warmup)
      levels.set(place, withCall(levels.get(place), result, event.created_at))
  }
  return { levels, level, progress }
}

function withCall(
  before: HeardLevel | undefined,
  { success, ttft_ms: ttft }: NonNullable<LiveEvent['result']>,
  recordedAt: string,
): HeardLevel {
  const at = Date.parse(recordedAt)
  const { n, failed, ttfts, from } = before ?? { n: 0, failed: 0, ttfts: [], from: at }
  return {
    n: n + 1,
    failed: failed + (success ? 0 : 1),
    ttfts: success && ttft !== null ? [...ttfts, ttft] : ttfts,
    from,
    to: at,
  }
}

/** A level while the sweep goes on. */
export interface Line {
  level: SweptLevel
  state: 'waiting' | 'running' | 'over'
  /** Calls that are over, and of how many if that is known, warm-ups among them; and how much of the level that is. */
  calls: string
  percent: number
  /** Calls that count, on which the others rest. */
  n: number
  failed: number
  requestsPerS: number | null
  ttftP50: number | null
  ttftP95: number | null
  /** Seconds until it ends, if calls go on as they did. */
  leftS: number | null
}

/** From how many answers on a 95th percentile is more than the largest of them. */
export const p95From = 20

/** Whether clients send for as long as a level lasts, so that nobody knows how many calls it has. */
export const isTimed = ({ load, duration_ms: lasts }: SweptLevel): boolean =>
  'concurrency' in load && lasts !== undefined

/** What is known of a sweep that goes on: what was heard of it, and how many of its calls are over. */
interface Known {
  heard: Heard
  done: number
}

/** How far each level is. */
export const linesOf = (levels: readonly SweptLevel[], known: Known): Line[] =>
  levels.some(isTimed) ? linesByTime(levels, known) : linesByCalls(levels, known)

/** Levels come one after the other, so that all calls that are over fill them in this order. */
function linesByCalls(levels: readonly SweptLevel[], { heard, done }: Known): Line[] {
  let rest = done
  return levels.map((level) => {
    const total = level.warmups + level.total
    const own = Math.max(0, Math.min(total, rest))
    rest -= own
    const state = own === total ? 'over' : own > 0 || level.level === heard.level ? 'running' : 'waiting'
    const figures = figuresOf(level, heard.levels.get(level.level))
    const { n, requestsPerS } = figures
    const left = state === 'running' && n > 2 && requestsPerS !== null && requestsPerS > 0
    const leftS = left ? (total - own) / requestsPerS : null
    return { level, state, calls: `${own} / ${total}`, percent: (own / total) * 100, ...figures, leftS }
  })
}

/** The last level of which anything is known goes on, those before it are over. */
function linesByTime(levels: readonly SweptLevel[], { heard }: Known): Line[] {
  const read = levels.findLast(({ report }) => report !== null)?.level ?? -1
  const current = Math.max(heard.level, read)
  return levels.map((level) => {
    const own = heard.levels.get(level.level)
    const figures = figuresOf(level, own)
    const lasts = level.duration_ms ?? 0
    const spent = Math.min(lasts, own === undefined ? (level.wall_ms ?? 0) : own.to - own.from)
    const state = level.level < current ? 'over' : level.level === current ? 'running' : 'waiting'
    const percent = { over: 100, running: (spent / lasts) * 100, waiting: 0 }[state]
    const leftS = { over: null, running: (lasts - spent) / 1000, waiting: lasts / 1000 }[state]
    return { level, state, calls: plural(figures.n, 'call'), percent, ...figures, leftS }
  })
}

/** How far a sweep is in percent, and for how many seconds it goes on; null if nobody can say. */
export function wayOf(
  lines: readonly Line[],
  { percent, eta_s: eta }: Pick<LiveEvent['progress'], 'percent' | 'eta_s'>,
) {
  if (!lines.some(({ level }) => isTimed(level))) return { percent, leftS: eta }
  const sum = (of: (line: Line) => number) => lines.reduce((all, line) => all + of(line), 0)
  return { percent: sum((line) => line.percent) / lines.length, leftS: sum(({ leftS }) => leftS ?? 0) }
}

type Figures = Pick<Line, 'n' | 'failed' | 'requestsPerS' | 'ttftP50' | 'ttftP95'>

/** What was read of a level, or what was heard of it if that is more. */
function figuresOf({ report }: SweptLevel, heard: HeardLevel | undefined): Figures {
  if (heard !== undefined && heard.n > (report?.n ?? 0)) return heardFigures(heard)
  if (report === null) return { n: 0, failed: 0, requestsPerS: null, ttftP50: null, ttftP95: null }
  const { ttft_ms: ttft } = report.from_scheduled ?? report.from_sent
  return {
    n: report.n,
    failed: failuresOf(report),
    requestsPerS: report.throughput.requests_per_s,
    ttftP50: ttft.p50?.value ?? null,
    ttftP95: ttft.n < p95From ? null : (ttft.p95?.value ?? null),
  }
}

function heardFigures({ n, failed, ttfts, from, to }: HeardLevel): Figures {
  const sorted = ttfts.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
  return {
    n,
    failed,
    requestsPerS: n < 3 || to <= from ? null : ((n - failed - 1) * 1000) / (to - from),
    ttftP50: at(0.5),
    ttftP95: sorted.length < p95From ? null : at(0.95),
  }
}
