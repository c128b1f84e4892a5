import { createServer, type IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { delta, done, flushed, listening, stop } from '../support/loopback.ts'
import { anybody, ask, idOf, nobody, startProxied, streamBody, upstreamAt } from '../support/proxied.ts'
import { dial, headOf } from '../support/raw-client.ts'

// What is decided by the headers of a request, before its body.

const calls: IncomingHttpHeaders[] = []
const upstream = createServer((request, response) => {
  calls.push(request.headers)
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(delta({ content: 'Hi' }) + stop + done)
  })
})
let url: string
beforeAll(async () => {
  url = `${await listening(upstream)}/v1`
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})

/** A request whose body never comes, and what is answered all the same. */
function begin(port: number, more: string[] = []) {
  const dialed = dial(port)
  dialed.client.write(headOf(20_000_000, ...more))
  return dialed
}

test('whoever may not ask is told so before the body has come', async () => {
  const closed = await startProxied(url, { enter: () => Promise.resolve(nobody) })
  const { client, told } = begin(closed.port)
  await expect.poll(() => told.text).toContain('"token_unknown"')
  expect(told.text).toMatch(/^HTTP\/1.1 401 /)
  client.destroy()
  expect(closed.refused).toEqual([nobody])
  expect(closed.records).toEqual([])
  await closed.close()
})

test('whoever may not ask is not told to go on with the body', async () => {
  const closed = await startProxied(url, { enter: () => Promise.resolve(nobody) })
  const { client, told } = begin(closed.port, ['expect: 100-continue'])
  await expect.poll(() => told.text).toContain('"token_unknown"')
  expect(told.text).toMatch(/^HTTP\/1.1 401 /)
  client.destroy()
  await closed.close()
})

test('a client that leaves while it is looked up calls nobody', async () => {
  const entered = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const slow = await startProxied(url, {
    enter: async () => {
      asked.resolve()
      await entered.promise
      return { admit: () => anybody }
    },
  })
  const before = calls.length
  const { client } = begin(slow.port)
  await asked.promise
  const closed = new Promise((over) => client.once('close', over))
  client.destroy()
  await closed
  await flushed()
  entered.resolve()
  await expect.poll(() => slow.records).toMatchObject([{ clientLeft: 'body', bodyMs: null }])
  expect(calls).toHaveLength(before)
  await slow.close()
})

test('the time for which a request waits to be let in is overhead, not that of its body', async () => {
  let late = 0
  const proxied = await startProxied(url, {
    enter: async () => {
      const from = performance.now()
      await new Promise((wait) => setTimeout(wait, 60))
      late = performance.now() - from
      return { admit: () => anybody }
    },
  })
  const answer = await ask(proxied.port, { body: streamBody() })
  const record = await proxied.recordOf(idOf(answer))
  expect(record.overheadBeforeMs).toBeGreaterThan(late - 1)
  expect((record.bodyMs ?? NaN) + (record.overheadBeforeMs ?? NaN)).toBeLessThanOrEqual(record.sentMs ?? NaN)
  await proxied.close()
})

test('two proxies that have each other as upstream end the circle, and say so', async () => {
  const circle: string[] = []
  const next = (of: number) => ({
    enter: () => Promise.resolve({ admit: () => anybody }),
    route: () => Promise.resolve({ provider: upstreamAt(circle[of] ?? ''), model: 'tiny' }),
  })
  const [one, two] = [await startProxied(url, next(1)), await startProxied(url, next(0))]
  circle.push(one.url, two.url)
  const { status, body } = await ask(one.port, { body: streamBody() })
  expect(status).toBe(508)
  expect(JSON.parse(body.toString())).toEqual({
    error: {
      message:
        'The request has come through 3 of these proxies: one of them has another, or itself, as its upstream.',
      type: 'proxy_error',
      param: null,
      code: 'loop',
    },
  })
  await Promise.all([one.close(), two.close()])
  // To the first, to the second, and to the first again.
  expect([one.records.length, two.records.length]).toEqual([2, 1])
  expect(two.refused).toMatchObject([{ code: 'loop' }])
})

test('a proxy before another is no circle, and what a client says of itself does not hide one', async () => {
  const inner = await startProxied(url)
  const outer = await startProxied(inner.url)
  const through = await ask(outer.port, { body: streamBody() })
  expect(through.status).toBe(200)
  expect(calls.at(-1)).toMatchObject({ 'x-firsttoken-hops': '2' })
  for (const hops of ['-1', 'none', '1e3']) {
    await ask(inner.port, { body: streamBody(), headers: { 'x-firsttoken-hops': hops } })
    expect(calls.at(-1)).toMatchObject({ 'x-firsttoken-hops': '1' })
  }
  const far = await ask(inner.port, { body: streamBody(), headers: { 'x-firsttoken-hops': '7' } })
  expect(far.status).toBe(508)
  await Promise.all([outer.close(), inner.close()])
})
