import { gunzipSync } from 'node:zlib'
import { describe as group, expect, test } from 'vitest'
import { describe } from '../../src/http/api.ts'
import { createHttp } from '../../src/http/http.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { host, httpParts } from '../support/http-parts.ts'

const ask = (path: string, store: Partial<Store> = {}, headers: Record<string, string> = {}) =>
  createHttp(httpParts({ store })).hono.request(`http://${host}/api/v1${path}`, {
    headers: { host, ...headers },
  })

const api = createHttp(httpParts({ env: { ADMIN_TOKEN: 'the-token-of-the-admin' } }))
const authorized = { host, authorization: 'Bearer the-token-of-the-admin' }
const reads = api.routes.filter(({ method }) => method === 'get').map(({ path }) => path)

const problemOf = async (response: Response) =>
  (await response.json()) as { status: number; detail: string; errors?: { parameter: string }[] }

group('parameters', () => {
  test.each(reads)('%s refuses one that it does not have, by its name', async (path) => {
    const url = `http://${host}${path.replaceAll(/\{\w+\}/g, '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a')}?nonsense=1`
    const found = await problemOf(await api.hono.request(url, { headers: authorized }))
    expect(found.status).toBe(400)
    expect(found.errors?.map(({ parameter }) => parameter)).toContain('nonsense')
  })

  test('none is required by the description that an endpoint does without', () => {
    const paths = Object.values(describe(api, '1').paths ?? {}) as {
      get?: { parameters?: { name: string; in: string; required: boolean }[] }
    }[]
    const required = paths
      .flatMap(({ get }) => get?.parameters ?? [])
      .filter((each) => each.in === 'query' && each.required)
    expect(required.map(({ name }) => name).toSorted()).toEqual([
      'a',
      'after',
      'b',
      'before',
      'model',
      'model',
      'provider',
    ])
  })

  test.each([
    ['/runs?limit=201', 'limit'],
    ['/runs?limit=0', 'limit'],
    ['/runs?limit=ten', 'limit'],
    ['/history?limit=201', 'limit'],
    ['/history?offset=-1', 'offset'],
    ['/runs?mode=fast', 'mode'],
    ['/runs?since=yesterday', 'since'],
    ['/runs?until=2026-02-30', 'until'],
    ['/runs?since=2026-11-26T10:00:00', 'since'],
    ['/series?until=0001-01-01', 'until'],
    ['/distribution?until=9999-12-31T23:59:59Z', 'until'],
    ['/runs?since=1000-01-01T00:00:00%2B14:00', 'since'],
    ['/runs?after=1', 'after'],
    ['/runs?q=%20', 'q'],
    [`/runs?q=${'x'.repeat(201)}`, 'q'],
    ['/results?target_id=1', 'target_id'],
    ['/errors?target_id=1', 'target_id'],
    ['/runs?synthetic=maybe', 'synthetic'],
    ['/errors?by=colour', 'by'],
    ['/errors?by=', 'by'],
    ['/errors?after=2026-11-26T12:00:00Z', 'after'],
    ['/results?error_kind=bad_luck', 'error_kind'],
    ['/results/1', 'id'],
    ['/export?format=xlsx', 'format'],
    ['/series?metric=cost', 'metric'],
    ['/leaderboard?period=1h', 'period'],
    ['/uptime?days=401', 'days'],
    ['/compare/runs?before=0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a', 'after'],
    ['/compare/models?model=%20', 'model'],
  ])('%s is refused for %s', async (path, parameter) => {
    const found = await problemOf(await ask(path))
    expect(found).toMatchObject({ status: 400, errors: [{ parameter }] })
  })

  test('a + that a URL turned into a blank is one again, in moments and in where a page ended', async () => {
    const inputs: unknown[] = []
    const listRuns: Store['listRuns'] = (input) => {
      inputs.push(input)
      return Promise.resolve({ rows: [], next: null })
    }
    const at = '2026-11-26T12:00:00.5+00:00'
    const after = `${at}/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a`
    expect((await ask(`/runs?since=${at}&until=2026-11-27&after=${after}`, { listRuns })).status).toBe(200)
    expect(inputs).toMatchObject([
      {
        since: new Date('2026-11-26T12:00:00.500Z'),
        until: new Date('2026-11-27T00:00:00Z'),
        after,
        limit: 50,
        mode: null,
      },
    ])
  })

  test('what is grouped by has commas between it', async () => {
    const inputs: unknown[] = []
    const listCosts: Store['listCosts'] = (input) => {
      inputs.push(input.by)
      return Promise.resolve({ rows: [], next: null, total_usd: 0 })
    }
    await ask('/costs?by=day,model,day', { listCosts })
    await ask('/costs', { listCosts })
    expect(inputs).toEqual([['day', 'model'], null])
  })
})

