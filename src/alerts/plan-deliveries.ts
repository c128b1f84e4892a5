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

/** A channel takes so many messages within this time, in ms. The last of them tells all the rest; what comes later waits. */
const mostMessages = 20
const trafficMs = 10 * 60_000

const hourMs = 3_600_000

/** What its incident has told often enough, or is no hurry, waits for the digest of the hour. */
const isCalm = (incident: Incident | null): boolean =>
  incident !== null && (incident.flapping || incident.evidence['noisy'] === true || incident.kind === 'drift')

/** Which messages these deliveries are, oldest first, and which of them wait. */
export function planDeliveries(
  rows: readonly Delivery[],
  { kind, traffic, now }: Pick<Channel, 'kind'> & { traffic: Traffic | undefined; now: Date },
): DeliveryPlan {
  // Who takes no digest, takes each by itself.
  if (!channelTypes[kind].digests) return { messages: rows.map((row): Told => [row]), hold: [] }
  const calm = rows.filter((row) => !row.held && isCalm(row.incident))
  const due = rows.filter((row) => !row.held && !isCalm(row.incident)).map((row): Told => [row])
  const [first, ...others] = rows.filter((row) => row.held)
  const messages = first === undefined ? due : [[first, ...others] satisfies Told, ...due]
  const left = Math.max(0, mostMessages - (traffic?.messages ?? 0))
  const [fit, rest] = fitted(messages, left)
  const untilFreeMs = (traffic?.since ?? now).getTime() + trafficMs - now.getTime()
  return {
    messages: fit,
    hold: [
      { rows: calm, inMs: hourMs - (now.getTime() % hourMs) },
      { rows: rest, inMs: Math.max(1, untilFreeMs) },
    ].filter((each) => each.rows.length > 0),
  }
}

/** What fits into so many messages, the last of which is a digest if all do not fit; and what waits, because there is none. */
function fitted(messages: readonly Told[], most: number): [fit: Told[], rest: Delivery[]] {
  if (messages.length <= most) return [[...messages], []]
  const [first, ...others] = messages.slice(Math.max(0, most - 1)).flat()
  if (most === 0 || first === undefined) return [[], messages.flat()]
  return [[...messages.slice(0, most - 1), [first, ...others]], []]
}
