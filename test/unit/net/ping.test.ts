import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createPing } from '../../../src/net/ping.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

/** A server on loopback that answers so; its address, and what it was asked. */
async function serve(answer: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const token = 'a-token-that-nobody-may-see'

/** Pings a URL; the warnings that it came to. */
async function pinged(url: string | null, timeoutMs = 5000): Promise<string[]> {
  const warnings: string[] = []
  const log = { warn: (...entry: unknown[]) => void warnings.push(JSON.stringify(entry)) }
  await createPing({ url, env: {}, log, timeoutMs })()
  return warnings
}

test('a ping is one GET of exactly the URL', async () => {
  const { url, asked } = await serve((_, response) => response.end('OK'))
  expect(await pinged(`${url}/${token}?a=b`)).toEqual([])
  expect(asked).toEqual([`GET /${token}?a=b`])
})

test('a long answer, and one that is cut, count as success', async () => {
  const long = await serve((_, response) => response.end('x'.repeat(17 * 2 ** 20)))
  expect(await pinged(long.url)).toEqual([])
  const cut = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('x')
    setImmediate(() => response.destroy())
  })
  expect(await pinged(cut.url)).toEqual([])
})

test.each([
  [404, 'answered HTTP 404'],
  [500, 'answered HTTP 500'],
  [301, 'answered HTTP 301, a redirect, which is not followed'],
])('an answer of %d is a warning without the URL', async (status, problem) => {
  const { url, asked } = await serve((request, response) =>
    response.writeHead(status, { location: `${request.url}/moved` }).end(`no check at ${request.url}`),
  )
  const [warning, ...more] = await pinged(`${url}/${token}`)
  expect(more).toEqual([])
  expect(warning).toContain(`HEALTH_PING_URL ${problem}`)
  expect(warning).not.toContain(token)
  expect(asked).toHaveLength(1)
})

test('an unreachable address is a warning that does not name it', async () => {
  const { url } = await serve(() => undefined)
  const [server] = servers.splice(0)
  await new Promise((closed) => server?.close(closed))
  const [warning] = await pinged(`${url}/${token}`)
  expect(warning).toContain('could not be reached')
  expect(warning).not.toContain(token)
  expect(warning).not.toContain(new URL(url).host)
})

test('no answer is a warning after the timeout', async () => {
  const { url } = await serve(() => undefined)
  expect(await pinged(url, 50)).toEqual([expect.stringContaining('did not answer within 0.05 s')])
})

test('without a URL nothing happens', async () => {
  expect(await pinged(null)).toEqual([])
})
