import type { Channel, Incident, NotificationEvent } from '../core/incident.ts'
import type { Week } from '../core/week.ts'

/**
 * One event of an incident on its way to one channel: a row of notification_deliveries. What it says is made of the
 * incident as it was when the event happened, so that every attempt says the same.
 */
export interface Delivery {
  /** Receivers know a repetition by it. */
  id: string
  channel: string
  event: NotificationEvent
  /** Counts events of one type and incident: reminders, mostly. */
  seq: number
  /** When the event happened. */
  at: Date
  /** As it was then; null for a test, and for a week. */
  incident: Incident | null
  /** How often it was sent without success. */
  attempts: number
  /** It was held back until now, to be told with others as one message. */
  held: boolean
  /** Which channel could not be told which event, and why; null unless the event is `undelivered`. */
  undelivered: { channel: string; event: NotificationEvent; error: string | null } | null
  /** What changed in a week; null unless the event is `weekly`. */
  week: Week | null
  /** Nothing that was said of this incident has reached this channel yet. */
  unannounced: boolean
}

/** How many messages a channel took in the last ten minutes; of what was settled together it took one. */
export interface Traffic {
  channel: string
  messages: number
  /** When the first and the last of them were sent. */
  since: Date
  latest: Date
}

/** Deliveries that one worker holds until it settles them, at most for `lockMs`. */
export interface ClaimedDeliveries {
  rows: Delivery[]
  /** Of the channels of these rows that took anything. */
  traffic: Traffic[]
  /** The database's clock, which judges what is due. */
  now: Date
}

/** What became of deliveries that a claim holds. */
export interface Settlement {
  claimId: string
  /** Of one channel; several if one message told them. */
  ids: string[]
  /** `pending`: to be sent in `inMs`, by itself; `held`: in `inMs`, with others that are held. */
  state: 'sent' | 'pending' | 'held' | 'dead'
  /** From now on, by the database's clock; null unless it is pending or held. */
  inMs: number | null
  /** Attempts made now, which are added to those before. */
  attempts: number
  /** Why the last attempt failed, without secrets; null if none did. */
  error: string | null
  /** Switches the channel off, `error` being the reason. */
  disable: boolean
  /** The channel that is told what is given up; null if there is none. */
  fallback: string | null
}

/**
 * The part of the store that delivering needs. Repeating a call changes nothing: a claim is known by its id, and what
 * is no longer held by a claim is not settled by it.
 */
export interface DeliveryStore {
  /** Every channel, those switched off too, by name. */
  readChannels: () => Promise<{ rows: Channel[] }>
  /**
   * Claims what is due, oldest first. Of one incident and channel only the first that is neither sent, dead nor
   * replaced is due: `opened` always goes before `resolved`. If a claim is not settled in `lockMs`, its rows are due
   * again. A `resolved` that finds nothing of its incident sent to its channel replaces what waits there.
   */
  claimDeliveries: (input: {
    claimId: string
    limit: number
    lockMs: number
    /** Only of these channels, and of those that nobody could send to for a day. */
    channels: readonly string[]
  }) => Promise<ClaimedDeliveries>
  /**
   * Settles what this claim holds; `settled` counts it. What waits for an `opened` that is dead is replaced: it
   * would tell of something unheard of.
   */
  settleDeliveries: (input: Settlement) => Promise<{ settled: number }>
}
