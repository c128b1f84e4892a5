import type { z } from 'zod'
import type { Store } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App, OpenApp, OpenDatabase } from '../jobs/app.ts'
import { exitCode } from './exit-code.ts'
import { refuse, type CommandFailure, storeRefusal } from './failure.ts'
import { flagNames, type FlagSchema, parseFlags } from './parse-flags.ts'
import { type Streams, tolerateLostOutput } from './streams.ts'

/** What a command is run with: how to open what it needs, its environment and its output. */
export interface CommandParts {
  /** With these variables over those of the environment. */
  openApp: (over?: Readonly<Record<string, string>>) => OpenedApp | Promise<OpenedApp>
  openDatabase: OpenDatabase
  env: Readonly<Record<string, string | undefined>>
  streams: Streams
}

/** The app, or the problems of the environment. */
type OpenedApp = Awaited<ReturnType<OpenApp>>

/** What is opened before a command runs and closed after it. */
interface Opened {
  nothing: object
  app: { app: App }
  store: { app: App; store: Store }
  database: { database: Database }
}

type Database = Awaited<ReturnType<OpenDatabase>>

/** The exit code of a command, or why it fails. */
type Outcome = number | CommandFailure

/** The definition of a command. */
interface Definition<Schema extends FlagSchema, Need extends keyof Opened> {
  /** The name of its file in scripts/. */
  name: string
  help: string
  flags: Schema
  needs: Need
  /** How long what nobody waits for may hold the process open at its end, in ms; by default as long as it likes. */
  leaveMs?: number
  /** May reject with StoreError, which is shown and mapped to an exit code. */
  run: (
    flags: z.output<Schema>,
    parts: CommandParts & Opened[Need] & { argv: readonly string[] },
  ) => Promise<Outcome>
}

/** A runnable command. */
export interface Command {
  name: string
  help: string
  /** Its flags without dashes, except `help`. */
  flags: string[]
  /** How long what nobody waits for may hold the process open at its end, in ms; null: as long as it likes. */
  leaveMs: number | null
  /** Returns the exit code. */
  execute: (argv: string[], parts: CommandParts) => Promise<number>
}

/**
 * Makes a command from its definition; --help, bad flags, bad configuration and a failing store are handled
 * here.
 */
export const defineCommand = <Schema extends FlagSchema, Need extends keyof Opened>(
  definition: Definition<Schema, Need>,
): Command => ({
  name: definition.name,
  help: definition.help,
  flags: flagNames(definition.flags),
  leaveMs: definition.leaveMs ?? null,
  execute: (argv, parts) => execute(definition, argv, parts),
})

async function execute<Schema extends FlagSchema, Need extends keyof Opened>(
  { help, flags: schema, needs, run }: Definition<Schema, Need>,
  argv: string[],
  parts: CommandParts,
): Promise<number> {
  const { streams } = parts
  tolerateLostOutput(streams)
  const shown = { json: 'json' in schema.shape && argv.includes('--json'), streams }
  const asked = parseFlags(argv, schema)
  if (asked === 'help') {
    streams.stdout.write(help)
    return exitCode.ok
  }
  if ('problem' in asked) return refuse({ problem: `${asked.problem}; --help lists the options` }, shown)
  const outcome = await open[needs](parts, (opened) => run(asked.flags, { ...parts, ...opened, argv })).catch(
    (error: unknown) => storeRefusal(error, null),
  )
  return typeof outcome === 'number' ? outcome : refuse(outcome, shown)
}

type Use<Need extends keyof Opened> = (opened: Opened[Need]) => Promise<Outcome>

const open: { [Need in keyof Opened]: (parts: CommandParts, use: Use<Need>) => Promise<Outcome> } = {
  nothing: (_, use) => use({}),
  app: async ({ openApp }, use) => {
    const app = await openApp()
    if ('problems' in app) return { problem: app.problems.join('\n') }
    return use({ app }).catch((error: unknown) => storeRefusal(error, app.log))
  },
  store: (parts, use) =>
    open.app(parts, ({ app }) => withStore(app.store.open, (store) => use({ app, store }))),
  database: ({ openDatabase }, use) => withDatabase(openDatabase, (database) => use({ database })),
}

/** Opens a database, uses it, closes it. Rejects with StoreError. */
export async function withDatabase<Output>(
  openDatabase: OpenDatabase,
  use: (database: Database) => Promise<Output>,
): Promise<Output> {
  const database = await openDatabase()
  try {
    return await use(database)
  } finally {
    await database.sql.close()
  }
}
