import type { Logger } from 'pino'
import type { ResultRow } from '../core/row.ts'
import type { RunRow } from '../store/store.ts'
import type { ProbeEvent, RunEvent } from './events.ts'
import type { Watcher } from './watch.ts'

/** Writes what a run does to the log: every failure with its run, probe, provider and model. */
export const logEvents =
  (log: Logger): Watcher<RunEvent> =>
  (event) =>
    logEvent(log, event)

function logEvent(log: Logger, event: RunEvent): void {
  if ('result' in event) return logProbe(log, event)
  switch (event.type) {
    case 'run_started': {
      const { id: run, n_probes: probes, mode } = event.run
      return log.info({ run, probes, mode }, 'run started')
    }
    case 'run_joined':
      return log.info(slotOf(event.run), 'run resumed')
    case 'run_skipped':
      return log.info(slotOf(event.run), 'run skipped: the slot has its run')
    case 'run_handed_over':
      return log.info(slotOf(event.run), 'out of time: the rest of the run is handed over')
    case 'run_finished':
      return log.info({ ...slotOf(event.run), ...countsOf(event.run) }, 'run finished')
    case 'run_missed': {
      const { run, error } = event
      return log.error(
        { run: run.id, slot: run.slot, kind: error.kind, code: error.code },
        `run missed: ${error.message}`,
      )
    }
    case 'run_extended':
      return log.debug({ levels: event.levels.length, probes: event.n_probes }, 'run extended')
    case 'probe_started': {
      const { id: probe, provider, model, region } = event.probe
      return log.debug({ probe, provider, model, region }, 'probe started')
    }
    case 'store_failed': {
      const { kind, code, message } = event.error
      return log.error({ kind, code }, message)
    }
  }
}

const slotOf = ({ id: run, slot }: RunRow) => ({ run, slot })

const countsOf = (run: RunRow) => ({
  status: run.status,
  reason: run.status_reason,
  succeeded: run.n_succeeded,
  failed: run.n_failed,
  skipped: run.n_skipped,
})

function logProbe(log: Logger, event: ProbeEvent): void {
  const { result } = event
  switch (event.type) {
    case 'probe_recorded': {
      logResult(log, result)
      const { left_out } = event
      if (left_out.length > 0)
        log.warn({ ...identityOf(result), left_out }, 'result recorded in part: the whole is too large')
      return
    }
    case 'probe_spooled':
      logResult(log, result)
      return log.warn(
        { ...identityOf(result), kind: event.error.kind, code: event.error.code, error: event.error.message },
        'result spooled',
      )
    case 'probe_lost': {
      // The call was paid for, so the log keeps its row; texts and timeline might exceed what a log line holds.
      const row = { ...result, response_text: null }
      return log.error(
        { ...identityOf(result), error: event.error.message, result: row },
        'result not recorded',
      )
    }
  }
}

const identityOf = ({ run_id: run, probe_id: probe, provider, model }: ResultRow) => ({
  run,
  probe,
  provider,
  model,
})

function logResult(log: Logger, result: ResultRow): void {
  const { ttft_ms, tps, error_kind, fault_domain, status_code: status } = result
  if (result.success) log.debug({ ...identityOf(result), ttft_ms, tps }, 'probe succeeded')
  else
    log.error(
      { ...identityOf(result), error_kind, fault_domain, status },
      result.error_message ?? 'probe failed',
    )
}
