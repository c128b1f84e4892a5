import { z } from 'zod'
import { incidentText } from '../alerts/describe.ts'
import { incidentKinds, severities } from '../core/incident.ts'
import { tellNow } from '../jobs/teller.ts'
import { incidentInFull, incidentPage, incidentRow, toIncident } from '../store/incident-codec.ts'
import type { Store } from '../store/store.ts'
import type { Api } from './api.ts'
import { maybe, textOf } from './page.ts'
import type { HttpParts } from './parts.ts'
import { cursor, flag, limitOf, ofModel, ofTime } from './query.ts'

const inWords = {
  /** What is wrong with what, or was, in one line; why, in numbers. */
  title: z.string(),
  text: z.string(),
}
/** An incident, as rows and in words. */
export const toldIncident = incidentRow.extend(inWords).meta({ id: 'Incident' })
export const toldIncidents = incidentPage.extend({ rows: z.array(toldIncident) })
export const toldIncidentInFull = incidentInFull.extend({
  incident: toldIncident,
  children: z.array(toldIncident),
})

type Row = z.output<typeof incidentRow>
const told = <Given extends Row>(row: Given) => ({ ...row, ...incidentText(toIncident(row)) })

const about = { tag: 'incidents' } as const
const params = { id: z.uuid() }
const note = textOf({ most: 2000 })
/** Who acts, as the events of an incident name them. */
const by = textOf({ most: 200 }).default('the dashboard')

/** Incidents: what was wrong, since when, and who was told. */
export function addIncidents(api: Api, parts: HttpParts): void {
  listIncidents(api, parts)
  readIncident(api, parts)
  actOnIncidents(api, parts)
}

const listIncidents = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/incidents',
      access: 'read',
      summary: 'Incidents, the latest first',
      query: {
        open: maybe(flag),
        kind: maybe(z.enum(incidentKinds)),
        severity: maybe(z.enum(severities)),
        ...ofModel,
        target_id: maybe(z.uuid()),
        shadow: maybe(flag),
        ...ofTime,
        after: maybe(cursor),
        limit: limitOf(200, 50),
      },
      answer: toldIncidents,
    },
    async ({ query: { target_id: targetId, ...query } }) => {
      const { rows, next } = await (await openStore()).listIncidents({ ...query, targetId })
      return { rows: rows.map(told), next }
    },
  )

const readIncident = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/incidents/{id}',
      access: 'read',
      summary: 'One incident: why it opened, what happened to it, and who was told',
      params,
      answer: toldIncidentInFull,
    },
    async ({ params: of }) => {
      const { incident, children, ...rest } = await (await openStore()).readIncident(of)
      return { ...rest, incident: told(incident), children: children.map(told) }
    },
  )

function actOnIncidents(api: Api, { openStore, app, hosting }: HttpParts): void {
  /** Whoever hears of an act is told at once: PagerDuty would call others. */
  const acted = async (act: (store: Store) => Promise<Row>) => {
    const store = await openStore()
    const incident = await act(store)
    const telling = tellNow(store, app)
    // A server answers before.
    if (hosting === 'function') await telling
    return told(incident)
  }
  const act = { ...about, method: 'post', access: 'admin', params, answer: toldIncident } as const
  api.add(
    {
      ...act,
      path: '/incidents/{id}/acknowledge',
      summary: 'Somebody takes care of it: no more reminders',
      body: z.strictObject({ by, note: note.exactOptional() }),
    },
    async ({ params: { id }, body }) =>
      acted((store) => store.acknowledgeIncident({ id, actor: body.by, note: body.note ?? null })),
  )
  api.add(
    {
      ...act,
      path: '/incidents/{id}/notes',
      summary: 'Add a note to it',
      body: z.strictObject({ by, note }),
    },
    async ({ params: { id }, body }) =>
      told(await (await openStore()).noteIncident({ id, actor: body.by, note: body.note })),
  )
  api.add(
    {
      ...act,
      path: '/incidents/{id}/resolve',
      summary:
        'End it by hand; what was slow is then taken for usual, and whatever goes wrong again opens another',
      body: z.strictObject({ by, note: note.exactOptional() }),
    },
    async ({ params: { id }, body }) =>
      acted((store) => store.resolveIncident({ id, actor: body.by, note: body.note ?? null })),
  )
}
