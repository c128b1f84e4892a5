import type { IncomingHttpHeaders } from 'node:http'
import { captureHeader } from './capture.ts'
import type { Admitted } from './parts.ts'

/** By how many of these proxies a request has come. */
const hopsHeader = 'x-firsttoken-hops'

/** A proxy of one's own before that of a team is two; more are a circle. */
export const mostHops = 3

/** How many of these proxies a request has come through. */
export function hopsOf(headers: IncomingHttpHeaders): number {
  const hops = headers[hopsHeader]
  return typeof hops === 'string' && /^\d{1,3}$/.test(hops) ? Number(hops) : 0
}

/** Headers of one connection, which end with it (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Of a request: what we answer or write ourselves, and cookies, which browsers send to every port of a machine. */
const ofRequest = new Set([
  'host',
  'content-length',
  'expect',
  'accept-encoding',
  'authorization',
  'cookie',
  captureHeader,
  hopsHeader,
  'x-firsttoken-client',
  'x-firsttoken-token',
])

/** Other headers that carry a key, which do not go on beside one of ours. */
const otherKeys = ['api-key', 'x-api-key', 'x-goog-api-key']

const listedIn = (connection: string | undefined): string[] =>
  (connection ?? '').split(',').map((name) => name.trim().toLowerCase())

/** The headers of a request as they go upstream; length, host and coding are added where it is sent. */
export function upstreamHeaders(
  headers: IncomingHttpHeaders,
  { authorization, mode }: Pick<Admitted, 'authorization' | 'mode'>,
): Record<string, string> {
  const others = [...listedIn(headers.connection), ...(mode === 'held' ? otherKeys : [])]
  // Without a prototype, because a client may call a header `__proto__`.
  const kept = Object.create(null) as Record<string, string>
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined && !hopByHop.has(name) && !ofRequest.has(name) && !others.includes(name))
      kept[name] = typeof value === 'string' ? value : value.join(', ')
  }
  kept[hopsHeader] = String(hopsOf(headers) + 1)
  if (authorization !== null) kept['authorization'] = authorization
  return kept
}

/** What we add to an answer. */
interface Added {
  id: string
  /** Whether its texts are kept. */
  isCaptured: boolean
  /** `server-timing`: ms of the upstream and of ours. */
  upstreamMs: number
  proxyMs: number
  /** Whether the length is no longer that of the body. */
  isEdited: boolean
  /** Which others go on, in lower case; all if left out. */
  passesOn?: ((header: string) => boolean) | undefined
}

/** Of an answer: `alt-svc` speaks of the upstream's origin, not of ours, and the id is that of another proxy. */
const ofAnswer = new Set(['alt-svc', 'x-firsttoken-id'])

/** The headers of an answer as the client gets them, as a flat list of names and values: several of one name stay several. */
export function clientHeaders(raw: readonly string[], added: Added): string[] {
  const pairs = pairsOf(raw)
  const connection = pairs.filter(([name]) => /^connection$/i.test(name)).map(([, value]) => value)
  const others = [...listedIn(connection.join(',')), ...(added.isEdited ? ['content-length'] : [])]
  const { passesOn = () => true } = added
  const goesOn = (name: string) =>
    !hopByHop.has(name) && !ofAnswer.has(name) && !others.includes(name) && passesOn(name)
  const kept = pairs.filter(([name]) => goesOn(name.toLowerCase()))
  const has = (wanted: string) => kept.some(([name]) => name.toLowerCase() === wanted)
  const ours = [
    ...(has('cache-control') ? [] : [['cache-control', 'no-cache, no-transform']]),
    ...(has('x-accel-buffering') ? [] : [['x-accel-buffering', 'no']]),
    ...Object.entries(ourHeaders(added)),
    ['server-timing', `upstream;dur=${added.upstreamMs.toFixed(3)}, proxy;dur=${added.proxyMs.toFixed(3)}`],
  ]
  return [...kept, ...ours].flat()
}

/** What every answer has that went to an upstream: its id, and whether its texts are kept. */
export const ourHeaders = ({ id, isCaptured }: Pick<Added, 'id' | 'isCaptured'>): Record<string, string> => ({
  'x-firsttoken-id': id,
  ...(isCaptured && { [captureHeader]: '1' }),
})

/** Names and values of a flat list. */
export const pairsOf = (raw: readonly string[]): [name: string, value: string][] =>
  Array.from({ length: raw.length >> 1 }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? ''])
