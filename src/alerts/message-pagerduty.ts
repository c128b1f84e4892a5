import type { Severity } from '../core/incident.ts'
import { fit } from './fit.ts'
import type { Message } from './message.ts'

const severityNames: Readonly<Record<Severity, string>> = {
  info: 'info',
  minor: 'warning',
  major: 'error',
  critical: 'critical',
}

/**
 * An event of the Events API v2. All events of one incident have its id as their `dedup_key`, so that they are one alert
 * there. developer.pagerduty.com/docs/send-alert-event: a summary has 1024 characters at most.
 */
export function pagerdutyEvent(message: Message, key: string): object {
  const { link, over, notifications } = message
  const isTaken = notifications[0]?.event === 'acknowledged'
  const event = {
    routing_key: key,
    dedup_key: notifications[0]?.incident?.id ?? message.id,
    event_action: over ? 'resolve' : isTaken ? 'acknowledge' : 'trigger',
  }
  if (over || isTaken) return event
  return {
    ...event,
    client: 'firsttoken',
    ...(link !== null && { client_url: link, links: [{ href: link, text: 'The incident' }] }),
    payload: payloadOf(message),
  }
}

function payloadOf({ at, title, text, severity, notifications: [notification] }: Message): object {
  const common = {
    summary: fit(title, { most: 1024 }),
    source: 'firsttoken',
    severity: severityNames[severity],
    timestamp: at.toISOString(),
  }
  const incident = notification?.incident ?? null
  if (incident === null) return { ...common, custom_details: { text } }
  const { provider, model, region } = incident.subject
  return {
    ...common,
    source: fit(incident.scope, { most: mostName }),
    class: incident.kind,
    group: provider && fit(provider, { most: mostName }),
    component: model && fit(model, { most: mostName }),
    custom_details: { text, region, evidence: incident.evidence },
  }
}
const mostName = 255
