import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { Ping } from '../net/ping.ts'
import type { Defaults, FindPrice } from '../run/benchmark.ts'
import type { RetentionDays } from '../run/retention.ts'
import type { Spool } from '../store/spool.ts'
import type { Sql } from '../store/connection.ts'
import type { Store } from '../store/store.ts'
import type { SyncSettings } from '../sync/settings.ts'

/** What every command is given: the real things, built by the composition root. */
export interface App {
  /** The environment, for the keys of providers. */
  env: Record<string, string | undefined>
  /** Hosts that are open to providers that are not trusted. */
  egressAllow: readonly string[]
  defaults: Defaults
  sync: SyncSettings
  /** How long texts and results are kept, and when a scheduler takes the others away. */
  retention: RetentionDays & { cron: string }
  store: StoreHandle
  /** The database that free SQL is for; null where there is none, as with Supabase alone. */
  openDatabase: OpenDatabase | null
  log: Logger
  /** Where results wait for a database that is away; null where the disk is not kept. */
  spool: Spool | null
  sleep: (ms: number) => Promise<unknown>
  /** The folder of the log; null where entries go to a stream. */
  logDir: string | null
  onVercel: boolean
  clock: Clock
  uuid: () => string
  findPrice: FindPrice
  /** What the cron endpoints must be shown; without one they stay closed. */
  cronSecret: string | null
  /** Tells that a scheduled run went its way. */
  ping: Ping
  /** A name for this process, under which it claims probes. */
  owner: string
  /** The name of this machine. */
  host: string
}

/** A SQL connection and what to call it. */
interface Database {
  name: string
  sql: Sql
}

/** Opens the database that the environment names; rejects with StoreError. */
export type OpenDatabase = () => Promise<Database>

/** The store that the environment names, before it is opened. */
export interface StoreHandle {
  /** For people: `the embedded database in .data`. */
  name: string
  /** Only here may synthetic results be recorded unasked. */
  embedded: boolean
  /** Opens it; rejects with StoreError. */
  open: () => Promise<Store>
}

/** Reads the environment and builds the app; the problems of an environment that cannot be used. */
export type OpenApp = () => App | { problems: string[] }

/** Where a command writes. */
export interface Streams {
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
}

/** The exit codes that every command shares. */
export const exitCode = { ok: 0, allFailed: 1, usage: 2, notRecorded: 3, interrupted: 130 } as const
