import type { CatalogModel, ListedModel, SyncOutcome } from '../core/catalog.ts'
import type { Calibration, RecordedCalibration } from '../core/calibration.ts'
import type { Metrics, TokenCounts } from '../core/metrics.ts'
import type {
  Plan,
  PlannedProvider,
  Probe,
  Settings,
  Target,
  TargetParameters,
  Trigger,
} from '../core/plan.ts'
import type { Budget } from '../core/budget.ts'
import type { Price } from '../core/price.ts'
import type { Result } from '../core/result.ts'
import type { SpooledCall } from './spool.ts'
import type { EncodedTimeline } from './timeline.ts'

/** Every way a store can fail. `unavailable` and `timeout` leave the outcome unknown, so every write may be repeated. */
export type StoreErrorKind = 'conflict' | 'denied' | 'missing' | 'unavailable' | 'timeout' | 'invalid' | 'bug'

/** A store that could not do what was asked; the same from both transports. `code` is the SQLSTATE or PostgREST code. */
export class StoreError extends Error {
  override name = 'StoreError' as const
  readonly kind: StoreErrorKind
  readonly code: string | null

  constructor(
    kind: StoreErrorKind,
    message: string,
    details: { code?: string | null; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause })
    this.kind = kind
    this.code = details.code ?? null
  }
}

/** An error that may pass: the database is away, or too slow. */
export const isUnreachable = (error: unknown): error is StoreError =>
  error instanceof StoreError && (error.kind === 'unavailable' || error.kind === 'timeout')

/** A model as the database knows it. */
export interface KnownModel {
  provider: string
  model: string
  /** Whether the provider lists it; null when it was never asked. */
  available: boolean | null
  contextWindow: number | null
  price: Price | null
}

/** What a plan is made from: the active targets and the known models of some providers, with the latest prices. */
export interface Catalog {
  targets: Target[]
  /** Targets that a person switched off. */
  paused: { provider: string; model: string }[]
  models: KnownModel[]
  /** How long calls of each provider take, by the latest of them: medians in ms. */
  pace: { provider: string; typicalMs: number }[]
}

/** How a run ended: all probes done; stopped by a person; left with probes that nobody took; or never begun, since the database was away. */
type RunStatus = 'running' | 'finished' | 'cancelled' | 'abandoned' | 'missed'

/** A model with its targets; `active` is null for one that was only called by hand. */
export interface ModelRecord extends CatalogModel {
  id: string
  targets: TargetRecord[]
}

/** A target, and whether every run calls it; null for one that was only called by hand. */
export interface TargetRecord extends Target {
  active: boolean | null
}

/** What a sync of one provider is to change. */
export interface SyncInput {
  about: PlannedProvider
  trigger: Trigger
  outcome: SyncOutcome
  /** The listing; empty where it changes nothing. */
  models: ListedModel[]
}

/** A row of syncs with the database's column names, and the provider's short name. */
export type SyncRow = Record<string, unknown> & { id: string; provider: string; status: string }

/** Whether a schedule is kept, as the database knows it. */
export interface Health {
  /** When a run of the schedule last finished; null where none ever did. */
  lastFinishedAt: Date | null
  /** The status of the run of its latest slot. */
  lastStatus: RunStatus | null
  /** The clock of the database. */
  now: Date
}

/** A row of runs. */
export interface RunRecord {
  id: string
  runName: string
  triggeredBy: string
  mode: string
  schedule: string | null
  slot: Date | null
  region: string
  status: RunStatus
  /** Why it was missed or abandoned, or is no fair one. */
  statusReason: string | null
  synthetic: boolean
  startedAt: Date
  finishedAt: Date | null
  nProbes: number
  nSucceeded: number
  nFailed: number
  nSkipped: number
  /** How many were skipped for each reason; of a run that was finished. */
  skipReasons?: Record<string, number>
}

