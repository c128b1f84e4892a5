import { lastWeek } from '../core/week.ts'
import type { AlertStore, WeekInput } from '../store/alert-store.ts'
import { countSpool } from '../store/spool.ts'
import type { App } from './app.ts'
import { tried } from './teller.ts'

/** What a digest needs to know of an installation. */
export type DigestApp = Pick<App, 'config' | 'clock' | 'log' | 'spool'>

/** The last week that is over, or another one, with what the database does not know of it. */
export function weekInput(app: DigestApp, week: string | null = null): WeekInput {
  const waiting = app.spool && countSpool(app.spool.dir)
  return {
    week: week ?? lastWeek(app.clock.date()),
    limitUsd: app.config.defaults.budget?.usdPerMonth ?? null,
    nUnkept: waiting && waiting.waiting + waiting.rejected,
  }
}

/**
 * Queues the digest of the last week, if it is time and nobody has; tells whether there is something to send. It has no
 * memory: whoever looks next makes what is missing. A database that fails is logged.
 */
export async function queueDigests(store: AlertStore, app: DigestApp): Promise<boolean> {
  const { week: _, ...known } = weekInput(app)
  const queued = await tried(app, () => store.queueDigests(known))
  if (queued === null) return false
  if (queued.skipped > 0)
    app.log.warn(
      { kind: 'digest_skipped', ...queued },
      `nobody is told of ${queued.week}: nothing ran in the three days after it`,
    )
  return queued.queued > 0
}
