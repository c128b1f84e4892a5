import { createHmac } from 'node:crypto'
import type { Notification } from '../core/incident.ts'
import type { Message } from './message.ts'
import type { Post } from './request.ts'

/** The version of the payload: fields may be added within one. */
const version = 1

/**
 * What a webhook is sent. A digest has `notifications`, each as it would be by itself; docs/alert-channels.md shows both.
 */
export function webhookPayload({ id, at, title, text, link, notifications }: Message): object {
  const [first, ...others] = notifications.map(payloadOf)
  const own = { id, timestamp: at.toISOString(), title, text }
  return others.length === 0
    ? { ...first, ...own }
    : { version, event: 'digest', ...own, links: { incident: link }, notifications: [first, ...others] }
}

function payloadOf({ id, event, at, incident, week, title, text, link }: Notification): object {
  const common = { version, event: nameOf(event), id, timestamp: at.toISOString() }
  const said = { title, text, links: { incident: link } }
  if (week !== null) return { ...common, title, text, links: { dashboard: link }, week }
  if (incident === null) return { ...common, ...said, incident: null, target: null }
  const { subject, firstBadAt, openedAt, acknowledgedAt, resolvedAt } = incident
  return {
    ...common,
    ...said,
    incident: {
      id: incident.id,
      scope: incident.scope,
      kind: incident.kind,
      severity: incident.severity,
      first_bad_at: firstBadAt.toISOString(),
      opened_at: openedAt.toISOString(),
      acknowledged_at: acknowledgedAt?.toISOString() ?? null,
      acknowledged_by: incident.acknowledgedBy,
      resolved_at: resolvedAt?.toISOString() ?? null,
      resolve_reason: incident.resolveReason,
      duration_s: resolvedAt && Math.round((resolvedAt.getTime() - firstBadAt.getTime()) / 1000),
      evidence: incident.evidence,
    },
    target: {
      id: subject.targetId,
      provider: subject.provider,
      model: subject.model,
      region: subject.region,
    },
  }
}

/** The name of an event in a payload. */
function nameOf(event: Notification['event']): string {
  if (event === 'test') return event
  if (event === 'weekly') return 'digest.weekly'
  return `incident.${event === 'acknowledged' ? 'updated' : event}`
}

/** Signed by standardwebhooks.com: few lines of HMAC, for which its package brings an implementation of SHA-256 of its own. */
export function signed(
  { url, headers, body }: Post,
  { id, secret, at }: { id: string; secret: string | undefined; at: Date },
): Post {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const named = { ...headers, 'webhook-id': id, 'webhook-timestamp': timestamp }
  const key = secretKey(secret ?? '')
  if (secret === undefined || key === null) return { url, body, headers: named }
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { url, body, headers: { ...named, 'webhook-signature': `v1,${signature}` } }
}

/** The bytes of `whsec_` and base64; null if it is none, or has fewer than the 24 bytes that the standard asks for. */
export function secretKey(secret: string): Buffer | null {
  const text = /^whsec_([A-Za-z\d+/]+={0,2})$/.exec(secret)?.[1]
  const key = text === undefined ? null : Buffer.from(text, 'base64')
  return key !== null && key.length >= leastKey ? key : null
}
const leastKey = 24
