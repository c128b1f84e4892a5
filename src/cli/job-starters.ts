import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { fileGap } from '../jobs/file-gap.ts'
import { currentSlot } from '../jobs/plan-benchmark.ts'
import { defaultBatch } from '../jobs/prune.ts'
import type { RunSetup } from '../jobs/request.ts'
import type { JobName } from '../jobs/schedule.ts'
import { nextSlot } from '../run/slot.ts'
import { runBenchmark } from './benchmark.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { runPrune } from './prune.ts'
import { runRefresh } from './refresh-leaderboards.ts'
import type { Streams } from './streams.ts'
import { runSync } from './sync.ts'

/**
 * Starts a job for a slot, shows it, and gives its exit code, or why it cannot begin. `end` drops the work in hand.
 * Rejects with StoreError.
 */
type Starter = (slot: Date, end: AbortSignal) => Promise<number | CommandFailure>

/** What scheduled jobs are started with. */
interface Scheduling {
  app: App
  configured: readonly ConfiguredProvider[]
  streams: Streams
  quiet: boolean
  /** Threads to measure in; in this thread without. */
  pool?: NonNullable<RunSetup['pool']>
}

/** How each scheduled job is started from a terminal. */
export type JobStarters = Readonly<Record<JobName, Starter>>

/** The starters of an app's jobs. */
export function startersOf({ app, configured, streams, quiet, pool }: Scheduling): JobStarters {
  const { defaults, sync, retention } = app.config
  const setup = { configured, defaults, save: true, seed: null, ...(pool && { pool }) }
  let knowsGap = false
  const shown = { streams, json: false, quiet, verbose: false, out: null }
  return {
    benchmark: async (firedFor, end) => {
      const code = await runBenchmark({ ...currentSlot, ...setup, firedFor }, app, { ...shown, end })
      // Once, when the database is known to answer: from then on the scheduler itself knows which slots passed.
      if (code === exitCode.ok || code === exitCode.allFailed)
        knowsGap ||= await fileGap(defaults.schedule, firedFor, app)
      return code
    },
    'sync-models': (_, end) =>
      runSync(
        {
          configured: configured.filter(({ synthetic }) => !synthetic),
          trigger: 'cron',
          dryRun: false,
          heal: sync.heal,
          acceptShrunk: false,
          // A signal during the sync ends the schedule after it.
          stop: end,
        },
        app,
        { streams, json: false },
      ),
    prune: (_, end) =>
      runPrune({ retention, batch: defaultBatch, dryRun: false, end }, app, { streams, json: false }),
    leaderboards: (_, end) => {
      // The next slot does not wait for it: what is left is done an hour later.
      const now = app.clock.date()
      const slot = nextSlot(defaults.schedule.cron, now)
      const limitMs = Math.min(hourMs, slot === null ? hourMs : slot.getTime() - now.getTime())
      const ending = AbortSignal.any([end, AbortSignal.timeout(limitMs)])
      return runRefresh({ periods: null, end: ending }, app, { streams, json: false })
    },
  }
}

const hourMs = 3_600_000
