import type { Budget } from '../core/budget.ts'
import type { Calibration, RecordedCalibration } from '../core/calibration.ts'
import type { JsonObject } from '../core/json.ts'
import type { Metrics } from '../core/metrics.ts'
import type { Monitoring } from '../core/monitoring.ts'
import type { Plan, Probe, Settings } from '../core/plan.ts'
import type { ResultRow, Row, SnakeCase } from '../core/row.ts'
import type { AlertStore } from './alert-store.ts'
import type { ArchiveStore } from './archive-store.ts'
import type { ConfigStore } from './config-store.ts'
import type { EventPage } from './event-codec.ts'
import type { Prunable, PrunedBatch, RefreshInput, RefreshStep, Retention } from './history-codec.ts'
import type { MonitoringInput } from './metrics-codec.ts'
import type { MissedSlot } from './missed-slot.ts'
import type { ModelStore } from './model-store.ts'
import type { OfficialStore } from './official-store.ts'
import type { Page, PageInput } from './page.ts'
import type { ProxyStore } from './proxy-store.ts'
import type { Job, QueuedRun, QueueInput } from './job-codec.ts'
import type { Catalog, CatalogInput } from './catalog-codec.ts'
import type { ExtendInput, SkipInput, Worker } from './plan-codec.ts'
import type { ProxyTokenStore } from './proxy-token-store.ts'
import type { Reads } from './reads.ts'
import type { ShardStore } from './shard-store.ts'
import type { StatusStore } from './status-store.ts'
import type { ResultPage, StoredTimeline } from './stored-result.ts'
import type { EncodedTimeline } from './timeline.ts'

/**
 * The database as an API: one method for each SQL function, named alike (`startRun`, `start_run`). Every
 * write may be repeated, because its input carries its own key. Methods reject with StoreError.
 */
