import { incidentKinds } from '../core/incident.ts'
import type { Monitoring } from '../core/monitoring.ts'
import {
  by,
  counter,
  gauge,
  inSeconds,
  type Labels,
  moment,
  one,
  type Reading,
  type Sample,
} from './metric-family.ts'

/** What an incident may be about. */
const aboutIncident = ['kind', 'severity', 'provider', 'model', 'region', 'target']
type Open = Monitoring['incidents']['open'][number]
const labelsOf = ({ kind, severity, provider, model, region, targetId }: Open): Labels => ({
  kind,
  severity,
  ...filled({ provider, model, region, target: targetId }),
})
/** Those labels that have a value: an empty one is the same as none. */
const filled = (labels: Readonly<Record<string, string | null>>): Labels =>
  Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
/** Every kind has a time series from the beginning. */
const byKind = (counts: Readonly<Record<string, number>>): Sample[] =>
  by('kind', Object.fromEntries(incidentKinds.map((kind) => [kind, counts[kind] ?? 0])))

/** What is told of incidents, and of the channels that are told of them. */
export const ofIncidents: readonly Reading<Monitoring>[] = [
  [
    gauge('incident_open', 'An incident that is open; absent if there is none.', { labels: aboutIncident }),
    ({ incidents }) => incidents.open.flatMap((incident) => one(1, labelsOf(incident))),
  ],
  [
    gauge('incident_opened_timestamp_seconds', 'When an incident that is open was opened.', {
      ...inSeconds,
      labels: aboutIncident,
    }),
    ({ incidents }) => incidents.open.flatMap((incident) => moment(incident.openedAt, labelsOf(incident))),
  ],
  [
    counter('incidents_opened', 'Incidents that were ever opened.', { labels: ['kind'] }),
    ({ incidents }) => byKind(incidents.opened),
  ],
  [
    counter('incidents_resolved', 'Incidents that were ever resolved.', { labels: ['kind'] }),
    ({ incidents }) => byKind(incidents.resolved),
  ],
  [
    gauge('channel_enabled', 'Whether a channel is told of incidents.', { labels: ['channel'] }),
    ({ channels }) => channels.flatMap(({ name: channel, enabled }) => one(Number(enabled), { channel })),
  ],
  [
    gauge('notifications_waiting', 'What a channel is still to be told.', { labels: ['channel'] }),
    ({ channels }) => channels.flatMap(({ name: channel, nWaiting }) => one(nWaiting, { channel })),
  ],
  [
    gauge('notification_waiting_since_timestamp_seconds', 'Since when the oldest of it waits.', {
      ...inSeconds,
      labels: ['channel'],
    }),
    ({ channels }) =>
      channels.flatMap(({ name: channel, waitingSince }) => moment(waitingSince, { channel })),
  ],
  [
    counter('notifications', 'What a channel took (`sent`), and what it will never be told (`dead`).', {
      labels: ['channel', 'state'],
    }),
    ({ channels }) =>
      channels.flatMap(({ name: channel, nSent, nDead }) =>
        by('state', { sent: nSent, dead: nDead }).map(({ labels, value }) => ({
          labels: { channel, ...labels },
          value,
        })),
      ),
  ],
  [
    gauge(
      'judged_timestamp_seconds',
      'When the latest result that was judged was recorded; absent if none was.',
      inSeconds,
    ),
    ({ judgedUntil }) => moment(judgedUntil),
  ],
]
