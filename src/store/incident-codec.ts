import { z } from 'zod'
import {
  type Evidence,
  type Incident,
  incidentEventTypes,
  incidentKinds,
  type NotificationEvent,
  resolveReasons,
  severities,
} from '../core/incident.ts'
import { date, fromColumns } from './columns.ts'
import { owner } from './config-codec.ts'
import { pageOf } from './page.ts'
import { count, json, moment, text } from './read-codec.ts'

/** What channels are told of. */
export const notificationEvents = [
  'opened',
  'worsened',
  'acknowledged',
  'reminded',
  'resolved',
  'undelivered',
  'weekly',
  'test',
] as const satisfies readonly NotificationEvent[]

// ---- incidents as the code knows them

const evidence: z.ZodType<Evidence> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))]),
)
export const subject = fromColumns(z.object({ provider: text, model: text, targetId: text, region: text }))

/** A row of incidents. */
export const incident: z.ZodType<Incident> = fromColumns(
  z.object({
    id: z.string(),
    scope: z.string(),
    kind: z.enum(incidentKinds),
    severity: z.enum(severities),
    provider: text,
    model: text,
    targetId: text,
    region: text,
    firstBadAt: date,
    openedAt: date,
    acknowledgedAt: date.nullable(),
    acknowledgedBy: text,
    resolvedAt: date.nullable(),
    resolveReason: z.enum(resolveReasons).nullable(),
    shadow: z.boolean(),
    parentId: text,
    flapping: z.boolean(),
    evidence,
  }),
).transform(({ provider, model, targetId, region, ...rest }) => ({
  ...rest,
  subject: { provider, model, targetId, region },
}))

// ---- incidents as the API shows them, with the database's names

export const incidentRow = z.object({
  id: z.string(),
  scope: z.string(),
  kind: z.enum(incidentKinds),
  severity: z.enum(severities),
  provider: text,
  model: text,
  target_id: text,
  region: text,
  first_bad_at: moment,
  opened_at: moment,
  acknowledged_at: moment.nullable(),
  acknowledged_by: text,
  resolved_at: moment.nullable(),
  resolve_reason: z.enum(resolveReasons).nullable(),
  shadow: z.boolean(),
  parent_id: text,
  flapping: z.boolean(),
  evidence,
  /** From the first result of it until it was resolved, or until now. */
  lasts_s: count,
})

export const incidentPage = pageOf(incidentRow)

/** A delivery, without what it said. */
export const sendingRow = z.object({
  id: z.string(),
  incident_id: text,
  /** The week that it tells of, if it is sent by itself. */
  week: text,
  event: z.enum(notificationEvents),
  seq: count,
  channel: z.string(),
  state: z.enum(['pending', 'held', 'sending', 'sent', 'dead', 'replaced']),
  attempts: count,
  next_attempt_at: moment,
  last_error: text,
  sent_at: moment.nullable(),
  created_at: moment,
})

export const incidentInFull = z.object({
  incident: incidentRow,
  events: z.array(
    z.object({
      at: moment,
      type: z.enum(incidentEventTypes),
      actor: text,
      detail: z.record(z.string(), json),
    }),
  ),
  deliveries: z.array(sendingRow),
  /** Those that it tells, because it is of their whole provider. */
  children: z.array(incidentRow),
})

// ---- maintenance

export const maintenanceList = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      scope: z.string(),
      starts_at: moment.nullable(),
      ends_at: moment.nullable(),
      cron: text,
      duration_minutes: count.nullable(),
      time_zone: text,
      reason: text,
      created_at: moment,
      owned_by: owner,
    }),
  ),
})

export const savedMaintenance = z.object({ created: z.boolean() })

/** An incident of a list as the code knows it. */
export const toIncident = (row: z.output<typeof incidentRow>): Incident => incident.parse(row)
