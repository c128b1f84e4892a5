import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flushed, listening } from '../support/loopback.ts'
import { ask, idOf, type Proxied, startProxied, streamBody } from '../support/proxied.ts'
import { recordedErrors, recordedStreams, withoutUsage } from '../support/recordings.ts'

const streams = recordedStreams()
const errors = recordedErrors()

/** What an upstream is asked for in the body of a request. */
interface Wanted {
  /** The index of a recording, and how many bytes of it are written at a time. */
  recording?: number
  piece?: number
  error?: number
  stream_options?: { include_usage?: boolean }
}

let upstream: Server
let proxied: Proxied

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => void answer())
    const answer = async () => {
      const wanted = JSON.parse(Buffer.concat(parts).toString()) as Wanted
      const error = errors[wanted.error ?? -1]
      if (error !== undefined) {
        response.writeHead(error.status, { 'content-type': 'application/json', 'retry-after': '7' })
        return response.end(error.bytes)
      }
      const { bytes } = streams[wanted.recording ?? 0] ?? { bytes: Buffer.alloc(0) }
      const { piece = bytes.length } = wanted
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let at = 0; at < bytes.length; at += piece) {
        response.write(bytes.subarray(at, at + piece))
        await flushed()
      }
      return response.end()
    }
  })
  proxied = await startProxied(`${await listening(upstream)}/v1`)
})
afterAll(async () => {
  await proxied.close()
  upstream.closeAllConnections()
  upstream.close()
})

/** The names of the recordings that do not come through as they should. */
async function changed(indexes: readonly number[], more: object, meant: (bytes: Buffer) => Buffer) {
  const passed = await Promise.all(
    indexes.map(async (recording) => {
      const { name, bytes } = streams[recording] ?? { name: '', bytes: Buffer.alloc(0) }
      const { body } = await ask(proxied.port, { body: streamBody({ recording, ...more }) })
      return body.equals(meant(bytes)) ? [] : [name]
    }),
  )
  return passed.flat()
}

const all = [...streams.keys()]
const smallest = all
  .toSorted((a, b) => (streams[a]?.bytes.length ?? 0) - (streams[b]?.bytes.length ?? 0))
  .slice(0, 4)
const asked = { stream_options: { include_usage: true } }

test.skipIf(streams.length === 0)(
  'every recorded stream comes through byte for byte if the client speaks of usage itself',
  async () => {
    expect(streams.length).toBeGreaterThan(30)
    expect(await changed(all, { ...asked, piece: 4999 }, (bytes) => bytes)).toEqual([])
    expect(await changed(smallest, { ...asked, piece: 1 }, (bytes) => bytes)).toEqual([])
  },
)

test.skipIf(streams.length === 0)(
  'if it does not, every recorded stream comes through without the event of usage and otherwise byte for byte',
  async () => {
    expect(await changed(all, { piece: 4999 }, withoutUsage)).toEqual([])
    expect(await changed(smallest, { piece: 1 }, withoutUsage)).toEqual([])
  },
)

test.skipIf(errors.length === 0)(
  'every recorded error passes as it is, with its status and Retry-After',
  async () => {
    expect(errors.length).toBeGreaterThan(30)
    const passed = await Promise.all(
      errors.map(async ({ name, bytes, status }, error) => {
        const answer = await ask(proxied.port, { body: streamBody({ error }) })
        const record = await proxied.recordOf(idOf(answer))
        const isSame = answer.status === status && answer.body.equals(bytes)
        return { name, isSame, after: answer.headers['retry-after'], ends: record.upstreamStatus === status }
      }),
    )
    expect(passed.filter(({ isSame, after, ends }) => !isSame || after !== '7' || !ends)).toEqual([])
  },
)
