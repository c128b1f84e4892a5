import { points as answer } from '../store/chart-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { limitOf, ofChart } from './query.ts'

/** Single results as points of charts. */
export const addPoints = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/points',
      access: 'read',
      tag: 'statistics',
      summary:
        'The results of a time as columns, oldest first, without rechecks; `more` if some are left out',
      description: 'Of a target, or of a model wherever it is benchmarked.',
      query: { ...ofChart, limit: limitOf(1500, 1500) },
      answer,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listPoints({ ...query, targetId }),
  )
