import { judgeProvider } from '../alerts/judge-provider.ts'
import { judgeTarget } from '../alerts/judge-target.ts'
import type { Transition } from '../core/incident.ts'
import type { AlertStore } from '../store/alert-store.ts'
import { apply, type Judged, type JudgeParts, type Known, settled } from './judge-parts.ts'

/** A target in a region. */
export interface Place {
  targetId: string
  region: string
}

type TargetRow = Awaited<ReturnType<AlertStore['readAlertInputs']>>['rows'][number]
type ProviderRow = Awaited<ReturnType<AlertStore['readProviderInputs']>>['rows'][number]

const transitionsOf = (row: TargetRow, { maintains, ...known }: Known): Transition[] =>
  judgeTarget({ ...row, ...known, inMaintenance: maintains(row.subject) })

/** Whether an outage begins or ends, by which its provider is judged too. */
const isOfOutage = (transition: Transition): boolean =>
  ('kind' in transition ? transition.kind : transition.incident.kind) === 'down'

/** Judges a target in a region, and its provider if its outage began or ended. */
export const judgePlace = (parts: JudgeParts, place: Place): Promise<boolean> =>
  settled(async () => {
    const read = await parts.store.readAlertInputs({ ...place })
    const known = await parts.at(read)
    const came: Judged = { changed: false, moved: false }
    for (const row of read.rows) {
      const transitions = transitionsOf(row, known)
      came.changed ||= transitions.length > 0
      came.moved ||= !(await apply(parts, row, transitions))
      if (transitions.some(isOfOutage)) await judgeProviders(parts, row.subject.provider)
    }
    return came
  })

/** Judges every target with results that nobody judged. */
export async function judgePending(parts: JudgeParts): Promise<boolean> {
  const { rows, more, ...read } = await parts.store.readAlertInputs({})
  const known = await parts.at(read)
  const quiet: TargetRow[] = []
  let changed = false
  for (const row of rows) {
    const transitions = transitionsOf(row, known)
    if (transitions.length === 0) quiet.push(row)
    else changed = true
    await apply(parts, row, transitions)
  }
  const scopes = quiet.map(({ scope, version, evaluatedUntil }) => ({
    scope,
    expectedVersion: version,
    evaluatedUntil,
  }))
  if (scopes.length > 0) await parts.store.markEvaluated({ scopes })
  const others = more && rows.length > 0 && (await judgePending(parts))
  return changed || others
}

/** Judges a provider, or all. */
export const judgeProviders = (parts: JudgeParts, provider: string | null): Promise<boolean> =>
  settled(async () => {
    const read = await parts.store.readProviderInputs({ provider })
    const known = await parts.at(read)
    const came: Judged = { changed: false, moved: false }
    for (const row of read.rows) {
      const transitions = judgeProvider(windowOf(row, known))
      came.changed ||= transitions.length > 0
      came.moved ||= !(await apply(parts, row, transitions))
    }
    return came
  })

function windowOf(row: ProviderRow, { maintains, ...known }: Known) {
  const { provider } = row.subject
  const targets = row.targets.map((target) => ({
    ...target,
    inMaintenance: maintains({ provider, targetId: target.targetId }),
  }))
  return { ...row, ...known, inMaintenance: maintains({ provider, targetId: null }), targets }
}
