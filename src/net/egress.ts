import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isProxied } from './proxy.ts'

/**
 * What an untrusted URL may reach: one from the database or from over HTTP. Whoever makes a request passes
 * this or `'trusted'`, for a URL that a person configured: any address, any proxy.
 */
export interface Egress {
  /** Hosts that a person opened (EGRESS_ALLOW), as `parseHosts` returns them. */
  allow: readonly string[]
  /** Resolves names; the system's resolver by default. */
  lookup?: LookupFunction
}

/** The egress to a provider. */
export const egressTo = (
  { trusted }: { trusted: boolean },
  allow: readonly string[],
  lookup?: LookupFunction,
): Egress | 'trusted' => (trusted ? 'trusted' : { allow, ...(lookup && { lookup }) })

/** Why a URL is refused. */
export type EgressKind = 'no_url' | 'not_https' | 'credentials' | 'local_name' | 'local_address' | 'proxy'

/** A refused URL. The message says why, and contains no secret of the URL. */
export class EgressError extends Error {
  override name = 'EgressError' as const
  readonly code = 'EGRESS_REFUSED'
  readonly kind: EgressKind

  constructor(kind: EgressKind, message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * IPv4 ranges outside the public Internet (IANA's registry of special-purpose addresses), or unsafe to call.
 */
const special: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // A public address that serves Azure's metadata.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/**
 * The NAT64 prefix of embedded IPv4: the one embedding in use, because networks without IPv4 see every host
 * so.
 */
const nat64 = '64:ff9b::'

/**
 * The only public IPv6 ranges: they hold no loopback, private, link-local or multicast address, nor IPv4
 * inside `::/96` or `::ffff:0:0/96`.
 */
const open6 = listOf([
  ['2000::', 3],
  [nat64, 96],
])

/**
 * Exceptions within them: protocol assignments with Teredo, documentation, 6to4, documentation, and NAT64 of
 * special IPv4.
 */
const special6 = listOf([
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ...special.map(([address, prefix]) => [nat64 + address, 96 + prefix] as const),
])
const special4 = listOf(special)

function listOf(subnets: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of subnets)
    list.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6')
  return list
}

/** Names known only within a machine, a network or a cloud; the resolver completes a name without a dot. */
const localName = /^[^.]*$|(^|\.)(localhost|localdomain|local|internal|intranet|private|lan|home\.arpa)$/

/** Whether an address belongs to the public Internet; false for anything that is not an address. */
export function isPublic(address: string): boolean {
  const [bare = ''] = address.split('%')
  if (isIP(bare) === 4) return !special4.check(bare, 'ipv4')
  return isIP(bare) === 6 && open6.check(bare, 'ipv6') && !special6.check(bare, 'ipv6')
}

/** Why a URL is refused, judged without resolving its name; null if nothing speaks against it. */
export function egressProblem(text: string | URL, allow: readonly string[]): EgressError | null {
  const url = URL.canParse(String(text)) ? new URL(text) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return new EgressError('no_url', 'the URL is not an http or https URL')
  if (url.username !== '' || url.password !== '')
    return new EgressError('credentials', 'the URL holds a user name or password')
  if (isOpened(url, allow)) return null
  if (url.protocol !== 'https:') return new EgressError('not_https', 'the URL is not https')
  const host = hostOf(url)
  if (isIP(host) !== 0)
    return isPublic(host) ? null : new EgressError('local_address', `${host} is not a public address`)
  return localName.test(host) ? new EgressError('local_name', `${host} is a name of a local network`) : null
}

/**
 * Socket options for a URL, or why it is not called. The WHATWG parser has normalized every spelling of an
 * address; names are checked by what they resolve to, at the moment of connecting. A proxy would resolve them
 * out of our sight.
 */
export function guard(
  url: URL,
  egress: Egress | 'trusted',
  env: NodeJS.ProcessEnv,
): { lookup?: LookupFunction } | EgressError {
  if (egress === 'trusted') return {}
  const { allow, lookup } = egress
  const problem = egressProblem(url, allow)
  if (problem !== null) return problem
  if (isOpened(url, allow)) return lookup === undefined ? {} : { lookup }
  if (isProxied(url, env))
    return new EgressError(
      'proxy',
      'a proxy (HTTPS_PROXY) would resolve the name, where it cannot be checked',
    )
  return { lookup: guardedLookup(lookup) }
}

/** A `lookup` for http(s).request that fails if any address is not public: a retry could use that one. */
export function guardedLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, answer, family) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const addresses = Array.isArray(answer) ? answer : [{ address: answer, family: family ?? isIP(answer) }]
      const refused = refusalOf(name, addresses)
      const [first] = addresses
      if (refused !== null || first === undefined) callback(refused, [])
      else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function refusalOf(name: string, addresses: readonly LookupAddress[]): EgressError | null {
  if (addresses.length === 0) return new EgressError('local_name', `${name} has no address`)
  const local = addresses.find(({ address }) => !isPublic(address))
  if (local === undefined) return null
  return new EgressError('local_address', `${name} leads to ${local.address}, which is not a public address`)
}

/** Whether a URL leads to this machine, a private network or a name that is known only there. */
export function isLocal(url: URL): boolean {
  const host = hostOf(url)
  return isIP(host) === 0 ? localName.test(host) : !isPublic(host)
}

/** Loopback, and what networks without a public address use (RFC 1918, 3927, 4193, 4291, 6598). */
const own4 = listOf([
  ['0.0.0.0', 32],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
])
const own6 = listOf([
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
])

/**
 * Whether a URL leads for certain to this machine, a private network, or a host that a person opened: what is neither
 * that nor public, such as an IPv4 address inside an IPv6 one, is not ours.
 */
export function isOurs(url: URL, allow: readonly string[]): boolean {
  if (isOpened(url, allow)) return true
  const host = hostOf(url)
  if (isIP(host) === 0) return localName.test(host)
  return isIP(host) === 4 ? own4.check(host, 'ipv4') : own6.check(host, 'ipv6')
}

const hostOf = (url: URL): string => nameOf(url).replaceAll(/^\[|\]$/g, '')

/** The host for comparison: without a trailing dot; IPv6 keeps its brackets. */
const nameOf = ({ hostname }: URL): string => hostname.replace(/\.+$/, '')

const usualPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

function isOpened(url: URL, allow: readonly string[]): boolean {
  const name = nameOf(url)
  return allow.includes(name) || allow.includes(`${name}:${url.port || usualPorts[url.protocol]}`)
}

/** Parses the hosts to open, `host` or `host:port`, separated by commas; or says what is wrong. */
export function parseHosts(text: string): string[] | { problem: string } {
  const parts = text.split(',').map((part) => part.trim())
  const hosts = parts.filter((part) => part !== '').map((part) => parseHost(part) ?? { problem: part })
  const wrong = hosts.find((host) => typeof host === 'object')
  return wrong === undefined
    ? hosts.filter((host) => typeof host === 'string')
    : {
        problem:
          'must be hosts like 10.0.0.5 or llm.local:8000, separated by commas; ' +
          `${wrong.problem} is not one`,
      }
}

/** The host as a URL spells it, with the port if given; null for anything more, or a pattern. */
function parseHost(text: string): string | null {
  if (/[/\\?#@*\s]/.test(text) || !URL.canParse(`http://${text}`)) return null
  const port = /:(\d+)$/.exec(text)?.[1]
  const name = nameOf(new URL(`http://${text}`))
  return port === undefined ? name : `${name}:${Number(port)}`
}
