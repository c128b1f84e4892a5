import type { Transition } from '../core/incident.ts'
import { freshFrom, inOrder, kindsOf, open, openOf, resolve } from './judgement.ts'
import { rules } from './rules.ts'
import type { SeenAttempt, TargetWindow } from './window.ts'

const isOurs = ({ faultDomain }: SeenAttempt): boolean =>
  faultDomain === 'account' || faultDomain === 'config'

/**
 * `misconfigured`: a key, an account or a parameter is refused. It is no check, so it is judged in whatever state the
 * target is.
 */
export function judgeMisconfigured(window: TargetWindow): Transition[] {
  // What was our machine's fault, or a content filter's, says nothing of either.
  const attempts = inOrder(window.attempts).filter(
    ({ faultDomain }) => faultDomain !== 'self' && faultDomain !== 'excluded',
  )
  const incident = openOf(window, 'misconfigured')
  if (incident !== undefined) {
    const latest = attempts.slice(-rules.misconfigured.ok)
    const isUp = latest.length === rules.misconfigured.ok && latest.every(({ success }) => success)
    return isUp ? [resolve(incident, 'recovered')] : []
  }
  const refused = attempts.slice(attempts.findLastIndex((attempt) => !isOurs(attempt)) + 1)
  const [first, last] = [refused[0], refused.at(-1)]
  if (first === undefined || last === undefined || refused.length < rules.misconfigured.failed) return []
  if (last.at < freshFrom(window.now, window.intervalMs)) return []
  const evidence = { failures: refused.length, fault_domain: last.faultDomain, error_kinds: kindsOf(refused) }
  return open(window, { kind: 'misconfigured', firstBadAt: first.at, newsAt: last.at, evidence })
}
