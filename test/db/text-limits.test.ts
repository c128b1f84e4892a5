import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportResults } from '../../src/cli/export.ts'
import { query } from '../../src/cli/query.ts'
import type { App } from '../../src/jobs/app.ts'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { toRecordInput, encodeResult } from '../../src/store/result-codec.ts'
import { textLimits } from '../../src/store/text-limits.ts'
import { contractStore } from '../support/contract-store.ts'
import { createDatabase, only, openMigratedPglite, openPglite } from '../support/databases.ts'
import { execute } from '../support/output.ts'
import { listedModel, samplePlan, sampleResult } from '../support/samples.ts'
import { type OpenTransport, transport, transports } from '../support/transports.ts'

/** What the code calls a column that has another name in its table. */
const aliases: Record<string, string> = {
  'models.name': 'model',
  'runs.status_reason': 'reason',
  'probes.skip_reason': 'reason',
  'probes.lease_owner': 'owner',
  'incidents.acknowledged_by': 'actor',
  'alert_channels.disabled_reason': 'error',
  'notification_deliveries.last_error': 'error',
}

/** Copies of what is limited, and what only our functions write. */
const unlimited = ['tracks.', 'target_summary.metric']

describe('on a new database', () => {
  let sql: Sql
  beforeAll(async () => {
    sql = await openMigratedPglite()
  })
  afterAll(() => sql.close())

  test('every text has a limit or a list of values', async () => {
    const { rows } = await sql.query(
      `select format('%s.%s', c.relname, a.attname) as name
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
          and a.atttypid in ('text'::regtype, 'text[]'::regtype)
          and not exists (
            select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey))`,
    )
    const names = rows.map(({ name }) => String(name))
    expect(names.filter((name) => !unlimited.some((start) => name.startsWith(start)))).toEqual([])
  })

  test('the limits are those that the code cuts to', async () => {
    const { rows } = await sql.query(
      `select format('%s.%s', conrelid::regclass, a.attname) as name,
          substring(pg_get_constraintdef(k.oid) from '<= (\\d+)')::int as most
        from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        where k.conname like '%\\_length' and a.atttypid = 'text'::regtype`,
    )
    expect(rows.length).toBeGreaterThan(30)
    const limits: Readonly<Record<string, number>> = textLimits
    const inCode = (name: string) => limits[aliases[name] ?? name.replace(/^.*\./, '')]
    // Which only the database writes.
    const written = ['benchmark_results.fault_domain_was', 'config_items.key']
    const known = rows.filter(({ name }) => !written.includes(String(name)))
    expect(known.map(({ name }) => [name, inCode(String(name))])).toEqual(
      known.map(({ name, most }) => [name, most]),
    )
  })
})

describe.each(transports)('over $name', ({ open }) => {
  const { store, sql, start, claimed, allResults } = contractStore(open)
  const long = '模'.repeat(100_000)
  const answer = '模'.repeat(1_100_000)
  const texts = {
    errorMessage: long,
    errorCode: long,
    finishReason: long,
    responseModel: long,
    requestId: long,
    contentEncoding: long,
    httpVersion: long,
    responseText: answer,
    notes: Array.from({ length: 1000 }, () => long.slice(0, 1000)),
  }

  test('a result is recorded however long its texts are, also one that an earlier version spooled', async () => {
    const plan = await start(samplePlan(['m', 'n']))
    const input = await encodeResult(sampleResult(plan, (await claimed(plan)).probe, texts))
    await store.recordResult({ ...input, row: { ...input.row, error_code: long } })
    const late = await encodeResult(sampleResult(plan, (await claimed(plan)).probe))
    const spooled = { ...late, row: { ...late.row, error_code: long, request_id: long } }
    await store.deliver({ name: 'record_result', input: toRecordInput(spooled) })
    const rows = await allResults(plan)
    const [first, second] = [input, late].map(({ row }) => rows.find(({ id }) => id === row.id))
    expect(first).toMatchObject({ error_code: '模'.repeat(166), response_text: answer.slice(0, 1_048_576) })
    expect(second).toMatchObject({ error_code: '模'.repeat(166), request_id: '模'.repeat(166) })
  })

  test('so are runs, models and syncs', async () => {
    const at = new Date('2026-11-26T00:00:00Z')
    const about = { id: long, name: long, baseUrl: long, logoUrl: long, synthetic: false }
    const model = { ...listedModel('m'), displayName: long, supportedParameters: [long, 'b'] }
    const nothing = { prices: [], conflicts: [], leaving: [], listed: 1, chat: 1, unreadable: 0, unpriced: 0 }
    const outcome = {
      ...nothing,
      id: '00000000-0000-4000-8000-000000000001',
      provider: about,
      startedAt: at,
      finishedAt: at,
      status: 'failed' as const,
      reason: long,
      changes: { added: [], left: [], returned: [], changed: [] },
    }
    await store.saveSync({ about, trigger: 'manual', outcome, models: [model] })
    const plan = await start(samplePlan(['m'], { name: long }))
    expect(await store.skipProbes({ runId: plan.id, reason: long })).toEqual({ skipped: 1 })
    const { rows } = await sql.query('select octet_length(run_name) as size from runs where id = $1', [
      plan.id,
    ])
    expect(rows).toEqual([{ size: 198 }])
  })
})

