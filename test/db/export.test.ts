import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Streams } from '../../src/cli/streams.ts'
import type { App } from '../../src/jobs/app.ts'
import { exportResults } from '../../src/cli/export.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { execute, failingStream } from '../support/output.ts'
import { stubStore } from '../support/stub-store.ts'
import { type OpenTransport, transports } from '../support/transports.ts'

const dir = mkdtempSync(join(tmpdir(), 'firsttoken-export-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** So many results, a minute apart from the beginning of 2026 on, in two runs by turns. */
async function fill(sql: Sql, count: number): Promise<string[]> {
  const { rows } = await sql.query(
    `insert into runs (run_name, triggered_by) values ('even', 'test'), ('odd', 'test') returning id`,
  )
  const runs = rows.map(({ id }) => String(id))
  await sql.query(
    `insert into benchmark_results (run_id, provider, model, total_latency_ms, response_text, created_at)
      select ($1::uuid[])[n % 2 + 1], 'p', 'm', n, '=answer ' || n, timestamptz '2026-01-01 00:00Z' + n * interval '1 minute'
      from generate_series(0, $2::int - 1) n`,
    [runs, count],
  )
  return runs
}

function command(store: Store, argv: string[], streams: Partial<Streams> = {}) {
  const app = {
    store: {
      name: 'a store',
      embedded: false,
      open: () => Promise.resolve({ ...store, close: () => Promise.resolve() }),
    },
  } as unknown as App
  return execute(exportResults, argv, { openApp: () => app, ...streams })
}

describe.each(transports)('export over $name', ({ open }) => {
  let opened: OpenTransport
  let runs: string[]
  const count = 1001
  const run = (...argv: string[]) => command(opened.store, argv)
  const latencies = async (...argv: string[]) => {
    const rows = JSON.parse((await run('--json', ...argv)).stdout) as { total_latency_ms: number }[]
    return rows.map((row) => row.total_latency_ms)
  }

  beforeAll(async () => (opened = await open()))
  afterAll(() => opened.close())

  test('of no results is a header, or an empty array', async () => {
    expect(await run()).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^id,run_id,.*,provider_name\n$/),
    })
    expect(await run('--json')).toEqual({ code: 0, stderr: '', stdout: '[]\n' })
  })

  test('has every result once, oldest first', async () => {
    runs = await fill(opened.sql, count)
    expect(await latencies()).toEqual(Array.from({ length: count }, (_, index) => index))
    const { stdout } = await run()
    const lines = stdout.split('\n')
    expect(lines).toHaveLength(count + 2)
    expect(lines[1]).toContain(",p,m,,,0,,,,true,,'=answer 0,,2026-01-01T00:00:00+00:00,")
  })

  test('keeps to the time and the run', async () => {
    const range = ['--since', '2026-01-01T00:10:00Z', '--until', '2026-01-01T00:14:00Z']
    expect(await latencies(...range)).toEqual([10, 11, 12, 13])
    expect(await latencies(...range, '--run', runs[1] ?? '')).toEqual([11, 13])
    expect(await latencies('--run', runs[0] ?? '')).toHaveLength(501)
    expect(await latencies('--since', '2026-01-02')).toEqual([])
  })

  test('of a run that there is not is refused', async () => {
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await run('--run', id)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`no run ${id}`),
    })
  })
})

