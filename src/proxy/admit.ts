import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { Admitted, Caller, Refused, Upstream } from './parts.ts'

/** How a proxy token begins. */
const tokenPrefix = 'ftp_'

/**
 * Who may call as long as there are no proxy tokens: whoever brings a key of its own, which goes on as it is, and
 * anybody if the upstream is of this machine or takes no key. What looks like a proxy token never goes upstream.
 */
export function admitWithoutTokens({ headers }: Caller, { provider }: Upstream): Admitted | Refused {
  const { authorization } = headers
  const client = labelIn(headers)
  if (authorization === undefined) {
    if (provider.key !== null && !isLoopback(new URL(provider.baseUrl))) return noKey
    const held = provider.key === null ? null : `Bearer ${provider.key}`
    return { client, authorization: held, mode: 'held' }
  }
  const credential = authorization.replace(/^bearer\s+/i, '').trim()
  if (credential.startsWith(tokenPrefix)) return unknownToken
  return { client: client ?? hashOf(credential), authorization, mode: 'pass-through' }
}

/** The label that a client chooses for itself; null if it has none that can be shown. */
function labelIn(headers: IncomingHttpHeaders): string | null {
  const label = headers['x-firsttoken-client']
  return typeof label === 'string' && /^[\x20-\x7e]{1,64}$/.test(label) ? label : null
}

/** Tells clients apart without keeping anything of their keys. */
const hashOf = (credential: string): string =>
  `key ${createHash('sha256').update(credential).digest('hex').slice(0, 8)}`

/** Whether a URL leads to this machine. */
function isLoopback({ hostname }: URL): boolean {
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

const noKey: Refused = {
  status: 401,
  code: 'missing_key',
  message: 'Send a key of this provider as Authorization: Bearer KEY.',
}

const unknownToken: Refused = {
  status: 401,
  code: 'unknown_token',
  message: 'This proxy token is not known here, or was revoked. Create one in the settings of the dashboard.',
}
