import { hurrying, openInTime } from '../store/hurried.ts'
import { StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { openBell } from './bell.ts'
import { askOfficial, type OfficialApp } from './official.ts'

/** How often status pages are asked, in ms. */
const everyMs = 5 * 60_000

/** Asks the status pages of providers again and again, until stopped. A database that fails is asked again. */
export async function keepOfficial(
  app: OfficialApp & Pick<App, 'store' | 'sleep'>,
  stop: AbortSignal,
): Promise<void> {
  if (app.config.official === null) return
  const bell = openBell(app.sleep, stop)
  while (!stop.aborted) {
    await look(app, stop)
    await bell.wait(everyMs)
  }
}

async function look(app: OfficialApp & Pick<App, 'store'>, stop: AbortSignal): Promise<void> {
  try {
    await withStore(
      () => openInTime(() => app.store.open(), hurrying(stop)),
      (store) => askOfficial(store, app, stop),
    )
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    app.log.warn({ kind: error.kind, code: error.code }, `status pages wait: ${error.message}`)
  }
}
