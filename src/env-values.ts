import { isIP } from 'node:net'
import { z } from 'zod'
import { lookUp } from './core/json.ts'
import { parseHosts } from './net/egress.ts'
import { projectProblem } from './project-url.ts'
import { keyProblem } from './registry/configure.ts'
import { cronProblem } from './run/slot.ts'
import { parseDatabaseUrl } from './store/database-url.ts'

// The kinds of values that environment variables have.

/** The error of a number outside a range. */
const between = (least: number, most: number) => ({
  error: `must be a number from ${least} to ${most}`,
})
/** A number. */
export const number = (least: number, most: number) =>
  z.coerce.number(between(least, most)).min(least, between(least, most)).max(most, between(least, most))
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
/** A share of requests from 0 to 1: `off`, `all`, or a number. */
export const share = z.string().transform((text, context) => {
  const given = lookUp({ off: 0, all: 1 }, text) ?? (/^\d*\.?\d+$/.test(text) ? Number(text) : NaN)
  if (given >= 0 && given <= 1) return given
  context.addIssue('must be off, all, or a share such as 0.05')
  return z.NEVER
})
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
export const headerKey = z.string().superRefine((key, context) => {
  const problem = keyProblem(key)
  if (problem !== null) context.addIssue(problem)
})
/** A secret that others send in a header, which takes no other characters. */
export const secret = z
  .string()
  .min(16, 'must have at least 16 characters')
  .regex(/^[\x20-\x7e]*$/, 'holds a character that no header can: choose letters, digits and signs')
/** A secret that is sent as `Bearer <token>`, where a blank would end it. */
export const token = secret.regex(/^\S*$/, 'holds a blank: choose letters, digits and signs')
/** The URL of a Postgres. */
export const databaseUrl = z.string().transform((text, context) => {
  const parsed = parseDatabaseUrl(text)
  if ('url' in parsed) return parsed.url
  context.addIssue(parsed.problem)
  return z.NEVER
})
/** The URL of a Supabase project, which the secret key is sent to. */
export const supabaseUrl = z
  .url({
    protocol: /^https?$/,
    error: 'Invalid URL: write it like https://abcdefgh.supabase.co',
    abort: true,
  })
  .superRefine((text, context) => {
    const problem = projectProblem(new URL(text))
    if (problem !== null) context.addIssue(problem)
  })

/** A folder of this machine. Nothing but a shell replaces `~` and variables, and an address is no folder. */
export const folder = z.string().superRefine((text, context) => {
  const problem = folderProblem(text)
  if (problem !== null) context.addIssue(problem)
})

function folderProblem(text: string): string | null {
  const example = 'write the whole path, such as /home/me/firsttoken'
  if (/^~|^\$|^%\w+%|\$\{/.test(text))
    return `begins with ${text[0]}, which only a shell replaces: ${example}`
  if (/^postgres(ql)?:/i.test(text)) return 'is the address of a database: set DATABASE_URL to it'
  if (/^file:/i.test(text)) return 'is a URL: write the path alone, such as /home/me/firsttoken'
  return /^([a-z][a-z\d+.-]+:|:memory:)/i.test(text) ? `is not a folder of this machine: ${example}` : null
}
/** A URL to fetch prices from, or `off` (null) for the shipped ones. */
export const feed = z
  .union([z.literal('off'), z.url({ protocol: /^https?$/ })], {
    error: 'must be an http or https URL, or off',
  })
  .transform((url) => (url === 'off' ? null : url))
const mirror = z.url({ protocol: /^https?$/ })
/** Whether status pages are asked: `on`, `off` (null), or the URL of a mirror of them. */
export const officialStatus = z
  .string()
  .refine((text) => ['on', 'off'].includes(text) || mirror.safeParse(text).success, {
    error: 'must be on, off or the http or https URL of a mirror',
  })
  .transform((text) => (text === 'off' ? null : { mirror: text === 'on' ? null : text }))
/** An origin: scheme, host and port of a page. */
export const origin = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL, such as https://monitor.example' })
  .transform((text, context) => {
    const url = new URL(text)
    if (url.username + url.password + url.search + url.hash === '' && url.pathname === '/') return url
    context.addIssue(`must be a scheme and a host alone, such as ${url.origin}`)
    return z.NEVER
  })
/** The address of a picture that everybody is told, and so nothing secret. */
export const pictureUrl = z
  .url({ protocol: /^https$/, error: 'must be an https URL', abort: true })
  .refine((text) => new URL(text).username + new URL(text).password === '', {
    error: 'holds a user or a password, which everybody would be told: leave it out',
  })
/** A list of values that are separated by commas. */
export const listOf = <Value>(schema: z.ZodType<Value, string>) =>
  z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(schema))
/** The name of a server as clients write it, with its port if that counts. */
export const hostName = z
  .string()
  .toLowerCase()
  .regex(
    /^(\[[\da-f:.]+\]|[^[\]:/?#@\s\\*]+)(:\d{1,5})?$/,
    'must be names of this server, such as monitor.example or nas:8000',
  )
/** An address to listen on, or a name of one. */
export const listenHost = z.string().refine((host) => isIP(host) !== 0 || /^[\w.-]+$/.test(host), {
  error: 'must be an address or a name, such as 127.0.0.1, without scheme and port',
})
/** From which level on entries are logged. */
export const logLevel = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']))
/** A list of hosts. */
export const hosts = z.string().transform((text, context) => {
  const parsed = parseHosts(text)
  if (Array.isArray(parsed)) return parsed
  context.addIssue(parsed.problem)
  return z.NEVER
})
