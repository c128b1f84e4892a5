import { phases as answer } from '../store/chart-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { ofChart } from './query.ts'

/** What calls spend their time on. */
export const addPhases = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/phases',
      access: 'read',
      tag: 'statistics',
      summary: 'Medians of what calls spend their time on: DNS, TCP, TLS, wait, reasoning, answer',
      description:
        'Of a target, or of a model wherever it is benchmarked; of the latest 10,000 calls at most.',
      query: ofChart,
      answer,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listPhases({ ...query, targetId }),
  )
