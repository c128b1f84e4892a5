import type { Logger } from 'pino'
import type { Result } from '../core/result.ts'
import type { RunEvent } from './execute.ts'

/** Writes what a run does to the log: every failure with its run, probe, provider and model. */
export function logEvent(log: Logger, event: RunEvent): void {
  switch (event.type) {
    case 'run_started':
      log.info({ run: event.run.id, probes: event.plan.probes.length, mode: event.plan.mode }, 'run started')
      break
    case 'slot_taken':
      log.info({ run: event.run.id, slot: event.run.slot }, 'the slot has its run already')
      break
    case 'probe_started':
      log.debug({ probe: event.assignment.probe.id, ...event.assignment.probe.target }, 'probe started')
      break
    case 'result':
      logResult(log, event.result)
      break
    case 'unrecorded':
      // The row must not be lost with the database: the log keeps it whole.
      log.error(
        { ...identity(event.result), error: event.error.message, result: event.result },
        'result not recorded',
      )
      break
    case 'store_failed':
      log.error({ kind: event.error.kind, code: event.error.code }, event.error.message)
      break
    case 'run_finished':
      log.info(
        {
          run: event.run.id,
          succeeded: event.run.nSucceeded,
          failed: event.run.nFailed,
          skipped: event.run.nSkipped,
        },
        'run finished',
      )
      break
  }
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
