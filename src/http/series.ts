import { z } from 'zod'
import { series as answer } from '../store/chart-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { metric, ofChart } from './query.ts'

/** A metric over time. */
export const addSeries = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/series',
      access: 'read',
      tag: 'statistics',
      summary: 'A metric over time, as columns: samples, median, p95 and failures of each step',
      description: 'Of a target, or of a model wherever it is benchmarked. `width` chooses the step.',
      query: {
        ...ofChart,
        metric,
        width: z.coerce.number().int().min(1).max(5000).default(500),
      },
      answer,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listSeries({ ...query, targetId }),
  )
