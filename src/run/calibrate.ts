import { setTimeout } from 'node:timers/promises'
import type { Calibration } from '../core/calibration.ts'
import type { Settings } from '../core/plan.ts'
import { percentile } from '../core/statistics.ts'
import type { Lateness } from '../probe/lateness.ts'
import type { Call } from '../probe/probe.ts'
import { syntheticEntry } from '../registry/custom.ts'

/**
 * A level of load: `streams` streams, `concurrency` of them at once, each with `events` events, the first
 * after `ttftMs`, then one every `everyMs`.
 */
export interface Level {
  concurrency: number
  ttftMs: number
  streams: number
  events: number
  everyMs: number
}

/**
 * The levels that are measured, some 35 s in all. The first token comes when all have connected, as from a
 * provider. The rates fall as the streams become more: what a run with so many would see, and what a server
 * in one thread can write on time. At least 299 streams, for their p99.
 */
export const levels: readonly Level[] = [
  { concurrency: 1, ttftMs: 20, streams: 300, events: 10, everyMs: 2 },
  { concurrency: 8, ttftMs: 50, streams: 320, events: 20, everyMs: 10 },
  { concurrency: 64, ttftMs: 200, streams: 320, events: 20, everyMs: 40 },
  { concurrency: 256, ttftMs: 400, streams: 512, events: 10, everyMs: 160 },
]

/** The same levels with a tenth of the streams. */
export const quickLevels: readonly Level[] = levels.map((level) => ({
  ...level,
  streams: Math.max(Math.ceil(level.streams / 10), level.concurrency),
}))

/** The errors measured at one level. */
export type ClockErrors = Omit<Calibration, 'id' | 'host' | 'nodeVersion' | 'threads'>

/** What a level is measured with: a stamping synthetic provider, and who calls it. */
export interface LevelParts {
  baseUrl: string
  lateness: (call: Call) => Promise<Lateness>
  /** Begins no further stream once aborted. */
  stop: AbortSignal
}

/** Measures one level. Incomplete streams are left out and counted as `lost`; a problem if all were. */
export async function calibrateLevel(
  level: Level,
  parts: LevelParts,
): Promise<{ errors: ClockErrors; lost: number } | { problem: string }> {
  const seen: Lateness[] = []
  const lane = async (number: number) => {
    // Otherwise all of them would send and receive at the same moment.
    await setTimeout((number * level.everyMs) / level.concurrency)
    for (let stream = number; stream < level.streams; stream += level.concurrency) {
      if (parts.stop.aborted) return
      seen.push(await parts.lateness(callOf(level, parts.baseUrl, stream)))
    }
  }
  await Promise.all(Array.from({ length: level.concurrency }, (_, number) => lane(number)))
  const whole = seen.filter(({ failure, lateMs }) => failure === null && isWhole(lateMs, level))
  if (whole.length === 0)
    return { problem: seen[0]?.failure ?? 'no stream came back with all its events and stamps' }
  return {
    errors: errorsOf(
      level,
      whole.map(({ lateMs }) => lateMs),
    ),
    lost: seen.length - whole.length,
  }
}

const isWhole = (lateMs: number[], { events }: Level): boolean =>
  lateMs.length === events && lateMs.every(Number.isFinite)

const at = (sample: number[], p: number): number => percentile(sample, p) ?? NaN

function errorsOf({ concurrency }: Level, streams: number[][]): ClockErrors {
  const ttft = streams.map(([first = NaN]) => first)
  const chunks = streams.flat()
  return {
    concurrency,
    streams: streams.length,
    chunks: chunks.length,
    ttftP50Ms: at(ttft, 0.5),
    ttftP95Ms: at(ttft, 0.95),
    ttftP99Ms: at(ttft, 0.99),
    chunkP50Ms: at(chunks, 0.5),
    chunkP95Ms: at(chunks, 0.95),
    chunkP99Ms: at(chunks, 0.99),
  }
}

const settings: Settings = {
  prompt: '',
  promptHash: '',
  maxTokens: 1000,
  temperature: 0,
  order: 'sequential',
  confirm: false,
  concurrency: 1,
  timeouts: { connect: 10_000, firstToken: 10_000, idle: 10_000, total: 60_000 },
}

const callOf = ({ events, everyMs, ttftMs }: Level, baseUrl: string, stream: number): Call => ({
  provider: { entry: syntheticEntry(baseUrl), baseUrl, key: null, synthetic: true, trusted: true },
  model: `synthetic/stamp/true/frames/${events}/delay_ms/${everyMs}/ttft_ms/${ttftMs}`,
  parameters: { reasoning: 'default' },
  settings,
  system: null,
  prompt: `stream ${stream}`,
})
