import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { connect as connectSecurely } from 'node:tls'
import { type Environment, type Proxy, ProxyError, proxyFor } from './proxy.ts'

/** How one request travels: options for `http.request`. */
interface Route {
  agent: http.Agent
  headers: Record<string, string>
  /** In place of the URL's: to a proxy that passes on http, the whole URL. */
  path?: string
}

/** A route, and for people the proxy that it leads through: `the proxy 10.0.0.1:3128 (HTTPS_PROXY)`. */
interface Way {
  route: Route
  proxy: string | null
}

/** What a way takes besides its URL. */
interface WayParts {
  signal?: AbortSignal | undefined
  kept?: (() => http.Agent) | undefined
}

/**
 * The way to a URL for one request, whose socket serves nothing else. Through a proxy, https gets a tunnel
 * (CONNECT), whose failures are ProxyErrors, and http goes to the proxy, whose connecting fails with one.
 * Throws a ProxyError if the variable cannot be used. Without a proxy the agent may be one that is kept.
 */
export function wayTo(url: URL, env: Environment, { signal, kept }: WayParts = {}): Way {
  const secure = url.protocol === 'https:'
  const proxy = proxyFor(url, env)
  const agent = (proxy === null && kept?.()) || new (secure ? https : http).Agent({ keepAlive: false })
  if (proxy === null) return { route: { agent, headers: {} }, proxy: null }
  const reach = async () => {
    const socket = await connectTo(proxy, signal)
    return secure ? openTunnel(socket, proxy, `${url.hostname}:${url.port || 443}`) : socket
  }
  // Called with the target's options, which hold what TLS needs; it is given the tunnel to speak it over.
  const overTunnel = agent.createConnection.bind(agent)
  const open = async (...[target, done]: Parameters<http.Agent['createConnection']>) => {
    try {
      const socket = await reach()
      const options = { ...target, socket }
      done?.(null, secure ? (overTunnel(options) as Socket) : socket)
    } catch (error) {
      // An abort closes the socket to the proxy, which is not the proxy's doing.
      done?.((signal?.aborted ? signal.reason : error) as Error, undefined as never)
    }
  }
  agent.createConnection = (target, done) => {
    void open(target, done)
    return null
  }
  const forwarded = secure ? { headers: {} } : { headers: credentialsOf(proxy), path: url.href }
  return { route: { agent, ...forwarded }, proxy: nameOf(proxy) }
}

const nameOf = ({ variable, url }: Proxy): string => `the proxy ${url.host} (${variable})`

function credentialsOf({ url: { username, password } }: Proxy): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Connects to a proxy. Rejects with a ProxyError. */
function connectTo(proxy: Proxy, signal?: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const { hostname, port, protocol } = proxy.url
  const secure = protocol === 'https:'
  const host = hostname.replaceAll(/^\[|\]$/g, '')
  const to = { host, port: Number(port || (secure ? 443 : 80)), noDelay: true }
  const socket = secure
    ? connectSecurely({ ...to, ...(isIP(host) === 0 && { servername: host }) })
    : connect(to)
  if (signal) addAbortSignal(signal, socket)
  socket.once('error', (error: NodeJS.ErrnoException) => {
    const why = error.code ?? error.message
    reject(new ProxyError('PROXY_UNREACHABLE', `${nameOf(proxy)} could not be reached (${why})`, error))
  })
  socket.once(secure ? 'secureConnect' : 'connect', () => resolve(socket))
  return promise
}

/** Longer heads of an answer to CONNECT are no answer, in bytes. */
const mostHead = 16 * 1024

/** Asks a proxy for a tunnel to `host:port`. Rejects with a ProxyError. */
function openTunnel(socket: Socket, proxy: Proxy, target: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  let head = ''
  const settle = (problem: ProxyError | null) => {
    socket.off('readable', read).off('error', fail).off('close', fail)
    if (problem === null) return resolve(socket)
    socket.once('error', () => undefined).destroy()
    reject(problem)
  }
  const fail = () =>
    settle(new ProxyError('PROXY_UNREACHABLE', `${nameOf(proxy)} closed the connection before its answer`))
  const read = () => {
    for (let part: unknown = socket.read(); part !== null; part = socket.read())
      head += (part as Buffer).toString('latin1')
    if (head.includes('\r\n\r\n') || head.length > mostHead || !'HTTP/1.'.startsWith(head.slice(0, 7)))
      settle(refusalIn(head, proxy, target))
  }
  socket.on('readable', read).once('error', fail).once('close', fail)
  const headers = { host: target, ...credentialsOf(proxy) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write([`CONNECT ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
  return promise
}

/** What keeps a tunnel closed, by the answer to CONNECT; null if it is open. */
function refusalIn(head: string, proxy: Proxy, target: string): ProxyError | null {
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(head)?.[1])
  if (status >= 200 && status < 300 && head.includes('\r\n\r\n')) return null
  // Also an answer without an end.
  if (status < 300 || Number.isNaN(status))
    return new ProxyError('PROXY_REFUSED', `${nameOf(proxy)} is no http proxy: it answered something else`)
  if (status === needsCredentials)
    return new ProxyError('PROXY_REFUSED', `${nameOf(proxy)} ${credentialProblem}`)
  const code = status >= 500 ? 'PROXY_UNREACHABLE' : 'PROXY_REFUSED'
  return new ProxyError(code, `${nameOf(proxy)} opened no tunnel to ${target} (HTTP ${status})`)
}

/**
 * Whether an answer to a request that a proxy passed on is the proxy's own: it reached nobody, or has a page of
 * its own to show (RFC 6585, RFC 9209, Squid). A gateway of the provider says 502 and 504 too, and nobody can
 * tell which; blamed is who is on our side.
 */
export const isOfProxy = (status: number, headers: IncomingHttpHeaders): boolean =>
  [502, 504, 511].includes(status) ||
  (status >= 400 && (headers['x-squid-error'] ?? headers['proxy-status']) !== undefined)

/** The status that only a proxy sends. */
export const needsCredentials = 407

/** What it means, as the rest of a sentence that names the proxy. */
export const credentialProblem =
  'wants another user name and password (HTTP 407): write them in front of its host, as user:password and @'
