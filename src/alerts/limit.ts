import type { Incident, Transition } from '../core/incident.ts'
import { freshFrom, inOrder, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import { valuesOf } from './timing.ts'
import type { TargetWindow } from './window.ts'

const limited = ['ttft', 'latency'] as const
type Limited = (typeof limited)[number]

const limitOf = ({ limits }: TargetWindow, metric: Limited): number | null =>
  metric === 'ttft' ? limits.ttftMs : limits.latencyMs

/** `limit`: samples in a row took longer than a person allows. */
export function judgeLimit(window: TargetWindow): Transition[] {
  const incident = openOf(window, 'limit')
  if (incident !== undefined) return end(window, incident)
  const { over } = window.thresholds.limit
  for (const metric of limited) {
    const limitMs = limitOf(window, metric)
    if (limitMs === null) continue
    const latest = valuesOf(metric, inOrder(window.samples)).slice(-over)
    const [first, last] = [latest[0], latest.at(-1)]
    if (first === undefined || last === undefined) continue
    if (latest.length < over || first.at < freshFrom(window.now, window.intervalMs)) continue
    if (latest.some(({ ms }) => ms <= limitMs)) continue
    const evidence = { metric, limit_ms: limitMs, recent_ms: latest.map(({ ms }) => ms).toReversed() }
    return open(window, { kind: 'limit', firstBadAt: first.at, newsAt: last.at, evidence })
  }
  return []
}

function end(window: TargetWindow, incident: Incident): Transition[] {
  const metric = limited.find((each) => each === incident.evidence['metric'])
  const limitMs = metric === undefined ? null : limitOf(window, metric)
  if (metric === undefined || limitMs === null) return [resolve(incident, 'expired')]
  const latest = valuesOf(metric, inOrder(window.samples)).slice(-rules.limit.under)
  const isUnder = latest.length === rules.limit.under && latest.every(({ ms }) => ms <= limitMs)
  return isUnder ? [resolve(incident, 'recovered')] : []
}
