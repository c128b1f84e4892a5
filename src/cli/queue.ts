import type { HttpJobs } from '../http/parts.ts'
import type { App } from '../jobs/app.ts'
import { keepJobs, type KeepJobsParts } from '../jobs/keep-jobs.ts'

/** The queue of a server. */
export interface Queue {
  /** For the requests that start runs. */
  jobs: HttpJobs
  /** Makes runs until it is stopped, and the probes in hand are over. */
  keep: () => Promise<void>
}

/** The runs on demand of a server, which looks for the next whenever one is queued. */
export function openQueue(app: App, parts: Omit<KeepJobsParts, 'wake'>): Queue {
  const lookers = new Set<() => void>()
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
    keep: () => keepJobs(app, { ...parts, wake }),
  }
}
