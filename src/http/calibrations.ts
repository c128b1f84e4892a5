import { z } from 'zod'
import { calibrationList } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'

/** How accurately machines measure. */
export const addCalibrations = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/calibrations',
      access: 'read',
      tag: 'about',
      summary: 'How accurately each host stamps arrivals: its latest calibration at each concurrency',
      query: { host: maybe(z.string().min(1).max(200)) },
      answer: calibrationList,
    },
    async ({ query }) => (await openStore()).listCalibrations(query),
  )
