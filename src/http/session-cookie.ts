import { createHmac } from 'node:crypto'
import { isSame } from './auth.ts'

/** What a token opens: changes and reads, or reads alone. */
export type Grant = 'admin' | 'read'

/** The tokens of an installation; null if there is none. */
export type Tokens = Readonly<Record<Grant, string | null>>

/** How long a browser stays signed in, in ms. */
export const sessionMs = 7 * 24 * 3_600_000

/** Ports are no part of a cookie's site: without one in its name two servers of a machine would sign each other out. */
export const cookieName = (port: number, secure: boolean): string => `${secure ? '__Host-' : ''}ft_${port}`

const sign = (grant: Grant, expiry: number, token: string): string =>
  createHmac('sha256', token).update(`firsttoken session ${grant} ${expiry}`).digest('base64url')

/** The value of a session's cookie. It is derived from the token, so another token ends all sessions, and nobody keeps any. */
export const sessionValue = (grant: Grant, expiresAt: Date, token: string): string =>
  `${grant}.${expiresAt.getTime()}.${sign(grant, expiresAt.getTime(), token)}`

/** A session that a cookie proves. */
export interface Session {
  grant: Grant
  expiresAt: Date
}

/** The session of a cookie's value: `ended` if its time is over, `wrong` if no token of ours has made it. */
export function readSession(value: string, tokens: Tokens, now: Date): Session | 'ended' | 'wrong' {
  const [, grant, time, signature = ''] = /^(admin|read)\.(\d{13})\.([\w-]{43})$/.exec(value) ?? []
  if (grant !== 'admin' && grant !== 'read') return 'wrong'
  const expiry = Number(time)
  if (expiry <= now.getTime()) return 'ended'
  const token = tokens[grant]
  if (token === null || !isSame(signature, sign(grant, expiry, token))) return 'wrong'
  return { grant, expiresAt: new Date(expiry) }
}
