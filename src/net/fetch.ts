import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { addAbortSignal } from 'node:stream'
import { expectAnswer } from './expect-answer.ts'
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
    if (!isProxied(url, env)) return fetch(input, init)
    const request = new Request(input, init)
    // The signal of the request itself may be collected before it has told of an abort.
    return fetchThrough(request, { url, env, signal: init?.signal ?? request.signal })
  }

async function fetchThrough(
  request: Request,
  { url, env, signal }: { url: URL; env: Environment; signal: AbortSignal },
): Promise<Response> {
  const body = Buffer.from(await request.arrayBuffer())
  const { route } = wayTo(url, env, { signal })
  const headers = { ...Object.fromEntries(request.headers), ...route.headers, 'accept-encoding': 'identity' }
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const outgoing = (url.protocol === 'https:' ? https : http)
    .request(url, {
      ...route,
      method: request.method,
      signal,
      headers: { ...headers, 'content-length': body.length },
    })
    .once('response', resolve)
    .on('error', reject)
  expectAnswer(outgoing, reject)
  outgoing.end(body)
  return answerOf(addAbortSignal(signal, await promise))
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
