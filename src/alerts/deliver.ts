import type { Logger } from 'pino'
import type { Channel } from '../core/incident.ts'
import { decide, type Outcome } from './backoff.ts'
import { channelTypes } from './channels.ts'
import { describe, type LinkOf } from './describe.ts'
import type { ClaimedDeliveries, Delivery, DeliveryStore, Settlement } from './delivery-store.ts'
import { digestOf } from './digest.ts'
import type { Message } from './message.ts'
import { type DeliveryPlan, planDeliveries } from './plan-deliveries.ts'

/** What delivering needs. */
export interface DeliverParts {
  store: DeliveryStore
  send: (channel: Channel, message: Message) => Promise<Outcome>
  /** Whether this process has all that a channel needs. */
  canSend: (channel: Channel) => boolean
  linkOf: LinkOf
  /** Monotonic, in ms. */
  now: () => number
  sleep: (ms: number) => Promise<unknown>
  /** 0 to 1. */
  random: () => number
  newId: () => string
  log: Pick<Logger, 'warn'>
  /** The channel that is told what is given up; null if there is none. */
  fallback: string | null
  /** By `now`: no message is begun after it. */
  deadline?: number
}

/** How many deliveries came to what. */
export interface Delivered {
  sent: number
  /** To be tried again, or held for a digest. */
  waiting: number
  dead: number
}

/** Deliveries of one claim: what ten channels are to be told of a hundred incidents is one digest each, not five. */
const mostRows = 1000
/** A claim lapses after this time; no message of it is begun in its second half. In ms. */
const lockMs = 120_000
/** A wait that is slept through, rather than left to the next call, in ms. */
const longestSleepMs = 5000
/** How often what other channels are to be told is looked for while some collect, in ms. */
const lookMs = 250

/**
 * Sends what is due, channel by channel at once, the messages of a channel one after another. Each is sent at least once: if this
 * process ends between sending and settling, it is sent again under the same id. Rejects if the store does.
 */
export async function deliver(parts: DeliverParts): Promise<Delivered> {
  const { store, canSend, newId, now, sleep, fallback, deadline = Infinity } = parts
  const all = (await store.readChannels()).rows
  const channels = new Map(all.map((channel) => [channel.name, channel]))
  const usable = all.filter(canSend).map(({ name }) => name)
  const total: Delivered = { sent: 0, waiting: 0, dead: 0 }
  let pausedUntil = -Infinity
  while (now() < deadline) {
    const claimId = newId()
    const until = Math.min(deadline, now() + lockMs / 2)
    const claimed = await store.claimDeliveries({ claimId, limit: mostRows, lockMs, channels: usable })
    if (claimed.rows.length > 0) {
      const settle = settler(claimId, total, { ...parts, hasFallback: channels.has(fallback ?? '') })
      const ofClaim = { ...parts, settle, deadline: until }
      const pauseMs = await deliverClaimed(claimed, channels, ofClaim)
      // What is due at that moment is claimed after it.
      pausedUntil = Math.max(pausedUntil, now() + pauseMs + lookMs)
    } else if (now() >= Math.min(pausedUntil, deadline)) break
    if (now() < pausedUntil) await sleep(lookMs)
  }
  return total
}

/** What becomes of deliveries of one channel. */
type Settle = (
  rows: readonly Delivery[],
  as: Pick<Settlement, 'state'> & Partial<Omit<Settlement, 'claimId' | 'ids' | 'fallback'>>,
) => Promise<void>

const settler =
  (
    claimId: string,
    total: Delivered,
    { store, log, fallback, hasFallback }: DeliverParts & { hasFallback: boolean },
  ): Settle =>
  async (rows, { state, inMs = null, attempts = 0, error = null, disable = false }) => {
    const ids = rows.map(({ id }) => id)
    if (ids.length === 0) return
    const became = { claimId, ids, state, inMs, attempts, error, disable, fallback }
    const { settled } = await store.settleDeliveries(became)
    total[state === 'sent' || state === 'dead' ? state : 'waiting'] += settled
    const channel = rows[0]?.channel
    if (state !== 'dead') return
    log.warn({ kind: 'alert_not_delivered', channel, ids }, `channel ${channel} ${error}: given up`)
    if (fallback !== null && !hasFallback)
      log.warn({ kind: 'no_fallback', fallback }, `there is no channel ${fallback}: ALERT_FALLBACK names it`)
  }

