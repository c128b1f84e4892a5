import type { EventPage } from './event-codec.ts'
import type { Sleep } from './event-ear.ts'
import type { Inbox } from './event-inbox.ts'
import { isUnreachable, type Store } from './store.ts'

/** Events that one read returns. */
export const pageSize = 200

/** Milliseconds between two reads while events are held back or the database is unreachable: ever longer. */
export const pauses = { shortest: 25, longest: 1000 } as const

export interface ReaderParts {
  listEvents: Store['listEvents']
  sleep: Sleep
  /** How long to wait for a notification before reading without one, in ms. */
  pauseMs: () => number
}

/** Reads the events of all runs as they come, and puts them into inboxes, until the last one has left. */
export class EventReader {
  readonly #parts: ReaderParts
  readonly #inboxes = new Set<Inbox>()
  readonly #ready = Promise.withResolvers<void>()
  #bell = Promise.withResolvers<void>()
  #after: string | null = null

  constructor(parts: ReaderParts, first: Inbox) {
    this.#parts = parts
    this.#inboxes.add(first)
    this.#ready.promise.catch(() => undefined)
    this.#run().then(this.#ready.resolve, (error: unknown) => {
      this.#ready.reject(error)
      for (const inbox of this.#inboxes) inbox.fail(error)
      this.#inboxes.clear()
    })
  }

  /**
   * Resolves when every later event is put into the inboxes, or when it has ended; rejects with StoreError if the
   * database refuses.
   */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Whether nobody has an inbox anymore: it has ended, or is about to. */
  get isLeft(): boolean {
    return this.#inboxes.size === 0
  }

  enter(inbox: Inbox): void {
    this.#inboxes.add(inbox)
  }

  leave(inbox: Inbox): void {
    this.#inboxes.delete(inbox)
    if (this.isLeft) this.wake()
  }

  end(): void {
    this.#inboxes.clear()
    this.wake()
  }

  /** Something may have happened. */
  wake(): void {
    this.#bell.resolve()
  }

  async #run(): Promise<void> {
    let pauseMs: number = pauses.shortest
    while (!this.isLeft) {
      const page = await this.#read()
      if (page?.rows.length === pageSize) continue
      const isComplete = page?.pending === false
      const isLate = !isComplete && (page === null || page.rows.length === 0)
      pauseMs = isLate ? Math.min(pauses.longest, pauseMs * 2) : pauses.shortest
      if (!this.isLeft) await this.#wait(isComplete ? this.#parts.pauseMs() : pauseMs)
    }
  }

  /** Reads a page; null while the database is unreachable. The first one only says where the present is. */
  async #read(): Promise<EventPage | null> {
    const input = { runId: null, after: this.#after, limit: pageSize }
    const page = await this.#parts.listEvents(input).catch(orNull)
    if (page === null) return null
    for (const row of page.rows) for (const inbox of this.#inboxes) inbox.put(row)
    this.#after = page.next
    this.#ready.resolve()
    return page
  }

  /** Waits until it is woken, which it may have been since the last time, or for some ms. */
  async #wait(ms: number): Promise<void> {
    const waited = new AbortController()
    await Promise.race([this.#bell.promise, this.#parts.sleep(ms, waited.signal)])
    waited.abort()
    this.#bell = Promise.withResolvers()
  }
}

/** Null while the database is unreachable. */
export function orNull(error: unknown): null {
  if (!isUnreachable(error)) throw error
  return null
}
