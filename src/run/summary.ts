import type { RunRow, StoreFailure } from '../store/store.ts'
import type { ProbeEvent, RunEvent } from './events.ts'
import type { Watcher } from './watch.ts'

/** A summary of the events of a run so far. */
export interface RunSummary {
  run: RunRow | null
  /** The slot has its run already, or another worker holds the lease: nothing was called. */
  skipped: boolean
  handedOver: boolean
  /** Results in the database, or on disk until it takes them. */
  recorded: number
  /** Of these, on disk. */
  spooled: number
  /** Of these, without warm-ups. */
  succeeded: number
  /** Results that only their events and the log hold. */
  onlyLogged: number
  /** Why something could not be recorded; null if everything was. */
  lost: StoreFailure | null
  /** Why the slot has no run; null if it has one. */
  missed: StoreFailure | null
}

/**
 * Whether a scheduled run finished and left something in the database, or had nobody to call: what a dead man's switch waits for.
 */
export const isSignOfLife = ({ run, skipped, recorded, spooled }: RunSummary): boolean =>
  run?.schedule != null && run.status === 'finished' && !skipped && (recorded > spooled || run.n_probes === 0)

/** A summary, and the watcher that keeps it up to date. */
export function startSummary(): { summary: RunSummary; add: Watcher<RunEvent> } {
  const summary: RunSummary = {
    run: null,
    skipped: false,
    handedOver: false,
    recorded: 0,
    spooled: 0,
    succeeded: 0,
    onlyLogged: 0,
    lost: null,
    missed: null,
  }
  return { summary, add: (event) => addEvent(summary, event) }
}

function addEvent(summary: RunSummary, event: RunEvent): void {
  if ('result' in event) return addResult(summary, event)
  switch (event.type) {
    case 'run_started':
    case 'run_joined':
    case 'run_finished':
      summary.run = event.run
      return
    case 'run_skipped':
      Object.assign(summary, { run: event.run, skipped: true })
      return
    case 'run_handed_over':
      Object.assign(summary, { run: event.run, handedOver: true })
      return
    case 'run_missed':
      summary.missed = event.error
      return
    case 'store_failed':
      summary.lost ??= event.error
      return
    case 'run_extended':
    case 'probe_started':
  }
}

function addResult(summary: RunSummary, event: ProbeEvent): void {
  switch (event.type) {
    case 'probe_lost':
      summary.onlyLogged += 1
      summary.lost ??= event.error
      return
    case 'probe_spooled':
      summary.spooled += 1
      return countRecorded(summary, event)
    case 'probe_recorded':
      return countRecorded(summary, event)
  }
}

function countRecorded(summary: RunSummary, { result }: ProbeEvent): void {
  summary.recorded += 1
  summary.succeeded += result.success && !result.warmup ? 1 : 0
}
