import { availableParallelism } from 'node:os'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { onDemandProviders } from '../jobs/job-request.ts'
import { openPool, type Pool } from '../probe/pool.ts'

/** More threads gain nothing: docs/decisions/0005. */
const mostThreads = 8

/** The threads in which a server measures. */
export type MeasuringPool = Pick<Pool, 'measure' | 'close'>

/**
 * Threads for all that a server measures, because it answers requests in its own. They are started with the first call: a server
 * that measures nothing needs none.
 */
export function measuringPool(app: App, configured: readonly ConfiguredProvider[]): MeasuringPool {
  let opened: Promise<Pool> | null = null
  const threads = Math.max(1, Math.min(mostThreads, availableParallelism() - 1))
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
