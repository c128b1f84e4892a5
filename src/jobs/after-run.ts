import type { Ping } from '../net/ping.ts'
import type { RunEvent } from '../run/events.ts'
import { isSignOfLife, type RunSummary } from '../run/summary.ts'
import { failureOf, type RunStore, StoreError } from '../store/store.ts'

type LeaderboardStore = Pick<RunStore, 'refreshSummaries'>

/** Passes on the events of a run, and rebuilds the leaderboards when it is over, which cannot fail it. */
export async function* withLeaderboards(
  events: AsyncIterable<RunEvent>,
  store: LeaderboardStore,
): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    yield event
    if (event.type === 'run_finished' && !event.spooled) yield* rebuildLeaderboards(store)
  }
}

/**
 * Pings the dead man's switch if the run was a sign of life. It may take 10 s, so it comes after the events,
 * when whoever follows them has shown the run.
 */
export async function pingAfter(summary: RunSummary, ping: Ping): Promise<void> {
  if (isSignOfLife(summary)) await ping()
}

/** In a transaction of its own, so that no result waits for it. */
async function* rebuildLeaderboards(store: LeaderboardStore): AsyncGenerator<RunEvent> {
  try {
    await store.refreshSummaries()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    yield { type: 'leaderboards_failed', error: failureOf(error) }
  }
}
