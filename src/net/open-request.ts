import http, { type ClientRequest } from 'node:http'
import https from 'node:https'
import { guard } from './egress.ts'
import { keptAgent } from './kept-agents.ts'
import { wayTo } from './way.ts'
import type { Exchange, WireParts, WireRequest } from './wire.ts'

/** A request, whose body may be bytes as they came. */
type Outgoing = Omit<WireRequest, 'body'> & { body: string | Buffer }

/** How a request is opened; of those that may be left out, undefined is the same. */
interface OpenParts extends Pick<WireParts, 'egress' | 'env' | 'reuse'> {
  socket?: WireParts['socket'] | undefined
  signal?: AbortSignal | undefined
}

/**
 * A request with its own agent, so that socket, TLS session and proxy tunnel serve only this call, unless sockets are reused. An Error
 * if it cannot be made: already aborted, a refused URL, a character that is invalid in a header, a proxy that
 * is not a URL.
 */
export function openRequest(
  { url, headers, body }: Outgoing,
  parts: OpenParts,
  seen: Pick<Exchange, 'awaitedProxy'>,
): ClientRequest | Error {
  const scheme = url.protocol === 'https:' ? https : http
  try {
    parts.signal?.throwIfAborted()
    const guarded = guard(url, parts.egress, parts.env)
    if (guarded instanceof Error) return guarded
    const { signal, egress, reuse } = parts
    const { host, origin, target } = placeOf(url)
    const kept = reuse === true ? () => keptAgent(origin, egress === 'trusted') : undefined
    const { route, proxy } = wayTo(url, parts.env, { signal, kept })
    seen.awaitedProxy = proxy
    return scheme.request({
      ...target,
      ...parts.socket,
      ...guarded,
      ...route,
      method: 'POST',
      maxHeaderSize: mostHeaders,
      headers: listOf(
        {
          host,
          'accept-encoding': 'identity',
          'content-length': `${Buffer.byteLength(body)}`,
          ...route.headers,
        },
        headers,
      ),
    })
  } catch (error) {
    return error as Error
  }
}

type Headers = Readonly<Record<string, string>>

/** Names and values in turn, which Node writes at once instead of looking at each first; of `others` those that are not among ours. */
function listOf(ours: Headers, others: Headers): string[] {
  const list: string[] = []
  for (const name of Object.keys(ours)) list.push(name, ours[name] ?? '')
  for (const name of Object.keys(others)) if (!Object.hasOwn(ours, name)) list.push(name, others[name] ?? '')
  return list
}

/** What Node takes of a URL, without what else it would make of it, the header `host`, and whose sockets serve it. */
interface Place {
  host: string
  origin: string
  target: { protocol: string; hostname: string; port: string; path: string }
}

/** Of URLs that are called again and again. Each part of a URL is worked out anew whenever it is looked at. */
const places = new WeakMap<URL, Place>()

function placeOf(url: URL): Place {
  const known = places.get(url)
  if (known !== undefined) return known
  const { protocol, host, origin, hostname, port, pathname, search } = url
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  const place = { host, origin, target: { protocol, hostname: bare, port, path: pathname + search } }
  places.set(url, place)
  return place
}

/**
 * Bytes of headers that are read. Node reads 16 KiB; proxies that pass on every header of their provider send
 * more (NeuraLegion/bright-cli issue 292).
 */
const mostHeaders = 64 * 1024