/** Who works on a run in a region, and for how long nobody else may, in ms. */
export interface Worker {
  owner: string
  leaseMs: number
}

/** A run that was asked for. */
interface StartedRun {
  created: boolean
  joined: boolean
  run: RunRecord
}

/** A run that somebody else began, with all it takes to go on. */
interface JoinedRun {
  joined: boolean
  run: RunRecord
  settings: Settings
}

/** A scheduled run that could not begin. */
export interface MissedRun {
  id: string
  runName: string
  triggeredBy: string
  schedule: string
  slot: Date
  region: string
  startedAt: Date
}

/** A probe that this worker may call now, with all it takes to call it. */
export interface ClaimedProbe {
  probe: Probe
  settings: Settings
  claims: number
  leaseUntil: Date
}

/** What the database added to a result when it took it. `recorded` is false when the same result was there already. */
export interface RecordedResult {
  recorded: boolean
  id: string
  providerId: string | null
  modelId: string | null
  createdAt: Date
}

/** A page of a list: pass `next` as `after` for the one that follows; null at the end. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

/** A recorded result as far as its metrics go, with what they were derived from. */
export interface StoredTimeline {
  id: string
  createdAt: Date
  provider: string | null
  model: string | null
  /** Null in rows from before there were versions. */
  formulaVersion: number | null
  usage: TokenCounts
  metrics: Metrics
  /** Null where none was kept. `decodeTimeline` reads it. */
  timeline: EncodedTimeline | null
}

/** Before when texts and results are too old to keep; null keeps them for ever. Of results whole days (UTC) go. */
export interface Retention {
  textsBefore: Date | null
  resultsBefore: Date | null
}

/** What a batch took away: texts, or results, or neither where it made a day final. */
export interface PrunedBatch {
  texts: number
  results: number
  /** The day that it made final. */
  closed: Date | null
  /** Results of before this are deleted or about to be, and their rollups are final; null where none are. */
  prunedUntil: Date | null
  done: boolean
}

/** What there is to take away. */
export interface Prunable {
  texts: number
  results: number
  prunedUntil: Date | null
}

/**
 * The database as an API: one method per SQL function of the same name (`start_run`, ...). Every write may be repeated:
 * it carries its own key. Methods reject with StoreError.
 */
