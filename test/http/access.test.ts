import { expect, test } from 'vitest'
import { createHttp } from '../../src/http/http.ts'
import { securityHeaders } from '../../src/http/security-headers.ts'
import { sessionValue } from '../../src/http/session-cookie.ts'
import { host, httpParts, port, tokens } from '../support/http-parts.ts'

const { ADMIN_TOKEN: admin, READ_TOKEN: read } = tokens
const later = new Date(Date.now() + 3_600_000)
const origin = `http://${host}`
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const cookie = (token = admin, of = port) => ({ cookie: `ft_${of}=${sessionValue('admin', later, token)}` })

/** Whoever asks, by the headers that they send, and what a closed route answers: to reads, and to changes. */
const callers = {
  'no token': [{}, 401, 401],
  'a wrong token': [bearer('a-token-of-somebody-else'), 401, 401],
  'the token in the wrong scheme': [{ authorization: `Basic ${admin}` }, 401, 401],
  'the token of a reader': [bearer(read), null, 403],
  'the token of the admin': [bearer(admin), null, null],
  'the cookie of the admin, from a page of ours': [{ ...cookie(), origin }, null, null],
  'the cookie of the admin, without a page': [cookie(), null, 401],
  'the cookie of another port': [{ ...cookie(admin, port + 1), origin }, 401, 401],
  'the cookie of an earlier token': [{ ...cookie('an-earlier-token-of-the-admin'), origin }, 401, 401],
} as const

/** What everybody is refused for, whatever the route. */
const strangers = {
  'another host': [{ host: 'evil.example' }, 421, 421],
  'our name at another port': [{ host: `127.0.0.1:${port + 1}` }, 421, 421],
  'a page of another site': [{ origin: 'https://evil.example' }, null, 403],
  'a page of another port': [{ origin: `http://127.0.0.1:${port + 1}` }, null, 403],
  'a page without an origin': [{ origin: 'null' }, null, 403],
} as const

const open = (env: Record<string, string> = tokens) => createHttp(httpParts({ env }))
const { routes, hono: shared } = open()
const refusals = [401, 403, 421, 429]

let requests = 0

/** The status if it is a refusal of access, else null: what a route makes of an empty request does not matter here. */
async function refusal(method: string, path: string, headers: Record<string, string>) {
  requests += 1
  const url = `http://${host}${path.replaceAll(/\{\w+\}/g, '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a')}`
  // From an address of its own, or wrong tokens would close it.
  const given = { host, 'x-address': `client ${requests}`, ...headers }
  const { status } = await shared.request(url, { method: method.toUpperCase(), headers: given })
  return refusals.includes(status) ? status : null
}

test.each(routes)(
  '$method $path, which is $access, is open to whom it should',
  async ({ method, path, access, upgrade }) => {
    const isRead = method === 'get' && !upgrade
    const expected: Record<string, number | null> = {}
    const found: Record<string, number | null> = {}
    for (const [name, [headers, toReads, toChanges]] of Object.entries(callers)) {
      // Whoever reads at a level of changes needs no page; whoever asks by another method does.
      const isPageless = name.includes('without a page')
      const isSigned = isPageless && isRead
      const closed = access === 'read' && !(isPageless && !isRead) ? toReads : toChanges
      expected[name] = access === 'public' || isSigned ? null : closed
      found[name] = await refusal(method, path, headers)
    }
    for (const [name, [headers, toReads, toChanges]] of Object.entries(strangers)) {
      expected[name] = isRead ? toReads : toChanges
      found[name] = await refusal(method, path, { ...bearer(admin), ...headers })
    }
    expect(found).toEqual(expected)
  },
)

test('there are routes of every level', () => {
  expect(new Set(routes.map(({ access }) => access))).toEqual(new Set(['public', 'read', 'admin']))
  expect(routes.length).toBeGreaterThan(10)
})

