import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import type { Sql } from '../../src/store/connection.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { emptyDatabase, holdDatabase } from '../support/held-database.ts'

const shared = makeFolder()
let database: Sql
beforeAll(async () => {
  database = await holdDatabase(shared)
})
afterAll(async () => {
  await database.close()
  removeFolder(shared)
})

let cwd: string
let server: Listings
beforeEach(async () => {
  cwd = makeFolder()
  await emptyDatabase(database)
  server = await serveListings({})
})
afterEach(async () => {
  await server.close()
  removeFolder(cwd)
})

const key = 'sk-a-key-that-nobody-may-see'
const env = (more: Record<string, string> = {}) => ({
  DATA_DIR: join(shared, '.data'),
  OPENAI_API_KEY: key,
  OPENAI_BASE_URL: `${server.url}/v1`,
  ...more,
})
const list = (...ids: string[]) => {
  server.routes['/v1/models'] = { body: { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) } }
}
const sync = (args: string[], more: Record<string, string> = {}) =>
  command('sync-models.ts', args, { cwd, env: env(more) })
const query = async (text: string) => (await database.query(text)).rows

/** A chat completion of two tokens. */
const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, ...more }] })}\n\n`
const completion = {
  type: 'text/event-stream',
  body: `${chunk({ content: 'Hello' })}${chunk({ content: ' there' })}${chunk({}, { finish_reason: 'stop' })}data: {"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":2,"total_tokens":1002}}\n\ndata: [DONE]\n\n`,
}

const document = z.object({
  dry_run: z.boolean(),
  syncs: z.array(z.looseObject({ provider: z.string(), status: z.string(), reason: z.string().nullable() })),
  not_asked: z.array(z.object({ provider: z.string(), reason: z.string() })),
  notes: z.array(z.string()),
})

test('without a key a dry run says that it asked nobody, and a sync is refused', async () => {
  const dry = await command('sync-models.ts', ['--dry-run'], { cwd })
  expect(dry.code).toBe(0)
  expect(dry.stdout).toContain('openai  not asked: OPENAI_API_KEY is not set')
  expect(dry.stdout).toContain(
    'No listing was asked for, no prices were fetched, and nothing was read or changed.',
  )
  const real = await command('sync-models.ts', ['--json'], { cwd })
  expect(real.code).toBe(2)
  expect(real.stderr).toContain('no provider is configured')
  expect(document.parse(JSON.parse(real.stdout))).toMatchObject({
    syncs: [],
    not_asked: expect.any(Array) as unknown[],
  })
  expect(server.requests).toEqual([])
})

test('a dry run shows the difference and changes nothing; a sync saves it; a second changes nothing', async () => {
  list('gpt-5.4-nano', 'gpt-5.4-nano-2026-03-17', 'whisper-1')
  const dry = await sync(['--dry-run'])
  expect(dry.code).toBe(0)
  expect(dry.stdout).toMatch(/○ OpenAI {2}3 models, 2 of them chat; 3 new, 2 prices set/)
  expect(dry.stdout).toContain('a dry run: nothing was saved')
  expect(await query('select from models')).toEqual([])
  const first = await sync([])
  expect(first.code).toBe(0)
  expect(first.stdout).toMatch(/✓ OpenAI {2}3 models, 2 of them chat; 3 new, 2 prices set/)
  const second = await sync(['--json'])
  expect(document.parse(JSON.parse(second.stdout)).syncs).toMatchObject([
    { provider: 'openai', status: 'saved', n_added: 0, n_left: 0, n_changed: 0, n_prices: 0 },
  ])
  expect(await query('select name, type, available from models order by name')).toEqual([
    { name: 'gpt-5.4-nano', type: 'chat', available: true },
    { name: 'gpt-5.4-nano-2026-03-17', type: 'chat', available: true },
    { name: 'whisper-1', type: 'audio', available: true },
  ])
  expect(await query('select count(*)::int as n from prices')).toEqual([{ n: 2 }])
  expect(await query(`select status, n_added from syncs order by started_at`)).toEqual([
    { status: 'saved', n_added: 3 },
    { status: 'saved', n_added: 0 },
  ])
})

/** Bad answers to a listing request, with the reason shown and the status recorded. */
const bad = [
  [{ status: 500, body: { error: { message: 'boom' } } }, 'HTTP 500', 'failed'],
  [{ type: 'text/html', body: '<html>' }, 'not JSON', 'failed'],
  [{ body: '{"data":[{"id":"gpt-5' }, 'not JSON', 'failed'],
  [{ body: { data: [] } }, 'the listing is empty', 'refused'],
  [{ body: { data: [{ id: 'a' }] } }, 'lost more than half', 'refused'],
] as const

test('a bad listing changes nothing and is recorded as such; --accept-shrunk accepts one that shrank', async () => {
  list('a', 'b', 'c')
  await sync([])
  for (const [answered, reason, status] of bad) {
    server.routes['/v1/models'] = answered
    const ended = await sync([])
    expect(ended.code, reason).toBe(1)
    expect(ended.stdout).toContain(reason)
    expect(ended.stdout).toContain('nothing was changed')
    expect(ended.stdout + ended.stderr).not.toContain(key)
    expect(await query('select count(*)::int as n from models where available')).toEqual([{ n: 3 }])
    expect(await query('select status, reason from syncs order by started_at desc limit 1')).toEqual([
      { status, reason: expect.stringContaining(reason) as string },
    ])
  }
  list('a')
  expect((await sync(['--accept-shrunk'])).code).toBe(0)
  expect(await query('select name from models where available')).toEqual([{ name: 'a' }])
})

test('the first run takes the best available candidate; when it leaves, the sync says so and --heal switches', async () => {
  const run = async () => {
    const ended = await command('run.ts', ['--json'], { cwd, env: env() })
    const { results } = JSON.parse(ended.stdout) as {
      results: { model: string; error_kind: string | null; fault_domain: string | null }[]
    }
    return results.map(({ model, error_kind: kind, fault_domain: domain }) => [model, kind, domain])
  }
  server.routes['/v1/chat/completions'] = completion
  list('gpt-5.6-luna', 'gpt-5.4-nano')
  await sync([])
  expect(await run()).toEqual([['gpt-5.6-luna', null, null]])

  list('gpt-5.4-nano', 'gpt-4o-mini')
  server.routes['/v1/chat/completions'] = {
    status: 404,
    body: {
      error: {
        message: 'The model `gpt-5.6-luna` does not exist',
        type: 'invalid_request_error',
        code: 'model_not_found',
      },
    },
  }
  const noticed = await sync([])
  expect(noticed.stdout).toContain(
    'gpt-5.6-luna is no longer listed: its successor is gpt-5.4-nano; --heal switches',
  )
  // A model that left is not an outage.
  expect(await run()).toEqual([['gpt-5.6-luna', 'model_not_found', 'config']])

  server.routes['/v1/chat/completions'] = completion
  const healed = await sync(['--heal'])
  expect(healed.stdout).toContain('gpt-5.6-luna is no longer listed: switched to gpt-5.4-nano')
  expect(await run()).toEqual([['gpt-5.4-nano', null, null]])
  expect((await sync(['--heal'])).stdout).not.toContain('leaving')
  expect(
    await query(
      `select m.name, t.active, count(b.id)::int as results from targets t join models m on m.id = t.model_id
        left join benchmark_results b on b.target_id = t.id group by 1, 2 order by 1`,
    ),
  ).toEqual([
    { name: 'gpt-5.4-nano', active: true, results: 1 },
    { name: 'gpt-5.6-luna', active: false, results: 2 },
  ])
})

test('models.ts lists, adds, switches and prices, and the next run follows', async () => {
  const models = (...args: string[]) => command('models.ts', args, { cwd, env: env() })
  server.routes['/v1/chat/completions'] = completion
  list('gpt-5.4-nano', 'gpt-5.4-mini')
  await sync([])
  const unknown = await models('activate', 'openai', 'gpt-nano')
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('openai has no model gpt-nano that is known'),
  ])
  const pinned = await models('add', 'openai', 'x', '--pin', 'host')
  expect([pinned.code, pinned.stderr]).toEqual([
    2,
    expect.stringContaining('--pin is for providers that route to hosts'),
  ])
  expect((await models('add', 'OpenAI', 'gpt-5.4-mini', '--max-tokens', '64')).stdout).toBe(
    'openai gpt-5.4-mini: active: 64 tokens\n',
  )
  expect((await models('add', 'openai', 'gpt-5.4-mini')).stdout).toBe(
    'openai gpt-5.4-mini: active: 64 tokens; active\n',
  )
  expect((await models('deactivate', 'openai', 'gpt-5.4-mini', '--max-tokens', '64')).stdout).toContain(
    'off: 64 tokens; active',
  )
  const typo = await models('deactivate', 'openai', 'gpt-5.4-mini', '--reasoning', 'default')
  expect(typo.code).toBe(2)
  expect(typo.stderr).toContain(
    'openai has no target gpt-5.4-mini with default reasoning; models.ts list shows them',
  )
  expect(
    (await models('price', 'openai', 'gpt-5.4-mini', '--input', '10', '--output', '100')).stdout,
  ).toContain('$10.00/$100.00')
  const { stdout } = await models('list')
  expect(stdout).toMatch(/openai +gpt-5\.4-mini +chat +\? +\$10\.00\/\$100\.00 +yes +off: 64 tokens; active/)
  const ended = await command('run.ts', ['--json'], { cwd, env: env() })
  const { results } = JSON.parse(ended.stdout) as { results: Record<string, unknown>[] }
  // 1000 input tokens at 10 and 2 output tokens at 100 USD per million.
  expect(results).toMatchObject([
    {
      model: 'gpt-5.4-mini',
      cost_usd: 0.0102,
      computed_usd: 0.0102,
      charged_usd: null,
      prices: { source: 'manual' },
    },
  ])
  expect(JSON.parse((await models('list', '--json')).stdout)).toMatchObject({
    models: [{ model: 'gpt-5.4-mini' }, { model: 'gpt-5.4-nano' }],
  })
})

test('an unreachable database exits with 3', async () => {
  list('a')
  const ended = await sync([], { DATABASE_URL: 'postgres://user:password@127.0.0.1:9/db' })
  expect(ended.code).toBe(3)
  expect(ended.stderr).not.toContain('password')
})

test('an interrupted sync exits with 130 and records no failure', async () => {
  list('a')
  const held = createServer(() => undefined)
  await new Promise<void>((up) => held.listen(0, '127.0.0.1', up))
  const { port } = held.address() as AddressInfo
  const asked = new Promise<void>((connected) => held.once('connection', () => connected()))
  const running = start('sync-models.ts', [], {
    cwd,
    env: env({ GROQ_API_KEY: 'gsk-a-key-of-ours', GROQ_BASE_URL: `http://127.0.0.1:${port}` }),
  })
  await asked
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
  held.close()
  expect(
    await query('select p.slug, s.status from syncs s join providers p on p.id = s.provider_id'),
  ).toEqual([{ slug: 'openai', status: 'saved' }])
})

