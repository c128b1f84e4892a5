import { join } from 'node:path'
import { buildApp } from '../../src/app.ts'
import { configuredHere } from '../../src/http/configured.ts'
import type { App } from '../../src/jobs/app.ts'
import { keepJobs } from '../../src/jobs/keep-jobs.ts'
import { openEventFeed } from '../../src/store/event-feed.ts'
import type { Store } from '../../src/store/store.ts'
import type { Options } from '../../src/synthetic/options.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { makeFolder, removeFolder } from './command.ts'
import { httpParts } from './http-parts.ts'
import { serve } from './http-server.ts'

/** The token of whoever may start runs. */
export const jobToken = 'the-token-of-the-admin'

/** A server that makes the runs on demand that it is asked for, with the embedded database and a provider `custom`. */
export interface JobServer {
  app: App
  store: Store
  provider: Synthetic
  /** Its API. */
  url: string
  /** How often whoever makes the runs was told of one. */
  kicks: () => number
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  put: JobServer['post']
  get: (path: string, headers?: Record<string, string>) => Promise<Response>
  close: () => Promise<void>
}

/** Starts one, whose provider answers as `options` say. */
export async function startJobServer({
  options = { ttftMs: 5, frames: 3, delayMs: 1 },
  allow = [],
}: { options?: Options; allow?: readonly string[] } = {}): Promise<JobServer> {
  const folder = makeFolder()
  const provider = await startSynthetic({ options })
  const address = `127.0.0.1:${provider.port}`
  const built = buildApp({
    DATA_DIR: join(folder, '.data'),
    LOG_DIR: join(folder, 'logs'),
    LOG_LEVEL: 'error',
    LLM_BASE_URL: `http://${address}/v1`,
    LLM_MODEL: 'synthetic-1',
    LLM_API_KEY: 'the-key-of-custom',
    ADMIN_TOKEN: jobToken,
    BENCHMARK_RATE_LIMIT: '1000',
    EGRESS_ALLOW: [address, ...allow].join(','),
    GENAI_PRICES_URL: 'off',
    MODELS_DEV_URL: 'off',
    OFFICIAL_STATUS: 'off',
  })
  if ('problems' in built) throw new Error(built.problems.join('\n'))
  const app: App = { ...built, findPrice: () => Promise.resolve(null) }
  const store = await app.store.open()
  const feed = openEventFeed({ listEvents: store.listEvents, listen: app.store.listen })
  /** Whoever makes the runs is told of each. */
  const lookers = new Set<() => void>()
  let kicks = 0
  const kick = () => {
    kicks += 1
    for (const look of lookers) look()
    return Promise.resolve()
  }
  const server = await serve({
    ...httpParts({ env: { ADMIN_TOKEN: jobToken } }),
    app,
    configured: () => configuredHere(app),
    openStore: () => Promise.resolve(store),
    jobs: { unavailable: null, kick },
    feed,
  })
  const stop = new AbortController()
  const making = keepJobs(app, {
    configured: configuredHere(app),
    stop: stop.signal,
    abort: stop.signal,
    wake: (look) => {
      lookers.add(look)
      return () => void lookers.delete(look)
    },
  })
  const send =
    (method: string): JobServer['post'] =>
    (path, body, headers = {}) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${jobToken}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
  return {
    app,
    store,
    provider,
    url: server.url,
    kicks: () => kicks,
    post: send('POST'),
    put: send('PUT'),
    get: (path, headers = {}) => fetch(`${server.url}${path}`, { headers }),
    close: async () => {
      stop.abort()
      await making
      await server.close()
      await feed.close()
      await store.close()
      await provider.close()
      removeFolder(folder)
    },
  }
}
