import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import { StoreError } from '../../src/store/store.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { pageRow } from '../support/status-sample.ts'

const paths = [
  '/status',
  '/status/icon.svg?outage',
  '/status/history.rss',
  '/status/history.atom',
  '/api/v2/summary.json',
  '/api/v2/status.json',
  '/api/v2/components.json',
  '/api/v2/incidents.json',
  '/badge/alpha/one/status.svg',
  '/badge/alpha/one/uptime-90d.json',
]

/** An installation with a status page, whose database answers after a turn or fails, and a clock that is set. */
function installation(env: Record<string, string> = {}) {
  const state = { nReads: 0, isAway: false, now: Date.UTC(2026, 10, 30, 12) }
  const { hono } = createHttp(
    httpParts({
      env: { STATUS_PAGE: 'public', ...tokens, ...env },
      store: {
        statusPage: async () => {
          state.nReads += 1
          await Promise.resolve()
          if (state.isAway) throw new StoreError('unavailable', 'away')
          return pageRow({ generated_at: new Date(state.now).toISOString() })
        },
        saveStatusNote: () => Promise.resolve({ created: true }),
      },
      app: {
        clock: {
          now: () => state.now,
          date: () => new Date(state.now),
          sleep: () => Promise.resolve(),
        } as never,
      },
    }),
  )
  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    hono.request(`http://${headers['host'] ?? host}${path}`, { method, headers: { host, ...headers } })
  return { state, ask, hono }
}

test.each(paths)('%s is there for everybody, and nowhere while it is off', async (path) => {
  const shown = await installation().ask(path)
  expect(shown.status).toBe(200)
  expect(shown.headers.get('set-cookie')).toBe(null)
  expect(shown.headers.get('cache-control')).toMatch(/^public, max-age=30.*stale-while-revalidate=300/)
  expect((await installation({ STATUS_PAGE: 'off' }).ask(path)).status).toBe(404)
})

test.each([
  '/status/x',
  '/badge/alpha/one/cost.svg',
  '/badge/alpha/no/status.svg',
  '/api/v2/x.json',
  '/status/icon.svg?x',
])('there is nothing at %s', async (path) => {
  expect((await installation().ask(path)).status).toBe(404)
})

test('two hundred at once read the database once; whoever has the page is not sent it again', async () => {
  const { ask, state } = installation()
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => ask(paths[index % paths.length] ?? '')),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
  expect(state.nReads).toBe(1)
  const etag = (await ask('/status')).headers.get('etag') ?? ''
  const again = await ask('/status', { 'if-none-match': `"other", W/${etag}` })
  expect([again.status, await again.text()]).toEqual([304, ''])
  const packed = await ask('/status', { 'accept-encoding': 'gzip, br' })
  expect(packed.headers.get('content-encoding')).toBe('br')
  expect(packed.headers.get('etag')).not.toBe(etag)
  const text = brotliDecompressSync(Buffer.from(await packed.arrayBuffer())).toString()
  expect(text).toBe(await (await ask('/status')).text())
  const head = await ask('/status', {}, 'HEAD')
  expect([head.status, await head.text(), head.headers.get('etag')]).toEqual([200, '', etag])
  const posted = await ask('/status', {}, 'POST')
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('it is read anew in the background after half a minute, and says how old it is while that fails', async () => {
  const { ask, state } = installation()
  await ask('/status')
  state.now += 29_000
  await ask('/status')
  expect(state.nReads).toBe(1)
  state.now += 1000
  state.isAway = true
  expect(await (await ask('/status')).text()).not.toContain('minutes old')
  expect(state.nReads).toBe(2)
  state.now += 5 * 60_000
  expect(await (await ask('/status')).text()).toContain('5 minutes old')
  state.isAway = false
  state.now += 30_000
  await ask('/status')
  expect(await (await ask('/status')).text()).not.toContain('minutes old')
})

test('without anything ever read it says so, and tries again', async () => {
  const { ask, state } = installation()
  state.isAway = true
  expect((await ask('/status')).status).toBe(503)
  state.isAway = false
  expect((await ask('/status')).status).toBe(200)
})

test('a note is on the page for the next reader', async () => {
  const { hono, ask, state } = installation()
  await ask('/status')
  const note = { title: 'Odd', state: 'investigating', body: 'We look.' }
  const headers = { host, authorization: `Bearer ${tokens.ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const saved = await hono.request(`http://${host}/api/v1/status-notes`, {
    method: 'POST',
    headers,
    body: JSON.stringify(note),
  })
  expect(saved.status).toBe(201)
  await ask('/status')
  expect(state.nReads).toBe(2)
})

test('at its own host there is the page at /, and nothing else', async () => {
  const { ask } = installation({ STATUS_HOST: 'status.example' })
  const at = (path: string, method = 'GET') => ask(path, { host: 'status.example' }, method)
  for (const path of ['/', ...paths]) expect((await at(path)).status, path).toBe(200)
  expect(await (await at('/')).text()).toBe(await (await ask('/status')).text())
  for (const path of [
    '/api/v1/providers',
    '/api/health',
    '/metrics',
    '/docs',
    '/index.html',
    '/api/cron/benchmark',
  ])
    expect((await at(path)).status, path).toBe(404)
  expect(await (await at('/status/history.atom')).text()).toContain('<id>https://status.example/status</id>')
  expect((await ask('/status', { host: 'evil.example' })).status).toBe(421)
})

test('robots may index the page if it is public, at its own host as /, and nothing else', async () => {
  const robots = async (env: Record<string, string>, at = host) =>
    (await installation(env).ask('/robots.txt', { host: at })).text()
  expect(await robots({ STATUS_PAGE: 'off' })).toBe('User-agent: *\nDisallow: /\n')
  const open = 'User-agent: *\nAllow: /status$\nAllow: /status/\n'
  expect(await robots({ STATUS_HOST: 'status.example' })).toBe(`${open}Disallow: /\n`)
  expect(await robots({ STATUS_HOST: 'status.example' }, 'status.example')).toBe(
    `${open}Allow: /$\nDisallow: /\n`,
  )
})

test('the policy allows its own style, the origin of the logo and nothing else', async () => {
  const { ask } = installation({ STATUS_LOGO_URL: 'https://pics.example/a.png' })
  const policy = (await ask('/status')).headers.get('content-security-policy')
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src 'self' https:\/\/pics\.example; connect-src 'self'; base-uri 'none'/,
  )
})
