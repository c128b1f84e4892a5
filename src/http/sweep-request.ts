import { z } from 'zod'
import { requestLimits } from '../core/request-limits.ts'
import type { App } from '../jobs/app.ts'
import { type AskedSweep, isSought, seedFrom, sweepOf as sweepAsked } from '../jobs/asked-sweep.ts'
import { callsOfEach, type Sweep } from '../jobs/sweep.ts'
import { brokenRules as brokenByAnybody, type SweepWords } from '../jobs/sweep-rules.ts'
import { promptCategories } from '../registry/prompts.ts'

// What a request for a sweep says besides what other requests say too.

const { sweep: limits, maxTokens } = requestLimits

const whole = ({ least, most }: { least: number; most: number }) => z.int().min(least).max(most)
const decimal = ({ least, most }: { least: number; most: number }) => z.number().min(least).max(most)
const positive = ({ above, most }: { above: number; most: number }) => z.number().gt(above).max(most)

/** Loads, one after the other, each once; or `auto`, which looks for them. */
const loadsOf = (load: z.ZodNumber) =>
  z
    .union(
      [
        z
          .array(load)
          .min(limits.loads.least)
          .max(limits.loads.most)
          .refine((loads) => new Set(loads).size === loads.length, 'must name each load once'),
        z.literal('auto'),
      ],
      'must be a list of numbers, or "auto"',
    )
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

const outputLimit = whole(maxTokens)

/** What caches of prompts find. */
const cache = z.union(
  [z.enum(['cold', 'warm']), z.strictObject({ shared_tokens: whole(limits.sharedTokens) })],
  'must be "cold", "warm" or {"shared_tokens": N}',
)

/** One output limit, several in turn, or any from one to another. */
const outputTokens = z.union(
  [
    outputLimit,
    z.array(outputLimit).min(1).max(limits.outputs.entries),
    z
      .strictObject({ least: outputLimit, most: outputLimit })
      .refine(({ least, most }) => least <= most, { path: ['least'], message: 'must not be above most' }),
  ],
  'must be a limit, a list of limits or {"least": N, "most": N}',
)

export const sweepShape = {
  /** Closed loop: so many clients, each of which sends when its last answer has ended. */
  concurrency: loadsOf(whole(limits.concurrency)),
  /** Open loop: so many requests per second, sent when they are due; instead of `concurrency`. */
  rates: loadsOf(decimal(limits.rate)),
  /** The highest level at which this share of requests keeps `slo`; and the highest that a search tries. */
  find: z.strictObject({ goodput: decimal(limits.goodput) }).exactOptional(),
  most: whole(limits.highest).exactOptional(),
  /** Of an open loop: evenly, or as independent users send; and most in flight. */
  arrivals: z.enum(['constant', 'poisson']).exactOptional(),
  slots: whole(limits.slots).exactOptional(),
  /** Makes the same arrivals and pauses again. */
  seed: whole(limits.seed).exactOptional(),
  /** Calls per level that count, or for how many seconds they are sent; warm-ups come before them. */
  total: whole(limits.total).exactOptional(),
  duration_s: decimal(limits.duration).exactOptional(),
  /** How long a client of a closed loop waits after each answer, always or on average. */
  think_ms: whole(limits.think).exactOptional(),
  think_spread: z.enum(['fixed', 'exponential']).exactOptional(),
  slo: slo.exactOptional(),
  cache: cache.exactOptional(),
  max_tokens: outputLimit.exactOptional(),
  /** Limits that differ from request to request, instead of `max_tokens`. */
  output_tokens: outputTokens.exactOptional(),
  /** The built-in prompts of a category in turn, instead of `prompt`. */
  prompt_category: z.enum(promptCategories).exactOptional(),
  max_errors: whole(limits.errors).exactOptional(),
  /** Allows more than concurrency 8 or 2 requests per second for an endpoint that is not known to be ours. */
  i_own_this_endpoint: z.boolean().default(false),
}

/** What a request says of its loads, and of what else a rule is about. */
type Asked = z.output<z.ZodObject<typeof sweepShape>> & {
  prompt?: string
  context_tiers: readonly number[]
  max_cost_usd?: number
}