group('answers', () => {
  const present = (generatedAt: string, region: string) => ({
    generated_at: generatedAt,
    slots: { t0: '2026-11-25T12:30:00Z', step_s: 900, n: 96 },
    days: { t0: '2026-08-29T00:00:00Z', n: 90 },
    schedules: [],
    last_run: null,
    providers: Object.fromEntries([[region, { name: 'x'.repeat(2000), synthetic: false }]]),
    rows: [],
  })
  const nowIs =
    (at: string, region = 'a'): Store['readNow'] =>
    () =>
      Promise.resolve(present(at, region))

  test('the present keeps its tag until something else than the time changes', async () => {
    const first = await ask('/now', { readNow: nowIs('2026-11-26T12:20:00Z') })
    const etag = first.headers.get('etag') ?? ''
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    expect(etag).toMatch(/^W\/"[\w-]{22}"$/)
    const later = { readNow: nowIs('2026-11-26T12:21:00Z') }
    for (const known of [etag, `"other", ${etag}`, etag.slice(2), '*']) {
      const same = await ask('/now', later, { 'if-none-match': known })
      expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', etag])
    }
    const changed = await ask(
      '/now',
      { readNow: nowIs('2026-11-26T12:21:00Z', 'b') },
      { 'if-none-match': etag },
    )
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(etag)
  })

  test('an answer is compressed if the caller can read that, and as it is otherwise', async () => {
    const store = { readNow: nowIs('2026-11-26T12:20:00Z') }
    const packed = await ask('/now', store, { 'accept-encoding': 'br;q=0.1, gzip' })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')?.toLowerCase()).toContain('accept-encoding')
    const text = gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()
    expect(JSON.parse(text)).toEqual(present('2026-11-26T12:20:00Z', 'a'))
    expect((await ask('/now', store)).headers.get('content-encoding')).toBe(null)
    expect(
      (
        await ask(
          '/prompts?source=own',
          { listPrompts: () => Promise.resolve({ rows: [] }) },
          { 'accept-encoding': 'gzip' },
        )
      ).headers.get('content-encoding'),
    ).toBe(null)
  })

  test('a stream of events is not compressed, and neither is what a function answers', async () => {
    const gzip = { host, 'accept-encoding': 'gzip' }
    const stream = createHttp(httpParts())
    const about = {
      method: 'get',
      path: '/stream',
      access: 'read',
      tag: 'events',
      summary: 'a stream',
    } as const
    stream.add(
      { ...about, media: 'text/event-stream' },
      () => new Response('data: 1\n\n'.repeat(500), { headers: { 'content-type': 'text/event-stream' } }),
    )
    const events = await stream.hono.request(`http://${host}/api/v1/stream`, { headers: gzip })
    expect(events.headers.get('content-encoding')).toBe(null)
    const parts = httpParts({
      hosting: 'function',
      env: { PUBLIC_READS: '1' },
      store: { readNow: nowIs('2026-11-26T12:20:00Z') },
    })
    const answered = await createHttp(parts).hono.request(`http://${host}/api/v1/now`, { headers: gzip })
    expect([answered.status, answered.headers.get('content-encoding')]).toEqual([200, null])
  })

  test('a run that is not closed is a conflict, which is not a failure of the database', async () => {
    const reason = new StoreError('conflict', 'run 1 is running: cancel it', { code: '23001' })
    const parts = httpParts({
      env: { ADMIN_TOKEN: 'the-token-of-the-admin' },
      store: { deleteRun: () => Promise.reject(reason) },
    })
    for (const path of ['runs', 'history']) {
      const response = await createHttp(parts).hono.request(
        `http://${host}/api/v1/${path}/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a`,
        {
          method: 'DELETE',
          headers: { host, authorization: 'Bearer the-token-of-the-admin' },
        },
      )
      expect(await problemOf(response)).toMatchObject({ status: 409, detail: reason.message })
    }
  })

  test('a timeline of another version is a failure that names no more than itself', async () => {
    const readResult = (() =>
      Promise.resolve({
        result: { id: 'x' },
        run: {},
        timeline: { version: 99, data: '' },
      })) as unknown as Store['readResult']
    const found = await problemOf(
      await ask('/results/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a?timeline=1', { readResult }),
    )
    expect(found).toMatchObject({ status: 500, detail: expect.stringContaining('cannot be read') as string })
  })
})

