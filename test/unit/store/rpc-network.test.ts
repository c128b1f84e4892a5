import { createServer, type RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { fetchBy } from '../../../src/net/fetch.ts'
import { createRpcStore } from '../../../src/store/rpc.ts'
import { listening } from '../../support/loopback.ts'
import { startProxy } from '../../support/proxy.ts'

const key = 'sb_secret_that-nobody-else-may-see'
const schedule = { schedule: 'benchmark' }

/** Runs `use` with the URL of a server on loopback that answers so, and its requests. */
async function answering<T>(
  answer: RequestListener,
  use: (url: string, requests: string[]) => Promise<T>,
): Promise<T> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    requests.push(`${request.method} ${pathname} ${String(request.headers['apikey'])}`)
    request.resume()
    answer(request, response)
  })
  try {
    return await use(await listening(server), requests)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const healthy: RequestListener = (_, response) =>
  response.end(JSON.stringify({ last_finished_at: null, last_status: null, now: '2026-11-21T10:15:00Z' }))

/** What reading the health of a store comes to. */
async function asked(url: string, env?: Record<string, string>, timeoutMs = 10_000) {
  const store = await createRpcStore({ url, key, timeoutMs, ...(env && { fetch: fetchBy(env) }) })
  return store.readHealth(schedule)
}

test.each([301, 302, 303, 307, 308])(
  'the key does not follow a redirect (%i), and it is said what to set',
  async (status) => {
    await answering(healthy, (target, requests) =>
      answering(
        (request, response) =>
          response.writeHead(status, { location: `${target}/base${request.url}?token=x` }).end(),
        async (url) => {
          await expect(asked(url)).rejects.toMatchObject({
            kind: 'invalid',
            message: expect.stringContaining(
              `redirects to ${target}/base, where the key is not sent: set SUPABASE_URL`,
            ) as unknown,
          })
          expect(requests).toEqual([])
        },
      ),
    )
  },
)

test('a store is called through the proxy, and directly if that is exempt', async () => {
  const proxy = await startProxy()
  await answering(healthy, async (url, requests) => {
    const env = { HTTP_PROXY: proxy.host }
    expect(await asked(url, env)).toMatchObject({ lastStatus: null })
    expect(await asked(url, { ...env, NO_PROXY: '127.0.0.1' })).toMatchObject({ lastStatus: null })
    expect(requests).toEqual(Array(2).fill(`POST /rest/v1/rpc/read_health ${key}`))
    expect(proxy.asked).toEqual([`POST ${url}/rest/v1/rpc/read_health HTTP/1.1`])
  })
  proxy.close()
})

test('a proxy does not follow a redirect with the key either', async () => {
  const proxy = await startProxy()
  await answering(
    (_, response) => response.writeHead(308, { location: 'https://elsewhere.example/' }).end(),
    async (url) => {
      await expect(asked(url, { HTTP_PROXY: proxy.host })).rejects.toMatchObject({ kind: 'invalid' })
    },
  )
  expect(proxy.asked).toHaveLength(1)
  proxy.close()
})

const credentials = 'wants another user name and password'
test.each([
  { scheme: 'https', status: '407 No', kind: 'denied', message: credentials },
  { scheme: 'http', status: '407 No', kind: 'denied', message: credentials },
  {
    scheme: 'https',
    status: '403 No',
    kind: 'denied',
    message: 'opened no tunnel to 127.0.0.1:9 (HTTP 403)',
  },
  { scheme: 'https', status: '502 No', kind: 'unavailable', message: '(HTTP 502)' },
])('over $scheme a proxy that answers $status is named', async ({ scheme, status, kind, message }) => {
  const proxy = await startProxy(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
  const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host }
  await expect(asked(`${scheme}://127.0.0.1:9`, env)).rejects.toMatchObject({
    kind,
    message: expect.stringContaining(message) as unknown,
  })
  proxy.close()
})

test('a proxy that is down makes the store unreachable, and is named', async () => {
  const proxy = await startProxy()
  proxy.close()
  await expect(asked('https://127.0.0.1:9', { HTTPS_PROXY: proxy.host })).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(
      /the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) could not be reached/,
    ) as unknown,
  })
})

test('a proxy that switches protocols is an answer, not a wait without end', async () => {
  const proxy = await startProxy('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
  await expect(asked('http://127.0.0.1:9', { HTTP_PROXY: proxy.host })).rejects.toMatchObject({
    kind: 'unavailable',
  })
  proxy.close()
})

test('an answer without end through a proxy ends with its deadline', async () => {
  const proxy = await startProxy()
  await answering(
    (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(2 ** 16)));
      }
      response.on('drain', more)
      more()
    },
    async (url) => {
      await expect(asked(url, { HTTP_PROXY: proxy.host }, 300)).rejects.toMatchObject({ kind: 'timeout' })
    },
  )
  proxy.close()
})
