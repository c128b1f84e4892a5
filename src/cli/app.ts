import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { Defaults, FindPrice } from '../run/benchmark.ts'
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
  store: StoreHandle
  log: Logger
  clock: Clock
  uuid: () => string
  findPrice: FindPrice
  /** What the cron endpoints must be shown; without one they stay closed. */
  cronSecret: string | null
  /** A name for this process, under which it claims probes. */
  owner: string
  /** The name of this machine. */
  host: string
}

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
