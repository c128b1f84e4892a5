import { z } from 'zod'
import type { ConfiguredProvider } from '../core/provider.ts'
import { endpointProvider } from '../jobs/endpoints.ts'
import { keyProblem } from '../registry/configure.ts'
import type { Api } from './api.ts'
import { modelId, textOf } from './page.ts'
import { type OwnEndpoint, sessionOf } from './own-endpoints.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'

/** The endpoint of a session; nulls if it has none. Its key is never told. */
export const chatEndpoint = z
  .strictObject({
    base_url: z.string().nullable(),
    model: z.string().nullable(),
    has_key: z.boolean(),
  })
  .meta({ id: 'ChatEndpoint' })

const toRow = (endpoint: OwnEndpoint | null): z.infer<typeof chatEndpoint> => ({
  base_url: endpoint?.provider.baseUrl ?? null,
  model: endpoint?.model ?? null,
  has_key: (endpoint?.provider.key ?? null) !== null,
})

const endpointRequest = z.strictObject({
  base_url: textOf({ most: 2000 }),
  model: modelId,
  /** Null for none. Left out, the one that was entered stays, as long as the base URL does. */
  key: textOf({ most: 2000 }).nullable().exactOptional(),
})

/** Why there is no chat in a function. */
export const needsServer = (): Response =>
  refuse(
    'not_configured',
    'a chat needs a connection that outlives a function: use a server of your own (pnpm start)',
  )

/** An endpoint of one's own to chat with: in memory, for a session. */
export function addChatEndpoint(api: Api, { app, access, chat }: HttpParts): void {
  const about = { path: '/chat/endpoint', access: 'admin', tag: 'chat' } as const
  api.add(
    { ...about, method: 'get', summary: 'The endpoint of your own to chat with', answer: chatEndpoint },
    ({ context }) => (chat === null ? needsServer() : toRow(chat.endpoints.get(sessionOf(context, access)))),
  )
  api.add(
    {
      ...about,
      method: 'put',
      summary: 'Set an endpoint of your own to chat with',
      description:
        'Any OpenAI-compatible base URL that the egress guard allows: public and https, or opened by `EGRESS_ALLOW`. It and its key stay in the memory of the server for this ' +
        'session, are written nowhere, and the key is never told again.',
      body: endpointRequest,
      answer: chatEndpoint,
    },
    ({ body, context }) => {
      if (chat === null) return needsServer()
      const session = sessionOf(context, access)
      const provider = providerOf(body, chat.endpoints.get(session), app.config.egressAllow)
      if ('problem' in provider) return refuse('endpoint_refused', provider.problem)
      const endpoint = { provider, model: body.model }
      chat.endpoints.set(session, endpoint)
      return toRow(endpoint)
    },
  )
  api.add({ ...about, method: 'delete', summary: 'Forget it, with its key' }, ({ context }) => {
    if (chat === null) return needsServer()
    chat.endpoints.delete(sessionOf(context, access))
    return null
  })
}

function providerOf(
  { base_url: baseUrl, model, key }: z.output<typeof endpointRequest>,
  before: OwnEndpoint | null,
  egressAllow: readonly string[],
): ConfiguredProvider | { problem: string } {
  const wrong = typeof key === 'string' ? keyProblem(key) : null
  if (wrong !== null) return { problem: `the key ${wrong}` }
  const provider = endpointProvider({ baseUrl, model, name: null }, egressAllow)
  if ('problem' in provider) return provider
  // A key is for the address that it was entered with, and for no other.
  const kept = before?.provider.baseUrl === provider.baseUrl ? before.provider.key : null
  return { ...provider, key: key === undefined ? kept : key }
}
