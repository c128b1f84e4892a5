import { hurrying, openInTime } from '../store/hurried.ts'
import { openJudge } from './judge.ts'
import { openTeller, type TellerApp, tried } from './teller.ts'
import type { App } from './app.ts'

/** How often what nobody else judged or told is looked for, in ms. */
const lookMs = 15_000

/**
 * Judges and tells what runs leave, until stopped: silence, reminders, retries, what another process recorded. A
 * database that fails is asked again.
 */
export async function keepAlerts(
  app: TellerApp & Pick<App, 'store' | 'host'>,
  stop: AbortSignal,
): Promise<void> {
  const pause = () =>
    new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true })
      void app.sleep(lookMs).then(() => resolve())
    })
  while (!stop.aborted) {
    const store = await tried(app, () => openInTime(() => app.store.open(), hurrying(stop)))
    if (store !== null) {
      const judge = openJudge(store, app)
      const teller = openTeller(store, app)
      try {
        await tried(app, () => store.saveChannels({ channels: app.config.alerts.channels }))
        while (!stop.aborted) {
          await tried(app, judge.rest)
          await teller.tell()
          await pause()
        }
      } finally {
        await store.close()
      }
    } else await pause()
  }
}
