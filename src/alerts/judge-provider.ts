import type { Incident, Transition } from '../core/incident.ts'
import { open, openOf, resolve } from './judgement.ts'
import type { ProviderWindow, SeenTarget } from './window.ts'

const isDown = ({ state, down }: SeenTarget): boolean => state === 'down' || down !== null
const isKnown = ({ state }: SeenTarget): boolean => state === 'up' || state === 'failing' || state === 'down'

/** `provider_wide`: many targets of a provider are down. It tells their incidents, which become its children. */
export function judgeProvider(window: ProviderWindow): Transition[] {
  const incident = openOf(window, 'provider_wide')
  const targets = window.targets.filter(({ state }) => state !== 'paused' && state !== 'deleted')
  if (incident !== undefined && targets.length === 0) return [resolve(incident, 'gone')]
  if (window.inMaintenance) return []
  if (incident === undefined) {
    const opened = openWide(window, targets)
    return opened.length === 0 ? [] : [...opened, ...adopt(window, targets)]
  }
  return targets.some(isDown) ? adopt(window, targets) : [resolve(incident, 'recovered')]
}

function openWide(window: ProviderWindow, targets: readonly SeenTarget[]): Transition[] {
  const judged = targets.filter((target) => isKnown(target) && !target.inMaintenance)
  const down = judged.filter(isDown)
  const nTargets = new Set(down.map(({ targetId }) => targetId)).size
  const { targets: fewest, share } = window.thresholds.provider_wide
  if (nTargets < fewest || down.length < share * judged.length) return []
  const since = down.map((target) => (target.down?.firstBadAt ?? target.since ?? window.now).getTime())
  const evidence = {
    down: down.length,
    targets: judged.length,
    models: [...new Set(down.map(({ model }) => model))].toSorted(),
    limit_targets: fewest,
    limit_share: share,
  }
  const [firstBadAt, newsAt] = [new Date(Math.min(...since)), new Date(Math.max(...since))]
  return open(window, { kind: 'provider_wide', firstBadAt, newsAt, evidence })
}

const adopt = ({ scope }: ProviderWindow, targets: readonly SeenTarget[]): Transition[] =>
  targets
    .flatMap(({ down, inMaintenance }) => (down === null || inMaintenance ? [] : [down]))
    .filter(({ parentId }: Incident) => parentId === null)
    .map((incident) => ({ do: 'adopt', incident, parentScope: scope }))
