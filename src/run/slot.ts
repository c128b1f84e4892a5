import { Cron } from 'croner'
import { messageOf } from '../core/error.ts'
import { dialectProblem } from './cron-dialect.ts'

/** A schedule: its name, under which a slot has one run ever, and its cron expression, in UTC. */
export interface Schedule {
  name: string
  cron: string
}

/** An installation has three expressions, and a scheduler asks for each many times. */
const parsed = new Map<string, Cron>()

/**
 * The one parser of expressions, whoever asks. If both day fields are restricted, either may match, as POSIX
 * says: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html. Throws if it cannot be read.
 */
function parse(cron: string): Cron {
  // The offset instead of the time zone UTC: the same times in a tenth of the time.
  const pattern = parsed.get(cron) ?? new Cron(cron, { paused: true, utcOffset: 0, domAndDow: false })
  parsed.set(cron, pattern)
  return pattern
}

/**
 * The latest fire time at or before a moment of an expression in a time zone (IANA); null if it never fired. A time
 * that a clock skips fires when it has skipped it; one that it shows twice fires once. Throws if either cannot be read.
 */
export const latestFire = (cron: string, timezone: string, moment: Date): Date | null =>
  new Cron(cron, { paused: true, timezone, domAndDow: false }).previousRuns(
    1,
    new Date(moment.getTime() + 1),
  )[0] ?? null

/** The first fire time after a moment of an expression in a time zone; null if there is none. */
export const nextFire = (cron: string, timezone: string, moment: Date): Date | null =>
  new Cron(cron, { paused: true, timezone, domAndDow: false }).nextRun(moment)

/** What is wrong with a name of a time zone, in one line, or null. */
export function zoneProblem(timezone: string): string | null {
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone })
    return null
  } catch {
    return `'${timezone}' is not a time zone such as Europe/Berlin or UTC`
  }
}

/**
 * The slot of a moment: the latest fire time of the expression at or before it, in UTC; null if it never
 * fired.
 */
export const slotOf = (cron: string, moment: Date): Date | null => latestSlots(cron, moment, 1)[0] ?? null

/** The latest slots at or before a moment, the last one first; fewer if it has not fired that often. */
export const latestSlots = (cron: string, moment: Date, count: number): Date[] =>
  // croner looks strictly before its reference, so a fire time itself is found from one millisecond later.
  parse(cron).previousRuns(count, new Date(moment.getTime() + 1))

/** The slots from a moment on and before another. */
export function slotsBetween(cron: string, from: Date, until: Date): Date[] {
  const pattern = parse(cron)
  const slots: Date[] = []
  // croner looks strictly after its reference.
  let next = pattern.nextRun(new Date(from.getTime() - 1))
  while (next !== null && next < until) {
    slots.push(next)
    next = pattern.nextRun(next)
  }
  return slots
}

/** When probes of a slot that have not begun are late: the next fire time; null if there is none. */
export const lateAfter = (cron: string, slot: Date): Date | null => parse(cron).nextRun(slot)

/** What is wrong with a cron expression, in one line, or null. */
export function cronProblem(cron: string): string | null {
  const unlike = dialectProblem(cron)
  if (unlike !== null) return unlike
  try {
    const next = parse(cron).nextRun()
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
  const before = latestSlots(cron, moment, 3).map(Number)
  const times = [...before, ...parse(cron).nextRuns(1, moment).map(Number)].toSorted((a, b) => a - b)
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time))
  return gaps.length === 0 ? null : Math.max(...gaps)
}

/** The first fire time after a moment; null if there is none. */
export const nextSlot = (cron: string, moment: Date): Date | null => parse(cron).nextRun(moment)
