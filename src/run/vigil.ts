import { spanText } from '../core/span.ts'
import { type Missed, missedSince } from './missed-slots.ts'
import { lateAfter, nextSlot, slotOf } from './slot.ts'

// What a scheduler decides whenever it wakes: which slot begins, which have passed, whether the job in hand is
// stuck. It is pure, so that it can be driven through any clock. Timers, jobs and records are its keeper's.

/** A job that is kept. */
export interface KeptJob {
  /** For people: `the model sync failed`. */
  name: string
  /** Its fire times, in UTC. */
  cron: string
  /** Whether a slot has one run ever, so that a slot that passes without is filed as missed. */
  hasRuns: boolean
  /** How long it may take, in ms, if it begins now. */
  limitMs: (now: Date) => number
  /** How long it may still take, in ms, once the schedule is to end. */
  lastMs: number
}

/** A slot of a job. */
export interface Due<Job extends KeptJob = KeptJob> {
  job: Job
  slot: Date
}

/** Both clocks at one moment: `now` is monotonic, in ms. */
interface Reading {
  now: number
  date: Date
}

/** What is remembered from one wake to the next. */
interface Vigil<Job extends KeptJob> {
  jobs: readonly Job[]
  last: Reading
  /** The `now` by which it should have woken. */
  wakeBy: number
  /** The wall-clock time, in ms, up to which every slot of a job has begun or passed; in the order of the jobs. */
  decided: readonly number[]
  inHand: InHand<Job> | null
  /** The job that was in hand when slots that still wait could have begun. */
  heldUpBy: KeptJob | null
}

/** The job in hand: what is left of its time in ms, and whether it was told to end. */
interface InHand<Job extends KeptJob> extends Due<Job> {
  leftMs: number
  isTold: boolean
}

/** A wake. */
interface Wake {
  reading: Reading
  /** The job in hand has ended. */
  ended: boolean
  /** Nothing may begin anymore. */
  stopping: boolean
}

/** What is to be done at a wake. */
export interface Decision<Job extends KeptJob = KeptJob> {
  vigil: Vigil<Job>
  start: Due<Job> | null
  /** Slots that are to be filed as missed. */
  missed: Missed[]
  /** The job in hand has used up its time: it is told to end, and given up if it does not. */
  stuck: (Due<Job> & { step: 'end' | 'give up' }) | null
  /** What a person should know: one line for a disturbance, and for slots that passed. */
  lines: string[]
  /** When to wake again; `at` if that is a fire time. */
  alarm: { inMs: number; at: Date | null }
}

const minuteMs = 60_000
/** A launch makes the slot that has just begun, but not one of months ago. */
const launchMs = 60 * minuteMs
/** Smaller steps are those of a clock that is being kept. */
const stepMs = 1000
/** Shorter pauses are those of a busy machine. */
const stallMs = 2000
/** How long it takes to open what a job needs. */
const openingMs = 1000
/** How long a job that was told to end may take for it. */
const settleMs = 10_000

/** A vigil that begins now. */
export const beginVigil = <Job extends KeptJob>(jobs: readonly Job[], reading: Reading): Vigil<Job> => ({
  jobs,
  last: reading,
  wakeBy: reading.now,
  decided: jobs.map((job) => startOf(job, reading.date)),
  inHand: null,
  heldUpBy: null,
})

/** Up to when the slots of a job count as decided for someone who has just learned what time it is. */
function startOf({ cron, hasRuns }: KeptJob, date: Date): number {
  const slot = slotOf(cron, date)
  return hasRuns && slot !== null && date.getTime() - slot.getTime() < launchMs
    ? slot.getTime() - 1
    : date.getTime()
}

/**
 * Decides what is to be done now. One job is in hand at a time; of those that are due, the one of the oldest
 * slot is next. Only the latest slot of a job can begin, because those before it are late.
 */
export function decide<Job extends KeptJob>(
  before: Vigil<Job>,
  { reading, ended, stopping }: Wake,
): Decision<Job> {
  const { jobs, last } = before
  const { now, date } = reading
  const steppedMs = date.getTime() - last.date.getTime() - (now - last.now)
  const stalledMs = Math.max(0, now - before.wakeBy)
  const disturbance = disturbanceOf(steppedMs, stalledMs)
  // While this process stood still, so did its job.
  const spentMs = now - last.now - stalledMs
  const { inHand, stuck } =
    ended || before.inHand === null ? idle : spend(before.inHand, { spentMs, stopping })

  const due = dueJobs(before, { date, isBack: steppedMs <= -stepMs })
  const holder = before.inHand?.job ?? before.heldUpBy
  const reason = disturbance ?? occupied(holder)
  const missed = due.flatMap(({ job, slot, since }) =>
    job.hasRuns && slot !== null ? missedSince(job, { slot, since, reason }) : [],
  )
  const start = inHand === null && !stopping ? oldest(due.filter((each) => hasTime(each, date))) : null
  const next = start === null ? inHand : { ...start, leftMs: start.job.limitMs(date), isTold: false }
  const decided = due.map(({ job, slot, since }) => {
    if (slot === null) return since
    return slot.getTime() - (job === start?.job ? 0 : 1)
  })
  const isWaiting = due.some(({ job, slot }) => slot !== null && job !== start?.job)
  const alarm = alarmOf(jobs, date, next)
  return {
    vigil: {
      jobs,
      last: reading,
      wakeBy: now + alarm.inMs,
      decided,
      inHand: next,
      heldUpBy: isWaiting ? holder : null,
    },
    start,
    missed,
    stuck,
    lines: disturbance === null && missed.length === 0 ? [] : [lineOf(reason, missed)],
    alarm,
  }
}

