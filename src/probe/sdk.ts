import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { systemClock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { Sdk } from '../core/provider.ts'
import { exchange, type WireRequest } from '../net/wire.ts'
import { type Call, requestBody } from './request.ts'
import { openStream, takeEvent } from './stream.ts'

/**
 * Headers that are an SDK's own. Whatever else it sets comes from its environment (OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS,
 * ...) and is meant for another provider than the one we call.
 */
const own = /^(accept|content-type|user-agent|x-stainless-.*)$/

/** The request that the provider's SDK makes of a call. It goes to the provider's URL alone, with the provider's key alone. */
export async function buildRequest(call: Call): Promise<WireRequest> {
  const { entry, baseUrl, key } = call.provider
  const { headers, body } = await builders[entry.sdk](requestBody(call))
  return {
    url: new URL(`${baseUrl}/chat/completions`),
    headers: {
      ...Object.fromEntries([...headers].filter(([name]) => own.test(name))),
      ...entry.headers,
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
    body,
  }
}

/**
 * Loads these SDKs, builds a request with each, and sends one to ourselves: else the first probe of a process measures
 * the loading of Node's own parts, too (30 ms of connecting, 5 ms of TTFT).
 */
export async function warmUp(sdks: Iterable<Sdk>): Promise<void> {
  const params = { model: 'none', messages: [], stream: true }
  await Promise.all([...new Set(sdks)].map((sdk) => builders[sdk](params)))
  // Reads the root certificates, which takes longer than a handshake.
  createSecureContext()
  await callOurselves()
}

/** One exchange with a server of our own on loopback. It does not matter how it ends. */
async function callOurselves(): Promise<void> {
  const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }] })
  const server = createServer((_, response) => response.end(`data: ${chunk}\n\n`.repeat(100)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stream = openStream()
  await exchange(
    { url: new URL(`http://127.0.0.1:${port}`), headers: {}, body: '{}' },
    {
      clock: systemClock,
      env: {},
      signal: AbortSignal.timeout(1000),
      onSent: () => {},
      onEvent: (event, read) => takeEvent(stream, event, read).kind === 'done',
      onComment: () => {},
    },
  )
  server.close()
}

interface Built {
  headers: Headers
  body: string
}

/** What an SDK makes of the body of a chat completion. Key and URL are not its affair, so it gets none. */
const builders: Record<Sdk, (body: JsonObject) => Promise<Built>> = {
  openai: async (body) => {
    const { OpenAI } = await import('openai')
    const recorder = recordFetch()
    const client = new OpenAI({ ...noOptions, fetch: recorder.fetch, organization: null, project: null })
    await client.chat.completions.create(body as never).asResponse()
    return recorder.built()
  },
  groq: async (body) => {
    const { Groq } = await import('groq-sdk')
    const recorder = recordFetch()
    const client = new Groq({ ...noOptions, fetch: recorder.fetch })
    await client.chat.completions.create(body as never).asResponse()
    return recorder.built()
  },
}

const noOptions = { apiKey: 'none', baseURL: 'http://localhost', maxRetries: 0, logLevel: 'off' as const }

/** A fetch that sends nothing: it keeps what it was given. */
function recordFetch(): { fetch: typeof fetch; built: () => Built } {
  let built: Built | null = null
  return {
    fetch: (_, { headers, body } = {}) => {
      if (typeof body !== 'string') throw new TypeError('an SDK made a body that is no text')
      built = { headers: new Headers(headers), body }
      return Promise.resolve(new Response(null))
    },
    built: () => {
      if (built === null) throw new Error('an SDK made no request')
      return built
    },
  }
}
