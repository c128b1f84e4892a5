import { nextSlot, slotOf } from '../run/slot.ts'
import type { ShardStore } from '../store/shard-store.ts'
import type { RunRecord } from '../store/store.ts'
import type { Engine } from './engine.ts'
import { planSlot, type SlotParts } from './plan-slot.ts'

/** How a planner plans and sends. */
export interface PlannerParts extends Omit<SlotParts, 'spreadMs'> {
  store: SlotParts['store'] & Pick<ShardStore, 'listShardsToSend' | 'markShardsSent'>
  engine: Pick<Engine, 'send'>
  /** Tells a person something about the plan, in one line. */
  say: (line: string) => void
  /** A run that ended as it began, because no target was due. */
  onEmpty: (run: RunRecord) => Promise<void>
}

/** Plans the slots of a region and sends its shards, as often as it is told to look. */
export interface Planner {
  /**
   * Plans what is to be planned now, and sends what nobody was told of. Any number of planners may do so, at once, with
   * clocks that differ: a region is planned once for each slot. Rejects with StoreError; the next pass mends it.
   */
  pass: () => Promise<void>
}

/** How long before a slot it is planned, in ms: long enough for a plan of ten thousand targets. */
const leadMs = 60_000
/** Each planner begins up to so much earlier, in ms, so that few plan what is planned already. */
const spreadMs = 30_000
/** How long after its beginning a slot is planned that nobody has planned, in ms. */
const graceMs = 60_000
/** Shards that are sent at once. */
const batch = 1000

/** Opens a planner. */
export function openPlanner(parts: PlannerParts): Planner {
  const { app, random } = parts
  const ownLeadMs = leadMs + spreadMs * random()
  const said = new Set<string>()
  const sayOnce = (line: string) => {
    if (said.has(line)) return
    said.add(line)
    app.log.warn(line)
    parts.say(line)
  }
  let plannedUntil = -Infinity
  return {
    pass: async () => {
      const now = app.clock.date()
      try {
        for (const slot of slotsAt(app.config.defaults.schedule.cron, now, ownLeadMs)) {
          if (slot.getTime() <= plannedUntil) continue
          for (const line of await plan(slot, parts)) sayOnce(line)
          plannedUntil = slot.getTime()
        }
      } finally {
        // What others have planned does not wait for what cannot be planned here.
        await sendAll(parts)
      }
    },
  }
}

/** The slots that are to be planned at a moment, oldest first. */
function slotsAt(cron: string, now: Date, ownLeadMs: number): Date[] {
  const slot = slotOf(cron, now)
  const next = nextSlot(cron, now)
  return [
    ...(slot !== null && now.getTime() - slot.getTime() < graceMs ? [slot] : []),
    ...(next !== null && next.getTime() - now.getTime() < ownLeadMs ? [next] : []),
  ]
}

/** Plans a slot, if nobody has; gives what a person should know. */
async function plan(slot: Date, { onEmpty, ...parts }: PlannerParts): Promise<string[]> {
  const planned = await planSlot(slot, parts)
  if ('refusal' in planned) return [planned.refusal.message]
  const { run, created, notes } = planned
  if (created && run.nProbes === 0) await onEmpty(run)
  return notes
}

/** Sends the shards that nobody was told of, and those that are overdue. */
async function sendAll({ region, store, engine }: PlannerParts): Promise<void> {
  for (;;) {
    const { rows } = await store.listShardsToSend({ region, limit: batch })
    if (rows.length === 0) return
    await engine.send(rows)
    // After sending: if this fails they are sent again, which does no harm.
    await store.markShardsSent({ shards: rows.map(({ runId, shard }) => ({ runId, region, shard })) })
    if (rows.length < batch) return
  }
}
