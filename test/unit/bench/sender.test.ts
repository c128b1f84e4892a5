import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { sendAtRate, sendTo } from '../../../bench/serving/sender.ts'
import { percentile } from '../../../src/core/statistics.ts'

/** A clock that moves only when somebody waits, and a server in its time. */
function virtual(answerAt: (sentAt: number) => number) {
  let time = 1000
  const waiting: { at: number; go: () => void }[] = []
  const sentAt: number[] = []
  const until = async (at: number) => {
    // What happens before, in its order.
    for (;;) {
      const next = waiting.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > at) break
      waiting.splice(waiting.indexOf(next), 1)
      time = Math.max(time, next.at)
      next.go()
      await new Promise(setImmediate)
    }
    time = Math.max(time, at)
  }
  const send = () => {
    sentAt.push(time - 1000)
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push({ at: answerAt(time - 1000) + 1000, go: resolve })
    return promise
  }
  return { now: () => time, until, send, sentAt }
}

test('a pause of the server is met by every request that was due in it, as arithmetic has it', async () => {
  // 5 ms, but for a second in which nothing is answered.
  const means = virtual((at) => (at > 2000 && at <= 3000 ? 3005 : at + 5))
  const sending = sendAtRate({ rate: 100, seconds: 6 }, means)
  await new Promise(setImmediate)
  while (means.sentAt.length < 600) await new Promise(setImmediate)
  // The last answers come after the last request; the clock ends where it was.
  await means.until(7000)
  const { requests, latenciesMs, lateMs, errors } = await sending
  expect(requests).toBe(600)
  expect(means.sentAt).toEqual(Array.from({ length: 600 }, (_, index) => index * 10))
  expect(lateMs.every((late) => late === 0)).toBe(true)
  expect(errors).toEqual({})
  expect(latenciesMs).toHaveLength(600)
  // 500 of 5 ms, and 5, 15, ..., 995 of those in the pause.
  const mean = latenciesMs.reduce((sum, each) => sum + each, 0) / 600
  expect(mean).toBeCloseTo((500 * 5 + 100 * 500) / 600, 6)
  expect(percentile(latenciesMs, 0.5)).toBe(5)
  expect(percentile(latenciesMs, 0.9)).toBeCloseTo(396, 6)
  expect(percentile(latenciesMs, 0.99)).toBeCloseTo(935.1, 6)
})

test('a sender that stood still sends all that is overdue at once, and counts from when it was due', async () => {
  let time = 0
  const sentAt: number[] = []
  const { latenciesMs, lateMs, tookMs } = await sendAtRate(
    { rate: 10, seconds: 1 },
    {
      now: () => time,
      until: (at) => {
        time = Math.max(time, at)
        // The request after 200 ms finds that a second is over.
        if (at === 200) time = 1200
        return Promise.resolve()
      },
      send: () => {
        sentAt.push(time)
        return Promise.resolve()
      },
    },
  )
  expect(sentAt).toEqual([0, 100, 1200, 1200, 1200, 1200, 1200, 1200, 1200, 1200])
  expect(lateMs).toEqual([0, 0, 1000, 900, 800, 700, 600, 500, 400, 300])
  expect(latenciesMs).toHaveLength(10)
  expect(latenciesMs.every((latency, index) => latency >= (lateMs[index] ?? NaN))).toBe(true)
  expect(tookMs).toBe(1200)
})

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server on this machine, and how many connections it has seen. */
async function serve(listener: RequestListener) {
  const server = createServer(listener)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const seen = { connections: 0 }
  server.on('connection', () => (seen.connections += 1))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen }
}

test('connections are kept alive, and there are no more than were asked for', async () => {
  const waiting: (() => void)[] = []
  let most = 0
  const { url, seen } = await serve((_, response) => {
    waiting.push(() => response.end('x'))
    most = Math.max(most, waiting.length)
    // Nobody is answered before both connections are taken.
    if (waiting.length === 2) for (const answer of waiting.splice(0)) answer()
  })
  const { latenciesMs, errors } = await sendTo(url, { rate: 1000, seconds: 0.1, connections: 2 })
  expect(latenciesMs).toHaveLength(100)
  expect(errors).toEqual({})
  expect(most).toBe(2)
  expect(seen.connections).toBe(2)
})

test('a connection is kept while nothing is asked over it', async () => {
  const { url, seen } = await serve((_, response) => response.end('x'))
  await sendTo(url, { rate: 50, seconds: 0.1, connections: 1 })
  expect(seen.connections).toBe(1)
})

test('what fails is counted by how, and the rest goes on', async () => {
  let number = 0
  const { url } = await serve((_, response) => {
    number += 1
    if (number % 10 === 1) response.writeHead(503).end()
    else if (number % 10 === 2) response.destroy()
    else if (number % 10 === 3) {
      response.writeHead(200, { 'content-length': 100 }).write('too little')
      setImmediate(() => response.destroy())
    } else response.end('x')
  })
  const { requests, latenciesMs, errors } = await sendTo(url, { rate: 500, seconds: 0.1, connections: 1 })
  expect(requests).toBe(50)
  expect(latenciesMs).toHaveLength(35)
  expect(errors).toEqual({ 'status 503': 5, ECONNRESET: 10 })
})

test('an address where nobody listens gives errors, not an exception', async () => {
  const { url } = await serve((_, response) => response.end())
  for (const close of closing.splice(0)) close()
  const { latenciesMs, errors } = await sendTo(url, { rate: 1000, seconds: 0.01, connections: 4 })
  expect(latenciesMs).toEqual([])
  expect(errors).toEqual({ ECONNREFUSED: 10 })
})