export interface Store
  extends
    Reads,
    ModelStore,
    AlertStore,
    ConfigStore,
    OfficialStore,
    StatusStore,
    ProxyStore,
    ProxyTokenStore,
    ArchiveStore,
    ShardStore {
  // ---- runs

  /** Active and paused targets, and known models with their latest prices. */
  readCatalog: (input: CatalogInput) => Promise<Catalog>
  /**
   * Creates a run with its providers, models, targets and planned probes, or returns the run that its slot
   * already has. A plan with shards has no worker.
   */
  startRun: (plan: Plan, region: string, worker?: Worker) => Promise<StartedRun>
  /** Resumes an abandoned run; `joined` is false if nothing is left to do or another worker holds it. */
  joinRun: (input: { runId: string; region: string; worker: Worker }) => Promise<JoinedRun>
  /**
   * Claims the next probe of a run that is planned or whose lease has expired; null if this region has none.
   * A repeated `claimId` returns the same probe; without one, every call makes a new claim.
   */
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
    /** Only probes of this level of a sweep. */
    level?: number
    /** Probes that do not fit are skipped. */
    budget?: Budget
  }) => Promise<ClaimedProbe | null>
  /**
   * Records a result with its timeline and closes its probe, in one transaction; what is too large, without
   * its timeline.
   */
  recordResult: (input: ResultInput) => Promise<RecordedResult>
  /**
   * Adds probes, and levels, to a running run that this worker holds; `extended` is false if it does not. Repeating
   * it adds nothing more.
   */
  extendRun: (input: ExtendInput) => Promise<{ extended: boolean }>
  /** Plans the recheck of a probe, with these ids. */
  planConfirm: (input: { probeId: string; id: string; resultId: string }) => Promise<{ planned: boolean }>
  /** Marks probes of a run as skipped. */
  skipProbes: (input: SkipInput) => Promise<{ skipped: number }>
  /**
   * Closes a run and counts its probes; with a region and an owner, only if no other worker holds it.
   * Repeating it changes nothing.
   */
  finishRun: (input: {
    runId: string
    status: Exclude<RunStatus, 'queued' | 'running' | 'missed'>
    region?: string
    owner?: string
  }) => Promise<RunRecord>
  /** Queues a run on demand. The same plan, or the same `idempotencyKey`, gets the same run and counts once. */
  queueRun: (input: QueueInput) => Promise<QueuedRun>
  /** A run on demand, and its place in the queue. */
  readJob: (input: { runId: string }) => Promise<Job>
  /**
   * The run on demand that this worker is to join now: one whose worker died, else the oldest of the queue, if
   * fewer than `limit` are at work in its region. It is kept for this worker for half a minute.
   */
  nextJob: (input: { limit: number; region: string; owner?: string }) => Promise<{ runId: string | null }>
  /**
   * Cancels a run: what has not begun is skipped as `cancelled`, and whoever works on it learns of it. A closed
   * run stays as it is.
   */
  cancelRun: (input: { runId: string }) => Promise<RunRecord>
  /** Ends the leases of workers that are known to be dead; returns those who hold leases still. */
  freeLeases: (input: { owners: readonly string[] }) => Promise<{ owners: string[] }>
  /** Records a slot as missed; returns the slot's run if it has one after all. */
  fileMissed: (input: MissedSlot) => Promise<RunRecord>
  /** When the last run of a schedule finished, and the database's clock. */
  readHealth: (input: { schedule: string }) => Promise<Health>
  /**
   * Events of one run, or of all if `runId` is null, after the cursor `after`, in the order that every reader sees.
   * Without a cursor: all events of the run, or, of all runs, none and the present. `next` is the cursor to go on
   * from. An event shows up once every transaction that began before its own has ended.
   */
  listEvents: (input: { runId: string | null; after: string | null; limit: number }) => Promise<EventPage>
  /** Every target that is called, as it is now and in total, for monitoring. */
  readMetrics: (input: MonitoringInput) => Promise<Monitoring>

  // ---- results

  /**
   * Results of one run or of all, recorded at or after `since` and before `until`, oldest first; with their
   * texts unless `withTexts` is false.
   */
  listResults: (
    input: PageInput & {
      runId?: string | null
      targetId?: string | null
      since?: Date | null
      until?: Date | null
      provider?: string | null
      model?: string | null
      success?: boolean | null
      errorKind?: string | null
      mode?: string | null
      synthetic?: boolean | null
      withTexts?: boolean
    },
  ) => Promise<ResultPage>
  /**
   * Results with their timelines, recorded at or after `since` and before `until`, oldest first; those of
   * `formulaVersion` are left out.
   */
  listTimelines: (
    input: PageInput & { since: Date | null; until: Date | null; formulaVersion: number | null },
  ) => Promise<Page<StoredTimeline>>
  /** Replaces the metrics of results that have a timeline; `updated` counts the rows that changed. */
  rederiveResults: (input: {
    formulaVersion: number
    results: { id: string; metrics: Metrics }[]
  }) => Promise<{ updated: number }>

  // ---- leaderboards, rollups and pruning

  /**
   * Takes one step in rebuilding the leaderboards: of `periods`, else of those that are due. `refreshed` are
   * the periods that are now done; `next` is `after` of the next step, null if there is none.
   */
  refreshSummaries: (input: RefreshInput) => Promise<{ refreshed: string[]; next: RefreshStep | null }>
  /**
   * Rebuilds the rollups of whole hours from results. `rebuiltFrom` is later if earlier results are pruned,
   * null if all are.
   */
  rebuildRollups: (input: { since: Date; until: Date }) => Promise<{ rebuiltFrom: Date | null }>
  /**
   * Deletes one batch of old texts, results or proxy requests, or makes a day final so that its results can be deleted
   * next.
   */
  prune: (input: Retention & { archived?: readonly string[]; limit: number }) => Promise<PrunedBatch>
  /** Counts what `prune` would delete. */
  countPrunable: (input: Retention) => Promise<Prunable>

  // ---- calibrations

  /** Records how precise a machine's clock is at one concurrency. */
  recordCalibration: (calibration: Calibration) => Promise<{ recorded: boolean }>
  /** The latest calibration of a host at each concurrency, lowest first. */
  latestCalibration: (input: { host: string }) => Promise<{ rows: RecordedCalibration[] }>

  // ---- not SQL functions

  /** Makes a call that was spooled because the database did not take it. */
  deliver: (call: FunctionCall) => Promise<void>
  close: () => Promise<void>
}

