import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { Result } from '../core/result.ts'
import { calibrationRows, recordedRow } from './calibration-rows.ts'
import {
  modelPage,
  priceInForce,
  syncPage,
  targetsRow,
  toPriceInput,
  toSyncInput,
  toTargetInput,
} from './catalog-rows.ts'
import { toColumns } from './columns.ts'
import {
  claimedProbeRow,
  joinedRow,
  plannedRow,
  catalogRow,
  healthRow,
  recordedResultRow,
  resultPage,
  runRow,
  prunableRow,
  prunedRow,
  rebuiltRow,
  refreshedRow,
  skippedRow,
  startedRow,
  timelinePage,
  toMetricsRow,
  toPlanInput,
  toResultRow,
  updatedRow,
} from './rows.ts'
import { type MissedRun, StoreError, type Store } from './store.ts'
import { encodeTimeline } from './timeline.ts'

/** The SQL functions that make up the API of the database; supabase/migrations defines them. */
type FunctionName =
  | 'read_catalog'
  | 'start_run'
  | 'join_run'
  | 'plan_confirm'
  | 'file_missed'
  | 'claim_probe'
  | 'record_result'
  | 'skip_probes'
  | 'finish_run'
  | 'list_results'
  | 'list_timelines'
  | 'rederive_results'
  | 'record_calibration'
  | 'latest_calibration'
  | 'list_models'
  | 'save_sync'
  | 'list_syncs'
  | 'set_target'
  | 'set_price'
  | 'read_health'
  | 'refresh_summaries'
  | 'rebuild_rollups'
  | 'prune'
  | 'count_prunable'

/** Calls a function over some transport and gives its output unread; rejects with StoreError. */
export type CallFunction = (name: FunctionName, input: JsonObject) => Promise<unknown>

/** A store over anything that can call the functions. */
export function createStore(call: CallFunction, close: () => Promise<void>): Store {
  const ask = async <Output>(name: FunctionName, input: object, output: z.ZodType<Output>) =>
    read(name, await call(name, toColumns(input)), output)
  return {
    readCatalog: (input) => ask('read_catalog', input, catalogRow),
    startRun: async (plan, region, worker) =>
      read('start_run', await call('start_run', toPlanInput(plan, region, worker)), startedRow),
    joinRun: ({ runId, region, worker }) =>
      ask('join_run', { runId, worker: toColumns({ region, ...worker }) }, joinedRow),
    claimProbe: ({ budget, ...input }) =>
      ask(
        'claim_probe',
        { claimId: randomUUID(), ...input, budget: budget && toColumns(budget) },
        claimedProbeRow,
      ),
    recordResult: async (result) =>
      read('record_result', await call('record_result', await toRecordInput(result)), recordedResultRow),
    planConfirm: (input) => ask('plan_confirm', input, plannedRow),
    skipProbes: (input) => ask('skip_probes', input, skippedRow),
    finishRun: (input) => ask('finish_run', input, runRow),
    fileMissed: async (input) => read('file_missed', await call('file_missed', toMissedInput(input)), runRow),
    listResults: (input) => ask('list_results', input, resultPage),
    listTimelines: (input) => ask('list_timelines', input, timelinePage),
    rederiveResults: async ({ formulaVersion, results }) =>
      ask('rederive_results', { formulaVersion, results: results.map(toMetricsRow) }, updatedRow),
    refreshSummaries: () => ask('refresh_summaries', {}, refreshedRow),
    rebuildRollups: (input) => ask('rebuild_rollups', input, rebuiltRow),
    prune: (input) => ask('prune', input, prunedRow),
    countPrunable: (input) => ask('count_prunable', input, prunableRow),
    recordCalibration: (calibration) => ask('record_calibration', calibration, recordedRow),
    latestCalibration: (input) => ask('latest_calibration', input, calibrationRows),
    listModels: (input) => ask('list_models', input, modelPage),
    saveSync: async (sync) => read('save_sync', await call('save_sync', toSyncInput(sync)), recordedRow),
    listSyncs: (input) => ask('list_syncs', input, syncPage),
    setTarget: async (input) =>
      read('set_target', await call('set_target', toTargetInput(input)), targetsRow),
    setPrice: async (input) => read('set_price', await call('set_price', toPriceInput(input)), priceInForce),
    deliver: async ({ name, input }) => void (await call(name, input)),
    readHealth: (input) => ask('read_health', input, healthRow),
    close,
  }
}

/** A result as record_result takes it. */
export const toRecordInput = async (result: Result): Promise<JsonObject> => ({
  result: toResultRow(result),
  timeline: toColumns(await encodeTimeline(result.timeline)),
})

/** A missed run as file_missed takes it. */
export const toMissedInput = ({ run, reason }: { run: MissedRun; reason: string }): JsonObject => ({
  run: toColumns(run),
  reason,
})

/** The output in our types. Output of another shape, null included, comes from functions of another version. */
function read<Output>(name: FunctionName, output: unknown, schema: z.ZodType<Output>): Output {
  const parsed = schema.safeParse(output)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'its output' : issue.path.join('.')
  throw new StoreError(
    'bug',
    `${name} gave an answer that this program does not understand (${where}: ${issue?.message}). Are the database's functions of another version? \`pnpm tsx scripts/migrate.ts\` brings them up to date.`,
    { cause: parsed.error },
  )
}
