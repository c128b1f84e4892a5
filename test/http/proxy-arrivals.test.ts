import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { delta, done, listening, stop } from '../support/loopback.ts'
import { anybody, nobody, startProxied, streamBody } from '../support/proxied.ts'
import { dial, headOf } from '../support/raw-client.ts'

// When a request arrived, on a connection that has others.

const answers: ServerResponse[] = []
const upstream = createServer((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta({ content: 'Hi' }))
    answers.push(response)
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

/** Far more than any test takes. */
const laterMs = 3_600_000

/** A clock that can be put forward, and how often it was looked at. */
function movedClock() {
  const moved = { byMs: 0, looks: 0 }
  const now = () => {
    moved.looks += 1
    return systemClock.now() + moved.byMs
  }
  return { moved, clock: { ...systemClock, now } }
}

const whole = headOf(streamBody().length) + streamBody()

/** Ends the newest answer of the upstream, once it has so many. */
async function endAnswer(count: number) {
  await expect.poll(() => answers.length).toBe(count)
  answers.at(-1)?.end(stop + done)
}

test('the rest of a body that was refused is no part of the next request', async () => {
  const { moved, clock } = movedClock()
  let isOpen = false
  const enter = () => Promise.resolve(isOpen ? { admit: () => anybody } : nobody)
  const proxied = await startProxied(url, { clock, enter })
  const { client, told } = dial(proxied.port)
  client.write(`${headOf(100)}${' '.repeat(50)}`)
  await expect.poll(() => told.text).toContain('"token_unknown"')
  const { looks } = moved
  client.write(' '.repeat(50))
  await expect.poll(() => moved.looks).toBeGreaterThan(looks)
  moved.byMs += laterMs
  isOpen = true
  const before = answers.length
  client.write(whole)
  await endAnswer(before + 1)
  await expect.poll(() => proxied.records).toHaveLength(1)
  expect(proxied.records[0]?.endMs).toBeLessThan(laterMs)
  client.destroy()
  await proxied.close()
})

test('a request that comes before the answer to another has a start of its own', async () => {
  const { moved, clock } = movedClock()
  const proxied = await startProxied(url, { clock })
  const { client, told } = dial(proxied.port)
  const before = answers.length
  client.write(whole)
  await expect.poll(() => told.text).toContain('Hi')
  moved.byMs += laterMs
  client.write(whole)
  await expect.poll(() => answers.length).toBe(before + 2)
  for (const answer of answers.slice(before)) answer.end(stop + done)
  await expect.poll(() => proxied.records).toHaveLength(2)
  const ends = proxied.records.map(({ endMs }) => endMs)
  expect(Math.max(...ends)).toBeGreaterThanOrEqual(laterMs)
  expect(Math.min(...ends)).toBeLessThan(laterMs)
  client.destroy()
  await proxied.close()
})
