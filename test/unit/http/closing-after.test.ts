import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { closingAfter } from '../../../src/http/closing-after.ts'

const url = 'https://firsttoken.example/api/v1/events'

/** A stream that waits for each byte to be asked for, and what became of it. */
async function streaming(signal?: AbortSignal) {
  const seen = { closed: 0, cancelled: 0 }
  let source: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (source = controller),
    cancel: () => void (seen.cancelled += 1),
  })
  const headers = { 'content-type': 'text/event-stream' }
  const response = await closingAfter(
    new Response(body, { status: 202, headers }),
    new Request(url, { ...(signal && { signal }) }),
    () => {
      seen.closed += 1
      return Promise.resolve()
    },
  )
  const reader = response.body?.getReader()
  if (source === undefined || reader === undefined) throw new Error('there is no stream')
  return { source, reader, response, seen }
}
const settled = async () => {
  for (let n = 0; n < 20; n += 1) await setImmediate()
}

test('something stays open until the last byte of a stream was taken', async () => {
  const { source, reader, response, seen } = await streaming()
  expect(response.status).toBe(202)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  source.enqueue(new Uint8Array([1]))
  expect((await reader.read()).value).toEqual(new Uint8Array([1]))
  source.enqueue(new Uint8Array([2]))
  source.close()
  await settled()
  expect(seen.closed).toBe(0)
  expect((await reader.read()).value).toEqual(new Uint8Array([2]))
  expect((await reader.read()).done).toBe(true)
  await settled()
  expect(seen).toEqual({ closed: 1, cancelled: 0 })
})

test('it is closed once the stream is cancelled, or its client has left, or it breaks', async () => {
  const cancelled = await streaming()
  await cancelled.reader.cancel()
  await settled()
  expect(cancelled.seen).toEqual({ closed: 1, cancelled: 1 })
  const client = new AbortController()
  const left = await streaming(client.signal)
  client.abort()
  await expect(left.reader.read()).rejects.toThrow('abort')
  await settled()
  expect(left.seen).toEqual({ closed: 1, cancelled: 1 })
  const broken = await streaming()
  broken.source.error(new Error('broken'))
  await expect(broken.reader.read()).rejects.toThrow('broken')
  await settled()
  expect(broken.seen).toEqual({ closed: 1, cancelled: 0 })
})

test('an answer without a body closes it at once', async () => {
  let closed = 0
  const close = () => {
    closed += 1
    return Promise.resolve()
  }
  await closingAfter(new Response(null, { status: 204 }), new Request(url), close)
  expect(closed).toBe(1)
})
