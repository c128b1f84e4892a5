import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { isSame } from './auth.ts'
import type { Failures } from './failures.ts'
import { hostAllowed, type Hosts, originAllowed } from './hosts.ts'
import { refuse } from './problem-details.ts'
import { cookieName, type Grant, readSession, type Tokens } from './session-cookie.ts'

/** What a route needs: nothing, that reads are open or a token, or the admin's token. */
export type AccessLevel = 'public' | 'read' | 'admin'

/** Who may do what. */
export interface Access {
  tokens: Tokens
  /** Whether anybody may read. */
  readsOpen: boolean
  /** Asked at each request: a server knows its port only once it listens. */
  hosts: () => Hosts
  /** Pages elsewhere that may read, by origin. */
  corsOrigins: readonly string[]
  failures: Failures
  /** The wall clock. */
  date: () => Date
  /** The address that a request comes from. */
  addressOf: (context: Context) => string
}

/** Who asks: `by` is how that was to be proven; `grant` is null if it was not. */
export interface Caller {
  grant: Grant | null
  by: 'bearer' | 'cookie' | null
  expiresAt: Date | null
}

const nobody: Caller = { grant: null, by: null, expiresAt: null }

/** The host that a request names. */
const hostOf = ({ req }: Context): string => req.header('host') ?? new URL(req.url).host

/** Refuses a request that names another host than ours, in its header or its target; null if it does not. */
export function refuseHost(context: Context, access: Access): Response | null {
  const hosts = access.hosts()
  const named = [hostOf(context), new URL(context.req.url).host]
  if (named.every((host) => hostAllowed(host, hosts))) return null
  return refuse(
    'wrong_host',
    'set PUBLIC_URL or ALLOWED_HOSTS to the name by which this server is to be called',
  )
}

/** Whether a browser reaches us by https, as far as we know: in a function by the URL, else by PUBLIC_URL. */
export function isSecure(context: Context, access: Access): boolean {
  const { port, publicUrl } = access.hosts()
  if (port === null) return new URL(context.req.url).protocol === 'https:'
  return publicUrl?.protocol === 'https:' && publicUrl.host === hostOf(context).toLowerCase()
}

/** The name of the session's cookie here. */
export const cookieNameFor = (context: Context, access: Access): string =>
  cookieName(access.hosts().port ?? 443, isSecure(context, access))

/** Why a caller must wait, because of wrong tokens from its address; null if it need not. */
export function refuseHasty(context: Context, access: Access): Response | null {
  const waitS = access.failures.waitS(access.addressOf(context))
  if (waitS === 0) return null
  return refuse('too_many_failures', `too many wrong tokens came from this address: wait ${waitS} s`, {
    headers: { 'retry-after': String(waitS) },
  })
}

/** What a token opens; null, and a failure of its address, if it is none of ours. */
export function grantOf(token: string, context: Context, access: Access): Grant | null {
  const { admin, read } = access.tokens
  if (admin !== null && isSame(token, admin)) return 'admin'
  if (read !== null && isSame(token, read)) return 'read'
  access.failures.add(access.addressOf(context))
  return null
}

const isChange = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/** Who asks, or the refusal of whoever has sent too many wrong tokens. A cookie that has ended is none. */
export function callerOf(context: Context, access: Access): Caller | Response {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(context.req.header('authorization') ?? '') ?? []
  const cookie = getCookie(context, cookieNameFor(context, access))
  if (bearer === undefined && cookie === undefined) return nobody
  const hasty = refuseHasty(context, access)
  if (hasty !== null) return hasty
  if (bearer !== undefined) return { grant: grantOf(bearer, context, access), by: 'bearer', expiresAt: null }
  const session = readSession(cookie ?? '', access.tokens, access.date())
  if (session === 'wrong') access.failures.add(access.addressOf(context), cookie)
  return typeof session === 'string' ? nobody : { ...session, by: 'cookie' }
}

const refuseStranger = (detail: string): Response =>
  refuse('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="firsttoken"' } })

/** Refuses a change that a page elsewhere has sent; null if none has. */
function refuseOrigin(context: Context, access: Access): Response | null {
  const origin = context.req.header('origin')
  if (origin === undefined) return null
  if (originAllowed(origin, hostOf(context), access.hosts())) return null
  return refuse(
    'origin_refused',
    'a change must come from a page of this server, or without a page: the Origin header names another',
  )
}

/** What a route says of its access. */
interface Guarded {
  access: AccessLevel
  /** Any page may open a WebSocket, with our cookies, so its origin is checked as that of a change is. */
  upgrade?: boolean
}

/** Why a request may not use a route; null if it may. */
export function refuseAccess(route: Guarded, context: Context, access: Access): Response | null {
  const mayChange = route.upgrade === true || isChange(context.req.method)
  const foreign = mayChange ? refuseOrigin(context, access) : null
  if (foreign !== null) return foreign
  const isOpen = route.access === 'public' || (route.access === 'read' && access.readsOpen)
  if (isOpen) return null
  const caller = callerOf(context, access)
  if (caller instanceof Response) return caller
  if (caller.by === 'cookie' && mayChange && context.req.header('origin') === undefined)
    return refuseStranger(
      'a change without an Origin header needs the token: Authorization: Bearer <ADMIN_TOKEN>',
    )
  return refuseCaller(caller, route.access, access)
}

function refuseCaller(caller: Caller, level: AccessLevel, access: Access): Response | null {
  if (caller.by !== null && caller.grant === null) return refuseStranger('this token is wrong')
  return level === 'read' ? refuseReader(caller, access) : refuseChanger(caller, access)
}

function refuseReader({ grant }: Caller, { tokens }: Access): Response | null {
  if (grant !== null) return null
  const missing = tokens.admin === null && tokens.read === null
  return refuseStranger(
    missing
      ? 'reads are closed here, and no token is set: set READ_TOKEN or ADMIN_TOKEN, or open reads with PUBLIC_READS=1'
      : 'reads are closed here: send the header Authorization: Bearer <READ_TOKEN>',
  )
}

function refuseChanger({ grant }: Caller, { tokens }: Access): Response | null {
  if (grant === 'admin') return null
  if (tokens.admin === null) return refuse('forbidden', 'changes are closed here: ADMIN_TOKEN is not set')
  if (grant === 'read') return refuse('forbidden', 'this token only reads: send that of ADMIN_TOKEN')
  return refuseStranger('send the header Authorization: Bearer <ADMIN_TOKEN>')
}
