import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { keepRunning } from '../../../src/cli/keep-proxy.ts'

/** Keeps processes that each run for so long, in ms of a clock that waiting moves, and what came of it. */
function keeping(lives: readonly number[]) {
  let at = 0
  const stop = new AbortController()
  const abort = new AbortController()
  const seen = { starts: 0, slept: [] as number[], said: [] as string[], ends: 0 }
  const last = Promise.withResolvers<string>()
  const kept = keepRunning(
    {
      start: () => {
        const life = lives[seen.starts]
        seen.starts += 1
        at += life ?? 0
        return {
          ended: life === undefined ? last.promise : Promise.resolve('with exit code 1'),
          end: () => (seen.ends += 1),
        }
      },
      now: () => at,
      sleep: (ms) => {
        seen.slept.push(ms)
        at += ms
        return Promise.resolve()
      },
      say: (text) => seen.said.push(text),
    },
    { stop: stop.signal, abort: abort.signal },
  )
  return { seen, stop, abort, last, kept }
}

test('a proxy that ends is started again after pauses that grow, and soon if it had run for a while', async () => {
  const { seen, stop, last, kept } = keeping([0, 0, 0, 0, 0, 0, 0, 0, 90_000, 0])
  await expect.poll(() => seen.starts).toBe(11)
  expect(seen.slept).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000, 2000])
  expect(seen.said[1]).toBe('the proxy ended with exit code 1; it is started again in 2 s')
  stop.abort()
  last.resolve('by SIGTERM')
  await kept
  expect([seen.starts, seen.said.length]).toEqual([11, 10])
})

test('it is asked to end when the server is, again when that hurries, and waited for', async () => {
  const { seen, stop, abort, last, kept } = keeping([])
  let isOver = false
  void kept.then(() => (isOver = true))
  stop.abort()
  await turn()
  expect([seen.ends, isOver]).toEqual([1, false])
  abort.abort()
  expect(seen.ends).toBe(2)
  last.resolve('with exit code 0')
  await kept
  expect(seen.said).toEqual([])
})

test('it is not started again while it waits for that, if the server ends', async () => {
  const stop = new AbortController()
  let starts = 0
  const kept = keepRunning(
    {
      start: () => ({ ended: Promise.resolve(`by ${(starts += 1)}`), end: () => undefined }),
      now: () => 0,
      sleep: () => {
        setImmediate(() => stop.abort())
        return new Promise(() => undefined)
      },
      say: () => undefined,
    },
    { stop: stop.signal, abort: new AbortController().signal },
  )
  await kept
  expect(starts).toBe(1)
})
