import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lateness, measureLateness } from '../../../src/probe/lateness.ts'
import type { Call } from '../../../src/probe/probe.ts'
import { calibrateLevel, type Level, levels, quickLevels } from '../../../src/run/calibrate.ts'
import { startSyntheticWorker } from '../../../src/synthetic/worker.ts'
import type { Synthetic } from '../../../src/synthetic/server.ts'

let server: Synthetic
beforeAll(async () => {
  server = await startSyntheticWorker()
})
afterAll(() => server.close())

const stop = new AbortController().signal
const level = (more: Partial<Level> = {}): Level => ({
  concurrency: 2,
  ttftMs: 1,
  streams: 4,
  events: 3,
  everyMs: 0,
  ...more,
})
const whole = (...lateMs: number[]): Lateness => ({ lateMs, failure: null })

/** A level measured with these streams, in turn; without an answer of its own a stream gets the last. */
async function measured(streams: Lateness[], more: Partial<Level> = {}) {
  const calls: Call[] = []
  const lateness = (call: Call) => {
    calls.push(call)
    return Promise.resolve(streams[calls.length - 1] ?? whole(1, 1, 1))
  }
  return {
    calls,
    outcome: await calibrateLevel(level(more), { baseUrl: 'http://127.0.0.1/v1', lateness, stop }),
  }
}

test('the error of TTFT is that of the first event, the error of chunks that of all', async () => {
  const { outcome } = await measured([whole(1, 5, 5), whole(2, 5, 5), whole(3, 5, 5), whole(4, 5, 105)])
  expect(outcome).toEqual({
    lost: 0,
    errors: {
      concurrency: 2,
      streams: 4,
      chunks: 12,
      // By linear interpolation over 1, 2, 3, 4 at 0.5, 0.95 and 0.99 of the way.
      ttftP50Ms: 2.5,
      ttftP95Ms: expect.closeTo(3.85, 9) as number,
      ttftP99Ms: expect.closeTo(3.97, 9) as number,
      chunkP50Ms: 5,
      // Position 10.45 of 0..11: 5 + 0.45 x 100; position 10.89: 5 + 0.89 x 100.
      chunkP95Ms: expect.closeTo(50, 9) as number,
      chunkP99Ms: expect.closeTo(94, 9) as number,
    },
  })
})

test('a stream that failed, lost an event or had no stamp is left out and counted', async () => {
  const { outcome } = await measured([
    { lateMs: [9, 9, 9], failure: 'reset' },
    whole(9, 9),
    whole(9, NaN, 9),
    whole(1, 1, 1),
  ])
  expect(outcome).toMatchObject({ lost: 3, errors: { streams: 1, chunks: 3, ttftP99Ms: 1, chunkP99Ms: 1 } })
})

test('a level without a whole stream says why', async () => {
  const { outcome } = await measured(Array.from({ length: 4 }, () => ({ lateMs: [], failure: 'refused' })))
  expect(outcome).toEqual({ problem: 'refused' })
  const unstamped = await measured(Array.from({ length: 4 }, () => whole(NaN, NaN, NaN)))
  expect(unstamped.outcome).toEqual({ problem: 'no stream came back with all its events and stamps' })
})

test('as many streams are made as were asked for, so many at once, none alike', async () => {
  let open = 0
  let most = 0
  const prompts = new Set<string>()
  const lateness = async ({ prompt }: Call) => {
    prompts.add(prompt)
    open += 1
    most = Math.max(most, open)
    await new Promise((done) => setTimeout(done, 5))
    open -= 1
    return whole(1, 1, 1)
  }
  await calibrateLevel(level({ concurrency: 3, streams: 10 }), {
    baseUrl: 'http://127.0.0.1/v1',
    lateness,
    stop,
  })
  expect({ most, streams: prompts.size }).toEqual({ most: 3, streams: 10 })
})

test('after a stop no stream begins', async () => {
  const stopped = {
    baseUrl: 'http://127.0.0.1/v1',
    lateness: () => Promise.resolve(whole(1)),
    stop: AbortSignal.abort(),
  }
  expect(await calibrateLevel(level(), stopped)).toHaveProperty('problem')
})

test('against the synthetic provider every event has its error, small and never negative', async () => {
  const seen: Lateness[] = []
  const lateness = async (call: Call) => {
    const late = await measureLateness(call, { env: {}, egressAllow: [] })
    seen.push(late)
    return late
  }
  const outcome = await calibrateLevel(level({ streams: 6, events: 10, everyMs: 3 }), {
    baseUrl: server.url,
    lateness,
    stop,
  })
  expect(outcome).toMatchObject({ lost: 0, errors: { streams: 6, chunks: 60 } })
  // A busy machine is late at some, and not at all of them.
  const least = Math.min(...seen.flatMap(({ lateMs }) => lateMs))
  expect(least).toBeGreaterThan(0)
  expect(least).toBeLessThan(5)
})

test('what holds our event loop up is in the error', async () => {
  const model = 'synthetic/stamp/true/frames/30/delay_ms/10/ttft_ms/10'
  let call: Call | null = null
  await calibrateLevel(level({ streams: 1 }), {
    baseUrl: server.url,
    lateness: (made) => {
      call = { ...made, model }
      return Promise.resolve(whole(1, 1, 1))
    },
    stop,
  })
  if (call === null) throw new Error('no call was made')
  // Events come every 10 ms for 300 ms, whenever the first does.
  const block = setInterval(() => {
    const until = performance.now() + 60
    while (performance.now() < until);
  }, 100)
  const { lateMs } = await measureLateness(call, { env: {}, egressAllow: [] })
  clearInterval(block)
  expect(Math.max(...lateMs)).toBeGreaterThan(40)
})

test('the levels are those that are promised, with enough streams for their percentiles', () => {
  expect(levels.map(({ concurrency }) => concurrency)).toEqual([1, 8, 64, 256])
  expect(levels.every(({ streams }) => streams >= 299)).toBe(true)
  expect(quickLevels.every(({ streams, concurrency }) => streams >= concurrency)).toBe(true)
})
