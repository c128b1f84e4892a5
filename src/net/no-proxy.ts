import { BlockList, isIP } from 'node:net'
import { trimmed } from '../core/trimmed.ts'

/**
 * Whether NO_PROXY exempts a URL, as curl reads it: a host and what is below it, addresses, networks
 * (`10.0.0.0/8`), ranges (`10.0.0.1-10.0.0.9`) or `*`, each with a port or without.
 */
export function isExempt(url: URL, env: Readonly<Record<string, string | undefined>>): boolean {
  const host = url.hostname.replaceAll(/^\[|\]$|\.$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const list = trimmed(env['no_proxy'] ?? '') || (env['NO_PROXY'] ?? '')
  const entries = list.toLowerCase().split(/[\s,]+/)
  return entries.some((entry) => covers(entry, host, port))
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const [, bracketed, bare = entry, ofPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  const name = (bracketed ?? bare).replace(/^\*?\./, '').replace(/\.$/, '')
  if (name === '' || (ofPort !== undefined && ofPort !== port)) return false
  return isIP(host) === 0 ? host === name || host.endsWith(`.${name}`) : isWithin(host, name)
}

function isWithin(address: string, name: string): boolean {
  const type = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const [network = '', bits] = name.split('/')
  const [first = '', last = first] = network.split('-')
  const list = new BlockList()
  try {
    if (bits === undefined) list.addRange(first, last, type)
    else list.addSubnet(network, Number(bits), type)
    return list.check(address, type)
  } catch {
    // No address, or one of the other family.
    return false
  }
}
