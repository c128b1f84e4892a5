import type { Access } from '../../src/http/access.ts'
import { configuredHere } from '../../src/http/configured.ts'
import { countFailures } from '../../src/http/failures.ts'
import { openAccess } from '../../src/http/open-access.ts'
import { createOwnEndpoints } from '../../src/http/own-endpoints.ts'
import type { Hosting, HttpChat, HttpJobs, HttpParts } from '../../src/http/parts.ts'
import type { App } from '../../src/jobs/app.ts'
import { openEventFeed } from '../../src/store/event-feed.ts'
import type { Store } from '../../src/store/store.ts'
import { testApp } from './app.ts'
import { stubStore } from './stub-store.ts'

/** The port that a server under test seems to listen on. */
export const port = 8000

/** By which name it is called. */
export const host = `127.0.0.1:${port}`

/** Both tokens, as the environment has them. */
export const tokens = { ADMIN_TOKEN: 'the-token-of-the-admin', READ_TOKEN: 'the-token-of-a-reader' }

/** How an HTTP application under test differs from the usual one. */
interface Given {
  env?: Record<string, string>
  store?: Partial<Store>
  hosting?: Hosting
  listensAt?: string | null
  app?: Partial<App>
  access?: Partial<Access>
  jobs?: Partial<HttpJobs>
  feed?: HttpParts['feed']
  chat?: HttpParts['chat']
  /** Monotonic, in ms. */
  now?: () => number
}

/** The parts of an HTTP application on a store that has only these methods. */
export function httpParts({
  env = {},
  store = {},
  hosting = 'server',
  listensAt = null,
  now,
  ...more
}: Given = {}): HttpParts {
  const opened = stubStore(store)
  const app = testApp(env, opened, more.app)
  const access = openAccess(app, {
    hosting,
    port: () => (hosting === 'server' ? port : null),
    listensAt: listensAt,
    adminToken: () => app.web.adminToken,
    failures: countFailures(now ?? (() => performance.now())),
    addressOf: ({ req }) => req.header('x-address') ?? '127.0.0.1',
  })
  return {
    app,
    hosting,
    access: { ...access, ...more.access },
    budgetMs: 60_000,
    configured: () => configuredHere(app),
    openStore: () => Promise.resolve(opened),
    closing: new AbortController().signal,
    jobs: { unavailable: null, kick: () => Promise.resolve(), ...more.jobs },
    chat: more.chat ?? (hosting === 'function' ? null : silentChat(app)),
    feed: more.feed ?? openEventFeed({ listEvents: opened.listEvents, listen: null }),
  }
}

/** A chat in which nobody answers. */
const silentChat = ({ clock }: App): HttpChat => ({
  endpoints: createOwnEndpoints(clock.date),
  send: () => {
    throw new Error('nobody is asked in this test')
  },
})
