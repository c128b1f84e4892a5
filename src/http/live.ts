import { z } from 'zod'
import type { EventRow } from '../store/event-codec.ts'
import { noSuchRow, type Store, StoreError } from '../store/store.ts'
import {
  eventNaming,
  isLast,
  type Named,
  type Naming,
  type Seen,
  toEvents,
  toJobs,
  toSuite,
} from './event-names.ts'
import type { Frame } from './event-stream.ts'
import type { HttpParts } from './parts.ts'
import { detailOf, progressAt, readFacts, type RunFacts } from './progress.ts'

/** Where a reader of events is. */
export const cursor = z.string().regex(/^\d{1,18}-\d{1,18}$/, 'must be a cursor of an event, such as 1234-56')

/** Which names the events have. */
export const names = z.enum(eventNaming).default('events')

/** What somebody watches. */
export interface Watching {
  /** One run, to its end; null for all. */
  runId: string | null
  /** Of all runs, only these; null for each. */
  only: ReadonlySet<string> | null
  after: string | null
  naming: Naming
  signal: AbortSignal
}

/** Makes frames of the events of runs. */
export type Live = (watching: Watching) => AsyncGenerator<Frame, void>

/**
 * The events of runs as frames. What is known of a run is read once a watcher, and once for all that ask at the same time.
 * Frames of one event are sent together, and the last one has the cursor: whoever is cut off between them gets them all again.
 */
export function openLive(
  { feed, openStore }: Pick<HttpParts, 'feed' | 'openStore'>,
  nameOf: (provider: string) => string,
): Live {
  const asked = new Map<string, Promise<RunFacts | null>>()
  const factsOf = (id: string): Promise<RunFacts | null> => {
    const known = asked.get(id)
    if (known !== undefined) return known
    const asking = openStore()
      .then((store) => readFacts(id, store))
      .catch(orGone)
      .finally(() => asked.delete(id))
    asked.set(id, asking)
    return asking
  }
  return async function* live({ runId, only, after, naming, signal }) {
    const facts = new Map<string, RunFacts>()
    for await (const row of feed.watch({ runId, after, signal })) {
      if (only !== null && !only.has(row.run_id)) continue
      const known = atStart(facts.get(row.run_id) ?? (await factsOf(row.run_id)) ?? unknown(row), row)
      facts.set(row.run_id, known)
      if (isLast(row)) facts.delete(row.run_id)
      const seen = seenOf(row, known, nameOf)
      yield* framesOf(row.id, await namesOf(naming, seen, openStore))
      if (runId !== null && isLast(row)) return
    }
  }
}

/** Null if the run was deleted meanwhile. */
function orGone(error: unknown): null {
  if (error instanceof StoreError && error.code === noSuchRow) return null
  throw error
}

const unknown = ({ run_id: id, n_done: total }: EventRow): RunFacts => ({
  id,
  mode: 'unknown',
  total,
  skipped: 0,
  startedAt: null,
  targets: [],
  settings: {},
})

/** When a run begins, what its plan skips is done already. */
const atStart = (facts: RunFacts, { event, created_at, n_done: skipped }: EventRow): RunFacts =>
  event === 'run_started' ? { ...facts, skipped, startedAt: new Date(created_at) } : facts

function seenOf(row: EventRow, facts: RunFacts, nameOf: (provider: string) => string): Seen {
  const at = new Date(row.created_at)
  const detail = detailOf(row, facts, nameOf)
  return { row, facts, progress: progressAt(facts, { done: row.n_done, at, detail }) }
}

/** An event under the names that were asked for; the statistics of a suite are read when it is over. */
async function namesOf(
  naming: Naming,
  seen: Seen,
  openStore: () => Promise<Pick<Store, 'readHistory'>>,
): Promise<Named[]> {
  if (naming === 'events') return toEvents(seen)
  if (naming === 'jobs') return toJobs(seen)
  const { row } = seen
  if (!isLast(row)) return toSuite(seen, null)
  const store = await openStore()
  return toSuite(seen, await store.readHistory({ id: row.run_id }).catch(orGone))
}

const framesOf = (id: string, named: readonly Named[]): Frame[] =>
  named.map((each, index) => (index === named.length - 1 ? { id, ...each } : each))

/** Whether nothing will ever come after a cursor. Rejects with StoreError, also if there is no such run. */
export async function isOver(
  runId: string,
  after: string | null,
  store: Pick<Store, 'readJob' | 'listEvents'>,
): Promise<boolean> {
  const { run } = await store.readJob({ runId })
  if (run.status === 'queued' || run.status === 'running') return false
  const { rows, pending } = await store.listEvents({ runId, after, limit: 1 })
  return rows.length === 0 && !pending
}
