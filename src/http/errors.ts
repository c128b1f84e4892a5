import { z } from 'zod'
import { errorPage } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { limitOf, ofTime, ofTrack, position, someOf } from './query.ts'

/** Failures, counted. */
export const addErrors = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/errors',
      access: 'read',
      tag: 'statistics',
      summary: 'Failures by what `by` names, most first, and the number of calls that they are of',
      description: 'Of seven days unless `since` says otherwise. What is not grouped by is null.',
      query: {
        target_id: maybe(z.uuid()),
        ...ofTrack,
        ...ofTime,
        by: maybe(someOf('day', 'domain', 'kind', 'provider', 'model', 'region')),
        after: maybe(position),
        limit: limitOf(1000, 200),
      },
      answer: errorPage,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listErrors({ ...query, targetId }),
  )
