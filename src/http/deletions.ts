import { noSuchRow, type Store, StoreError } from '../store/store.ts'

/** How often a run is looked for, in ms. */
const usualLookMs = 15_000

/** Tells whoever watches a run that it was deleted. Ends with `leave`. */
export interface Deletion {
  signal: AbortSignal
  leave: () => void
}

/**
 * Looks whether runs that are watched are still there: a deleted one has no events, not even that of its end, and its watchers
 * would wait for ever. Each is looked for once for all its watchers.
 */
export function watchDeletions(
  openStore: () => Promise<Pick<Store, 'readJob'>>,
  lookMs = usualLookMs,
): (runId: string) => Deletion {
  const watched = new Map<string, { deleted: AbortController; timer: NodeJS.Timeout; watchers: number }>()
  const look = async (runId: string, deleted: AbortController) => {
    try {
      const store = await openStore()
      await store.readJob({ runId })
    } catch (error) {
      // A database that fails is asked again.
      if (error instanceof StoreError && error.code === noSuchRow) deleted.abort()
    }
  }
  const enter = (runId: string) => {
    const deleted = new AbortController()
    const timer = setInterval(() => void look(runId, deleted), lookMs).unref()
    const entered = { deleted, timer, watchers: 0 }
    watched.set(runId, entered)
    return entered
  }
  return (runId) => {
    const entry = watched.get(runId) ?? enter(runId)
    entry.watchers += 1
    return {
      signal: entry.deleted.signal,
      leave: () => {
        entry.watchers -= 1
        if (entry.watchers > 0) return
        clearInterval(entry.timer)
        watched.delete(runId)
      },
    }
  }
}
