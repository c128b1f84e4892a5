import type { Transition } from '../core/incident.ts'
import { open, openOf, resolve } from './judgement.ts'
import { judgeModelSwap } from './model-swap.ts'
import type { ModelWindow } from './window.ts'

/** What changes of the incidents of a model. */
export function judgeModel(window: ModelWindow): Transition[] {
  if (!window.hasActiveTarget) return window.open.map((incident) => resolve(incident, 'gone'))
  if (window.inMaintenance) return []
  return [...judgeGone(window), ...judgePrice(window), ...judgeModelSwap(window)]
}

/** `model_gone`: its provider no longer lists a model that is benchmarked. */
function judgeGone(window: ModelWindow): Transition[] {
  const { missedSyncs, lastSync, thresholds } = window
  const incident = openOf(window, 'model_gone')
  if (missedSyncs === 0 || lastSync === null)
    return incident === undefined || lastSync === null ? [] : [resolve(incident, 'recovered')]
  if (incident !== undefined || missedSyncs < thresholds.model_gone.syncs) return []
  const evidence = { syncs: missedSyncs, limit_syncs: thresholds.model_gone.syncs }
  return open(window, { kind: 'model_gone', firstBadAt: lastSync.at, newsAt: lastSync.at, evidence })
}

/** `price_change`: the last sync changed the price; the next one ends it. */
function judgePrice(window: ModelWindow): Transition[] {
  const { lastSync, priceChange } = window
  if (lastSync === null) return []
  const incident = openOf(window, 'price_change')
  const isOver = incident !== undefined && incident.evidence['sync_id'] !== lastSync.id
  const ended = isOver ? [resolve(incident, 'expired')] : []
  if (priceChange === null || (incident !== undefined && !isOver)) return ended
  const { at, before, after, source } = priceChange
  const evidence = {
    sync_id: lastSync.id,
    input_before: before.inputPerM,
    input_after: after.inputPerM,
    output_before: before.outputPerM,
    output_after: after.outputPerM,
    source,
  }
  return [...ended, ...open(window, { kind: 'price_change', firstBadAt: at, newsAt: at, evidence })]
}
