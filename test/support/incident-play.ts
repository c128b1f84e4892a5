import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/core/clock.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { startFaulty } from './faulty-provider.ts'
import {
  type FaultCase,
  isOfNetwork,
  needsOwnCalls,
  ticksOf,
  type Trouble,
  working,
} from './incident-faults.ts'
import { look, work, type Workplace, wrongClock } from './incident-worker.ts'
import { passingTime } from './passing-time.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import type { OpenTransport } from './transports.ts'

/** An incident, as it was after a tick. */
interface SeenIncident {
  /** `target`, `provider`, `model` or `system`. */
  about: string
  /** Its fault. */
  provider: string | null
  kind: string
  /** Why it ended; null while it is open. */
  ended: string | null
}

/** A message that a channel got. */
export interface SeenMessage {
  /** The same for every try. */
  id: string
  event: string
  incident: string
  provider: string | null
  kind: string
  /** False if the channel did not take it. */
  taken: boolean
}

/** What came of a trouble. */
export interface Seen {
  /** By tick, from the first. */
  incidents: SeenIncident[][]
  /** Of the channel that has trouble, and of another. */
  told: { webhook: SeenMessage[]; other: SeenMessage[] }
  /** Deliveries that are neither sent, dead nor replaced in the end. */
  waiting: number
  /** Channels that were switched off. */
  off: string[]
  /** Requests to where a channel redirects. */
  followed: number
  /** How often a worker was killed. */
  kills: number
}

