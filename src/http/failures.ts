import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

/** Wrong tokens that an address may send within the time, in ms, before it has to wait. */
const most = 5
const withinMs = 60_000

/** Addresses that are remembered; the one that is longest unheard of is forgotten for another. */
const mostAddresses = 10_000

/** Wrong tokens by address, so that nobody tries them out. */
export interface Failures {
  /** How long the address must wait, in s; 0 if it need not. */
  waitS: (address: string) => number
  /** Counts a wrong token. One that is sent again by itself, as a browser sends a cookie, counts once. */
  add: (address: string, cookie?: string) => void
}

/** Nobody has failed yet. `now` is monotonic, in ms. */
export function countFailures(now: () => number): Failures {
  const recent = new Map<string, Failure[]>()
  const of = (network: string) => (recent.get(network) ?? []).filter(({ at }) => now() - at < withinMs)
  return {
    waitS: (address) => {
      const failed = of(networkOf(address))
      const [first] = failed
      if (first === undefined || failed.length < most) return 0
      return Math.max(1, Math.ceil((withinMs - (now() - first.at)) / 1000))
    },
    add: (address, sent) => {
      const network = networkOf(address)
      const failed = of(network)
      const cookie = sent === undefined ? null : createHash('sha256').update(sent).digest('base64')
      const isRepeated = cookie !== null && failed.some((each) => each.cookie === cookie)
      recent.delete(network)
      recent.set(network, isRepeated ? failed : [...failed, { at: now(), cookie }].slice(-most))
      const [oldest] = recent.keys()
      if (recent.size > mostAddresses && oldest !== undefined) recent.delete(oldest)
    },
  }
}

/** When a wrong token came; the cookie as a hash, because it may be long, null of another token. */
interface Failure {
  at: number
  cookie: string | null
}

/** What one person has: an address of IPv4, or a network of IPv6 (a /64, of which anybody gets all addresses). */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const [plain = ''] = address.split('%')
  if (!isIPv6(plain)) return address
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::')
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array.from({ length: missing }, () => '0'), ...groups(tail ?? '')]
  return `${all.slice(0, 4).join(':')}::/64`
}

const groups = (text: string): string[] => text.split(':').filter(Boolean)
