import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { ProxyPath } from '../core/proxy-record.ts'
import { lookUp } from '../core/json.ts'
import { complete, type Completion } from './complete.ts'
import type { Caller, Page, ProxyParts, Refused } from './parts.ts'
import { sendProblem } from './problem.ts'

/** A proxy that listens. */
export interface Proxy {
  port: number
  /** Takes no more requests, and resolves when those in hand are over, which `hurry` forces, and all records told. */
  close: (hurry: AbortSignal) => Promise<void>
}

/** How slow a client may be, in ms: with its headers, with its whole request, and with the next one. Load balancers keep a connection for a minute. */
const limits = { headersTimeout: 60_000, requestTimeout: 300_000, keepAliveTimeout: 75_000 }

/** Bytes of headers that are read. */
const maxHeaderSize = 64 * 1024

/** How often connections without a request are closed when the proxy ends, in ms. */
const idleMs = 20

/** Starts a proxy. Rejects with the error of the socket, such as EADDRINUSE. */
export async function startProxy(parts: ProxyParts, at: { host: string; port: number }): Promise<Proxy> {
  const server = createServer({ ...limits, maxHeaderSize, noDelay: true })
  const arrivals = stampArrivals(server, parts.clock.now)
  /** Requests whose record is not told yet: tokens may still be counted when the connection is closed. */
  const inHand = new Set<Promise<void>>()
  const handle = (request: IncomingMessage, response: ServerResponse, awaitsContinue = false) => {
    const start = arrivals(request, response)
    const answered = answer({ request, response, start, awaitsContinue }, parts)
      .catch((error: unknown) => {
        parts.onBug(error)
        response.destroy()
      })
      .finally(() => inHand.delete(answered))
    inHand.add(answered)
  }
  server.on('request', (request, response) => handle(request, response))
  server.on('checkContinue', (request, response) => handle(request, response, true))
  server.listen(at.port, at.host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async (hurry) => {
      const closed = once(server, 'close')
      server.close()
      const idle = setInterval(() => server.closeIdleConnections(), idleMs)
      const force = () => server.closeAllConnections()
      if (hurry.aborted) force()
      else hurry.addEventListener('abort', force, { once: true })
      await closed
      clearInterval(idle)
      hurry.removeEventListener('abort', force)
      await Promise.all(inHand)
    },
  }
}

/**
 * Gives the moment at which the first bytes of a request arrived. A listener for data makes Node read the socket in
 * JavaScript instead of inside its parser, which tells a request only when its head is complete.
 */
function stampArrivals(server: Server, now: () => number) {
  const arrivals = new WeakMap<Socket, { at: number | null }>()
  server.on('connection', (socket: Socket) => {
    const arrival: { at: number | null } = { at: null }
    arrivals.set(socket, arrival)
    socket.prependListener('data', () => {
      arrival.at ??= now()
    })
  })
  return (request: IncomingMessage, response: ServerResponse): number => {
    const arrival = arrivals.get(request.socket) ?? { at: null }
    const start = arrival.at ?? now()
    // What arrives after it is the next request of this connection. The rest of a body may come after the answer, and
    // the next request before it is over.
    const forget = () => {
      arrival.at = null
    }
    request.once('end', forget)
    response.once('close', forget)
    return start
  }
}

/** Paths of completions. Groq's SDK adds the third to the host that it is given. */
const paths: Readonly<Record<string, ProxyPath>> = {
  '/v1/chat/completions': 'chat',
  '/openai/v1/chat/completions': 'chat',
  '/api/chat/completions': 'chat',
  '/v1/completions': 'completions',
}

const home =
  'firsttoken proxy: POST /v1/chat/completions, POST /api/chat/completions, POST /v1/completions, GET /v1/models\n'

/** A request, and when its first bytes arrived. */
interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  start: number
  /** The client sends its body when it is told to go on. */
  awaitsContinue: boolean
}

/** A request that is allowed here. */
type Asked = Omit<Completion, 'path'>

/** What is at a path. */
interface Place {
  method: 'GET' | 'POST'
  serve: (asked: Asked) => Promise<void>
}

async function answer(exchange: Exchange, parts: ProxyParts): Promise<void> {
  const { request, response, start, awaitsContinue } = exchange
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const refuse = (problem: Refused) => {
    parts.onRefused(problem)
    sendProblem(response, problem, asked)
  }
  let known: string | undefined
  const asked = {
    request,
    response,
    start,
    awaitsContinue,
    query,
    refuse,
    // Made when somebody wants it, which is nobody before the request was sent.
    get id() {
      return (known ??= parts.uuid())
    },
  }
  if (!parts.hostAllowed(request.headers.host ?? '')) return refuse(foreignHost)
  const place = placeAt(path, parts)
  if (place === null) return refuse(notFound)
  if (request.method !== place.method)
    return refuse({ ...noMethod, message: `This path takes ${place.method}.` })
  await place.serve(asked)
}

function placeAt(path: string, parts: ProxyParts): Place | null {
  const completion = lookUp(paths, path)
  if (completion !== undefined)
    return { method: 'POST', serve: (asked) => complete(Object.assign(asked, { path: completion }), parts) }
  const reading = lookUp(readable, path)?.(parts)
  return reading === undefined ? null : { method: 'GET', serve: (asked) => read(reading, asked) }
}

async function read({ admit, page }: Reading, { request, response, refuse }: Asked): Promise<void> {
  const { headers } = request
  const refused = await admit({ headers })
  if (refused !== null) return refuse(refused)
  const { type, text } = await page(headers.accept ?? null)
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}

/** What may be read, by its path. */
const readable: Readonly<Record<string, (parts: ProxyParts) => Reading | undefined>> = {
  '/': () => ({ admit: anybody, page: () => ({ type: 'text/plain; charset=utf-8', text: home }) }),
  '/v1/models': ({ listModels, admitReader }) => ({
    admit: admitReader,
    page: async () => ({ type: 'application/json', text: listingOf(await listModels()) }),
  }),
  '/metrics': ({ metrics, admitReader }) => metrics && { admit: admitReader, page: metrics },
}

/** Something to read. */
interface Reading {
  admit: (caller: Caller) => Promise<Refused | null>
  page: (accept: string | null) => Page | Promise<Page>
}

const anybody = () => Promise.resolve(null)

const listingOf = (ids: readonly string[]): string =>
  JSON.stringify({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'firsttoken' })),
  })

const foreignHost: Refused = {
  status: 403,
  code: 'unknown_host',
  message: 'The proxy is not called by this host: add it to ALLOWED_HOSTS.',
}
const noMethod = { status: 405, code: 'method_not_allowed' } as const
const notFound: Refused = {
  status: 404,
  code: 'not_found',
  message: `There is nothing here. ${home.trim()}.`,
}
