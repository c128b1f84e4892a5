import { isInMaintenance, windowProblems } from '../run/maintenance.ts'
import type { RunParts } from '../run/parts.ts'
import type { AlertStore } from '../store/alert-store.ts'
import { StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/**
 * Which targets are in maintenance when: by the windows there are now, as a run asks while it lasts. If the database
 * does not say, none is, which is logged, as is a window that cannot be read.
 */
export async function readMaintenance(
  store: Pick<AlertStore, 'listMaintenance'>,
  { log }: Pick<App, 'log'>,
): Promise<NonNullable<RunParts['isInMaintenance']>> {
  try {
    const { rows } = await store.listMaintenance({})
    for (const { id, name, ...window } of rows)
      for (const { path, message } of windowProblems(window))
        log.warn(
          { kind: 'bad_maintenance', id },
          `maintenance window ${name} never opens: ${path} ${message}`,
        )
    return (of, at) => isInMaintenance(rows, of, at)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ kind: error.kind, code: error.code }, `maintenance windows are not known: ${error.message}`)
    return () => false
  }
}
