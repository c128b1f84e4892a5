import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Chat } from '../core/chat.ts'
import type { JsonObject } from '../core/json.ts'
import { requestLimits } from '../core/request-limits.ts'
import type { Api } from './api.ts'
import { needsServer } from './chat-endpoint.ts'
import { budgetRefusal, type ChatPlaces, chatPlaces } from './chat-limits.ts'
import { type AskedChat, measuredChat, rememberChats, toMeasured } from './chat-measured.ts'
import { sessionOf } from './own-endpoints.ts'
import { modelId, providerId } from './page.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'
import { securityHeaders } from './security-headers.ts'

/** Bytes of a conversation. */
const mostBytes = 2 ** 20

const { temperature } = requestLimits

const chatRequest = z
  .strictObject({
    /** Any model of a provider that is configured here; or `own`: the endpoint of /chat/endpoint. */
    target: z.union([z.literal('own'), z.strictObject({ provider: providerId, model: modelId })]),
    messages: z
      .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
      .min(1),
    /** By default the provider's own. */
    max_tokens: z.int().min(1).max(1_000_000).exactOptional(),
    /** By default the model's own. */
    temperature: z.number().min(temperature.least).max(temperature.most).exactOptional(),
    /** `least` turns reasoning off or as low as the model allows; `default` keeps the model's default. */
    reasoning: z.enum(['least', 'default']).default('default'),
  })
  .meta({ id: 'ChatRequest' })

const description =
  "The upstream's answer as it comes, byte for byte: server-sent events of a chat completion, or its error with its status. The header `x-firsttoken-id` names what is " +
  'measured of it. What goes wrong before it is sent is a problem, as elsewhere; an upstream that cannot be reached is a 502 or 504 in the form of OpenAI. Closing the connection ' +
  'closes that to the upstream at once. Messages are kept nowhere; the call is measured and recorded as one of the proxy, with the client `dashboard`, unless it goes to an endpoint of your own. ' +
  'Eight answers stream at once at most (429 `rate_limited`). What they cost counts in the budget; once that of the day or month is used up, none is asked for (429 `budget_spent`).'

const about = { access: 'admin', tag: 'chat' } as const

/** Talking to a model: its answer as it comes, and what was measured of it. */
export function addChat(api: Api, parts: HttpParts): void {
  const measured = rememberChats(parts.app.clock.now)
  const places = chatPlaces()
  api.add(
    {
      ...about,
      method: 'post',
      path: '/chat',
      summary: 'Ask a model, and stream its answer',
      description,
      body: chatRequest,
      mostBytes,
      media: 'text/event-stream',
    },
    ({ body, context }) => answer(body, context, { ...parts, measured, places }),
  )
  api.add(
    {
      ...about,
      method: 'get',
      path: '/chat/{id}',
      summary: 'What was measured of an answer, once it is over; for minutes',
      params: { id: z.uuid() },
      answer: measuredChat,
    },
    async ({ params: { id } }) => {
      const found = await measured.get(id)
      if (found === null)
        return refuse('not_found', 'nothing is known of this answer: it is remembered for minutes')
      return toMeasured(found)
    },
  )
}

/** Streams an answer from socket to socket, which nothing of ours is between. */
async function answer(
  { target, messages, max_tokens, temperature: warmth, reasoning }: z.output<typeof chatRequest>,
  context: Context,
  {
    measured,
    places,
    ...parts
  }: HttpParts & { measured: ReturnType<typeof rememberChats>; places: ChatPlaces },
): Promise<Response> {
  const { app, chat } = parts
  if (chat === null) return needsServer()
  const upstream = upstreamOf(target, context, parts)
  if (upstream instanceof Response) return upstream
  const isOurs = target !== 'own'
  const spent = isOurs ? await budgetRefusal(parts) : null
  if (spent !== null) return spent
  const { outgoing } = context.env as { outgoing: ServerResponse }
  const id = app.uuid()
  const wanted = { maxTokens: max_tokens ?? null, temperature: warmth ?? null, reasoning }
  const asked = { id, upstream, messages, wanted, isKept: isOurs }
  const sent = places.take(() => {
    prepare(outgoing)
    return chat.send(asked, outgoing)
  })
  if (sent instanceof Response) return sent
  const { parameters, record } = sent
  measured.add(id, { request: requestTo(upstream, parameters), record })
  record.catch((error: unknown) => {
    app.log.error({ err: error }, 'an answer of the chat ended by a bug')
    outgoing.destroy()
  })
  return new Response(null, { headers: RESPONSE_ALREADY_SENT.headers })
}

/** How the same could be asked without us. */
const requestTo = (
  { provider: { entry, baseUrl, key } }: Chat['upstream'],
  parameters: JsonObject,
): AskedChat => ({
  url: `${baseUrl}/chat/completions`,
  key_name: key === null ? null : (entry.keyNames[0] ?? 'API_KEY'),
  parameters,
})

/** Who is to answer, or why nobody can. */
function upstreamOf(
  target: z.output<typeof chatRequest>['target'],
  context: Context,
  { access, chat, configured }: HttpParts,
): Chat['upstream'] | Response {
  if (target === 'own') {
    const own = chat?.endpoints.get(sessionOf(context, access)) ?? null
    return own ?? refuse('conflict', 'this session has no endpoint of its own: set one at /chat/endpoint')
  }
  const provider = configured().find(({ entry }) => entry.id === target.provider)
  if (provider !== undefined) return { provider, model: target.model }
  return refuse('bad_selection', `${target.provider} is not configured here: its key is not set`)
}

/** Whoever streams an answer over this connection need not know what its other answers have. */
function prepare(outgoing: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) outgoing.setHeader(name, value)
  // A model may think for longer than a connection may be silent; the next request has that limit again.
  outgoing.socket?.setTimeout(0)
}
