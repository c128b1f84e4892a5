import type { Channel, ChannelKind, Incident } from '../../src/core/incident.ts'
import type { Delivery } from '../../src/alerts/delivery-store.ts'
import { digestOf } from '../../src/alerts/digest.ts'
import { describe } from '../../src/alerts/describe.ts'
import type { Message } from '../../src/alerts/message.ts'
import type { ChannelRecord } from '../../src/store/delivery-codec.ts'

/** An open incident: a target that is down since noon. */
export const incidentLike = (more: Partial<Incident> = {}): Incident => ({
  id: '0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  scope: 'target/5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01/local',
  kind: 'down',
  severity: 'critical',
  subject: {
    provider: 'openai',
    model: 'gpt-5',
    targetId: '5b3c2f10-9f7b-4f0e-a7a1-3f1f6d1f2a01',
    region: 'local',
  },
  firstBadAt: new Date('2026-11-05T12:00:00Z'),
  openedAt: new Date('2026-11-05T12:15:10Z'),
  acknowledgedAt: null,
  acknowledgedBy: null,
  resolvedAt: null,
  resolveReason: null,
  shadow: false,
  parentId: null,
  flapping: false,
  evidence: { failures: 2, error_kinds: ['timeout_first_token', 'overloaded'] },
  ...more,
})

/** A delivery of its opening. */
export const deliveryLike = (more: Partial<Delivery> = {}): Delivery => ({
  id: 'a3e2a1d4-7d0c-4a49-9a0e-9f6e1d2c3b04',
  channel: 'webhook',
  event: 'opened',
  seq: 0,
  at: new Date('2026-11-05T12:15:10Z'),
  incident: incidentLike(),
  attempts: 0,
  held: false,
  undelivered: null,
  week: null,
  unannounced: false,
  ...more,
})

/** A page of an incident, or the dashboard. */
export const linkOf = (id: string | null): string =>
  `https://monitor.example/${id === null ? '' : `incidents/${id}`}`

/** The message of deliveries. */
export function messageLike(...deliveries: Partial<Delivery>[]): Message {
  const [first, ...others] = deliveries.length === 0 ? [{}] : deliveries
  const told = (more: Partial<Delivery> = {}) => describe(deliveryLike(more), linkOf)
  return digestOf([told(first), ...others.map(told)], new Date('2026-11-05T13:00:00Z'))
}

/** A channel of the environment. */
export const channelLike = (kind: ChannelKind, more: Partial<Channel> = {}): Channel => ({
  name: kind,
  kind,
  source: 'environment',
  enabled: true,
  minSeverity: 'info',
  kinds: [],
  weekly: false,
  settings: {},
  secrets: {},
  ...more,
})

/** A channel as the database has it, which was told nothing yet. */
export const recordLike = (channel: Channel, more: Partial<ChannelRecord> = {}): ChannelRecord => ({
  ...channel,
  disabledReason: null,
  consecutiveFailures: 0,
  createdAt: new Date('2026-11-05T00:00:00Z'),
  lastSentAt: null,
  nWaiting: 0,
  waitingSince: null,
  nDeadLately: 0,
  ownedBy: null,
  ...more,
})