const words: SweepWords = {
  concurrency: 'concurrency',
  rates: 'rates',
  trace: 'trace',
  find: 'find',
  most: 'most',
  arrivals: 'arrivals',
  slots: 'slots',
  total: 'total',
  duration: 'duration_s',
  think: 'think_ms',
  thinkSpread: 'think_spread',
  slo: 'slo',
  cache: 'cache',
  outputs: 'output_tokens',
  promptCategory: 'prompt_category',
  maxTokens: 'max_tokens',
  contextTiers: 'context_tiers',
  loads: 'concurrency, rates and find',
  open: 'rates',
}

/** A rule that a request breaks: where, and what it says. */
interface Broken {
  path: string[]
  message: string
}

/** The rules that a request for so many targets breaks. */
export function brokenRules(body: Asked, targets: number): Broken[] {
  const asked = askedIn(body)
  const broken = brokenByAnybody(asked, words).map(({ field, message }) => ({
    path: [field === null ? words.concurrency : words[field]],
    message,
  }))
  return broken.length > 0 ? broken : ownRules(body, asked, targets)
}

/** Rules for what is asked from afar, where somebody else pays for it. */
function ownRules(body: Asked, asked: AskedSweep, targets: number): Broken[] {
  const { prompt, prompt_category: category, seed, arrivals, think_spread: spread } = body
  const calls = targets * body.context_tiers.length * callsOfEach(sweepAsked(asked, { drawSeed: () => 0 }))
  const rules: [field: string, isBroken: boolean, message: string][] = [
    ['prompt', prompt !== undefined && category !== undefined, 'and prompt_category exclude each other'],
    [
      'seed',
      seed !== undefined && arrivals !== 'poisson' && spread !== 'exponential',
      'is for arrivals that are poisson and for pauses that are exponential',
    ],
    [
      'most',
      isSought(asked) && asked.most === null && asked.maxCostUsd === null,
      'or max_cost_usd is needed: how far a search goes, or what it may cost',
    ],
    [
      asked.durationS === null ? 'total' : 'duration_s',
      calls > limits.calls,
      `begins with ${calls} calls in all levels: at most ${limits.calls} are made for a request`,
    ],
  ]
  return rules.flatMap(([field, isBroken, message]) => (isBroken ? [{ path: [field], message }] : []))
}

/** The sweep that is asked for. Arrivals and pauses without a seed get one, which the run keeps. */
export const sweepOf = (body: Asked, app: Pick<App, 'uuid'>): Sweep => ({
  ...sweepAsked(askedIn(body), { drawSeed: seedFrom(app) }),
  mostCalls: limits.calls,
})

const askedIn = (body: Asked): AskedSweep => ({
  ...loadIn(body),
  durationS: body.duration_s ?? null,
  thinkMs: body.think_ms ?? null,
  thinkSpread: body.think_spread ?? null,
  objectives: objectivesOf(body.slo ?? {}),
  cache: cacheOf(body.cache),
  outputs: outputsOf(body.output_tokens),
  promptCategory: body.prompt_category ?? null,
  maxTokens: body.max_tokens ?? null,
  contextTiers: body.context_tiers,
  maxCostUsd: body.max_cost_usd ?? null,
  maxErrors: body.max_errors ?? null,
  reuseConnections: false,
  ownEndpoint: body.i_own_this_endpoint,
})

const loadIn = (body: Asked) => ({
  concurrency: body.concurrency ?? null,
  rates: body.rates ?? null,
  isTraced: false,
  find: body.find?.goodput ?? null,
  most: body.most ?? null,
  arrivals: body.arrivals ?? null,
  seed: body.seed ?? null,
  slots: body.slots ?? null,
  total: body.total ?? null,
})

/** Objectives by the names that reports have: `ttft` for `ttft_ms`. */
const objectivesOf = (given: z.output<typeof slo>): AskedSweep['objectives'] =>
  Object.fromEntries(Object.entries(given).map(([name, ms]) => [name.replace(/_ms$/, ''), ms]))

function cacheOf(given: Asked['cache']): AskedSweep['cache'] {
  if (given === undefined) return null
  return typeof given === 'string' ? { cache: given } : { cache: 'shared', sharedTokens: given.shared_tokens }
}

function outputsOf(given: Asked['output_tokens']): AskedSweep['outputs'] {
  if (given === undefined) return null
  return typeof given === 'object' && !Array.isArray(given) ? given : { list: [given].flat() }
}