test('the scheduler syncs on a schedule of its own', async () => {
  list('gpt-5.4-nano')
  const scheduler = start('schedule.ts', ['--cron', '0 0 1 1 *'], {
    cwd,
    env: env({ SYNC_SCHEDULE: '* * * * * *' }),
  })
  await scheduler.until(/1 of 1 listings taken/)
  scheduler.child.kill('SIGTERM')
  expect((await scheduler.ended).code).toBe(0)
  const [row] = await query('select triggered_by, status from syncs limit 1')
  expect(row).toEqual({ triggered_by: 'cron', status: 'saved' })
})

test('a signal that comes twice does not end a scheduled sync in hand', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<ServerResponse>()
  const slow = createHttpServer((_, response) => ask(response))
  await new Promise<void>((up) => slow.listen(0, '127.0.0.1', up))
  const { port } = slow.address() as AddressInfo
  const scheduler = start('schedule.ts', ['--cron', '0 0 1 1 *'], {
    cwd,
    env: env({
      SYNC_SCHEDULE: '* * * * * *',
      PRUNE_SCHEDULE: '0 0 1 1 *',
      OPENAI_BASE_URL: `http://127.0.0.1:${port}`,
    }),
  })
  const response = await asked
  scheduler.child.kill('SIGINT')
  // Beyond the 300 ms within which two signals count as one press.
  await setTimeout(400)
  scheduler.child.kill('SIGINT')
  await setTimeout(100)
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[{"id":"gpt-5.4-nano"}]}')
  const ended = await scheduler.ended
  slow.close()
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('1 of 1 listings taken') as string })
})
