import { randomUUID } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { ConfiguredProvider, ProviderEntry } from '../../src/core/provider.ts'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import type { ProxyText } from '../../src/core/proxy-text.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { openProxyAccess } from '../../src/proxy/access.ts'
import type { Admitted, ProxyParts, Refused } from '../../src/proxy/parts.ts'
import { startProxy } from '../../src/proxy/server.ts'
import { customEntry } from '../../src/registry/custom.ts'

/** The key of the upstream of a proxy that is tested. */
export const heldKey = 'sk-held-0123456789abcdefghij'

/** A proxy before one upstream, and what it tells. */
export interface Proxied {
  port: number
  /** Base URL for clients. */
  url: string
  records: ProxyRecord[]
  /** Of those whose texts are kept. */
  texts: ProxyText[]
  refused: Refused[]
  /** The record of the answer with this `x-firsttoken-id`, when it is over. */
  recordOf: (id: string | undefined) => Promise<ProxyRecord>
  /** Rejects if a request has ended by a bug. */
  close: () => Promise<void>
}

/** A store without proxy tokens. */
const noTokens = {
  admitProxyToken: () => Promise.resolve({ refused: 'unknown' } as const),
  chargeProxyTokens: () => Promise.reject(new Error('nothing is charged without a token')),
}

/** How the upstream of one differs, and what else does. */
export interface ProxiedBy extends Partial<ProxyParts> {
  entry?: Partial<ProviderEntry>
}

/** A provider at a base URL. */
export const upstreamAt = (baseUrl: string, more: Partial<ProviderEntry> = {}): ConfiguredProvider => ({
  entry: { ...customEntry({ name: 'Up', baseUrl, model: 'tiny' }), ...more },
  baseUrl,
  key: heldKey,
  synthetic: false,
  trusted: true,
})

/** What `enter` says to refuse a client, and what `admit` says of one that needs nothing. */
export const nobody: Refused = { status: 401, code: 'token_unknown', message: 'No such token.' }
export const anybody: Admitted = {
  client: () => null,
  authorization: null,
  mode: 'held',
  charge: () => undefined,
}

/** Starts a proxy before the upstream of this base URL, which the caller closes. */
export async function startProxied(baseUrl: string, { entry, ...more }: ProxiedBy = {}): Promise<Proxied> {
  const lag = startLagMonitor(systemClock)
  const provider = upstreamAt(baseUrl, entry)
  const access = openProxyAccess({
    clock: systemClock,
    uuid: randomUUID,
    date: systemClock.date,
    isExposed: false,
    openStore: () => Promise.resolve(noTokens),
  })
  const told = {
    records: [] as ProxyRecord[],
    texts: [] as ProxyText[],
    refused: [] as Refused[],
    bugs: [] as unknown[],
  }
  const started = await startProxy(
    {
      clock: systemClock,
      env: {},
      egressAllow: [],
      uuid: randomUUID,
      region: 'here',
      lag,
      timeouts: { connect: 10_000, firstByte: 20_000, idle: 20_000 },
      mostBody: 32 * 2 ** 20,
      hostAllowed: () => true,
      route: ({ model }) => Promise.resolve({ provider, model: model ?? 'tiny' }),
      enter: access.enter,
      admitReader: () => Promise.resolve(null),
      listModels: () => Promise.resolve(['tiny']),
      priceOf: () => null,
      onBegin: () => () => undefined,
      onRecord: (record, text) => {
        told.records.push(record)
        if (text !== null) told.texts.push(text)
      },
      onRefused: (refused) => told.refused.push(refused),
      onBug: (error) => told.bugs.push(error),
      ...more,
    },
    { host: '127.0.0.1', port: 0 },
  )
  return {
    records: told.records,
    texts: told.texts,
    refused: told.refused,
    port: started.port,
    url: `http://127.0.0.1:${started.port}/v1`,
    recordOf: async (id) => {
      await expect.poll(() => told.records.some((record) => record.id === id)).toBe(true)
      return told.records.find((record) => record.id === id) as ProxyRecord
    },
    close: async () => {
      await started.close(AbortSignal.abort())
      lag.close()
      await access.close()
      if (told.bugs.length > 0) throw new Error('a request ended by a bug', { cause: told.bugs[0] })
    },
  }
}

/** An answer, whole. */
export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  rawHeaders: string[]
  body: Buffer
  trailers: Record<string, string | undefined>
}

/** A request as it is sent by `ask`. */
interface Question {
  path?: string
  method?: string
  body?: string | Buffer
  headers?: Record<string, string | string[]>
}

/** Asks over a connection of its own. Rejects if the answer breaks off. */
export function ask(
  port: number,
  { path, method = 'POST', body = '{}', headers }: Question = {},
): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const agent = new Agent({ keepAlive: false })
  const asked = request({
    host: '127.0.0.1',
    port,
    method,
    path: path ?? '/v1/chat/completions',
    agent,
    headers: { 'content-type': 'application/json', ...headers },
  })
  asked.on('error', reject).once('response', (response) => {
    const { statusCode = 0, headers: answered, rawHeaders } = response
    buffer(response).then(
      (bytes) =>
        resolve({
          status: statusCode,
          headers: answered,
          rawHeaders,
          body: bytes,
          trailers: response.trailers,
        }),
      reject,
    )
  })
  asked.end(method === 'GET' ? undefined : body)
  return promise
}

/** The id of an answer. */
export const idOf = ({ headers }: Pick<Answered, 'headers'>): string | undefined =>
  headers['x-firsttoken-id']?.toString()

/** A request for a stream, as its body. */
export const streamBody = (more: object = {}): string =>
  JSON.stringify({
    model: 'tiny',
    stream: true,
    messages: [{ role: 'user', content: 'Say hello.' }],
    ...more,
  })
