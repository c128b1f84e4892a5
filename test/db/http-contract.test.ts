import { afterAll, beforeAll, expect, test } from 'vitest'
import { describe } from '../../src/http/api.ts'
import { type Answers, answers } from '../../src/http/contract.ts'
import { createHttp } from '../../src/http/http.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { examplesPage } from '../support/api-examples.ts'
import { apiRequests } from '../support/api-requests.ts'
import { createDatabase } from '../support/databases.ts'
import { recordHistory } from '../support/history-sample.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { specSchemas } from '../support/spec-schema.ts'
import { readFileSync } from 'node:fs'

// Every endpoint on the sample history, whose clock stands still: what it answers is what its description says, and the
// example of docs/api.md.

interface Answered {
  path: string
  status: number
  type: string | null
  text: string
}

const now = new Date('2026-11-26T12:20:00Z')
let sql: Sql
let listings: Listings
let api: ReturnType<typeof createHttp>
let schemas: ReturnType<typeof specSchemas>
const found = new Map<string, Answered[]>()

beforeAll(async () => {
  sql = await openPostgres(await createDatabase('migrated'))
  await recordHistory(sql)
  // An outage, which the history has none of.
  await sql.query(
    `insert into benchmark_results (run_id, provider_id, model_id, target_id, provider, model, series, region,
        created_at, success, fault_domain, error_kind, total_latency_ms, timing_quality)
      select b.run_id, b.provider_id, b.model_id, b.target_id, b.provider, b.model, b.series, b.region,
        '2026-08-01T10:00:00Z'::timestamptz + n * interval '30 minutes', n = 2, faults[n + 1], kinds[n + 1], 30000,
        'untrusted'
      from (select * from benchmark_results where provider = 'together' order by created_at limit 1) b,
        generate_series(0, 2) n, (values (array['provider', 'provider'], array['connect', 'overloaded'])) of
          (faults, kinds)`,
  )
  const store = createSqlStore(sql)
  await store.recordCalibration({
    id: '00000000-0000-4000-8000-000000000009',
    host: 'lighthouse',
    nodeVersion: '24.21.0',
    concurrency: 1,
    streams: 20,
    chunks: 2000,
    threads: 1,
    ttftP50Ms: 0.2,
    ttftP95Ms: 0.5,
    ttftP99Ms: 0.9,
    chunkP50Ms: 0.1,
    chunkP95Ms: 0.3,
    chunkP99Ms: 0.8,
  })
  // A sync closes the store that it opens.
  const shared = { ...store, close: () => Promise.resolve() }
  listings = await serveListings({ '/openai/models': { body: { data: [{ id: 'gpt-5.4-nano' }] } } })
  const env = {
    ...tokens,
    OPENAI_API_KEY: 'sk-a-key-of-ours',
    OPENAI_BASE_URL: `${listings.url}/openai`,
    GENAI_PRICES_URL: 'off',
    MODELS_DEV_URL: 'off',
    OFFICIAL_STATUS: 'off',
    BUDGET_USD_PER_DAY: '2',
  }
  const clock = { now: () => performance.now(), date: () => now }
  let ids = 0
  // They grow, as real ones do: the clock of the database stands still, so the queue is in their order.
  const uuid = () => `20000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`
  api = createHttp(httpParts({ env, store: shared, app: { clock, uuid }, access: { date: () => now } }))
  schemas = specSchemas(describe(api, '1'))
  let job = ''
  let saved = ''
  for (const [endpoint, requests] of Object.entries(apiRequests)) {
    const answered: Answered[] = []
    for (const { path: pattern, body } of requests) {
      const path = pattern.replaceAll('{job}', job).replaceAll('{saved}', saved)
      const response = await api.hono.request(`http://${host}${path}`, {
        method: endpoint.split(' ')[0] ?? '',
        headers: {
          host,
          authorization: `Bearer ${tokens.ADMIN_TOKEN}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const type = response.headers.get('content-type')?.split(';')[0] ?? null
      const text = await textOf(response, endOf[endpoint] ?? null)
      saved = /^\{"id":"([^"]+)"/.exec(text)?.[1] ?? saved
      job = /^\{"job_id":"([^"]+)"/.exec(text)?.[1] ?? job
      answered.push({ path, status: response.status, type, text })
    }
    found.set(endpoint, answered)
  }
})
afterAll(() => Promise.all([sql.close(), listings.close()]))

/** Where a stream that goes on has said enough. */
const endOf: Readonly<Record<string, string>> = {
  'GET /api/v1/events': 'event: job_cancelled',
  'GET /api/v1/benchmarks/{id}/text': 'event: text_state',
}

/** The text of an answer; of a stream that goes on, up to this. */
async function textOf(response: Response, end: string | null): Promise<string> {
  if (end === null) return response.text()
  let text = ''
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text.includes(end)) break
  }
  return text
}

/** An answer with the clock of the sample instead of the database's own, its first cursor instead of a transaction's, a size, and a token. */
const steady = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)/g, (moment) =>
      Math.abs(Date.parse(moment) - Date.now()) < 3_600_000 ? now.toISOString() : moment,
    )
    .replaceAll(/ftp_[\w-]{43}/g, 'ftp_zFq3…x7Qk')
    .replaceAll(/"hint":"[\w-]{4}"/g, '"hint":"x7Qk"')
    .replaceAll(/"bytes":\d{6,}/g, '"bytes":31457280')
    .replaceAll(/"seed":\s?"[\da-z]+"/g, '"seed":"7k2m9q4x1v8d"')
    .replaceAll(/(^id: |"(?:last_event|id|next)":")\d+-\d+(?="|$)/gm, '$1800-1')

const endpointsOf = ({ routes }: ReturnType<typeof createHttp>) =>
  routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`)

/** The lists that come in pages. */
const listsOf = (document: object): string[] =>
  Object.entries((document as { paths: Record<string, { get?: { parameters?: { name: string }[] } }> }).paths)
    .filter(([path, { get }]) => !path.includes('{') && get?.parameters?.some(({ name }) => name === 'after'))
    .map(([path]) => path)
    .filter((path) => !path.endsWith('/compare/runs'))

test('every endpoint is asked here, is in the description, in docs/api.md and in the table of types', () => {
  const endpoints = endpointsOf(api).toSorted()
  expect(Object.keys(apiRequests).toSorted()).toEqual(endpoints)
  const described = Object.entries(describe(api, '1').paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.toSorted()).toEqual(endpoints)
  const page = readFileSync('docs/api.md', 'utf8')
  expect(endpoints.filter((endpoint) => !page.includes(`\`${endpoint}\``))).toEqual([])
  const table = Object.fromEntries(
    api.routes.map(({ method, path, answer }) => [`${method.toUpperCase()} ${path}`, answer]),
  )
  expect(Object.keys(answers).toSorted()).toEqual(endpoints)
  expect(endpoints.filter((endpoint) => table[endpoint] !== answers[endpoint as keyof Answers])).toEqual([])
})

test.each(Object.keys(apiRequests))('%s answers what its description says, and no more', (endpoint) => {
  for (const { path, status, type, text } of found.get(endpoint) ?? []) {
    const { isDescribed, types, schema } = schemas(endpoint, status)
    expect(isDescribed && status < 300, `${path}: ${status} ${text.slice(0, 300)}`).toBe(true)
    expect(type === null ? types.length === 0 : types.includes(type), `${path}: ${type}`).toBe(true)
    if (schema === null || type !== 'application/json') continue
    const { error } = schema.safeParse(JSON.parse(text))
    expect(error?.issues ?? [], path).toEqual([])
  }
})

test('HEAD answers as GET does, without a body', async () => {
  const paths = [...found].flatMap(([endpoint, [first]]) =>
    endpoint.startsWith('GET ') && first !== undefined ? [first.path] : [],
  )
  const heads = paths.map(async (path) => {
    const headers = { host, authorization: `Bearer ${tokens.ADMIN_TOKEN}` }
    const response = await api.hono.request(`http://${host}${path}`, { method: 'HEAD', headers })
    // The history is deleted in part by now.
    return { path, isAnswered: [200, 204, 404].includes(response.status), text: await response.text() }
  })
  expect(await Promise.all(heads)).toEqual(paths.map((path) => ({ path, isAnswered: true, text: '' })))
})

test.each([
  'x',
  ' ',
  '-1',
  '2026-11-31T00:00:00+00:00/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a',
  '9999999999999999999',
])('no list goes on after %j, and none of them fails because of it', async (after) => {
  const lists = listsOf(describe(api, '1'))
  expect(lists.length).toBeGreaterThan(8)
  const query = new URLSearchParams({ after }).toString()
  const headers = { host, authorization: `Bearer ${tokens.ADMIN_TOKEN}` }
  const answered = lists.map(async (path) => {
    const { status } = await api.hono.request(`http://${host}${path}?${query}`, { headers })
    return [path, status]
  })
  expect(await Promise.all(answered)).toEqual(lists.map((path) => [path, 400]))
})

test('every list of an answer has rows in one of its answers, so that they are checked', () => {
  const empty = [...found].filter(([endpoint, answered]) => {
    if (answers[endpoint as keyof Answers] === null) return false
    const bodies = answered.map(({ text }) => JSON.parse(text) as { rows?: unknown[] } | unknown[])
    const lists = bodies.flatMap((body) => (Array.isArray(body) ? [body] : body.rows ? [body.rows] : []))
    return lists.length > 0 && lists.every(({ length }) => length === 0)
  })
  expect(empty.map(([endpoint]) => endpoint)).toEqual([])
})

test('docs/api.md shows an answer of each', async () => {
  const first = new Map([...found].map(([endpoint, [answered]]) => [endpoint, steady(answered?.text ?? '')]))
  // As they were sent, with the job that was meant.
  const requests = Object.fromEntries(
    Object.entries(apiRequests).map(([endpoint, asked]) => {
      const sent = found.get(endpoint) ?? []
      return [endpoint, asked.map((request, at) => ({ ...request, path: sent[at]?.path ?? request.path }))]
    }),
  )
  const page = examplesPage(readFileSync('docs/api.md', 'utf8'), describe(api, '1'), {
    requests,
    answers: first,
  })
  await expect(page).toMatchFileSnapshot('../../docs/api.md')
})
