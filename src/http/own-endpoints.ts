import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import type { ConfiguredProvider } from '../core/provider.ts'
import { type Access, cookieNameFor } from './access.ts'
import { sessionMs } from './session-cookie.ts'

/** An endpoint of a person's own, and the model that is asked for there. */
export interface OwnEndpoint {
  provider: ConfiguredProvider
  model: string
}

/** The endpoints of sessions: in memory alone, because they come with keys, and no longer than their session. */
export interface OwnEndpoints {
  get: (session: string) => OwnEndpoint | null
  set: (session: string, endpoint: OwnEndpoint) => void
  delete: (session: string) => void
}

/** The most that are remembered; the oldest gives way. */
const most = 100

/** None yet. `date` is the wall clock. */
export function createOwnEndpoints(date: () => Date): OwnEndpoints {
  const endpoints = new Map<string, { endpoint: OwnEndpoint; until: number }>()
  const prune = () => {
    for (const [session, { until }] of endpoints)
      if (until <= date().getTime() || endpoints.size > most) endpoints.delete(session)
  }
  return {
    get: (session) => {
      prune()
      return endpoints.get(session)?.endpoint ?? null
    },
    set: (session, endpoint) => {
      endpoints.delete(session)
      endpoints.set(session, { endpoint, until: date().getTime() + sessionMs })
      prune()
    },
    delete: (session) => void endpoints.delete(session),
  }
}

/** Tells the sessions of browsers apart; all who send the token are one. */
export function sessionOf(context: Context, access: Access): string {
  const hasToken = context.req.header('authorization') !== undefined
  const cookie = hasToken ? undefined : getCookie(context, cookieNameFor(context, access))
  return createHash('sha256')
    .update(cookie ?? '')
    .digest('hex')
}
