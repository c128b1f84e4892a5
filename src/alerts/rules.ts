import type { IncidentKind, Severity } from '../core/incident.ts'

/**
 * Every constant by which incidents open and end; some are what is usual only (src/alerts/thresholds.ts).
 * src/alerts/words.ts says them in sentences, bench/alarms.ts measures how often they err.
 */
export const rules = {
  /** Results older than both open nothing: hours, and intervals of the schedule or of the target. */
  fresh: { hours: 6, intervals: 18 },
  /** Opening so often within so many hours is flapping. */
  flapping: { openings: 3, hours: 24 },
  /** `slow` and `drift` of a target are told to nobody before it was checked for so long. */
  shadow: { days: 14 },
  /** As the view `target_health` has it. */
  down: { failed: 2, ok: 2 },
  errors: { failed: 4, of: 12, cleanOf: 8 },
  slow: {
    /** Of the last so many, so many are slower than p95 of the baseline: the first finds much at once, the second less, later. */
    windows: [
      { size: 8, above: 6 },
      { size: 16, above: 9 },
    ],
    /** The median of the window over that of the baseline, and how much longer an answer takes at least. */
    ratio: 1.5,
    floorMs: 200,
    worseRatio: 3,
    /** A window of so many is clean with at most so many above p95 and a calm ratio; so many in a row resolve. */
    clean: { size: 8, above: 2, windows: 8 },
    baseline: { samples: 200, days: 3, fromDays: 15, toDays: 1 },
    /** p95 over p50 of a baseline above which the digest alone tells it. */
    noisy: 2.75,
    /** Fewer output tokens say little of their rate. */
    tokens: 32,
  },
  limit: { over: 3, under: 3 },
  slo: {
    /** So many were bad, and the budget was spent so many times as fast as it allows, in 24 hours or in 7 days. */
    bad: 3,
    day: 10,
    week: 3,
    /** Calm is below this share of both, with none of the last so many bad. */
    calm: 0.5,
    cleanOf: 8,
  },
  misconfigured: { failed: 2, ok: 2 },
  drift: {
    recentDays: 7,
    /** All of them within so many days. */
    withinDays: 10,
    referenceDays: 28,
    samplesPerDay: 48,
    ratio: 1.2,
    /** Of the recent days, so many above p75 of the reference. */
    above: 6,
    expiresDays: 28,
  },
  model_gone: { syncs: 2 },
  model_swap: { answers: 3, before: 20, expiresDays: 7 },
  provider_wide: { targets: 2, share: 0.5 },
  budget: { share: 0.8, worseShare: 1 },
  calibration: { p99Ms: 5 },
  /** What is critical or major, and acknowledged by nobody, is told again so often. */
  reminders: { everyHours: 4, most: 6 },
} as const

/** Below which ratio it is calm again, if it opens at this one: half as much too long. */
export const calmRatio = (ratio: number): number => (1 + ratio) / 2

/** How bad each kind is when it opens; `slow` and `budget` may worsen to major. */
export const severityOf: Readonly<Record<IncidentKind, Severity>> = {
  down: 'critical',
  errors: 'major',
  slow: 'minor',
  limit: 'minor',
  slo: 'major',
  misconfigured: 'minor',
  drift: 'info',
  price_change: 'info',
  model_gone: 'major',
  model_swap: 'minor',
  provider_wide: 'critical',
  own_outage: 'major',
  silent: 'major',
  budget: 'minor',
  calibration: 'minor',
}
