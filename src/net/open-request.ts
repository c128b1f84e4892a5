import http, { type ClientRequest } from 'node:http'
import https from 'node:https'
import { guard } from './egress.ts'
import { keptAgent } from './kept-agents.ts'
import { wayTo } from './way.ts'
import type { Exchange, WireParts, WireRequest } from './wire.ts'

/** A request, whose body may be bytes as they came. */
type Outgoing = Omit<WireRequest, 'body'> & { body: string | Buffer }

/**
 * A request with its own agent, so that socket, TLS session and proxy tunnel serve only this call, unless sockets are reused. An Error
 * if it cannot be made: already aborted, a refused URL, a character that is invalid in a header, a proxy that
 * is not a URL.
 */
export function openRequest(
  { url, headers, body }: Outgoing,
  parts: Pick<WireParts, 'egress' | 'env' | 'socket' | 'reuse'> & { signal?: AbortSignal | undefined },
  seen: Pick<Exchange, 'awaitedProxy'>,
): ClientRequest | Error {
  const scheme = url.protocol === 'https:' ? https : http
  try {
    parts.signal?.throwIfAborted()
    const guarded = guard(url, parts.egress, parts.env)
    if (guarded instanceof Error) return guarded
    const { signal, egress, reuse } = parts
    const kept = reuse === true ? () => keptAgent(url, egress === 'trusted') : undefined
    const { route, proxy } = wayTo(url, parts.env, { signal, kept })
    seen.awaitedProxy = proxy
    return scheme.request({
      ...targetOf(url),
      ...parts.socket,
      ...guarded,
      ...route,
      method: 'POST',
      maxHeaderSize: mostHeaders,
      // As a flat list they are written at once, instead of being looked at one by one first.
      headers: Object.entries({
        host: url.host,
        ...headers,
        ...route.headers,
        'accept-encoding': 'identity',
        'content-length': `${Buffer.byteLength(body)}`,
      }).flat(),
    })
  } catch (error) {
    return error as Error
  }
}

/** What Node takes of a URL, without what else it would make of it. */
const targetOf = ({ protocol, hostname, port, pathname, search }: URL) => ({
  protocol,
  hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
  port,
  path: pathname + search,
})

/**
 * Bytes of headers that are read. Node reads 16 KiB; proxies that pass on every header of their provider send
 * more (NeuraLegion/bright-cli issue 292).
 */
const mostHeaders = 64 * 1024
