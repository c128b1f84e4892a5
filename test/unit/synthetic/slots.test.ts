import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { openSlots } from '../../../src/synthetic/slots.ts'
import { startSynthetic } from '../../../src/synthetic/server.ts'

const patient = new AbortController().signal
const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve))

test('who finds no free slot waits for one, first in first out', async () => {
  const slots = openSlots(2)
  const order: string[] = []
  const enter = async (name: string) => {
    const leave = await slots.enter(patient)
    order.push(name)
    return leave
  }
  const [leaveA] = await Promise.all([enter('a'), enter('b')])
  const rest = ['c', 'd', 'e'].map(enter)
  await turnOfTheLoop()
  expect(order).toEqual(['a', 'b'])
  leaveA()
  const leaveC = await rest[0]!
  await turnOfTheLoop()
  expect(order).toEqual(['a', 'b', 'c'])
  leaveC()
  await rest[1]
  expect(order).toEqual(['a', 'b', 'c', 'd'])
})

test('who gives up loses its place, and the next one moves up', async () => {
  const slots = openSlots(1)
  const leave = await slots.enter(patient)
  const impatient = new AbortController()
  const gone = slots.enter(impatient.signal)
  const next = slots.enter(patient)
  impatient.abort(new Error('left'))
  await expect(gone).rejects.toThrow('left')
  leave()
  await expect(next).resolves.toBeTypeOf('function')
  await expect(slots.enter(AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
})

test('a server with one slot makes one answer after the other, and goes on when a client leaves', async () => {
  const server = await startSynthetic({ slots: 1, options: { ttftMs: 2, delayMs: 1, frames: 5 } })
  const log: string[] = []
  const ask = (name: string, model = 'synthetic-1') => {
    const sent = request(`${server.url}/chat/completions`, { method: 'POST', agent: false })
    sent.on('error', () => undefined)
    sent.end(JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], stream: true }))
    const ended = async () => {
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      log.push(`${name} begins`)
      response.on('error', () => undefined).resume()
      await new Promise((closed) => response.once('close', closed))
      log.push(`${name} ends`)
    }
    return { sent, ended: ended() }
  }
  try {
    // It stops in mid-stream and keeps its slot until its client leaves.
    const first = ask('a', 'synthetic/fault/hang-mid-stream')
    await once(first.sent, 'response')
    const others = [ask('b'), ask('c')]
    // Each of these would have been answered by now.
    for (let turn = 0; turn < 20; turn++) await fetch(new URL('/', server.url))
    expect(log).toEqual(['a begins'])
    first.sent.destroy()
    await Promise.all([first, ...others].map(({ ended }) => ended))
    const [b, c] = log.slice(2).map((line) => line[0])
    expect(log.slice(0, 2)).toEqual(['a begins', 'a ends'])
    expect(new Set(log.slice(2))).toEqual(new Set(['b begins', 'b ends', 'c begins', 'c ends']))
    expect(b).toBe(c)
  } finally {
    await server.close()
  }
})

test('a server stands still at the request that its script says, once', async () => {
  const ms = 60
  const server = await startSynthetic({ options: { ttftMs: 0, frames: 1 }, pause: { request: 2, ms } })
  const took: boolean[] = []
  for (const body of ['{"messages":[]}', '{"messages":[]}', '{"messages":[]}']) {
    const began = performance.now()
    await fetch(`${server.url}/chat/completions`, { method: 'POST', body }).then((reply) => reply.text())
    // A busy machine takes longer, and nothing makes a pause shorter.
    took.push(performance.now() - began >= ms - 1)
  }
  await server.close()
  expect(took[1]).toBe(true)
})

test('a client that leaves between two events frees its slot at once, not when the next event is due', async () => {
  const server = await startSynthetic({ slots: 1, options: { ttftMs: 0, delayMs: 60_000, frames: 2 } })
  try {
    const body = JSON.stringify({ model: 'synthetic-1', messages: [{ role: 'user' }], stream: true })
    const url = `${server.url}/chat/completions`
    const leaving = new AbortController()
    const first = await fetch(url, { method: 'POST', body, signal: leaving.signal })
    expect(first.status).toBe(200)
    const second = fetch(url, { method: 'POST', body })
    leaving.abort()
    expect((await second).status).toBe(200)
  } finally {
    await server.close()
  }
})
