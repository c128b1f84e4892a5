import { z } from 'zod'
import { mostLimitMs } from './plan.ts'

const days = z.int().min(7).max(90)
const share = z.number().gt(0.5).lt(1)
const timing = z.strictObject({ within_ms: z.int().min(1).max(mostLimitMs), share })

/**
 * What is good enough for a target: the share of its checks that must not fail, and that of its samples that must take `within_ms`
 * at most, each in a window of so many days (30, if none are said). With the database's names, which are the API's too.
 */
export const slo = z.strictObject({
  days: days.optional(),
  availability: share.optional(),
  ttft: timing.optional(),
  latency: timing.optional(),
})
export type Slo = z.infer<typeof slo>

/** Objectives to set: those that are left out stay, and null takes one away. */
export const sloChange = z.strictObject({
  days: days.nullable().optional(),
  availability: share.nullable().optional(),
  ttft: timing.nullable().optional(),
  latency: timing.nullable().optional(),
})
export type SloChange = z.infer<typeof sloChange>

/** What an objective is of. */
export const objectives = ['availability', 'ttft', 'latency'] as const
export type Objective = (typeof objectives)[number]

/** The days of a window unless others are said. */
export const usualDays = 30

/**
 * How many times as fast as an objective allows its budget was spent: the share that was bad over the one that may be. 0 of
 * nothing. Rounded to 12 digits, so that 15 of 100 burn 95 % three times as fast, and not a little less.
 */
export const burnRate = ({ n, bad }: { n: number; bad: number }, wanted: number): number =>
  n === 0 ? 0 : Number((bad / (n * (1 - wanted))).toPrecision(12))

/** Two-sided 95 % of the normal distribution. */
const z95 = 1.959_963_984_540_054

/** How many, all good, prove with 95 % confidence (Wilson, 1927) that an objective is kept: n / (n + z²) is what they prove. */
export const checksToProve = (wanted: number): number => Math.ceil((z95 ** 2 * wanted) / (1 - wanted))
