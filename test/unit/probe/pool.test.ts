import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Observation } from '../../../src/core/result.ts'
import { openPool, type Pool, type PoolParts } from '../../../src/probe/pool.ts'
import type { Call } from '../../../src/probe/probe.ts'
import { warmUp } from '../../../src/probe/sdk.ts'
import { makeScript } from '../../../src/synthetic/script.ts'
import type { Synthetic } from '../../../src/synthetic/server.ts'
import { startSyntheticWorker } from '../../../src/synthetic/worker.ts'
import {
  callTo,
  type Changes,
  healthy,
  listening,
  pause,
  probing,
  type Script,
  serving,
  streamHead,
  testKey,
  testSettings,
} from '../../support/loopback.ts'
import { dueTimes } from '../../../src/lab/arrivals.ts'
import { seededRandom } from '../../../src/core/random.ts'

let server: Synthetic
beforeAll(async () => {
  server = await startSyntheticWorker()
  await warmUp(['openai'])
})
afterAll(() => server.close())

/** To the synthetic provider, with a rule that has a RegExp in it, as real providers have. */
const asking = (path: string): Changes => ({
  entry: { rules: [{ models: /^synthetic/, maxTokens: 'max_tokens' }] },
  call: { model: `synthetic/${path}` },
})
const callFor = (path: string): Call => callTo(server.url, asking(path))
const ownProbe = (path: string): Promise<Observation> => probing(server.url, asking(path))

async function pooling<T>(threads: number, use: (pool: Pool) => Promise<T>, more: Partial<PoolParts> = {}) {
  const pool = await openPool(threads, { sdks: ['openai'], env: {}, egressAllow: [], ...more })
  try {
    return await use(pool)
  } finally {
    await pool.close()
  }
}

/** The threads that are started while `use` goes on. */
async function startedIn<T>(use: (workers: Worker[]) => Promise<T>): Promise<T> {
  const workers: Worker[] = []
  const add = (worker: Worker) => workers.push(worker)
  process.on('worker', add)
  try {
    return await use(workers)
  } finally {
    process.off('worker', add)
  }
}

/** What of an observation does not depend on when it was made. */
const timeless = (seen: Observation) => {
  const { timeline, ...rest } = seen
  const kept = Object.entries(rest).filter(
    ([name]) => !/Ms$|^(tps|inputTps|startedAt|timing\w+|eventsPerRead|lag\w+|stallCount)$/.test(name),
  )
  const { reasoningForm, events } = timeline
  return { ...Object.fromEntries(kept), reasoningForm, events: events.map(({ kind, text }) => [kind, text]) }
}

test.each([
  'frames/20/delay_ms/1/seed/3',
  'dialect/kimi/frames/12/reasoning_tokens/4/seed/3',
  'fault/truncated',
])('a thread measures the same as the main thread: %s', async (path) => {
  const call = callFor(path)
  const [inThread, here] = await pooling(1, (pool) => Promise.all([pool.measure(call), ownProbe(path)]))
  expect(timeless(inThread)).toEqual(timeless(here))
  expect(inThread.startedAt).toBeInstanceOf(Date)
  expect(inThread.ttftMs).toBeGreaterThan(0)
  expect(inThread.lagMaxMs).not.toBeNull()
})

test('of 64 concurrent streams none is lost or mixed up', async () => {
  const seeds = Array.from({ length: 64 }, (_, index) => index)
  const texts = await pooling(2, (pool) =>
    Promise.all(
      seeds.map(async (seed) => {
        const seen = await pool.measure(callFor(`seed/${seed}/frames/12/delay_ms/5/ttft_ms/20`))
        return seen.responseText
      }),
    ),
  )
  const told = seeds.map((seed) =>
    makeScript(seed, { frames: 12, delayMs: 5, ttftMs: 20 })
      .tokens.map(({ text }) => text)
      .join(''),
  )
  expect(texts).toEqual(told)
  expect(new Set(told).size).toBeGreaterThan(60)
})

test('blocking the main thread affects its own probes and not those of a thread', async () => {
  const paths = Array.from({ length: 8 }, (_, seed) => `seed/${seed}/frames/80/delay_ms/10/ttft_ms/100`)
  const [inThread, here] = await pooling(1, async (pool) => {
    const seen = [paths.map((path) => pool.measure(callFor(path))), paths.map(ownProbe)]
    await pause(300)
    // Longer than a thread of a busy machine waits for a core.
    const until = performance.now() + 1000
    while (performance.now() < until);
    return Promise.all(seen.map((some) => Promise.all(some)))
  })
  const lags = (seen: Observation[] = []) => seen.map(({ lagMaxMs }) => lagMaxMs ?? 0)
  expect(here?.map(({ timingQuality }) => timingQuality)).not.toContain('ok')
  expect(Math.min(...lags(here))).toBeGreaterThan(900)
  expect(Math.max(...lags(inThread))).toBeLessThan(900)
})

