import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { makeFolder, removeFolder, type Running, start } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'
import { collect, eventsOf } from '../support/http-server.ts'

const token = 'the-token-of-the-admin'

let folder: string
let provider: Synthetic
let env: Record<string, string>

beforeAll(async () => {
  folder = makeFolder()
  copyDatabase(folder)
  provider = await startSynthetic({ options: { ttftMs: 5, frames: 3, delayMs: 1 } })
  env = {
    DATA_DIR: join(folder, '.data'),
    LOG_DIR: join(folder, 'logs'),
    LOG_LEVEL: 'error',
    LLM_BASE_URL: `http://127.0.0.1:${provider.port}/v1`,
    LLM_MODEL: 'synthetic-1',
    ADMIN_TOKEN: token,
    BENCHMARK_RATE_LIMIT: '1000',
  }
})
afterAll(async () => {
  await Promise.all([...running].map(({ child, ended }) => (child.kill('SIGKILL'), ended)))
  await provider.close()
  removeFolder(folder)
})

const running = new Set<Running>()

/** A server in a process of its own, once its database is open. */
async function serve() {
  const process = start('serve.ts', ['--port', '0', '--no-schedule'], { cwd: folder, env })
  running.add(process)
  void process.ended.then(() => running.delete(process))
  const at = await process.until(/http:\/\/127\.0\.0\.1:\d+/)
  const url = `${at}/api/v1`
  const get = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init)
  while ((await get('/benchmarks')).status !== 200) await new Promise((wait) => setTimeout(wait, 50))
  const post = async (path: string, body: object | null = null) => {
    const response = await get(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== null && { body: JSON.stringify(body) }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  const begin = async (mode: string, body: object) =>
    String((await post(`/benchmarks/${mode}`, { prompt: 'Say hello.', max_tokens: 32, ...body }))['job_id'])
  const jobOf = async (id: string) =>
    (await (await get(`/benchmarks/${id}`)).json()) as Record<string, unknown>
  const follow = async (id: string, after?: string) =>
    collect(await get(`/benchmarks/${id}/events${after === undefined ? '' : `?after=${after}`}`))
  const stop = async (signal: NodeJS.Signals) => {
    process.child.kill(signal)
    return process.ended
  }
  return { url, get, post, begin, jobOf, follow, stop }
}

const custom = { provider_id: 'custom', model: 'synthetic-1' }
const slow = { ...custom, model: 'synthetic/ttft_ms/60000' }

test('every mode is made, watchers in two processes see the same events, and what a server leaves another makes', async () => {
  const [one, other] = [await serve(), await serve()]
  const leave = new AbortController()
  const all = await other.get('/events', { signal: leave.signal })
  const seen: string[] = []
  const watched = (async () => {
    for await (const { id } of eventsOf(all)) seen.push(id ?? '')
  })().catch(() => undefined)
  const ids = [
    await one.begin('single', custom),
    await one.begin('multi', { ...custom, num_runs: 20 }),
    await one.begin('concurrent', { ...custom, num_runs: 6, concurrency: 3, context_tiers: [0, 500] }),
    await one.begin('comparison', { providers: [custom], num_runs: 2, warmup: true }),
    await one.begin('single', custom),
  ]
  const followed = await Promise.all(ids.map((id) => one.follow(id)))
  expect(followed.map((events) => events.filter(({ event }) => event === 'probe_recorded').length)).toEqual([
    1, 20, 12, 3, 1,
  ])
  // In the order in which they came, one after another.
  const bounds = followed.map((events) =>
    [events[1], events.at(-1)].map((event) => Date.parse(String(event?.data['created_at']))),
  )
  expect(bounds.flat()).toEqual(bounds.flat().toSorted((a, b) => a - b))
  const [, many = []] = followed
  for (const at of [0, 7, 20, 39]) {
    const rest = await other.follow(ids[1] ?? '', many[at]?.id)
    expect(rest.map(({ id }) => id)).toEqual(many.slice(at + 1).map(({ id }) => id))
  }
  const expected = followed.flat().map(({ id }) => id ?? '')
  while (!expected.every((id) => seen.includes(id))) await new Promise((wait) => setTimeout(wait, 20))
  leave.abort()
  await watched
  expect(seen.toSorted()).toEqual(expected.toSorted())

  const id = await one.begin('multi', { ...slow, num_runs: 3 })
  const events = one.follow(id)
  for await (const { event } of eventsOf(await other.get(`/benchmarks/${id}/events`)))
    if (event === 'probe_started') break
  expect(await other.post(`/benchmarks/${id}/cancel`)).toMatchObject({ is_cancelling: true })
  expect((await events).at(-1)).toMatchObject({
    event: 'run_finished',
    data: { data: { status: 'cancelled' } },
  })
  expect(await other.jobOf(id)).toMatchObject({ status: 'cancelled', n_failed: 1, n_skipped: 2 })

  // A server that is stopped closes what is open, and leaves its run to another.
  const left = await other.begin('multi', { ...custom, model: 'synthetic/ttft_ms/300', num_runs: 12 })
  const waiting = await other.begin('single', custom)
  const stream = eventsOf(await other.get('/events'))
  const socket = new WebSocket(`${other.url.replace('http', 'ws')}/ws`)
  const closed = new Promise<number>((done) => socket.on('close', done))
  for await (const { event } of stream) if (event === 'probe_recorded') break
  const rest = collect(await other.get(`/benchmarks/${left}/events`))
  const theirs = eventsOf(await one.get(`/benchmarks/${left}/events`))
  const ending = other.stop('SIGTERM')

  // So does one that is killed, here after its first call: each call is made once.
  let joined = 0
  for await (const { event } of theirs) {
    if (event === 'run_joined') joined += 1
    if (joined === 2 && event === 'probe_recorded') break
  }
  await one.stop('SIGKILL')
  expect((await ending).code).toBe(0)
  expect(await closed).toBe(1001)
  expect((await rest).map(({ event }) => event)).not.toContain('run_finished')
  const next = await serve()
  const [made, later] = [await next.follow(left), await next.follow(waiting)]
  const probes = made
    .filter(({ event }) => event === 'probe_recorded')
    .map(({ data }) => (data['probe'] as { id: string }).id)
  expect([probes.length, new Set(probes).size]).toEqual([12, 12])
  expect(made.at(-1)).toMatchObject({ event: 'run_finished', data: { data: { status: 'finished' } } })
  expect(made.filter(({ event }) => event === 'run_joined').length).toBeGreaterThanOrEqual(3)
  expect(later.at(-1)?.event).toBe('run_finished')
  expect((await next.stop('SIGTERM')).code).toBe(0)
})
