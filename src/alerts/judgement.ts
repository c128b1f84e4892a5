import {
  type Evidence,
  type Incident,
  type IncidentKind,
  type ResolveReason,
  type Severity,
  severities,
  type Transition,
} from '../core/incident.ts'
import type { ErrorKind } from '../core/outcome.ts'
import { rules, severityOf } from './rules.ts'
import type { Past, Watched } from './window.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** The open incident of a kind. */
export const openOf = (watched: Watched, kind: IncidentKind): Incident | undefined =>
  watched.open.find((incident) => incident.kind === kind)

/** Something that is wrong. */
interface Finding {
  kind: IncidentKind
  /** That of its kind unless given. */
  severity?: Severity
  firstBadAt: Date
  /** When it last went wrong. What was resolved since then is not opened again by the same. */
  newsAt: Date
  /** The same data may speak for it again after its recovery. */
  outlasts?: true
  /** Evaluated and shown only; for the digest only. */
  shadow?: boolean
  digest?: boolean
  evidence: Evidence
}

/** Opens an incident, unless one of its kind was resolved after all that speaks for it. */
export function open(watched: Watched, finding: Finding): Transition[] {
  const { kind, firstBadAt, evidence, severity = severityOf[kind] } = finding
  const past = watched.past[kind]
  if (isOver(past?.last ?? null, finding)) return []
  const openings = (past?.opened ?? 0) + 1
  const shadow = finding.shadow === true || watched.shadow.includes(kind)
  const flapping = finding.digest === true || openings >= rules.flapping.openings
  const { scope, subject } = watched
  return [{ do: 'open', scope, kind, severity, subject, firstBadAt, shadow, flapping, evidence }]
}

/**
 * Whether the last incident that was resolved was of this too. What recovered did so by the same data, so that what is wrong
 * now is new: moments would not tell, if the clock of whoever measures is behind the database's.
 */
const isOver = (last: Past['last'], { newsAt, outlasts }: Finding): boolean =>
  last !== null && (last.reason !== 'recovered' || outlasts === true) && newsAt <= last.resolvedAt

/** Makes an incident worse, unless it already is as bad. Its evidence is kept, with what is new. */
export function worsen(incident: Incident, severity: Severity, evidence: Evidence): Transition[] {
  if (severities.indexOf(severity) <= severities.indexOf(incident.severity)) return []
  return [{ do: 'worsen', incident, severity, evidence: { ...incident.evidence, ...evidence } }]
}

/** Resolves an incident. Its evidence is kept, with what is new. */
export const resolve = (incident: Incident, reason: ResolveReason, evidence: Evidence = {}): Transition => ({
  do: 'resolve',
  incident,
  reason,
  evidence: { ...incident.evidence, ...evidence },
})

/** Whether a target was checked for too short a time to be judged by its past in public. */
export const isYoung = (firstCheckAt: Date | null, now: Date): boolean =>
  firstCheckAt === null || now.getTime() - firstCheckAt.getTime() < rules.shadow.days * dayMs

/** The oldest first, and each once. */
export const inOrder = <Item extends { at: Date }>(items: readonly Item[]): Item[] =>
  items
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .filter(({ at }, index, sorted) => sorted[index - 1]?.at.getTime() !== at.getTime())

/** What went wrong, the latest first, each kind once. */
export const kindsOf = (failed: readonly { errorKind: ErrorKind | null }[]): string[] => [
  ...new Set(failed.map(({ errorKind }) => errorKind ?? 'unknown').toReversed()),
]

/** From when on results are fresh at a moment. */
export function freshFrom(at: Date, intervalMs: number | null): Date {
  const ms = Math.max(rules.fresh.hours * hourMs, rules.fresh.intervals * (intervalMs ?? 0))
  return new Date(at.getTime() - ms)
}
