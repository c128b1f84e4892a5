import type { Transition } from '../core/incident.ts'
import { freshFrom, inOrder, kindsOf, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import type { TargetWindow } from './window.ts'

const { cleanOf } = rules.errors

/** `errors`: many checks failed that are not in a row. Those of an outage, which ended at `downUntil`, were told by it. */
export function judgeErrors(window: TargetWindow, downUntil: Date | null): Transition[] {
  const checks = inOrder(window.checks)
  const clean = checks.slice(-cleanOf)
  const isClean = clean.length === cleanOf && clean.every(({ ok }) => ok)
  const incident = openOf(window, 'errors')
  if (incident !== undefined) return isClean ? [resolve(incident, 'recovered')] : []
  const { failed: most, of } = window.thresholds.errors
  const from = freshFrom(window.now, window.intervalMs)
  const counted = checks.slice(-of).filter(({ at }) => at >= from && (downUntil === null || at > downUntil))
  const failed = counted.filter(({ ok }) => !ok)
  const [first, last] = [failed[0], failed.at(-1)]
  if (isClean || failed.length < most || first === undefined || last === undefined) return []
  const evidence = {
    failed: failed.length,
    n: counted.length,
    error_kinds: kindsOf(failed),
    limit_failed: most,
    limit_n: of,
  }
  return open(window, { kind: 'errors', firstBadAt: first.at, newsAt: last.at, evidence })
}
