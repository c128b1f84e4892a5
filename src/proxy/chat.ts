import type { ServerResponse } from 'node:http'
import type { Chat, SentChat } from '../core/chat.ts'
import { parametersFor } from '../probe/request.ts'
import { readAsked } from './asked.ts'
import { pass, type PassParts } from './complete.ts'
import type { Admitted } from './parts.ts'

/**
 * Sends a conversation to its model, and streams the answer as it comes. The answer comes to a page of our origin: of the upstream's headers it gets those that say what it is, and none
 * that would act on the origin (`set-cookie`, `location`, `clear-site-data`, ...).
 */
export function sendChat(chat: Chat, response: ServerResponse, parts: PassParts): SentChat {
  const { id, upstream, messages, wanted, isKept } = chat
  const { entry, key } = upstream.provider
  const { model } = upstream
  const parameters = parametersFor(entry, model, wanted)
  const body = Buffer.from(JSON.stringify({ model, messages, ...parameters }))
  const at = parts.clock.now()
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', ...entry.headers }
  const admitted: Admitted = {
    client: () => 'dashboard',
    authorization: key === null ? null : `Bearer ${key}`,
    mode: 'held',
    charge: () => undefined,
  }
  const record = pass(
    { id, path: 'chat', query: '', request: { headers }, response, start: at },
    { body, bodyAt: at, said: readAsked(body), upstream, admitted },
    { ...parts, passesOn, onRecord: isKept ? parts.onRecord : () => undefined },
  )
  return { parameters, record }
}

const passesOn = (header: string): boolean =>
  /^(content-(type|encoding|length)|retry-after|x-request-id|x-ratelimit-.+)$/.test(header)
