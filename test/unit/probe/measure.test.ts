import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { Timeouts } from '../../../src/core/plan.ts'
import { measure, type Measured, type MeasureParts, type Tap } from '../../../src/probe/measure.ts'
import { flushed, head, healthy, saying, type Script, serving, streamHead } from '../../support/loopback.ts'

const timeouts: Timeouts = { connect: 5000, firstToken: 5000, idle: 5000, total: 10_000 }

/** Measures a request that no SDK built, to a server that follows this script. */
const measured = (script: Script, changes: Partial<MeasureParts> = {}): Promise<Measured> =>
  serving(script, (baseUrl) =>
    measure(
      { url: new URL(`${baseUrl}/chat/completions`), headers: {}, body: '{}' },
      { clock: systemClock, env: {}, egress: 'trusted', timeouts, ...changes },
    ),
  )

/** A tap that keeps everything, in the order in which it came. */
function recorder(): { seen: unknown[]; tap: Tap } {
  const seen: unknown[] = []
  const tap: Tap = {
    onHead: (status) => void seen.push(status),
    onBody: (bytes) => void seen.push(bytes.toString()),
    onEvent: ({ data }, { kind, read }) => void seen.push([data === '[DONE]' ? data : 'chunk', kind, read]),
  }
  return { seen, tap }
}

test('any request gives its exchange and its stream', async () => {
  const { exchange, stream } = await measured(saying(streamHead, ...healthy))
  expect(exchange).toMatchObject({ status: 200, failure: null })
  expect(stream).toMatchObject({ text: 'Hello there', finish: { reason: 'stop' }, done: true })
  expect(stream.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 2 })
})

test('a tap sees the head, then each piece of the body before the events in it', async () => {
  const { seen, tap } = recorder()
  const script: Script = async (socket) => {
    socket.write(streamHead)
    for (const piece of [healthy.slice(0, 2).join(''), healthy.slice(2).join('')]) {
      await flushed()
      socket.write(piece)
    }
  }
  await measured(script, { tap })
  expect(seen).toEqual([
    200,
    healthy.slice(0, 2).join(''),
    ['chunk', 'role', 1],
    ['chunk', 'text', 1],
    healthy.slice(2).join(''),
    ['chunk', 'text', 2],
    ['chunk', 'finish', 2],
    ['chunk', 'usage', 2],
    ['[DONE]', 'done', 2],
  ])
})

test('a tap sees the body without chunks and compression', async () => {
  const chunked = recorder()
  const body = healthy.join('')
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
  await measured(saying(head('200 OK', 'transfer-encoding: chunked'), chunk), { tap: chunked.tap })
  expect(chunked.seen.slice(0, 2)).toEqual([200, body])

  const zipped = recorder()
  const gzip = gzipSync(body)
  const lines = ['content-encoding: gzip', `content-length: ${gzip.length}`]
  await measured(saying(head('200 OK', ...lines), gzip), { tap: zipped.tap })
  expect(zipped.seen.filter((each) => typeof each === 'string').join('')).toBe(body)
})

test('a tap sees the body of an error', async () => {
  const { seen, tap } = recorder()
  const { exchange } = await measured(saying(head('429 Too Many Requests', 'content-length: 2'), '{}'), {
    tap,
  })
  expect(seen).toEqual([429, '{}'])
  expect(exchange).toMatchObject({ status: 429, text: '{}' })
})

test.for(['onHead', 'onBody', 'onEvent'] as const)('an exception of %s rejects the call', async (name) => {
  const tap = {
    [name]: () => {
      throw new Error('a bug')
    },
  }
  await expect(measured(saying(streamHead, ...healthy), { tap })).rejects.toThrow('a bug')
})

test('the same call with and without a tap gives the same events', async () => {
  const plain = await measured(saying(streamHead, healthy.join('')))
  const tapped = await measured(saying(streamHead, healthy.join('')), { tap: recorder().tap })
  expect(tapped.stream).toEqual(plain.stream)
})

test('a URL that is not trusted is guarded', async () => {
  const { exchange } = await measured(saying(streamHead), { egress: { allow: [] } })
  expect(exchange.failure).toMatchObject({ code: 'EGRESS_REFUSED', kind: 'not_https' })
})

test('deadlines and a person end a call', async () => {
  const { exchange } = await measured(() => {}, { timeouts: { ...timeouts, firstToken: 30 } })
  expect(exchange.failure).toMatchObject({ kind: 'timeout_first_token' })
  const aborted = await measured(() => {}, { signal: AbortSignal.abort() })
  expect(aborted.exchange.failure).toMatchObject({ kind: 'aborted' })
})

test('a request that is due later waits on its open socket, and waiting is no part of connecting', async () => {
  const dueAt = systemClock.now() + 200
  const { exchange } = await measured(saying(streamHead, ...healthy), { dueAt })
  expect(exchange).toMatchObject({ status: 200, failure: null })
  expect(exchange.t0).toBeGreaterThanOrEqual(dueAt)
  expect(exchange.start + (exchange.connectMs ?? 0)).toBeLessThanOrEqual(exchange.t0)
  expect(exchange.end).toBeGreaterThan(exchange.headersAt ?? 0)
})

test('a listener that throws rejects a request that was due later too', async () => {
  const onSent = () => {
    throw new Error('a bug')
  }
  const dueAt = systemClock.now() + 20
  await expect(measured(saying(streamHead, ...healthy), { dueAt, tap: { onSent } })).rejects.toThrow('a bug')
})
