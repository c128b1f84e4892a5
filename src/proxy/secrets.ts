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

/** Names in a query that say so of their values; a version or a model is no key. */
const carrying = /key|token|secret|auth|pass|sig/i

/** The keys that a request carries, in its headers and its query: nothing that is kept of it may hold one. */
export function secretsIn(headers: IncomingHttpHeaders, query: string): string[] {
  const headed = carriers.flatMap((name) => [headers[name] ?? []].flat())
  const asked = [...new URLSearchParams(query)].flatMap(([name, value]) =>
    carrying.test(name) ? [value] : [],
  )
  return [...headed, ...asked]
    .flatMap((value) => [value, ...value.split(/[\s;=]+/)])
    .filter((value) => value !== '')
}