test("a person's abort ends the calls that it is for, also one that begins after it, and no other", async () => {
  const abort = new AbortController()
  const seen = await pooling(1, async (pool) => {
    const other = pool.measure(callFor('ttft_ms/300/frames/3'), new AbortController().signal)
    const first = pool.measure(callFor('ttft_ms/4000'), abort.signal)
    await pause(50)
    abort.abort()
    return Promise.all([first, pool.measure(callFor('ttft_ms/4000'), abort.signal), other])
  })
  expect(seen.map(({ errorKind }) => errorKind)).toEqual(['aborted', 'aborted', null])
})

test('a thread that dies rejects what it had, without a key, and another takes its place', async () => {
  await startedIn(async (workers) =>
    pooling(1, async (pool) => {
      const lost = pool.measure(callFor('ttft_ms/4000')).catch((error: unknown) => error)
      await pause(20)
      await workers[0]?.terminate()
      const error = await lost
      expect(error).toBeInstanceOf(Error)
      expect(String(error)).toMatch(/a measuring thread ended \(exit code \d+\) before it answered/)
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(testKey)
      expect(await pool.measure(callFor('frames/3'))).toMatchObject({ success: true })
      expect(workers).toHaveLength(2)
    }),
  )
})

test('a call that cannot be sent to a thread is rejected, and the next one is made', async () => {
  await pooling(1, async (pool) => {
    const call = { ...callFor('frames/3'), settings: { ...testSettings, prompt: (() => '') as never } }
    await expect(pool.measure(call)).rejects.toThrow('could not be cloned')
    expect(await pool.measure(callFor('frames/3'))).toMatchObject({ success: true })
  })
})

test('closing ends every thread and its calls', async () => {
  await startedIn(async (workers) => {
    const pool = await openPool(2, { sdks: ['openai'], env: {}, egressAllow: [] })
    const ends = workers.map((worker) => once(worker, 'exit'))
    const under = pool.measure(callFor('ttft_ms/4000'))
    const lost = under.catch((error: unknown) => String(error))
    await pool.close()
    expect(await lost).toContain('ended')
    expect(await Promise.all(ends)).toHaveLength(2)
    await expect(pool.measure(callFor('frames/3'))).rejects.toThrow('closed')
    expect(workers).toHaveLength(2)
  })
})

test('a thread uses the proxies of the environment', async () => {
  const parts = {
    sdks: ['openai' as const],
    egressAllow: [],
    env: { OPENAI_API_KEY: testKey, HTTP_PROXY: 'http://127.0.0.1:9' },
  }
  const pool = await openPool(1, parts)
  // Through a proxy where nobody listens.
  const seen = await pool.measure(callFor('frames/3'))
  await pool.close()
  expect(seen).toMatchObject({ success: false, statusCode: null })
})

test('calls are sent when they are due by the clock of who asked, in whichever thread', async () => {
  const arrived: number[] = []
  const answering: Script = (socket) => {
    arrived.push(performance.now())
    socket.end(streamHead + healthy.join(''))
  }
  await serving(answering, (url) =>
    pooling(2, async (pool) => {
      const begin = performance.now() + 300
      const due = dueTimes({ rate: 100, arrivals: 'poisson' }, 30, seededRandom(1)).map((ms) => begin + ms)
      const seen = await Promise.all(due.map((dueAt) => pool.measure({ ...callTo(url), dueAt })))
      // Sent when they were due and that much later, so that they arrived after both; with the clocks' own grain.
      const late = seen.map(({ lateMs }) => lateMs ?? NaN)
      expect(late.every((ms) => ms >= 0 && ms < 10_000)).toBe(true)
      const sent = due.map((at, place) => at + (late[place] ?? NaN)).toSorted((a, b) => a - b)
      const sorted = arrived.toSorted((a, b) => a - b)
      expect(sorted.filter((at, place) => at < (sent[place] ?? NaN) - 0.1)).toEqual([])
      expect(pool.cpuMs().map((ms) => ms > 0)).toEqual([true, true])
    }),
  )
})

test('threads reuse connections where a run says so, as many as calls in flight, and each result says it', async () => {
  const answers = createServer((_, response) => response.end(healthy.join('')))
  let connections = 0
  answers.on('connection', () => (connections += 1))
  const url = await listening(answers)
  const settings = { ...testSettings, reuseConnections: true }
  const round = (pool: Pool) =>
    Promise.all([1, 2, 3].map(() => pool.measure({ ...callTo(`${url}/v1`), settings })))
  const [first, second] = await pooling(1, async (pool) => {
    const opened = await round(pool)
    // A thread has its sockets back a turn after their answers, and another call takes several.
    await pool.measure(callTo(`${url}/v1`))
    return [opened, await round(pool)]
  })
  answers.close()
  const phases = ({ success, tcpMs, connectMs, notes }: Observation) => [
    success,
    tcpMs !== null,
    (connectMs ?? 0) > 0,
    notes,
  ]
  expect(first?.map(phases)).toEqual(Array.from({ length: 3 }, () => [true, true, true, []]))
  const said = ['sent on a connection that an earlier request had opened']
  expect(second?.map(phases)).toEqual(Array.from({ length: 3 }, () => [true, false, false, said]))
  expect(connections).toBe(3 + 1)
})
