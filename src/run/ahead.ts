import { seededRandom } from '../core/random.ts'
import { thinkTimes } from '../lab/arrivals.ts'
import { encodeResult } from '../store/result-codec.ts'
import type { ClaimedProbe } from '../store/store.ts'
import { type ConnectLead, openConnectLead } from './connect-lead.ts'
import { callOf, measured, reasonToStop, type Shared, toProbeRow } from './lane.ts'
import type { AheadStage, ClosedPace, OpenPace } from './pacing.ts'

/** How long before a call is due its probe is claimed, in ms. */
const claimMs = 1000
/** How long a wait goes on after somebody asks to stop, in ms. */
const sliceMs = 250

/** When a stage began. */
interface Start {
  at: number
  date: Date
  lead: ConnectLead
}

/** Makes the probes of a stage that claims ahead: a promise for each lane. */
export function startAhead(shared: Shared, { filter, lanes, pace }: AheadStage): Promise<void>[] {
  return 'due' in pace ? startOpen(shared, filter, { lanes, pace }) : startClosed(shared, filter, pace)
}

type Filter = AheadStage['filter']

function startOpen(
  shared: Shared,
  filter: Filter,
  { lanes, pace }: { lanes: number; pace: OpenPace },
): Promise<void>[] {
  const opened = openLoop(shared, filter, pace)
  return Array.from({ length: lanes }, async () => {
    const { start, places, left } = await opened
    const next = async () => {
      const ready = left.ready.shift()
      if (ready !== undefined) return ready
      const { value: place } = places.next()
      if (place === undefined || !left.any || !(await waitUntil(start.at + place.at - claimMs, shared)))
        return null
      const claimed = left.any ? await claimWithin(shared, filter, place.pauseMs) : null
      left.any = claimed !== null
      return claimed
    }
    await runAhead(shared, { start, next })
  })
}

/**
 * When an open loop starts, and when its probes are claimed: the first at once, each other shortly before it is due, because
 * one that is claimed long before would lose its lease and be made twice. If another worker has begun it, the first that
 * is left is sent at once, and those after it as they were to be.
 */
async function openLoop(shared: Shared, filter: Filter, { due, begin }: OpenPace) {
  const longestMs = placesOf(due).reduce((most, { pauseMs }) => Math.max(most, pauseMs), 0)
  const first = await claimWithin(shared, filter, begin + longestMs)
  const from = first?.probe.dueMs ?? begin
  return {
    start: startIn(shared, claimMs + (begin - from)),
    places: placesOf(due.slice(due.indexOf(from) + 1)).values(),
    left: { any: first !== null, ready: first === null ? [] : [first] },
  }
}

/** When each of some probes is due, and how long nothing is after it: its lease keeps the run for so long. */
const placesOf = (due: readonly number[]): { at: number; pauseMs: number }[] =>
  due.map((at, index) => ({ at, pauseMs: (due[index + 1] ?? at) - at }))

function startClosed(
  shared: Shared,
  filter: Filter,
  { starts, thinkMs = 0, thinkSeed, durationMs = Infinity }: ClosedPace,
): Promise<void>[] {
  const { clock } = shared.parts
  const start = startIn(shared, 0)
  const think = thinkTimes(thinkMs, thinkSeed === undefined ? null : seededRandom(thinkSeed))
  // From when the first call that is measured begins.
  const time = { until: Infinity }
  const begun = (isMeasured: boolean) => {
    if (isMeasured) time.until = Math.min(time.until, clock.now() + durationMs)
  }
  const claim = async () => {
    const claimed = await claimWithin(shared, filter)
    const mayGrow = claimed === null && reasonOf(shared) === null && clock.now() < time.until
    return mayGrow && (await shared.growth.more(filter.level)) ? claimWithin(shared, filter) : claimed
  }
  // First come, first served: whichever lane ends first makes the probe that was claimed first.
  const ready = starts.map(() => quietly(claim()))
  const next = () => {
    ready.push(quietly(claim()))
    return ready.shift() ?? claim()
  }
  const nextOf = (lane: { calls: number }) => async () => {
    lane.calls += 1
    const isThinking = thinkMs > 0 && lane.calls > 1
    if (isThinking && !(await waitUntil(Math.min(clock.now() + think(), time.until), shared))) return null
    return clock.now() < time.until ? next() : null
  }
  const left = { lanes: starts.length }
  return starts.map(async (ms) => {
    if (await waitUntil(start.at + ms, shared))
      await runAhead(shared, { start, next: nextOf({ calls: 0 }), begun })
    left.lanes -= 1
    if (left.lanes === 0) await endLevel(shared, filter, { ready, isTimed: durationMs < Infinity })
  })
}

