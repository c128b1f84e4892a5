import { z } from 'zod'
import { providers } from '../registry/providers.ts'
import { officialStatusList } from '../store/official-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const statusRow = officialStatusList.shape.rows.element
  .extend({
    name: z.string(),
    /** Its status page, for people; null if it is no longer known. */
    page: z.string().nullable(),
  })
  .meta({ id: 'OfficialStatus' })

/** What providers say of themselves. */
export const officialStatuses = z.strictObject({ rows: z.array(statusRow) })

/** What the status pages of providers say. */
export const addOfficialStatuses = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/official-statuses',
      access: 'read',
      tag: 'providers',
      summary: 'What the status page of each provider says, with its open incidents',
      answer: officialStatuses,
    },
    async () => {
      const { rows } = await (await openStore()).listOfficialStatuses()
      return {
        rows: rows.map((row) => {
          const entry = providers.find(({ id }) => id === row.provider)
          return { ...row, name: entry?.name ?? row.provider, page: entry?.status?.page ?? null }
        }),
      }
    },
  )
