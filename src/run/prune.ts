import type { PrunedBatch, Retention } from '../store/history-codec.ts'
import type { Store } from '../store/store.ts'

/** What pruning came to. */
export interface Pruning {
  texts: number
  results: number
  /** Days that it made final. */
  days: number
  /** Results of before this are gone, or go next; null where none ever did. */
  prunedUntil: Date | null
  /** False where it was stopped before the end. */
  done: boolean
}

/** Rows that one transaction takes away: about a second of work, so that nobody waits for it. */
export const pruneBatch = 2000

/** Prunes batch after batch, telling of each; a stop ends it after the batch in hand, and the next pruning goes on. Rejects with StoreError. */
export async function prune(
  store: Pick<Store, 'prune'>,
  { retention, batch = pruneBatch, stop }: { retention: Retention; batch?: number; stop: AbortSignal },
  tell: (so: Pruning) => void = () => undefined,
): Promise<Pruning> {
  let so: Pruning = { texts: 0, results: 0, days: 0, prunedUntil: null, done: false }
  while (!so.done && !stop.aborted) {
    so = added(so, await store.prune({ ...retention, limit: batch }))
    tell(so)
  }
  return so
}

const added = (so: Pruning, { texts, results, closed, prunedUntil, done }: PrunedBatch): Pruning => ({
  texts: so.texts + texts,
  results: so.results + results,
  days: so.days + (closed === null ? 0 : 1),
  prunedUntil,
  done,
})
