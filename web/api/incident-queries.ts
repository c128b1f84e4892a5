import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type Answer, type Asked, get } from './client.ts'
import { everyPage } from './pages.ts'

// Incidents, who is told of them, and maintenance.

export type Incident = Answer<'GET /api/v1/incidents'>['rows'][number]
export type IncidentInFull = Answer<'GET /api/v1/incidents/{id}'>
export type Channel = Answer<'GET /api/v1/channels'>['rows'][number]
export type Delivery = Answer<'GET /api/v1/deliveries'>['rows'][number]
export type MaintenanceWindow = Answer<'GET /api/v1/maintenance'>['rows'][number]

const minutes = 60_000

/** Every incident that is open. */
export const openIncidentsQuery = queryOptions({
  queryKey: ['/api/v1/incidents', 'open'],
  queryFn: async ({ signal }) =>
    (
      await everyPage((after) =>
        get('/api/v1/incidents', { query: { open: true, limit: 200, after }, signal }),
      )
    ).rows,
  refetchInterval: minutes,
})

/** Pages of incidents that are over, the latest first. */
export const pastIncidentsQuery = (query: NonNullable<Asked['query']>) =>
  infiniteQueryOptions({
    queryKey: ['/api/v1/incidents', 'past', query],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/incidents', { query: { ...query, open: false, after: pageParam, limit: 50 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

/** The latest incidents, as many as a page holds: of all, or of a target up to a moment. */
export const latestIncidentsQuery = (of: { target_id?: string; until?: string | null } = {}) =>
  queryOptions({
    queryKey: ['/api/v1/incidents', 'latest', of],
    queryFn: ({ signal }) => get('/api/v1/incidents', { query: { ...of, limit: 200 }, signal }),
    staleTime: minutes,
  })

/** One incident with what happened to it, who was told, and those that it tells. */
export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: ['/api/v1/incidents/{id}', id],
    queryFn: ({ signal }) => get('/api/v1/incidents/{id}', { params: { id }, signal }),
    refetchInterval: minutes,
  })

/** Who is told; for the admin. */
export const channelsQuery = queryOptions({
  queryKey: ['/api/v1/channels'],
  queryFn: ({ signal }) => get('/api/v1/channels', { signal }),
  refetchInterval: minutes,
})

/** The kinds of channels and their settings. */
export const channelKindsQuery = queryOptions({
  queryKey: ['/api/v1/channels/kinds'],
  queryFn: ({ signal }) => get('/api/v1/channels/kinds', { signal }),
  staleTime: Infinity,
})

/** Pages of what channels were sent, the latest first; for the admin. */
export const deliveriesQuery = (query: {
  channel?: string | undefined
  state?: Delivery['state'] | undefined
}) =>
  infiniteQueryOptions({
    queryKey: ['/api/v1/deliveries', query],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/deliveries', { query: { ...query, after: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

/** The latest deliveries that were given up; for the admin. */
export const deadLettersQuery = queryOptions({
  queryKey: ['/api/v1/deliveries', 'dead'],
  queryFn: ({ signal }) => get('/api/v1/deliveries', { query: { state: 'dead', limit: 200 }, signal }),
  refetchInterval: minutes,
})

/** Maintenance windows that are not over. */
export const maintenanceQuery = queryOptions({
  queryKey: ['/api/v1/maintenance'],
  queryFn: ({ signal }) => get('/api/v1/maintenance', { signal }),
  refetchInterval: minutes,
})
