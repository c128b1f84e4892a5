import { queryOptions } from '@tanstack/react-query'
import { type Answer, get, send } from './client.ts'

export type Check = Answer<'GET /api/v1/doctor'>['checks'][number]

/** The checks of the installation. */
export const checksQuery = queryOptions({
  queryKey: ['/api/v1/doctor'],
  queryFn: ({ signal }) => get('/api/v1/doctor', { signal }),
  staleTime: 60_000,
})

/** The checks of the keys: every provider is called, so it is asked for by hand alone. */
export const keyChecksQuery = queryOptions({
  queryKey: ['/api/v1/doctor/keys'],
  queryFn: ({ signal }) => send('POST', '/api/v1/doctor/keys', { signal }),
  enabled: false,
  staleTime: Infinity,
  retry: false,
})

/** Tokens of the proxy's clients, with what they were used for today. */
export const proxyTokensQuery = queryOptions({
  queryKey: ['/api/v1/proxy/tokens'],
  queryFn: ({ signal }) => get('/api/v1/proxy/tokens', { signal }),
  refetchInterval: 30_000,
})

/** The fleet as it is now. */
export const fleetQuery = queryOptions({
  queryKey: ['/api/v1/fleet'],
  queryFn: ({ signal }) => get('/api/v1/fleet', { signal }),
  refetchInterval: 10_000,
})

/** What is kept for how long, and its size. */
export const retentionQuery = queryOptions({
  queryKey: ['/api/v1/retention'],
  queryFn: ({ signal }) => get('/api/v1/retention', { signal }),
  staleTime: 60_000,
})
