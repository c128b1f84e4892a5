import { parseArgs } from 'node:util'
import { schedule as every } from 'node-cron'
import { cronProblem } from '../run/slot.ts'
import { exitCode, type OpenApp, type Streams } from './app.ts'
import { benchmarkOnce, refuse } from './benchmark-once.ts'
import { callableProviders, type WhomFlags } from './providers.ts'
import { tolerateLostOutput } from './streams.ts'

const help = `Benchmark on a schedule, until stopped.

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
    return await untilStopped({ cron, streams }, (firedFor) => benchmarkOnce({ ...request, firedFor }, once))
  } finally {
    await callable.close()
  }
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
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Fires at every time of the expression; ends when a signal comes, after the run in hand has closed. */
async function untilStopped(
  { cron, streams }: { cron: string; streams: Streams },
  run: (firedFor: Date) => Promise<number>,
): Promise<number> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  let running: Promise<unknown> = Promise.resolve()
  const task = every(cron, ({ date }) => (running = run(date)), { timezone: 'UTC', noOverlap: true })
  const onSignal = () => stop()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  streams.stderr.write(
    `scheduled: ${cron} (UTC), next at ${task.getNextRun()?.toISOString() ?? 'never'}; Ctrl-C ends it\n`,
  )
  await stopped
  await task.destroy()
  await running
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
  return exitCode.ok
}
