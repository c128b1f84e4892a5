import { systemClock } from '../../src/core/clock.ts'
import type { LagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { atMost, type Goal, median, round } from '../goals.ts'
import { callFor } from './clients.ts'
import type { Script } from './script.ts'
import { startWitness, stopWitness, takeWitnessed } from './witness.ts'

// TPS against what the server did: the tokens after the first write over the time between the first and the
// last write.
const tokens = 256
const repetitions = 5

const variants: Record<string, Partial<Script>> = {
  'a usage tail': {},
  'reasoning shown': { reasoning: 'shown' },
  'reasoning hidden': { reasoning: 'hidden' },
  'chunks of 2 tokens': { tokensPerChunk: 2 },
  'chunks of 4 tokens': { tokensPerChunk: 4 },
  'chunks of 16 tokens': { tokensPerChunk: 16 },
}

interface Rate {
  what: string
  /** Percent, of the worst and the median repetition. */
  worst: number
  middle: number
}

/** The error of TPS for every shape of stream, each with usage 300 ms after its last token. */
export async function measureRates(url: string, lag: LagMonitor): Promise<Rate[]> {
  startWitness()
  const errors = new Map<string, number[]>()
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    takeWitnessed()
    const seen = await Promise.all(
      Object.entries(variants).map(async ([name, variant]) => {
        const { tokensPerChunk = 1 } = variant
        const id = `${name.replaceAll(' ', '-')}-${repetition}`
        const script = {
          id,
          chunks: tokens / tokensPerChunk,
          gapMs: 5 * tokensPerChunk,
          ttftMs: 100,
          tailMs: 300,
          ...variant,
        }
        const result = await probe(callFor(url, script), {
          clock: systemClock,
          lag,
          env: {},
          egressAllow: [],
        })
        return { name, id, tokensPerChunk, tps: result.tps ?? NaN }
      }),
    )
    const witnessed = takeWitnessed()
    for (const { name, id, tokensPerChunk, tps } of seen) {
      const events = witnessed.get(id) ?? []
      const spanMs = (events.at(-1)?.sent ?? NaN) - (events[0]?.sent ?? NaN)
      const truth = ((tokens - tokensPerChunk) * 1000) / spanMs
      errors.set(name, [...(errors.get(name) ?? []), Math.abs(tps / truth - 1) * 100])
    }
  }
  stopWitness()
  return [...errors].map(([what, all]) => ({ what, worst: Math.max(...all), middle: median(all) }))
}

/** The rows as a table. */
export const rateFigures = (rows: readonly Rate[]): Record<string, unknown>[] =>
  rows.map(({ what, worst, middle }) => ({
    what: `TPS error in %: ${what}, 300 ms tail`,
    median: round(middle),
    worst: round(worst),
  }))

/** What the rows must show. */
export const rateGoals = (rows: readonly Rate[]): Goal[] =>
  rows.map(({ what, middle }) => atMost(`TPS error, %: ${what}, 300 ms tail`, 0.5, middle))
