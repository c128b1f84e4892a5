import type { Clock } from '../core/clock.ts'
import type { OpenDatabase } from '../jobs/app.ts'
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
  /** Null if the disk is not kept. */
  spool: { dir: string } | null
  /** Null if log entries go to a stream. */
  logDir: string | null
  onVercel: boolean
  cronSecret: string | null
}
