import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { currentSlot } from '../jobs/plan-benchmark.ts'
import { defaultBatch } from '../jobs/prune.ts'
import type { JobName } from '../jobs/schedule.ts'
import { runBenchmark } from './benchmark.ts'
import { runPrune } from './prune.ts'
import type { Streams } from './streams.ts'
import { runSync } from './sync.ts'

/** Starts a job for a fire time, shows it, and gives its exit code. Rejects with StoreError. */
type Starter = (firedFor: Date) => Promise<number>

/** What scheduled jobs are started with. */
interface Scheduling {
  app: App
  configured: readonly ConfiguredProvider[]
  streams: Streams
  quiet: boolean
}

/** How each scheduled job is started from a terminal. */
export type JobStarters = Readonly<Record<JobName, Starter>>

/** The starters of an app's jobs. */
export function startersOf({ app, configured, streams, quiet }: Scheduling): JobStarters {
  const { defaults, sync, retention } = app.config
  const setup = { configured, defaults, save: true, seed: null }
  const shown = { streams, json: false, quiet, verbose: false, out: null }
  return {
    benchmark: (firedFor) => runBenchmark({ ...currentSlot, ...setup, firedFor }, app, shown),
    'sync-models': () =>
      runSync(
        {
          configured: configured.filter(({ synthetic }) => !synthetic),
          trigger: 'cron',
          dryRun: false,
          heal: sync.heal,
          acceptShrunk: false,
          // A signal during the sync ends the schedule after it.
          stop: new AbortController().signal,
        },
        app,
        { streams, json: false },
      ),
    prune: () => runPrune({ retention, batch: defaultBatch, dryRun: false }, app, { streams, json: false }),
  }
}
