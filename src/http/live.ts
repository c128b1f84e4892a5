import { z } from 'zod'
import { type EventRow, isPast } from '../store/event-codec.ts'
import { noSuchRow, type Store, StoreError } from '../store/store.ts'
import { watchDeletions } from './deletions.ts'
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
import { withIncidents } from './live-incidents.ts'
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
 * The events of runs as frames, which are made once for all who are told of an event at the same time. Frames of one event are sent
 * together, and the last one has the cursor: whoever is cut off between them gets them all again.
 */
export function openLive(
  { feed, openStore }: Pick<HttpParts, 'feed' | 'openStore'>,
  nameOf: (provider: string) => string,
  lookMs?: number,
): Live {
  const facts = shareFacts(openStore)
  const deletionOf = watchDeletions(openStore, lookMs)
  const made = new WeakMap<EventRow, Map<Naming, Promise<readonly Frame[]>>>()
  const make = async (row: EventRow, naming: Naming): Promise<readonly Frame[]> => {
    const seen = seenOf(row, await facts.at(row), nameOf)
    return framesOf(row.id, await namesOf(naming, seen, openStore))
  }
  const framesAt = (row: EventRow, naming: Naming): Promise<readonly Frame[]> => {
    const ofRow = made.get(row) ?? new Map<Naming, Promise<readonly Frame[]>>()
    made.set(row, ofRow)
    const frames = ofRow.get(naming) ?? make(row, naming)
    ofRow.set(naming, frames)
    // Whoever asks next tries again.
    frames.catch(() => ofRow.delete(naming))
    return frames
  }
  const live: Live = async function* ({ runId, only, after, naming, signal }) {
    const deletion = runId === null ? null : deletionOf(runId)
    const until = deletion === null ? signal : AbortSignal.any([signal, deletion.signal])
    try {
      for await (const row of feed.watch({ runId, after, signal: until })) {
        if (only !== null && !only.has(row.run_id)) continue
        yield* await framesAt(row, naming)
        if (runId !== null && isLast(row)) return
      }
    } finally {
      deletion?.leave()
    }
  }
  // Who watches a run, or knows other names, has no use for incidents.
  return (watching) =>
    watching.runId === null && watching.only === null && watching.naming === 'events'
      ? withIncidents(live(watching), feed.onIncidents)
      : live(watching)
}

/** Runs that are known at a time. */
const mostKnown = 100

/** What is known of the runs that are watched: read once, and followed. */
function shareFacts(openStore: HttpParts['openStore']) {
  const known = new Map<string, Promise<RunFacts | null>>()
  const read = (id: string): Promise<RunFacts | null> => {
    const reading = openStore()
      .then((store) => readFacts(id, store))
      .catch(orGone)
    reading.catch(() => known.delete(id))
    return reading
  }
  return {
    /** What is known of a run at an event. Rejects with StoreError. */
    at: async (row: EventRow): Promise<RunFacts> => {
      const { run_id: id } = row
      const asked = known.get(id) ?? read(id)
      known.set(id, asked)
      // It began while nobody watched.
      const isOld = (await asked)?.startedAt === null && row.probe !== null
      if (isOld) known.set(id, read(id))
      const before = (await known.get(id)) ?? unknown(row)
      const facts = following(before, row)
      if (facts !== before) known.set(id, Promise.resolve(facts))
      const [oldest] = known.keys()
      if (known.size > mostKnown && oldest !== undefined) known.delete(oldest)
      return facts
    },
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

/**
 * When a run begins, what its plan skips is done already; from then on, what is skipped is counted, each event once:
 * whoever comes late reads the same events again. What is added to the plan says itself how many calls that makes.
 */
function following(before: RunFacts, { id, event, created_at, n_done, data }: EventRow): RunFacts {
  const { n, n_probes: planned } = data
  const facts =
    event === 'run_extended' && typeof planned === 'number' && planned > before.total
      ? { ...before, total: planned }
      : before
  if (facts.followedTo === undefined)
    return event === 'run_started'
      ? { ...facts, skipped: n_done, startedAt: new Date(created_at), followedTo: id }
      : facts
  if (!isPast(id, facts.followedTo)) return facts
  const skipped = event === 'probes_skipped' && typeof n === 'number' ? n : 0
  return { ...facts, skipped: facts.skipped + skipped, followedTo: id }
}

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
  named.map(({ event, data }, index) => ({
    ...(index === named.length - 1 && { id }),
    event,
    json: JSON.stringify(data),
  }))

/**
 * What comes after a cursor: something, perhaps; nothing, because the run is over; nothing in time, because another database
 * gave the cursor and this one is not that far. Rejects with StoreError, also if there is no such run.
 */
export async function outlookOf(
  { runId, after }: Pick<Watching, 'runId' | 'after'>,
  store: Pick<Store, 'readJob' | 'listEvents'>,
): Promise<'open' | 'over' | 'foreign'> {
  if (after !== null) {
    const present = await store.listEvents({ runId: null, after: null, limit: 1 })
    if (isPast(after, present.next)) return 'foreign'
  }
  if (runId === null) return 'open'
  const { run } = await store.readJob({ runId })
  if (run.status === 'queued' || run.status === 'running') return 'open'
  const { rows, pending } = await store.listEvents({ runId, after, limit: 1 })
  return rows.length === 0 && !pending ? 'over' : 'open'
}

/** What a reader is told whose cursor another database gave. */
export const foreignCursor =
  'this cursor is of another database, or of one that was restored: begin without one'
