import type { RefreshInput } from '../store/history-codec.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'

/** What was refreshed. */
export interface Refreshing {
  /** The leaderboards that are new: `24h`, `7d`, `30d`. */
  refreshed: string[]
  /** False if it was stopped before the end; the next one continues. */
  done: boolean
}

/** What to refresh, and until when. */
export interface RefreshRequest {
  /** Null for those that are due: the day and the week once an hour, the month once a day. */
  periods: string[] | null
  /** Ends it after the step in hand. */
  stop: AbortSignal
}

/** Rebuilds leaderboards, step by step, so that no run waits for it. Rejects with StoreError. */
export async function startRefresh(
  request: RefreshRequest,
  { store, log }: Pick<App, 'store' | 'log'>,
): Promise<Refreshing> {
  const refreshing = await withStore(store.open, (opened) => refresh(opened, request))
  log.info(refreshing, 'leaderboards refreshed')
  return refreshing
}

/** Rebuilds the leaderboards of an open store. Rejects with StoreError. */
export async function refresh(
  store: Pick<Store, 'refreshSummaries'>,
  { periods, stop }: RefreshRequest,
): Promise<Refreshing> {
  const refreshed: string[] = []
  let input: RefreshInput | null = { periods, after: null }
  while (input !== null && !stop.aborted) {
    const step = await store.refreshSummaries(input)
    refreshed.push(...step.refreshed)
    input = step.next === null ? null : { periods, after: step.next }
  }
  return { refreshed, done: input === null }
}
