import { costPage, projection } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { limitOf, ofKind, ofTime, ofTrack, position, someOf } from './query.ts'

const about = { method: 'get', access: 'read', tag: 'costs' } as const

/** What calls cost, and will cost. */
export function addCosts(api: Api, { openStore }: HttpParts): void {
  api.add(
    {
      ...about,
      path: '/costs',
      summary: 'Calls, tokens and costs by what `by` names, latest and most expensive first',
      description:
        'Whole days (UTC), 30 of them unless `since` says otherwise. What is not grouped by is null.',
      query: {
        ...ofTrack,
        ...ofTime,
        by: maybe(someOf('day', 'month', 'provider', 'model', 'region')),
        after: maybe(position),
        limit: limitOf(1000, 400),
      },
      answer: costPage,
    },
    async ({ query }) => (await openStore()).listCosts(query),
  )
  api.add(
    {
      ...about,
      path: '/costs/projection',
      summary: 'What the next 30 days cost at the present pace of the schedules',
      query: ofKind,
      answer: projection,
    },
    async ({ query }) => (await openStore()).readProjection(query),
  )
}
