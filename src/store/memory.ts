import { type Clock, systemClock } from '../core/clock.ts'
import type { Plan, Probe } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { toResultRow } from './rows.ts'
import {
  type Health,
  type RecordedResult,
  type ResultRow,
  type RunRecord,
  type Store,
  StoreError,
} from './store.ts'

interface Kept {
  run: RunRecord
  plan: Plan
  /** The probes not yet taken, in the order of the plan. */
  planned: Plan['probes']
  rows: Map<string, ResultRow>
}

const neverKept = () => new StoreError('missing', 'this store keeps the runs of one process alone')

/** Its runs end with their process: there are no old rows, nobody to calibrate for, and no models to keep. */
const keptNowhere = {
  listTimelines: () => Promise.resolve({ rows: [], next: null }),
  rederiveResults: () => Promise.resolve({ updated: 0 }),
  refreshSummaries: () => Promise.resolve({ refreshed: [] }),
  rebuildRollups: () => Promise.resolve({ rebuiltFrom: null }),
  prune: () => Promise.resolve({ texts: 0, results: 0, closed: null, prunedUntil: null, done: true }),
  countPrunable: () => Promise.resolve({ texts: 0, results: 0, prunedUntil: null }),
  recordCalibration: () => Promise.resolve({ recorded: false }),
  latestCalibration: () => Promise.resolve({ rows: [] }),
  listModels: () => Promise.resolve({ rows: [], next: null }),
  saveSync: () => Promise.resolve({ recorded: false }),
  listSyncs: () => Promise.resolve({ rows: [], next: null }),
  setTarget: () => Promise.resolve({ rows: [], changed: 0 }),
  setPrice: () => Promise.resolve({ price: null }),
  planConfirm: () => Promise.resolve({ planned: false }),
  joinRun: () => Promise.reject(neverKept()),
  fileMissed: () => Promise.reject(neverKept()),
  deliver: () => Promise.reject(neverKept()),
} satisfies Partial<Store>

/** A store that keeps one process's runs until it ends, for `--no-save`. Probes are handed out once: there is no one to take them over. */
export function createMemoryStore(clock: Clock = systemClock): Store {
  const runs = new Map<string, Kept>()
  const keptRun = (id: string): Kept => {
    const kept = runs.get(id)
    if (kept === undefined)
      throw new StoreError('missing', `there is no run ${id}: it was never started here`)
    return kept
  }
  return {
    readCatalog: () => Promise.resolve({ targets: [], paused: [], models: [], pace: [] }),
    startRun: async (plan, region) => {
      const kept = runs.get(plan.id)
      if (kept !== undefined) return { created: false, joined: false, run: kept.run }
      const run = newRun(plan, region, clock.date())
      runs.set(plan.id, { run, plan, planned: [...plan.probes], rows: new Map() })
      return { created: true, joined: true, run }
    },
    claimProbe: async ({ runId, leaseMs, ...which }) => {
      const { plan, planned } = keptRun(runId)
      const index = planned.findIndex((probe) => isMeant(probe, which))
      const [probe] = index < 0 ? [] : planned.splice(index, 1)
      if (probe === undefined) return null
      const leaseUntil = new Date(clock.date().getTime() + leaseMs)
      return { probe, settings: plan.settings, claims: 1, leaseUntil }
    },
    recordResult: async (result) => record(keptRun(result.runId), result, clock.date()),
    skipProbes: async ({ runId }) => {
      const { run, planned } = keptRun(runId)
      const skipped = planned.splice(0).length
      run.nSkipped += skipped
      return { skipped }
    },
    finishRun: async ({ runId, status }) => {
      const { run } = keptRun(runId)
      if (run.status !== 'running') return run
      return Object.assign(run, { status, finishedAt: clock.date() })
    },
    listResults: async ({ runId, after, limit, ...range }) => {
      const kept = typeof runId === 'string' ? [keptRun(runId)] : [...runs.values()]
      const rows = kept.flatMap((each) => [...each.rows.values()]).filter((row) => isWithin(row, range))
      const from = after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1
      const page = rows.slice(from, from + limit)
      const next = from + limit < rows.length ? (page.at(-1)?.id ?? null) : null
      return { rows: page, next, columns: Object.keys(page[0] ?? {}) }
    },
    readHealth: async ({ schedule }) => healthOf([...runs.values()], schedule, clock.date()),
    ...keptNowhere,
    close: () => Promise.resolve(),
  }
}

const isMeant = (
  { id, region, target }: Probe,
  which: { region: string; provider?: string; probeId?: string },
): boolean =>
  region === which.region &&
  (which.provider ?? target.provider) === target.provider &&
  (which.probeId ?? id) === id

const isWithin = (row: ResultRow, range: { since?: Date | null; until?: Date | null }): boolean => {
  const at = new Date(String(row['created_at']))
  return (range.since ?? at) <= at && (range.until == null || at < range.until)
}

function healthOf(kept: readonly Kept[], schedule: string, now: Date): Health {
  const its = kept.map(({ run }) => run).filter((run) => run.schedule === schedule)
  const latest = its.toSorted((a, b) => Number(a.slot) - Number(b.slot)).at(-1)
  const finished = its
    .filter(({ status }) => status === 'finished')
    .map(({ finishedAt }) => Number(finishedAt))
  const lastFinishedAt = finished.length === 0 ? null : new Date(Math.max(...finished))
  return { lastFinishedAt, lastStatus: latest?.status ?? null, now }
}

function record({ run, plan, rows }: Kept, result: Result, createdAt: Date): RecordedResult {
  const recorded = !rows.has(result.id)
  if (recorded) {
    const name = plan.providers.find(({ id }) => id === result.provider)?.name ?? result.provider
    const added = { created_at: createdAt.toISOString(), provider_name: name }
    rows.set(result.id, { ...toResultRow(result), ...added })
    run[result.success ? 'nSucceeded' : 'nFailed'] += 1
  }
  return { recorded, id: result.id, providerId: null, modelId: null, createdAt }
}

/** The record of a run that has just been planned. */
export const newRun = (plan: Plan, region: string, startedAt: Date): RunRecord => ({
  id: plan.id,
  runName: plan.name,
  triggeredBy: plan.trigger,
  mode: plan.mode,
  schedule: plan.schedule,
  slot: plan.slot,
  region,
  status: 'running',
  statusReason: null,
  synthetic: plan.synthetic,
  startedAt,
  finishedAt: null,
  nProbes: plan.probes.length,
  nSucceeded: 0,
  nFailed: 0,
  nSkipped: 0,
})
