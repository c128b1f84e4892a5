import { judgeDrift } from '../alerts/judge-drift.ts'
import { judgeModel } from '../alerts/judge-model.ts'
import { judgeSystem } from '../alerts/judge-system.ts'
import { rules } from '../alerts/rules.ts'
import { judgeHealth } from '../run/health.ts'
import { maintainedScopes } from '../run/maintenance.ts'
import type { AlertStore } from '../store/alert-store.ts'
import { apply, type JudgeApp, type JudgeParts, openParts } from './judge-parts.ts'
import { judgePending, judgePlace, judgeProviders, type Place } from './judge-targets.ts'

/**
 * Judges what is recorded, and applies what comes of it. Each act tells whether anything changed; rejects with
 * StoreError. It has no memory: what is judged twice, or not at all, comes out right the next time.
 */
export interface Judge {
  /** A target in a region, and with it its provider if its outage began or ended. */
  target: (place: Place) => Promise<boolean>
  /** Every target with results that nobody judged, every provider, and the installation; sends reminders. */
  rest: () => Promise<boolean>
  /** The models that are benchmarked: after a sync. */
  models: () => Promise<boolean>
  /** What changes slowly: once a day. */
  drift: () => Promise<boolean>
}

/** Opens a judge on a store. */
export function openJudge(store: AlertStore, app: JudgeApp): Judge {
  const parts = openParts(store, app)
  return {
    target: (place) => judgePlace(parts, place),
    rest: async () => {
      const pending = await judgePending(parts)
      const providers = await judgeProviders(parts, null)
      const installation = await judgeInstallation(parts)
      const reminded = await remind(parts)
      return pending || providers || installation || reminded
    },
    models: () => judgeModels(parts),
    drift: () => judgeDrifts(parts, null),
  }
}

/** Reminds of what is open, but for what is in maintenance. */
async function remind(parts: JudgeParts): Promise<boolean> {
  const { everyHours, most } = rules.reminders
  const maintained = maintainedScopes(await parts.windows(), parts.app.clock.date())
  const { reminded } = await parts.store.remindIncidents({
    everyMs: everyHours * 3_600_000,
    most,
    maintained,
  })
  return reminded > 0
}

async function judgeInstallation(parts: JudgeParts): Promise<boolean> {
  const { store, app } = parts
  const { schedule, budget } = app.config.defaults
  const input = await store.readSystemInputs({ schedule: schedule.name, host: app.host })
  const { lastFinishedAt, spent } = input
  const { maintains, ...known } = await parts.at(input)
  const transitions = judgeSystem({
    ...input,
    ...known,
    inMaintenance: maintains({ provider: null, targetId: null }),
    schedule: { ...judgeHealth({ lastFinishedAt, now: known.now }, schedule), lastFinishedAt },
    spent: {
      day: { ...spent.day, limitUsd: budget?.usdPerDay ?? null },
      month: { ...spent.month, limitUsd: budget?.usdPerMonth ?? null },
    },
  })
  await apply(parts, input, transitions)
  return transitions.length > 0
}

async function judgeModels(parts: JudgeParts): Promise<boolean> {
  const read = await parts.store.readModelInputs({})
  const { maintains, ...known } = await parts.at(read)
  let changed = false
  for (const row of read.rows) {
    const inMaintenance = maintains({ provider: row.subject.provider, targetId: null })
    const transitions = judgeModel({ ...row, ...known, inMaintenance })
    changed ||= transitions.length > 0
    await apply(parts, row, transitions)
  }
  return changed
}

async function judgeDrifts(parts: JudgeParts, after: string | null): Promise<boolean> {
  const page = await parts.store.readDriftInputs({ after, limit: 50 })
  const { maintains, ...known } = await parts.at(page)
  let changed = false
  for (const row of page.rows) {
    const transitions = judgeDrift({ ...row, ...known, inMaintenance: maintains(row.subject) })
    changed ||= transitions.length > 0
    await apply(parts, row, transitions)
  }
  const others = page.next !== null && (await judgeDrifts(parts, page.next))
  return changed || others
}