group('prompts', () => {
  const change = (request: string, body: object | null, store: Partial<Store> = {}) => {
    const [method = '', path = ''] = request.split(' ')
    return createHttp(httpParts({ env: { ADMIN_TOKEN: 'the-token-of-the-admin' }, store })).hono.request(
      `http://${host}/api/v1${path}`,
      {
        method,
        headers: { host, authorization: 'Bearer the-token-of-the-admin', 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      },
    )
  }

  test('texts come only if they are asked for', async () => {
    const own = {
      id: '1',
      name: 'mine',
      category: 'code' as const,
      created_at: '2026-11-26T12:00:00Z',
      n_characters: 3,
      owned_by: 'file' as const,
    }
    const listPrompts: Store['listPrompts'] = ({ withTexts }) =>
      Promise.resolve({ rows: [withTexts === true ? { ...own, text: 'abc' } : own] })
    const { rows } = (await (await ask('/prompts?category=code', { listPrompts })).json()) as {
      rows: { name: string }[]
    }
    expect(rows.map(({ name }) => name)).toEqual(['code', 'interval-merge', 'sql-report', 'mine'])
    expect(JSON.stringify(rows)).not.toContain('"text"')
    expect(await (await ask('/prompts?source=own&text=1', { listPrompts })).json()).toEqual({
      rows: [
        { name: 'mine', category: 'code', source: 'own', n_characters: 3, owned_by: 'file', text: 'abc' },
      ],
    })
  })

  test('one that comes with the program is not replaced', async () => {
    expect((await change('POST /prompts', { name: 'default', category: 'qa', text: 'x' })).status).toBe(409)
  })

  test.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', ' ', 'x'.repeat(101)])(
    'the name %j, which no path can hold, is refused',
    async (name) => {
      const found = await problemOf(await change('POST /prompts', { name, category: 'qa', text: 'x' }))
      expect(found).toMatchObject({ status: 400, errors: [{ pointer: '/name' }] })
    },
  )

  test('one that is deleted is gone, and none is deleted twice', async () => {
    const names: string[] = []
    const deletePrompt: Store['deletePrompt'] = ({ name }) =>
      Promise.resolve({ deleted: names.push(name) === 1 })
    expect((await change('DELETE /prompts/my%20%F0%9F%8C%8A', null, { deletePrompt })).status).toBe(204)
    expect(names).toEqual(['my 🌊'])
    names.push('gone')
    expect((await change('DELETE /prompts/tides', null, { deletePrompt })).status).toBe(404)
  })
})
