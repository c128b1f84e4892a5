import type { Context } from 'hono'
import { generateCookie } from 'hono/cookie'
import { z } from 'zod'
import { type Access, callerOf, cookieNameFor, grantOf, isSecure, refuseHasty } from './access.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'
import { sessionOf } from './own-endpoints.ts'
import { refuse } from './problem-details.ts'
import { type Grant, sessionMs, sessionValue } from './session-cookie.ts'

/** What a caller may do. */
export const session = z
  .strictObject({
    /** What the caller may do: `none` reads only if `reads_open`. */
    grant: z.enum(['none', 'read', 'admin']),
    /** When the session of the cookie ends; null if there is none. */
    expires_at: z.iso.datetime().nullable(),
    /** Whether anybody may read. */
    reads_open: z.boolean(),
  })
  .meta({ id: 'Session' })

/** Signing in and out in a browser: a token becomes a cookie. */
export function addSession(api: Api, { access, chat }: HttpParts): void {
  const about = { path: '/session', access: 'public', tag: 'session' } as const
  const shown = (grant: Grant | null, expiresAt: Date | null): z.infer<typeof session> => ({
    grant: grant ?? 'none',
    expires_at: expiresAt?.toISOString() ?? null,
    reads_open: access.readsOpen,
  })
  api.add({ ...about, method: 'get', summary: 'What the caller may do', answer: session }, ({ context }) => {
    const caller = callerOf(context, access)
    return caller instanceof Response ? caller : shown(caller.grant, caller.expiresAt)
  })
  api.add(
    {
      ...about,
      method: 'post',
      summary: 'Sign in: a token becomes a cookie that lasts a week',
      body: z.strictObject({ token: z.string().min(1).max(4096) }),
      answer: session,
    },
    ({ body: { token }, context }) => {
      const hasty = refuseHasty(context, access)
      if (hasty !== null) return hasty
      const grant = grantOf(token, context, access)
      if (grant === null) return refuse('unauthorized', 'this token is wrong')
      const expiresAt = new Date(access.date().getTime() + sessionMs)
      setCookie(context, access, sessionValue(grant, expiresAt, token))
      context.header('cache-control', 'no-store')
      return context.json(shown(grant, expiresAt))
    },
  )
  api.add({ ...about, method: 'delete', summary: 'Sign out in this browser' }, ({ context }) => {
    chat?.endpoints.delete(sessionOf(context, access))
    setCookie(context, access, '')
    return context.body(null, 204)
  })
}

/** Sets the cookie of a session, or with an empty value deletes it. No script can read it, and no other site send it. */
function setCookie(context: Context, access: Access, value: string): void {
  const maxAge = value === '' ? 0 : sessionMs / 1000
  const { publicUrl } = access.hosts()
  // A proxy may name us by another host than the page's.
  const isPublic = publicUrl?.protocol === 'https:' && context.req.header('origin') === publicUrl.origin
  const secure = isPublic || isSecure(context, access)
  const options = { httpOnly: true, sameSite: 'Strict', path: '/', secure, maxAge } as const
  context.header('set-cookie', generateCookie(cookieNameFor(context, access), value, options))
}
