import type { Evidence, Incident, Transition } from '../core/incident.ts'
import { percentile } from '../core/statistics.ts'
import { freshFrom, inOrder, isYoung, open, openOf, resolve, worsen } from './judgement.ts'
import { calmRatio, rules } from './rules.ts'
import type { Thresholds } from './thresholds.ts'
import { type Timing, valuesOf } from './timing.ts'
import {
  type Baseline,
  type SeenSample,
  type TargetWindow,
  type TimingMetric,
  timingMetrics,
} from './window.ts'

const { windows, clean, baseline: enough } = rules.slow

/** What is usual, as it was when the incident opened: a baseline that moved on would swallow the alarm. */
type Usual = Pick<Baseline, 'p50' | 'p95'>

/** How the last samples compare with what is usual. */
interface Verdict {
  values: readonly Timing[]
  above: readonly Timing[]
  medianMs: number
  ratio: number
  longerMs: number
}

const medianOf = (values: readonly number[]): number => percentile(values, 0.5) ?? 0

/** Of the last so many samples; null without as many, all of them from `from` on. */
function look(
  all: readonly Timing[],
  size: number,
  { usual, from }: { usual: Usual; from: Date },
): Verdict | null {
  const values = all.slice(-size)
  const [first] = values
  if (values.length < size || first === undefined || first.at < from) return null
  const medianMs = medianOf(values.map(({ ms }) => ms))
  return {
    values,
    above: values.filter(({ ms }) => ms > usual.p95),
    medianMs,
    ratio: medianMs / usual.p50,
    longerMs: (medianMs - usual.p50) * medianOf(values.map(({ answerMs }) => answerMs)),
  }
}

/** The first window that is slow; null if none is. */
function slowIn(
  values: readonly Timing[],
  { least, ...by }: { usual: Usual; from: Date; least: Thresholds['slow'] },
): Verdict | null {
  for (const { size, above } of windows) {
    const verdict = look(values, size, by)
    if (verdict === null || verdict.above.length < above) continue
    if (verdict.ratio >= least.ratio && verdict.longerMs >= least.floor_ms) return verdict
  }
  return null
}

const isClean = ({ above, ratio }: Verdict, least: Thresholds['slow']): boolean =>
  above.length <= clean.above && ratio < calmRatio(least.ratio)

const evidenceOf = ({ values, above, medianMs, ratio }: Verdict, least: Thresholds['slow']): Evidence => ({
  above: above.length,
  n: values.length,
  median_ms: medianMs,
  ratio,
  limit_ratio: least.ratio,
  limit_longer_ms: least.floor_ms,
  worse_ratio: least.worse_ratio,
})

/** `slow`: most of the last samples took longer than nearly all of two weeks. */
export function judgeSlow(window: TargetWindow): Transition[] {
  const samples = inOrder(window.samples)
  const incident = openOf(window, 'slow')
  if (incident !== undefined) return judgeOpen(window, incident, samples)
  for (const metric of timingMetrics) {
    const opened = judgeMetric(window, metric, samples)
    if (opened.length > 0) return opened
  }
  return []
}

const isEnough = ({ n, days }: Baseline): boolean => n >= enough.samples && days >= enough.days

function judgeMetric(
  window: TargetWindow,
  metric: TimingMetric,
  samples: readonly SeenSample[],
): Transition[] {
  const usual = window.baseline[metric]
  const series = samples.at(-1)?.series
  if (usual === undefined || series === undefined || !isEnough(usual)) return []
  const from = freshFrom(window.now, window.intervalMs)
  const least = window.thresholds.slow
  const verdict = slowIn(valuesOf(metric, ofSeries(samples, series)), { usual, from, least })
  if (verdict === null) return []
  const [first, last] = [verdict.above[0], verdict.above.at(-1)]
  if (first === undefined || last === undefined) return []
  const noisy = usual.p95 / usual.p50 > rules.slow.noisy
  return open(window, {
    kind: 'slow',
    severity: verdict.ratio >= least.worse_ratio ? 'major' : 'minor',
    firstBadAt: first.at,
    newsAt: last.at,
    shadow: isYoung(window.firstCheckAt, window.now),
    digest: noisy,
    evidence: {
      metric,
      series,
      p50_ms: usual.p50,
      p95_ms: usual.p95,
      baseline_n: usual.n,
      baseline_days: usual.days,
      noisy,
      ...evidenceOf(verdict, least),
    },
  })
}

function judgeOpen(window: TargetWindow, incident: Incident, samples: readonly SeenSample[]): Transition[] {
  const frozen = readFrozen(incident)
  const latest = samples.slice(-clean.size)
  const isOver = latest.length === clean.size && latest.every(({ series }) => series !== frozen?.series)
  if (frozen === null || isOver) return [resolve(incident, 'expired')]
  const { metric, series, usual } = frozen
  const least = window.thresholds.slow
  const values = valuesOf(metric, ofSeries(samples, series))
  const slow = slowIn(values, { usual, from: freshFrom(window.now, window.intervalMs), least })
  if (slow !== null && slow.ratio >= least.worse_ratio)
    return worsen(incident, 'major', evidenceOf(slow, least))
  const isRecovered = Array.from({ length: clean.windows }, (_, back) => back).every((back) => {
    const ending = values.slice(0, values.length - back)
    const last = ending.at(-1)
    if (last === undefined || last.at <= incident.openedAt) return false
    const verdict = look(ending, clean.size, { usual, from: freshFrom(last.at, window.intervalMs) })
    return verdict !== null && isClean(verdict, least)
  })
  return isRecovered ? [resolve(incident, 'recovered')] : []
}

const ofSeries = (samples: readonly SeenSample[], wanted: string): SeenSample[] =>
  samples.filter(({ series }) => series === wanted)

function readFrozen({ evidence }: Incident): { metric: TimingMetric; series: string; usual: Usual } | null {
  const { metric: name, series, p50_ms: p50, p95_ms: p95 } = evidence
  const metric = timingMetrics.find((each) => each === name)
  if (metric === undefined || typeof series !== 'string') return null
  if (typeof p50 !== 'number' || typeof p95 !== 'number') return null
  return { metric, series, usual: { p50, p95 } }
}