/** The part of a store that making a run needs; a store in memory has it too. */
export type RunStore = Pick<
  Store,
  | 'readCatalog'
  | 'readBudget'
  | 'thinTargets'
  | 'startRun'
  | 'joinRun'
  | 'claimProbe'
  | 'recordResult'
  | 'extendRun'
  | 'planConfirm'
  | 'skipProbes'
  | 'finishRun'
  | 'fileMissed'
  | 'latestCalibration'
  | 'readMetrics'
  | 'listSweepResults'
  | 'deliver'
  | 'close'
>

/** The SQL functions that make up the API of the database; supabase/ defines them. */
export type FunctionName = SnakeCase<Exclude<keyof Store, 'deliver' | 'close'>>

/** A call of a SQL function, with its input as the function takes it. */
export interface FunctionCall {
  name: FunctionName
  input: JsonObject
}

// ---- errors

/**
 * Every way a store can fail. `unavailable` and `timeout` may pass, and leave the outcome unknown, so every
 * write may be repeated. `denied` and `missing` are configuration. `conflict`, `invalid`, `too_large` and
 * `bug` are about the call itself.
 */
export type StoreErrorKind =
  | 'conflict'
  | 'denied'
  | 'missing'
  | 'unavailable'
  | 'timeout'
  | 'invalid'
  | 'too_large'
  | 'bug'

/** A failed call of the store, the same from both transports. `code` is the SQLSTATE or PostgREST code. */
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

/** A failed call of the store as plain data. */
export type StoreFailure = Pick<StoreError, 'kind' | 'code' | 'message'>

/** An error as plain data. */
export const failureOf = ({ kind, code, message }: StoreError): StoreFailure => ({ kind, code, message })

/** Whether retrying may help: the database is unreachable, too slow, or refuses for now. */
export const isUnreachable = (error: unknown): error is StoreError =>
  error instanceof StoreError && isUnreachableKind(error.kind)

/** The same of an error's kind. */
export const isUnreachableKind = (kind: StoreErrorKind): boolean =>
  kind === 'unavailable' || kind === 'timeout'

/**
 * Refusals that PostgREST takes back a second or two later: a token of the gateway whose clock differs
 * (PGRST303), and a schema cache that has not seen a migration (PGRST202, PGRST204, PGRST205).
 * docs.postgrest.org/en/stable/references/errors.html
 */
const settling: readonly (string | null)[] = ['PGRST303', 'PGRST202', 'PGRST204', 'PGRST205']

/** Whether PostgREST may take the same call a second or two later. */
export const isSettling = (error: unknown): error is StoreError =>
  error instanceof StoreError && settling.includes(error.code)

/** Raised by our functions for a missing row; the message names it. */
export const noSuchRow = 'P0002'

/** Raised by our functions for what may be done later, in another state, or elsewhere; the message says which. */
export const ourConflict = '23001'

/** A file that the database needs is gone: it is damaged. */
const noSuchFile = '58P01'

/** Whether a code is a SQLSTATE or PostgREST's: the database itself has judged the call. */
export const isDatabaseCode = (code: string): boolean =>
  /^((?=.*\d)[0-9A-Z]{5}|PGRST[0-9A-Z]{2,3})$/.test(code)

