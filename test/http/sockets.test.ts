import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { foreignCursor } from '../../src/http/live.ts'
import { sessionValue } from '../../src/http/session-cookie.ts'
import type { EventRow } from '../../src/store/event-codec.ts'
import { openEventFeed } from '../../src/store/event-feed.ts'
import { newRun } from '../../src/store/memory.ts'
import { noSuchRow, StoreError } from '../../src/store/store.ts'
import { httpParts, tokens } from '../support/http-parts.ts'
import { serve } from '../support/http-server.ts'
import { samplePlan } from '../support/samples.ts'

const plan = samplePlan(['a'])
const run = { ...newRun(plan, 'local', new Date(0)), id: '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a' }
const done = { ...run, id: run.id.replaceAll('a', 'c'), status: 'finished' as const }
const other = run.id.replaceAll('a', 'b')
const facts = {
  run: { ...run, mode: 'single', status: 'running', n_probes: 1, started_at: '2026-11-29T10:00:00Z' },
}
const row = (n: number, event: EventRow['event'], runId = run.id): EventRow => ({
  id: `1-${n}`,
  run_id: runId,
  event,
  created_at: '2026-11-29T10:00:01Z',
  data: event === 'run_finished' ? { status: 'finished' } : {},
  probe: null,
  result: null,
  n_done: 0,
})
const log = [row(1, 'run_queued'), row(2, 'run_started'), row(3, 'run_queued', other), row(4, 'run_finished')]
const numberOf = (cursor: string) => Number(cursor.split('-')[1])
const cancelled: string[] = []

let server: Awaited<ReturnType<typeof serve>>
let watchers = 0

function serveEvents() {
  const store = {
    listEvents: ({ runId, after }: { runId: string | null; after: string | null }) => {
      const from = after === null ? (runId === null ? 4 : 0) : numberOf(after)
      const rows = log.filter((each) => numberOf(each.id) > from && (runId === null || each.run_id === runId))
      return Promise.resolve({ rows, next: '1-4', pending: false })
    },
    readJob: ({ runId }: { runId: string }) =>
      [run, done].some(({ id }) => id === runId)
        ? Promise.resolve({ run: runId === run.id ? run : done, place: null, isCancelling: false })
        : Promise.reject(new StoreError('bug', 'secret of the database', { code: noSuchRow })),
    readRun: () => Promise.resolve({ ...facts, settings: {}, targets: [] } as never),
    cancelRun: ({ runId }: { runId: string }) => {
      cancelled.push(runId)
      return Promise.resolve(run)
    },
  }
  const feed = openEventFeed({ listEvents: store.listEvents, listen: null })
  return serve({
    ...httpParts({ env: tokens, store }),
    feed: {
      ...feed,
      watch: async function* (watch) {
        watchers += 1
        try {
          yield* feed.watch(watch)
        } finally {
          watchers -= 1
        }
      },
    },
  })
}

beforeAll(async () => {
  server = await serveEvents()
})
afterAll(() => server.close())

const read = { authorization: `Bearer ${tokens.READ_TOKEN}` }
const admin = { authorization: `Bearer ${tokens.ADMIN_TOKEN}` }
const addressOf = () => `${server.url.replace('http', 'ws')}/ws`

/** A socket that is open, and what it is sent. */
async function open(headers: Record<string, string>, address = addressOf()) {
  const socket = new WebSocket(address, { headers })
  const waiting: Record<string, unknown>[] = []
  let arrived = Promise.withResolvers<void>()
  socket.on('message', (data: Buffer) => {
    waiting.push(JSON.parse(data.toString()) as Record<string, unknown>)
    arrived.resolve()
  })
  await once(socket, 'open')
  const next = async () => {
    while (waiting.length === 0) {
      await arrived.promise
      arrived = Promise.withResolvers()
    }
    return waiting.shift()
  }
  return { socket, next, say: (message: unknown) => socket.send(JSON.stringify(message)) }
}

/** The status by which a socket is refused. */
async function refusedWith(headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(addressOf(), { headers })
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }]
  socket.terminate()
  return response.statusCode
}

