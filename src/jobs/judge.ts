import { judgeDrift } from '../alerts/judge-drift.ts'
import { judgeModel } from '../alerts/judge-model.ts'
import { judgeProvider } from '../alerts/judge-provider.ts'
import { judgeSystem } from '../alerts/judge-system.ts'
import { judgeTarget } from '../alerts/judge-target.ts'
import { rules } from '../alerts/rules.ts'
import type { Transition } from '../core/incident.ts'
import { judgeHealth } from '../run/health.ts'
import { isInMaintenance, type MaintainedTarget } from '../run/maintenance.ts'
import type { Evaluation, AlertStore } from '../store/alert-store.ts'
import type { App } from './app.ts'

/** A target in a region. */
export interface Judged {
  targetId: string
  region: string
}

/** Judges what is recorded, and applies what comes of it. Each tells whether anything changed; rejects with StoreError. */
export interface Judge {
  /** A target in a region, and with it its provider if its outage began or ended. */
  target: (of: Judged) => Promise<boolean>
  /** Every target with results that nobody judged, every provider, and the installation; sends reminders. */
  rest: () => Promise<boolean>
  /** The models of a provider, or of all: after a sync. */
  models: () => Promise<boolean>
  /** What changes slowly: once a day. */
  drift: () => Promise<boolean>
}

/** Evaluations of a scope that others changed meanwhile, before it is left to the next one. */
const mostTries = 3

/** Everything that is evaluated has a scope, and a version that must not have moved. */
type Versioned = Omit<Evaluation, 'expectedVersion' | 'transitions'> & { version: number }

/** How long the list of maintenance windows is believed, in ms. */
const windowsMs = 60_000

/** Opens a judge. It has no memory: whatever it is given twice, or not at all, comes out right the next time. */
export function openJudge(
  store: AlertStore,
  { config, clock, host }: Pick<App, 'config' | 'clock' | 'host'>,
): Judge {
  const {
    defaults,
    alerts: { shadow },
  } = config
  let known: { at: number; rows: Awaited<ReturnType<AlertStore['listMaintenance']>>['rows'] } | null = null
  const windows = async () => {
    if (known === null || clock.now() - known.at > windowsMs)
      known = { at: clock.now(), rows: (await store.listMaintenance({})).rows }
    return known.rows
  }
  const seenBy = async (now: Date) => {
    const rows = await windows()
    return { now, shadow, maintained: (of: MaintainedTarget) => isInMaintenance(rows, of, now) }
  }

  const apply = async (input: Versioned, transitions: readonly Transition[]): Promise<boolean> => {
    if (transitions.length === 0) return true
    const { scope, version, evaluatedUntil } = input
    const evaluation = { scope, expectedVersion: version, evaluatedUntil, transitions }
    return (await store.applyTransitions(evaluation)).applied
  }

  const provider = async (slug: string | null): Promise<boolean> => {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const { now, rows } = await store.readProviderInputs({ provider: slug })
      const { shadow: shown, maintained } = await seenBy(now)
      let [changed, moved] = [false, false]
      for (const row of rows) {
        const { provider: name } = row.subject
        const transitions = judgeProvider({
          ...row,
          now,
          shadow: shown,
          inMaintenance: maintained({ provider: name, targetId: null }),
          targets: row.targets.map((target) => ({
            ...target,
            inMaintenance: maintained({ provider: name, targetId: target.targetId }),
          })),
        })
        changed ||= transitions.length > 0
        moved ||= !(await apply(row, transitions))
      }
      if (!moved) return changed
    }
    return true
  }

  type TargetRow = Awaited<ReturnType<AlertStore['readAlertInputs']>>['rows'][number]
  const judgeRow = async (row: TargetRow, now: Date) => {
    const { shadow: shown, maintained } = await seenBy(now)
    const transitions = judgeTarget({ ...row, now, shadow: shown, inMaintenance: maintained(row.subject) })
    const applied = await apply(row, transitions)
    const touchesProvider = transitions.some(
      (each) => ('kind' in each ? each.kind : each.incident.kind) === 'down',
    )
    return { transitions, applied, touchesProvider }
  }

  const targets = async (): Promise<boolean> => {
    let changed = false
    for (let more = true; more;) {
      const { now, rows, more: left } = await store.readAlertInputs({})
      const done: Versioned[] = []
      for (const row of rows) {
        const { transitions, applied } = await judgeRow(row, now)
        changed ||= transitions.length > 0
        if (transitions.length === 0 && applied) done.push(row)
      }
      if (done.length > 0)
        await store.markEvaluated({
          scopes: done.map(({ scope, version, evaluatedUntil }) => ({
            scope,
            expectedVersion: version,
            evaluatedUntil,
          })),
        })
      more = left && rows.length > 0
    }
    return changed
  }

  const system = async (): Promise<boolean> => {
    const input = await store.readSystemInputs({ schedule: defaults.schedule.name, host })
    const { now, lastFinishedAt, spent } = input
    const { shadow: shown, maintained } = await seenBy(now)
    const health = judgeHealth({ lastFinishedAt, now }, defaults.schedule)
    const transitions = judgeSystem({
      ...input,
      shadow: shown,
      inMaintenance: maintained({ provider: null, targetId: null }),
      schedule: { ...health, lastFinishedAt },
      spent: {
        day: { ...spent.day, limitUsd: defaults.budget?.usdPerDay ?? null },
        month: { ...spent.month, limitUsd: defaults.budget?.usdPerMonth ?? null },
      },
    })
    await apply(input, transitions)
    return transitions.length > 0
  }

  return {
    target: async (of) => {
      let changed = false
      for (let tries = 0; tries < mostTries; tries += 1) {
        const { now, rows } = await store.readAlertInputs(of)
        let [moved, touched] = [false, new Set<string | null>()]
        for (const row of rows) {
          const { transitions, applied, touchesProvider } = await judgeRow(row, now)
          changed ||= transitions.length > 0
          moved ||= !applied
          if (touchesProvider) touched.add(row.subject.provider)
        }
        for (const slug of touched) await provider(slug)
        if (!moved) break
      }
      return changed
    },
    rest: async () => {
      const changed = [await targets(), await provider(null), await system()]
      const { everyHours, most } = rules.reminders
      const { reminded } = await store.remindIncidents({ everyMs: everyHours * 3_600_000, most })
      return changed.includes(true) || reminded > 0
    },
    models: async () => {
      const { now, rows } = await store.readModelInputs({})
      const { shadow: shown, maintained } = await seenBy(now)
      let changed = false
      for (const row of rows) {
        const inMaintenance = maintained({ provider: row.subject.provider, targetId: null })
        const transitions = judgeModel({ ...row, now, shadow: shown, inMaintenance })
        changed ||= transitions.length > 0
        await apply(row, transitions)
      }
      return changed
    },
    drift: async () => {
      let changed = false
      for (let after: string | null = null; ;) {
        const page = await store.readDriftInputs({ after, limit: 50 })
        const { shadow: shown, maintained } = await seenBy(page.now)
        for (const row of page.rows) {
          const transitions = judgeDrift({
            ...row,
            now: page.now,
            shadow: shown,
            inMaintenance: maintained(row.subject),
          })
          changed ||= transitions.length > 0
          await apply(row, transitions)
        }
        if (page.next === null) return changed
        after = page.next
      }
    },
  }
}
