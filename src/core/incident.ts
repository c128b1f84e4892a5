import type { Week } from './week.ts'

/**
 * What can be wrong. The rules that open and resolve each are in `src/alerts/rules.ts`; docs/alerts.md, which is
 * generated from them, has them in words.
 */
export const incidentKinds = [
  'down',
  'errors',
  'slow',
  'limit',
  'slo',
  'misconfigured',
  'drift',
  'price_change',
  'model_gone',
  'model_swap',
  'provider_wide',
  'own_outage',
  'silent',
  'budget',
  'calibration',
] as const
export type IncidentKind = (typeof incidentKinds)[number]

/** From the mildest to the worst. */
export const severities = ['info', 'minor', 'major', 'critical'] as const
export type Severity = (typeof severities)[number]

/**
 * What an incident is about, as text, of which each kind has one open incident at most:
 * `target/<target id>/<region>`, `model/<model id>`, `provider/<provider>` or `system`.
 */
export type Scope = string

/** The names of what an incident is about, which outlive a deleted target. */
export interface Subject {
  provider: string | null
  model: string | null
  targetId: string | null
  region: string | null
}

/** Why an incident opened or ended, in numbers: what a message and a chart show. Keys as in docs/alerts.md. */
export type Evidence = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number)[]>
>

/** Why an incident ended. `superseded`: a worse one tells it; `gone`: its target was deleted or switched off. */
export const resolveReasons = ['recovered', 'superseded', 'gone', 'by_hand', 'expired'] as const
export type ResolveReason = (typeof resolveReasons)[number]

/** Something that was wrong, from when it opened until it was resolved. */
export interface Incident {
  id: string
  scope: Scope
  kind: IncidentKind
  severity: Severity
  subject: Subject
  /** When the first result of it was made; when it was judged so. */
  firstBadAt: Date
  openedAt: Date
  acknowledgedAt: Date | null
  acknowledgedBy: string | null
  resolvedAt: Date | null
  resolveReason: ResolveReason | null
  /** Evaluated and shown, and told to nobody. */
  shadow: boolean
  /** The incident that tells it: that of its whole provider. */
  parentId: string | null
  /** It opened three times within a day: it is told by the hourly digest alone. */
  flapping: boolean
  evidence: Evidence
}

/** What happened to an incident. */
export const incidentEventTypes = [
  'opened',
  'worsened',
  'acknowledged',
  'noted',
  'reminded',
  'resolved',
] as const

/** What channels are told of. `undelivered`: another channel could not be told; `weekly`, what changed in a week, and `test` are of no incident. */
export type NotificationEvent =
  | 'opened'
  | 'worsened'
  | 'acknowledged'
  | 'reminded'
  | 'resolved'
  | 'undelivered'
  | 'weekly'
  | 'test'

/** A change of incidents that rules ask for. */
export type Transition =
  | {
      do: 'open'
      scope: Scope
      kind: IncidentKind
      severity: Severity
      subject: Subject
      firstBadAt: Date
      shadow: boolean
      flapping: boolean
      evidence: Evidence
    }
  | { do: 'worsen'; incident: Incident; severity: Severity; evidence: Evidence }
  | { do: 'adopt'; incident: Incident; parentScope: Scope }
  | { do: 'resolve'; incident: Incident; reason: ResolveReason; evidence: Evidence }

/** Kinds of channels. */
export const channelKinds = [
  'webhook',
  'slack',
  'discord',
  'teams',
  'telegram',
  'ntfy',
  'pagerduty',
  'email',
  'template',
] as const
export type ChannelKind = (typeof channelKinds)[number]

/** A place that is told of incidents. Secrets are not in it: `secrets` names variables that begin with `ALERT_`. */
export interface Channel {
  name: string
  kind: ChannelKind
  /** From the environment, whose URLs are trusted, or entered over HTTP, whose URLs are guarded. */
  source: 'environment' | 'entered'
  enabled: boolean
  minSeverity: Severity
  /** Kinds that it is told of; all, if empty. */
  kinds: readonly IncidentKind[]
  /** Whether it is sent what changed in each week. */
  weekly: boolean
  /** By kind of channel: an address, a chat, a template. Never a secret. */
  settings: Readonly<Record<string, string>>
  /** Names of variables by what they hold: `{ url: 'ALERT_SLACK_URL' }`. */
  secrets: Readonly<Record<string, string>>
}

/** What a channel is sent: plain data, kept with its delivery so that every attempt says the same. */
export interface Notification {
  /** Of the delivery: receivers know a repetition by it. */
  id: string
  event: NotificationEvent
  at: Date
  /** What changed in a week; null unless the event is `weekly`. */
  week: Week | null
  /** Null for a test, and for a week. */
  incident: Pick<
    Incident,
    | 'id'
    | 'scope'
    | 'kind'
    | 'severity'
    | 'subject'
    | 'firstBadAt'
    | 'openedAt'
    | 'acknowledgedAt'
    | 'acknowledgedBy'
    | 'resolvedAt'
    | 'resolveReason'
    | 'evidence'
  > | null
  /** One line for people: what is wrong with what, since when. */
  title: string
  /** A few lines more: why, in numbers. */
  text: string
  /** The page of the incident, or the dashboard, if a public URL is known. */
  link: string | null
}
