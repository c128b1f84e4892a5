import { z } from 'zod'
import type { Trigger } from '../core/plan.ts'
import { type StartedSync, startSync } from '../jobs/sync.ts'
import { follow } from '../run/watch.ts'
import { toSyncRow } from '../store/model-codec.ts'
import { configuredHere } from './configured.ts'
import type { CronParts } from './parts.ts'
import { failureProblem, refusalProblem } from './problem.ts'

/** What the endpoint answers once the sync is over. */
export const syncAnswer = z.strictObject({
  /** A row of syncs for every provider that was asked, with the provider's short name. */
  syncs: z.array(z.record(z.string(), z.json())),
  /** Providers that there was no time for. */
  stopped_before: z.array(z.string()),
  /** Which prices could not be brought up to date. */
  notes: z.array(z.string()),
})

/**
 * Brings models and prices up to date. Answers when it is over: 200 if at least one listing was accepted,
 * else 502.
 */
export async function syncHandler(_: Request, { app, budgetMs }: CronParts): Promise<Response> {
  const started = await startSync(
    {
      configured: configuredHere(app),
      trigger: 'cron',
      dryRun: false,
      heal: app.config.sync.heal,
      acceptShrunk: false,
      stop: AbortSignal.timeout(budgetMs),
    },
    app,
  )
  if ('refusal' in started) return refusalProblem(started.refusal, app.log)
  const { events, notes, summary, close } = started
  try {
    for (const note of notes) app.log.warn(note)
    await follow(events, [])
  } finally {
    await close()
  }
  if (summary.lost !== null) return failureProblem(summary.lost)
  const wasTaken = summary.outcomes.some(({ reason }) => reason === null)
  const answer = syncAnswerOf(summary, 'cron', notes)
  return Response.json(answer, { status: wasTaken ? 200 : 502 })
}

/** The answer of a sync that is over. */
export function syncAnswerOf(
  { outcomes, notAsked }: StartedSync['summary'],
  trigger: Trigger,
  notes: string[],
): z.infer<typeof syncAnswer> {
  const syncs = outcomes.map((outcome) => ({
    provider: outcome.provider.id,
    ...toSyncRow({ outcome, trigger }),
  }))
  return { syncs, stopped_before: notAsked, notes }
}
