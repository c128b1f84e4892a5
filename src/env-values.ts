import { z } from 'zod'
import { parseHosts } from './net/egress.ts'
import { keyProblem } from './registry/configure.ts'
import { cronProblem } from './run/slot.ts'

// The kinds of values that environment variables have.

/** The error of a number outside a range. */
export const between = (least: number, most: number) => ({
  error: `must be a number from ${least} to ${most}`,
})
/** A whole number. */
export const whole = (least: number, most: number) =>
  z.coerce
    .number(between(least, most))
    .int({ error: 'must be a whole number' })
    .min(least, between(least, most))
    .max(most, between(least, most))
/** A duration in seconds, up to an hour. */
export const seconds = z.coerce
  .number(between(0, 3600))
  .positive(between(0, 3600))
  .max(3600, between(0, 3600))
/** An amount in USD. */
export const usd = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be an amount in USD, such as 2.50')
  .transform(Number)
/** A cron expression. */
export const cron = z.string().superRefine((text, context) => {
  const problem = cronProblem(text)
  if (problem !== null) context.addIssue(problem)
})
/** A key that is sent in a header. */
export const headerKey = z
  .string()
  .trim()
  .superRefine((key, context) => {
    const problem = keyProblem(key)
    if (problem !== null) context.addIssue(problem)
  })
/**
 * Whether the user and half of the password were taken for host and port: what ends them stands further on.
 */
export const isSplit = ({ pathname, search }: URL): boolean =>
  pathname.includes('@') || /^\?[^=&]*@/.test(search)
/** A URL to fetch prices from, or `off` (null) for the shipped ones. */
export const feed = z
  .union([z.literal('off'), z.url({ protocol: /^https?$/ })], {
    error: 'must be an http or https URL, or off',
  })
  .transform((url) => (url === 'off' ? null : url))
/** A list of hosts. */
export const hosts = z.string().transform((text, context) => {
  const parsed = parseHosts(text)
  if (Array.isArray(parsed)) return parsed
  context.addIssue(parsed.problem)
  return z.NEVER
})
