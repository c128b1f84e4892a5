import type { Store } from '../store/store.ts'
import { type App, exitCode, type OpenApp, type Streams } from './app.ts'
import { refuse, storeFailure } from './benchmark-once.ts'
import { tolerateLostOutput } from './streams.ts'

/** What every command may be asked for. */
interface CommonFlags {
  json: boolean
}

/** A command that works on the store: its help, its flags, and what it does with them. */
export interface StoreCommand<Flags extends CommonFlags> {
  help: string
  readFlags: (argv: string[]) => Flags | { problem: string }
  run: (flags: Flags, app: App, store: Store) => Promise<number>
}

/** Runs a command on an opened store. Help, bad flags, bad configuration and a store that fails are answered here; returns the exit code. */
export async function runOnStore<Flags extends CommonFlags>(
  { help, readFlags, run }: StoreCommand<Flags>,
  argv: string[],
  { openApp, streams }: { openApp: OpenApp; streams: Streams },
): Promise<number> {
  tolerateLostOutput(streams)
  if (argv.includes('--help') || argv.includes('-h')) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const flags = readFlags(argv)
  if ('problem' in flags)
    return refuse(`${flags.problem}; --help lists the options`, { json: argv.includes('--json'), streams })
  const app = openApp()
  if ('problems' in app) return refuse(app.problems.join('\n'), { json: flags.json, streams })
  return onStore((store) => run(flags, app, store), { app, json: flags.json, streams })
}

/** Opens the store for something and closes it; one that fails is told. Returns the exit code. */
export async function onStore(
  action: (store: Store) => Promise<number>,
  shown: { app: App; json: boolean; streams: Streams },
): Promise<number> {
  try {
    const store = await shown.app.store.open()
    try {
      return await action(store)
    } finally {
      await store.close()
    }
  } catch (error) {
    return storeFailure(error, shown)
  }
}
