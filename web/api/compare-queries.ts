import { queryOptions } from '@tanstack/react-query'
import { type Answer, get } from './client.ts'

export type Period = '24h' | '7d' | '30d'
export type Ranked = Answer<'GET /api/v1/leaderboard'>['rows'][number]
export type Metric = 'ttft' | 'ttfa' | 'tps' | 'latency' | 'uptime' | 'cost'
/** A target in a region and series, with every metric, ranked or not. */
export type ComparedRow = Answer<'GET /api/v1/compare/models'>['rows'][number]

/** The leaderboard of a metric, in a region. */
export const leaderboardQuery = (metric: Metric, period: Period, region: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/leaderboard', { metric, period, region }],
    queryFn: ({ signal }) =>
      get('/api/v1/leaderboard', { query: { metric, period, region, limit: 1000 }, signal }),
    staleTime: 5 * 60_000,
  })

/** A model wherever it is served, in a region. */
export const modelQuery = (model: string, period: Period, region: string | null) =>
  queryOptions({
    queryKey: ['/api/v1/compare/models', { model, period, region }],
    queryFn: ({ signal }) => get('/api/v1/compare/models', { query: { model, period, region }, signal }),
    staleTime: 5 * 60_000,
  })
