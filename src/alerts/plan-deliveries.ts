import type { Channel, Incident } from '../core/incident.ts'
import { channelTypes } from './channels.ts'
import type { Delivery, Traffic } from './delivery-store.ts'

/** Deliveries that one message tells. */
type Told = [Delivery, ...Delivery[]]

/** What is to be done with deliveries of one channel, in this order. */
export interface DeliveryPlan {
  /** Each is one message: of one delivery, or a digest of several. */
  messages: Told[]
  /** To be told with others, later. */
  hold: { rows: Delivery[]; inMs: number }[]
}

/** A channel takes so many messages within this time, in ms; the rest waits. */
const mostMessages = 20
const trafficMs = 10 * 60_000
/** So many of them as things happen; what happens then is collected and told together, after a pause, in ms. */
const mostByThemselves = 10
const pauseMs = 1000

const hourMs = 3_600_000

/** What its incident has told often enough, or is no hurry, waits for the digest of the hour. */
const isCalm = (incident: Incident | null): boolean =>
  incident !== null && (incident.flapping || incident.evidence['noisy'] === true || incident.kind === 'drift')

/** Which messages these deliveries are, oldest first, and which of them wait. A week is a message by itself, and waits for nothing. */
export function planDeliveries(
  all: readonly Delivery[],
  { kind, traffic, now }: Pick<Channel, 'kind'> & { traffic: Traffic | undefined; now: Date },
): DeliveryPlan {
  // Who takes no digest, takes each by itself.
  if (!channelTypes[kind].digests) return { messages: all.map((row): Told => [row]), hold: [] }
  const weeks = all.filter(({ week }) => week !== null).map((row): Told => [row])
  const rows = all.filter(({ week }) => week === null)
  const calm = rows.filter((row) => !row.held && isCalm(row.incident))
  const hourly = { rows: calm, inMs: hourMs - (now.getTime() % hourMs) }
  const due = rows.filter((row) => row.held || !isCalm(row.incident))
  const { sent, waitMs } = pauseOf(traffic, now)
  const told =
    waitMs > 0 ? [] : sent < mostByThemselves ? byThemselves(due, mostByThemselves - sent) : together(due)
  const isTold = new Set(told.flat())
  const left = due.filter((row) => !isTold.has(row))
  const rest = { rows: left, inMs: waitMs > 0 ? waitMs : pauseMs }
  return { messages: [...told, ...weeks], hold: [hourly, rest].filter((each) => each.rows.length > 0) }
}

/** How many messages a channel took in ten minutes, and how long the next one waits, in ms. */
function pauseOf(traffic: Traffic | undefined, now: Date): { sent: number; waitMs: number } {
  if (traffic === undefined) return { sent: 0, waitMs: 0 }
  const { messages: sent, since, latest } = traffic
  const until =
    sent < mostByThemselves
      ? -Infinity
      : sent < mostMessages
        ? latest.getTime() + pauseMs
        : since.getTime() + trafficMs
  return { sent, waitMs: Math.max(0, until - now.getTime()) }
}

/** What was held is one message, before the others. */
function byThemselves(rows: readonly Delivery[], most: number): Told[] {
  const alone = rows.filter((row) => !row.held).map((row): Told => [row])
  return [...together(rows.filter((row) => row.held)), ...alone].slice(0, most)
}

function together(rows: readonly Delivery[]): Told[] {
  const [first, ...others] = rows
  return first === undefined ? [] : [[first, ...others]]
}
