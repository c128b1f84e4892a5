import { z } from 'zod'
import { openUntil, opensNext, windowProblems } from '../run/maintenance.ts'
import { maintenanceList } from '../store/incident-codec.ts'
import type { Api } from './api.ts'
import { textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { flag } from './query.ts'
import { ownedBy } from './target-row.ts'

const moment = z.iso.datetime({ offset: true }).nullable().default(null)

const shownMoment = z.string().meta({ format: 'date-time' })

const windowRow = maintenanceList.shape.rows.element
  .extend({
    is_open: z.boolean(),
    /** When it closes, if it is open; when it opens next, or null. */
    open_until: shownMoment.nullable(),
    opens_next: shownMoment.nullable(),
    owned_by: ownedBy,
  })
  .meta({ id: 'MaintenanceWindow' })

/** Maintenance windows. */
export const maintenance = z.strictObject({ rows: z.array(windowRow) })
/** The one that was saved. */
export const savedWindow = z.strictObject({ id: z.string(), created: z.boolean() })

const body = z
  .strictObject({
    name: textOf({ most: 200 }),
    /** What it is for: `all`, `provider/openai` or `target/<id>`. */
    scope: z
      .string()
      .regex(
        /^(all|provider\/.{1,200}|target\/[\da-f-]{36})$/,
        'must be all, provider/<its id> or target/<its id>',
      )
      .default('all'),
    starts_at: moment,
    ends_at: moment,
    /** When it begins each time, in its time zone, and how long it lasts. */
    cron: z.string().max(200).nullable().default(null),
    duration_minutes: z.int().min(1).max(10_080).nullable().default(null),
    time_zone: z.string().max(100).nullable().default(null),
    reason: textOf({ most: 2000 }).nullable().default(null),
  })
  .superRefine((given, context) => {
    for (const { path, message } of windowProblems(given))
      context.addIssue({ code: 'custom', path: [path], message })
  })

const about = { path: '/maintenance', tag: 'maintenance' } as const

/** Maintenance: when results do not count, and nobody is told. */
export function addMaintenance(api: Api, parts: HttpParts): void {
  listWindows(api, parts)
  addWindow(api, parts)
  replaceWindow(api, parts)
  deleteWindow(api, parts)
}

const listWindows = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      access: 'read',
      summary: 'Maintenance windows; those that are over if asked',
      query: { ended: flag.default(false) },
      answer: maintenance,
    },
    async ({ query }) => {
      const now = app.clock.date()
      const { rows } = await (await openStore()).listMaintenance(query)
      return {
        rows: rows.map((row) => {
          const until = openUntil(row, now)
          return {
            ...row,
            is_open: until !== null,
            open_until: until?.toISOString() ?? null,
            opens_next: opensNext(row, now)?.toISOString() ?? null,
          }
        }),
      }
    },
  )

type Entered = z.output<typeof body>

const toInput = (
  id: string,
  { starts_at, ends_at, duration_minutes: durationMinutes, time_zone: timeZone, ...rest }: Entered,
) => ({ ...rest, id, startsAt: asDate(starts_at), endsAt: asDate(ends_at), durationMinutes, timeZone })

const addWindow = (api: Api, { openStore, app }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'post',
      access: 'admin',
      summary: 'Add a maintenance window: once, or recurring',
      body,
      answer: savedWindow,
      status: 201,
    },
    async ({ body: entered }) => {
      const id = app.uuid()
      return { id, ...(await (await openStore()).saveMaintenance(toInput(id, entered))) }
    },
  )

const replaceWindow = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'put',
      path: '/maintenance/{id}',
      access: 'admin',
      summary: 'Replace a maintenance window; results that were made in it stay marked',
      params: { id: z.uuid() },
      body,
      answer: savedWindow,
    },
    async ({ params: { id }, body: entered }) => {
      const store = await openStore()
      const { rows } = await store.listMaintenance({ ended: true })
      if (!rows.some((row) => row.id === id))
        return refuse('not_found', `there is no maintenance window ${id}`)
      return { id, ...(await store.saveMaintenance(toInput(id, entered))) }
    },
  )

const deleteWindow = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/maintenance/{id}',
      access: 'admin',
      summary: 'Delete a maintenance window; results that were made in it stay marked',
      params: { id: z.uuid() },
    },
    async ({ params }) => {
      const { deleted } = await (await openStore()).deleteMaintenance(params)
      return deleted ? null : refuse('not_found', `there is no maintenance window ${params.id}`)
    },
  )

const asDate = (text: string | null): Date | null => (text === null ? null : new Date(text))
