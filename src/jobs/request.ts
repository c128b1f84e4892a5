import type { ConfiguredProvider } from '../core/provider.ts'
import type { Pool } from '../probe/pool.ts'
import type { Deadline } from '../run/parts.ts'
import type { Defaults } from './config.ts'
import type { BenchmarkSelection } from './plan-benchmark.ts'
import { noProviderKey, type Refusal } from './refusal.ts'

/** How probes are made and recorded, whatever is benchmarked. */
export interface RunSetup {
  /** The providers that may be called. */
  configured: readonly ConfiguredProvider[]
  /** The settings of the installation, with those of the request over them. */
  defaults: Defaults
  /** False to record nothing. */
  save: boolean
  /** Repeats the order and prompts of an earlier run; null for an order of its own. */
  seed: number | null
  /** Ends the run after the probe in hand. */
  stop: AbortSignal
  /** Ends the probe in hand. */
  abort: AbortSignal
  /** A person cancels the run, from whichever process: as `stop` and `abort` together, but nothing is in a hurry. */
  cancel?: AbortSignal
  /** Leaves the rest of the run to another worker after the probe in hand. */
  leave?: AbortSignal
  /** Threads to measure in, which whoever opened them closes; in this thread without. */
  pool?: Pick<Pool, 'measure'> & Partial<Pick<Pool, 'cpuMs'>>
  /** Null if the run may take as long as it needs; `budgetMs` is how long it has in all. */
  deadline: (Deadline & { budgetMs: number }) | null
}

/** A request for a benchmark. */
export interface BenchmarkRequest extends RunSetup, BenchmarkSelection {}

/** Largest share of a call's time that one probe may take, because opening the database takes time too. */
const probeShare = 0.8

/** Why a run cannot begin, judged by its setup alone; null if it can. */
export function refusalOf(setup: RunSetup): Refusal | null {
  const { configured, defaults, deadline, save } = setup
  const longestMs = deadline === null ? Infinity : deadline.budgetMs * probeShare
  if (defaults.timeouts.total > longestMs)
    return badConfiguration(
      `TIMEOUT_TOTAL_S must be at most ${longestMs / 1000}: a probe that could not end in time is not begun`,
    )
  if (configured.length === 0) return noProviderKey
  if (!save && defaults.budget !== null && configured.some(({ synthetic }) => !synthetic))
    return badConfiguration(
      'a budget is kept in the database: leave out --no-save, or unset BUDGET_USD_PER_DAY and BUDGET_USD_PER_MONTH',
    )
  return null
}

const badConfiguration = (message: string): Refusal => ({ kind: 'bad_configuration', message })
