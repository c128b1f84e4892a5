import { z } from 'zod'
import { objectiveList } from '../store/objective-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { ofPlace } from './query.ts'

/** How the objectives of targets fare. */
export const addObjectives = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/objectives',
      access: 'read',
      tag: 'statistics',
      summary:
        'Objectives of targets by region: what is left of their budgets, how fast it burns, and what is proven',
      description:
        'Of targets that have any, which `PATCH /api/v1/targets` sets: docs/objectives.md says what counts.',
      query: { target_id: maybe(z.uuid()), ...ofPlace },
      answer: objectiveList,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listObjectives({ ...query, targetId }),
  )
