import { buildApp } from './app.ts'
import { describe } from './http/api.ts'
import { createHttp, version } from './http/http.ts'
import { countFailures } from './http/failures.ts'
import { openAccess } from './http/open-access.ts'
import { openEventFeed } from './store/event-feed.ts'
import { StoreError } from './store/store.ts'

const noStore = () => Promise.reject(new StoreError('bug', 'a description has no store'))

/** The description of the HTTP API, without anything that it could be asked of. */
export function apiDocument() {
  // As on Vercel: nothing is kept on a disk.
  const app = buildApp({ VERCEL: '1' })
  if ('problems' in app) throw new Error(app.problems.join('\n'))
  const hosting = 'function'
  const access = openAccess(app, {
    hosting,
    port: () => null,
    listensAt: null,
    adminToken: () => null,
    failures: countFailures(app.clock.now),
    addressOf: () => 'unknown',
  })
  const api = createHttp({
    app,
    hosting,
    access,
    budgetMs: 0,
    configured: () => [],
    openStore: noStore,
    closing: new AbortController().signal,
    jobs: { unavailable: 'a description makes no run', kick: () => Promise.resolve() },
    chat: null,
    feed: openEventFeed({ listEvents: noStore, listen: null }),
  })
  return describe(api, version)
}
