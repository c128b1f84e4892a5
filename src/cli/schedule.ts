import { schedule as every } from 'node-cron'
import { z } from 'zod'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { App } from '../jobs/app.ts'
import { defaultBatch } from '../jobs/prune.ts'
import { type JobName, type ScheduledJob, scheduleOf } from '../jobs/schedule.ts'
import { cronProblem } from '../run/slot.ts'
import { runBenchmark } from './benchmark.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import { refuse, storeRefusal } from './failure.ts'
import { yes } from './flags.ts'
import { allConfigured, callableProviders } from './providers.ts'
import { runPrune } from './prune.ts'
import { stopSignal } from './stop.ts'
import type { Streams } from './streams.ts'
import { runSync } from './sync-models.ts'

const help = `Benchmark on a schedule, and once a week sync models and prices (SYNC_SCHEDULE) and prune what is too old (PRUNE_SCHEDULE),
until stopped.

Usage: pnpm tsx scripts/schedule.ts [--cron EXPRESSION] [--synthetic] [--quiet]

  --cron EXPRESSION   when to run, in UTC (default BENCHMARK_SCHEDULE, else every 15 minutes)
  --synthetic         the built-in synthetic provider instead of those with a key
  --quiet             errors only
  --help              this text

Every run is for the slot of the schedule that has just begun; a slot has one run, however many schedulers there are.
Ctrl-C finishes the probe in hand, closes the run and ends.
`

const flags = z.object({ cron: z.string().nullable().default(null), synthetic: yes, quiet: yes })

/** `schedule`: starts every scheduled job at its times, until SIGINT or SIGTERM. */
export const schedule = defineCommand({
  name: 'schedule',
  help,
  flags,
  needs: 'app',
  run: async ({ cron: given, synthetic, quiet }, { app, streams }) => {
    const { defaults } = app.config
    const cron = given ?? defaults.schedule.cron
    const problem = cronProblem(cron)
    if (problem !== null) return { problem: `--cron: ${problem}` }
    const callable = await callableProviders({ ...allConfigured, synthetic }, app)
    if ('problem' in callable) return callable
    const { providers: configured, close } = callable
    const config = { ...app.config, defaults: { ...defaults, schedule: { ...defaults.schedule, cron } } }
    const starters = startersOf({ app: { ...app, config }, configured, streams, quiet })
    // The synthetic provider has nothing to sync.
    const real = configured.some((each) => !each.synthetic)
    const jobs = scheduleOf(config).filter(({ job }) => real || job !== 'sync-models')
    try {
      return await untilStopped(jobs, { starters, streams, app })
    } finally {
      await close()
    }
  },
})

/** Starts a job for a fire time, shows it, and gives its exit code. Rejects with StoreError. */
type Starter = (firedFor: Date) => Promise<number>

/** What scheduled jobs are started with. */
interface Scheduling {
  app: App
  configured: readonly ConfiguredProvider[]
  streams: Streams
  quiet: boolean
}

function startersOf({ app, configured, streams, quiet }: Scheduling): Readonly<Record<JobName, Starter>> {
  const { defaults, sync, retention } = app.config
  const slot = { trigger: 'cron', scheduled: true, providers: [], model: null, runs: 1 } as const
  const setup = { configured, defaults, save: true, seed: null }
  const shown = { streams, json: false, quiet, verbose: false, out: null }
  return {
    benchmark: (firedFor) => runBenchmark({ ...slot, ...setup, firedFor }, app, shown),
    'sync-models': () =>
      runSync(
        {
          configured: configured.filter(({ synthetic }) => !synthetic),
          trigger: 'cron',
          dryRun: false,
          heal: sync.heal,
          acceptShrunk: false,
          // A signal that comes meanwhile ends the schedule after the sync.
          stop: new AbortController().signal,
        },
        app,
        { streams, json: false },
      ),
    prune: () => runPrune({ retention, batch: defaultBatch, dryRun: false }, app, { streams, json: false }),
  }
}

/** What keeps the time. */
interface Keeping {
  starters: Readonly<Record<JobName, Starter>>
  streams: Streams
  app: Pick<App, 'log'>
}

/** Starts jobs at every fire time; ends when a signal comes, after the job in hand. Jobs wait for each other: a sync would disturb what is measured. */
async function untilStopped(
  jobs: readonly ScheduledJob[],
  { starters, streams, app: { log } }: Keeping,
): Promise<number> {
  let running: Promise<unknown> = Promise.resolve()
  const start = async ({ name, job }: ScheduledJob, firedFor: Date) => {
    try {
      await starters[job](firedFor).catch((error: unknown) =>
        refuse(storeRefusal(error, log), { json: false, streams }),
      )
    } catch (error) {
      // One failure must not end the schedule.
      log.error({ err: error }, `the ${name} failed`)
      streams.stderr.write(`firsttoken: the ${name} failed: ${String(error)}\n`)
    }
  }
  const tasks = jobs.map((job) => {
    const queue = ({ date }: { date: Date }) => (running = running.then(() => start(job, date)))
    const task = every(job.cron, queue, { timezone: 'UTC', noOverlap: true })
    const next = task.getNextRun()?.toISOString() ?? 'never'
    streams.stderr.write(`${job.name}: ${job.cron} (UTC), next at ${next}\n`)
    return task
  })
  streams.stderr.write('Ctrl-C ends it\n')
  await stopSignal()
  for (const task of tasks) await task.destroy()
  await running
  return exitCode.ok
}
