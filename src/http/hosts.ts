import { isIP } from 'node:net'

/** The names by which this server is called, and the pages that may change something. */
export interface Hosts {
  /** The port that we listen on; null if we do not listen, as in a function. */
  port: number | null
  /** The public URL, if there is another before us. */
  publicUrl: URL | null
  /** Names, each with a port or for every port, lower case; null: any, because somebody else has routed by it. */
  allowed: readonly string[] | null
}

/** Whether nobody but this machine reaches what listens on this address. */
export const listensHereAlone = (host: string): boolean => /^(127\.[\d.]+|::1|localhost)$/.test(host)

/** Ports that a URL leaves out. */
const usualPorts = ['', '80', '443']

/** An authority without its port, and the port, empty if it has none; null if it is none. */
function parse(authority: string): { name: string; port: string } | null {
  const [, name, port = ''] = /^(\[[\da-f:.]+\]|[^[\]:/?#@\s\\]+)(?::(\d{1,5}))?$/i.exec(authority) ?? []
  return name === undefined ? null : { name: name.toLowerCase(), port }
}

/**
 * Whether a request may name this host. A page on a name that its owner points at this machine (DNS rebinding) is of one
 * origin with us for a browser, so names that are not ours are refused whatever else a request has; nobody can point an
 * address elsewhere.
 */
export function hostAllowed(host: string, { port: bound, publicUrl, allowed }: Hosts): boolean {
  const parsed = parse(host)
  if (parsed === null) return false
  const { name, port } = parsed
  const named = host.toLowerCase()
  if (allowed === null || [named, name].some((each) => allowed.includes(each))) return true
  if (named === publicUrl?.host) return true
  const isOurPort = (port || '80') === String(bound)
  return isOurPort && (name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0)
}

/**
 * Whether a page of this origin may change something, or open a WebSocket, at a host that was found allowed. Ports count:
 * for cookies another program of this machine is the same site.
 */
export function originAllowed(origin: string, host: string, hosts: Hosts): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, host: authority, origin: canonical } = new URL(origin)
  if (origin !== canonical || !/^https?:$/.test(protocol)) return false
  const { publicUrl } = hosts
  if (canonical === publicUrl?.origin) return true
  // Whoever is in the way can change what a page without TLS does.
  if (publicUrl?.protocol === 'https:' && sameAuthority(authority, publicUrl.host)) return false
  if (sameAuthority(authority, host)) return hosts.allowed !== null || protocol === 'https:'
  return hosts.allowed?.includes(authority) === true
}

/** A URL leaves out the port of its scheme, which a Host header may have. */
function sameAuthority(one: string, other: string): boolean {
  const [first, second] = [parse(one), parse(other)]
  if (first === null || second === null || first.name !== second.name) return false
  return first.port === second.port || [first.port, second.port].every((port) => usualPorts.includes(port))
}
