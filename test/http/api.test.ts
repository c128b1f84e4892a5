import { describe as group, expect, test } from 'vitest'
import { describe } from '../../src/http/api.ts'
import { createHttp } from '../../src/http/http.ts'
import { problemDetails, problemType } from '../../src/http/problem-details.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'

const env = { ...tokens, OPENAI_API_KEY: 'sk-a-key-of-ours', GROQ_API_KEY: 'your-groq-key' }
const authorization = `Bearer ${tokens.ADMIN_TOKEN}`

/** Asks the API on a store that has only these methods, as the admin. */
async function ask(path: string, init: RequestInit = {}, store: Partial<Store> = {}) {
  const { hono } = createHttp(httpParts({ env, store }))
  const given = new Headers(init.headers)
  const headers = { host, authorization, ...Object.fromEntries(given) }
  const response = await hono.request(`http://${host}/api/v1${path}`, { ...init, headers })
  const type = response.headers.get('content-type')
  return {
    status: response.status,
    headers: response.headers,
    type,
    body: await response.json(),
  }
}

const json = (body: unknown, method = 'POST') => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** What a problem says, checked against its schema. */
async function problemOf(path: string, init: RequestInit = {}, store: Partial<Store> = {}) {
  const { status, type, body, headers } = await ask(path, init, store)
  expect(type).toBe(problemType)
  const details = problemDetails.parse(body)
  expect(details.status).toBe(status)
  return { ...details, kind: details.type.replace('urn:firsttoken:problem:', ''), headers }
}

const model = {
  id: '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a',
  provider: 'openai',
  model: 'gpt-5.4-nano',
  displayName: null,
  type: 'chat' as const,
  contextWindow: 400_000,
  outputLimit: null,
  inputModalities: null,
  outputModalities: null,
  supportedParameters: null,
  deprecatedOn: null,
  shutdownOn: null,
  available: true,
  lastSeenAt: new Date('2026-11-29T10:00:00Z'),
  leftAt: null,
  price: {
    inputPerM: 0.05,
    outputPerM: 0.4,
    cachedPerM: null,
    cacheWritePerM: null,
    reasoningPerM: null,
    overrides: [],
    source: 'provider',
    asOf: null,
  },
  priceOwnedBy: null,
  targets: [
    {
      id: '0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b',
      provider: 'openai',
      model: 'gpt-5.4-nano',
      parameters: { reasoning: 'least' as const, maxTokens: 64 },
      region: null,
      active: true,
      limits: { ttftMs: 800, latencyMs: null },
      ownedBy: 'file' as const,
      slo: { availability: 0.99, ttft: { within_ms: 800, share: 0.95 } },
      everyMinutes: 60,
      thinnedMinutes: null,
    },
  ],
}
const listModels: Store['listModels'] = () => Promise.resolve({ rows: [model], next: null })

const former = {
  id: 'former',
  name: 'An endpoint of ours',
  base_url: 'http://127.0.0.1:1/v1',
  logo_url: null,
  synthetic: false,
  penalty_until: null,
  created_at: '2026-11-01T00:00:00+00:00',
  n_models: 1,
  n_available: 0,
  n_targets: 1,
  n_active: 0,
  last_call_at: null,
  last_sync: null,
}
const listProviders: Store['listProviders'] = () => Promise.resolve({ rows: [former] })

const failingWith = (reason: Error): Partial<Store> => ({ listModels: () => Promise.reject(reason) })

