import { schedule as every } from 'node-cron'
import { z } from 'zod'
import { cronProblem } from '../run/slot.ts'
import { pruneBatch } from '../run/prune.ts'
import { type App, exitCode, type Streams } from './app.ts'
import { benchmarkOnce } from './benchmark-once.ts'
import { defineCommand, withStore } from './command.ts'
import { refuse, storeRefusal } from './failure.ts'
import { yes } from './flags.ts'
import { callableProviders, type WhomFlags } from './providers.ts'
import { pruneOnce } from './prune.ts'
import { stopSignal } from './stop.ts'
import { type SyncOnce, syncOnce } from './sync-models.ts'

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

/** A schedule calls everybody who is configured. */
const everyone: WhomFlags = {
  provider: [],
  model: null,
  baseUrl: null,
  apiKeyEnv: null,
  name: null,
  synthetic: false,
  noSave: false,
}

const flags = z.object({ cron: z.string().nullable().default(null), synthetic: yes, quiet: yes })

/** `schedule`: a run for every slot, until SIGINT or SIGTERM. */
export const schedule = defineCommand({
  name: 'schedule',
  help,
  flags,
  needs: 'app',
  run: async ({ cron: given, synthetic, quiet }, { app, streams }) => {
    const cron = given ?? app.defaults.schedule.cron
    const problem = cronProblem(cron)
    if (problem !== null) return { problem: `--cron: ${problem}` }
    const callable = await callableProviders({ ...everyone, synthetic }, app)
    if ('problem' in callable) return callable
    const { providers } = callable
    const defaults = { ...app.defaults, schedule: { ...app.defaults.schedule, cron } }
    const once = { app, defaults, providers, streams, quiet, ...plainly }
    const request = { trigger: 'cron', scheduled: true, providers: [], model: null, runs: 1 } as const
    try {
      const runs: Job = {
        what: 'benchmark',
        cron,
        run: (firedFor) => benchmarkOnce({ ...request, firedFor }, once),
      }
      const real = providers.filter((each) => !each.synthetic)
      const syncs = real.length > 0 ? [syncJob({ app, streams, providers: real })] : []
      return await untilStopped([runs, ...syncs, pruneJob(app, streams)], { streams, app })
    } finally {
      await callable.close()
    }
  },
})

/** Models and prices are brought up to date on a schedule of their own (SYNC_SCHEDULE). */
function syncJob(parts: Pick<SyncOnce, 'app' | 'streams' | 'providers'>): Job {
  const { cron, heal } = parts.app.sync
  const asked = { dryRun: false, heal, acceptShrunk: false, json: false }
  const { signal: stop } = new AbortController()
  return { what: 'sync of models', cron, run: () => syncOnce('cron', { ...parts, flags: asked, stop }) }
}

/** What is too old is taken away on a schedule of its own (PRUNE_SCHEDULE). */
function pruneJob(app: App, streams: Streams): Job {
  const asked = { textDays: undefined, days: undefined, batch: pruneBatch, dryRun: false, json: false }
  const run = () =>
    withStore(app.store.open, (store) => pruneOnce(asked, { app, store, streams })).catch((error: unknown) =>
      refuse(storeRefusal(error, app.log), { json: false, streams }),
    )
  return { what: 'pruning', cron: app.retention.cron, run }
}

/** How a scheduled run is shown and kept. */
const plainly = { json: false, verbose: false, noSave: false, out: null, seed: null }

/** What is done at every fire time of an expression. */
interface Job {
  what: string
  cron: string
  run: (firedFor: Date) => Promise<number>
}

/** Fires at every time of the expressions; ends when a signal comes, after the job in hand. Jobs wait for each other: a sync would disturb what is measured. */
async function untilStopped(
  jobs: readonly Job[],
  { streams, app: { log } }: { streams: Streams; app: Pick<App, 'log'> },
): Promise<number> {
  let running: Promise<unknown> = Promise.resolve()
  // The next job is made all the same: one failure must not end the schedule.
  const onFailure = (what: string, error: unknown) => {
    log.error({ err: error }, `the ${what} failed`)
    streams.stderr.write(`firsttoken: the ${what} failed: ${String(error)}\n`)
  }
  const tasks = jobs.map(({ what, cron, run }) => {
    const queue = ({ date }: { date: Date }) =>
      (running = running.then(() => run(date)).catch((error: unknown) => onFailure(what, error)))
    const task = every(cron, queue, { timezone: 'UTC', noOverlap: true })
    streams.stderr.write(`${what}: ${cron} (UTC), next at ${task.getNextRun()?.toISOString() ?? 'never'}\n`)
    return task
  })
  streams.stderr.write('Ctrl-C ends it\n')
  await stopSignal()
  for (const task of tasks) await task.destroy()
  await running
  return exitCode.ok
}
