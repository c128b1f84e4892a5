import { trimmed } from '../core/trimmed.ts'
import { isExempt } from './no-proxy.ts'

/** An environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * A proxy that did not do its part. The message says which and why, without its password. `PROXY_REFUSED`: it
 * answered, and will do so again; `PROXY_UNREACHABLE`: later it may work.
 */
export class ProxyError extends Error {
  override name = 'ProxyError' as const
  readonly code: 'PROXY_REFUSED' | 'PROXY_UNREACHABLE'

  constructor(code: ProxyError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** A proxy, and the variable that names it. */
export interface Proxy {
  variable: string
  url: URL
}

/** The variables of a scheme, as curl reads them: the first that is set counts. */
const variables = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const

/** What is wrong with the proxies that an environment names, one line each, as `VARIABLE: ...`. */
export function proxyProblems(env: Environment): string[] {
  const read = [variables['http:'], variables['https:']].map((names) => readProxy(names, env))
  return [...new Set(read.flatMap((proxy) => (proxy !== null && 'problem' in proxy ? [proxy.problem] : [])))]
}

function readProxy(names: readonly string[], env: Environment): Proxy | { problem: string } | null {
  for (const variable of names) {
    const value = env[variable]
    // Nearly always; to trim nothing costs every request some microseconds.
    if (value === undefined) continue
    const text = trimmed(value)
    if (text === '') continue
    const parsed = parseProxy(text)
    return typeof parsed === 'string' ? { problem: `${variable}: ${parsed}` } : { variable, url: parsed }
  }
  return null
}

/** The URL of a proxy, `host:port` meaning http; or what is wrong with it, without repeating it. */
function parseProxy(text: string): URL | string {
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text)
  if (/^socks\w*:\/\//i.test(text))
    return 'is a SOCKS proxy, which cannot be used: name one that speaks http, or remove the variable'
  const spelled = hasScheme ? text : `http://${text}`
  // Without scheme and port it may be anything, and programs do not agree on the port.
  if ((!hasScheme && !/:\d+\/?$/.test(text)) || !URL.canParse(spelled)) return noProxy
  const url = new URL(spelled)
  const rest = `${url.pathname}${url.search}${url.hash}`
  if (!/^https?:$/.test(url.protocol) || url.port === '0' || rest !== '/') return noProxy
  return isDecodable(url.username + url.password)
    ? url
    : 'has a % in the user name or password that begins no character: write %25 for the sign itself'
}

const noProxy = 'is not a proxy: write it like http://host:port'

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const namesFor = ({ protocol }: URL) => variables[protocol === 'https:' ? 'https:' : 'http:']

/** The proxy for a URL; null if it is called directly. Throws a ProxyError if the variable cannot be used. */
export function proxyFor(url: URL, env: Environment): Proxy | null {
  const proxy = readProxy(namesFor(url), env)
  if (proxy === null || isExempt(url, env)) return null
  if ('problem' in proxy) throw new ProxyError('PROXY_REFUSED', proxy.problem)
  return proxy
}

/** Whether a URL is called through a proxy. */
export const isProxied = (url: URL, env: Environment): boolean =>
  readProxy(namesFor(url), env) !== null && !isExempt(url, env)
