import { Cron } from 'croner'
import { messageOf } from '../core/error.ts'

/** A schedule: its name, under which a slot has one run ever, and its cron expression, in UTC. */
export interface Schedule {
  name: string
  cron: string
}

/**
 * The slot of a moment: the latest fire time of the expression at or before it, in UTC; null if it never
 * fired.
 */
export function slotOf(cron: string, moment: Date): Date | null {
  const pattern = new Cron(cron, { paused: true, timezone: 'UTC' })
  // croner looks strictly before its reference, so a fire time itself is found from one millisecond later.
  return pattern.previousRuns(1, new Date(moment.getTime() + 1))[0] ?? null
}

/** When probes of a slot that have not begun are late: the next fire time; null if there is none. */
export const lateAfter = (cron: string, slot: Date): Date | null =>
  new Cron(cron, { paused: true, timezone: 'UTC' }).nextRun(slot)

/** What is wrong with a cron expression, or null. */
export function cronProblem(cron: string): string | null {
  try {
    const next = new Cron(cron, { paused: true, timezone: 'UTC' }).nextRun()
    return next === null ? `the cron expression '${cron}' never fires` : null
  } catch (error) {
    return `'${cron}' is not a cron expression: ${messageOf(error)}`
  }
}

/**
 * How far apart fire times are around a moment, in ms: the largest of the gaps from the third fire time
 * before it to the next. Several, because a schedule may pause (working hours), and a pause is no failure.
 * Null for an expression with fewer than two fire times there.
 */
export function intervalOf(cron: string, moment: Date): number | null {
  const pattern = new Cron(cron, { paused: true, timezone: 'UTC' })
  const before = pattern.previousRuns(3, new Date(moment.getTime() + 1)).map(Number)
  const times = [...before, ...pattern.nextRuns(1, moment).map(Number)].toSorted((a, b) => a - b)
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return gaps.length === 0 ? null : Math.max(...gaps)
}

/** The first fire time after a moment; null if there is none. */
export const nextSlot = (cron: string, moment: Date): Date | null =>
  new Cron(cron, { paused: true, timezone: 'UTC' }).nextRun(moment)
