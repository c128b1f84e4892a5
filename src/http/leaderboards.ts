import { z } from 'zod'
import { startRefresh } from '../jobs/leaderboards.ts'
import type { CronParts } from './parts.ts'

/** What the endpoint answers: `done` is false if the next call continues. */
export const leaderboardsAnswer = z.strictObject({ refreshed: z.array(z.string()), done: z.boolean() })

/** Share of the time that is spent on steps, each of which takes a second at most. */
const refreshingShare = 0.8

/** Rebuilds the leaderboards that are due, for as long as there is time. */
export async function leaderboardsHandler(_: Request, { app, budgetMs }: CronParts): Promise<Response> {
  const stop = AbortSignal.timeout(budgetMs * refreshingShare)
  const answer = await startRefresh({ periods: null, stop }, app)
  return Response.json(answer satisfies z.infer<typeof leaderboardsAnswer>)
}
