import { z } from 'zod'
import { indicators } from '../core/official-status.ts'
import { noteStates } from '../core/status.ts'
import { owner } from './config-codec.ts'
import { pageOf } from './page.ts'
import { count, figure, moment, text } from './read-codec.ts'

// What the public status page is made of, and what a person arranges and writes there; names as in the database.

/** A day for each place, from `days.t0` on. */
const byDay = z.array(count)

/** A target as the public knows it. */
const component = z.object({
  key: z.string(),
  name: z.string(),
  /** Its short name. */
  provider: text,
  group_key: z.string(),
  group_name: z.string(),
  description: text,
  created_at: moment,
  /** Where it was called lately, and how it does there. */
  regions: z.array(
    z.object({
      region: text,
      state: z.enum(['ok', 'no_data', 'slow', 'errors', 'down']),
      since: moment.nullable(),
      last_check_at: moment.nullable(),
    }),
  ),
  checks: byDay,
  failed: byDay,
  down_minutes: byDay,
  /** Medians of the last 24 hours; null without samples. */
  typical: z.object({ n: count, ttft_ms: figure, tps: figure }).nullable(),
})

/** An incident that is public; `components` are keys. */
const publicIncident = z.object({
  id: z.string(),
  kind: z.enum(['down', 'errors', 'slow', 'provider_wide']),
  severity: z.enum(['info', 'minor', 'major', 'critical']),
  group_name: z.string(),
  region: text,
  components: z.array(z.string()),
  started_at: moment,
  opened_at: moment,
  resolved_at: moment.nullable(),
  /** The incident that the provider published of it. */
  official: z
    .object({
      provider: z.string(),
      url: text,
      /** How long after us they published it, negative if before; null if their page was not watched then. */
      lead_s: z.number().nullable(),
      /** The same until the moment at which they say it began. */
      claimed_lead_s: z.number(),
    })
    .nullable(),
})

const noteState = z.enum(noteStates)

const publicNote = z.object({
  id: z.string(),
  incident_id: text,
  state: noteState,
  title: text,
  body: z.string(),
  components: z.array(z.string()),
  created_at: moment,
})

/** Everything that the public status page, its badges and its feeds may show. */
export const statusPage = z.object({
  generated_at: moment,
  /** Nothing of it is real. */
  synthetic: z.boolean(),
  days: z.object({ t0: moment, n: count }),
  components: z.array(component),
  incidents: z.array(publicIncident),
  /** What providers say of themselves, as far as their status pages are asked. */
  official: z.array(
    z.object({
      provider: z.string(),
      name: z.string(),
      /** Unknown if their page was not understood within half an hour. */
      indicator: z.enum(indicators),
      /** When their page was last understood. */
      ok_at: moment.nullable(),
      /** When the first began of their incidents that are not over. */
      since: moment.nullable(),
    }),
  ),
  /** The oldest first. */
  notes: z.array(publicNote),
  maintenance: z.array(
    z.object({
      id: z.string(),
      components: z.array(z.string()),
      starts_at: moment.nullable(),
      ends_at: moment.nullable(),
      cron: text,
      duration_minutes: count.nullable(),
      time_zone: text,
      created_at: moment,
    }),
  ),
})
export type StatusPage = z.output<typeof statusPage>

/** A note as its writers see it. */
const statusNote = publicNote.extend({ author: z.string() })
export const statusNotePage = pageOf(statusNote)
export const savedNote = z.object({ created: z.boolean() })

/** A component, or a provider as its group, and what a person said of how it is shown; null is as it is by itself. */
const statusComponent = z.object({
  key: z.string(),
  provider: z.string(),
  /** Null of a provider. */
  model: text,
  shown: z.boolean(),
  name: text,
  group_name: text,
  position: count.nullable(),
  hidden: z.boolean(),
  description: text,
  owned_by: owner,
})
export const statusComponents = z.object({ rows: z.array(statusComponent) })
export const changedComponent = z.object({ changed: z.boolean() })