describe('export', () => {
  let opened: OpenTransport
  beforeAll(async () => {
    const postgres = transports.find(({ name }) => name === 'Postgres 17')
    if (postgres === undefined) throw new Error('there is no Postgres')
    opened = await postgres.open()
    await fill(opened.sql, 1200)
  })
  afterAll(() => opened.close())

  /** A store that fails at the second page. */
  const failing = (): Store => ({
    ...opened.store,
    listResults: (input) =>
      input.after === null
        ? opened.store.listResults(input)
        : Promise.reject(new StoreError('unavailable', 'the database went away')),
  })

  test('a file is there when it is complete', async () => {
    const out = join(dir, 'all.csv')
    expect(await command(opened.store, ['--out', out])).toEqual({
      code: 0,
      stdout: '',
      stderr: `firsttoken: 1200 results in ${out}\n`,
    })
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(1202)
    expect(readdirSync(dir)).toEqual(['all.csv'])
    writeFileSync(out, 'as it was')
    const ended = await command(failing(), ['--out', out])
    expect(ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('incomplete: the database went away'),
    })
    expect(readFileSync(out, 'utf8')).toBe('as it was')
    expect(readdirSync(dir)).toEqual(['all.csv'])
  })

  test('a file that cannot be put in its place at the end is a 3', async () => {
    const out = join(dir, 'taken.csv')
    const store: Store = {
      ...opened.store,
      listResults: (input) => {
        // Meanwhile somebody makes a folder of that name.
        mkdirSync(join(out, 'full'), { recursive: true })
        return opened.store.listResults(input)
      },
    }
    expect(await command(store, ['--out', out])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the output is incomplete: '),
    })
    rmSync(out, { recursive: true })
  })

  test('a failure on stdout is told, and at once when nothing was written', async () => {
    const ended = await command(failing(), ['--json'])
    expect(ended).toMatchObject({
      code: 3,
      stderr: 'firsttoken: the output is incomplete: the database went away\n',
    })
    expect(ended.stdout).toMatch(/^\[\n\{/)
    const away = { ...opened.store, listResults: () => Promise.reject(new StoreError('timeout', 'too slow')) }
    expect(await command(away, [])).toEqual({ code: 3, stdout: '', stderr: 'firsttoken: too slow\n' })
    expect(await command(opened.store, [], { stdout: failingStream('ENOSPC') })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('ENOSPC'),
    })
  })

  test('who reads no further ends it quietly', async () => {
    expect(await command(opened.store, [], { stdout: failingStream('EPIPE') })).toMatchObject({
      code: 0,
      stderr: '',
    })
  })

  test.each([
    [['--since', 'yesterday'], '--since must be a date'],
    [['--run', 'x'], '--run must be the id of a run'],
    [['--out', '/dev/null'], 'not a file'],
    [['--out', '/nowhere/x.csv'], 'ENOENT'],
    [['x'], 'x'],
  ])('%j is refused', async (argv, problem) => {
    expect(await command(opened.store, argv)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(problem),
    })
  })
})

test('who asked for JSON gets a refusal as JSON', async () => {
  const refused = await command(stubStore({}), ['--csv', '--json'])
  expect(refused.code).toBe(2)
  expect(JSON.parse(refused.stdout)).toEqual({
    error: '--csv and --json exclude each other; --help lists the options',
  })
})

test('a page reads few rows, wherever it is', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const [even] = await fill(sql, 20_000)
  await sql.query(`insert into runs (run_name, triggered_by) values ('last', 'test')`)
  await sql.query(`insert into benchmark_results (run_id, total_latency_ms, created_at)
    select r.id, n, timestamptz '2027-01-01Z' + n * interval '1 second' from runs r, generate_series(1, 20) n where r.run_name = 'last'`)
  await sql.query('vacuum analyze benchmark_results')
  const { rows: found } = await sql.query(`select id from runs where run_name = 'last'`)
  await sql.close()
  /** How many rows of the table a call looks at. */
  const looked = async (input: object): Promise<{ rows: number; read: number }> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      await client.query('begin')
      const { rows } = await client.query<{ rows: number }>(
        `select json_array_length(public.list_results($1::text::jsonb) -> 'rows') as rows`,
        [JSON.stringify({ limit: 100, ...input })],
      )
      const { rows: counts } = await client.query<{ read: string }>(
        `select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'benchmark_results'`,
      )
      return { rows: rows[0]?.rows ?? 0, read: Number(counts[0]?.read) }
    } finally {
      await client.end()
    }
  }
  const middle = '2026-01-08T00:00:00+00:00/00000000-0000-0000-0000-000000000000'
  for (const input of [
    {},
    { after: middle },
    { since: '2026-01-08' },
    { until: '2026-01-08', after: middle.replace('08', '07') },
  ]) {
    const { rows, read } = await looked(input)
    expect({ input, rows }).toEqual({ input, rows: 100 })
    expect(read).toBeLessThan(500)
  }
  expect((await looked({ run_id: found[0]?.['id'] })).read).toBeLessThan(100)
  expect(await looked({ run_id: even, after: middle })).toMatchObject({ rows: 100 })
})