group('problems', () => {
  test('a body that is no JSON, or has another content type, or is too long', async () => {
    expect(await problemOf('/targets', json('{"provider":'))).toMatchObject({
      kind: 'invalid_json',
      status: 400,
    })
    expect(await problemOf('/targets', json(''))).toMatchObject({ kind: 'invalid_json', status: 400 })
    const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }
    expect(await problemOf('/targets', text)).toMatchObject({ kind: 'unsupported_media_type', status: 415 })
    const form = { ...text, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect(await problemOf('/targets', form)).toMatchObject({ kind: 'unsupported_media_type', status: 415 })
    expect((await problemOf('/targets', { method: 'POST' })).status).toBe(400)
    const long = json({ provider: 'x'.repeat(256 * 1024) })
    expect(await problemOf('/targets', long)).toMatchObject({ kind: 'too_large', status: 413 })
  })

  test('fields of a body are named by their pointers, unknown ones too', async () => {
    const body = {
      provider: 'openai',
      model: '',
      parameters: { reasoning: 'most', 'a/b~c': 1 },
      hidden: true,
    }
    const { kind, errors, detail } = await problemOf('/targets', json(body))
    expect(kind).toBe('invalid_request')
    expect(errors?.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/hidden',
      '/model',
      '/parameters/a~1b~0c',
      '/parameters/reasoning',
    ])
    expect(detail).toContain('and 3 more')
    expect((await problemOf('/targets', json([]))).errors).toEqual([
      { pointer: '', detail: 'Invalid input: expected object, received array' },
    ])
  })

  test('parameters are named, unknown and repeated ones too', async () => {
    expect((await problemOf('/models?limit=0&verbose=1')).errors).toEqual([
      { parameter: 'limit', detail: expect.stringContaining('>=1') as string },
      { parameter: 'verbose', detail: 'there is no such field' },
    ])
    expect((await problemOf('/models?limit=1&limit=2')).errors).toMatchObject([{ parameter: 'limit' }])
    expect((await problemOf('/prompts?x=1')).errors).toMatchObject([{ parameter: 'x' }])
  })

  test('what is not there, and methods that a path does not take', async () => {
    expect(await problemOf('/nothing')).toMatchObject({ kind: 'not_found', status: 404 })
    expect(await problemOf('/%ff%00')).toMatchObject({ kind: 'not_found', status: 404 })
    const { kind, status, headers } = await problemOf('/targets', { method: 'DELETE' })
    expect({ kind, status }).toEqual({ kind: 'method_not_allowed', status: 405 })
    expect(headers.get('allow')).toBe('GET, POST, PATCH, HEAD')
  })

  test.each([
    [new StoreError('unavailable', 'db.internal is gone'), 503, 'store_unavailable'],
    [new StoreError('timeout', 'db.internal is slow', { code: '57014' }), 503, 'store_unavailable'],
    [new StoreError('denied', 'db.internal: password', { code: '28P01' }), 500, 'store_failed'],
    [new StoreError('invalid', 'db.internal: bad uuid', { code: '22P02' }), 400, 'invalid_request'],
    [new TypeError('db.internal is undefined'), 500, 'bug'],
  ])('of the store (%s) tell nothing of what only the log may know', async (reason, status, kind) => {
    const found = await problemOf('/models', {}, failingWith(reason))
    expect(found).toMatchObject({ status, kind })
    expect(JSON.stringify(found)).not.toContain('db.internal')
    expect(found.headers.get('retry-after')).toBe(status === 503 ? '2' : null)
  })

  test.each([
    [new StoreError('invalid', 'there is no page after x', { code: '22023' }), 400],
    [new StoreError('missing', 'openai has no such target', { code: 'P0002' }), 404],
  ])('that our own functions raise (%s) say what they say', async (reason, status) => {
    const found = await problemOf('/models', {}, failingWith(reason))
    expect(found).toMatchObject({ status, detail: reason.message })
  })
})

