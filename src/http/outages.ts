import { z } from 'zod'
import { outages as answer } from '../store/chart-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { ofTime, ofTrack } from './query.ts'

/** When a target was down. */
export const addOutages = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/outages',
      access: 'read',
      tag: 'statistics',
      summary: 'When a target was down in a region: two checks or more failed in a row; latest first',
      description: 'Of a target, or of a model wherever it is benchmarked.',
      query: { target_id: maybe(z.uuid()), ...ofTrack, ...ofTime },
      answer,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listOutages({ ...query, targetId }),
  )
