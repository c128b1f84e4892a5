import { hurrying, openInTime } from '../store/hurried.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { openBell } from './bell.ts'
import { type DigestApp, queueDigests } from './digests.ts'
import { openJudge } from './judge.ts'
import { openTeller, type TellerApp, tried } from './teller.ts'

/** How often it is seen whether a digest is due, in ms. */
const digestMs = 3_600_000

/** How often what nobody else judged or told is looked for, in ms. */
const lookMs = 15_000

/**
 * Judges and tells what runs leave, until stopped: silence, reminders, retries, digests, what another process recorded. A
 * database that fails is asked again.
 */
export async function keepAlerts(
  app: TellerApp & DigestApp & Pick<App, 'store' | 'host'>,
  stop: AbortSignal,
): Promise<void> {
  const bell = openBell(app.sleep, stop)
  const pause = () => bell.wait(lookMs)
  const store = await openUntil(app, stop, pause)
  if (store === null) return
  try {
    await look(store, app, { stop, pause })
  } finally {
    await store.close()
  }
}

/** Null if stopped before the database answers. */
async function openUntil(
  app: TellerApp & Pick<App, 'store'>,
  stop: AbortSignal,
  pause: () => Promise<unknown>,
): Promise<Store | null> {
  while (!stop.aborted) {
    const store = await tried(app, () => openInTime(() => app.store.open(), hurrying(stop)))
    if (store !== null) return store
    await pause()
  }
  return null
}

async function look(
  store: Store,
  app: TellerApp & DigestApp & Pick<App, 'host'>,
  { stop, pause }: { stop: AbortSignal; pause: () => Promise<unknown> },
): Promise<void> {
  const judge = openJudge(store, app)
  const teller = openTeller(store, app)
  const { channels } = app.config.alerts
  let isSaved = false
  let digestsAt = app.clock.now()
  while (!stop.aborted) {
    isSaved ||= (await tried(app, () => store.saveChannels({ channels }))) !== null
    await tried(app, judge.rest)
    if (app.clock.now() >= digestsAt) {
      await queueDigests(store, app)
      digestsAt = app.clock.now() + digestMs
    }
    await teller.tell()
    await pause()
  }
}
