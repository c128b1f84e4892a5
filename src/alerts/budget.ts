import { severities, type Transition } from '../core/incident.ts'
import { open, openOf, resolve, worsen } from './judgement.ts'
import { severityOf } from './rules.ts'
import type { Spent, SystemWindow } from './window.ts'

const shareOf = ({ usd, limitUsd }: Spent): number => (limitUsd === null ? 0 : usd / limitUsd)

/** `budget`: most of what may be spent in a day or month is spent. */
export function judgeBudget(window: SystemWindow): Transition[] {
  const { day, month } = window.spent
  const [period, spent] =
    shareOf(day) >= shareOf(month) ? (['day', day] as const) : (['month', month] as const)
  const share = shareOf(spent)
  const incident = openOf(window, 'budget')
  const { share: most, worse_share: worse } = window.thresholds.budget
  if (share < most) return incident === undefined ? [] : [resolve(incident, 'recovered')]
  const severity = share >= worse ? 'major' : severityOf.budget
  const evidence = {
    period,
    usd: spent.usd,
    limit_usd: spent.limitUsd,
    limit_share: most,
    worse_share: worse,
  }
  if (incident !== undefined) return worsen(incident, severity, evidence)
  const last = window.past.budget?.last ?? null
  // A person who resolved it knows of this period, until it is worse than it was.
  const isKnown =
    last !== null &&
    last.reason === 'by_hand' &&
    last.resolvedAt >= spent.since &&
    severities.indexOf(severity) <= severities.indexOf(last.severity)
  if (isKnown) return []
  return open(window, { kind: 'budget', severity, firstBadAt: window.now, newsAt: window.now, evidence })
}
