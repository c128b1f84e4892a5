import { toResultRow } from '../store/rows.ts'
import type { ResultRow, RunRecord, StoreError } from '../store/store.ts'
import type { RunEvent } from './execute.ts'

/** What the events of a run came to. */
export interface Digest {
  run: RunRecord | null
  /** The slot had its run already: nothing was called. */
  slotTaken: boolean
  /** Every result, recorded or not, with the database's column names. */
  results: ResultRow[]
  recorded: number
  succeeded: number
  /** Why something could not be recorded, where that is so. */
  lost: StoreError | null
}

/** Whether a scheduled run went its whole way and left something: what a dead-man switch waits for. */
export const isSignOfLife = ({ run, slotTaken, recorded }: Digest): boolean =>
  run !== null && run.schedule !== null && run.status === 'finished' && !slotTaken && recorded > 0

/** Folds the events of a run, one by one. */
export function startDigest(): { add: (event: RunEvent) => void; digest: Digest } {
  const digest: Digest = { run: null, slotTaken: false, results: [], recorded: 0, succeeded: 0, lost: null }
  const add = (event: RunEvent) => {
    if ('run' in event) digest.run = event.run
    if ('error' in event) digest.lost ??= event.error
    if (event.type === 'slot_taken') digest.slotTaken = true
    if (event.type === 'unrecorded') digest.results.push(toResultRow(event.result))
    if (event.type !== 'result') return
    digest.recorded += 1
    digest.succeeded += event.result.success ? 1 : 0
    const { providerId, modelId, createdAt } = event.receipt
    const added = { provider_id: providerId, model_id: modelId, created_at: createdAt }
    digest.results.push({ ...toResultRow(event.result), ...added })
  }
  return { add, digest }
}
