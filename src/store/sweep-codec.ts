import { z } from 'zod'
import { pageOf } from './page.ts'
import { count, json, orNull, runRow } from './read-codec.ts'

// Sweeps in lists, with the database's names.

const closedLoad = z.object({
  concurrency: count,
  stagger_ms: z.number(),
  /** How long clients pause after each answer; of exponential pauses the mean, and the seed that makes them again. */
  think_ms: z.number().optional(),
  think_seed: count.optional(),
})
const openLoad = z.object({
  /** Requests per second. */
  rate: z.number(),
  arrivals: z.enum(['constant', 'poisson', 'trace']),
  seed: count.nullable(),
  slots: count,
})

/** What is known of a level before it begins. */
export const levelShape = {
  provider: z.string(),
  model: z.string(),
  context_tokens: count.nullable(),
  load: z.union([closedLoad, openLoad]),
  warmups: count,
  total: count,
  /** How long calls that count are begun, instead of how many there are. */
  duration_ms: z.number().optional(),
}

/** A level as it was asked for. */
export const plannedLevel = z.looseObject(levelShape).meta({ id: 'PlannedLevel' })

/** What a good request keeps, in ms, by name: `ttft`, `ttfa`, `tpot`, `itl`, `latency`. */
export const objectives = z.record(z.string(), z.number())

/** Sweeps, newest first. */
export const sweepPage = pageOf(
  z
    .object({
      run: runRow,
      providers: z.array(z.string()),
      models: z.array(z.string()),
      objectives,
      levels: z.array(plannedLevel),
      /** The level that gave most answers per second, over the whole of it; null without an answer. */
      best: orNull(z.object({ level: count, requests_per_s: z.number() })),
    })
    .meta({ id: 'ListedSweep' }),
)

/** Results of a sweep, each the values of the columns that are named. */
export const sweepResults = pageOf(z.array(json)).extend({ columns: z.array(z.string()) })
