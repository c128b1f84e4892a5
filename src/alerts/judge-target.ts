import type { Transition } from '../core/incident.ts'
import { judgeDown } from './down.ts'
import { judgeErrors } from './errors.ts'
import { openOf, resolve } from './judgement.ts'
import { judgeLimit } from './limit.ts'
import { judgeMisconfigured } from './misconfigured.ts'
import { judgeSlo } from './slo.ts'
import { judgeSlow } from './slow.ts'
import type { TargetWindow } from './window.ts'

/**
 * What changes of the incidents of a target in a region; `drift` has a judgement of its own. It looks at the data
 * alone, so judging the same again, after what it asked for was applied, asks for nothing.
 */
export function judgeTarget(window: TargetWindow): Transition[] {
  const { state } = window
  if (state === 'paused' || state === 'deleted')
    return window.open.map((incident) => resolve(incident, 'gone'))
  if (window.inMaintenance) return []
  const refused = judgeMisconfigured(window)
  if (state === 'stale' || state === 'unknown') return refused
  return [...refused, ...judgeSlo(window), ...judgeChecks(window)]
}

function judgeChecks(window: TargetWindow): Transition[] {
  const down = judgeDown(window)
  const isResolved = down.some((transition) => transition.do === 'resolve')
  const isTold = openOf(window, 'down') !== undefined || down.length > 0
  if (isTold && !isResolved) return [...down, ...supersede(window)]
  // A person resolved it, and nothing has failed since.
  if (window.state === 'down') return []
  const downUntil = isResolved ? window.now : (window.past.down?.last?.resolvedAt ?? null)
  return [...down, ...judgeErrors(window, downUntil), ...judgeSlow(window), ...judgeLimit(window)]
}

const supersede = ({ open }: TargetWindow): Transition[] =>
  open
    .filter(({ kind }) => kind === 'errors' || kind === 'slow' || kind === 'limit')
    .map((incident) => resolve(incident, 'superseded'))