/**
 * Whether the database will never take this call, because it judged the values themselves. An answer that is
 * not ours has no code: nothing was judged.
 */
export const isRefusedForGood = ({ kind, code }: Pick<StoreFailure, 'kind' | 'code'>): boolean =>
  ['conflict', 'too_large'].includes(kind) ||
  code === noSuchRow ||
  (['bug', 'invalid'].includes(kind) && code !== null && isDatabaseCode(code) && code !== noSuchFile)

/** Whether the database may take later what it refused now: once it is back, or set right. */
export const maySettle = (error: unknown): error is StoreError =>
  error instanceof StoreError && !isRefusedForGood(error)

// ---- runs

/**
 * `queued`: on demand, and not begun. `abandoned`: left with probes that no worker claimed. `missed`: never started because the database was
 * unreachable.
 */
type RunStatus = 'queued' | 'running' | 'finished' | 'cancelled' | 'abandoned' | 'missed'

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
  /** Why it was missed or abandoned, or does not count as a fair measurement. */
  statusReason: string | null
  synthetic: boolean
  startedAt: Date
  finishedAt: Date | null
  nProbes: number
  nSucceeded: number
  nFailed: number
  nSkipped: number
  /** Skipped probes by reason; only of a finished run. */
  skipReasons?: Record<string, number>
}

/** A run with the database's column names, as `--json`, events and the API show it. */
export type RunRow = Row<RunRecord>

/** The outcome of starting a plan. */
interface StartedRun {
  /** False if the slot already had its run, or if this store has started this plan before. */
  created: boolean
  /**
   * Whether this worker is to make its region's probes: it is the first there, or the lease of the one before
   * it has expired.
   */
  joined: boolean
  run: RunRecord
}

/** A run that another worker started, with what resuming it needs. */
interface JoinedRun {
  joined: boolean
  run: RunRecord
  settings: Settings
  /** What its limits count of the calls that were recorded; nothing if absent. */
  made?: MadeCalls
  /** Of a trace: which probes are left, in order, each due so long after its level began; null of any other run. */
  left?: readonly { level: number; dueMs: number }[] | null
}

/** What calls cost, in USD, as a budget counts it, and how many failed. */
export interface MadeCalls {
  usd: number
  errors: number
}

/** A probe that this worker holds, with what calling it needs. */
export interface ClaimedProbe {
  probe: Probe
  settings: Settings
  /** How often it was claimed, this time included. */
  claims: number
  leaseUntil: Date
  /** Whether calls of ours load the provider right now: the result is then no sample. */
  ownLoad: boolean
  /** Its target in the database; null if that is unknown, as without a database. */
  targetId: string | null
}

/** How punctually a schedule's runs finish. */
export interface Health {
  /** When its last run finished; null if none ever did. */
  lastFinishedAt: Date | null
  /** The status of the run of its latest slot. */
  lastStatus: RunStatus | null
  /** When a provider was last asked for its models; null if none ever was. */
  lastSyncedAt?: Date | null
  /** The database's clock. */
  now: Date
  /** The last of the twenty latest runs, of any schedule, whose worker was lost. */
  abandoned?: { runName: string; slot: Date | null }
}

// ---- results

/** A result to record: its row and its timeline. `encodeResult` makes it. */
export interface ResultInput {
  row: ResultRow
  timeline: EncodedTimeline
  /** The worker that made it. If it slept through its lease, the result of whoever took over counts. */
  owner?: string
}

/** What the database added to a result. `recorded` is false if it had the result already. */
export interface RecordedResult {
  recorded: boolean
  /** What had to be left out because the whole was too large. */
  leftOut: string[]
  /** Whether our own calls loaded the provider meanwhile, as far as the database knows. */
  ownLoad: boolean
  /** Until when its provider asks us to pause; null if it does not. */
  pauseUntil: Date | null
  id: string
  targetId: string | null
  providerId: string | null
  modelId: string | null
  createdAt: Date
}
