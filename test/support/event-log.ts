import type { Listen } from '../../src/store/connection.ts'
import { type EventRow, isPast } from '../../src/store/event-codec.ts'
import type { Store } from '../../src/store/store.ts'

interface Entry {
  xid: number
  row: EventRow
}

/** A transaction that adds events; nobody sees them before it is committed. */
export interface Transaction {
  add: (runId: string) => void
  commit: () => void
  rollback: () => void
}

/**
 * The events of a database, in memory: transactions that are open at once, ids that are given before the commit,
 * and reading below the oldest transaction that is open.
 */
export class EventLog {
  #nextXid = 1
  #nextId = 1
  readonly #open = new Set<number>()
  #committed: Entry[] = []
  readonly #ears = new Set<(payload: string | null) => void>()
  /** The inputs of every read. */
  readonly reads: Parameters<Store['listEvents']>[0][] = []
  /** Notifications of commits that nobody was told of yet. */
  readonly notifications: string[] = []

  begin(): Transaction {
    const xid = this.#nextXid++
    this.#open.add(xid)
    const rows: EventRow[] = []
    return {
      add: (runId) => void rows.push(eventOf(`${xid}-${this.#nextId++}`, runId)),
      commit: () => {
        this.#open.delete(xid)
        this.#committed.push(...rows.map((row) => ({ xid, row })))
        this.notifications.push(...new Set(rows.map(({ run_id }) => run_id)))
      },
      rollback: () => void this.#open.delete(xid),
    }
  }

  /** Adds events in a transaction of their own, and tells of them. */
  add(...runIds: string[]): void {
    const transaction = this.begin()
    for (const runId of runIds) transaction.add(runId)
    transaction.commit()
    this.notify()
  }

  /** Tells listeners of everything that was committed. */
  notify(): void {
    for (const payload of this.notifications.splice(0)) for (const tell of this.#ears) tell(payload)
  }

  /** Every committed event of a run, or of all, in order. */
  idsOf(runId: string | null): string[] {
    return this.#rowsOf(runId).map(({ row }) => row.id)
  }

  readonly listen: Listen = (_, onNotify) => {
    this.#ears.add(onNotify)
    return Promise.resolve({ close: () => Promise.resolve(void this.#ears.delete(onNotify)) })
  }

  readonly listEvents: Store['listEvents'] = (input) => {
    this.reads.push(input)
    const { runId, after, limit } = input
    const horizon = Math.min(this.#nextXid, ...this.#open)
    const pending = this.#committed.some(({ xid }) => xid >= horizon)
    const present = `${horizon}-0`
    if (runId === null && after === null) return Promise.resolve({ rows: [], next: present, pending })
    const rows = this.#rowsOf(runId)
      .filter(({ xid, row }) => xid < horizon && isPast(row.id, after ?? '0-0'))
      .slice(0, limit)
      .map(({ row }) => row)
    const next = after !== null && isPast(after, present) ? after : present
    return Promise.resolve({ rows, next: rows.at(-1)?.id ?? next, pending })
  }

  #rowsOf(runId: string | null): Entry[] {
    return this.#committed
      .filter(({ row }) => runId === null || row.run_id === runId)
      .toSorted((a, b) => (isPast(a.row.id, b.row.id) ? 1 : -1))
  }
}

const eventOf = (id: string, runId: string): EventRow => ({
  id,
  run_id: runId,
  event: 'probe_started',
  created_at: '2026-11-29T12:00:00+00:00',
  data: {},
  probe: null,
  result: null,
  n_done: 0,
})

/** Pauses that end when a test says so, or by their signal. */
export function heldPauses() {
  const held = new Map<() => void, number>()
  const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        held.delete(end)
        resolve()
      }
      held.set(end, ms)
      signal.addEventListener('abort', end, { once: true })
    })
  return {
    sleep,
    /** The lengths of those that are held, in ms. */
    lengths: () => [...held.values()],
    pass: () => [...held.keys()].forEach((end) => end()),
    passOne: (drawn: number) => [...held.keys()][drawn % Math.max(1, held.size)]?.(),
  }
}

/** Lets everything happen that waits for nothing but promises. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
