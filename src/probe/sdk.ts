import { createSecureContext } from 'node:tls'
import type { JsonObject } from '../core/json.ts'
import type { Sdk } from '../core/provider.ts'
import type { WireRequest } from '../net/wire.ts'
import { rehearse } from './rehearsal.ts'
import { type Call, requestBody } from './request.ts'

/**
 * Headers kept from an SDK. Others come from its environment (OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS, ...) and
 * may be meant for a different provider.
 */
const own = /^(accept|content-type|user-agent|x-stainless-.*)$/

/**
 * Builds a call's request with the provider's SDK. It goes only to the provider's URL, only with the
 * provider's key.
 */
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
 * Loads these SDKs, builds a request with each and rehearses a call, so that a thread's first probe is as
 * fast as the rest.
 */
export async function warmUp(sdks: Iterable<Sdk>): Promise<void> {
  const params = { model: 'none', messages: [], stream: true }
  await Promise.all([...new Set(sdks)].map((sdk) => builders[sdk](params)))
  // Loads the root certificates, which takes longer than a handshake.
  createSecureContext()
  await rehearse()
}

interface Built {
  headers: Headers
  body: string
}

/** How each SDK turns the body of a chat completion into a request. It gets neither key nor URL. */
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

/** A fetch that sends nothing, and keeps the request. */
function recordFetch(): { fetch: typeof fetch; built: () => Built } {
  let built: Built | null = null
  return {
    fetch: (_, { headers, body } = {}) => {
      if (typeof body !== 'string') throw new TypeError('an SDK made a body that is not text')
      built = { headers: new Headers(headers), body }
      return Promise.resolve(new Response(null))
    },
    built: () => {
      if (built === null) throw new Error('an SDK made no request')
      return built
    },
  }
}
