import type { IncomingHttpHeaders } from 'node:http'

/** Headers that carry keys. */
const carriers = [
  'authorization',
  'proxy-authorization',
  'api-key',
  'x-api-key',
  'x-goog-api-key',
  'x-firsttoken-token',
  'cookie',
]

/** The keys that a request carries, in its headers and its query: nothing that is kept of it may hold one. */
export function secretsIn(headers: IncomingHttpHeaders, query: string): string[] {
  const headed = carriers.flatMap((name) => [headers[name] ?? []].flat())
  const asked = [...new URLSearchParams(query).values()]
  return [...headed, ...asked]
    .flatMap((value) => [value, ...value.split(/[\s;=]+/)])
    .filter((value) => value !== '')
}