/** The latest slot of each job, null if it is decided, and up to when slots are decided, in ms. */
function dueJobs<Job extends KeptJob>(
  { jobs, decided }: Vigil<Job>,
  { date, isBack }: { date: Date; isBack: boolean },
): { job: Job; slot: Date | null; since: number }[] {
  return jobs.map((job, index) => {
    const before = decided[index] ?? date.getTime()
    // After a step back slots come a second time; the database knows which of them have a run.
    const since = isBack ? Math.min(before, startOf(job, date)) : before
    const slot = slotOf(job.cron, date)
    return { job, slot: slot !== null && slot.getTime() > since ? slot : null, since }
  })
}

/** What the clock or the machine did since the last wake, or null. */
function disturbanceOf(steppedMs: number, stalledMs: number): string | null {
  const told = [
    ...(steppedMs >= stepMs
      ? [`the clock went forward by ${spanText(steppedMs)} (it was set, or this machine slept)`]
      : []),
    ...(steppedMs <= -stepMs ? [`the clock went back by ${spanText(-steppedMs)}`] : []),
    ...(stalledMs >= stallMs ? [`this process stood still for ${spanText(stalledMs)}`] : []),
  ]
  return told.length === 0 ? null : told.join(', ')
}

const occupied = (holder: KeptJob | null): string =>
  holder === null ? 'this process woke too late' : `the ${holder.name} was still running`

const idle = { inHand: null, stuck: null }

/** Takes time from the job in hand. Whoever is told to end and does not is given up, and no longer in hand. */
function spend<Job extends KeptJob>(
  inHand: InHand<Job>,
  { spentMs, stopping }: { spentMs: number; stopping: boolean },
): { inHand: InHand<Job> | null; stuck: Decision<Job>['stuck'] } {
  const { job, slot, isTold } = inHand
  const leftMs = Math.min(inHand.leftMs - spentMs, stopping ? job.lastMs : Infinity)
  if (leftMs > 0) return { inHand: { ...inHand, leftMs }, stuck: null }
  if (!isTold)
    return { inHand: { ...inHand, leftMs: settleMs, isTold: true }, stuck: { job, slot, step: 'end' } }
  return { inHand: null, stuck: { job, slot, step: 'give up' } }
}

/** Whether a slot can still begin before it is late. */
function hasTime({ job, slot }: { job: KeptJob; slot: Date | null }, date: Date): boolean {
  const late = slot === null ? null : lateAfter(job.cron, slot)
  if (slot === null || late === null) return true
  const wholeMs = late.getTime() - slot.getTime()
  return late.getTime() - date.getTime() >= Math.min(openingMs, 0.9 * wholeMs)
}

function oldest<Job extends KeptJob>(due: readonly { job: Job; slot: Date | null }[]): Due<Job> | null {
  const waiting = due.flatMap(({ job, slot }) => (slot === null ? [] : [{ job, slot }]))
  return waiting.toSorted((a, b) => a.slot.getTime() - b.slot.getTime())[0] ?? null
}

/** Every minute, when the time of the job in hand is used up, or at the next fire time. */
function alarmOf(
  jobs: readonly KeptJob[],
  date: Date,
  inHand: { leftMs: number } | null,
): { inMs: number; at: Date | null } {
  const inMs = Math.min(minuteMs, inHand?.leftMs ?? Infinity)
  const [at] = jobs
    .flatMap(({ cron }) => nextSlot(cron, date) ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())
  const untilMs = at === undefined ? Infinity : at.getTime() - date.getTime()
  return at !== undefined && untilMs < inMs ? { inMs: untilMs, at } : { inMs, at: null }
}

function lineOf(reason: string, missed: readonly Missed[]): string {
  return [reason, ...missed.map(passedText)].join('; ')
}

function passedText({ job: { name }, count, slots: { length: filed } }: Missed): string {
  if (filed < count)
    return `about ${count} slots of the ${name} passed, and the last ${filed} are filed as missed`
  const passed =
    count === 1 ? `1 slot of the ${name} passed and is` : `${count} slots of the ${name} passed and are`
  return `${passed} filed as missed`
}
