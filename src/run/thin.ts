import { createHash } from 'node:crypto'

/** A target whose price is known, in USD. */
export interface Costly {
  id: string
  /** The interval of its own; null if it is called in every slot. */
  everyMinutes: number | null
  /** How many regions call it. */
  regions: number
  /** What a call is expected to cost, and the most that it may. */
  usd: number
  mostUsd: number
}

/** A limit, and how much of its day or month is over. */
export interface Purse {
  limitUsd: number
  spentUsd: number
  /** Slots that are left, the one that is planned among them, and all of the day or month. */
  slotsLeft: number
  slots: number
}

/** The slots of a schedule: how many a day has, and how far apart they are at least. */
export interface Pace {
  slotsADay: number
  gapMinutes: number
}

/** Which targets are called less often than they would be. */
export interface Thinning {
  /** The intervals of those that are thinned, in minutes. */
  minutes: ReadonlyMap<string, number>
  /** Those of them that are not called at all, for not even a call a day is left for them. */
  leftOut: ReadonlySet<string>
}

/**
 * The intervals that a target is thinned to, in minutes. Each is a multiple of the one before, so that the slots of a
 * dear target are some of those of a cheaper one of its model.
 */
const rungs = [2, 10, 30, 60, 120, 240, 720, 1440]

/**
 * What may be spent a day from a slot on, in USD, if so much is kept back: until the day or month is over no more than what is
 * left of it, and over one as long from now on no more than that and the part of the next limit. Without the second, what
 * the morning did not need would be spent in the evening, every day.
 */
export function allowanceOf(purses: readonly Purse[], slotsADay: number, keptUsd = 0): number {
  const perSlot = purses.map((purse) => {
    const { limitUsd, slotsLeft, slots } = purse
    const left = Math.max(0, leftOf(purse) - keptUsd)
    return Math.min(left / slotsLeft, (left + (limitUsd * (slots - slotsLeft)) / slots) / slots)
  })
  return slotsADay * Math.min(...perSlot)
}

/** What is left of a limit, in USD. */
const leftOf = ({ limitUsd, spentUsd }: Purse): number => limitUsd - spentUsd

/**
 * Thins the dearest targets so that the budget lasts: each has the shortest interval at which it costs no more a day
 * than a level, which is the same for all and as high as the budget allows. What costs less than that without an
 * interval has none. Each has a call a day before any has more; if that is too much, the dearest are left out.
 */
export function thin(targets: readonly Costly[], purses: readonly Purse[], pace: Pace): Thinning {
  const mostOfCall = Math.min(...purses.map(leftOf))
  const chosen = new Map<string, number | null>()
  const leftOut = new Set<string>()
  const steps: Step[] = []
  let spent = 0
  let left = 0
  let kept = 0
  for (const { id, minutes, usd, shorter, target } of targets
    .map((each) => ladderOf(each, pace))
    .toSorted(byPrice)) {
    chosen.set(id, minutes)
    const keeps = Math.max(kept, target.mostUsd - target.usd)
    const allowed = allowanceOf(purses, pace.slotsADay, keeps) * (1 + rounding)
    if (spent + usd > allowed || target.mostUsd > mostOfCall) leftOut.add(id)
    else {
      ;[spent, kept, left] = [spent + usd, keeps, allowed - spent - usd]
      steps.push(...shorter)
    }
  }
  for (const { id, minutes, more } of steps.toSorted(byPrice)) {
    if (more > left) break
    left -= more
    chosen.set(id, minutes)
  }
  const minutes = [...chosen].flatMap(([id, each]) => (each === null ? [] : [[id, each] as const]))
  return { minutes: new Map(minutes), leftOut }
}

/** Sums of prices may differ from what was allowed by so much of it. */
const rounding = 1e-9

/** An interval that a target may have, null for its own, and what it costs a day then. */
interface Step {
  id: string
  minutes: number | null
  usd: number
  /** What it costs more than with the interval before. */
  more: number
  /** Which of equal prices comes first, the same in every process. */
  tie: number
}

interface Ladder extends Omit<Step, 'more'> {
  target: Costly
  /** The other intervals, each shorter than the one before; the last is its own. */
  shorter: Step[]
}

/** The intervals of a target, from the longest on. */
function ladderOf(target: Costly, pace: Pace): Ladder {
  const { id, everyMinutes } = target
  const tie = createHash('sha256').update(id).digest().readUInt32BE()
  const own = Math.max(everyMinutes ?? 0, pace.gapMinutes)
  const intervals = [...rungs.filter((each) => each > own).toReversed(), null]
  const steps = intervals.map((minutes) => ({
    id,
    minutes,
    usd: target.regions * target.usd * callsADay(minutes ?? own, pace),
    tie,
  }))
  const [{ minutes, usd } = { minutes: null, usd: 0 }, ...others] = steps
  const shorter = others.map((step, index) => ({ ...step, more: step.usd - (steps[index]?.usd ?? 0) }))
  return { id, minutes, usd, tie, target, shorter }
}

/** A schedule that pauses at night makes up for a call in the morning: one a day is made in any case. */
const callsADay = (minutes: number, { slotsADay, gapMinutes }: Pace): number =>
  Math.min(slotsADay, Math.max(1, (slotsADay * gapMinutes) / minutes))

const byPrice = (a: Pick<Step, 'usd' | 'tie'>, b: Pick<Step, 'usd' | 'tie'>): number =>
  a.usd - b.usd || a.tie - b.tie
