import type { ErrorKind } from '../../src/core/outcome.ts'

/** The scheduled targets. Call i has a TTFT of `ttft` + 10 × (i mod 5) ms and a rate of `tps` + (i mod 5). */
export const tracks = {
  mini: { provider: 'openai', model: 'gpt-4o-mini', region: 'iad1', ttft: 300, tps: 50, cost: 0.0001 },
  fra: { provider: 'openai', model: 'gpt-4o-mini', region: 'fra1', ttft: 420, tps: 50, cost: 0.0001 },
  groq: { provider: 'groq', model: 'openai/gpt-oss-20b', region: 'iad1', ttft: 100, tps: 200, cost: 0.00005 },
  together: {
    provider: 'together',
    model: 'openai/gpt-oss-20b',
    region: 'iad1',
    ttft: 310,
    tps: 100,
    cost: 0.00002,
  },
} as const
export type Track = keyof typeof tracks

/** The metrics of a track's call i. Every answer has 500 input, 100 output and 20 reasoning tokens. */
export const measured = (track: Track, i: number) => {
  const ttft = tracks[track].ttft + 10 * (i % 5)
  return { ttft, ttfa: ttft + 50, tps: tracks[track].tps + (i % 5), latency: ttft + 600 }
}

/** A scheduled call. The n-th track is called n seconds after its slot. */
export interface Call {
  track: Track
  slot: Date
  i: number
  series: string
  at: Date
  error: ErrorKind | null
  isRecheck: boolean
}

export const minutes = 60_000
export const hours = 60 * minutes
const from = (start: string, count: number, apart: number) =>
  Array.from({ length: count }, (_, i) => ({ i, slot: new Date(Date.parse(start) + i * apart) }))

/** One slot in September, one in October, 59 at every 12 hours, then 49 at every 30 minutes. */
export const slots = {
  early: from('2026-09-15T12:00:00Z', 2, 30 * 24 * hours),
  daily: from('2026-10-27T00:00:00Z', 59, 12 * hours),
  hourly: from('2026-11-25T12:00:00Z', 49, 30 * minutes),
}

const call = (track: Track, { i, slot }: { i: number; slot: Date }, more: Partial<Call> = {}): Call => {
  const at = new Date(slot.getTime() + 1000 * (1 + Object.keys(tracks).indexOf(track)))
  return { track, slot, i, series: 'series-1', at, error: null, isRecheck: false, ...more }
}
const common: Track[] = ['mini', 'groq', 'together']
/** Together AI's failed half-hourly calls. The recheck a minute later passed at 23:00 and failed at 12:00. */
const failures: Partial<Record<number, ErrorKind>> = {
  12: 'timeout_first_token',
  22: 'server_error',
  32: 'rate_limited',
  48: 'overloaded',
}
const recheck = (track: Track, { i, slot }: { i: number; slot: Date }, error: ErrorKind | null): Call => {
  const first = call(track, { i, slot })
  return { ...first, at: new Date(first.at.getTime() + minutes), error, isRecheck: true }
}

/** Every scheduled call, except those of two targets that only the last two runs have. */
export const calls: readonly Call[] = [
  ...slots.early.map((at) => call('mini', at, { series: 'series-0', error: at.i === 1 ? 'quota' : null })),
  ...slots.daily.flatMap((at) => common.map((track) => call(track, at))),
  ...slots.hourly.flatMap((at) => [
    ...(at.i % 2 === 0 ? [call('fra', at)] : []),
    ...common.map((track) =>
      call(track, at, { error: track === 'together' ? (failures[at.i] ?? null) : null }),
    ),
    ...(at.i === 22 ? [recheck('together', at, null)] : []),
    ...(at.i === 48 ? [recheck('together', at, 'overloaded')] : []),
  ]),
]

const firstOfStore = Date.parse('2026-11-26T11:30:00Z')
/** Whether a call belongs to the last two runs, which are recorded through the store. */
export const inStore = ({ slot }: { slot: Date }) => slot.getTime() >= firstOfStore

export const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
