import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { getText } from '../../../src/net/get-text.ts'
import { createPing } from '../../../src/net/ping.ts'
import { isProxied, proxyProblems } from '../../../src/net/proxy.ts'
import { listening, probing, saying, serving, streamHead, healthy } from '../../support/loopback.ts'
import { startProxy } from '../../support/proxy.ts'

const secret = 'pa55word-of-the-proxy'

test.each([
  '127.0.0.1:3128',
  'proxy.corp.example:8080/',
  `user:${secret}@10.0.0.1:3128`,
  'http://127.0.0.1',
  'HTTPS://proxy.corp.example:8443/',
  '[::1]:3128',
  '\u200bhttp://127.0.0.1:3128\u00a0\r\n',
])('%j is a proxy', (value) => {
  expect(proxyProblems({ HTTP_PROXY: value, HTTPS_PROXY: value })).toEqual([])
  expect(isProxied(new URL('http://example.com'), { HTTP_PROXY: value })).toBe(true)
})

test.each([
  [`socks5://user:${secret}@127.0.0.1:1080`, 'is a SOCKS proxy'],
  ['socks4a://127.0.0.1:1080', 'is a SOCKS proxy'],
  ['not a url', 'is not a proxy: write it like http://host:port'],
  ['true', 'is not a proxy'],
  ['127.0.0.1', 'is not a proxy'],
  ['127.0.0.1:0', 'is not a proxy'],
  ['127.0.0.1:99999', 'is not a proxy'],
  ['http://', 'is not a proxy'],
  ['ftp://127.0.0.1:21', 'is not a proxy'],
  ['http://proxy.corp.example/proxy.pac', 'is not a proxy'],
  [`http://us%er:${secret}%zz@127.0.0.1:1`, 'has a % in the user name or password'],
  [`http://user:${secret}%C3@127.0.0.1:1`, 'has a % in the user name or password'],
])('%j is refused, not passed over, and not repeated', (value, problem) => {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']) {
    expect(proxyProblems({ [name]: value })).toEqual([expect.stringContaining(`${name}: ${problem}`)])
    expect(proxyProblems({ [name]: value }).join()).not.toContain(secret)
  }
})

test('only a proxy that would be used is judged', () => {
  const good = { http_proxy: '127.0.0.1:1', https_proxy: '127.0.0.1:1' }
  expect(proxyProblems({ ...good, HTTP_PROXY: 'nonsense', ALL_PROXY: 'socks5://127.0.0.1:1080' })).toEqual([])
})

test.each([
  ['*', true],
  ['example.com', true],
  ['.example.com', true],
  ['*.example.com', true],
  ['other.example, API.EXAMPLE.COM', true],
  ['api.example.com:443', true],
  ['api.example.com:8443', false],
  ['ample.com', false],
  ['', false],
])('NO_PROXY=%j exempts https://api.example.com: %s', (list, exempt) => {
  const env = { HTTPS_PROXY: '127.0.0.1:1' }
  for (const name of ['NO_PROXY', 'no_proxy'])
    expect(isProxied(new URL('https://api.example.com/v1'), { ...env, [name]: list })).toBe(!exempt)
})

test.each([
  ['http://10.1.2.3', '10.0.0.0/8', true],
  ['http://10.1.2.3', '10.1.2.3', true],
  ['http://10.1.2.3', '10.1.2.1-10.1.2.9', true],
  ['http://10.1.2.3', '10.1.3.0/24', false],
  ['http://10.1.2.3', '.2.3', false],
  ['http://10.1.2.3', '10.0.0.0/99', false],
  ['http://[fd00::1]:8000', 'fd00::/8', true],
  ['http://[::1]:8000', '[::1]:8000', true],
  ['http://[::1]:8000', '::1', true],
  ['http://[::1]:8000', '127.0.0.0/8', false],
])('%s is exempt by NO_PROXY=%s: %s', (url, list, exempt) => {
  expect(isProxied(new URL(url), { HTTP_PROXY: '127.0.0.1:1', NO_PROXY: list })).toBe(!exempt)
})

test.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])('a call goes through host:port of %s', async (name) => {
  const proxy = await startProxy()
  const seen = await serving(saying(streamHead, ...healthy), (baseUrl) =>
    probing(baseUrl, { parts: { env: { [name]: proxy.host } } }),
  )
  proxy.close()
  expect(seen).toMatchObject({ success: true, statusCode: 200 })
  expect(proxy.asked).toEqual([expect.stringMatching(/^POST http:\/\/127\.0\.0\.1:\d+\/v1\/chat/)])
})

const refusal = (status: string, more = 'x: y') =>
  `HTTP/1.1 ${status}\r\n${more}\r\ncontent-length: 0\r\n\r\n`

