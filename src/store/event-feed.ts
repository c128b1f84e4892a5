import { setTimeout } from 'node:timers/promises'
import type { Listen, Listening } from './connection.ts'
import { type EventPage, type EventRow, isPast } from './event-codec.ts'
import { Inbox } from './event-inbox.ts'
import { isUnreachable, type Store } from './store.ts'

/** The channel on which the database says that a run has a new event. */
const channel = 'firsttoken_events'

/** Milliseconds between two reads that nobody asked for, and after one that failed or left events out. */
const pauses = {
  /** Notifications come: only one that was lost on the way needs it. */
  notified: 30_000,
  /** It listens, but has never heard anything: a pooler in transaction mode takes LISTEN and never notifies. */
  unheard: 1000,
  /** It cannot listen. */
  deaf: 500,
  shortest: 25,
  longest: 1000,
} as const

/** Events that one read returns, and that wait for one watcher at most. */
const pageSize = 200
const inboxSize = 500

export interface FeedParts {
  listEvents: Store['listEvents']
  /** Null if the database cannot notify, as over PostgREST. */
  listen: Listen | null
  /** Waits some ms, or until the signal. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
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
   * Rejects with StoreError if it refuses. A watcher that is slow is waited for, without keeping events for it.
   */
  watch: (watch: Watch) => AsyncGenerator<EventRow, void>
  /** Ends every watcher. */
  close: () => Promise<void>
}

/** The shared reader while somebody watches. */
interface Reader {
  inboxes: Set<Inbox>
  /** Resolves when every later event is put into the inboxes. */
  ready: Promise<void>
  /** Has it read again. */
  wake: () => void
}

/**
 * Watches events for a whole process: one reader and at most one listening connection, however many watchers.
 * A notification only wakes the reader; what happened is read.
 */
export function openEventFeed(parts: FeedParts): EventFeed {
  const { listEvents, sleep = pause } = parts
  const closing = new AbortController()
  const ear = openEar(parts.listen, sleep, closing.signal, () => reader?.wake())
  let reader: Reader | null = null

  const startReader = (first: Inbox): Reader => {
    const inboxes = new Set([first])
    const bell = openBell(sleep)
    const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
    ready.catch(() => undefined)
    const isWatched = () => inboxes.size > 0 && !closing.signal.aborted
    const readOn = async (): Promise<void> => {
      let after: string | null = null
      let pauseMs: number = pauses.shortest
      while (isWatched()) {
        const page: EventPage | null = await listEvents({ runId: null, after, limit: pageSize }).catch(orNull)
        for (const row of page?.rows ?? []) for (const inbox of inboxes) inbox.put(row)
        after = page?.next ?? after
        if (after !== null) resolve()
        if (page?.rows.length === pageSize) continue
        const isIncomplete = page === null || page.pending
        const isNew = !isIncomplete || (page?.rows.length ?? 0) > 0
        pauseMs = isNew ? pauses.shortest : Math.min(pauses.longest, pauseMs * 2)
        if (isWatched()) await bell.wait(isIncomplete ? pauseMs : ear.pauseMs())
      }
      resolve()
    }
    readOn().catch((error: unknown) => {
      reject(error)
      for (const inbox of inboxes) inbox.fail(error)
      if (reader === started) reader = null
    })
    const started: Reader = { inboxes, ready, wake: bell.ring }
    return started
  }

  /** An inbox that gets every event from now on, and how to leave it. */
  const enter = (runId: string | null) => {
    ear.listen()
    const inbox = new Inbox(runId, parts.inboxSize ?? inboxSize)
    const entered = (reader ??= startReader(inbox))
    entered.inboxes.add(inbox)
    const leave = () => {
      entered.inboxes.delete(inbox)
      if (entered.inboxes.size > 0) return
      if (reader === entered) reader = null
      entered.wake()
    }
    return { inbox, ready: entered.ready, leave }
  }

  const watch = async function* ({ runId, after, signal }: Watch): AsyncGenerator<EventRow, void> {
    const stop = AbortSignal.any([signal, closing.signal])
    let position = after
    while (!stop.aborted) {
      const { inbox, ready, leave } = enter(runId)
      const end = () => inbox.close()
      stop.addEventListener('abort', end, { once: true })
      try {
        await untilStop(ready, stop)
        // What happened before the inbox was there. It gets the rest, and some of this once more.
        for (let isFull = true; isFull && !stop.aborted;) {
          const page = await listEvents({ runId, after: position, limit: pageSize }).catch(orNull)
          if (page === null) await sleep(pauses.longest, stop)
          for (const row of page?.rows ?? []) {
            if (stop.aborted) return
            position = row.id
            yield row
          }
          position = page?.next ?? position
          isFull = page === null || page.rows.length === pageSize
        }
        for (let row = await inbox.take(); row !== null && !stop.aborted; row = await inbox.take()) {
          if (position !== null && !isPast(row.id, position)) continue
          position = row.id
          yield row
        }
      } finally {
        stop.removeEventListener('abort', end)
        leave()
      }
    }
  }

  return {
    watch,
    close: async () => {
      closing.abort()
      reader?.wake()
      await ear.close()
    },
  }
}

/** A page, or null while the database is unreachable. */
function orNull(error: unknown): null {
  if (!isUnreachable(error)) throw error
  return null
}

async function untilStop(done: Promise<void>, stop: AbortSignal): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>()
  const settled = new AbortController()
  stop.addEventListener('abort', () => resolve(), { once: true, signal: settled.signal })
  await Promise.race([done, stopped]).finally(() => settled.abort())
}

/** A bell that ends a wait; what rings in between two waits ends the next one. */
function openBell(sleep: NonNullable<FeedParts['sleep']>) {
  let rung = Promise.withResolvers<void>()
  return {
    ring: () => rung.resolve(),
    wait: async (ms: number) => {
      const waited = new AbortController()
      await Promise.race([rung.promise, sleep(ms, waited.signal)])
      waited.abort()
      rung = Promise.withResolvers()
    },
  }
}

/** Listens from the first watcher on, and knows how often to read nevertheless. */
function openEar(
  listen: Listen | null,
  sleep: NonNullable<FeedParts['sleep']>,
  closed: AbortSignal,
  onNotify: () => void,
) {
  let listening: Listening | null = null
  let opening: Promise<void> | null = null
  let hasHeard = false
  const open = async (to: Listen): Promise<void> => {
    while (listening === null && !closed.aborted) {
      listening = await to(channel, (payload) => {
        hasHeard ||= payload !== null
        onNotify()
      }).catch(() => null)
      if (listening === null) await sleep(pauses.notified, closed)
    }
    // Since the last read something may have happened.
    onNotify()
  }
  return {
    listen: () => {
      if (listen !== null) opening ??= open(listen)
    },
    pauseMs: () => (listening === null ? pauses.deaf : hasHeard ? pauses.notified : pauses.unheard),
    close: async () => {
      await opening
      await listening?.close()
    },
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<unknown> =>
  setTimeout(ms, null, { signal, ref: false }).catch(() => undefined)
