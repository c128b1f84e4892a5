import type { EventRow } from './event-codec.ts'

/** Events that wait for one watcher. It holds so many at most: a watcher that is too slow reads again. */
export class Inbox {
  readonly #runId: string | null
  readonly #most: number
  #rows: EventRow[] = []
  #ended: { error: unknown } | 'full' | 'closed' | null = null
  #arrived = Promise.withResolvers<void>()

  /** For the events of one run, or of all if it is null. */
  constructor(runId: string | null, most: number) {
    this.#runId = runId
    this.#most = most
  }

  put(row: EventRow): void {
    if (this.#ended !== null || (this.#runId !== null && row.run_id !== this.#runId)) return
    this.#rows.push(row)
    if (this.#rows.length > this.#most) this.#end('full')
    this.#arrived.resolve()
  }

  /** Nothing more comes; what waits is still taken. */
  close(): void {
    this.#ended ??= 'closed'
    this.#arrived.resolve()
  }

  fail(error: unknown): void {
    this.#end({ error })
  }

  /** The next event; null if it was too full, and events are missing, or was closed. Rejects if it failed. */
  async take(): Promise<EventRow | null> {
    for (;;) {
      const row = this.#rows.shift()
      if (row !== undefined) return row
      if (this.#ended !== null && typeof this.#ended === 'object') throw this.#ended.error
      if (this.#ended !== null) return null
      await this.#arrived.promise
      this.#arrived = Promise.withResolvers()
    }
  }

  #end(how: { error: unknown } | 'full'): void {
    this.#ended = how
    this.#rows = []
    this.#arrived.resolve()
  }
}
