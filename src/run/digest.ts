import { toResultRow } from '../store/result-codec.ts'
import type { ResultRow, RunRecord, StoreError } from '../store/store.ts'
import type { RunEvent } from './execute.ts'
import type { Recorded } from './ledger.ts'

/** What the events of a run came to. */
export interface Digest {
  run: RunRecord | null
  /** The slot had its run already: nothing was called. */
  slotTaken: boolean
  /** Every result, recorded or not, with the database's column names. */
  results: ResultRow[]
  /** In the database, or on disk until it is back. */
  recorded: number
  /** Of these, on disk. */
  spooled: number
  succeeded: number
  /** Why something could not be recorded, where that is so. */
  lost: StoreError | null
  /** Why the slot was given up, where that is so. */
  missed: StoreError | null
}

/** Whether a scheduled run went its whole way and left something in the database: what a dead-man switch waits for. */
export const isSignOfLife = ({ run, slotTaken, recorded, spooled }: Digest): boolean =>
  run?.schedule != null && run.status === 'finished' && !slotTaken && recorded > spooled

/** Folds the events of a run, one by one. */
export function startDigest(): { add: (event: RunEvent) => void; digest: Digest } {
  const digest: Digest = {
    run: null,
    slotTaken: false,
    results: [],
    recorded: 0,
    spooled: 0,
    succeeded: 0,
    lost: null,
    missed: null,
  }
  const add = (event: RunEvent) => {
    if ('result' in event) addResult(digest, event)
    else if (event.type === 'run_missed') digest.missed = event.error
    else if (event.type === 'store_failed') digest.lost ??= event.error
    else if ('run' in event) digest.run = event.run
    if (event.type === 'slot_taken') digest.slotTaken = true
  }
  return { add, digest }
}

function addResult(digest: Digest, event: Recorded): void {
  const added =
    event.type === 'result'
      ? {
          provider_id: event.receipt.providerId,
          model_id: event.receipt.modelId,
          created_at: event.receipt.createdAt,
        }
      : {}
  digest.results.push({ ...toResultRow(event.result), ...added })
  if (event.type === 'unrecorded') {
    digest.lost ??= event.error
    return
  }
  digest.recorded += 1
  digest.spooled += event.type === 'spooled' ? 1 : 0
  digest.succeeded += event.result.success ? 1 : 0
}
