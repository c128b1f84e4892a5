import { z } from 'zod'

/** A flag without a value. */
export const yes = z.boolean().default(false)

/** A text; null if the flag is not given. */
export const text = z.string().min(1, 'must not be empty').nullable().default(null)

/** A whole number in a range, both ends included. */
export function whole(least: number, most: number) {
  const range = `must be from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number(range).min(least, range).max(most, range))
}

/** A decimal number in a range, both ends included. */
export function decimal(least: number, most: number) {
  const range = `must be from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number(range).min(least, range).max(most, range))
}

/** Names, from a flag that may be repeated or hold several separated by commas. */
export const names = z
  .array(z.string())
  .default([])
  .transform((given) =>
    given
      .flatMap((each) => each.split(','))
      .map((name) => name.trim())
      .filter(Boolean),
  )

/** A day or a time, UTC unless it says otherwise. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-11-20 or 2026-11-20T10:15:00Z',
  })
  .transform((given) => new Date(given))

/** A day or a time that a command cannot do without. */
export const neededMoment = z.string({ error: 'is needed: a date such as 2026-11-20' }).pipe(moment)

/** Arguments that are not flags. A command takes them if its schema has the key `words`. */
export const words = z.array(z.string()).default([])
