import { availableParallelism } from 'node:os'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import type { Defaults } from '../jobs/config.ts'
import { onDemandProviders } from '../jobs/job-request.ts'
import { marginMs } from '../jobs/session.ts'
import type { Sweep } from '../jobs/sweep.ts'
import { mostThreads, plannedThreads, rehearsals } from '../lab/threads.ts'
import { openPool, type Pool } from '../probe/pool.ts'

/** The threads in which a server measures. */
export type MeasuringPool = Pick<Pool, 'measure' | 'close'>

/**
 * Threads for all that a server measures, because it answers requests in its own. They are started with the first call: a server
 * that measures nothing needs none.
 */
export function measuringPool(app: App, configured: readonly ConfiguredProvider[]): MeasuringPool {
  let opened: Promise<Pool> | null = null
  const threads = mostThreads(availableParallelism())
  const sdks = new Set(onDemandProviders(app.env, configured).map(({ entry }) => entry.sdk))
  const open = () => {
    const opening = openPool(threads, { sdks, env: app.env, egressAllow: app.config.egressAllow })
    // The next call tries again.
    opening.catch(() => (opened = null))
    return opening
  }
  return {
    measure: async (...call) => (await (opened ??= open())).measure(...call),
    close: async () => {
      const pool = await opened?.catch(() => null)
      await pool?.close()
    },
  }
}

/** What says how many threads a sweep measures in. */
interface SweepLoad {
  loads: Sweep['loads']
  /** As a person says; null for as many as the load needs. */
  threads: number | null
  defaults: Pick<Defaults, 'timeouts'>
}

/** Threads for a sweep: warm before it begins, and more while they are busy. The main thread claims and records meanwhile. */
export function sweepPool(
  { loads, threads, defaults }: SweepLoad,
  providers: readonly ConfiguredProvider[],
  { env, config }: App,
): Promise<Pool> {
  const most = threads ?? mostThreads(availableParallelism())
  return openPool(threads ?? plannedThreads(loads, most), {
    sdks: new Set(providers.map(({ entry }) => entry.sdk)),
    env,
    egressAllow: config.egressAllow,
    lagSpanMs: defaults.timeouts.total + marginMs,
    rehearsals: rehearsals(loads),
    most,
  })
}
