import { z } from 'zod'
import { maybe, modelId, providerId } from './page.ts'

// The query parameters that reads share. What is left out is not filtered by.

/** A blank where a `+` was: that is how a URL reads it, and moments of our own answers have one. */
const withPlus = (text: string): string => text.replace(' ', '+')

const momentText = z.union([z.iso.datetime({ offset: true }), z.iso.date()])

/** Whether the hours and days around a moment, which charts are rounded to, are of years with four digits too. */
const hasMargin = (at: Date): boolean => at.getUTCFullYear() >= 1000 && at.getUTCFullYear() < 9999

/** A day, or a moment with its zone. */
export const moment = z
  .string()
  .overwrite(withPlus)
  .refine((text) => momentText.safeParse(text).success && hasMargin(new Date(text)), {
    error: 'must be a day, or a moment with its zone: 2026-11-29T10:00:00Z',
  })
  .transform((text) => new Date(text))
  .openapi({ type: 'string', format: 'date-time', description: 'A day, or a moment with its zone' })

/** `true` or `1`, `false` or `0`. */
export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')

/** `next` of the page before: a moment and an id. */
export const cursor = z
  .string()
  .max(512)
  .overwrite(withPlus)
  .regex(
    /^[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}(\.\d{1,6})?\+00:00\/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    'must be `next` of a page of this list',
  )

/** `next` of the page before, where pages are counted. */
export const position = z.string().regex(/^\d{1,9}$/, 'must be `next` of a page of this list')

/** How long a page may be, and usually is. */
export const limitOf = (most: number, usual: number) =>
  z.coerce.number().int().min(1).max(most).default(usual)

/** Some of these names, with commas between them. */
export const someOf = <const Name extends string>(...names: Name[]) => {
  const each = `(?:${names.join('|')})`
  return z
    .string()
    .regex(new RegExp(`^${each}(?:,${each}){0,9}$`), `may have ${names.join(', ')}, with commas between them`)
    .transform((text) => [...new Set(text.split(','))] as Name[])
}

const name = z.string().min(1).max(200)

/** Real results alone, or synthetic ones; both if left out, each row saying which. */
export const ofKind = { synthetic: maybe(flag) }

/** From a moment on, and before another. */
export const ofTime = { since: maybe(moment), until: maybe(moment) }

/** A provider and a model, by their ids. */
export const ofModel = { provider: maybe(providerId), model: maybe(modelId) }

/** Whose history. */
export const ofTrack = { ...ofModel, region: maybe(name), ...ofKind }

/** A provider, a model and where it is called from. */
export const ofPlace = { ...ofModel, region: maybe(name) }

export const series = name
export const metric = z.enum(['ttft', 'ttfa', 'tps', 'latency']).default('ttft')

/** Whose history a chart shows, over which time. */
export const ofChart = { target_id: maybe(z.uuid()), ...ofTrack, series: maybe(series), ...ofTime }

export const period = z.enum(['24h', '7d', '30d'])
export const mode = z.enum(['scheduled', 'single', 'multi', 'concurrent', 'comparison', 'sweep'])
