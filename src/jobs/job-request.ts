import { createHash } from 'node:crypto'
import type { OnDemandMode, Order } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { configuredProviders, keylessProviders } from '../registry/configure.ts'
import type { StartRate } from '../store/job-codec.ts'
import type { App } from './app.ts'
import type { Sweep } from './sweep.ts'

/** What a run on demand is to measure. No field names a variable. */
export interface JobRequest {
  mode: OnDemandMode
  /** What a sweep loads its targets with; `runs`, `concurrency` and `warmup` are of the other modes. */
  sweep?: Sweep
  /** Endpoints besides the providers that may be called; targets name them by their ids. */
  endpoints?: readonly ConfiguredProvider[]
  /** Each is called `runs` times with each context tier. */
  targets: readonly { provider: string; model: string }[]
  prompt: string
  maxTokens: number
  temperature: number
  runs: number
  /** Calls in flight at once, in concurrent mode. */
  concurrency: number
  /** Sizes of filler in tokens; 0 is none. */
  contextTiers: readonly number[]
  warmup: boolean
  /** Providers beside each other with the models of each in turn, or strictly in turn. */
  order: Order
  /** What it may cost in USD; null if nothing was said. */
  maxCostUsd: number | null
}

/** Who asks. Neither is kept but as a hash. */
export interface Asker {
  /** An address, or whatever tells clients apart. */
  client: string
  /** The same key of the same client gets the same run; null for a run of its own. */
  idempotencyKey: string | null
  /** Tells what was asked for with a key from anything else; absent if nothing is to be told apart. */
  requestHash?: string
}

/** Why a run on demand does not begin: nothing was called, and nothing was queued. */
export type JobRefusal =
  | {
      /**
       * `bad_selection`: no such provider, or no such calls. `cost_unknown`, `too_costly`: it needs a
       * `maxCostUsd`. `over_max_cost`: it may cost more than that. `key_reused`: its idempotency key was used for
       * another request.
       */
      kind: 'bad_selection' | 'cost_unknown' | 'too_costly' | 'over_max_cost' | 'key_reused' | 'no_such_run'
      message: string
    }
  | { kind: 'queue_full' | 'rate_limited'; message: string; rate: StartRate }

/**
 * Whom a run on demand may call: every provider that is configured, and those whose key is not set, which are
 * called once without it.
 */
export const onDemandProviders = (
  env: App['env'],
  configured: readonly ConfiguredProvider[] = configuredProviders(env).providers,
): ConfiguredProvider[] => {
  const ids = new Set(configured.map(({ entry }) => entry.id))
  return [...configured, ...keylessProviders(env).filter(({ entry }) => !ids.has(entry.id))]
}

/** What is kept of who asks: enough to tell clients and calls apart. */
export const hashesOf = ({ client, idempotencyKey }: Asker) => ({
  client: hash(['client', client]),
  idempotencyKey: idempotencyKey === null ? null : hash(['call', client, idempotencyKey]),
})

const hash = (parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
