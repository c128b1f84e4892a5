import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { fleet } from '../core/fleet.ts'
import { type JsonObject, lookUp } from '../core/json.ts'
import { week } from '../core/week.ts'
import * as alerts from './alert-codec.ts'
import type { AlertStore } from './alert-store.ts'
import { archiveOver, type ArchiveStore } from './archive-store.ts'
import { calibrationsOutput, recordedOutput } from './calibration-codec.ts'
import { toColumns } from './columns.ts'
import * as config from './config-codec.ts'
import type { ConfigStore } from './config-store.ts'
import * as deliveries from './delivery-codec.ts'
import { eventPage } from './event-codec.ts'
import { prunableOutput, prunedOutput, rebuiltOutput, refreshedOutput } from './history-codec.ts'
import * as incidents from './incident-codec.ts'
import { monitoringOutput } from './metrics-codec.ts'
import * as jobs from './job-codec.ts'
import * as official from './official-codec.ts'
import { objectiveList } from './objective-codec.ts'
import { catalogOutput } from './catalog-codec.ts'
import { toExtendInput, toPlanInput } from './plan-codec.ts'
import { proxyTokensOver } from './proxy-token-methods.ts'
import * as proxy from './proxy-codec.ts'
import type { ProxyStore } from './proxy-store.ts'
import * as reads from './read-codec.ts'
import { catalogOver } from './model-methods.ts'
import type { OfficialStore } from './official-store.ts'
import type { Reads } from './reads.ts'
import * as results from './result-codec.ts'
import * as runs from './run-codec.ts'
import { shardsOver } from './shard-methods.ts'
import type { SpooledName } from './spool.ts'
import * as status from './status-codec.ts'
import type { StatusStore } from './status-store.ts'
import { sweepPage, sweepResults } from './sweep-codec.ts'
import * as statistics from './statistics-codec.ts'
import * as charts from './chart-codec.ts'
import { type FunctionName, type Store, StoreError } from './store.ts'
import { withinLimits } from './text-limits.ts'
import { leavingOut } from './too-large.ts'

/** Calls a SQL function over some transport and returns its output as it came; rejects with StoreError. */
export type CallFunction = (name: FunctionName, input: JsonObject) => Promise<unknown>

/** A store over any transport that can call the SQL functions. No text is refused for its length: it is cut. */
export function createStore(send: CallFunction, close: () => Promise<void>): Store {
  const call = leavingOut((name, input) => send(name, withinLimits(input)))
  const method =
    <Input extends object, Output>(
      name: FunctionName,
      output: z.ZodType<Output>,
      toInput: (input: Input) => JsonObject = toColumns,
    ) =>
    async (input: Input): Promise<Output> =>
      read(name, await call(name, toInput(input)), output)
  const claimProbe = method('claim_probe', runs.claimedOutput, runs.toClaimInput)
  return {
    readCatalog: method('read_catalog', catalogOutput),
    startRun: startRunOver(call),
    joinRun: method('join_run', runs.joinedOutput, runs.toJoinInput),
    // Named before the first attempt: the database tells a repeated claim from a second one by it.
    claimProbe: (input) => claimProbe({ claimId: randomUUID(), ...input }),
    recordResult: method('record_result', results.recordedResultOutput, results.toRecordInput),
    extendRun: method('extend_run', runs.extendedOutput, toExtendInput),
    planConfirm: method('plan_confirm', runs.plannedOutput),
    skipProbes: method('skip_probes', runs.skippedOutput),
    finishRun: method('finish_run', runs.run),
    fileMissed: method('file_missed', runs.run, runs.toMissedInput),
    listEvents: method('list_events', eventPage),
    queueRun: method('queue_run', jobs.queuedOutput, jobs.toQueueInput),
    readJob: method('read_job', jobs.job),
    nextJob: method('next_job', jobs.nextOutput),
    cancelRun: method('cancel_run', runs.run),
    freeLeases: method('free_leases', jobs.leasesOutput),
    listResults: method('list_results', results.resultPage),
    listTimelines: method('list_timelines', results.timelinePage),
    rederiveResults: method('rederive_results', results.updatedOutput, results.toRederiveInput),
    ...historyOver(method),
    ...installationOver(method),
    ...catalogOver(method),
    ...readsOver(method),
    ...alertsOver(method),
    ...officialOver(method),
    ...configOver(method),
    ...statusOver(method),
    ...proxyTokensOver(method),
    ...proxyOver(method),
    ...shardsOver(method),
    deliver: async ({ name, input }) => {
      const output = await call(name, input)
      const expected = lookUp(spooledOutputs, name)
      if (expected !== undefined) read(name, output, expected)
    },
    close,
  }
}

