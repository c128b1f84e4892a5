import type { Incident, IncidentKind, Transition } from '../../src/core/incident.ts'
import { rules, severityOf } from '../../src/alerts/rules.ts'
import { usualThresholds } from '../../src/alerts/thresholds.ts'
import type {
  ModelWindow,
  ProviderWindow,
  SeenCheck,
  SeenSample,
  SystemWindow,
  TargetWindow,
  Watched,
} from '../../src/alerts/window.ts'

export const minuteMs = 60_000
const now = new Date('2026-03-10T12:00:00Z')
export const ago = (minutes: number): Date => new Date(now.getTime() - minutes * minuteMs)
/** Between two runs of the schedule. */
export const interval = 15

const watched: Omit<Watched, 'scope' | 'subject'> = {
  now,
  inMaintenance: false,
  shadow: [],
  thresholds: usualThresholds,
  open: [],
  past: {},
}
const nobody = { provider: null, model: null, targetId: null, region: null }

/** A target that has been watched for a year, and of whose results nothing is known. */
export const quietTarget: TargetWindow = {
  ...watched,
  scope: 'target/t1/local',
  subject: { provider: 'openai', model: 'gpt', targetId: 't1', region: 'local' },
  state: 'up',
  since: ago(60 * 24 * 365),
  lastCheckAt: now,
  firstCheckAt: ago(60 * 24 * 365),
  intervalMs: interval * minuteMs,
  checks: [],
  attempts: [],
  samples: [],
  baseline: {},
  limits: { ttftMs: null, latencyMs: null },
  objectives: [],
}

export const quietProvider: ProviderWindow = {
  ...watched,
  scope: 'provider/openai',
  subject: { ...nobody, provider: 'openai' },
  targets: [],
}

export const quietSystem: SystemWindow = {
  ...watched,
  scope: 'system',
  subject: nobody,
  schedule: { state: 'kept', lastFinishedAt: ago(5), limitMs: 2.5 * interval * minuteMs },
  lastRun: null,
  spent: {
    day: { since: new Date('2026-03-10'), usd: 0, limitUsd: null },
    month: { since: new Date('2026-03-01'), usd: 0, limitUsd: null },
  },
  calibration: null,
}

export const quietModel: ModelWindow = {
  ...watched,
  scope: 'model/m1',
  subject: { ...nobody, provider: 'openai', model: 'gpt' },
  hasActiveTarget: true,
  missedSyncs: 0,
  lastSync: null,
  priceChange: null,
  answers: [],
}

/** An incident that opened an hour ago. */
export function incidentOf(
  { scope, subject }: Watched,
  kind: IncidentKind,
  change: Partial<Incident> = {},
): Incident {
  return {
    id: `${kind} 1`,
    scope,
    kind,
    severity: severityOf[kind],
    subject,
    firstBadAt: ago(75),
    openedAt: ago(60),
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolveReason: null,
    shadow: false,
    parentId: null,
    flapping: false,
    evidence: {},
    ...change,
  }
}

/** Checks every 15 minutes up to now: `o` is ok, `x` failed. */
export const checksOf = (pattern: string): SeenCheck[] =>
  pattern.split('').map((each, index) => ({
    at: ago((pattern.length - 1 - index) * interval),
    ok: each === 'o',
    errorKind: each === 'o' ? null : 'server_error',
  }))

/** The state and its beginning that the view `target_health` gives a target with these checks, in order. */
export function stateOf(checks: readonly SeenCheck[]): Pick<TargetWindow, 'state' | 'since' | 'lastCheckAt'> {
  const good = checks.findLastIndex(({ ok }) => ok)
  const failed = checks.slice(good + 1)
  const state = failed.length === 0 ? 'up' : failed.length < rules.down.failed ? 'failing' : 'down'
  return { state, since: failed[0]?.at ?? null, lastCheckAt: checks.at(-1)?.at ?? null }
}

/** Samples every so many minutes up to now, of one series. */
export const samplesOf = (
  ttft: readonly number[],
  change: Partial<SeenSample> = {},
  every = interval,
): SeenSample[] =>
  ttft.map((ttftMs, index) => ({
    at: ago((ttft.length - 1 - index) * every),
    series: 'a',
    ttftMs,
    latencyMs: 3000,
    tps: null,
    outputTokens: null,
    ...change,
  }))

/** Transitions in short: `open down`, `resolve slow: recovered`. */
export const inShort = (transitions: readonly Transition[]): string[] =>
  transitions.map((transition) => {
    if (transition.do === 'open') return `open ${transition.kind}`
    const { kind } = transition.incident
    return transition.do === 'resolve' ? `resolve ${kind}: ${transition.reason}` : `${transition.do} ${kind}`
  })
