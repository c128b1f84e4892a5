import type { OpenLoad, Search } from '../core/plan.ts'
import type { App } from '../jobs/app.ts'
import { type Sweep, usualTotal } from '../jobs/sweep.ts'
import { type Objectives, parseObjectives } from '../lab/goodput.ts'
import type { SweepFlags } from './sweep-flags.ts'
import type { SweepWork } from './sweep-work.ts'

/** Calls of an open loop that may be in flight at once, unless it is said. */
export const standardSlots = 256
const standard = { most: 256, callsPerClient: 10 } as const

/** The sweep that a command line asks for. */
export function sweepOf(flags: SweepFlags, { uuid }: Pick<App, 'uuid'>, { work, replay }: SweepWork): Sweep {
  const { concurrency, rate, find, poisson, seed, slots, total, duration, think, slo } = flags
  const arrivals = poisson ? 'poisson' : 'constant'
  // Kept with the run, so that the same arrivals can be made again.
  const ownSeed = () => seed ?? Number.parseInt(uuid().slice(-8), 16)
  const drawn = poisson ? ownSeed() : null
  const open = (each: number): OpenLoad => ({
    rate: each,
    arrivals,
    seed: drawn,
    slots: slots ?? standardSlots,
  })
  const common = {
    work,
    objectives: objectivesOf(slo),
    maxCostUsd: flags.maxCost,
    maxErrors: flags.maxErrors,
    reuseConnections: flags.reuseConnections,
    ownEndpoint: flags.iOwnThisEndpoint,
  }
  if (replay !== undefined) {
    const { load, ...of } = replay
    return { loads: [load], ...of, ...common }
  }
  const thinking = think !== null && {
    thinkMs: think,
    ...(flags.thinkSpread === 'exponential' && { thinkSeed: ownSeed() }),
  }
  const search = searchFor(flags)
  return {
    loads:
      rate === null
        ? sizes(concurrency).map((each) => ({ concurrency: each, ...thinking }))
        : sizes(rate).map(open),
    total: total ?? usualTotal(find),
    ...(duration !== null && { durationMs: duration * 1000 }),
    ...(search !== null && { search }),
    ...common,
  }
}

/** Where a search begins. */
const sizes = (given: number[] | 'auto' | null): number[] => (Array.isArray(given) ? given : [1])

function searchFor({ concurrency, find, most, total, slo }: SweepFlags): Search | null {
  return find === null && concurrency !== 'auto'
    ? null
    : {
        most: most ?? standard.most,
        goodput: find,
        objectives: objectivesOf(slo),
        // Whoever says how many means it.
        callsPerClient: total === null ? standard.callsPerClient : 0,
      }
}

/** Objectives of `--slo`, which was checked when it was parsed. */
export function objectivesOf(slo: string | null): Objectives {
  const parsed = slo === null ? { objectives: {} } : parseObjectives(slo)
  return 'objectives' in parsed ? parsed.objectives : {}
}