test.each([
  ['wants a password', refusal('407 Proxy Authentication Required'), 'user name and password (HTTP 407)'],
  ['forbids it', refusal('403 Forbidden'), 'opened no tunnel to 127.0.0.1:9 (HTTP 403)'],
  ['reaches nothing', refusal('502 Bad Gateway'), 'opened no tunnel to 127.0.0.1:9 (HTTP 502)'],
  ['has an outage', refusal('503 Service Unavailable'), '(HTTP 503)'],
  ['speaks something else', '\u0005\u0000SSH-2.0-x\r\n', 'is no http proxy'],
  ['does not come to an end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(3000)}`, 'is no http proxy'],
  ['says nothing', '', 'passed on no answer'],
])('a tunnel of a proxy that %s is our fault', async (_, answer, message) => {
  const proxy = await startProxy(answer)
  const seen = await probing('https://127.0.0.1:9/v1', {
    timeouts: { connect: answer === '' ? 300 : 10_000 },
    parts: { env: { HTTPS_PROXY: `http://user:${secret}@${proxy.host}` } },
  })
  proxy.close()
  expect(seen).toMatchObject({ success: false, errorKind: 'self', faultDomain: 'self', statusCode: null })
  expect(seen.errorMessage).toContain(`the proxy ${proxy.host} (HTTPS_PROXY)`)
  expect(seen.errorMessage).toContain(message)
  expect(seen.errorMessage).not.toContain(secret)
})

test.each([
  ['wants a password', refusal('407 Proxy Authentication Required')],
  ['hangs up', '\r\n'],
  ['speaks something else', 'SSH-2.0-x\r\n'],
  ['reaches nobody', refusal('502 Bad Gateway')],
  ['waited in vain', refusal('504 Gateway Timeout')],
  ['wants a login', refusal('511 Network Authentication Required')],
  ['forbids it', refusal('403 Forbidden', 'x-squid-error: ERR_ACCESS_DENIED 0')],
  ['says why', refusal('503 Service Unavailable', 'proxy-status: edge; error=dns_error')],
])('a proxy for http that %s is our fault', async (_, answer) => {
  const proxy = await startProxy(answer)
  const seen = await probing('http://127.0.0.1:9/v1', { parts: { env: { HTTP_PROXY: proxy.host } } })
  proxy.close()
  expect(seen).toMatchObject({ success: false, faultDomain: 'self' })
  expect(seen.errorMessage).toContain('proxy')
  expect(seen.errorMessage).not.toContain('[key]')
})

/** The address of a server that has ended. */
async function nobody(): Promise<string> {
  const server = createServer()
  const url = await listening(server)
  server.close()
  await once(server, 'close')
  return url.replace('http://', '')
}

test.each(['http', 'https'])(
  'a dead proxy for %s is our fault, to a probe, a listing and a ping',
  async (scheme) => {
    const host = await nobody()
    const env = { HTTP_PROXY: host, HTTPS_PROXY: host }
    const named = new RegExp(`the proxy ${host} \\(${scheme.toUpperCase()}_PROXY\\) could not be reached`)
    const url = `${scheme}://127.0.0.1:9/v1`
    expect(await probing(url, { parts: { env } })).toMatchObject({
      faultDomain: 'self',
      errorCode: 'ECONNREFUSED',
      errorMessage: expect.stringMatching(named) as string,
    })
    expect(await getText(new URL(url), { env, timeoutMs: 5000, egress: 'trusted' })).toEqual({
      problem: expect.stringMatching(named) as string,
      status: null,
    })
    const warnings: unknown[] = []
    await createPing({ url, env, log: { warn: (...entry: unknown[]) => void warnings.push(entry) } })()
    expect(JSON.stringify(warnings)).toMatch(/the proxy .* could not be reached \(ECONNREFUSED\)/)
  },
)

test('what a provider answers through a proxy stays its own', async () => {
  const proxy = await startProxy()
  const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host }
  const [failed, unencrypted] = await serving(
    saying(refusal('500 Internal Server Error')),
    async (baseUrl) => [
      await probing(baseUrl, { parts: { env } }),
      await probing(baseUrl.replace('http:', 'https:'), { timeouts: { connect: 300 }, parts: { env } }),
    ],
  )
  proxy.close()
  expect(failed).toMatchObject({ statusCode: 500, faultDomain: 'provider' })
  expect(unencrypted).toMatchObject({ statusCode: null, faultDomain: 'provider' })
})

test('a person who aborts while a proxy says nothing is no fault of it', async () => {
  const proxy = await startProxy('')
  const seen = await probing('https://127.0.0.1:9/v1', {
    parts: { env: { HTTPS_PROXY: proxy.host }, signal: AbortSignal.timeout(50) },
  })
  proxy.close()
  expect(seen).toMatchObject({ errorKind: 'aborted' })
})