group('resources', () => {
  test('providers say what is configured, and no part of a key', async () => {
    const { body } = await ask('/providers', {}, { listModels, listProviders })
    const { rows } = body as { rows: { id: string; configured: boolean; problem: string | null }[] }
    expect(rows.find(({ id }) => id === 'openai')).toEqual({
      id: 'openai',
      name: 'OpenAI',
      configured: true,
      problem: null,
      key_names: ['OPENAI_API_KEY'],
      default_model: 'gpt-5.4-nano',
      models: ['gpt-5.4-nano'],
      known: null,
    })
    expect(rows.at(-1)).toMatchObject({ id: 'former', configured: false, key_names: [], known: former })
    expect(rows.find(({ id }) => id === 'groq')).toMatchObject({
      configured: false,
      problem: expect.stringContaining('GROQ_API_KEY still holds an example value') as string,
    })
    expect(JSON.stringify(body)).not.toMatch(/sk-a-key|your-groq/)
  })

  test('models, targets and prices have the names of the database', async () => {
    const { body } = await ask('/models?provider=openai', {}, { listModels })
    expect(body).toMatchObject({
      next: null,
      rows: [
        { context_window: 400_000, price: { input_per_m: 0.05 }, last_seen_at: '2026-11-29T10:00:00.000Z' },
      ],
    })
    expect((await ask('/targets', {}, { listModels })).body).toEqual({
      rows: [
        {
          id: '0b0b0b0b-0b0b-4b0b-8b0b-0b0b0b0b0b0b',
          provider: 'openai',
          model: 'gpt-5.4-nano',
          parameters: { reasoning: 'least', max_tokens: 64 },
          region: null,
          active: true,
          limits: { ttft_ms: 800, latency_ms: null },
          owned_by: 'file',
          slo: { availability: 0.99, ttft: { within_ms: 800, share: 0.95 } },
          every_minutes: 60,
          thinned_minutes: null,
        },
      ],
    })
    expect((await ask('/prices', {}, { listModels })).body).toMatchObject({
      rows: [{ provider: 'openai', model: 'gpt-5.4-nano', price: { output_per_m: 0.4, source: 'provider' } }],
    })
  })

  test('a target is added with the provider that the database may not have, and switched only if it is known', async () => {
    const inputs: unknown[] = []
    const setTarget: Store['setTarget'] = (input) => {
      inputs.push(input)
      return Promise.resolve({ rows: model.targets, changed: 1 })
    }
    const body = { provider: 'groq', model: 'a/b', parameters: { reasoning: 'default', max_tokens: 9 } }
    const added = await ask('/targets', json(body), { setTarget })
    expect(added.body).toMatchObject({
      changed: 1,
      rows: [
        { parameters: { max_tokens: 64 }, limits: { ttft_ms: 800, latency_ms: null }, owned_by: 'file' },
      ],
    })
    expect(inputs).toMatchObject([
      {
        provider: 'groq',
        about: { id: 'groq', baseUrl: 'https://api.groq.com/openai/v1' },
        parameters: { reasoning: 'default', maxTokens: 9 },
        active: true,
        region: null,
      },
    ])
    const nobody = await problemOf('/targets', json({ ...body, provider: 'none' }), { setTarget })
    expect(nobody.status).toBe(404)
    const off = { provider: 'openai', model: 'gpt-5.4-nano', active: false }
    await ask('/targets', json(off, 'PATCH'), { setTarget, listModels })
    expect(inputs[1]).toMatchObject({ ...off, parameters: null })
    const limited = { provider: 'openai', model: 'gpt-5.4-nano', limits: { ttft_ms: 800, latency_ms: null } }
    await ask('/targets', json(limited, 'PATCH'), { setTarget, listModels })
    expect(inputs[2]).toMatchObject({ active: null, limits: { ttftMs: 800, latencyMs: null } })
    for (const wrong of [{ ttft_ms: 0.5 }, { ttft_ms: 3_600_001 }, { ttft_ms: '5' }, { ttft: 5 }, {}]) {
      const refused = json({ ...limited, limits: wrong }, 'PATCH')
      expect((await problemOf('/targets', refused, { setTarget, listModels })).status).toBe(400)
    }
    const slo = { days: null, availability: 0.999, latency: { within_ms: 5000, share: 0.9 } }
    const aimed = { provider: 'openai', model: 'gpt-5.4-nano', slo }
    await ask('/targets', json(aimed, 'PATCH'), { setTarget, listModels })
    expect(inputs[3]).toMatchObject({ active: null, slo })
    const timing = { within_ms: 5000, share: 0.9 }
    for (const wrong of [
      { availability: 1 },
      { availability: 0.5 },
      { availability: 99 },
      { days: 6 },
      { ttft: 800 },
      { ttft: { share: 0.9 } },
      { latency: { ...timing, within_ms: 0 } },
      { latency: { ...timing, more: 1 } },
      {},
    ]) {
      const refused = json({ ...aimed, slo: wrong }, 'PATCH')
      expect((await problemOf('/targets', refused, { setTarget, listModels })).status).toBe(400)
    }
    const spaced = { provider: 'openai', model: 'gpt-5.4-nano', every_minutes: 60 }
    await ask('/targets', json(spaced, 'PATCH'), { setTarget, listModels })
    await ask('/targets', json({ ...spaced, every_minutes: null }, 'PATCH'), { setTarget, listModels })
    await ask('/targets', json(spaced), { setTarget })
    expect(inputs.slice(4)).toMatchObject([
      { active: null, everyMinutes: 60 },
      { active: null, everyMinutes: null },
      { active: true, everyMinutes: 60 },
    ])
    expect(inputs[3]).not.toHaveProperty('everyMinutes')
    for (const wrong of [0, 1441, 1.5, '1h']) {
      const refused = json({ ...spaced, every_minutes: wrong }, 'PATCH')
      expect((await problemOf('/targets', refused, { setTarget, listModels })).status).toBe(400)
    }
    const unknown = json({ ...off, model: 'none' }, 'PATCH')
    expect((await problemOf('/targets', unknown, { setTarget, listModels })).status).toBe(404)
  })

  test("one's own price is set in USD per million tokens, and ended with null", async () => {
    const prices: unknown[] = []
    const setPrice: Store['setPrice'] = ({ price }) => {
      prices.push(price)
      return Promise.resolve({ price })
    }
    const of = { provider: 'openai', model: 'gpt-5.4-nano' }
    const price = { input_per_m: 1, output_per_m: 2.5 }
    const set = await ask('/prices', json({ ...of, price }, 'PUT'), { setPrice })
    expect(set.body).toMatchObject({ ...of, price: { ...price, cached_per_m: null, source: 'manual' } })
    const ended = await ask('/prices', json({ ...of, price: null }, 'PUT'), { setPrice })
    expect(ended.body).toEqual({ ...of, price: null })
    expect(prices).toMatchObject([{ inputPerM: 1, outputPerM: 2.5 }, null])
  })

  test('health says how late the schedule is, by the clock of the database', async () => {
    const now = new Date('2026-11-29T10:00:00Z')
    const health = { lastFinishedAt: new Date('2026-11-29T09:00:00Z'), lastStatus: 'finished', now } as const
    const { body } = await ask('/health', {}, { readHealth: () => Promise.resolve(health) })
    expect(body).toMatchObject({
      status: 'failing',
      state: 'overdue',
      interval_s: 900,
      limit_s: 2250,
      late_s: 1350,
      abandoned: null,
    })
    expect((body as { schedule: unknown[] }).schedule[0]).toEqual({
      job: 'benchmark',
      name: 'benchmark',
      cron: '*/15 * * * *',
      next_at: '2026-11-29T10:15:00.000Z',
    })
  })

  test('a sync names a provider that has no key, and one is made at a time', async () => {
    expect((await problemOf('/syncs', json({ providers: ['groq'] }))).status).toBe(404)
  })
})

