import { intervalOf, latestSlots, type Schedule, slotOf } from './slot.ts'

/** Slots of a schedule that passed without a run, all for one reason. */
export interface Missed {
  job: Schedule
  /** The latest of them, oldest first. */
  slots: Date[]
  /** How many passed; an estimate if that is more than there are `slots`. */
  count: number
  reason: string
}

/** So many of the slots that passed at once are filed: five days of quarters of an hour. */
export const mostMissed = 500

/** The slots between the last one that was decided and the current one, which may still begin. */
export function missedSince(
  job: Schedule,
  { since, slot, reason }: { since: number; slot: Date; reason: string },
): Missed[] {
  const { cron } = job
  const end = new Date(slot.getTime() - 1)
  if ((slotOf(cron, end)?.getTime() ?? since) <= since) return []
  const slots = latestSlots(cron, end, mostMissed + 1).filter((each) => each.getTime() > since)
  const filed = slots.slice(0, mostMissed).toReversed()
  if (slots.length === filed.length) return [{ job, slots: filed, count: filed.length, reason }]
  const intervalMs = intervalOf(cron, slot) ?? Infinity
  const count = Math.max(slots.length, Math.round((slot.getTime() - since) / intervalMs) - 1)
  return [{ job, slots: filed, count, reason }]
}
