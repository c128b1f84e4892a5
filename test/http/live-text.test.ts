import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Job } from '../../src/store/job-codec.ts'
import { createHttp } from '../../src/http/http.ts'
import { openPool, type Pool } from '../../src/probe/pool.ts'
import type { ProbeRow, RunEvent } from '../../src/run/events.ts'
import { noSuchRow, StoreError } from '../../src/store/store.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import type { Synthetic } from '../../src/synthetic/server.ts'
import { host, httpParts } from '../support/http-parts.ts'
import { collect, eventsOf, serve } from '../support/http-server.ts'
import { callTo } from '../support/loopback.ts'

const id = '01980000-0000-7000-8000-000000000001'
let provider: Synthetic
let pool: Pool

beforeAll(async () => {
  provider = await startSyntheticWorker()
  pool = await openPool(1, { sdks: ['openai'], env: {}, egressAllow: [] })
})
afterAll(async () => {
  await pool.close()
  await provider.close()
})

/** The API on a run that has this status, until `to` changes it. */
function about(status: string, given: Parameters<typeof httpParts>[0] = {}) {
  let now = status
  const readJob = () => {
    if (now === 'none') return Promise.reject(new StoreError('conflict', 'no such run', { code: noSuchRow }))
    const isOver = now !== 'queued' && now !== 'running'
    const run = { id, status: now, finishedAt: isOver ? new Date() : null }
    return Promise.resolve({ run, place: null, isCancelling: false } as unknown as Job)
  }
  const parts = httpParts({ ...given, store: { readJob } })
  return { parts, to: (next: string) => void (now = next) }
}

const probe: ProbeRow = {
  id: 'probe-1',
  provider: 'custom',
  model: 'synthetic-1',
  region: 'local',
  iteration: 1,
  context_tokens: null,
  warmup: false,
}
const eventOf = (type: 'run_joined' | 'run_finished') => ({ type, run: { id } }) as RunEvent

test('an answer comes in pieces while it is measured, and is the text that is recorded', async () => {
  const { parts, to } = about('queued')
  const server = await serve(parts)
  const events: { event: string | undefined; data: Record<string, unknown> }[] = []
  const states = () => events.flatMap(({ event, data }) => (event === 'text_state' ? [data['state']] : []))
  try {
    const stream = eventsOf(await fetch(`${server.url}/benchmarks/${id}/text`))
    const next = async () => {
      const { event, data } = (await stream.next()).value ?? {}
      if (data !== undefined) events.push({ event, data: JSON.parse(data) as Record<string, unknown> })
      return data !== undefined
    }
    await next()
    expect(states()).toEqual(['waiting'])
    const { texts } = parts.app
    const job = texts.open()
    to('running')
    job.hear(eventOf('run_joined'))
    await next()
    expect(states()).toEqual(['waiting', 'here'])
    const call = callTo(provider.url, {
      call: { model: 'synthetic/dialect/kimi/reasoning_tokens/12/frames/40/delay_ms/20' },
    })
    const [unseen, seen] = await Promise.all([
      pool.measure(call),
      pool.measure(call, undefined, texts.onlookerOf({ runId: id, probe })),
    ])
    to('finished')
    job.hear(eventOf('run_finished'))
    while (await next());
    expect(states()).toEqual(['waiting', 'here', 'over'])
    const answers = events.flatMap(({ event, data }) =>
      event === 'text' ? (data['answers'] ?? []) : [],
    ) as {
      text: string
      reasoning: string
      is_over: boolean
    }[]
    expect(answers.length).toBeGreaterThan(2)
    expect(answers.map(({ text }) => text).join('')).toBe(seen.responseText)
    expect(answers.map(({ reasoning }) => reasoning).join('').length).toBeGreaterThan(40)
    expect(answers.at(-1)).toMatchObject({ probe, is_over: true })
    expect(unseen.success && seen.success).toBe(true)
  } finally {
    await server.close()
  }
})

test('a run that another process makes is told, and so is its end', async () => {
  const { parts, to } = about('running')
  // Two looks agree that it is not here.
  let looks = 0
  const whenHere = () => {
    looks += 1
    if (looks === 3) to('cancelled')
    return Promise.resolve()
  }
  const server = await serve({ ...parts, app: { ...parts.app, texts: { ...parts.app.texts, whenHere } } })
  const events = await collect(await fetch(`${server.url}/benchmarks/${id}/text`))
  await server.close()
  expect(events.map(({ event, data }) => [event, data['state']])).toEqual([
    ['text_state', 'waiting'],
    ['text_state', 'elsewhere'],
    ['text_state', 'over'],
  ])
})

test('a function has no text, a run that is over has none anymore, and one that is not there is not found', async () => {
  const ask = (status: string, given: Parameters<typeof httpParts>[0] = {}) => {
    const { hono } = createHttp(about(status, given).parts)
    return hono.request(`http://${host}/api/v1/benchmarks/${id}/text`, { headers: { host } })
  }
  const events = await collect(await ask('running', { hosting: 'function', env: { PUBLIC_READS: '1' } }))
  expect(events).toMatchObject([{ event: 'text_state', data: { state: 'never' } }])
  expect((await ask('finished')).status).toBe(204)
  expect((await ask('none')).status).toBe(404)
  expect((await ask('running', { env: { READ_TOKEN: 'the-token-of-a-reader' } })).status).toBe(401)
})
