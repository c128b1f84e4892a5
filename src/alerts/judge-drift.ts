import type { Incident, Transition } from '../core/incident.ts'
import { percentile } from '../core/statistics.ts'
import { dayMs, inOrder, isYoung, open, openOf, resolve } from './judgement.ts'
import { calmRatio, rules } from './rules.ts'
import { type DriftWindow, type SeenDay, type TimingMetric, timingMetrics } from './window.ts'

const { recentDays, withinDays, referenceDays, samplesPerDay, above, expiresDays } = rules.drift

/** The median of one day. */
interface Median {
  at: Date
  ms: number
}

const msOf = (metric: TimingMetric, { ttftMs, latencyMs, tpotMs }: SeenDay): number | null =>
  ({ ttft: ttftMs, latency: latencyMs, tpot: tpotMs })[metric]

/** Of days with enough samples, the oldest first. */
const mediansOf = (metric: TimingMetric, { days }: DriftWindow): Median[] =>
  inOrder(
    days.flatMap((seen) => {
      const ms = msOf(metric, seen)
      return ms === null || seen.n < samplesPerDay ? [] : [{ at: seen.day, ms }]
    }),
  )

const percentileOf = (medians: readonly Median[], p: number): number =>
  percentile(
    medians.map(({ ms }) => ms),
    p,
  ) ?? 0

/** The medians of the last week; null if there were too few days of late. */
function recentOf(medians: readonly Median[], now: Date): Median[] | null {
  const recent = medians.slice(-recentDays)
  const [first] = recent
  if (first === undefined || recent.length < recentDays) return null
  return now.getTime() - first.at.getTime() > withinDays * dayMs ? null : recent
}

/** `drift`: a week was slower than the four weeks before it. Changes too small for `slow` add up to it. */
export function judgeDrift(window: DriftWindow): Transition[] {
  const { state } = window
  if (window.inMaintenance || (state !== 'up' && state !== 'failing' && state !== 'down')) return []
  const incident = openOf(window, 'drift')
  if (incident !== undefined) return judgeOpen(window, incident)
  for (const metric of timingMetrics) {
    const opened = judgeMetric(window, metric)
    if (opened.length > 0) return opened
  }
  return []
}

function judgeMetric(window: DriftWindow, metric: TimingMetric): Transition[] {
  const medians = mediansOf(metric, window)
  const recent = recentOf(medians, window.now)
  const reference = medians.slice(0, -recentDays).slice(-referenceDays)
  const [first] = recent ?? []
  if (recent === null || first === undefined || reference.length < referenceDays) return []
  const [recentMs, referenceMs] = [percentileOf(recent, 0.5), percentileOf(reference, 0.5)]
  const p75Ms = percentileOf(reference, 0.75)
  const slower = recent.filter(({ ms }) => ms > p75Ms).length
  const { ratio } = window.thresholds.drift
  if (recentMs < ratio * referenceMs || slower < above) return []
  return open(window, {
    kind: 'drift',
    firstBadAt: first.at,
    // What a person or time has settled is not told again by the same days.
    newsAt: first.at,
    shadow: isYoung(window.firstCheckAt, window.now),
    evidence: {
      metric,
      series: window.series,
      recent_ms: recentMs,
      reference_ms: referenceMs,
      ratio: recentMs / referenceMs,
      days: recentDays,
      reference_days: referenceDays,
      limit_ratio: ratio,
    },
  })
}

function judgeOpen(window: DriftWindow, incident: Incident): Transition[] {
  const { metric: name, reference_ms: referenceMs, series } = incident.evidence
  const metric = timingMetrics.find((each) => each === name)
  const isOld = window.now.getTime() - incident.openedAt.getTime() >= expiresDays * dayMs
  if (metric === undefined || typeof referenceMs !== 'number' || series !== window.series || isOld)
    return [resolve(incident, 'expired')]
  const recent = recentOf(mediansOf(metric, window), window.now)
  if (recent === null) return []
  const recentMs = percentileOf(recent, 0.5)
  const isCalm = recentMs < calmRatio(window.thresholds.drift.ratio) * referenceMs
  return isCalm ? [resolve(incident, 'recovered', { recent_ms: recentMs })] : []
}
