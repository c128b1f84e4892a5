import type { Ping } from '../net/ping.ts'
import type { RunEvent } from '../run/events.ts'
import { isSignOfLife, type RunSummary } from '../run/summary.ts'
import { failureOf, type RunStore, StoreError } from '../store/store.ts'

/** What is done after a run. */
interface AfterRunParts {
  store: Pick<RunStore, 'refreshSummaries'>
  ping: Ping
  /** The summary of the run's events, complete once it is over. */
  summary: RunSummary
}

/**
 * Passes on the events of a run, then rebuilds the leaderboards and pings the dead man's switch. Neither can
 * fail the run.
 */
export async function* withAfterRun(
  events: AsyncIterable<RunEvent>,
  { store, ping, summary }: AfterRunParts,
): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    yield event
    if (event.type === 'run_finished' && !event.spooled) yield* rebuildLeaderboards(store)
  }
  if (isSignOfLife(summary)) await ping()
}

/** In a transaction of its own, so that no result waits for it. */
async function* rebuildLeaderboards(store: AfterRunParts['store']): AsyncGenerator<RunEvent> {
  try {
    await store.refreshSummaries()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    yield { type: 'leaderboards_failed', error: failureOf(error) }
  }
}