/** Which faults meet a trouble, each at a provider of its own. */
export interface Play {
  faults: readonly FaultCase[]
  trouble: Trouble
  /** Calls are made beside the run, as threads do; so they are if a fault needs it. */
  beside?: boolean
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A play that goes on. */
interface Scene extends Workplace {
  /** What the channel in trouble did not take: from which message on until which, each time. */
  refused: { from: number; to: number }[]
}

/** Plays a trouble with an outage of every provider, over a database that forgets what was before. */
export async function play(at: OpenTransport, played: Play): Promise<Seen> {
  const { trouble } = played
  const time = passingTime(at.sql)
  await time.begin()
  const { close, ...parts } = await openParts(played)
  const scene: Scene = {
    at,
    time,
    trouble,
    ...parts,
    clock: wrongClock(trouble.skewMs ?? 0),
    refused: [],
    died: new Set(),
  }
  try {
    const incidents: SeenIncident[][] = []
    for (let tick = 1; tick <= ticksOf(trouble).length; tick += 1) incidents.push(await makeTick(tick, scene))
    await settle(scene)
    return { incidents, ...(await seenAtLast(scene)) }
  } finally {
    await close()
  }
}

async function openParts({ faults, beside = faults.some(needsOwnCalls) }: Play) {
  const controls = Array.from({ length: controlsFor(faults) }, (_, number) => working(number))
  const [providers, webhook, other] = await Promise.all([
    Promise.all([...faults, ...controls].map(startFaulty)),
    startReceiver(),
    startReceiver(),
  ])
  const lag = beside ? startLagMonitor(systemClock) : null
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-play-'))
  const close = async () => {
    lag?.close()
    await Promise.all([webhook, other, ...providers].map((each) => each.close()))
    rmSync(dir, { recursive: true, force: true })
  }
  return { providers, channels: { webhook, other }, lag, dir, close }
}

/** How many that work are beside them: more than half if a network of three or more fails, which else is our own outage. */
function controlsFor(faults: readonly FaultCase[]): number {
  const failing = faults.filter(isOfNetwork).length
  return failing < 3 ? 1 : Math.max(1, 2 * failing + 1 - faults.length)
}

/** A tick, and the incidents after it. The next is a quarter of an hour later, in another slot. */
async function makeTick(tick: number, scene: Scene): Promise<SeenIncident[]> {
  const { trouble, time, channels, refused } = scene
  const { channel } = trouble
  for (const provider of scene.providers) provider.turn(ticksOf(trouble)[tick - 1] === '-')
  const { webhook } = channels
  const isAway = channel?.ticks.includes(tick) === true
  if (isAway && webhook.replies.length === 0) {
    webhook.replies = Array.from({ length: 1000 }, () => channel.reply)
    refused.push({ from: webhook.received.length, to: Infinity })
  }
  await work(scene)
  await collected(scene)
  if (isAway && !channel.ticks.includes(tick + 1)) await comeBack(channel.thenMs ?? 0, scene)
  const seen = await incidentsOf(scene)
  await time.pass(15 * minuteMs)
  await time.nextSlot(20 - tick)
  return seen
}

/** What a worker held for a message a second later, before it was killed, is told by whoever looks next, as a server does. */
async function collected(scene: Scene): Promise<void> {
  const held = await rowsOf(scene, `select from notification_deliveries where state = 'held'`)
  if (held.length === 0) return
  await scene.time.pass(5000)
  await look(scene)
}

/** The channel takes messages again, after a time in which it is tried. */
async function comeBack(afterMs: number, scene: Scene): Promise<void> {
  const { webhook } = scene.channels
  for (let passed = 0; passed < afterMs; passed += hourMs) {
    await look(scene)
    await scene.time.pass(hourMs)
  }
  webhook.replies = []
  const last = scene.refused.at(-1)
  if (last !== undefined) last.to = webhook.received.length
}

/** Lets a day pass, or less if nothing waits. */
async function settle(scene: Scene): Promise<void> {
  for (let hours = 0; hours < 24; hours += 1) {
    await look(scene)
    if ((await waitingOf(scene)) === 0) return
    await scene.time.pass(hourMs)
  }
}

const rowsOf = async ({ at }: Scene, text: string) => (await at.sql.query(text)).rows

const waitingOf = async (scene: Scene): Promise<number> =>
  (await rowsOf(scene, `select from notification_deliveries where state in ('pending', 'held', 'sending')`))
    .length

/** The fault of a provider. */
const faultAt = (id: string | null, { providers }: Scene): string | null =>
  providers.find((provider) => provider.id === id)?.fault.name ?? id

async function incidentsOf(scene: Scene): Promise<SeenIncident[]> {
  const rows = await rowsOf(
    scene,
    `select split_part(scope, '/', 1) as about, provider, kind, resolve_reason as ended
      from incidents order by opened_at, id`,
  )
  return (rows as unknown as SeenIncident[]).map((row) => ({
    ...row,
    provider: faultAt(row.provider, scene),
  }))
}

async function seenAtLast(scene: Scene): Promise<Omit<Seen, 'incidents'>> {
  const { webhook, other } = scene.channels
  const off = await rowsOf(scene, 'select name from alert_channels where not enabled order by name')
  const isTaken = (index: number) => scene.refused.every(({ from, to }) => index < from || index >= to)
  return {
    told: {
      webhook: messagesOf(webhook, isTaken, scene),
      other: messagesOf(other, () => true, scene),
    },
    waiting: await waitingOf(scene),
    off: off.map(({ name }) => String(name)),
    followed: webhook.received.filter(({ path }) => path !== '/').length,
    kills: scene.died.size,
  }
}

interface Told {
  id: string
  event: string
  incident: { id: string; kind: string }
  target: { provider: string | null }
}

/** What a channel was told, one by one or in digests. */
const messagesOf = (
  { received }: Receiver,
  isTaken: (index: number) => boolean,
  scene: Scene,
): SeenMessage[] =>
  received.flatMap(({ body }, index) => {
    const sent = JSON.parse(body) as Told & { notifications?: Told[] }
    return (sent.notifications ?? [sent]).map(({ id, event, incident, target }) => ({
      id,
      event: event.replace('incident.', ''),
      incident: incident.id,
      provider: faultAt(target.provider, scene),
      kind: incident.kind,
      taken: isTaken(index),
    }))
  })
