import { z } from 'zod'
import { comparison, modelComparison } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe, modelId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { ofKind, period } from './query.ts'

const about = { method: 'get', access: 'read', tag: 'compare' } as const

/** Two runs beside each other, and a model beside itself. */
export function addCompare(api: Api, { openStore }: HttpParts): void {
  api.add(
    {
      ...about,
      path: '/compare/runs',
      summary: 'Two runs by target, region and series, and what changed in percent',
      query: { before: z.uuid(), after: z.uuid() },
      answer: comparison,
    },
    async ({ query }) => (await openStore()).readComparison(query),
  )
  api.add(
    {
      ...about,
      path: '/compare/models',
      summary: 'A model wherever it is served: every metric of the leaderboards, and its price',
      description:
        'Found by its name without the part before a slash. Compare rows of one region and one series.',
      query: {
        model: modelId,
        period: period.default('7d'),
        region: maybe(z.string().min(1).max(200)),
        ...ofKind,
      },
      answer: modelComparison,
    },
    async ({ query }) => (await openStore()).compareModel(query),
  )
}
