import { type SetThresholds, type Thresholds, thresholdsWith } from '../alerts/thresholds.ts'
import type { IncidentKind, Transition } from '../core/incident.ts'
import { isInMaintenance, type MaintainedTarget, type MaintenanceWindow } from '../run/maintenance.ts'
import type { AlertStore, Evaluation } from '../store/alert-store.ts'
import type { App } from './app.ts'

/** What judging needs of an installation. */
export type JudgeApp = Pick<App, 'config' | 'clock' | 'host'>

/** Everything that is judged has a scope, and a version that must not have moved when what was decided is applied. */
export type Versioned = Omit<Evaluation, 'expectedVersion' | 'transitions'> & { version: number }

/** What judgements are made with. */
export interface JudgeParts {
  store: AlertStore
  app: JudgeApp
  /** What judgements know beside what was read. */
  at: (read: { now: Date; rules: SetThresholds }) => Promise<Known>
  /** The maintenance windows, as they were lately. */
  windows: () => Promise<readonly MaintenanceWindow[]>
}

/** The moment, kinds that are shown only, the numbers that apply, and what is in maintenance. */
export interface Known {
  now: Date
  shadow: readonly IncidentKind[]
  thresholds: Thresholds
  maintains: (of: MaintainedTarget) => boolean
}

/** How long the list of maintenance windows is believed, in ms. */
const windowsMs = 60_000

/** Opens the parts of a judge. */
export function openParts(store: AlertStore, app: JudgeApp): JudgeParts {
  const { clock, config } = app
  let read: { at: number; rows: Awaited<ReturnType<AlertStore['listMaintenance']>>['rows'] } | null = null
  const windows = async () => {
    if (read === null || clock.now() - read.at > windowsMs)
      read = { at: clock.now(), rows: (await store.listMaintenance({})).rows }
    return read.rows
  }
  return {
    store,
    app,
    at: async ({ now, rules }) => {
      const rows = await windows()
      const { shadow } = config.alerts
      const maintains = (of: MaintainedTarget) => isInMaintenance(rows, of, now)
      return { now, shadow, thresholds: thresholdsWith(rules), maintains }
    },
    windows,
  }
}

/** Applies what was decided of a scope; false if it was judged meanwhile, and nothing was changed. */
export async function apply(
  { store }: JudgeParts,
  { scope, version, evaluatedUntil }: Versioned,
  transitions: readonly Transition[],
): Promise<boolean> {
  if (transitions.length === 0) return true
  const evaluation = { scope, expectedVersion: version, evaluatedUntil, transitions }
  return (await store.applyTransitions(evaluation)).applied
}

/** Times that a scope is judged again which others judged meanwhile; then it is left to the next judgement. */
const mostTries = 3

/** What came of judging: whether anything is to change, and whether others were faster. */
export interface Judged {
  changed: boolean
  moved: boolean
}

/** Judges until nobody was faster; tells whether anything changed. */
export async function settled(judge: () => Promise<Judged>): Promise<boolean> {
  let changed = false
  for (let tries = 0; tries < mostTries; tries += 1) {
    const came = await judge()
    changed ||= came.changed
    if (!came.moved) break
  }
  return changed
}
