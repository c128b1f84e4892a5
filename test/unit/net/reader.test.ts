import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { expect, test } from 'vitest'
import { stampReads } from '../../../src/net/reader.ts'
import { listening } from '../../support/loopback.ts'

setFlagsFromString('--allow-natives-syntax')
const isFast = runInThisContext('(object) => %HasFastProperties(object)') as (object: unknown) => boolean

/** A socket whose server sends back what it gets. */
async function openEcho() {
  const server = createServer((socket) => socket.pipe(socket))
  const { port, hostname: host } = new URL(await listening(server))
  const socket = connect({ port: Number(port), host })
  const say = async (word: string) => {
    socket.write(word)
    await once(socket, 'data')
  }
  const close = () => {
    socket.destroy()
    server.close()
  }
  return { socket, say, close }
}

test('a read is stamped before those who listen to the socket work on it', async () => {
  const { socket, say, close } = await openEcho()
  let time = 100
  const readAt = stampReads(socket, () => time)
  const stamps: number[] = []
  socket.on('data', () => {
    time += 50
    stamps.push(readAt())
  })
  await say('one')
  await say('two')
  close()
  expect(stamps).toEqual([100, 150])
})

test('a socket that serves several requests is stamped once a read, by the newest clock, and stays as fast', async () => {
  const { socket, say, close } = await openEcho()
  stampReads(socket, () => 1)
  await say('one')
  let looks = 0
  const readAt = stampReads(socket, () => {
    looks += 1
    return 2
  })
  await say('two')
  expect(readAt()).toBe(2)
  // When it begins, and one read.
  expect(looks).toBe(2)
  expect(isFast(socket)).toBe(true)
  close()
})
