import type { Logger } from 'pino'
import type { Result } from '../core/result.ts'
import type { RunRecord } from '../store/store.ts'
import type { RunEvent } from './execute.ts'
import type { Recorded } from './ledger.ts'

/** Writes what a run does to the log: every failure with its run, probe, provider and model. */
export function logEvent(log: Logger, event: RunEvent): void {
  if ('result' in event) logRecorded(log, event)
  else if (event.type === 'run_started')
    log.info({ run: event.run.id, probes: event.plan.probes.length, mode: event.plan.mode }, 'run started')
  else if (event.type === 'probe_started')
    log.debug({ probe: event.assignment.probe.id, ...event.assignment.probe.target }, 'probe started')
  else if (event.type === 'store_failed')
    log.error({ kind: event.error.kind, code: event.error.code }, event.error.message)
  else if (event.type === 'run_missed')
    log.error(
      { run: event.run.id, slot: event.run.slot, kind: event.error.kind },
      `run missed: ${event.error.message}`,
    )
  else if (event.type === 'summary_failed')
    log.warn({ kind: event.error.kind }, `leaderboards not refreshed: ${event.error.message}`)
  else logRun(log, event)
}

const sentences = {
  run_joined: 'going on with a run',
  slot_taken: 'the slot has its run already',
  handed_over: 'out of time: the rest is handed over',
  run_finished: 'run finished',
} as const

function logRun(log: Logger, { type, run }: { type: keyof typeof sentences; run: RunRecord }): void {
  const { id, slot, status, statusReason, nSucceeded: succeeded, nFailed: failed, nSkipped: skipped } = run
  const counts = type === 'run_finished' ? { status, reason: statusReason, succeeded, failed, skipped } : {}
  log.info({ run: id, slot, ...counts }, sentences[type])
}

function logRecorded(log: Logger, event: Recorded): void {
  if (event.type === 'unrecorded') {
    // The row must not be lost with the database: the log keeps it whole.
    const about = { ...identity(event.result), error: event.error.message }
    log.error({ ...about, result: event.result }, 'result not recorded')
    return
  }
  logResult(log, event.result)
  if (event.type === 'spooled')
    log.warn({ ...identity(event.result), error: event.error.message }, 'result spooled')
}

const identity = ({ runId, probeId, provider, model }: Result) => ({
  run: runId,
  probe: probeId,
  provider,
  model,
})

function logResult(log: Logger, result: Result): void {
  if (result.success) {
    log.debug({ ...identity(result), ttft_ms: result.ttftMs, tps: result.tps }, 'probe succeeded')
    return
  }
  const { errorKind, faultDomain, statusCode } = result
  log.error(
    { ...identity(result), error_kind: errorKind, fault_domain: faultDomain, status: statusCode },
    result.errorMessage ?? 'probe failed',
  )
}
