import { z } from 'zod'
import { fleet, mostLanes } from '../core/fleet.ts'
import type { Api } from './api.ts'
import { maybe, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'

/** How many calls of a provider a region may have in flight: what was set, or null if that is what is usual. */
export const providerLanes = z.strictObject({ provider: z.string(), lanes: z.int().nullable() })

const about = { tag: 'fleet' } as const

/** The fleet: its workers and what waits, and the lanes of providers. */
export function addFleet(api: Api, parts: HttpParts): void {
  readFleet(api, parts)
  setLanes(api, parts)
}

const readFleet = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'get',
      path: '/fleet',
      access: 'read',
      summary: 'Workers by region, what waits for them, how late it is, and which lanes are in use',
      query: { region: maybe(z.string().min(1).max(200)) },
      answer: fleet,
    },
    async ({ query }) => (await openStore()).readFleet(query),
  )

const setLanes = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      ...about,
      method: 'put',
      path: '/fleet/lanes/{provider}',
      access: 'admin',
      summary: 'Set how many calls of a provider each region may have in flight; null: as usual, 4',
      description:
        'More may begin at once. With fewer, what is in flight goes on to its end, and nothing begins until then.',
      params: { provider: providerId },
      body: z.strictObject({ lanes: z.int().min(1).max(mostLanes).nullable() }),
      answer: providerLanes,
    },
    async ({ params, body }) => (await openStore()).setLanes({ ...params, ...body }),
  )
