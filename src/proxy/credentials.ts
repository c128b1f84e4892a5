import type { IncomingHttpHeaders } from 'node:http'
import { redact } from '../net/redact.ts'
import { hashOf, holdsToken, isMeantAsToken, isToken } from './token.ts'

/** What a request brings to be let in. */
export interface Credentials {
  /** The proxy token; null if there is none. */
  token: string | null
  /** The Authorization, as it came, if it holds a key of the client's own; else null. */
  authorization: string | null
  /** What the client calls itself; null if it does not. */
  label: string | null
  /** A hash of that key, by which the client is told from others: `key 5f3a9c01d2e4`. Made when it is asked for: a request is not kept waiting for it. */
  fingerprint: () => string | null
}

/**
 * The credentials of a request, or why it is refused. The token is that of the Authorization, with or without `Bearer`,
 * else that of `x-firsttoken-token`. In another header, or in the URL, it would go on to the provider.
 */
export function credentialsIn(
  headers: IncomingHttpHeaders,
  query: string,
): Credentials | { problem: 'token_unknown' | 'token_misplaced' } {
  const { authorization = '', 'x-firsttoken-token': beside = '' } = headers
  const credential = authorization.replace(/^bearer( +|$)/i, '').trim()
  const isOwn = credential !== '' && !isMeantAsToken(credential)
  if (holdsToken(query) || Object.keys(headers).some(goesOnWithOne(headers, isOwn)))
    return { problem: 'token_misplaced' }
  const token = isMeantAsToken(credential) ? credential : String(beside).trim()
  if (token !== '' && !isToken(token)) return { problem: 'token_unknown' }
  return {
    token: token || null,
    authorization: isOwn ? authorization : null,
    label: labelIn(headers),
    fingerprint: () => (isOwn ? `key ${hashOf(`firsttoken client ${credential}`).slice(0, 12)}` : null),
  }
}

/** Whether a header holds a token and goes on, as the Authorization does if it is the client's own. */
const goesOnWithOne = (headers: IncomingHttpHeaders, isOwn: boolean) => (name: string) =>
  (isOwn || name !== 'authorization') && name !== 'x-firsttoken-token' && holdsToken(String(headers[name]))

/** The header `x-firsttoken-client`: up to 64 printable characters of ASCII, and nothing that looks like a key. */
function labelIn(headers: IncomingHttpHeaders): string | null {
  const said = headers['x-firsttoken-client']
  if (said === undefined) return null
  const label = String(said).trim()
  return /^[ -~]{1,64}$/.test(label) && redact(label, []) === label ? label : null
}