type ChannelParts = DeliverParts & { settle: Settle }

/** Resolves to the longest pause that is slept through for what is held, in ms; -Infinity for none. */
async function deliverClaimed(
  claimed: ClaimedDeliveries,
  channels: ReadonlyMap<string, Channel>,
  parts: ChannelParts,
): Promise<number> {
  const byChannel = [...Map.groupBy(claimed.rows, ({ channel }) => channel)]
  const ended = await Promise.allSettled(
    byChannel.map(([name, rows]) => deliverTo(channels.get(name), { ...claimed, rows }, parts)),
  )
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const pauses = ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  return Math.max(...pauses.filter((ms) => ms <= longestSleepMs))
}

/** Resolves to how long the first of what is held waits, in ms; Infinity if nothing is. */
async function deliverTo(
  channel: Channel | undefined,
  { rows, traffic, now }: ClaimedDeliveries,
  parts: ChannelParts,
): Promise<number> {
  const { settle } = parts
  if (channel === undefined || !channel.enabled) {
    const error = channel === undefined ? 'does not exist any more' : 'is switched off'
    await settle(rows, { state: 'dead', error })
    return Infinity
  }
  // It may have become another kind of channel since.
  const isUntold = ({ week }: Delivery) => week !== null && !channelTypes[channel.kind].digests
  await settle(rows.filter(isUntold), { state: 'dead', error: 'takes no digests' })
  const told = rows.filter((row) => !isUntold(row))
  const { messages, hold } = planDeliveries(told, {
    kind: channel.kind,
    traffic: traffic.find((each) => each.channel === channel.name),
    now,
  })
  for (const { rows: held, inMs } of hold) await settle(held, { state: 'held', inMs })
  await sendEach(messages, { ...parts, channel, at: now })
  return Math.min(...hold.map(({ inMs }) => inMs))
}

/** Sends messages one after another, until the channel fails. */
async function sendEach(
  messages: DeliveryPlan['messages'],
  { channel, at, ...parts }: ChannelParts & { channel: Channel; at: Date },
): Promise<void> {
  const { settle, linkOf, deadline = Infinity } = parts
  for (const [index, told] of messages.entries()) {
    const left = messages.slice(index).flat()
    if (parts.now() >= deadline) return putOff(left, { inMs: 0 }, settle)
    const [first, ...others] = told
    const message = digestOf([describe(first, linkOf), ...others.map((row) => describe(row, linkOf))], at)
    const before = Math.max(...told.map(({ attempts }) => attempts))
    const tried = await trySending(() => parts.send(channel, message), before, parts)
    if (tried.outcome.kind === 'sent') await settle(told, { state: 'sent', attempts: tried.attempts })
    else if (tried.outcome.kind === 'refused') await settleFailed(told, tried, parts)
    // What keeps one message from its channel keeps those behind it.
    else return settleFailed(left, tried, parts)
  }
}

interface Tried {
  outcome: Outcome
  attempts: number
}

/** Sends after so many attempts, and once more if that is soon. */
async function trySending(
  send: () => Promise<Outcome>,
  before: number,
  { sleep, random }: DeliverParts,
): Promise<Tried> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await send()
    const decision = decide(outcome, before + attempts, random())
    if (decision.do !== 'retry' || decision.inMs > longestSleepMs) return { outcome, attempts }
    await sleep(decision.inMs)
  }
}

async function settleFailed(
  rows: readonly Delivery[],
  { outcome, attempts }: Tried,
  { settle, random }: ChannelParts,
): Promise<void> {
  const lengthening = random()
  for (const [before, group] of Map.groupBy(rows, (row) => row.attempts)) {
    const decision = decide(outcome, before + attempts, lengthening)
    if (decision.do === 'dead') {
      const { error, disable } = decision
      await settle(group, { state: 'dead', attempts, error, disable })
    }
    if (decision.do === 'retry') {
      const { inMs, error } = decision
      await putOff(group, { inMs, attempts, error }, settle)
    }
  }
}

/** What was held is told with others again. */
async function putOff(
  rows: readonly Delivery[],
  as: { inMs: number; attempts?: number; error?: string },
  settle: Settle,
): Promise<void> {
  await settle(
    rows.filter((row) => row.held),
    { state: 'held', ...as },
  )
  await settle(
    rows.filter((row) => !row.held),
    { state: 'pending', ...as },
  )
}
