import type { Evidence, Incident, Transition } from '../core/incident.ts'
import { burnRate } from '../core/objective.ts'
import { freshFrom, inOrder, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import { valuesOf } from './timing.ts'
import type { SeenObjective, TargetWindow } from './window.ts'

const { bad: fewest, cleanOf, calm } = rules.slo
const periods = ['day', 'week'] as const

/** What counted last for an objective, the oldest first. */
function latestOf(
  window: TargetWindow,
  { objective, withinMs }: SeenObjective,
): { at: Date; bad: boolean }[] {
  const all =
    objective === 'availability'
      ? inOrder(window.checks).map(({ at, ok }) => ({ at, bad: !ok }))
      : valuesOf(objective, inOrder(window.samples)).map(({ at, ms }) => ({ at, bad: ms > (withinMs ?? 0) }))
  return all.slice(-cleanOf)
}

/**
 * `slo`: an objective of the target spends in a day or a week what it may in weeks. All objectives of a target in a region are one
 * incident. An outage does not end it: what that spent is spent.
 */
export function judgeSlo(window: TargetWindow): Transition[] {
  const incident = openOf(window, 'slo')
  if (incident !== undefined) return end(window, incident)
  for (const seen of window.objectives) {
    const period = periods.find(
      (each) => seen[each].bad >= fewest && burnRate(seen[each], seen.share) >= rules.slo[each],
    )
    const last = latestOf(window, seen).findLast(({ bad }) => bad)
    if (period === undefined || last === undefined) continue
    if (last.at < freshFrom(window.now, window.intervalMs)) continue
    const firstBadAt = seen[period].since ?? last.at
    return open(window, { kind: 'slo', firstBadAt, newsAt: last.at, evidence: evidenceOf(seen) })
  }
  return []
}

function end(window: TargetWindow, incident: Incident): Transition[] {
  const { objectives } = window
  if (objectives.every(({ objective }) => objective !== incident.evidence['objective']))
    return [resolve(incident, 'expired')]
  return objectives.every((seen) => isCalm(window, seen)) ? [resolve(incident, 'recovered')] : []
}

function isCalm(window: TargetWindow, seen: SeenObjective): boolean {
  const latest = latestOf(window, seen)
  const isClean = latest.length === cleanOf && latest.every(({ bad }) => !bad)
  return isClean && periods.every((each) => burnRate(seen[each], seen.share) < calm * rules.slo[each])
}

const evidenceOf = ({ objective, share, withinMs, day, week }: SeenObjective): Evidence => ({
  objective,
  share,
  within_ms: withinMs,
  n_24h: day.n,
  bad_24h: day.bad,
  burn_24h: burnRate(day, share),
  n_7d: week.n,
  bad_7d: week.bad,
  burn_7d: burnRate(week, share),
})
