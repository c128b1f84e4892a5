import { distribution as answer } from '../store/chart-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { metric, ofChart } from './query.ts'

/** A metric over a time as a whole. */
export const addDistribution = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/distribution',
      access: 'read',
      tag: 'statistics',
      summary: 'How a metric is distributed: its value at each percent, with p50, p95, p99 and the samples',
      description:
        'Of a target, or of a model wherever it is benchmarked. The time is widened to whole hours.',
      query: { ...ofChart, metric },
      answer,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listDistribution({ ...query, targetId }),
  )
