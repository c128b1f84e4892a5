import { type Clock, systemClock } from '../core/clock.ts'
import type { Plan, Probe } from '../core/plan.ts'
import type { ResultRow } from '../core/row.ts'
import { settingsFor } from '../core/work.ts'
import type { SkipInput } from './plan-codec.ts'
import { type RecordedResult, type RunRecord, type RunStore, StoreError } from './store.ts'

interface KeptRun {
  run: RunRecord
  plan: Plan
  /** Probes that are not yet claimed, in the order of the plan. */
  planned: Plan['probes']
  /** Ids of the recorded results. */
  results: Set<string>
  /** How many were skipped, by the reason. */
  skipped: Map<string, number>
}

const notHere = () => new StoreError('missing', 'a store in memory knows only the runs of its own process')

/** Nothing outlives the process and no other worker shares its runs. */
const alone = {
  readCatalog: () =>
    Promise.resolve({ targets: [], paused: [], models: [], pace: [], regions: [], lanes: [] }),
  readBudget: () => Promise.reject(notHere()),
  thinTargets: () => Promise.reject(notHere()),
  latestCalibration: () => Promise.resolve({ rows: [] }),
  planConfirm: () => Promise.resolve({ planned: false }),
  joinRun: () => Promise.reject(notHere()),
  fileMissed: () => Promise.reject(notHere()),
  readMetrics: () => Promise.reject(notHere()),
  listSweepResults: () => Promise.reject(notHere()),
  deliver: () => Promise.reject(notHere()),
  close: () => Promise.resolve(),
} satisfies Partial<RunStore>

/**
 * Runs without a database, for `--no-save` and while it is unreachable: it keeps what claiming, counting and
 * closing need, and of a result only its id. Each probe is claimed once, because there is no other worker to
 * take it over.
 */
export function createMemoryStore(clock: Clock = systemClock): RunStore {
  const runs = new Map<string, KeptRun>()
  const keptRun = (id: string): KeptRun => {
    const kept = runs.get(id)
    if (kept === undefined)
      throw new StoreError('missing', `there is no run ${id}: it was never started here`)
    return kept
  }
  return {
    ...alone,
    startRun: async (plan, region) => {
      const kept = runs.get(plan.id)
      if (kept !== undefined) return { created: false, joined: false, run: kept.run }
      const run = newRun(plan, region, clock.date())
      runs.set(plan.id, keep(run, plan))
      return { created: true, joined: true, run }
    },
    claimProbe: async ({ runId, leaseMs, ...which }) => {
      const { plan, planned } = keptRun(runId)
      const index = planned.findIndex((probe) => matches(probe, which))
      const [probe] = index < 0 ? [] : planned.splice(index, 1)
      if (probe === undefined) return null
      const leaseUntil = new Date(clock.date().getTime() + leaseMs)
      const settings = settingsFor(plan.settings, probe.asks)
      return { probe, settings, claims: 1, leaseUntil, ownLoad: isLoad(plan), targetId: null }
    },
    extendRun: async ({ runId, probes }) => {
      const { run, planned } = keptRun(runId)
      for (const probe of probes) planned.push(probe)
      run.nProbes += probes.length
      return { extended: true }
    },
    recordResult: async ({ row }) => record(keptRun(row.run_id), row, clock.date()),
    skipProbes: async ({ runId, ...which }) => ({ skipped: skip(keptRun(runId), which) }),
    finishRun: async ({ runId, status }) => {
      const { run, skipped } = keptRun(runId)
      if (run.status !== 'running') return run
      const skipReasons = Object.fromEntries(skipped)
      return Object.assign(run, { status, finishedAt: clock.date(), skipReasons })
    },
  }
}

function keep(run: RunRecord, plan: Plan): KeptRun {
  const skipped = new Map<string, number>()
  for (const { skipReason } of plan.probes) if (skipReason !== undefined) addSkips(skipped, skipReason, 1)
  return { run, plan, planned: plan.probes.filter(isToCall), results: new Set(), skipped }
}

/** Skips what is left of a run or of a level of it, and what is not made; returns how many that were. */
function skip(kept: KeptRun, { reason, level, unmade = [] }: Omit<SkipInput, 'runId'>): number {
  const { run, planned } = kept
  kept.planned = planned.filter((probe) => level !== undefined && probe.level !== level)
  const n = planned.length - kept.planned.length + unmade.length
  run.nSkipped += n
  addSkips(kept.skipped, reason, n)
  return n
}

function addSkips(skipped: Map<string, number>, reason: string, n: number): void {
  if (n > 0) skipped.set(reason, (skipped.get(reason) ?? 0) + n)
}

const isToCall = ({ skipReason }: Probe): boolean => skipReason === undefined

/** No other run is known here. */
const isLoad = ({ mode }: Plan): boolean => mode === 'concurrent' || mode === 'sweep'

const matches = (
  { id, region, target, level }: Probe,
  which: { region: string; provider?: string; probeId?: string; level?: number },
): boolean =>
  region === which.region &&
  (which.provider ?? target.provider) === target.provider &&
  (which.probeId ?? id) === id &&
  (which.level ?? level) === level

function record(
  { run, results }: KeptRun,
  { id, success, own_load }: ResultRow,
  createdAt: Date,
): RecordedResult {
  const recorded = !results.has(id)
  if (recorded) {
    results.add(id)
    run[success ? 'nSucceeded' : 'nFailed'] += 1
  }
  return {
    recorded,
    leftOut: [],
    ownLoad: own_load,
    pauseUntil: null,
    id,
    targetId: null,
    providerId: null,
    modelId: null,
    createdAt,
  }
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
  nSkipped: plan.probes.filter((probe) => !isToCall(probe)).length,
})
