import { z } from 'zod'
import { type Channel, channelKinds, incidentKinds, severities } from '../core/incident.ts'
import type { JsonObject } from '../core/json.ts'
import { week } from '../core/week.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { type Owner, owner } from './config-codec.ts'
import { incident, notificationEvents, sendingRow } from './incident-codec.ts'
import { pageOf } from './page.ts'
import { count, text } from './read-codec.ts'

/** The channels of the environment as `save_channels` takes them. */
export const toChannelsInput = ({ channels }: { channels: readonly Channel[] }): JsonObject => ({
  channels: channels.map(({ name, kind, minSeverity, kinds, settings, secrets, weekly }) =>
    toColumns({ name, kind, minSeverity, kinds, settings, secrets, weekly }),
  ),
})

/** A channel, and what became of what it was sent. */
export interface ChannelRecord extends Channel {
  /** Why it is off. */
  disabledReason: string | null
  consecutiveFailures: number
  createdAt: Date
  lastSentAt: Date | null
  nWaiting: number
  /** When what waits longest was put into the outbox. */
  waitingSince: Date | null
  /** Deliveries that were given up within 24 hours. */
  nDeadLately: number
  ownedBy: Owner
}

const channel: z.ZodType<ChannelRecord> = fromColumns(
  z.object({
    name: z.string(),
    kind: z.enum(channelKinds),
    source: z.enum(['environment', 'entered']),
    enabled: z.boolean(),
    minSeverity: z.enum(severities),
    kinds: z.array(z.enum(incidentKinds)),
    weekly: z.boolean(),
    settings: z.record(z.string(), z.string()),
    secrets: z.record(z.string(), z.string()),
    disabledReason: text,
    consecutiveFailures: count,
    createdAt: date,
    lastSentAt: date.nullable(),
    nWaiting: count,
    waitingSince: date.nullable(),
    nDeadLately: count,
    ownedBy: owner,
  }),
)

export const channelList = z.object({ rows: z.array(channel) })
export const savedChannels = z.object({ added: z.array(z.string()), gone: z.array(z.string()) })
export const savedChannel = z.object({ created: z.boolean(), channel })
export const switchedChannel = z.object({ channel })
export const deletedOutput = z.object({ deleted: z.boolean() })
export const testedOutput = z.object({ queued: z.boolean() })
export const queuedDigests = z.object({ week: z.string(), queued: count, skipped: count })

export const claimedDeliveries = z.object({
  rows: z.array(
    z.object({
      /** Receivers know a repetition by it. */
      id: z.string(),
      channel: z.string(),
      event: z.enum(notificationEvents),
      /** Counts events of one type and incident. */
      seq: count,
      /** When the event happened. */
      at: date,
      /** As it was then; null for a test, and for a week. */
      incident: incident.nullable(),
      /** How often it was sent without success. */
      attempts: count,
      /** It was held back until now, to be told with others as one message. */
      held: z.boolean(),
      /** Which event another channel could not be told, and why; null unless the event is that. */
      undelivered: z
        .object({ event: z.enum(notificationEvents), seq: count, channel: z.string(), error: text })
        .nullable(),
      /** What changed in a week; null unless the event is that. */
      week: week.nullable(),
      /** Nothing that was said of this incident has reached this channel yet. */
      unannounced: z.boolean(),
    }),
  ),
  /** How many messages each of these channels took in the last ten minutes, and when the first of them was sent. */
  traffic: z.array(z.object({ channel: z.string(), messages: count, since: date, latest: date })),
  /** The database's clock, which judges what is due. */
  now: date,
})

export const settledOutput = z.object({ settled: count })
export const deliveryPage = pageOf(sendingRow)
