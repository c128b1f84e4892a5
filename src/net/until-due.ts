import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Clock } from '../core/clock.ts'

/** A timer has whole milliseconds and fires late only, so the last of the wait is turns of the event loop. */
const turnsMs = 2

/** Resolves at a `clock.now()`, or at once if that is over. */
export async function untilDue(at: number, { now }: Pick<Clock, 'now'>): Promise<void> {
  const ms = at - now() - turnsMs
  if (ms > 0) await setTimeout(ms)
  while (now() < at) await setImmediate()
}
