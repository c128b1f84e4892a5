import { z } from 'zod'
import { leaderboardPage } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import { maybe } from './page.ts'
import type { HttpParts } from './parts.ts'
import { limitOf, ofTrack, period, position, series } from './query.ts'

/** The published leaderboards. */
export const addLeaderboard = (api: Api, { openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/leaderboard',
      access: 'read',
      tag: 'statistics',
      summary: 'The leaderboards, in the order of their ranks',
      description: 'Ranks hold within one region and one series, and overlap where intervals do.',
      query: {
        period: period.default('7d'),
        metric: maybe(z.enum(['ttft', 'ttfa', 'tps', 'latency', 'uptime', 'cost'])),
        ...ofTrack,
        series: maybe(series),
        after: maybe(position),
        limit: limitOf(1000, 500),
      },
      answer: leaderboardPage,
    },
    async ({ query }) => (await openStore()).listLeaderboard(query),
  )
