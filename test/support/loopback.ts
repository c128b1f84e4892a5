import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import type { JsonObject } from '../../src/core/json.ts'
import type { Settings } from '../../src/core/plan.ts'
import type { ConfiguredProvider, ProviderEntry } from '../../src/core/provider.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Observation } from '../../src/core/result.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { type Call, probe, type ProbeParts } from '../../src/probe/probe.ts'

/** A request as it was received. */
export interface Received {
  head: string
  headers: Record<string, string>
  body: JsonObject
}

/** Handles a connection once a whole request has arrived; writes raw bytes. */
export type Script = (socket: Socket, received: Received) => void | Promise<void>

/** Runs `use` against a loopback server that answers every request by the script, then closes it. */
export async function serving<T>(script: Script, use: (baseUrl: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    let text = ''
    const onData = (bytes: Buffer) => {
      text += bytes.toString('latin1')
      const received = whole(text)
      if (received === null) return
      socket.off('data', onData)
      socket.resume()
      void script(socket, received)
    }
    socket.on('data', onData)
  })
  try {
    return await use(`${await listening(server)}/v1`)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

/** Makes a server listen on a free port of loopback and returns its URL. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return `http://127.0.0.1:${address.port}`
}

function whole(text: string): Received | null {
  const split = text.indexOf('\r\n\r\n')
  if (split === -1) return null
  const [head, body] = [text.slice(0, split), text.slice(split + 4)]
  const lines = head.split('\r\n').slice(1)
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  if (body.length < Number(headers['content-length'] ?? 0)) return null
  // A GET has none.
  const json = body === '' ? '{}' : Buffer.from(body, 'latin1').toString()
  return { head, headers, body: JSON.parse(json) as JsonObject }
}

/** The head of a response with these header lines. */
export const head = (status: string, ...headers: string[]): string =>
  ['HTTP/1.1 ' + status, ...headers, '', ''].join('\r\n')

/** The head of an event stream that ends when the socket closes. */
export const streamHead = head('200 OK', 'content-type: text/event-stream', 'connection: close')

/** One event of a stream. */
export const event = (data: unknown): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`

/** An event with this delta. */
export const delta = (fields: JsonObject, finish: string | null = null): string =>
  event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'tiny-1',
    choices: [{ index: 0, delta: fields, finish_reason: finish }],
  })

/** A usage-only event. */
export const usage = (prompt: number, completion: number): string =>
  event({
    choices: [],
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
  })

/** A healthy stream, event by event. */
export const healthy = [
  delta({ role: 'assistant', content: '' }),
  delta({ content: 'Hello' }),
  delta({ content: ' there' }),
  delta({}, 'stop'),
  usage(5, 2),
  event('[DONE]'),
]

/** The chunk that finishes an answer, and the end of the stream. */
export const stop = delta({}, 'stop')
export const done = event('[DONE]')

/** Waits until this thread has read what it sent to itself: between two turns of the check phase it polls. */
export async function flushed(): Promise<void> {
  await turn()
  await turn()
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export const testKey = 'sk-test-0123456789abcdef'

const testEntry: ProviderEntry = {
  id: 'test',
  name: 'Test',
  baseUrl: 'http://127.0.0.1/v1',
  baseUrlName: 'TEST_BASE_URL',
  keyNames: ['TEST_API_KEY'],
  sdk: 'openai',
  logoUrl: null,
  candidates: [],
  rules: [],
  list: { path: '/models', prices: null },
}

export const testSettings: Settings = {
  prompt: 'Say hello.',
  promptHash: '0'.repeat(64),
  maxTokens: 64,
  temperature: 0,
  timeouts: { connect: 5000, firstToken: 5000, idle: 5000, total: 10_000 },
  order: 'sequential',
  confirm: false,
  concurrency: 1,
}

/** Overrides for a call. */
export interface Changes {
  entry?: Partial<ProviderEntry>
  provider?: Partial<ConfiguredProvider>
  call?: Partial<Call>
  timeouts?: Partial<Settings['timeouts']>
  parts?: Partial<ProbeParts>
}

export const callTo = (baseUrl: string, { entry, provider, call, timeouts }: Changes = {}): Call => ({
  provider: {
    entry: { ...testEntry, ...entry },
    baseUrl,
    key: testKey,
    synthetic: false,
    trusted: true,
    ...provider,
  },
  model: 'tiny',
  parameters: { reasoning: 'least' },
  settings: { ...testSettings, timeouts: { ...testSettings.timeouts, ...timeouts } },
  system: null,
  prompt: '[abcdefghijkl] Say hello.',
  ...call,
})

/** Probes this base URL once, with a lag monitor of its own. */
export async function probing(baseUrl: string, changes: Changes = {}): Promise<Observation> {
  const lag = startLagMonitor(systemClock)
  try {
    return await probe(callTo(baseUrl, changes), {
      clock: systemClock,
      lag,
      env: {},
      egressAllow: [],
      ...changes.parts,
    })
  } finally {
    lag.close()
  }
}

/** Probes a server that follows this script. */
export const probed = (script: Script, changes: Changes = {}): Promise<Observation> =>
  serving(script, (baseUrl) => probing(baseUrl, changes))

/** A script that writes these pieces, each as a read of its own, and closes the connection. */
export const saying =
  (...pieces: (string | Buffer)[]): Script =>
  async (socket) => {
    for (const piece of pieces) {
      socket.write(piece)
      await flushed()
    }
    socket.end()
  }

/** Probes a server that streams these pieces, each a read of its own. */
export const streamed = (...pieces: (string | Buffer)[]): Promise<Observation> =>
  probed(saying(streamHead, ...pieces))
