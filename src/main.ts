import { openApp, openDatabase } from './app.ts'
import type { Command } from './cli/command.ts'

/** Runs a command as this process: with its arguments, environment, output and exit code. */
export async function main(command: Command): Promise<void> {
  const { argv, env } = process
  process.exitCode = await command.execute(argv.slice(2), { openApp, openDatabase, env, streams: process })
}