group('the description', () => {
  const api = createHttp(httpParts({ env }))
  const document = describe(api, '1')
  const text = JSON.stringify(document)

  test('is OpenAPI 3.1, is served to everybody, and has every route', async () => {
    const served = await api.hono.request(`http://${host}/api/v1/openapi.json`, { headers: { host } })
    expect(await served.json()).toEqual(JSON.parse(text))
    expect(document.openapi).toBe('3.1.0')
    const described = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method} ${path}`),
    )
    expect(described.toSorted()).toEqual(api.routes.map(({ method, path }) => `${method} ${path}`).toSorted())
  })

  test('names its schemas, and none that it lacks', () => {
    const named = Object.keys(document.components?.schemas ?? {})
    expect(named).toEqual(
      expect.arrayContaining(['Health', 'Model', 'Price', 'Problem', 'Provider', 'Target']),
    )
    const used = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name)
    expect(used.filter((name) => !named.includes(name ?? ''))).toEqual([])
  })

  test('refuses unknown fields in every object of a body', () => {
    const bodies = Object.values(document.paths ?? {}).flatMap((methods) =>
      Object.values(methods as Record<string, { requestBody?: unknown }>).flatMap(
        ({ requestBody }) => requestBody ?? [],
      ),
    )
    expect(bodies.length).toBeGreaterThan(3)
    const loose: string[] = []
    const look = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      const schema = node as Record<string, unknown>
      if (schema['type'] === 'object' && schema['additionalProperties'] !== false)
        loose.push(JSON.stringify(node))
      Object.values(schema).forEach(look)
    }
    look(bodies)
    expect(loose).toEqual([])
    expect(bodies.every((body) => (body as { required?: boolean }).required === true)).toBe(true)
  })

  test('is shown by files of our own alone', async () => {
    const page = await (await api.hono.request(`http://${host}/docs`, { headers: { host } })).text()
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file)
    expect(files.length).toBe(3)
    expect(page).not.toMatch(/<script>|<style|https?:/)
    for (const file of files) {
      const response = await api.hono.request(`http://${host}${file}`, { headers: { host } })
      expect(response.status, file).toBe(200)
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50)
    }
  })
})
