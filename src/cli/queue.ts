import { availableParallelism } from 'node:os'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { HttpJobs } from '../http/parts.ts'
import type { App } from '../jobs/app.ts'
import { onDemandProviders } from '../jobs/job-request.ts'
import { keepJobs } from '../jobs/keep-jobs.ts'
import { openPool, type Pool } from '../probe/pool.ts'
import type { Stop } from './stop.ts'

/** More threads gain nothing: docs/decisions/0005. */
const mostThreads = 8

/** The queue of a server. */
export interface Queue {
  /** For the requests that start runs. */
  jobs: HttpJobs
  /** Makes runs until it is stopped, and the probes in hand are over. */
  keep: () => Promise<void>
}

/** The runs on demand of a server, which are measured in threads, because requests are answered in this one. */
export function openQueue(
  app: App,
  { configured, stop: { stop, abort } }: { configured: readonly ConfiguredProvider[]; stop: Stop },
): Queue {
  const lookers = new Set<() => void>()
  const pool = poolOnDemand(app, configured)
  const wake = (look: () => void) => {
    lookers.add(look)
    return () => void lookers.delete(look)
  }
  return {
    jobs: {
      unavailable: null,
      kick: () => {
        for (const look of lookers) look()
        return Promise.resolve()
      },
    },
    keep: async () => {
      try {
        await keepJobs(app, { configured, stop, abort, pool, wake })
      } finally {
        await pool.close()
      }
    },
  }
}

/** Threads that are started with the first call: a server that nobody asks for a run needs none. */
function poolOnDemand(app: App, configured: readonly ConfiguredProvider[]) {
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
    measure: async (...call: Parameters<Pool['measure']>) => (await (opened ??= open())).measure(...call),
    close: async () => {
      const pool = await opened?.catch(() => null)
      await pool?.close()
    },
  }
}
