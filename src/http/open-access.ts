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
  /** The token that opens everything; null if there is none. */
  adminToken: string | null
  failures: Failures
  addressOf: (context: Context) => string
}

/**
 * Who may do what, as the environment has it. Reads are open where a person has started a server, and closed on
 * Vercel, which is public, unless PUBLIC_READS opens them; READ_TOKEN closes them everywhere.
 */
export function openAccess({ web, clock }: Pick<App, 'web' | 'clock'>, given: Given): Access {
  const { hosting, port, adminToken, failures, addressOf } = given
  const { readToken, publicReads, allowedHosts, publicUrl, corsOrigins } = web
  // Vercel routes by the name, so it is one of the project's.
  const allowed = hosting === 'function' && allowedHosts.length === 0 ? null : allowedHosts
  return {
    tokens: { admin: adminToken, read: readToken },
    readsOpen: readToken === null && (publicReads ?? hosting === 'server'),
    hosts: () => ({ port: port(), publicUrl, allowed }),
    corsOrigins,
    failures,
    date: clock.date,
    addressOf,
  }
}