/** Makes the method of a SQL function from the schema of its output. */
export type MakeMethod = <Input extends object, Output>(
  name: FunctionName,
  output: z.ZodType<Output>,
  toInput?: (input: Input) => JsonObject,
) => (input: Input) => Promise<Output>

/** Leaderboards, rollups and pruning; calibrations. */
const historyOver = (
  method: MakeMethod,
): Pick<Store, 'refreshSummaries' | 'rebuildRollups' | 'prune' | 'countPrunable'> & ArchiveStore => ({
  ...archiveOver(method),
  refreshSummaries: method('refresh_summaries', refreshedOutput),
  rebuildRollups: method('rebuild_rollups', rebuiltOutput),
  prune: method('prune', prunedOutput),
  countPrunable: method('count_prunable', prunableOutput),
})

/** How exactly machines measure, and how the schedule and every target fare. */
const installationOver = (
  method: MakeMethod,
): Pick<Store, 'recordCalibration' | 'latestCalibration' | 'readHealth' | 'readMetrics'> => ({
  recordCalibration: method('record_calibration', recordedOutput),
  latestCalibration: method('latest_calibration', calibrationsOutput),
  readHealth: method('read_health', runs.healthOutput),
  readMetrics: method('read_metrics', monitoringOutput),
})

const readsOver = (method: MakeMethod): Reads => ({
  readNow: method('read_now', reads.present),
  listRuns: method('list_runs', reads.runPage),
  listSweeps: method('list_sweeps', sweepPage),
  listSweepResults: method('list_sweep_results', sweepResults),
  readRun: method('read_run', reads.runInFull),
  deleteRun: method('delete_run', reads.deletedRun),
  listHistory: method('list_history', reads.suitePage),
  readHistory: method('read_history', reads.suiteInFull),
  readResult: method('read_result', reads.resultInFull),
  listSeries: method('list_series', charts.series),
  listDistribution: method('list_distribution', charts.distribution),
  listPhases: method('list_phases', charts.phases),
  listPoints: method('list_points', charts.points),
  listOutages: method('list_outages', charts.outages),
  listLeaderboard: method('list_leaderboard', statistics.leaderboardPage),
  listUptime: method('list_uptime', statistics.uptime),
  listObjectives: method('list_objectives', objectiveList),
  listErrors: method('list_errors', statistics.errorPage),
  listCosts: method('list_costs', statistics.costPage),
  readProjection: method('read_projection', statistics.projection),
  readBudget: method('read_budget', statistics.budget),
  listPriceChanges: method('list_price_changes', statistics.priceChangePage),
  listPrices: method('list_prices', statistics.priceHistory),
  listGaps: method('list_gaps', statistics.gapPage),
  readComparison: method('read_comparison', statistics.comparison),
  compareModel: method('compare_model', statistics.modelComparison),
  listProviders: method('list_providers', statistics.providerList),
  readUpkeep: method('read_upkeep', statistics.upkeep),
  readFleet: method('read_fleet', fleet),
  listCalibrations: method('list_calibrations', statistics.calibrationList),
  listPrompts: method('list_prompts', statistics.promptList),
  savePrompt: method('save_prompt', statistics.savedPrompt),
  deletePrompt: method('delete_prompt', statistics.deletedPrompt),
})

const configOver = (method: MakeMethod): ConfigStore => {
  const readConfig = method('read_config', config.configOutput)
  return {
    readConfig: () => readConfig({}),
    diffConfig: method('diff_config', config.diffOutput, config.toDiffInput),
    applyConfig: method('apply_config', config.applyOutput, config.toApplyInput),
  }
}

