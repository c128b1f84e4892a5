import type { AskedSweep } from '../jobs/asked-sweep.ts'
import { type Objectives, parseObjectives } from '../lab/goodput.ts'
import type { SweepFlags } from './sweep-flags.ts'

/** What a command line asks for. */
export const askedIn = (flags: SweepFlags): AskedSweep => ({
  concurrency: flags.concurrency,
  rates: flags.rate,
  isTraced: flags.trace !== null,
  find: flags.find,
  most: flags.most,
  arrivals: flags.poisson ? 'poisson' : null,
  seed: flags.seed,
  slots: flags.slots,
  total: flags.total,
  durationS: flags.duration,
  thinkMs: flags.think,
  thinkSpread: flags.thinkSpread,
  objectives: objectivesOf(flags.slo),
  cache: flags.cache,
  outputs: flags.outputTokens,
  promptCategory: flags.promptCategory,
  maxTokens: flags.maxTokens,
  contextTiers: flags.contextTiers,
  maxCostUsd: flags.maxCost,
  maxErrors: flags.maxErrors,
  reuseConnections: flags.reuseConnections,
  ownEndpoint: flags.iOwnThisEndpoint,
})

/** Objectives of `--slo`, whose own rule says what is wrong with them. */
export function objectivesOf(slo: string | null): Objectives {
  const parsed = slo === null ? { objectives: {} } : parseObjectives(slo)
  return 'objectives' in parsed ? parsed.objectives : {}
}
