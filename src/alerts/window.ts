import type { ErrorKind, FaultDomain } from '../core/outcome.ts'
import type { Objective } from '../core/objective.ts'
import type { TargetLimits } from '../core/plan.ts'
import type { Incident, IncidentKind, ResolveReason, Scope, Severity, Subject } from '../core/incident.ts'
import type { Thresholds } from './thresholds.ts'

/** What happened before to one kind of incident of a scope. */
export interface Past {
  /** How often it opened in the 24 hours before `now`. */
  opened: number
  /** How the last one that was resolved ended; null if none was. */
  last: { resolvedAt: Date; reason: ResolveReason; severity: Severity } | null
}

/** What every judgement needs to know of its scope. Kinds of incidents that never opened may be missing in `past`. */
export interface Watched {
  scope: Scope
  subject: Subject
  /** The database's clock. */
  now: Date
  /** A maintenance window that covers the scope is open. */
  inMaintenance: boolean
  /** Kinds that are to be evaluated and shown but told to nobody, by setting. */
  shadow: readonly IncidentKind[]
  /** The numbers that apply, by setting. */
  thresholds: Thresholds
  /** Open incidents of the scope. */
  open: readonly Incident[]
  past: Partial<Record<IncidentKind, Past>>
}

/**
 * State of a target in a region: that of the view `target_health`. `paused` was switched off; `deleted` has no
 * target any more, and is only given if one of its incidents is open.
 */
export type WatchedState = 'up' | 'failing' | 'down' | 'stale' | 'paused' | 'unknown' | 'deleted'

/** A check, as in the view `checks`: ok if the attempt or its recheck succeeded. */
export interface SeenCheck {
  at: Date
  ok: boolean
  errorKind: ErrorKind | null
}

/** A first attempt: neither recheck, warm-up, sweep nor under own load. Of any fault domain. */
export interface SeenAttempt {
  at: Date
  success: boolean
  faultDomain: FaultDomain | null
  errorKind: ErrorKind | null
}

/**
 * Timings of a successful first attempt of a scheduled run, with timing quality `ok` and not under own load. Milliseconds and tokens
 * per second; null if undefined.
 */
export interface SeenSample {
  at: Date
  series: string
  ttftMs: number | null
  latencyMs: number
  tps: number | null
  outputTokens: number | null
}

/** What `slow` and `drift` judge: `ttft_ms`, `total_latency_ms`, and ms per token (1000 / tps, of answers with 32 tokens or more). */
export const timingMetrics = ['ttft', 'latency', 'tpot'] as const
export type TimingMetric = (typeof timingMetrics)[number]

/** What is usual for a metric of one series, in ms. */
export interface Baseline {
  /** Samples, and the days (UTC) that they are of. */
  n: number
  days: number
  p50: number
  p95: number
}

/** What counted for an objective in some hours, what of that was bad, and the hour in which that began; null if nothing was. */
interface SeenPeriod {
  n: number
  bad: number
  since: Date | null
}

/** An objective of a target, as the function `count_objectives` counts it in the last 24 hours and 7 days. */
export interface SeenObjective {
  objective: Objective
  /** Which share of what counts must be good; of a timing, `withinMs` at most. */
  share: number
  withinMs: number | null
  day: SeenPeriod
  week: SeenPeriod
}

/**
 * A target in a region. Results made in maintenance are in none of the lists. Lists may be in any order and shorter
 * than they could be.
 */
export interface TargetWindow extends Watched {
  state: WatchedState
  /** The first check of that state; null if unknown. */
  since: Date | null
  /** The last check, made in maintenance or not; the first of all; null if there was none. */
  lastCheckAt: Date | null
  firstCheckAt: Date | null
  /** How far apart checks are at most, in ms: the interval of the schedule, or of the target; null if unknown. */
  intervalMs: number | null
  /** The last 12. */
  checks: readonly SeenCheck[]
  /** The last 24. */
  attempts: readonly SeenAttempt[]
  /** The last 24, of any series. */
  samples: readonly SeenSample[]
  /**
   * Of the series of the latest sample, from its samples of [now - 15 days, now - 1 day], without those made in
   * maintenance, while `slow` was open (from its firstBadAt to its end), or before the last `slow` that a person resolved: that accepts a
   * new normal.
   */
  baseline: Partial<Record<TimingMetric, Baseline>>
  /** Fixed limits of the target in ms; null if there is none. */
  limits: TargetLimits
  /** Those of the target, availability first. */
  objectives: readonly SeenObjective[]
}

/** A target of a provider in a region, as `provider_wide` sees it. */
export interface SeenTarget {
  scope: Scope
  targetId: string
  model: string
  state: WatchedState
  since: Date | null
  inMaintenance: boolean
  /** Its open `down`. */
  down: Incident | null
}

/** A provider: `provider/<slug>`. Its own `inMaintenance` is that of windows for all or for this provider. */
export interface ProviderWindow extends Watched {
  /** All that are not deleted. */
  targets: readonly SeenTarget[]
}

/** Spending of the current day or month (UTC), and when that began. */
export interface Spent {
  since: Date
  usd: number
  /** Null if there is no budget. */
  limitUsd: number | null
}

/** The installation: `system`. */
export interface SystemWindow extends Watched {
  /**
   * Whether scheduled runs finish in time, as `judgeHealth` of src/run/health.ts says. `limitMs`: the longest time
   * without one. Null if there is no schedule.
   */
  schedule: {
    state: 'kept' | 'overdue' | 'never'
    lastFinishedAt: Date | null
    limitMs: number | null
  } | null
  /** The last scheduled run that finished, and why it does not count (`status_reason`) if it was found to be our own outage. */
  lastRun: { id: string; finishedAt: Date; ownOutage: string | null } | null
  spent: { day: Spent; month: Spent }
  /** The last calibration of this host at concurrency 1: the worse of the p99 of TTFT and of chunks. */
  calibration: { at: Date; host: string; p99Ms: number } | null
}

/** Rates in USD per million tokens. */
interface SeenPrice {
  inputPerM: number
  outputPerM: number
}

/** A model that an active target is of, or that has an open incident: `model/<id>`. */
export interface ModelWindow extends Watched {
  hasActiveTarget: boolean
  /** Saved syncs of its provider in a row, up to the last, whose listing lacked it after it had been listed; 0 while it is listed. */
  missedSyncs: number
  /** The last saved sync of its provider. */
  lastSync: { id: string; at: Date } | null
  /** What the last saved sync changed in its price; null if nothing, or if the price is a person's. */
  priceChange: { at: Date; before: SeenPrice; after: SeenPrice; source: string } | null
  /** The last 48 successful first attempts with a response_model, over all its targets and regions. */
  answers: readonly { at: Date; responseModel: string }[]
}

/** Medians of a day's samples of one series; null if no sample has the metric. */
export interface SeenDay {
  /** Its first moment, UTC. */
  day: Date
  n: number
  ttftMs: number | null
  latencyMs: number | null
  tpotMs: number | null
}

/** A target in a region, day by day. The scope is the target's, `open` may hold other kinds. */
export interface DriftWindow extends Watched {
  state: WatchedState
  firstCheckAt: Date | null
  /** The series of the latest sample; null if there is none. */
  series: string | null
  /** The last 45 days that are over, of that series; days without a sample are missing. */
  days: readonly SeenDay[]
}
