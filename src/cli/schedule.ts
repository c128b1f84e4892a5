import { parseArgs } from 'node:util'
import { schedule as every } from 'node-cron'
import { messageOf } from '../core/error.ts'
import { cronProblem } from '../run/slot.ts'
import { type App, exitCode, type OpenApp, type Streams } from './app.ts'
import { pruneBatch } from '../run/prune.ts'
import { benchmarkOnce, refuse } from './benchmark-once.ts'
import { onStore } from './command.ts'
import { callableProviders, type WhomFlags } from './providers.ts'
import { pruneOnce } from './prune.ts'
import { tolerateLostOutput } from './streams.ts'
import { type SyncOnce, syncOnce } from './sync-models.ts'

const help = `Benchmark on a schedule, bring models and prices up to date (SYNC_SCHEDULE) and take away what is too old (PRUNE_SCHEDULE)
once a week, until stopped.

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

/** `schedule`: a run for every slot, until SIGINT or SIGTERM. Returns the exit code. */
export async function schedule(
  argv: string[],
  openApp: OpenApp,
  streams: Streams = process,
): Promise<number> {
  tolerateLostOutput(streams)
  const flags = readFlags(argv)
  if ('problem' in flags) return refuse(flags.problem, { json: false, streams })
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const app = openApp()
  if ('problems' in app) return refuse(app.problems.join('\n'), { json: false, streams })
  const cron = flags.cron ?? app.defaults.schedule.cron
  const problem = cronProblem(cron)
  if (problem !== null) return refuse(`--cron: ${problem}`, { json: false, streams })
  const callable = await callableProviders({ ...everyone, synthetic: flags.synthetic }, app)
  if ('problem' in callable) return refuse(callable.problem, { json: false, streams })
  const { providers } = callable
  const defaults = { ...app.defaults, schedule: { ...app.defaults.schedule, cron } }
  const once = { app, defaults, providers, streams, quiet: flags.quiet, ...plainly }
  const request = { trigger: 'cron', scheduled: true, providers: [], model: null, runs: 1 } as const
  try {
    const runs: Job = {
      what: 'benchmark',
      cron,
      run: (firedFor) => benchmarkOnce({ ...request, firedFor }, once),
    }
    const real = providers.filter(({ synthetic }) => !synthetic)
    const syncs = real.length > 0 ? [syncJob({ app, streams, providers: real })] : []
    return await untilStopped([runs, ...syncs, pruneJob(app, streams)], { streams, app })
  } finally {
    await callable.close()
  }
}

/** Models and prices are brought up to date on a schedule of their own (SYNC_SCHEDULE). */
function syncJob(parts: Pick<SyncOnce, 'app' | 'streams' | 'providers'>): Job {
  const { cron, heal } = parts.app.sync
  const flags = { dryRun: false, heal, acceptShrunk: false, json: false }
  const { signal: stop } = new AbortController()
  return { what: 'sync of models', cron, run: () => syncOnce('cron', { ...parts, flags, stop }) }
}

/** What is too old is taken away on a schedule of its own (PRUNE_SCHEDULE). */
function pruneJob(app: App, streams: Streams): Job {
  const flags = { textDays: undefined, days: undefined, batch: pruneBatch, dryRun: false, json: false }
  const run = () =>
    onStore((store) => pruneOnce(flags, { app, store, streams }), { app, json: false, streams })
  return { what: 'pruning', cron: app.retention.cron, run }
}

/** How a scheduled run is shown and kept. */
const plainly = { json: false, verbose: false, noSave: false, out: null, seed: null }

interface Flags {
  cron: string | null
  synthetic: boolean
  quiet: boolean
  help: boolean
}

function readFlags(argv: string[]): Flags | { problem: string } {
  const options = {
    cron: { type: 'string' },
    synthetic: { type: 'boolean' },
    quiet: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const {
      cron = null,
      synthetic = false,
      quiet = false,
      help: asked = false,
    } = parseArgs({ args: argv, options }).values
    return { cron, synthetic, quiet, help: asked }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

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
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
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
  const onSignal = () => stop()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  await stopped
  for (const task of tasks) await task.destroy()
  await running
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
  return exitCode.ok
}
