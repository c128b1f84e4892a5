import type { Listen, Listening } from './connection.ts'

/** Waits some ms, or until the signal. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<unknown>

/** The channel on which the database says that a run has a new event, or that incidents changed. */
const channel = 'firsttoken_events'
/** What it says then instead of the id of a run. */
const incidents = 'incidents'

/** Milliseconds between two reads that nobody asked for. */
const pauses = {
  /** Notifications come: only one that was lost on the way needs it. */
  notified: 30_000,
  /** It listens, but has never heard anything: a pooler in transaction mode takes LISTEN and never notifies. */
  unheard: 1000,
  /** It cannot listen. */
  deaf: 500,
} as const

export interface EarParts {
  /** Null if the database cannot notify, as over PostgREST. */
  listen: Listen | null
  sleep: Sleep
  /** Something may have happened to a run. */
  onNotify: () => void
}

/** Hears of events, and knows how often to read nevertheless. */
export class EventEar {
  readonly #parts: EarParts
  readonly #closing = new AbortController()
  #listening: Listening | null = null
  #opening: Promise<void> | null = null
  readonly #listeners = new Set<() => void>()
  #hasHeard = false

  constructor(parts: EarParts) {
    this.#parts = parts
  }

  /** Listens from now on; tries again if that fails. */
  open(): void {
    if (this.#parts.listen !== null) this.#opening ??= this.#listen(this.#parts.listen)
  }

  /** Hears that incidents may have changed; returns how to stop. */
  onIncidents(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** How long to wait for a notification before reading without one, in ms. */
  get pauseMs(): number {
    if (this.#listening === null) return pauses.deaf
    return this.#hasHeard ? pauses.notified : pauses.unheard
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#opening
    await this.#listening?.close()
  }

  #tellIncidents(): void {
    for (const listener of this.#listeners) listener()
  }

  async #listen(listen: Listen): Promise<void> {
    const { sleep, onNotify } = this.#parts
    const hear = (payload: string | null) => {
      // Null only says that it has reconnected.
      this.#hasHeard ||= payload !== null
      if (payload === null || payload === incidents) this.#tellIncidents()
      if (payload !== incidents) onNotify()
    }
    while (this.#listening === null && !this.#closing.signal.aborted) {
      this.#listening = await listen(channel, hear).catch(() => null)
      if (this.#listening === null) await sleep(pauses.notified, this.#closing.signal)
    }
    // Since the last read something may have happened.
    onNotify()
  }
}
