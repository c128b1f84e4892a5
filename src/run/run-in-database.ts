import type { Probe } from '../core/plan.ts'
import {
  type ClaimedProbe,
  maySettle,
  type RecordedResult,
  type ResultInput,
  type RunRecord,
  StoreError,
} from '../store/store.ts'
import { admits, type ProbeFilter } from './pacing.ts'
import type { Extension, LevelEnd } from './recorder.ts'
import { type ActiveRun, leaseMsOf, type RecorderParts } from './parts.ts'
import { retryUntil } from './retry-until.ts'
import { within } from './within.ts'

/** The ids of a recheck that is to be planned, and of the probe that it repeats. */
export interface Recheck {
  probeId: string
  id: string
  resultId: string
}

/** A run's calls of the database. All reject with StoreError unless they say otherwise. */
export interface RunInDatabase {
  /** The next probe that the filter admits; null if there is none. `pauseMs`: how long none is claimed after it. */
  claim: (filter: ProbeFilter, pauseMs?: number) => Promise<ClaimedProbe | null>
  record: (result: ResultInput) => Promise<RecordedResult>
  /**
   * Skips the probes that are left, if there is a reason, also those that were claimed and are `unmade`, and
   * closes the run unless another worker holds a lease.
   */
  finish: (
    reason: string | null,
    status: 'finished' | 'cancelled',
    unmade: readonly string[],
  ) => Promise<RunRecord>
  /** Plans a recheck; false if it cannot be planned, also if the database fails. */
  planConfirm: (recheck: Recheck) => Promise<boolean>
  /** Adds to the plan; false if this worker may not, because the run is no longer its own. */
  extend: (extension: Extension) => Promise<boolean>
  /** Skips what is left of a level. */
  endLevel: (end: LevelEnd) => Promise<void>
}

/**
 * The calls of a run that this worker holds, each retried if the run is to retry while the database is
 * unreachable.
 */
export function runInDatabase(active: ActiveRun, parts: RecorderParts): RunInDatabase {
  const { store, owner, region, budget } = parts
  const { run, settings } = active
  const left = leftOf(active, region)
  const retried = retrying(parts)
  return {
    claim: async (filter, pauseMs = 0) => {
      if (
        left !== null &&
        filter.probeId === undefined &&
        !left.values().some((probe) => admits(filter, probe))
      )
        return null
      const asked = { runId: run.id, owner, region, leaseMs: leaseMsOf(settings) + pauseMs, ...filter }
      const input = budget === null ? asked : { ...asked, budget }
      // What is claimed must still have time to finish.
      const next = await retried(() => store.claimProbe(input), settings.timeouts.total)
      if (next !== null) left?.delete(next.probe.id)
      return next
    },
    record: recordInTime(parts),
    finish: async (reason, status, unmade) => {
      if (reason !== null)
        await retried(() =>
          store.skipProbes({ runId: run.id, reason, region, owner, ...(unmade.length > 0 && { unmade }) }),
        )
      return retried(() => store.finishRun({ runId: run.id, status, region, owner }))
    },
    planConfirm: async (recheck) => {
      try {
        return (await store.planConfirm(recheck)).planned
      } catch (error) {
        // Only the recheck is lost; the probes that are left may still be recorded or spooled.
        if (!(error instanceof StoreError)) throw error
        return false
      }
    },
    extend: async (extension) => {
      const { extended } = await retried(() =>
        store.extendRun({ runId: run.id, region, owner, ...extension }),
      )
      if (extended) for (const probe of extension.probes) left?.set(probe.id, probe)
      return extended
    },
    endLevel: async (end) =>
      void (await retried(() => store.skipProbes({ runId: run.id, region, owner, ...end }))),
  }
}

/** Retries a call while the database is unreachable, until `reserveMs` before the run must be over. */
const retrying =
  ({ whenUnreachable, clock, sleep }: RecorderParts) =>
  <Output>(call: () => Promise<Output>, reserveMs = 0): Promise<Output> =>
    typeof whenUnreachable === 'object' && 'retryUntil' in whenUnreachable
      ? retryUntil(call, { clock, sleep, until: whenUnreachable.retryUntil - reserveMs })
      : call()

/**
 * Records a result that may be kept nowhere else with as many tries as time allows, whatever the refusal, if
 * the run is to retry.
 */
export function recordInTime({
  store,
  whenUnreachable,
  clock,
  sleep,
}: Pick<RecorderParts, 'whenUnreachable' | 'clock' | 'sleep'> & {
  store: Pick<RecorderParts['store'], 'recordResult'>
}): RunInDatabase['record'] {
  if (typeof whenUnreachable !== 'object' || !('retryUntil' in whenUnreachable))
    return (result) => store.recordResult(result)
  const { retryUntil: until } = whenUnreachable
  return (result) => {
    const recording = retryUntil(() => store.recordResult(result), {
      clock,
      sleep,
      until,
      mayPass: maySettle,
    })
    const late = new StoreError('timeout', 'record_result: no answer before the run had to be over.')
    return within(recording, Math.max(0, until - clock.now()) + graceMs, late)
  }
}

/** How long the last try may take, in ms: what is not recorded then must still be logged and answered. */
const graceMs = 5000

/**
 * The probes of our own plan that are not claimed yet, by their ids: if there are none, the database need not be asked.
 * Null if it may know more of them, because another process made the plan or there are rechecks.
 */
function leftOf({ plan, settings }: ActiveRun, region: string): Map<string, Probe> | null {
  if (plan === null || settings.confirm) return null
  const ours = plan.probes.filter((probe) => probe.skipReason === undefined && probe.region === region)
  return new Map(ours.map((probe) => [probe.id, probe]))
}
