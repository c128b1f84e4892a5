import type { Command } from './cli/command.ts'
import { startFast } from './hand-over.ts'

/**
 * The app is loaded when a command opens it: that costs 100 ms of CPU, which --help and the synthetic
 * provider can do without.
 */
const loadApp = () => import('./app.ts')

/** Runs a command as this process: with its arguments, environment, output and exit code. */
export async function main(command: Command): Promise<void> {
  const { argv, env } = process
  process.exitCode = await command.execute(argv.slice(2), {
    openApp: async (over) => (await loadApp()).openApp(over),
    openDatabase: async (dir) => (await loadApp()).openDatabase(dir),
    env,
    streams: process,
  })
  const { leaveMs } = command
  if (leaveMs !== null) setTimeout(() => process.exit(), leaveMs).unref()
}

/** The same of a command that is loaded only now, the fastest way there is. */
export async function start(load: () => Promise<Command>): Promise<void> {
  startFast()
  await main(await load())
}
