import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { type Environment, isProxied, ProxyError } from './proxy.ts'
import { credentialProblem, needsCredentials, wayTo } from './way.ts'

/**
 * `fetch` that uses the proxies of an environment, as everything here does; without one for the URL it is the
 * global one. Through a proxy no redirect is followed, and what the proxy does not do is a ProxyError.
 */
export const fetchBy =
  (env: Environment): typeof fetch =>
  (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    return isProxied(url, env) ? fetchThrough(new Request(input, init), url, env) : fetch(input, init)
  }

async function fetchThrough(request: Request, url: URL, env: Environment): Promise<Response> {
  const { signal, method } = request
  const body = Buffer.from(await request.arrayBuffer())
  const { route } = wayTo(url, env, signal)
  const headers = { ...Object.fromEntries(request.headers), ...route.headers, 'accept-encoding': 'identity' }
  const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
    ...route,
    method,
    signal,
    headers: { ...headers, 'content-length': body.length },
  })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  outgoing.on('error', () => undefined)
  return answerOf(response)
}

async function answerOf(response: IncomingMessage): Promise<Response> {
  const { statusCode: status = 0, statusMessage: statusText = '', headersDistinct } = response
  if (status === needsCredentials) throw new ProxyError('PROXY_REFUSED', `a proxy ${credentialProblem}`)
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const bytes = Buffer.concat(await response.toArray())
  const hasNone = [204, 205, 304].includes(status)
  return new Response(hasNone ? null : bytes, { status, statusText, headers })
}
