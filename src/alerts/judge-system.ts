import type { Transition } from '../core/incident.ts'
import { judgeBudget } from './budget.ts'
import { open, openOf, resolve } from './judgement.ts'
import type { SystemWindow } from './window.ts'

/** What changes of the incidents of the installation itself. */
export function judgeSystem(window: SystemWindow): Transition[] {
  if (window.inMaintenance) return []
  return [
    ...judgeSilence(window),
    ...judgeOwnOutage(window),
    ...judgeBudget(window),
    ...judgeCalibration(window),
  ]
}

/** `silent`: no scheduled run finished for too long. An installation that never ran one is not silent. */
function judgeSilence(window: SystemWindow): Transition[] {
  const incident = openOf(window, 'silent')
  const { schedule } = window
  if (incident !== undefined) return schedule?.state === 'kept' ? [resolve(incident, 'recovered')] : []
  if (schedule?.state !== 'overdue' || schedule.lastFinishedAt === null) return []
  const overdueAt = new Date(schedule.lastFinishedAt.getTime() + (schedule.limitMs ?? 0))
  const evidence = { last_finished_at: schedule.lastFinishedAt.toISOString(), limit_ms: schedule.limitMs }
  return open(window, { kind: 'silent', firstBadAt: overdueAt, newsAt: overdueAt, evidence })
}

/** `own_outage`: most targets of the last scheduled run failed on our network. */
function judgeOwnOutage(window: SystemWindow): Transition[] {
  const { lastRun } = window
  const incident = openOf(window, 'own_outage')
  if (lastRun === null) return []
  const { id, finishedAt, ownOutage } = lastRun
  if (ownOutage === null) return incident === undefined ? [] : [resolve(incident, 'recovered')]
  if (incident !== undefined) return []
  const evidence = { run_id: id, reason: ownOutage }
  return open(window, { kind: 'own_outage', firstBadAt: finishedAt, newsAt: finishedAt, evidence })
}

/** `calibration`: this machine stamps arrivals too late to be believed. */
function judgeCalibration(window: SystemWindow): Transition[] {
  const { calibration } = window
  const { p99_ms: mostMs } = window.thresholds.calibration
  const incident = openOf(window, 'calibration')
  if (calibration === null) return []
  const { at, host, p99Ms } = calibration
  if (p99Ms <= mostMs)
    return incident === undefined ? [] : [resolve(incident, 'recovered', { host, p99_ms: p99Ms })]
  if (incident !== undefined) return []
  const evidence = { host, p99_ms: p99Ms, limit_ms: mostMs }
  return open(window, { kind: 'calibration', firstBadAt: at, newsAt: at, evidence })
}
