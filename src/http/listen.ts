import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdaptorServer, type WebSocketServerLike } from '@hono/node-server'
import type { Context } from 'hono'
import { WebSocketServer } from 'ws'
import { socketPath } from './paths.ts'
import { sendStream } from './send-stream.ts'

/** How slow a client may be, in ms: with its headers, with all of a request, and without a byte in either direction. */
const limits = { headers: 10_000, request: 30_000, silence: 120_000, idle: 5000 }

/** The longest message that a WebSocket may send us, in bytes. */
const mostMessageBytes = 4096

/** Connections at a time; further ones are closed. */
const mostConnections = 1000

/** How long requests in hand may take once the server ends, in ms. */
const lastMs = 3000

/** How often connections without a request are then closed, in ms. */
const idleMs = 20

/** A server that listens. */
export interface Listening {
  server: Server
  port: number
  /** Takes no more connections, and resolves when those in hand are over, which is forced after seconds or by `hurry`. */
  close: (hurry: AbortSignal) => Promise<void>
}

/** Listens with an application. Rejects with the error of the socket. */
export async function listen(
  { fetch }: { fetch: (request: Request, env: object) => Response | Promise<Response> },
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  // Node has a client for WebSockets and no server.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes })
  const server = createAdaptorServer({
    fetch: async (request: Request, env: object) =>
      sendStream(await fetch(request, env), (env as { outgoing: ServerResponse }).outgoing),
    // Everybody else in this process goes on with the real Request and Response.
    overrideGlobalObjects: false,
    websocket: { server: sockets as WebSocketServerLike },
    serverOptions: {
      headersTimeout: limits.headers,
      requestTimeout: limits.request,
      keepAliveTimeout: limits.idle,
      connectionsCheckingInterval: 1000,
      // Node hands over every request that offers another protocol, as clients of HTTP/2 do, and nobody would answer it.
      shouldUpgradeCallback: ({ headers, url = '' }: IncomingMessage) =>
        headers.upgrade?.toLowerCase() === 'websocket' && url.split('?', 1)[0] === socketPath,
    },
  }) as Server
  server.maxConnections = mostConnections
  server.setTimeout(limits.silence)
  server.listen(port, host)
  await once(server, 'listening')
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: async (hurry) => {
      const closed = once(server, 'close')
      server.close()
      // A stream that ends now leaves its connection open for another request, which never comes.
      const idle = setInterval(() => server.closeIdleConnections(), idleMs)
      const over = new AbortController()
      const signal = AbortSignal.any([hurry, over.signal])
      const forced = delay(lastMs, null, { signal }).catch(() => null)
      await Promise.race([closed, forced])
      over.abort()
      clearInterval(idle)
      server.closeAllConnections()
      await closed
    },
  }
}

/** The address of a client, as its connection has it. */
export const addressOfSocket = ({ env }: Context): string =>
  (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket
    ?.remoteAddress ?? 'unknown'
