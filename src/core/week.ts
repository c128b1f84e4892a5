import { z } from 'zod'
import { incidentKinds, severities } from './incident.ts'

// Weeks as ISO 8601 counts them, in UTC: they begin on Monday, and the first of a year is that of its first Thursday.

const dayMs = 86_400_000

/** The name of the week of a moment: `2026-W48`. */
export function weekOf(at: Date): string {
  const midnight = Math.floor(at.getTime() / dayMs) * dayMs
  const thursday = new Date(midnight + (3 - ((at.getUTCDay() + 6) % 7)) * dayMs)
  const year = thursday.getUTCFullYear()
  const number = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs))
  return `${year}-W${String(number).padStart(2, '0')}`
}

/** The last week that is over. */
export const lastWeek = (now: Date): string => weekOf(new Date(now.getTime() - 7 * dayMs))

/** The Monday of a week by its name; null if there is no such week, as week 53 of most years. */
export function mondayOf(week: string): Date | null {
  const [, year = '', number = ''] = /^([12]\d{3})-W(\d{2})$/.exec(week) ?? []
  const fourth = Date.UTC(Number(year), 0, 4)
  const first = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * dayMs
  const monday = new Date(first + (Number(number) - 1) * 7 * dayMs)
  return year !== '' && weekOf(monday) === week ? monday : null
}

const moment = z.iso.datetime({ offset: true })
const day = z.iso.date().nullable()
const count = z.int()
const figure = z.number().nullable()
const named = { provider: z.string(), model: z.string() }
/** A target where it is called from. */
const placed = {
  provider: z.string().nullable(),
  model: z.string().nullable(),
  region: z.string().nullable(),
}

const change = z.object({
  ...placed,
  /** Samples of the week, their median and that of the four weeks before. */
  n: count,
  ttft_ms: z.number(),
  before_ms: z.number(),
  /** How much longer it takes, relative: 0.1 is 10 % slower; with its bounds of 95 % confidence. */
  change: z.number(),
  low: z.number(),
  high: z.number(),
})

/** What changed in a week, as the database tells it: `read_week`. Lists are cut, and each has a count of all. */
export const week = z
  .object({
    /** `2026-W48`. */
    week: z.string(),
    since: moment,
    until: moment,
    /** Else it is the week so far. */
    is_over: z.boolean(),
    /** Whether it is about the synthetic provider, because no other has an active target. */
    synthetic: z.boolean(),
    incidents: z.object({
      opened: count,
      /** Not over at the end of the week. */
      open: count,
      /** How long at least one target was down. */
      down_s: count,
      worst: z
        .object({
          ...placed,
          kind: z.enum(incidentKinds),
          severity: z.enum(severities),
          first_bad_at: moment,
          resolved_at: moment.nullable(),
          /** Within the week. */
          lasts_s: count,
        })
        .nullable(),
    }),
    uptime: z.object({
      n_checks: count,
      n_failed: count,
      /** Active targets without a check. */
      n_silent: count,
      silent: z.array(z.object(named)),
      worst: z.array(z.object({ ...placed, n_checks: count, n_failed: count })),
    }),
    speed: z.object({
      /** Targets with samples enough, in the week and before it. */
      n_compared: count,
      n_slower: count,
      slower: z.array(change),
      n_faster: count,
      faster: z.array(change),
    }),
    models: z.object({
      n_prices: count,
      /** USD per million tokens. */
      prices: z.array(
        z.object({
          ...named,
          input_before: z.number(),
          output_before: z.number(),
          input_now: z.number(),
          output_now: z.number(),
        }),
      ),
      n_leaving: count,
      leaving: z.array(
        z.object({
          ...named,
          shutdown_on: day,
          deprecated_on: day,
          /** Its provider does not list it any more. */
          gone: z.boolean(),
          left_at: moment.nullable(),
        }),
      ),
      n_arrived: count,
      arrived: z.array(z.object(named)),
    }),
    spent: z.object({
      usd: z.number(),
      before_usd: z.number(),
      /** Answers whose cost nobody knows. */
      n_cost_unknown: count,
      /** Of the last day of the week: `2026-11`, and what it cost until then. */
      month: z.string(),
      month_usd: z.number(),
      /** What it costs at the pace of the week; null once it is over. */
      projected_usd: figure,
      /** What may be spent in a month. */
      limit_usd: figure,
    }),
    attention: z.object({
      n_misconfigured: count,
      misconfigured: z.array(z.object(placed)),
      /** Channels that their receivers switched off. */
      channels_off: z.array(z.string()),
      /** Messages that were given up. */
      n_undelivered: count,
      /** Scheduled runs that did not happen, or did not end. */
      n_missed: count,
      /** Records that wait on the disk of whoever asked; null if there is none. */
      n_unkept: count.nullable(),
    }),
  })
  .meta({ id: 'Week' })
export type Week = z.output<typeof week>
