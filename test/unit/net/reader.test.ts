import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { stampReads } from '../../../src/net/reader.ts'
import { listening } from '../../support/loopback.ts'

test('a read is stamped before those who listen to the socket work on it', async () => {
  const server = createServer((socket) => socket.pipe(socket))
  const { port, hostname: host } = new URL(await listening(server))
  const socket = connect({ port: Number(port), host })
  let time = 100
  const { readAt, restore } = stampReads(socket, () => time)
  const stamps: number[] = []
  socket.on('data', () => {
    time += 50
    stamps.push(readAt())
  })
  for (const word of ['one', 'two']) {
    socket.write(word)
    await once(socket, 'data')
  }
  restore()
  time += 1000
  socket.write('three')
  await once(socket, 'data')
  socket.destroy()
  server.close()
  // Restored, it is not stamped anymore.
  expect(stamps).toEqual([100, 150, 150])
})
