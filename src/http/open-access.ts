import { isIP } from 'node:net'
import type { Context } from 'hono'
import type { App } from '../jobs/app.ts'
import type { Access } from './access.ts'
import type { Failures } from './failures.ts'
import type { Hosting } from './parts.ts'

/** What the environment does not say of who may do what. */
interface Given {
  hosting: Hosting
  /** The port that we listen on; null in a function. */
  port: () => number | null
  /** The name or address that we listen at, by which a person calls us then; null in a function. */
  listensAt: string | null
  /** The token that opens everything; null if there is none, as before a server has made its own. */
  adminToken: () => string | null
  failures: Failures
  addressOf: (context: Context) => string
}

/**
 * Who may do what, as the environment has it. Reads are open where a person has started a server, and closed on
 * Vercel, which is public, unless PUBLIC_READS opens them; READ_TOKEN closes them everywhere.
 */
export function openAccess({ web, clock }: Pick<App, 'web' | 'clock'>, given: Given): Access {
  const { hosting, port, listensAt, adminToken, failures, addressOf } = given
  const { readToken, publicReads, allowedHosts, publicUrl, corsOrigins } = web
  // Vercel routes by the name, so it is one of the project's.
  const allowed = hosting === 'function' && allowedHosts.length === 0 ? null : allowedHosts
  // With its port: another program of this machine has the name too.
  const own = () =>
    listensAt === null || isIP(listensAt) ? [] : [new URL(`http://${listensAt}:${port()}`).host]
  return {
    get tokens() {
      return { admin: adminToken(), read: readToken }
    },
    readsOpen: readToken === null && (publicReads ?? hosting === 'server'),
    hosts: () => ({ port: port(), publicUrl, allowed: allowed && [...allowed, ...own()] }),
    corsOrigins,
    failures,
    date: clock.date,
    addressOf,
  }
}
