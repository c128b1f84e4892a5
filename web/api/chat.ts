import { queryOptions } from '@tanstack/react-query'
import { get, problemOf } from './client.ts'

/** The endpoint of one's own to chat with. */
export const chatEndpointQuery = queryOptions({
  queryKey: ['/api/v1/chat/endpoint'],
  queryFn: ({ signal }) => get('/api/v1/chat/endpoint', { signal }),
})

/** Every target, also those that are called no more. */
export const allTargetsQuery = queryOptions({
  queryKey: ['/api/v1/targets'],
  queryFn: ({ signal }) => get('/api/v1/targets', { signal }),
})

/** A conversation as the API takes it. */
export interface ChatRequest {
  target: 'own' | { provider: string; model: string }
  messages: readonly { role: 'system' | 'user' | 'assistant'; content: string }[]
  max_tokens?: number
  temperature?: number
  reasoning?: 'least' | 'default'
}

/**
 * Asks a model: the answer as it comes, also that of a provider that refuses. Rejects with ApiProblem if nobody was asked, and as
 * `fetch` does.
 */
export async function openChat(request: ChatRequest, signal: AbortSignal): Promise<Response> {
  const response = await fetch('/api/v1/chat', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    redirect: 'error',
    signal,
  })
  if (!response.ok && !response.headers.has('x-firsttoken-id')) throw await problemOf(response)
  return response
}
