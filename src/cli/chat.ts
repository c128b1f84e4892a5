import type { ConfiguredProvider } from '../core/provider.ts'
import { createOwnEndpoints } from '../http/own-endpoints.ts'
import type { HttpChat, HttpParts } from '../http/parts.ts'
import type { App } from '../jobs/app.ts'
import { startLagMonitor } from '../probe/lag.ts'
import { openCatalog } from '../proxy/catalog.ts'
import { sendChat } from '../proxy/chat.ts'
import type { PassParts } from '../proxy/complete.ts'
import type { Upstream } from '../proxy/parts.ts'
import { rememberedMs, timeouts } from './proxy-parts.ts'

/** What a chat needs of its server. */
interface Given {
  configured: readonly ConfiguredProvider[]
  openStore: HttpParts['openStore']
  /** Told of each answer that is kept. Must return at once and never throw. */
  onRecord: PassParts['onRecord']
}

/** The chat of a server, which costs nothing until somebody uses it. */
export function openChat(app: App, given: Given): HttpChat & { close: () => void } {
  let opened: ReturnType<typeof passing> | null = null
  return {
    endpoints: createOwnEndpoints(app.clock.date),
    send: (chat, response) => {
      opened ??= passing(app, given)
      return sendChat(chat, response, opened.parts)
    },
    close: () => opened?.close(),
  }
}

/** What passes answers on, and how to end it. */
function passing(
  app: App,
  { configured, openStore, onRecord }: Given,
): { parts: PassParts; close: () => void } {
  const providers = configured.map(({ entry }) => entry.id)
  const catalog = openCatalog(configured, {
    read: async () => (await openStore()).readCatalog({ providers }),
    findPrice: app.findPrice,
    date: app.clock.date,
  })
  const lag = startLagMonitor(app.clock, rememberedMs)
  const parts = {
    clock: app.clock,
    env: app.env,
    egressAllow: app.config.egressAllow,
    region: app.config.defaults.region,
    lag,
    timeouts,
    priceOf: catalog.priceOf,
    onBegin: (upstream: Upstream) => {
      // Its price is looked up while it is answered.
      catalog.priceOf(upstream)
      return () => undefined
    },
    onRecord,
    onBug: (error: unknown) => app.log.error({ err: error }, 'an answer of the chat ended by a bug'),
  }
  return {
    parts,
    close: () => {
      catalog.close()
      lag.close()
    },
  }
}
