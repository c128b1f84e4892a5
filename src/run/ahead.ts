import { encodeResult } from '../store/result-codec.ts'
import type { ClaimedProbe } from '../store/store.ts'
import { type ConnectLead, openConnectLead } from './connect-lead.ts'
import { callOf, measured, reasonToStop, type Shared, toProbeRow } from './lane.ts'
import type { AheadStage } from './pacing.ts'

/** How long before a call is due its probe is claimed, in ms. */
const claimMs = 1000
/** How long a wait goes on after somebody asks to stop, in ms. */
const sliceMs = 250

/** When a stage began, and how long before they are due its sockets are opened. */
interface Start {
  at: number
  date: Date
  lead: ConnectLead
}

/** Makes the probes of a stage that claims ahead: a promise for each lane. */
export function startAhead(shared: Shared, { filter, lanes, pace }: AheadStage): Promise<void>[] {
  const { clock } = shared.parts
  const ahead = 'due' in pace ? claimMs : 0
  const start = {
    at: clock.now() + ahead,
    date: new Date(clock.date().getTime() + ahead),
    lead: openConnectLead(),
  }
  const claim = () => claimWithin(shared, filter)
  if ('due' in pace) {
    const places = pace.due.values()
    // Another worker may have made some of them.
    const left = { any: true }
    return Array.from({ length: lanes }, () =>
      runAhead(shared, start, async () => {
        const { value: dueMs, done } = places.next()
        if (done === true || !left.any || !(await waitUntil(start.at + dueMs - claimMs, shared))) return null
        const claimed = left.any ? await claim() : null
        left.any = claimed !== null
        return claimed
      }),
    )
  }
  // First come, first served: whichever lane ends first makes the probe that was claimed first.
  const ready = Array.from({ length: lanes }, () => quietly(claim()))
  const next = () => {
    ready.push(quietly(claim()))
    return ready.shift() ?? claim()
  }
  const left = { lanes }
  return pace.starts.map(async (ms) => {
    if (await waitUntil(start.at + ms, shared)) await runAhead(shared, start, next)
    left.lanes -= 1
    if (left.lanes === 0) for (const claimed of ready) giveBack(shared, await claimed)
  })
}

/** A promise that may reject before anybody waits for it. */
function quietly<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  return promise
}

/** The next probe, unless there is none, a reason to stop or no room within the limits. */
async function claimWithin(
  { active, parts, recorder, limits }: Shared,
  filter: AheadStage['filter'],
): Promise<ClaimedProbe | null> {
  if (reasonToStop(active, parts) !== null || !(await limits.take())) return null
  const claimed = reasonToStop(active, parts) === null ? await recorder.claim(filter) : null
  if (claimed === null) limits.give(null, null)
  return claimed
}

/** Makes one probe after another, recording each while the next is called: never more than one behind. */
async function runAhead(
  shared: Shared,
  start: Start,
  next: () => Promise<ClaimedProbe | null>,
): Promise<void> {
  const { parts, recorder, limits, made, emit } = shared
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
    void emit({ type: 'probe_started', probe: toProbeRow(claimed), number: made.count })
    const scheduledAt = dueMs === null ? null : new Date(start.date.getTime() + dueMs)
    const result = await measured(claimed, { ...prepared, dueAt, scheduledAt }, shared)
    limits.give(claimed, result)
    start.lead.took(result.connectMs)
    await recording
    recording = quietly(
      encodeResult(result).then(async (encoded) =>
        emit(await recorder.record({ ...encoded, owner: parts.owner })),
      ),
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
async function waitUntil(at: number, { active, parts, limits }: Shared): Promise<boolean> {
  const { clock, sleep } = parts
  for (;;) {
    if ((limits.reason() ?? reasonToStop(active, parts)) !== null) return false
    const ms = at - clock.now()
    if (ms <= 0) return true
    await sleep(Math.min(ms, sliceMs))
  }
}
