import type { ConfiguredProvider } from '../core/provider.ts'
import { createOwnEndpoints } from '../http/own-endpoints.ts'
import type { HttpChat, HttpParts } from '../http/parts.ts'
import type { App } from '../jobs/app.ts'
import { sendChat } from '../proxy/chat.ts'
import type { PassParts } from '../proxy/complete.ts'
import type { Upstream } from '../proxy/parts.ts'
import { openPassing } from './proxy-passing.ts'

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
  { configured: providers, openStore, onRecord }: Given,
): { parts: PassParts; close: () => void } {
  const { catalog, parts, close } = openPassing(app, { providers, openStore, part: 'chat' })
  const onBegin = (upstream: Upstream) => {
    // Its price is looked up while it is answered.
    catalog.priceOf(upstream)
    return () => undefined
  }
  return { parts: { ...parts, onBegin, onRecord }, close }
}
