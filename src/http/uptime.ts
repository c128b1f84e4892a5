import { z } from 'zod'
import { uptime } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { ofTrack } from './query.ts'

/** Checks and failures by day. */
export const addUptime = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/uptime',
      access: 'read',
      tag: 'statistics',
      summary: 'Checks and failures of each day (UTC) by target and region, and the uptime, rounded down',
      query: {
        target_id: maybe(z.uuid()),
        ...ofTrack,
        days: z.coerce.number().int().min(1).max(400).default(90),
      },
      answer: uptime,
    },
    async ({ query: { target_id: targetId, ...query } }) =>
      (await openStore()).listUptime({ ...query, targetId }),
  )
