import { z } from 'zod'
import { gapPage } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { limitOf, moment, position } from './query.ts'

/** Slots of schedules that passed without a run. */
export const addGaps = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/gaps',
      access: 'read',
      tag: 'runs',
      summary: 'Slots without a finished run, and why, latest first',
      query: {
        schedule: maybe(z.string().min(1).max(200)),
        since: maybe(moment),
        after: maybe(position),
        limit: limitOf(1000, 200),
      },
      answer: gapPage,
    },
    async ({ query }) => (await openStore()).listGaps(query),
  )