export interface Store {
  /** Active and paused targets, and known models with their latest prices. */
  readCatalog: (input: { providers: string[] }) => Promise<Catalog>
  /**
   * Creates the run with its providers, models, targets and planned probes. `created` is false when the slot has its run
   * already, which is then returned, or when this very run was started before. `joined`: this worker is to make its region's
   * probes, since it is the first there or the one before it stopped answering.
   */
  startRun: (plan: Plan, region: string, worker?: Worker) => Promise<StartedRun>
  /** Goes on with the probes of a run that nobody is at; `joined` is false where there is none or somebody is. */
  joinRun: (input: { runId: string; region: string; worker: Worker }) => Promise<JoinedRun>
  /** Takes the next planned probe of a run, or one whose lease ran out; null when there is none for this region. The same `claimId` again gives the same probe. */
  claimProbe: (input: {
    runId: string
    owner: string
    leaseMs: number
    region: string
    claimId?: string
    /** Only probes of this provider. */
    provider?: string
    /** Only this probe. */
    probeId?: string
    /** What may not be called within it is skipped. */
    budget?: Budget
  }) => Promise<ClaimedProbe | null>
  /** Writes a result with its timeline and closes its probe, in one transaction. */
  recordResult: (result: Result) => Promise<RecordedResult>
  /** Plans a second look at a probe, under these ids. */
  planConfirm: (input: { probeId: string; id: string; resultId: string }) => Promise<{ planned: boolean }>
  /** Marks what is still planned in a run, or in a region of it, as skipped, with the reason. */
  skipProbes: (input: { runId: string; reason: string; region?: string }) => Promise<{ skipped: number }>
  /** Closes a run and counts it; with a region and an owner only where nobody else is at it. A second call changes nothing. */
  finishRun: (input: {
    runId: string
    status: Exclude<RunStatus, 'running' | 'missed'>
    region?: string
    owner?: string
  }) => Promise<RunRecord>
  /** Files a slot for which no run could be made; the run that it has, where it has one after all. */
  fileMissed: (input: { run: MissedRun; reason: string }) => Promise<RunRecord>
  /** Results, of a run or of all, recorded from `since` on and before `until`, oldest first, as rows with the database's column names. */
  listResults: (input: {
    runId?: string | null
    since?: Date | null
    until?: Date | null
    after: string | null
    limit: number
  }) => Promise<ResultPage>
  /** Results with their timelines, oldest first, recorded from `since` on and before `until`; with `formulaVersion` those of that version are left out. */
  listTimelines: (input: {
    since: Date | null
    until: Date | null
    formulaVersion: number | null
    after: string | null
    limit: number
  }) => Promise<Page<StoredTimeline>>
  /** Replaces the metrics of results that have a timeline. `updated` counts the rows that were not so already. */
  rederiveResults: (input: {
    formulaVersion: number
    results: { id: string; metrics: Metrics }[]
  }) => Promise<{ updated: number }>
  /** Makes the leaderboards of the last day and week again, that of the month once an hour; none where somebody else is at it. */
  refreshSummaries: () => Promise<{ refreshed: string[] }>
  /** Makes the rollups of whole hours again from the results. `rebuiltFrom` is later where the results before it are pruned, null where all are. */
  rebuildRollups: (input: { since: Date; until: Date }) => Promise<{ rebuiltFrom: Date | null }>
  /** Takes one batch of old texts or results away, or makes a day final so that its results can go next. */
  prune: (input: Retention & { limit: number }) => Promise<PrunedBatch>
  /** What `prune` would take away. */
  countPrunable: (input: Retention) => Promise<Prunable>
  /** Writes what a machine's clock was found to be like at one concurrency. */
  recordCalibration: (calibration: Calibration) => Promise<{ recorded: boolean }>
  /** The latest calibration of a host at each concurrency, the lowest first. */
  latestCalibration: (input: { host: string }) => Promise<{ rows: RecordedCalibration[] }>
  /** Models by provider and id, all providers' where `providers` is null. */
  listModels: (input: {
    providers: string[] | null
    after: string | null
    limit: number
  }) => Promise<Page<ModelRecord>>
  /** Records a sync with all that it changes: models, prices, targets; all or nothing. */
  saveSync: (input: SyncInput) => Promise<{ recorded: boolean }>
  /** Syncs, the latest first. */
  listSyncs: (input: {
    provider: string | null
    after: string | null
    limit: number
  }) => Promise<Page<SyncRow>>
  /** Switches targets on or off: the one with these parameters, created where it is not there, or without them all of a model. */
  setTarget: (input: {
    provider: string
    /** What to create the provider with, where the database does not have it. */
    about: PlannedProvider | null
    model: string
    parameters: TargetParameters | null
    region: string | null
    active: boolean
  }) => Promise<{ rows: TargetRecord[]; changed: number }>
  /** Sets a person's own price, or ends it with null; gives the price in force then. */
  setPrice: (input: {
    provider: string
    about: PlannedProvider | null
    model: string
    price: Price | null
  }) => Promise<{ price: Price | null }>
  /** Makes a call that was spooled while the database was away. */
  deliver: (call: SpooledCall) => Promise<void>
  /** When a schedule's last run finished, and what time it is there. */
  readHealth: (input: { schedule: string }) => Promise<Health>
  close: () => Promise<void>
}

/** A page of results. */
export interface ResultPage extends Page<ResultRow> {
  /** The names that the rows have, in the order of the table. */
  columns: string[]
}

/** A row of benchmark_results with the database's column names, as `--json` and the API give it. */
export type ResultRow = Record<string, unknown> & { id: string }
