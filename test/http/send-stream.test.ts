import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { eventStream, type Frame } from '../../src/http/event-stream.ts'
import { type Listening, listen } from '../../src/http/listen.ts'

let listening: Listening | null = null
afterEach(() => listening?.close(AbortSignal.abort()))

const closing = new AbortController()
const unexpected = (error: unknown): void => {
  throw error
}

/** Serves these frames and asks for them. */
async function asked(frames: (signal: AbortSignal) => AsyncIterable<Frame>, onError = unexpected) {
  const respond = () => {
    const parts = { closing: closing.signal, onError, headers: { 'x-more': 'yes' } }
    const response = eventStream({ ...parts, frames })
    // As a middleware does that adds a header.
    return new Response(response.body, response)
  }
  listening = await listen({ fetch: respond }, { host: '127.0.0.1', port: 0 })
  const request = get(`http://127.0.0.1:${listening.port}/`, { agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response.setEncoding('utf8')
}

test('frames come with the headers of the response, and end with it', async () => {
  const response = await asked(async function* frames() {
    yield { id: '1-1', event: 'a', json: '{"n":1}' }
    yield { event: 'b', json: '{"n":"é"}' }
  })
  expect(response.statusCode).toBe(200)
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'x-more': 'yes',
  })
  let text = ''
  for await (const chunk of response) text += String(chunk)
  expect(text).toBe(
    'retry: 1000\n: firsttoken\n\nid: 1-1\nevent: a\ndata: {"n":1}\n\nevent: b\ndata: {"n":"é"}\n\n',
  )
})

test('frames end when their reader leaves', async () => {
  const ended = Promise.withResolvers<void>()
  const response = await asked(async function* frames(signal) {
    yield { event: 'a', json: '{}' }
    await once(signal, 'abort')
    ended.resolve()
  })
  await once(response, 'data')
  response.destroy()
  await expect(ended.promise).resolves.toBeUndefined()
})

test('frames that fail as their reader leaves are told of, and end nothing else', async () => {
  const told = Promise.withResolvers<unknown>()
  const failing = {
    next: () => new Promise<IteratorResult<Frame>>(() => undefined),
    return: () => Promise.reject(new Error('the database is away')),
  }
  const response = await asked(() => ({ [Symbol.asyncIterator]: () => failing }), told.resolve)
  await once(response, 'data')
  response.destroy()
  await expect(told.promise).resolves.toEqual(new Error('the database is away'))
})

test('no more frames are made for a reader that does not read than its connection holds', async () => {
  let made = 0
  const ended = Promise.withResolvers<void>()
  const response = await asked(async function* frames(signal) {
    signal.addEventListener('abort', () => ended.resolve())
    for (; made < 10_000; made += 1) {
      await new Promise(setImmediate)
      yield { event: 'a', json: `"${'x'.repeat(100_000)}"` }
    }
  })
  response.pause()
  let before = -1
  while (before < made) {
    before = made
    await new Promise((wait) => setTimeout(wait, 200))
  }
  expect(made).toBeLessThan(1000)
  response.destroy()
  await ended.promise
})
