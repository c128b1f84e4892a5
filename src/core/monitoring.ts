import type { IncidentKind, Severity } from './incident.ts'
import type { Price } from './price.ts'
import type { TimingQuality } from './quality.ts'

/** What `target_health` says of a target that was called lately. */
export const targetStates = ['up', 'failing', 'down', 'stale'] as const
type TargetState = (typeof targetStates)[number]

/** The last call of a target that counts. Timings are null if they are no samples. */
interface LastCall {
  at: Date
  series: string | null
  success: boolean
  ttftMs: number | null
  ttfaMs: number | null
  latencyMs: number | null
  tps: number | null
  costUsd: number | null
  inputTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  timingQuality: TimingQuality | null
}

/** What the calls of a target added up to since it was first called; these numbers only grow. */
interface TargetTotals {
  /** The day of the first call; null if none is rolled up yet. */
  since: Date | null
  calls: number
  /** First attempts that succeeded, and that failed by error kind. Rechecks are neither. */
  ok: number
  failures: Record<string, number>
  /** Calls that succeeded, and of these the ones whose cost is unknown. */
  answers: number
  costUnknown: number
  inputTokens: number
  outputTokens: number
  reasoningTokens: number
  costUsd: number
}

/** A target in one region, as monitoring sees it. */
export interface MonitoredTarget {
  targetId: string
  provider: string
  model: string
  region: string
  state: TargetState
  /** How far apart its checks are at most: the interval of the schedule, or its own; null if the schedule never ran. */
  intervalS: number | null
  last: LastCall | null
  lastSuccessAt: Date | null
  /** Calls that a worker makes at the moment. */
  inFlight: number
  price: Price | null
  totals: TargetTotals
}

/** An open incident that is not in shadow. What it is not about is null. */
interface MonitoredIncident {
  kind: IncidentKind
  severity: Severity
  provider: string | null
  model: string | null
  region: string | null
  targetId: string | null
  openedAt: Date
}

/** A channel, and what becomes of what it is told. */
interface MonitoredChannel {
  name: string
  enabled: boolean
  /** What waits to be told, and since when. */
  nWaiting: number
  waitingSince: Date | null
  /** What it ever took, and what it will never be told; these numbers only grow. */
  nSent: number
  nDead: number
}

/** Everything that `/metrics` shows, as the database knows it at one moment. */
export interface Monitoring {
  /** The database's clock. */
  now: Date
  /** The last slot of the schedule that began, and the fire time after it; null if it never ran. */
  schedule: { slot: Date; lateAt: Date | null; lastFinishedAt: Date | null } | null
  nRunning: number
  spentTodayUsd: number
  /** Those that are open, and how many there ever were by kind. */
  incidents: {
    open: MonitoredIncident[]
    opened: Record<string, number>
    resolved: Record<string, number>
  }
  channels: MonitoredChannel[]
  /** When the latest result that was judged was recorded; null if none was. */
  judgedUntil: Date | null
  /** How many targets there are, shown or not. */
  nTargets: number
  targets: MonitoredTarget[]
}
