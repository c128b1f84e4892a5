import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { delta, done, event, listening } from '../support/loopback.ts'
import { ask, idOf, startProxied, streamBody } from '../support/proxied.ts'
import { headOf } from '../support/raw-client.ts'

const MiB = 2 ** 20
const short = delta({ content: 'done' })

/** An upstream that floods whoever asks for a stream, and the sockets that it floods; others get one event. */
async function startFlood() {
  const flooded: Socket[] = []
  const flood = (response: ServerResponse) => {
    // With usage, so that nobody counts the tokens of megabytes.
    const usage = { prompt_tokens: 1, completion_tokens: 1 }
    const choices = [{ index: 0, delta: { content: 'x'.repeat(10_000) } }]
    const long = event({ choices, usage })
    const more = () => {
      while (!response.destroyed && response.write(long));
    }
    response.on('drain', more)
    more()
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (body.includes('"brief"')) response.end(short + done)
      else {
        flooded.push(request.socket)
        flood(response)
      }
    })
  })
  const url = await listening(server)
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, flooded, close }
}

function stalledClient(port: number): Socket {
  const body = streamBody()
  const client = connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .pause()
  client.write(headOf(body.length) + body)
  return client
}

/** Bytes that the kernel took of what was written. */
const takenOf = (socket: Socket): number => socket.bytesWritten - socket.writableLength

test('of many clients that never read, each makes the proxy take so many bytes of the upstream and no more, and others are served', async () => {
  const upstream = await startFlood()
  const proxied = await startProxied(`${upstream.url}/v1`)
  const clients = Array.from({ length: 8 }, () => stalledClient(proxied.port))
  await expect.poll(() => upstream.flooded.length).toBe(clients.length)
  // Nothing more is taken of any.
  await expect
    .poll(
      async () => {
        const before = upstream.flooded.map(takenOf)
        await new Promise((wait) => setTimeout(wait, 200))
        return upstream.flooded.every((socket, index) => takenOf(socket) === before[index])
      },
      { timeout: 20_000 },
    )
    .toBe(true)
  const taken = upstream.flooded.map(takenOf)
  // What fits into the buffers of four sockets and of ours.
  expect(Math.max(...taken)).toBeLessThan(24 * MiB)
  expect(Math.min(...taken)).toBeGreaterThan(0)
  const answer = await ask(proxied.port, { body: streamBody({ model: 'brief' }) })
  expect(answer.body.toString()).toContain('done')
  expect(await proxied.recordOf(idOf(answer))).toMatchObject({ success: true, errorKind: null })

  for (const client of clients) client.destroy()
  await expect.poll(() => proxied.records.length, { timeout: 20_000 }).toBe(clients.length + 1)
  for (const record of proxied.records.filter(({ modelAsked }) => modelAsked !== 'brief')) {
    expect(record).toMatchObject({ clientLeft: 'paused', errorKind: 'aborted' })
    // It was counted when it was handed over; none was taken that did not come.
    expect(record.responseBytes).toBeLessThan(24 * MiB)
  }
  await proxied.close()
  upstream.close()
}, 60_000)