test.each([
  { env: {}, hosting: 'server', reads: 200, changes: 403 },
  { env: { ADMIN_TOKEN: admin }, hosting: 'server', reads: 200, changes: 401 },
  { env: { PUBLIC_READS: '0' }, hosting: 'server', reads: 401, changes: 403 },
  { env: { READ_TOKEN: read, PUBLIC_READS: '1' }, hosting: 'server', reads: 401, changes: 403 },
  { env: {}, hosting: 'function', reads: 401, changes: 403 },
  { env: { PUBLIC_READS: '1' }, hosting: 'function', reads: 200, changes: 403 },
  { env: { PUBLIC_READS: '1', ADMIN_TOKEN: admin }, hosting: 'function', reads: 200, changes: 401 },
] as const)(
  'a $hosting with $env answers strangers $reads and $changes',
  async ({ env, hosting, ...expected }) => {
    const { hono } = createHttp(httpParts({ env, hosting }))
    const ask = async (path: string, method: string) =>
      (await hono.request(`http://${host}/api/v1${path}`, { method, headers: { host } })).status
    expect({
      reads: await ask('/prompts?source=built_in', 'GET'),
      changes: await ask('/targets', 'POST'),
    }).toEqual(expected)
  },
)

test('open reads look at no token, so that a wrong one closes nothing', async () => {
  const { hono } = open({ ADMIN_TOKEN: admin })
  for (let index = 0; index < 8; index += 1) {
    const headers = { host, ...bearer('a-token-of-somebody-else') }
    expect((await hono.request(`http://${host}/api/v1/prompts?source=built_in`, { headers })).status).toBe(
      200,
    )
  }
})

test('after five wrong tokens an address waits a minute, others do not, and no answer holds a token', async () => {
  let now = 0
  const { hono } = createHttp(httpParts({ env: tokens, now: () => now }))
  const ask = (token: string, address: string) =>
    hono.request(`http://${host}/api/v1/prompts?source=built_in`, {
      headers: { host, ...bearer(token), 'x-address': address },
    })
  for (let index = 0; index < 5; index += 1)
    expect((await ask('a-token-of-somebody-else', '2001:db8::1')).status).toBe(401)
  now = 1000
  const locked = await ask(read, '2001:db8::ffff:2')
  expect(locked.status).toBe(429)
  expect(locked.headers.get('retry-after')).toBe('59')
  expect(await locked.text()).not.toContain('token-of')
  expect((await ask(read, '2001:db8:0:1::1')).status).toBe(200)
  const signIn = await hono.request(`http://${host}/api/v1/session`, {
    method: 'POST',
    headers: { host, 'content-type': 'application/json', 'x-address': '2001:db8::3' },
    body: JSON.stringify({ token: admin }),
  })
  expect(signIn.status).toBe(429)
  now = 60_001
  expect((await ask(read, '2001:db8::1')).status).toBe(200)
})

test('a wrong cookie that a browser sends again and again counts once', async () => {
  const { hono } = open()
  const ask = (headers: Record<string, string>) =>
    hono.request(`http://${host}/api/v1/prompts?source=built_in`, { headers: { host, ...headers } })
  for (let index = 0; index < 9; index += 1)
    expect((await ask(cookie('an-earlier-token-of-the-admin'))).status).toBe(401)
  expect((await ask(bearer(read))).status).toBe(200)
  for (let index = 0; index < 4; index += 1) await ask(cookie(`an-earlier-token-${index}`))
  expect((await ask(bearer(read))).status).toBe(429)
})

test('signing in makes a cookie that no script and no other site can use, and signing out deletes it', async () => {
  const { hono } = open()
  const headers = { host, origin, 'content-type': 'application/json' }
  const body = JSON.stringify({ token: admin })
  const signedIn = await hono.request(`http://${host}/api/v1/session`, { method: 'POST', headers, body })
  expect(await signedIn.json()).toMatchObject({ grant: 'admin', reads_open: false })
  const set = signedIn.headers.get('set-cookie') ?? ''
  expect(set).toMatch(
    /^ft_8000=admin\.\d{13}\.[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
  )
  expect(set).not.toContain(admin)
  const ours = { host, cookie: set.split(';')[0] ?? '' }
  const asked = await hono.request(`http://${host}/api/v1/session`, { headers: ours })
  expect(await asked.json()).toMatchObject({ grant: 'admin', expires_at: expect.any(String) as string })
  const signedOut = await hono.request(`http://${host}/api/v1/session`, {
    method: 'DELETE',
    headers: { ...ours, origin },
  })
  expect(signedOut.status).toBe(204)
  expect(signedOut.headers.get('set-cookie')).toMatch(/^ft_8000=; Max-Age=0; Path=\//)
})

test('a session ends with its week, and over https its cookie is bound to the host', async () => {
  let date = new Date('2026-11-29T10:00:00Z')
  const env = { ...tokens, PUBLIC_URL: 'https://monitor.example' }
  const { hono } = createHttp(httpParts({ env, access: { date: () => date } }))
  const headers = { host: 'monitor.example', origin: 'https://monitor.example' }
  const signedIn = await hono.request('http://monitor.example/api/v1/session', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ token: admin }),
  })
  const set = signedIn.headers.get('set-cookie') ?? ''
  expect(set).toMatch(/^__Host-ft_8000=.*; Secure; /)
  const behind = await hono.request(`http://${host}/api/v1/session`, {
    method: 'POST',
    headers: { host, origin: 'https://monitor.example', 'content-type': 'application/json' },
    body: JSON.stringify({ token: admin }),
  })
  expect(behind.headers.get('set-cookie')).toMatch(/^ft_8000=.*; Secure; /)
  const ask = () =>
    hono.request('http://monitor.example/api/v1/prompts?source=built_in', {
      headers: { ...headers, cookie: set.split(';')[0] ?? '' },
    })
  expect((await ask()).status).toBe(200)
  date = new Date('2026-12-06T10:00:00Z')
  expect((await ask()).status).toBe(401)
})

