import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archive, archiveFolder, recordPair } from '../support/archive.ts'
import { type DuckDb, duckDbPath, openDuckDb } from '../support/duckdb.ts'
import { type OpenTransport, transports } from '../support/transports.ts'

const [, postgres] = transports
if (postgres === undefined) throw new Error('there is no Postgres to test with')

const page = readFileSync('docs/archive.md', 'utf8')
const queries = [...page.matchAll(/```duckdb\n([\s\S]*?)```/g)].map(([, query = '']) => query)

// To run it: npm install --prefix /tmp/duck @duckdb/node-api, then DUCKDB_DIR=/tmp/duck pnpm vitest run FILE.
describe.skipIf(duckDbPath === null)('with @duckdb/node-api, docs/archive.md', () => {
  let opened: OpenTransport
  let duck: DuckDb
  const folder = join(archiveFolder(), '..')
  /** The statement as a person types it who is in the folder. */
  const rows = async (query: string) =>
    (
      await duck.runAndReadAll(query.replaceAll(/'(archive\/|restored)/g, `'${folder}/$1`))
    ).getRowObjectsJson()

  beforeAll(async () => {
    opened = await postgres.open()
    duck = await openDuckDb()
    await recordPair(opened.store, '2025-03-01T10:00:00Z', 'fra')
    await recordPair(opened.store, '2025-03-01T10:00:00Z', 'iad')
    await recordPair(opened.store, '2025-03-02T10:00:00Z', 'fra')
    await opened.sql.query(
      `insert into benchmark_results (run_id, total_latency_ms, created_at)
        select id, 1.5, '2025-03-02T10:00:00.000001Z' from runs limit 1`,
    )
    await archive(opened.store, ['--dir', join(folder, 'archive'), '--timelines'])
  })
  afterAll(async () => {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('asks what is in the files', async () => {
    const [ttft = '', failed = '', paid = '', json = ''] = queries
    expect(await rows(ttft)).toEqual([
      { day: '2025-03-01', provider: 'openai', model: 'a', results: '2', ttft_p50: 250.5, ttft_p95: 250.5 },
      { day: '2025-03-02', provider: 'openai', model: 'a', results: '1', ttft_p50: 250.5, ttft_p95: 250.5 },
      { day: '2025-03-02', provider: null, model: null, results: '1', ttft_p50: null, ttft_p95: null },
    ])
    expect(await rows(failed)).toMatchObject([
      { region: 'fra', provider: 'openai', failures: '2' },
      { region: 'iad', provider: 'openai', failures: '1' },
    ])
    expect((await rows(paid))[0]).toMatchObject({
      model: 'a',
      usd: expect.closeTo(0.000_430_2),
      input: '1560',
    })
    expect(await rows(json)).toContainEqual({
      provider: 'openai',
      temperature: '0.7',
      usd_per_m: '0.15',
      results: '6',
    })
  })

  test('says what each column is', async () => {
    const described = await rows(
      `describe select * from read_parquet('archive/*/*/results.parquet', hive_partitioning = true)`,
    )
    const types = Object.fromEntries(described.map((row) => [row['column_name'], row['column_type']]))
    expect(types).toMatchObject({
      id: 'UUID',
      created_at: 'TIMESTAMP WITH TIME ZONE',
      ttft_ms: 'DOUBLE',
      input_tokens: 'INTEGER',
      success: 'BOOLEAN',
      timeline: 'BLOB',
      day: 'DATE',
    })
    expect(
      await rows(
        `select created_at::varchar as at from 'archive/day=2025-03-02/*/results.parquet' where region is null`,
      ),
    ).toEqual([{ at: expect.stringContaining('.000001') }])
  })

  test('restores a day into a table of its own, every value alike', async () => {
    const restore = queries.at(-1) ?? ''
    expect(restore).toContain('copy (')
    await rows(restore)
    const { sql } = opened
    const lines = readFileSync(join(folder, 'restored.json'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(4)
    const statements = [...page.matchAll(/-c '([^']+)'/g)].map(([, statement = '']) => statement)
    expect(statements).toHaveLength(3)
    const [createLines = '', createResults = '', insert = ''] = statements
    await sql.exec(createLines)
    await sql.query('insert into restored_lines select unnest($1::jsonb[])', [lines])
    await sql.exec(`${createResults}; ${insert}`)
    const { rows: differing } = await sql.query(`
      select r.id from restored_results r join benchmark_results b on b.id = r.id
      where (to_jsonb(r) - 'response_text') <> (to_jsonb(b) - 'response_text')`)
    expect(differing).toEqual([])
    expect((await sql.query('select count(*)::int as n from restored_results')).rows).toEqual([{ n: 4 }])
  })
})
