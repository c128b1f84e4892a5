import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { listening } from '../support/loopback.ts'
import { startProxied, streamBody, upstreamAt } from '../support/proxied.ts'
import { dial, headOf } from '../support/raw-client.ts'

// Node gives the socket that a request has begun to open, and given up in the same turn, to the next one, which then says that it is reused.

const request = headOf(streamBody().length, 'authorization: Bearer sk-mine') + streamBody()

/** A proxy whose first client leaves before its upstream is known; what the second is told, and its record. */
async function afterOneLeft(url: string, socket: object = {}) {
  const gate = Promise.withResolvers<void>()
  let asked = 0
  const proxied = await startProxied(url, {
    timeouts: { connect: 300, firstByte: 60_000, idle: 60_000 },
    socket,
    route: async () => {
      asked += 1
      if (asked === 1) await gate.promise
      return { provider: upstreamAt(url), model: 'tiny' }
    },
  })
  const { client: first } = dial(proxied.port)
  const hasLeft = new Promise((left) => first.once('close', left))
  first.write(request)
  await expect.poll(() => asked).toBe(1)
  first.destroy()
  await hasLeft
  gate.resolve()
  await expect.poll(() => proxied.records, { timeout: 10_000 }).toHaveLength(1)
  expect(proxied.records[0]?.clientLeft).not.toBeNull()
  const { client: second, told } = dial(proxied.port)
  second.write(request)
  await expect.poll(() => told.text, { timeout: 10_000 }).toContain('HTTP/1.1 504')
  await expect.poll(() => proxied.records).toHaveLength(2)
  second.destroy()
  await proxied.close()
  return proxied.records[1]
}

test('a connection that somebody who left had begun is waited for no longer than any other', async () => {
  const record = await afterOneLeft('http://upstream.test:9/v1', { lookup: () => undefined })
  expect(record).toMatchObject({ errorKind: 'timeout_connect', reused: false, connectMs: null })
})

test('so is the handshake of TLS', async () => {
  const held: Socket[] = []
  const server = createServer((socket) => held.push(socket.on('error', () => undefined)))
  const { port } = new URL(await listening(server))
  const record = await afterOneLeft(`https://127.0.0.1:${port}/v1`)
  expect(record).toMatchObject({ errorKind: 'timeout_connect', reused: false, connectMs: null })
  for (const socket of held) socket.destroy()
  server.close()
})
