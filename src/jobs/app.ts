import type { ConfigFile } from '../config/parse.ts'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { Otlp } from '../net/otlp.ts'
import type { Ping } from '../net/ping.ts'
import type { LiveTexts } from '../run/live-texts.ts'
import type { Listen, Sql } from '../store/connection.ts'
import type { Spool } from '../store/spool.ts'
import type { Store } from '../store/store.ts'
import type { Config, ProxySettings, WebSettings } from './config.ts'
import type { FindPrice } from './prices.ts'

/** The real things, built by the composition root and handed to every job. */
export interface App {
  config: Config
  /** The environment, for the keys of providers. */
  env: Record<string, string | undefined>
  /** What firsttoken.yaml says; null if there is none. */
  file: ConfigFile | null
  store: StoreHandle
  /** The database that free SQL is for; null if there is none, as with Supabase alone. */
  openDatabase: OpenDatabase | null
  log: Logger
  /** Where results wait for a database that does not take them; null if no disk is kept. */
  spool: Spool | null
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  uuid: () => string
  findPrice: FindPrice
  /** The bearer token of the cron endpoints, which are closed if it is null. */
  cronSecret: string | null
  /** Who may call the HTTP API, with its tokens. */
  web: WebSettings
  /** Where the proxy listens, and whether a server starts it. */
  proxy: ProxySettings
  /** Pings the dead man's switch: a scheduled run finished. */
  ping: Ping
  /** Where metrics are pushed after a run; null if the environment names no place. */
  otlp: Otlp | null
  /** The answers of the runs that this process makes, for whoever reads them meanwhile. */
  texts: LiveTexts
  /** A name for this process; each of its runs claims probes under a name derived from it. */
  owner: string
  /** The name of this machine. */
  host: string
}

/** A SQL connection and what to call it. */
interface Database {
  name: string
  sql: Sql
}

/**
 * Opens the database that the environment names, or the embedded one of a folder, with so many connections at most if a number
 * is given; rejects with StoreError.
 */
export type OpenDatabase = (dir?: string, connections?: number) => Promise<Database>

/** The store that the environment names, before it is opened: the same object for the same store. */
export interface StoreHandle {
  /** For people: `the embedded database in .data`. */
  name: string
  /** Only here may synthetic results be recorded without being asked for. */
  embedded: boolean
  /** Opens it; rejects with StoreError. After `stop` every call ends soon, with its outcome unknown. */
  open: (stop?: AbortSignal) => Promise<Store>
  /** Listens to a channel of its database; null if it cannot, as over PostgREST. */
  listen: Listen | null
}

/**
 * Reads the environment, with these variables over it, and builds the app; the problems of an environment, or of a
 * firsttoken.yaml, that cannot be used.
 */
export type OpenApp = (over?: Readonly<Record<string, string>>) => Promise<App | { problems: string[] }>