/** Gives back what was claimed and not made; of a level whose time is up, the rest of its plan is skipped. */
async function endLevel(
  shared: Shared,
  { level }: Filter,
  { ready, isTimed }: { ready: readonly Promise<ClaimedProbe | null>[]; isTimed: boolean },
): Promise<void> {
  const { growth, recorder, unmade } = shared
  const ours: string[] = []
  // In turn: a claim may wait for the room that the one before it gives back.
  for (const ahead of ready) {
    const claimed = await ahead
    giveBack(shared, claimed)
    if (claimed !== null) ours.push(claimed.probe.id)
  }
  if (!isTimed || reasonOf(shared) !== null) return
  await growth.settle()
  await recorder.endLevel({ level, reason: 'time is up', unmade: ours })
  for (const id of ours) unmade.delete(id)
}

function startIn({ parts: { clock } }: Shared, ms: number): Start {
  return { at: clock.now() + ms, date: new Date(clock.date().getTime() + ms), lead: openConnectLead() }
}

const reasonOf = ({ active, parts, limits }: Shared): string | null =>
  limits.reason() ?? reasonToStop(active, parts)

/** A promise that may reject before anybody waits for it. */
function quietly<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  return promise
}

/**
 * The next probe, unless there is none, a reason to stop or no room within the limits. `pauseMs` is how long none
 * is claimed after it.
 */
async function claimWithin(
  { active, parts, recorder, limits, growth }: Shared,
  filter: Filter,
  pauseMs = 0,
): Promise<ClaimedProbe | null> {
  if (reasonToStop(active, parts) !== null || !(await limits.take())) return null
  const claimed = reasonToStop(active, parts) === null ? await recorder.claim(filter, pauseMs) : null
  if (claimed === null) limits.give(null, null)
  else growth.claimed(claimed.probe)
  return claimed
}

/** Where a lane has its probes from. */
interface Lane {
  start: Start
  next: () => Promise<ClaimedProbe | null>
  /** Hears of each call that begins. */
  begun?: (isMeasured: boolean) => void
}

/** Makes one probe after another, recording each while the next is called: never more than one behind. */
async function runAhead(shared: Shared, { start, next, begun }: Lane): Promise<void> {
  const { parts, recorder, limits, growth, made, emit } = shared
  let recording: Promise<void> = Promise.resolve()
  for (let claimed = await next(); claimed !== null; claimed = await next()) {
    const prepared = await callOf(claimed, parts)
    const { dueMs } = claimed.probe
    const dueAt = dueMs === null ? null : start.at + dueMs
    if (!(await waitUntil(dueAt === null ? -Infinity : dueAt - start.lead.ms(), shared))) {
      giveBack(shared, claimed)
      break
    }
    made.count += 1
    begun?.(!claimed.probe.warmup)
    void emit({ type: 'probe_started', probe: toProbeRow(claimed), number: made.count })
    const scheduledAt = dueMs === null ? null : new Date(start.date.getTime() + dueMs)
    const result = await measured(claimed, { ...prepared, dueAt, scheduledAt }, shared)
    limits.give(claimed, result)
    start.lead.took(result.connectMs)
    await recording
    recording = quietly(
      encodeResult(result).then(async (encoded) => {
        growth.ended(encoded.row)
        return emit(await recorder.record({ ...encoded, owner: parts.owner }))
      }),
    )
  }
  await recording
}

function giveBack({ unmade, limits }: Shared, claimed: ClaimedProbe | null): void {
  if (claimed === null) return
  unmade.add(claimed.probe.id)
  limits.give(null, null)
}

/** Waits until a `clock.now()`; false once there is a reason to stop. */
async function waitUntil(at: number, shared: Shared): Promise<boolean> {
  const { clock, sleep } = shared.parts
  for (;;) {
    if (reasonOf(shared) !== null) return false
    const ms = at - clock.now()
    if (ms <= 0) return true
    await sleep(Math.min(ms, sliceMs))
  }
}