/** The migrations up to the one with the limits, and the rest. */
const files = readMigrations()
const withLimits = files.findIndex(({ name }) => name === 'add_text_limits')

describe('rows of earlier versions', () => {
  const engines = [
    { name: 'PGlite', open: openPglite },
    { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
  ]

  test.each(only('Postgres 17', engines))(
    'are cut by the migration on $name, and stay apart',
    async ({ open }) => {
      const sql = await open()
      await migrate(sql, files.slice(0, withLimits))
      await sql.exec(`
      insert into runs (run_name, triggered_by) values (repeat('r', 5000), 'test');
      insert into providers (name) values (repeat('p', 5000) || 'a'), (repeat('p', 5000) || 'b'), ('short');
      insert into models (name, provider_id, supported_parameters)
        select repeat('m', 5000) || n, p.id, array[repeat('x', 5000), null, 'b'] from providers p, generate_series(1, 2) n;
      insert into benchmark_results (run_id, total_latency_ms, error_code, response_text, model, notes)
        select id, 1, repeat('😀', 100000), repeat('x', 6000000), 'm', array_fill(repeat('y', 100), array[300]) from runs;
      insert into benchmark_results (run_id, total_latency_ms, error_code, notes) select id, 2, 'fine', '{a}' from runs`)
      await migrate(sql, files)
      const { rows } = await sql.query(
        `select error_code, char_length(response_text) as answer, model, cardinality(notes) as notes
        from benchmark_results order by total_latency_ms`,
      )
      expect(rows).toEqual([
        { error_code: '😀'.repeat(125), answer: 786_432, model: 'm', notes: 100 },
        { error_code: 'fine', answer: null, model: null, notes: 1 },
      ])
      const { rows: names } = await sql.query(
        'select count(distinct name)::int as n, max(octet_length(name)) as longest from models',
      )
      expect(names).toEqual([{ n: 2, longest: 274 }])
      // What was cut can be changed again: texts are pruned, metrics rederived.
      await sql.exec('update benchmark_results set response_text = null')
      await expect(
        sql.exec(`update benchmark_results set error_code = repeat('x', 501)`),
      ).rejects.toMatchObject({
        code: '23514',
      })
      await sql.close()
    },
  )

  describe.each(transport('supabase-js'))(
    'that are longer than the limits leave export and query over $name',
    ({ open }) => {
      let opened: OpenTransport
      beforeAll(async () => {
        opened = await open()
        await opened.sql.exec(`
        alter table benchmark_results drop constraint benchmark_results_error_code_length;
        insert into runs (run_name, triggered_by) values ('a run', 'test');
        insert into benchmark_results (run_id, created_at, total_latency_ms, error_code, response_text)
          select id, now() + n * interval '1 s', n, case when n % 40 = 0 then repeat('x', 6000000) end,
            repeat('y', 100000)
          from runs, generate_series(1, 80) n`)
      })
      afterAll(() => opened.close())

      test('every row, in pages of a few MB', async () => {
        const lengths: number[] = []
        const counts: number[] = []
        const store = {
          ...opened.store,
          close: () => Promise.resolve(),
          listResults: async (input: Parameters<typeof opened.store.listResults>[0]) => {
            const page = await opened.store.listResults(input)
            counts.push(page.rows.length)
            lengths.push(JSON.stringify(page.rows).length)
            return page
          },
        }
        const app = { store: { name: 'a store', embedded: false, open: () => Promise.resolve(store) } }
        const ended = await execute(exportResults, ['--json'], { openApp: () => app as unknown as App })
        expect(ended).toMatchObject({ code: 0, stderr: '' })
        expect(JSON.parse(ended.stdout)).toHaveLength(80)
        // One row is more than a page should have: it comes alone.
        expect(Math.max(...lengths)).toBeLessThan(6_500_000)
        expect(counts.filter((count) => count === 1)).toHaveLength(2)
      })

      test('and every row of a statement', async () => {
        const pages: number[] = []
        const text = 'select error_code, response_text from benchmark_results order by total_latency_ms'
        for await (const { rows } of opened.sql.pages(text, 1000)) pages.push(rows.length)
        expect(pages.reduce((sum, count) => sum + count)).toBe(80)
        expect(Math.max(...pages)).toBeLessThan(50)
        const openDatabase = () =>
          Promise.resolve({ name: 'it', sql: { ...opened.sql, close: () => Promise.resolve() } })
        const ended = await execute(query, ['--csv', text], { openDatabase })
        expect(ended.code).toBe(0)
        expect(ended.stdout.split('\n')).toHaveLength(82)
        const table = await execute(query, [text], { openDatabase })
        expect(table.stdout).toMatch(/\(80 rows\)\n$/)
      })
    },
  )
})
