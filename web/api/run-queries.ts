import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type Answer, type Asked, get } from './client.ts'

// Runs: their list, one in full, two beside each other, and the gaps of the schedule between them.

export type Run = Answer<'GET /api/v1/runs'>['rows'][number]

/** Pages of runs, newest first. */
export const runsQuery = (query: NonNullable<Asked['query']>) =>
  infiniteQueryOptions({
    queryKey: ['/api/v1/runs', query],
    queryFn: ({ pageParam, signal }) =>
      get('/api/v1/runs', { query: { ...query, after: pageParam, limit: 100 }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  })

/** Slots of schedules that passed without a run since a moment, latest first. */
export const gapsQuery = (since: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/gaps', { since }],
    queryFn: ({ signal }) => get('/api/v1/gaps', { query: { since, limit: 1000 }, signal }),
    staleTime: 60_000,
  })

/** One run in full, and a page of its calls. */
export const runQuery = (id: string, after: number, text: boolean) =>
  queryOptions({
    queryKey: ['/api/v1/runs/{id}', id, { after, text }],
    queryFn: ({ signal }) => get('/api/v1/runs/{id}', { params: { id }, query: { after, text }, signal }),
  })

/** Two runs beside each other. */
export const runsComparedQuery = (before: string, after: string) =>
  queryOptions({
    queryKey: ['/api/v1/compare/runs', { before, after }],
    queryFn: ({ signal }) => get('/api/v1/compare/runs', { query: { before, after }, signal }),
    staleTime: 60_000,
  })
