import { z } from 'zod'
import { noteStates } from '../core/status.ts'
import { changedComponent, statusComponents, statusNotePage } from '../store/status-codec.ts'
import type { Api } from './api.ts'
import { maybe, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { cursor, limitOf } from './query.ts'
import { ownedBy } from './target-row.ts'

/** Components and the groups of providers, and whether the file says how they are shown. */
export const shownComponents = z.strictObject({
  rows: z.array(statusComponents.shape.rows.element.extend({ owned_by: ownedBy })),
})
/** The note that was saved. */
export const savedStatusNote = z.strictObject({ id: z.string(), created: z.boolean() })

const key = textOf({ most: 1200 })
const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null)
const about = { tag: 'status page' } as const

/** What a person writes on the public status page, and how it shows components; `changed` is called after each change. */
export function addStatusNotes(api: Api, parts: HttpParts, changed: () => void): void {
  listNotes(api, parts)
  addNotes(api, parts, changed)
  addComponents(api, parts, changed)
}

const listNotes = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/status-notes',
      access: 'read',
      summary: 'Notes on the public status page, the latest first',
      query: { after: maybe(cursor), limit: limitOf(200, 50) },
      answer: statusNotePage,
    },
    async ({ query }) => (await openStore()).listStatusNotes(query),
  )

function addNotes(api: Api, { openStore, app }: HttpParts, changed: () => void): void {
  api.add(
    {
      ...about,
      method: 'post',
      path: '/status-notes',
      access: 'admin',
      summary: 'Tell everybody something: on an incident, on an earlier note, or with a title of its own',
      body: z.strictObject({
        incident_id: orNull(z.uuid()),
        state: z.enum(noteStates),
        title: orNull(textOf({ most: 200 })),
        body: textOf({ most: 2000 }),
        components: z.array(key).max(200).default([]),
        by: textOf({ most: 200 }).default('the API'),
      }),
      answer: savedStatusNote,
      status: 201,
    },
    async ({ body: { incident_id: incidentId, by: author, ...rest } }) => {
      const id = app.uuid()
      const saved = await (await openStore()).saveStatusNote({ ...rest, id, incidentId, author })
      changed()
      return { id, ...saved }
    },
  )
  api.add(
    {
      ...about,
      method: 'delete',
      path: '/status-notes/{id}',
      access: 'admin',
      summary: 'Take a note back, with those that are on it',
      params: { id: z.uuid() },
    },
    async ({ params }) => {
      const { deleted } = await (await openStore()).deleteStatusNote(params)
      changed()
      return deleted ? null : refuse('not_found', `there is no note ${params.id}`)
    },
  )
}

function addComponents(api: Api, { openStore }: HttpParts, changed: () => void): void {
  api.add(
    {
      ...about,
      method: 'get',
      path: '/status-components',
      access: 'read',
      summary: 'What the public status page can show, in its order, and what is hidden',
      answer: shownComponents,
    },
    async () => (await openStore()).listStatusComponents(),
  )
  api.add(
    {
      ...about,
      method: 'put',
      path: '/status-components',
      access: 'admin',
      summary:
        'Name, group, order or hide a component, or the group of a provider; null is as it is by itself',
      body: z.strictObject({
        key,
        name: orNull(textOf({ most: 200 })),
        group_name: orNull(textOf({ most: 200 })),
        position: orNull(z.int().min(0).max(1_000_000)),
        hidden: z.boolean().default(false),
        description: orNull(textOf({ most: 1000 })),
      }),
      answer: changedComponent,
    },
    async ({ body: { group_name: groupName, ...rest } }) => {
      const saved = await (await openStore()).saveStatusComponent({ ...rest, groupName })
      changed()
      return saved
    },
  )
}
