import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { version } from '../../../src/core/version.ts'
import { type RecordedTraffic, proxyChecks } from '../../../src/doctor/proxy.ts'
import { createProxyMetrics } from '../../../src/proxy/metrics.ts'
import { listening } from '../../support/loopback.ts'

const now = new Date('2026-11-30T12:00:00Z')
const lastAt = new Date('2026-11-30T11:57:00Z')
/** What is answered at /metrics. */
let answer = { status: 200, text: '' }
const server = createServer((request, response) => {
  response.statusCode = request.url === '/metrics' ? answer.status : 404
  response.end(answer.text)
})
let port = 0
beforeAll(async () => {
  await listening(server)
  ;({ port } = server.address() as AddressInfo)
})
afterAll(() => void server.close())

/** What the proxy says of itself, after it has lost so many rows. */
const metrics = (dropped: number) =>
  createProxyMetrics({
    clock: { date: () => now },
    isKnownModel: () => true,
    records: () => ({ kept: 5, dropped, waiting: 0 }),
  }).page(null).text

const check = async (
  more: { isOn?: boolean; host?: string; port?: number } = {},
  recorded: Partial<RecordedTraffic> = {},
) => {
  const settings = { isOn: true, host: '127.0.0.1', port, ...more }
  const found = await proxyChecks({ settings, recorded: { hasTokens: false, lastAt, ...recorded }, now })
  return found.map(({ state, message, todo }) => ({ state, message, todo }))
}
const at = () => `127.0.0.1:${port}`
const last = 'the last request that is recorded was 3 min ago'

test('a proxy that nobody has set up is not looked for', async () => {
  expect(await check({ isOn: false })).toEqual([])
})

test('one that answers is fine, and says when it last recorded a request', async () => {
  answer = { status: 200, text: metrics(0) }
  const fine = { state: 'ok', message: `it answers at ${at()}; ${last}`, todo: null }
  expect(await check()).toEqual([fine])
  expect(await check({ isOn: false }, { hasTokens: true })).toEqual([fine])
  // Whoever listens on every address is reached on this machine.
  expect(await check({ host: '0.0.0.0' })).toEqual([fine])
  expect(await check({}, { lastAt: null })).toMatchObject([
    { message: `it answers at ${at()}; no request is recorded` },
  ])
})

test('one whose page needs a token is reached all the same', async () => {
  answer = { status: 401, text: '{}' }
  expect(await check()).toMatchObject([
    { state: 'ok', message: `it answers at ${at()}, and says more to whoever has a token; ${last}` },
  ])
})

test('rows that it has lost are told', async () => {
  answer = { status: 200, text: metrics(1200) }
  expect(await check()).toEqual([
    {
      state: 'warn',
      message: `since it began it has lost the rows of 1200 requests; ${last}`,
      todo: expect.stringContaining('look at its log'),
    },
  ])
})

test('another version than this one is told', async () => {
  answer = { status: 200, text: metrics(0).replace(`version="${version}"`, 'version="0.0.9"') }
  expect(await check()).toMatchObject([
    { state: 'warn', message: `it answers at ${at()} as version 0.0.9, but this is ${version}; ${last}` },
  ])
})

test('something else on its port is told', async () => {
  for (const other of [
    { status: 200, text: '<html>' },
    { status: 404, text: metrics(0) },
  ]) {
    answer = other
    expect(await check()).toMatchObject([
      { state: 'warn', message: `what answers at ${at()} is no proxy of firsttoken` },
    ])
  }
})

test('one that does not run is told if it should; with tokens alone it may be elsewhere', async () => {
  const away = createServer()
  await listening(away)
  const { port: free } = away.address() as AddressInfo
  await new Promise((closed) => away.close(closed))
  expect(await check({ port: free })).toMatchObject([
    { state: 'warn', message: expect.stringMatching(/^PROXY is on, but 127\.0\.0\.1:\d+ .+; the last/) },
  ])
  expect(await check({ port: free, isOn: false }, { hasTokens: true })).toMatchObject([
    {
      state: 'ok',
      message: `none is at 127.0.0.1:${free}; if there is one, it is on another machine; ${last}`,
    },
  ])
})
