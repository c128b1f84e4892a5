import { createServer, type LookupFunction } from 'node:net'
import type { ConfiguredProvider } from '../../src/core/provider.ts'
import type { Call } from '../../src/probe/request.ts'
import { customEntry } from '../../src/registry/custom.ts'
import type { Options } from '../../src/synthetic/options.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'
import type { FaultCase } from './incident-faults.ts'
import { listening } from './loopback.ts'

/** A provider that works, or has its fault. */
export interface FaultyProvider {
  id: string
  fault: FaultCase
  /** Bad from now on, or good. */
  turn: (bad: boolean) => void
  configured: () => ConfiguredProvider
  /** A call as it is made while it is bad: with limits and a resolver of its own. */
  ownCall: (call: Call) => { call: Call; lookup?: LookupFunction }
  close: () => Promise<unknown>
}

const healthy: Options = { frames: 2, ttftMs: 0, delayMs: 0 }

const unresolved: LookupFunction = (name, _, done) => {
  const error = new Error(`getaddrinfo ENOTFOUND ${name}`)
  done(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '')
}

/** Starts one on loopback, which works. */
export async function startFaulty(fault: FaultCase): Promise<FaultyProvider> {
  // The server reads them at every request.
  const options: Options = { ...healthy }
  const server = await startSynthetic({ options })
  const away = await awayAt(fault)
  const entry = customEntry({ name: fault.name, baseUrl: server.url, model: 'synthetic-1' })
  let isBad = false
  return {
    id: entry.id,
    fault,
    turn: (bad) => {
      isBad = bad
      delete options.fault
      Object.assign(options, healthy, bad ? fault.answers : {})
    },
    configured: () => {
      const baseUrl = isBad && away !== null ? away.url : server.url
      return { entry, baseUrl, key: null, synthetic: false, trusted: true }
    },
    ownCall: (call) => {
      if (!isBad) return { call }
      const { settings } = call
      const timeouts = { ...settings.timeouts, ...fault.timeouts }
      return {
        call: { ...call, settings: { ...settings, timeouts } },
        ...(fault.away === 'no name' && { lookup: unresolved }),
      }
    },
    close: () => Promise.all([server.close(), away?.close()]),
  }
}

/** Where a provider is said to be that cannot be connected to; null if it can. */
async function awayAt({ away }: FaultCase): Promise<{ url: string; close: () => unknown } | null> {
  if (away === undefined) return null
  if (away === 'no name') return { url: 'http://nowhere.test/v1', close: () => undefined }
  // The port of discard, where nobody listens.
  if (away === 'refuses') return { url: 'http://127.0.0.1:9/v1', close: () => undefined }
  const server = createServer((socket) =>
    socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  )
  const url = (await listening(server)).replace('http:', 'https:')
  return { url: `${url}/v1`, close: () => server.close() }
}
