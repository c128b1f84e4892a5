import { deliver } from '../alerts/deliver.ts'
import { resolve } from '../alerts/channel-settings.ts'
import { send } from '../alerts/send.ts'
import type { AlertStore } from '../store/alert-store.ts'
import { StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/** What telling needs of an installation. */
export type TellerApp = Pick<App, 'config' | 'clock' | 'sleep' | 'env' | 'uuid' | 'log' | 'web'>

/** Sends what is due. While it does, a further call only makes it look again. */
interface Teller {
  tell: (until?: number) => Promise<void>
}

/** Opens a teller. */
export function openTeller(store: AlertStore, app: TellerApp): Teller {
  const { config, clock, sleep, env, uuid: newId, log, web } = app
  const parts = { env, egressAllow: config.egressAllow, now: clock.date }
  const linkOf = (id: string | null) =>
    web.publicUrl && new URL(id === null ? '/' : `/incidents/${id}`, web.publicUrl).href
  let telling: Promise<void> | null = null
  let again = false
  const tellAll = async (deadline: number | undefined) => {
    do {
      again = false
      await tried(app, () =>
        deliver({
          store,
          send: (channel, message) => send(channel, message, parts),
          canSend: (channel) => 'values' in resolve(channel, env),
          linkOf,
          now: clock.now,
          sleep,
          random: Math.random,
          newId,
          log,
          fallback: config.alerts.fallback,
          ...(deadline !== undefined && { deadline }),
        }),
      )
    } while (again)
    telling = null
  }
  return {
    tell: (until) => {
      if (telling !== null) again = true
      return (telling ??= tellAll(until))
    },
  }
}

/** How long telling may hold whoever waits for it, in ms; what is left is told by the next. */
export const tellMs = 10_000

/** Sends what is due, as far as there is time. */
export const tellNow = (store: AlertStore, app: TellerApp): Promise<void> =>
  openTeller(store, app).tell(app.clock.now() + tellMs)

/** How long another process may take for a message that it has in hand, in ms: two attempts of 10 s, and what goes before. */
const othersMs = 30_000
const lookMs = 250

/**
 * Sends what is due, and resolves to what became of one delivery, which another process may have in hand; undefined if it was not
 * kept.
 */
export async function tellOne(
  store: AlertStore,
  app: TellerApp,
  { channel, id }: { channel: string; id: string },
) {
  await openTeller(store, app).tell()
  const until = app.clock.now() + othersMs
  for (;;) {
    const { rows } = await store.listDeliveries({ channel, limit: 50 })
    const found = rows.find((row) => row.id === id)
    if (found?.state !== 'sending' || app.clock.now() >= until) return found
    await app.sleep(lookMs)
  }
}

/** What a call of the store for alerts gives; null if the database fails, which is logged. */
export async function tried<Output>(
  { log }: Pick<App, 'log'>,
  call: () => Promise<Output>,
): Promise<Output | null> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.warn({ kind: error.kind, code: error.code }, `incidents wait for the next run: ${error.message}`)
    return null
  }
}
