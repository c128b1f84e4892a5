import { isInMaintenance } from '../run/maintenance.ts'
import type { RunParts } from '../run/parts.ts'
import type { AlertStore } from '../store/alert-store.ts'
import { StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/**
 * Which targets are in maintenance when: by the windows there are now, as a run asks while it lasts. If the database
 * does not say, none is, which is logged.
 */
export async function readMaintenance(
  store: Pick<AlertStore, 'listMaintenance'>,
  { log }: Pick<App, 'log'>,
): Promise<NonNullable<RunParts['isInMaintenance']>> {
  try {
    const { rows } = await store.listMaintenance({})
    return (of, at) => isInMaintenance(rows, of, at)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ kind: error.kind, code: error.code }, `maintenance windows are not known: ${error.message}`)
    return () => false
  }
}
