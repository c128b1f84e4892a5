import { toColumns } from '../store/columns.ts'
import type { Prunable, PrunedBatch, Retention } from '../store/history-codec.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { judgeAndTell, type JudgingApp } from './judge-and-tell.ts'
import { type RetentionDays, retentionCutoffs } from './retention.ts'

/** What pruning has deleted so far. */
export interface Pruning {
  texts: number
  results: number
  proxyRequests: number
  /** Texts of proxy requests. */
  proxyTexts: number
  /** Days whose rollups it made final. */
  days: number
  /** Results from before this are deleted, or will be next; null if none ever were. */
  prunedUntil: Date | null
  /** False if it was stopped before the end. */
  done: boolean
}

/** What to prune, and how. */
export interface PruneRequest {
  retention: RetentionDays
  /** Rows that one transaction deletes. */
  batch: number
  /** Ends it after the batch in hand; the next pruning continues. */
  stop: AbortSignal
}

/** Rows that one transaction deletes: about a second of work, so that nobody waits for it. */
export const defaultBatch = 2000

type PruneApp = Pick<App, 'store' | 'clock' | 'log'> & JudgingApp

/**
 * Deletes texts, results, proxy requests and their texts that are too old, batch after batch, and reports after each.
 * Rejects with StoreError.
 */
export async function startPrune(
  { retention, batch, stop }: PruneRequest,
  app: PruneApp,
  onProgress: (pruning: Pruning) => void = () => undefined,
): Promise<Pruning & Retention> {
  const { store, clock, log } = app
  const cutoffs = retentionCutoffs(retention, clock.date())
  const pruning = await withStore(store.open, async (opened) => {
    const pruned = await prune(opened, { retention: cutoffs, batch, stop }, onProgress)
    // It comes once a day, which is what drift is judged by.
    if (!stop.aborted) await judgeAndTell(opened, app, (judge) => judge.drift())
    return pruned
  })
  log.info(toColumns(pruning), 'pruned')
  return { ...cutoffs, ...pruning }
}

/** What pruning would delete. Rejects with StoreError. */
export async function countPrunable(
  { retention }: Pick<PruneRequest, 'retention'>,
  { store, clock }: PruneApp,
): Promise<Prunable & Retention> {
  const cutoffs = retentionCutoffs(retention, clock.date())
  const prunable = await withStore(store.open, (opened) => opened.countPrunable(cutoffs))
  return { ...cutoffs, ...prunable }
}

/** Prunes an open store. Rejects with StoreError. */
export async function prune(
  store: Pick<Store, 'prune'>,
  { retention, batch = defaultBatch, stop }: { retention: Retention; batch?: number; stop: AbortSignal },
  onProgress: (pruning: Pruning) => void = () => undefined,
): Promise<Pruning> {
  let pruning: Pruning = {
    texts: 0,
    results: 0,
    proxyRequests: 0,
    proxyTexts: 0,
    days: 0,
    prunedUntil: null,
    done: false,
  }
  while (!pruning.done && !stop.aborted) {
    pruning = added(pruning, await store.prune({ ...retention, limit: batch }))
    onProgress(pruning)
  }
  return pruning
}

const added = (
  pruning: Pruning,
  { texts, results, proxyRequests, proxyTexts, closed, prunedUntil, done }: PrunedBatch,
): Pruning => ({
  texts: pruning.texts + texts,
  results: pruning.results + results,
  proxyRequests: pruning.proxyRequests + proxyRequests,
  proxyTexts: pruning.proxyTexts + proxyTexts,
  days: pruning.days + (closed === null ? 0 : 1),
  prunedUntil,
  done,
})
