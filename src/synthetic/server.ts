import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../core/clock.ts'
import { answer, sendReply, untilClosed } from './answer.ts'
import { readMicro, sendChunked, sendPlain } from './micro.ts'
import { models, type Options } from './options.ts'
import { readChatRequest } from './request.ts'
import { openSlots, type Slots } from './slots.ts'

/** Where to listen, and default options of requests. */
export interface ServerOptions {
  /** Default: 127.0.0.1. */
  host?: string
  /** Default: a free port. */
  port?: number
  options?: Options
  /** Answers that are made at once; later requests wait, first in first out. Default: all. */
  slots?: number
  /** Stands still for so long, in ms, when this request has arrived, counted from 1, as for a garbage collection. */
  pause?: { request: number; ms: number }
}

/** A listening synthetic provider. */
export interface Synthetic {
  /** Base URL for clients, including `/v1`. */
  url: string
  port: number
  /** Closes all connections and stops listening. */
  close: () => Promise<void>
}

/**
 * Connections that may wait to be accepted. With Node's 511, 761 of 1,500 clients that connected while the server was
 * busy for 300 ms waited a second for their packets to be sent again; with 4096 none did.
 */
const backlog = 4096

/** Starts the synthetic provider in this thread. Rejects with the error of `listen`, such as EADDRINUSE. */
export async function startSynthetic(at: ServerOptions = {}, clock: Clock = systemClock): Promise<Synthetic> {
  const { host = '127.0.0.1', port = 0, options = {} } = at
  const slots = openSlots(at.slots ?? Infinity)
  const onRequest = at.pause === undefined ? () => undefined : pauseAt(at.pause)
  const server = createServer((request, response) => {
    handle({ request, response }, { options, slots, clock, onRequest }).catch((error: unknown) => {
      if (response.destroyed) return
      if (response.headersSent) response.destroy()
      else sendError(response, { status: 500, message: String(error) })
    })
  })
  // Longer than the minute that clients keep idle sockets, so that none reuses one that was just closed.
  server.keepAliveTimeout = 65_000
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen({ port, host, backlog }, resolve)
  await promise
  const { port: bound, family } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
}

const home =
  'firsttoken synthetic provider: POST /v1/chat/completions, GET /v1/models, /micro/plain, /micro/chunked\n'
const listing = {
  object: 'list',
  data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'firsttoken' })),
}

/** What every answer needs. */
interface Means {
  options: Options
  slots: Slots
  clock: Clock
  /** A request for a completion has arrived. */
  onRequest: () => void
}

/** Stops this thread once, when the request of this number is told. */
function pauseAt({ request, ms }: NonNullable<ServerOptions['pause']>): () => void {
  let arrived = 0
  return () => {
    arrived += 1
    if (arrived === request) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  }
}

async function handle(exchange: Exchange, means: Means): Promise<void> {
  const { request, response } = exchange
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  // Base URLs are also given without a path, or end in /api.
  switch (`${request.method} ${path.replace(/^\/(v1|api)(?=\/)/, '')}`) {
    case 'GET /':
      sendReply(response, { status: 200, body: home })
      break
    case 'GET /models':
      sendReply(response, { status: 200, body: listing })
      break
    case 'POST /chat/completions':
      await complete(exchange, means)
      break
    case 'GET /micro/plain':
    case 'GET /micro/chunked': {
      const asked = readMicro(new URLSearchParams(query))
      if ('problem' in asked) sendError(response, { status: 400, message: asked.problem })
      else if (path === '/micro/plain') sendPlain(response, asked)
      else await sendChunked(response, asked)
      break
    }
    default:
      sendError(response, {
        status: 404,
        message: `There is no ${request.method} ${path.slice(0, 200)} here.`,
      })
  }
}

async function complete(
  { request, response }: Exchange,
  { options, slots, clock, onRequest }: Means,
): Promise<void> {
  const body = await readBody(request)
  onRequest()
  if (body === null) {
    response.setHeader('connection', 'close')
    sendError(response, { status: 413, message: `The body is larger than ${mostBodyBytes} bytes.` })
    return
  }
  const asked = readChatRequest(parse(body), options)
  if ('status' in asked) sendError(response, asked)
  else {
    const leave = await slots.enter(untilClosed(response))
    try {
      await answer(asked, response, clock)
    } finally {
      // An answer that never ends keeps its slot until the client leaves.
      if (response.writableEnded || response.destroyed) leave()
      else response.once('close', leave)
    }
  }
}

/** The largest context of today's models, a million tokens, is some 4 MB. */
const mostBodyBytes = 16 * 1024 * 1024

/** The body of a request; null if it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > mostBodyBytes) return null
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Parses JSON; undefined if it is invalid. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Problem {
  status: number
  message: string
  code?: string
}

function sendError(response: ServerResponse, { status, message, code }: Problem): void {
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  sendReply(response, { status, body: { error: { message, type, param: null, code: code ?? null } } })
}
