import { StoreError, type Store } from '../store/store.ts'
import { type App, exitCode, type OpenApp, type Streams } from './app.ts'
import { refuse, storeFailure } from './benchmark-once.ts'
import { tolerateLostOutput } from './streams.ts'

/** What every command may be asked for. */
interface CommonFlags {
  json: boolean
  help: boolean
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
  const flags = readFlags(argv)
  if ('problem' in flags)
    return refuse(`${flags.problem}; --help lists the options`, { json: argv.includes('--json'), streams })
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const app = openApp()
  if ('problems' in app) return refuse(app.problems.join('\n'), { json: flags.json, streams })
  try {
    const store = await app.store.open()
    try {
      return await run(flags, app, store)
    } finally {
      await store.close()
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return storeFailure(error, { app, json: flags.json, streams })
  }
}