test('pages elsewhere read only if they are named, without cookies, and change nothing', async () => {
  const page = 'https://board.example'
  const { hono } = open({ ADMIN_TOKEN: admin, CORS_ORIGINS: `${page}, https://other.example` })
  const ask = (path: string, init: { method?: string; headers: Record<string, string> }) =>
    hono.request(`http://${host}/api/v1${path}`, { ...init, headers: { host, ...init.headers } })
  const answered = await ask('/prompts?source=built_in', { headers: { origin: page } })
  expect(answered.headers.get('access-control-allow-origin')).toBe(page)
  expect(answered.headers.get('access-control-allow-credentials')).toBe(null)
  const stranger = await ask('/prompts?source=built_in', { headers: { origin: 'https://evil.example' } })
  expect(stranger.headers.get('access-control-allow-origin')).toBe(null)
  const preflight = await ask('/prompts?source=built_in', {
    method: 'OPTIONS',
    headers: { origin: page, 'access-control-request-method': 'GET' },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET,HEAD')
  const change = await ask('/targets', { method: 'POST', headers: { origin: page, ...bearer(admin) } })
  expect(change.status).toBe(403)
  expect(change.headers.get('access-control-allow-origin')).toBe(null)
  const none = await open().hono.request(`http://${host}/api/v1/prompts?source=built_in`, {
    headers: { host, origin: page },
  })
  expect(none.headers.get('access-control-allow-origin')).toBe(null)
})

test.each([
  '/api/v1/prompts?source=built_in',
  '/api/v1/openapi.json',
  '/api/v1/none',
  '/api/health',
  '/api/none',
  '/none',
])('%s has the security headers', async (path) => {
  const { headers } = await open().hono.request(`http://${host}${path}`, { headers: { host } })
  expect(Object.fromEntries(headers)).toMatchObject(securityHeaders)
})

test('only the reference may set styles on its elements', async () => {
  const { headers } = await open().hono.request(`http://${host}/docs`, { headers: { host } })
  expect(headers.get('content-security-policy')).toMatch(
    /script-src 'self'; style-src 'self' 'unsafe-inline';/,
  )
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('schedulers and monitors may call by any name', async () => {
  const { hono } = open()
  const ask = async (path: string) =>
    (await hono.request(`http://evil.example${path}`, { headers: { host: 'evil.example' } })).status
  expect(await ask('/api/cron/benchmark')).toBe(500)
  expect(await ask('/api/health')).not.toBe(421)
  for (const path of ['/', '/docs', '/api/v1/openapi.json', '/api/elsewhere'])
    expect(await ask(path), path).toBe(421)
})

test('a WebSocket is opened only by a page of ours, or with the token', async () => {
  const api = open()
  const about = { method: 'get', path: '/socket', tag: 'events', summary: 'a socket', upgrade: true } as const
  api.add({ ...about, access: 'read' }, () => new Response('opened'))
  const ask = async (headers: Record<string, string>) =>
    (await api.hono.request(`http://${host}/api/v1/socket`, { headers: { host, ...headers } })).status
  expect(await ask({ ...cookie(), origin })).toBe(200)
  expect(await ask(bearer(read))).toBe(200)
  expect(await ask(cookie())).toBe(401)
  expect(await ask({ ...cookie(), origin: `http://127.0.0.1:${port + 1}` })).toBe(403)
  expect(await ask({ ...bearer(admin), origin: 'https://evil.example' })).toBe(403)
})
