import type { ApplyInput, ConfigChange, ConfigInput, ConfigState } from './config-codec.ts'

/** firsttoken.yaml in the database. */
export interface ConfigStore {
  /** What the database has of all that a file may say, and the hash of the last file that was applied. */
  readConfig: () => Promise<ConfigState>
  /** What applying a file would change. */
  diffConfig: (input: ConfigInput) => Promise<{ changes: ConfigChange[] }>
  /** Makes the database what a file says; `applied` is false if it was so. */
  applyConfig: (input: ApplyInput) => Promise<{ applied: boolean; changes: ConfigChange[] }>
}
