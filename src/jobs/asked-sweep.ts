import type { OpenLoad, Search } from '../core/plan.ts'
import { requestLimits } from '../core/request-limits.ts'
import type { NamedPrompt, OutputLengths, TraceAbout, TracedRequest, Work } from '../core/work.ts'
import type { Objectives } from '../lab/goodput.ts'
import { leastToHold } from '../lab/ladder.ts'
import { type promptCategories, prompts as builtIn } from '../registry/prompts.ts'
import { sha256 } from '../run/plan.ts'
import type { App } from './app.ts'
import type { Sweep } from './sweep.ts'

/** A sweep as a person asks for it, by flags or in a request. Null is what was not said. */
export interface AskedSweep {
  /** Clients of a closed loop, or requests per second of an open one; `auto` looks for them. */
  concurrency: readonly number[] | 'auto' | null
  rates: readonly number[] | 'auto' | null
  /** Whether a trace is sent, which is a load of its own. */
  isTraced: boolean
  /** The share of good requests whose highest level is sought, and the highest that is tried. */
  find: number | null
  most: number | null
  arrivals: 'constant' | 'poisson' | null
  seed: number | null
  slots: number | null
  /** Calls per level that count, or for how long they are sent, in s. */
  total: number | null
  durationS: number | null
  thinkMs: number | null
  thinkSpread: 'fixed' | 'exponential' | null
  /** What a good request keeps; empty if nothing. */
  objectives: Objectives
  cache: Pick<Work, 'cache' | 'sharedTokens'> | null
  outputs: OutputLengths | null
  promptCategory: (typeof promptCategories)[number] | null
  /** What is said of all requests: their output limit, and the sizes of their contexts. */
  maxTokens: number | null
  contextTiers: readonly number[] | null
  maxCostUsd: number | null
  maxErrors: number | null
  reuseConnections: boolean
  ownEndpoint: boolean
}

/** What a sweep is made from besides what was asked. */
export interface SweepSources {
  /** Draws the seed of arrivals and pauses if none was asked for; the run keeps it, so that they can be made again. */
  drawSeed: () => number
  /** Prompts of a person's own. */
  prompts?: readonly NamedPrompt[]
  trace?: Replay
}

/** A trace that is sent again. */
export interface Replay {
  about: TraceAbout
  /** Those of its requests that are sent. */
  traced: readonly TracedRequest[]
  load: OpenLoad
}

const { slots: slotLimits, highest, total: totalLimits } = requestLimits.sweep

/** Draws seeds. */
export const seedFrom =
  ({ uuid }: Pick<App, 'uuid'>): SweepSources['drawSeed'] =>
  () =>
    Number.parseInt(uuid().slice(-8), 16)

/** Calls of an open loop that may be in flight at once, unless it is said. */
export const standardSlots: number = slotLimits.standard

/** An added level of a closed loop has so many calls for each client, unless the number of calls is said. */
const callsPerClient = 10

/** Calls per level unless somebody says: of a search for a share, three times what must be good at least. */
export const usualTotal = (goodput: number | null): number =>
  goodput === null ? totalLimits.standard : 3 * leastToHold(goodput)

/** The sweep that is asked for, whose rules (sweep-rules.ts) are kept. */
export function sweepOf(asked: AskedSweep, { drawSeed, prompts, trace }: SweepSources): Sweep {
  const { find, total, durationS, objectives } = asked
  const search = searchFor(asked)
  const length = trace
    ? { loads: [trace.load], traced: trace.traced, total: trace.traced.length }
    : { loads: loadsOf(asked, drawSeed), total: total ?? usualTotal(find) }
  return {
    ...length,
    ...(durationS !== null && { durationMs: durationS * 1000 }),
    ...(search !== null && { search }),
    work: workOf(asked, { ...(prompts && { prompts }), ...(trace && { trace: trace.about }) }),
    objectives,
    maxCostUsd: asked.maxCostUsd,
    maxErrors: asked.maxErrors,
    reuseConnections: asked.reuseConnections,
    ownEndpoint: asked.ownEndpoint,
  }
}

function loadsOf(
  { concurrency, rates, arrivals, slots, thinkMs, thinkSpread, ...asked }: AskedSweep,
  drawSeed: () => number,
): Sweep['loads'] {
  const seed = asked.seed ?? drawSeed()
  if (rates !== null)
    return sizes(rates).map((rate) => ({
      rate,
      arrivals: arrivals ?? 'constant',
      seed: arrivals === 'poisson' ? seed : null,
      slots: slots ?? standardSlots,
    }))
  const thinking = thinkMs !== null && { thinkMs, ...(thinkSpread === 'exponential' && { thinkSeed: seed }) }
  return sizes(concurrency).map((each) => ({ concurrency: each, ...thinking }))
}

/** Where a search begins. */
const sizes = (given: readonly number[] | 'auto' | null): readonly number[] =>
  given === null || given === 'auto' ? [1] : given

/** Whether levels are sought instead of listed. */
export const isSought = ({ concurrency, find }: Pick<AskedSweep, 'concurrency' | 'find'>): boolean =>
  find !== null || concurrency === 'auto'

function searchFor(asked: AskedSweep): Search | null {
  const { find, most, total, objectives } = asked
  return isSought(asked)
    ? {
        most: most ?? highest.standard,
        goodput: find,
        objectives,
        // Whoever says how many means it.
        callsPerClient: total === null ? callsPerClient : 0,
      }
    : null
}

const workOf = (
  { cache, outputs, promptCategory }: AskedSweep,
  given: Pick<Work, 'prompts' | 'trace'>,
): Omit<Work, 'seed'> => ({
  cache: 'cold',
  ...cache,
  ...(outputs && { outputs }),
  ...(promptCategory !== null && { prompts: promptsOfCategory(promptCategory) }),
  ...given,
})

/** The built-in prompts of a category. */
const promptsOfCategory = (category: AskedSweep['promptCategory']): NamedPrompt[] =>
  Object.entries(builtIn)
    .filter(([, prompt]) => prompt.category === category)
    .map(([name, { text }]) => ({ name, hash: sha256(text), text }))
