import type { Transition } from '../core/incident.ts'
import { inOrder, kindsOf, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import type { TargetWindow } from './window.ts'

/** `down`: opened by the state of the target, resolved by good checks in a row. */
export function judgeDown(window: TargetWindow): Transition[] {
  const incident = openOf(window, 'down')
  const checks = inOrder(window.checks)
  if (incident === undefined) {
    const { state, now, since: began, lastCheckAt } = window
    if (state !== 'down') return []
    const since = began ?? now
    const failed = checks.filter(({ ok, at }) => !ok && at >= since)
    const evidence = { failures: failed.length, error_kinds: kindsOf(failed) }
    return open(window, { kind: 'down', firstBadAt: since, newsAt: lastCheckAt ?? since, evidence })
  }
  const latest = checks.slice(-rules.down.ok)
  // The database alone judges the state.
  const isUp = window.state === 'up' && latest.length === rules.down.ok && latest.every(({ ok }) => ok)
  return isUp ? [resolve(incident, 'recovered')] : []
}