test('a socket gets the events of a run after a cursor, or of all', async () => {
  const { socket, next, say } = await open(read)
  say({ type: 'subscribe', job_id: run.id, after: '1-1' })
  expect(await next()).toMatchObject({ id: '1-2', event: 'run_started', data: { run_id: run.id } })
  expect(await next()).toMatchObject({ id: '1-4', event: 'run_finished', data: { progress: { total: 1 } } })
  say({ type: 'subscribe', job_id: done.id, after: '1-4' })
  expect(await next()).toEqual({ id: null, event: 'run_over', data: { job_id: done.id } })
  say({ type: 'subscribe', job_id: run.id, after: '2-1' })
  expect(await next()).toMatchObject({ event: 'problem', data: { detail: foreignCursor } })
  say({ type: 'subscribe', after: '1-2', names: 'jobs' })
  expect(await next()).toMatchObject({ id: '1-3', event: 'job_created', data: { job_id: other } })
  expect(await next()).toMatchObject({ id: '1-4', event: 'job_completed', data: { result_ref: run.id } })
  say({ type: 'subscribe' })
  expect(await next()).toMatchObject({ event: 'problem' })
  expect(watchers).toBe(1)
  say({ type: 'unsubscribe' })
  say({ type: 'ping' })
  expect(await next()).toEqual({ id: null, event: 'pong', data: {} })
  expect(watchers).toBe(0)
  socket.close()
  await once(socket, 'close')
})

test('a socket that is closed ends what it watches', async () => {
  const { socket, say, next } = await open(read)
  say({ type: 'subscribe' })
  say({ type: 'ping' })
  await next()
  expect(watchers).toBe(1)
  socket.terminate()
  await expect.poll(() => watchers).toBe(0)
})

test('who may only read cancels nothing, and no answer holds the text of an error', async () => {
  const before = cancelled.length
  const reader = await open(read)
  reader.say({ type: 'cancel', job_id: run.id })
  expect(await reader.next()).toMatchObject({
    event: 'problem',
    data: { detail: expect.stringMatching(/admin/) as string },
  })
  expect(cancelled.length).toBe(before)
  reader.say({ type: 'subscribe', job_id: other })
  const refused = await reader.next()
  expect(refused).toMatchObject({ event: 'problem' })
  expect(JSON.stringify(refused)).not.toContain('secret')
  for (const message of [{ type: 'x' }, { type: 'ping', more: 1 }, { type: 'cancel', job_id: 'x' }, 7]) {
    reader.say(message)
    expect(await reader.next()).toMatchObject({ event: 'problem' })
  }
  reader.socket.terminate()

  const changer = await open(admin)
  changer.say({ type: 'cancel', job_id: run.id })
  changer.say({ type: 'ping' })
  expect(await changer.next()).toMatchObject({ event: 'pong' })
  expect(cancelled.slice(before)).toEqual([run.id])
  changer.socket.terminate()
})

test('a socket is opened for whom its token or cookie, host and page allow', async () => {
  const { port } = server.listening
  const cookie = `ft_${port}=${sessionValue('admin', new Date(Date.now() + 60_000), tokens.ADMIN_TOKEN)}`
  const origin = `http://127.0.0.1:${port}`
  const signedIn = await open({ cookie, origin })
  signedIn.say({ type: 'cancel', job_id: run.id })
  signedIn.say({ type: 'ping' })
  expect(await signedIn.next()).toMatchObject({ event: 'pong' })
  signedIn.socket.terminate()
  expect(await refusedWith({})).toBe(401)
  expect(await refusedWith({ cookie })).toBe(401)
  expect(await refusedWith({ cookie, origin: `http://127.0.0.1:${port + 1}` })).toBe(403)
  expect(await refusedWith({ ...read, origin: 'https://evil.example' })).toBe(403)
  expect(await refusedWith({ ...read, host: 'evil.example' })).toBe(421)
  const plain = await fetch(`${server.url}/ws`, { headers: read })
  expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
})

test('a socket that says too much at once is closed', async () => {
  const { socket } = await open(read)
  socket.send('x'.repeat(5000))
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(1009)
})

test('in a function there is no socket', async () => {
  const { createHttp } = await import('../../src/http/http.ts')
  const { hono } = createHttp(httpParts({ env: { ...tokens, PUBLIC_READS: '1' }, hosting: 'function' }))
  const headers = { ...read, upgrade: 'websocket' }
  expect((await hono.request('https://it.example/api/v1/ws', { headers })).status).toBe(503)
})

test('when the server ends, sockets are closed', async () => {
  const ending = await serveEvents()
  const { socket } = await open(read, `${ending.url.replace('http', 'ws')}/ws`)
  const closed = once(socket, 'close')
  await ending.close()
  expect((await closed)[0]).toBe(1001)
})
