import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventStream, type Frame } from '../../../src/http/event-stream.ts'

const never = new AbortController().signal

/** Frames that are given one by one. */
function source() {
  const state = { made: 0, ended: false }
  const given: Frame[] = []
  let more = Promise.withResolvers<void>()
  const frames = async function* (signal: AbortSignal): AsyncGenerator<Frame> {
    signal.addEventListener('abort', () => more.resolve())
    try {
      while (!signal.aborted) {
        for (const frame of given.splice(0)) {
          state.made += 1
          yield frame
        }
        if (!signal.aborted) await more.promise
        more = Promise.withResolvers()
      }
    } finally {
      state.ended = true
    }
  }
  const give = (...some: Frame[]) => {
    given.push(...some)
    more.resolve()
  }
  return { state, frames, give }
}

async function* textsOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) yield decoder.decode(bytes as Uint8Array)
}
const next = async (texts: AsyncGenerator<string>) => (await texts.next()).value as string | undefined
const parts = { closing: never, onError: () => undefined }

test('something comes at once, then a comment in every silence, and no frame before it is asked for', async () => {
  const { state, frames, give } = source()
  const texts = textsOf(eventStream({ ...parts, frames, heartbeatMs: 1 }))
  expect(await next(texts)).toBe('retry: 1000\n: firsttoken\n\n')
  expect(await next(texts)).toBe(': \n\n')
  expect(await next(texts)).toBe(': \n\n')
  give(...[1, 2, 3].map((n) => ({ id: `1-${n}`, event: 'e', json: '{"text":"a\\nb"}' })))
  let text = await next(texts)
  while (text === ': \n\n') text = await next(texts)
  expect(text).toBe('id: 1-1\nevent: e\ndata: {"text":"a\\nb"}\n\n')
  expect(state.made).toBeLessThanOrEqual(2)
})

test('a reader that leaves ends what makes its frames, while it waits and between two frames', async () => {
  const waiting = source()
  const response = eventStream({ ...parts, frames: waiting.frames, heartbeatMs: 60_000 })
  const reader = response.body?.getReader()
  await reader?.read()
  const pending = reader?.read()
  await setImmediate()
  await reader?.cancel()
  await pending
  expect(waiting.state.ended).toBe(true)

  const between = source()
  between.give({ event: 'e', json: '1' }, { event: 'e', json: '2' })
  const texts = textsOf(eventStream({ ...parts, frames: between.frames }))
  await next(texts)
  await next(texts)
  await texts.return(undefined)
  expect(between.state.ended).toBe(true)
})

test('when the server ends its readers are told to come again', async () => {
  const { state, frames } = source()
  const closing = new AbortController()
  const texts = textsOf(eventStream({ ...parts, frames, closing: closing.signal }))
  await next(texts)
  const last = next(texts)
  closing.abort()
  expect(await last).toBe(': come again with the last id\n\n')
  expect(await next(texts)).toBeUndefined()
  expect(state.ended).toBe(true)
})

test('the text of an error goes to the log and to nobody else', async () => {
  const secret = new Error('postgres://user:password@host failed')
  const logged: unknown[] = []
  const frames = (): AsyncIterable<Frame> => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(secret) }),
  })
  const response = eventStream({ ...parts, frames, onError: (error) => logged.push(error) })
  const text = await response.text()
  expect(text).toContain('event: stream_failed\n')
  expect(text).not.toContain('password')
  expect(text).not.toContain('event: error\n')
  expect(logged).toEqual([secret])
})
