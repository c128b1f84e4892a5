import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Clock, systemClock } from '../core/clock.ts'
import { answer, sendReply } from './answer.ts'
import { models, type Options } from './options.ts'
import { readChatRequest } from './request.ts'

/** Where to listen, and default options of requests. */
export interface ServerOptions {
  /** Default: 127.0.0.1. */
  host?: string
  /** Default: a free port. */
  port?: number
  options?: Options
}

/** A listening synthetic provider. */
export interface Synthetic {
  /** Base URL for clients, including `/v1`. */
  url: string
  port: number
  /** Closes all connections and stops listening. */
  close: () => Promise<void>
}

/** Starts the synthetic provider in this thread. Rejects with the error of `listen`, such as EADDRINUSE. */
export async function startSynthetic(at: ServerOptions = {}, clock: Clock = systemClock): Promise<Synthetic> {
  const { host = '127.0.0.1', port = 0, options = {} } = at
  const server = createServer((request, response) => {
    handle({ request, response }, options, clock).catch((error: unknown) => {
      if (response.destroyed) return
      if (response.headersSent) response.destroy()
      else sendError(response, { status: 500, message: String(error) })
    })
  })
  // Longer than the minute that clients keep idle sockets, so that none reuses one that was just closed.
  server.keepAliveTimeout = 65_000
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(port, host, resolve)
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

const home = 'firsttoken synthetic provider: POST /v1/chat/completions, GET /v1/models\n'
const listing = {
  object: 'list',
  data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'firsttoken' })),
}

async function handle(exchange: Exchange, options: Options, clock: Clock): Promise<void> {
  const { request, response } = exchange
  const path = request.url?.split('?')[0] ?? ''
  switch (`${request.method} ${path}`) {
    case 'GET /':
      sendReply(response, { status: 200, body: home })
      break
    case 'GET /v1/models':
      sendReply(response, { status: 200, body: listing })
      break
    case 'POST /v1/chat/completions':
      await complete(exchange, options, clock)
      break
    default:
      sendError(response, {
        status: 404,
        message: `There is no ${request.method} ${path.slice(0, 200)} here.`,
      })
  }
}

async function complete({ request, response }: Exchange, options: Options, clock: Clock): Promise<void> {
  const body = await readBody(request)
  if (body === null) {
    response.setHeader('connection', 'close')
    sendError(response, { status: 413, message: `The body is larger than ${mostBodyBytes} bytes.` })
    return
  }
  const asked = readChatRequest(parse(body), options)
  if ('status' in asked) sendError(response, asked)
  else await answer(asked, response, clock)
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
