import { z } from 'zod'
import type { OpenLoad } from '../core/plan.ts'
import { requestLimits } from '../core/request-limits.ts'
import type { App } from '../jobs/app.ts'
import type { Sweep } from '../jobs/sweep.ts'

// What a request for a sweep says besides what other requests say too.

const limits = requestLimits.sweep

const whole = ({ least, most }: { least: number; most: number }) => z.int().min(least).max(most)
const positive = ({ above, most }: { above: number; most: number }) => z.number().gt(above).max(most)

/** Loads, one after the other, each once. */
const loadsOf = (load: z.ZodNumber) =>
  z
    .array(load)
    .min(limits.loads.least)
    .max(limits.loads.most)
    .refine((loads) => new Set(loads).size === loads.length, 'must name each load once')
    .exactOptional()

const objective = positive(limits.objective).exactOptional()

/** What a good request keeps, in ms. */
const slo = z
  .strictObject({
    ttft_ms: objective,
    ttfa_ms: objective,
    tpot_ms: objective,
    /** The 95th percentile of the times between tokens. */
    itl_ms: objective,
    latency_ms: objective,
  })
  .meta({ id: 'Objectives' })

export const sweepShape = {
  /** Closed loop: so many clients, each of which sends when its last answer has ended. */
  concurrency: loadsOf(whole(limits.concurrency)),
  /** Open loop: so many requests per second, sent when they are due; instead of `concurrency`. */
  rates: loadsOf(z.number().min(limits.rate.least).max(limits.rate.most)),
  /** The others are of an open loop: evenly, or as independent users send; the same arrivals again; most in flight. */
  arrivals: z.enum(['constant', 'poisson']).exactOptional(),
  seed: whole(limits.seed).exactOptional(),
  slots: whole(limits.slots).exactOptional(),
  /** Calls per level that count; warm-ups come before them. */
  total: whole(limits.total).default(limits.total.standard),
  slo: slo.exactOptional(),
  max_errors: whole(limits.errors).exactOptional(),
  /** Allows more than concurrency 8 or 2 requests per second for an endpoint that is not known to be ours. */
  i_own_this_endpoint: z.boolean().default(false),
}

/** What a request says of its loads. */
type Asked = z.output<z.ZodObject<typeof sweepShape>>

/** A rule that a request breaks: where, and what it says. */
interface Broken {
  path: string[]
  message: string
}

const broken = (path: string, isBroken: boolean, message: string): Broken[] =>
  isBroken ? [{ path: [path], message }] : []

/** The rules that a request for so many targets with so many context tiers breaks. */
export function brokenRules(asked: Asked, { targets, tiers }: { targets: number; tiers: number }): Broken[] {
  const { concurrency, rates, arrivals, seed, slots, total } = asked
  const isOpen = rates !== undefined
  const calls = (rates ?? concurrency ?? []).length * total * targets * tiers
  return [
    ...broken('concurrency', (concurrency === undefined) === !isOpen, 'give either concurrency or rates'),
    ...broken('arrivals', arrivals !== undefined && !isOpen, 'is for rates: a closed loop has no arrivals'),
    ...broken(
      'slots',
      slots !== undefined && !isOpen,
      'is for rates: a closed loop has as many as its concurrency',
    ),
    ...broken('seed', seed !== undefined && arrivals !== 'poisson', 'is for arrivals that are poisson'),
    ...broken(
      'total',
      calls > limits.calls,
      `makes ${calls} calls in all levels: at most ${limits.calls} are made for a request`,
    ),
  ]
}

/** The sweep that is asked for. Arrivals without a seed get one, which the run keeps. */
export function sweepOf(asked: Asked & { max_cost_usd?: number }, { uuid }: Pick<App, 'uuid'>): Sweep {
  const { concurrency = [], rates, arrivals = 'constant', slots = limits.slots.standard } = asked
  const drawn = asked.seed ?? Number.parseInt(uuid().slice(-8), 16)
  const open = (rate: number): OpenLoad => ({
    rate,
    arrivals,
    seed: arrivals === 'poisson' ? drawn : null,
    slots,
  })
  return {
    loads: rates?.map(open) ?? concurrency.map((each) => ({ concurrency: each })),
    total: asked.total,
    objectives: objectivesOf(asked.slo ?? {}),
    maxCostUsd: asked.max_cost_usd ?? null,
    maxErrors: asked.max_errors ?? null,
    ownEndpoint: asked.i_own_this_endpoint,
  }
}

/** Objectives by the names that reports have: `ttft` for `ttft_ms`. */
const objectivesOf = (given: z.output<typeof slo>): Record<string, number> =>
  Object.fromEntries(Object.entries(given).map(([name, ms]) => [name.replace(/_ms$/, ''), ms]))