/** Incidents and alerts. */
function alertsOver(method: MakeMethod): AlertStore {
  const readChannels = method('read_channels', deliveries.channelList)
  return {
    readAlertInputs: method('read_alert_inputs', alerts.targetInputs),
    readProviderInputs: method('read_provider_inputs', alerts.providerInputs),
    readSystemInputs: method('read_system_inputs', alerts.systemInputs),
    readModelInputs: method('read_model_inputs', alerts.modelInputs),
    readDriftInputs: method('read_drift_inputs', alerts.driftInputs),
    applyTransitions: method('apply_transitions', alerts.appliedOutput, alerts.toApplyInput),
    markEvaluated: method('mark_evaluated', alerts.markedOutput, alerts.toMarkInput),
    remindIncidents: method('remind_incidents', alerts.remindedOutput),
    readChannels: () => readChannels({}),
    saveChannels: method('save_channels', deliveries.savedChannels, deliveries.toChannelsInput),
    saveChannel: method('save_channel', deliveries.savedChannel),
    switchChannel: method('switch_channel', deliveries.switchedChannel),
    deleteChannel: method('delete_channel', deliveries.deletedOutput),
    testChannel: method('test_channel', deliveries.testedOutput),
    readWeek: method('read_week', week),
    queueDigests: method('queue_digests', deliveries.queuedDigests),
    sendDigest: method('send_digest', deliveries.testedOutput),
    claimDeliveries: method('claim_deliveries', deliveries.claimedDeliveries),
    settleDeliveries: method('settle_deliveries', deliveries.settledOutput),
    listDeliveries: method('list_deliveries', deliveries.deliveryPage),
    listIncidents: method('list_incidents', incidents.incidentPage),
    readIncident: method('read_incident', incidents.incidentInFull),
    acknowledgeIncident: method('acknowledge_incident', incidents.incidentRow),
    noteIncident: method('note_incident', incidents.incidentRow),
    resolveIncident: method('resolve_incident', incidents.incidentRow),
    listMaintenance: method('list_maintenance', incidents.maintenanceList),
    saveMaintenance: method('save_maintenance', incidents.savedMaintenance),
    deleteMaintenance: method('delete_maintenance', deliveries.deletedOutput),
  }
}

/** What providers say of themselves. */
function officialOver(method: MakeMethod): OfficialStore {
  const listOfficialStatuses = method('list_official_statuses', official.officialStatusList)
  return {
    claimOfficialStatuses: method('claim_official_statuses', official.claimedStatuses),
    saveOfficialStatus: method('save_official_status', official.savedStatus, official.toOfficialInput),
    listOfficialStatuses: () => listOfficialStatuses({}),
  }
}

/** The public status page. */
function statusOver(method: MakeMethod): StatusStore {
  const statusPage = method('status_page', status.statusPage)
  const listComponents = method('list_status_components', status.statusComponents)
  return {
    statusPage: () => statusPage({}),
    listStatusNotes: method('list_status_notes', status.statusNotePage),
    saveStatusNote: method('save_status_note', status.savedNote),
    deleteStatusNote: method('delete_status_note', deliveries.deletedOutput),
    listStatusComponents: () => listComponents({}),
    saveStatusComponent: method('save_status_component', status.changedComponent),
  }
}

/** Traffic that passed through the proxy. */
const proxyOver = (method: MakeMethod): ProxyStore => ({
  recordProxyRequests: method('record_proxy_requests', proxy.recordedRequests, proxy.toRequestRows),
  listProxyRequests: method('list_proxy_requests', proxy.proxyRequestPage),
  readProxyText: method('read_proxy_text', proxy.proxyText.nullable()),
  readProxyTraffic: method('read_proxy_traffic', proxy.proxyTraffic),
  compareTraffic: method('compare_traffic', proxy.trafficComparison),
})

/** What the calls that may be spooled return: a page of a gateway is no receipt. */
const spooledOutputs: Readonly<Record<SpooledName, z.ZodType>> = {
  start_run: runs.startedOutput,
  extend_run: runs.extendedOutput,
  record_result: results.recordedResultOutput,
  skip_probes: runs.skippedOutput,
  finish_run: runs.run,
  file_missed: runs.run,
}

/**
 * Starts runs. If the answer to a start is lost, the next one finds the run there: it is still the first that
 * this store reports of the plan, so it was created here. A plan that was reported before is started a second
 * time on purpose.
 */
function startRunOver(call: CallFunction): Store['startRun'] {
  const reported = new Set<string>()
  return async (plan, region, worker) => {
    const output = await call('start_run', toPlanInput(plan, region, worker))
    const started = read('start_run', output, runs.startedOutput)
    const isOurs = started.run.id === plan.id && !reported.has(plan.id)
    reported.add(plan.id)
    return isOurs ? { ...started, created: true, joined: true } : started
  }
}

/**
 * The output as our types. Output of another shape, null included, comes from functions of another version.
 */
function read<Output>(name: FunctionName, output: unknown, schema: z.ZodType<Output>): Output {
  const parsed = schema.safeParse(output)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? 'its output' : issue.path.join('.')
  throw new StoreError(
    'bug',
    `${name} returned output that this program does not understand (${where}: ${issue?.message}). ` +
      "Are the database's functions of another version? `pnpm tsx scripts/migrate.ts` brings them up to date.",
    { cause: parsed.error },
  )
}
