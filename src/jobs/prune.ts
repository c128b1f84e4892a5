import { toColumns } from '../store/columns.ts'
import type { Prunable, PrunedBatch, Retention } from '../store/history-codec.ts'
import type { ArchiveStore } from '../store/archive-store.ts'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { judgeAndTell, type JudgingApp } from './judge-and-tell.ts'
import { archivedRows, archivedUntil, type Unarchived } from './prune-archived.ts'
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
  /** What is too old and is kept, as the archive does not hold it; null without an archive, and if there is none. */
  unarchived: Unarchived | null
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
    const pruned = await prune(
      opened,
      { retention: cutoffs, archive: retention.archive, batch, stop },
      onProgress,
    )
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
): Promise<Prunable & Retention & Pick<Pruning, 'unarchived'>> {
  const cutoffs = retentionCutoffs(retention, clock.date())
  const { archive } = retention
  return withStore(store.open, async (opened) => {
    const held = await heldBy(opened, archive, cutoffs)
    return { ...held.cutoffs, ...(await opened.countPrunable(held.cutoffs)), unarchived: held.unarchived }
  })
}

/** Until when results may be pruned, if an archive must have them. */
async function heldBy(
  store: ArchiveStore,
  archive: string | null,
  cutoffs: Retention,
): Promise<{ cutoffs: Retention; unarchived: Unarchived | null }> {
  if (archive === null) return { cutoffs, unarchived: null }
  const { until, unarchived } = await archivedUntil(store, archive, cutoffs)
  return { cutoffs: { ...cutoffs, resultsBefore: until }, unarchived }
}

/** What pruning an open store takes. */
interface Prune {
  retention: Retention
  /** The folder of an archive: only results that it has are deleted; null if it does not matter. */
  archive?: string | null
  batch?: number
  stop: AbortSignal
}

/** What it takes of a store. */
type PruneStore = Pick<Store, 'prune' | keyof ArchiveStore>

/** Prunes an open store. Rejects with StoreError, or with why the archive cannot be read. */
export async function prune(
  store: PruneStore,
  { retention, archive = null, batch = defaultBatch, stop }: Prune,
  onProgress: (pruning: Pruning) => void = () => undefined,
): Promise<Pruning> {
  const { cutoffs, unarchived } = await heldBy(store, archive, retention)
  let pruning = { ...nothing, unarchived }
  const step = async (of: { archived?: readonly string[] }) => {
    const deleted = await store.prune({ ...cutoffs, ...of, limit: batch })
    pruning = added(pruning, deleted)
    onProgress(pruning)
    return deleted.results
  }
  // With an archive this deletes no results, but makes final what is archived.
  while (!pruning.done && !stop.aborted) await step(archive === null ? {} : { archived: [] })
  if (archive === null) return pruning
  const kept = await deleteArchived(
    archivedRows(store, archive, pruning.prunedUntil),
    (rows) => step({ archived: rows }),
    stop,
  )
  return { ...pruning, unarchived: kept ?? unarchived, done: !stop.aborted }
}

/** Deletes what is archived, and returns the first day of which something is left. */
async function deleteArchived(
  parts: ReturnType<typeof archivedRows>,
  remove: (rows: readonly string[]) => Promise<number>,
  stop: AbortSignal,
): Promise<Unarchived | null> {
  const left = new Map<string, number>()
  for await (const part of parts) {
    if (stop.aborted) break
    const deleted = part.rows === null ? 0 : await remove(part.rows)
    left.set(part.day, (left.get(part.day) ?? part.left) - deleted)
  }
  return firstLeft(left)
}

/** The first day of which results are left that the archive does not have alike. */
function firstLeft(results: ReadonlyMap<string, number>): Unarchived | null {
  const [day, left] = [...results].find(([, each]) => each > 0) ?? []
  return day === undefined ? null : { day, why: `${left} results of it are not in the archive as they are` }
}

const nothing: Pruning = {
  texts: 0,
  results: 0,
  proxyRequests: 0,
  proxyTexts: 0,
  days: 0,
  prunedUntil: null,
  unarchived: null,
  done: false,
}

const added = (
  pruning: Pruning,
  { texts, results, proxyRequests, proxyTexts, closed, prunedUntil, done }: PrunedBatch,
): Pruning => ({
  ...pruning,
  texts: pruning.texts + texts,
  results: pruning.results + results,
  proxyRequests: pruning.proxyRequests + proxyRequests,
  proxyTexts: pruning.proxyTexts + proxyTexts,
  days: pruning.days + (closed === null ? 0 : 1),
  prunedUntil,
  done,
})
