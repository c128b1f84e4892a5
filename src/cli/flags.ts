import { z } from 'zod'

/** A flag without a value. */
export const yes = z.boolean().default(false)

/** A text; null if the flag is not given. */
export const text = z.string().min(1, 'must not be empty').nullable().default(null)

/** A file, or the one that is meant without a name; null if the flag is not given. */
export const fileOr = (usual: string) =>
  z
    .union([z.literal(true).transform(() => usual), z.string()])
    .nullable()
    .default(null)

/** A whole number in a range, both ends included. */
export function whole(least: number, most: number) {
  const range = `must be from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number(range).min(least, range).max(most, range))
}

/** A port to listen on; 0 is a free one. */
export const portFlag = z
  .string()
  .refine((port) => /^\d{1,5}$/.test(port) && Number(port) <= 65_535, {
    error: ({ input }) => `must be a whole number from 0 to 65535, not "${String(input)}"`,
  })
  .transform(Number)

/** A decimal number in a range, both ends included. */
export function decimal(least: number, most: number) {
  const range = `must be from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .pipe(z.number(range).min(least, range).max(most, range))
}

/** One of some words. */
export const oneOf = <const Word extends string>(allowed: readonly Word[]) =>
  z.enum(allowed, { error: `must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}` })

/** Numbers separated by commas. */
interface Listed {
  least: number
  most: number
  entries: number
  /** An example of them. */
  such?: string
}

/** Whole numbers separated by commas, each in a range and given once, at most `entries` of them. */
export function wholes({ least, most, entries, such = '0,5000' }: Listed) {
  const range = `must be from ${least} to ${most} each`
  return z
    .string()
    .regex(/^\s*\d+(\s*,\s*\d+)*\s*$/, `must be whole numbers separated by commas, such as ${such}`)
    .transform(toNumbers)
    .pipe(eachOnce(z.number(range).min(least, range).max(most, range), entries))
}

/** Decimal numbers separated by commas, each in a range and given once, at most `entries` of them. */
export function rates({ least, most, entries }: Listed) {
  const range = `must be from ${least} to ${most} each`
  return z
    .string()
    .regex(
      /^\s*\d+(\.\d+)?(\s*,\s*\d+(\.\d+)?)*\s*$/,
      'must be numbers separated by commas, such as 0.5,2,10',
    )
    .transform(toNumbers)
    .pipe(eachOnce(z.number(range).min(least, range).max(most, range), entries))
}

/** `auto`, or what another schema reads. */
export const autoOr = <Value>(schema: z.ZodType<Value, string>) =>
  z.string().transform((given, context): Value | 'auto' => {
    const parsed = given === 'auto' ? null : schema.safeParse(given)
    if (parsed === null) return 'auto'
    if (parsed.success) return parsed.data
    if (given.includes('auto'))
      context.addIssue('must be auto alone, which looks for the levels, or a list of them')
    for (const { message } of parsed.error.issues) context.addIssue(message)
    return z.NEVER
  })

/** The share of an objective such as `goodput>=0.95`. */
export const goodputFlag = z
  .string()
  .regex(/^\s*goodput\s*>=\s*0?\.\d{1,3}\s*$/, 'must be an objective such as goodput>=0.95, below 1')
  .transform((given) => Number(given.split('>=')[1]))
  .refine((share) => share > 0, 'must be above 0')

const toNumbers = (given: string): number[] => given.split(',').map(Number)

const eachOnce = (number: z.ZodNumber, entries: number) =>
  z
    .array(number)
    .max(entries, `must be at most ${entries} numbers`)
    .refine((list) => new Set(list).size === list.length, 'must have each number once')

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

/** A day or a time, UTC unless it has an offset. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-11-20 or 2026-11-20T10:15:00Z',
  })
  .transform((given) => new Date(given))

/** A required day or time. */
export const requiredMoment = z.string({ error: 'is needed: a date such as 2026-11-20' }).pipe(moment)

/** Positional arguments. A command takes them if its schema has the key `words`. */
export const words = z.array(z.string()).default([])
