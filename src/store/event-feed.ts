import { setTimeout } from 'node:timers/promises'
import type { Listen } from './connection.ts'
import { type EventRow, isPast } from './event-codec.ts'
import { EventEar, type Sleep } from './event-ear.ts'
import { Inbox } from './event-inbox.ts'
import { EventReader, orNull, pageSize, pauses } from './event-reader.ts'
import type { Store } from './store.ts'

/** Events that wait for one watcher at most. */
const defaultInboxSize = 500

export interface FeedParts {
  listEvents: Store['listEvents']
  /** Null if the database cannot notify, as over PostgREST. */
  listen: Listen | null
  sleep?: Sleep
  inboxSize?: number
}

/** Which events to watch: of a run or of all, after a cursor, until a signal. */
interface Watch {
  runId: string | null
  /** Null: all events of the run, or, of all runs, those that come from now on. */
  after: string | null
  signal: AbortSignal
}

/** Events of runs as they come. */
export interface EventFeed {
  /**
   * Every event after a cursor, once, in order, until the signal; waits while the database is unreachable.
   * Rejects with StoreError if it refuses. For a watcher that is slow no more than an inbox is kept.
   */
  watch: (watch: Watch) => AsyncGenerator<EventRow, void>
  /**
   * Hears that incidents may have changed, as long as anybody watches; returns how to stop. Only where the database
   * can notify.
   */
  onIncidents: (listener: () => void) => () => void
  /** Ends every watcher. */
  close: () => Promise<void>
}

/** Events in order, and the cursor after them. */
interface Move {
  rows: EventRow[]
  next: string
}

/**
 * Watches events for a whole process: one reader and at most one listening connection, however many watchers.
 * A notification only wakes the reader; what happened is read.
 */
export function openEventFeed(parts: FeedParts): EventFeed {
  const { listEvents, sleep = pause, inboxSize = defaultInboxSize } = parts
  const closing = new AbortController()
  let reader: EventReader | null = null
  const ear = new EventEar({ listen: parts.listen, sleep, onNotify: () => reader?.wake() })

  const enter = (inbox: Inbox): EventReader => {
    ear.open()
    if (reader === null || reader.isLeft)
      reader = new EventReader({ listEvents, sleep, pauseMs: () => ear.pauseMs }, inbox)
    else reader.enter(inbox)
    return reader
  }

  /** What happened after a cursor, and then what happens, until the inbox ends. */
  const follow = async function* (watch: Watch, inbox: Inbox): AsyncGenerator<Move, void> {
    // The inbox gets everything from here on, and so some of the past once more.
    await untilStop(enter(inbox).ready, watch.signal)
    let position = watch.after
    for await (const move of pastMoves({ listEvents, sleep }, watch)) {
      position = move.next
      yield move
    }
    for (let row = await inbox.take(); row !== null; row = await inbox.take())
      if (position === null || isPast(row.id, position)) yield { rows: [row], next: row.id }
  }

  const watch = async function* ({ runId, after, signal }: Watch): AsyncGenerator<EventRow, void> {
    const stop = AbortSignal.any([signal, closing.signal])
    let position = after
    while (!stop.aborted) {
      const inbox = new Inbox(runId, inboxSize)
      const close = () => inbox.close()
      stop.addEventListener('abort', close, { once: true })
      try {
        for await (const { rows, next } of follow({ runId, after: position, signal: stop }, inbox)) {
          yield* untilAborted(rows, stop)
          position = next
        }
      } finally {
        stop.removeEventListener('abort', close)
        reader?.leave(inbox)
      }
    }
  }

  return {
    watch,
    onIncidents: (listener) => ear.onIncidents(listener),
    close: async () => {
      closing.abort()
      reader?.end()
      await ear.close()
    },
  }
}

/** What happened after a cursor, page by page. */
async function* pastMoves(
  { listEvents, sleep }: Required<Pick<FeedParts, 'listEvents' | 'sleep'>>,
  watch: Watch,
): AsyncGenerator<Move, void> {
  let { after } = watch
  for (let isMore = true; isMore && !watch.signal.aborted;) {
    const page = await listEvents({ runId: watch.runId, after, limit: pageSize }).catch(orNull)
    if (page === null) await sleep(pauses.longest, watch.signal)
    else yield page
    after = page?.next ?? after
    isMore = page === null || page.rows.length === pageSize
  }
}

function* untilAborted(rows: readonly EventRow[], stop: AbortSignal): Generator<EventRow, void> {
  for (const row of rows) {
    if (stop.aborted) return
    yield row
  }
}

async function untilStop(done: Promise<void>, stop: AbortSignal): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const settled = new AbortController()
  stop.addEventListener('abort', () => resolve(), { once: true, signal: settled.signal })
  await Promise.race([done, stopped]).finally(() => settled.abort())
}

const pause: Sleep = (ms, signal) => setTimeout(ms, null, { signal, ref: false }).catch(() => undefined)
