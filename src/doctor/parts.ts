import type { Clock } from '../core/clock.ts'
import type { App, OpenDatabase } from '../jobs/app.ts'
import type { Config, ProxySettings } from '../jobs/config.ts'
import type { Environment } from '../registry/configure.ts'
import type { Schedule } from '../run/slot.ts'
import type { Store } from '../store/store.ts'

/** What the doctor looks at. */
export interface DoctorParts {
  /** The environment with `.env` read into it. */
  env: Environment
  /** Such as `v24.1.0`. */
  nodeVersion: string
  clock: Clock
  /** The installation that the environment describes, or why it cannot be used. */
  installation: InspectedInstallation | { problems: readonly string[] }
}

/** The parts of an installation that have checks. */
export interface InspectedInstallation {
  store: {
    /** For people: `the embedded database in .data`. */
    name: string
    embedded: boolean
    /** Rejects with StoreError. */
    open: () => Promise<Store>
  }
  /** Rejects with StoreError; null if there is no SQL connection, as with Supabase alone. */
  openDatabase: OpenDatabase | null
  schedule: Schedule
  /** How long what is kept is kept, and when it is pruned. */
  retention: Config['retention']
  /** When providers are asked for their models. */
  sync: Pick<Config['sync'], 'cron'>
  /** Channels of the environment. */
  alerts: Pick<Config['alerts'], 'channels' | 'fallback'>
  /** Hosts that entered channels may be at although they are not public. */
  egressAllow: Config['egressAllow']
  /** Where the proxy is, if there is one. */
  proxy: Pick<ProxySettings, 'isOn' | 'host' | 'port'>
  /** Null if the disk is not kept. */
  spool: { dir: string } | null
  /** Null if log entries go to a stream. */
  logDir: string | null
  onVercel: boolean
  cronSecret: string | null
}

/** The parts of an app, or why there is none. */
export function installationOf(app: App | { problems: readonly string[] }): DoctorParts['installation'] {
  if ('problems' in app) return app
  const { config, store, openDatabase, spool, cronSecret, proxy } = app
  const { defaults, retention, sync, alerts, egressAllow, logDir, onVercel } = config
  const { schedule } = defaults
  const settings = { schedule, retention, sync, alerts, egressAllow, logDir, onVercel }
  return { store, openDatabase, spool, cronSecret, proxy, ...settings }
}
