import { z } from 'zod'
import { defaultBatch, startPrune } from '../jobs/prune.ts'
import type { CronParts } from './parts.ts'

/** What the endpoint answers: `done` is false if the next call has something left to delete. */
export const pruneAnswer = z.strictObject({
  texts: z.int(),
  results: z.int(),
  proxy_requests: z.int(),
  proxy_texts: z.int(),
  days: z.int(),
  /** Results from before this are deleted, or will be next. */
  pruned_until: z.iso.datetime().nullable(),
  done: z.boolean(),
})

/** Share of the time that is spent on batches, each of which takes seconds at most. */
const pruningShare = 0.8

/** Deletes texts, results and proxy requests that are too old, for as long as there is time. */
export async function pruneHandler(_: Request, { app, budgetMs }: CronParts): Promise<Response> {
  const { prunedUntil, proxyRequests, proxyTexts, texts, results, days, done } = await startPrune(
    {
      retention: app.config.retention,
      batch: defaultBatch,
      stop: AbortSignal.timeout(budgetMs * pruningShare),
    },
    app,
  )
  const answer: z.infer<typeof pruneAnswer> = {
    texts,
    results,
    proxy_requests: proxyRequests,
    proxy_texts: proxyTexts,
    days,
    pruned_until: prunedUntil?.toISOString() ?? null,
    done,
  }
  return Response.json(answer)
}
