import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { type Answer, get } from './client.ts'

// Sweeps: their list, one with its levels, and two beside each other.

export type ListedSweep = Answer<'GET /api/v1/sweeps'>['rows'][number]
export type SweepInDetail = Answer<'GET /api/v1/sweeps/{id}'>
/** A level of a sweep, and what came of it so far. */
export type SweptLevel = SweepInDetail['levels'][number]
export type SweepComparison = Answer<'GET /api/v1/sweeps/compare'>
export type ComparedLevel = SweepComparison['levels'][number]
export type ComparedMetric = ComparedLevel['metrics'][number]
export type LevelReport = NonNullable<SweptLevel['report']>

/** Pages of sweeps, newest first. */
export const sweepsQuery = infiniteQueryOptions({
  queryKey: ['/api/v1/sweeps'],
  queryFn: ({ pageParam, signal }) => get('/api/v1/sweeps', { query: { after: pageParam }, signal }),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
})

/** One sweep as far as it has come, judged by objectives such as `ttft=500ms`; null is its own. */
export const sweepQuery = (id: string, slo: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/sweeps/{id}', id, slo],
    queryFn: ({ signal }) => get('/api/v1/sweeps/{id}', { params: { id }, query: { slo }, signal }),
    staleTime: 5 * 60_000,
  })

/** How the second of two sweeps differs from the first; goodput is judged by objectives such as `ttft=500ms`. */
export const sweepComparisonQuery = (a: string, b: string, slo: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/sweeps/compare', a, b, slo],
    queryFn: ({ signal }) => get('/api/v1/sweeps/compare', { query: { a, b, slo }, signal }),
    staleTime: 5 * 60_000,
  })
