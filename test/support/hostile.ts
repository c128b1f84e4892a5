import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { faults } from '../../src/synthetic/faults.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'

/** A running server on loopback. */
export interface Hostile {
  /** `http://127.0.0.1:PORT`. */
  url: string
  port: number
  close: () => Promise<void>
}

/** A key in no known format, with characters that JSON and URLs escape. */
export const echoedKey = 'Tulip+Quartz/9081=mango"Iris'

/** A secret as it is, escaped once and twice in JSON, and escaped in a URL. */
export const spellingsOf = (secret: string): string[] => {
  const inJson = JSON.stringify(secret).slice(1, -1)
  return [secret, inJson, JSON.stringify(inJson).slice(1, -1), encodeURIComponent(secret)]
}

/**
 * One model of the echoing provider for each fault; each takes a few ms. Without the one whose body asks to
 * wait: the rest would be skipped.
 */
export const faultModels = Object.keys(faults)
  .filter((name) => name !== 'gemini-retry-info')
  .map((name) => `synthetic/fault/${name}/seed/7/frames/8/ttft_ms/4/delay_ms/2`)

/**
 * Starts the synthetic provider behind a relay that echoes the key of each request in headers, in every text
 * of a body and in its listing. Under `/refusing`, `/html` and `/moved` the listing fails.
 */
export async function startEcho(): Promise<Hostile> {
  const synthetic = await startSynthetic()
  const server = createServer((request, response) => {
    const key = keyOf(request)
    const listing = listingAt(request.url ?? '', key)
    if (listing === null) void relay(request, response, { key, port: synthetic.port })
    else response.writeHead(listing.status, { ...echoes(key), ...listing.headers }).end(listing.body)
  })
  const { url, port } = await listen(server)
  return {
    url,
    port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await synthetic.close()
    },
  }
}

const keyOf = ({ headers }: IncomingMessage): string =>
  headers.authorization?.replace(/^Bearer /, '') ?? headers['apikey']?.toString() ?? 'no key came'

/** Every header whose value is recorded or shown. */
const echoes = (key: string) => ({
  'x-request-id': key,
  'server-timing': `total;desc="${key}"`,
  'openai-processing-ms': key,
  'retry-after': key,
})

const refusalBody = (key: string) =>
  JSON.stringify({ error: { message: `no such key: ${key}`, code: key, type: key } })

function listingAt(path: string, key: string) {
  const [, place] = /^\/(\w+)\/models/.exec(path) ?? []
  const json = { 'content-type': 'application/json' }
  switch (place) {
    case undefined:
      return null
    case 'refusing':
      return { status: 401, headers: json, body: refusalBody(key) }
    case 'html':
      return { status: 200, headers: { 'content-type': `text/html;${key}` }, body: `<h1>${key}</h1>` }
    case 'moved':
      return { status: 302, headers: { location: `/?key=${encodeURIComponent(key)}` }, body: '' }
    default: {
      const data = [...faultModels, `named-${key}`].map((id) => ({
        id,
        object: 'model',
        display_name: `${id} of ${key}`,
        supported_parameters: [key],
      }))
      return { status: 200, headers: json, body: JSON.stringify({ data }) }
    }
  }
}

/** The start of a text in JSON or HTML. */
const beginning = /("(?:message|content|status_msg|reasoning_content|refusal|code|type|model|id)": ?"|<h1>)/g

async function relay(
  request: IncomingMessage,
  response: ServerResponse,
  { key, port }: { key: string; port: number },
): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  const escaped = JSON.stringify(key).slice(1, -1)
  const { method, url: path } = request
  const upstream = send({ host: '127.0.0.1', port, method, path, agent: false }, (answer) => {
    const { 'content-length': _, 'content-encoding': coding, location, ...headers } = answer.headers
    response.writeHead(answer.statusCode ?? 500, {
      ...headers,
      ...echoes(key),
      'content-encoding': coding ?? key,
      ...(location && { location: `${location}?key=${encodeURIComponent(key)}` }),
    })
    answer.on('data', (bytes: Buffer) => {
      response.write(
        coding ? bytes : bytes.toString().replaceAll(beginning, `$1${escaped.replaceAll('$', '$$$$')} `),
      )
    })
    answer.on('end', () => response.end())
    answer.on('error', () => response.socket?.resetAndDestroy())
  })
  upstream.on('error', () => response.destroy())
  response.on('close', () => upstream.destroy())
  upstream.end(Buffer.concat(parts))
}

/** Starts a Supabase project whose gateway refuses every key and echoes it as text or JSON. */
export async function startRefusingProject(): Promise<Hostile> {
  const server = createServer((request, response) => {
    const key = keyOf(request)
    const wide = request.headers['accept']?.includes('json') === true
    const body = JSON.stringify({ code: 'PGRST301', message: `no such key: ${key}`, details: key, hint: key })
    response.writeHead(401, { ...echoes(key), 'content-type': wide ? 'application/json' : 'text/plain' })
    response.end(wide ? body : `no such key: ${key}`)
  })
  const { url, port } = await listen(server)
  return { url, port, close: () => new Promise((closed) => void server.close(() => closed())) }
}

/** Starts a Postgres that asks for a password and refuses it. */
export async function startRefusingPostgres(): Promise<Hostile> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()))
    let asked = false
    socket.on('data', () => {
      socket.write(asked ? refusal : askForPassword)
      if (asked) socket.end()
      asked = true
    })
  })
  const { port } = await listen(server)
  return {
    url: `postgres://127.0.0.1:${port}/db`,
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const message = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
const askForPassword = message('R', Buffer.from([0, 0, 0, 3]))
const refusal = message(
  'E',
  Buffer.from('SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "me"\0\0'),
)

async function listen(server: Server): Promise<{ url: string; port: number }> {
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, port }
}
