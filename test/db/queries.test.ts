import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase, openPglite } from './databases.ts'
import { failedResult, samplePlan, sampleResult } from './samples.ts'

const engines = [
  { name: 'PGlite', open: openPglite },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
]

/** Five runs of two models; gpt-4o-mini fails in the last one. */
async function record(sql: Sql): Promise<void> {
  const store = createSqlStore(sql)
  for (let run = 1; run <= 5; run += 1) {
    const plan = samplePlan(['gpt-4o-mini', 'gpt-5'])
    await store.startRun(plan, 'local')
    for (const probe of plan.probes) {
      const fails = run === 5 && probe.target.model === 'gpt-4o-mini'
      const measured = { ttftMs: 100 * run, totalLatencyMs: 1000 * run, costUsd: 0.001 }
      await store.recordResult(fails ? failedResult(plan, probe) : sampleResult(plan, probe, measured))
    }
    await store.finishRun({ runId: plan.id, status: 'finished' })
  }
}

const folder = 'supabase/queries'
const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))

describe.each(engines)('the documented queries on $name', ({ open }) => {
  let sql: Sql
  const rowsOf = async (file: string) => (await sql.query(readFileSync(join(folder, file), 'utf8'))).rows

  beforeAll(async () => {
    sql = await open()
    await migrate(sql, readMigrations())
    await record(sql)
  })
  afterAll(() => sql.close())

  test.each(files)('%s runs and finds something', async (file) => {
    expect(await rowsOf(file)).not.toEqual([])
  })

  test('ttft-percentiles gives the median, and no p95 of so few', async () => {
    expect(await rowsOf('ttft-percentiles.sql')).toEqual([
      { provider: 'OpenAI', model: 'gpt-4o-mini', results: expect.anything(), p50_ms: '250.0', p95_ms: null },
      { provider: 'OpenAI', model: 'gpt-5', results: expect.anything(), p50_ms: '300.0', p95_ms: null },
    ])
  })

  test('error-rate tells the provider’s failures from the others', async () => {
    expect(await rowsOf('error-rate.sql')).toMatchObject([
      { provider: 'OpenAI', percent_7d: '10.00', provider_percent_7d: '0.00' },
    ])
  })

  test('latest-results gives one row a target, with its last outcome', async () => {
    expect(await rowsOf('latest-results.sql')).toMatchObject([
      { model: 'gpt-4o-mini', outcome: 'rate_limited', ttft_ms: null, cost_usd: null },
      { model: 'gpt-5', outcome: 'ok', ttft_ms: '500.0', cost_usd: 0.001 },
    ])
  })

  test('cost-by-month adds what is known', async () => {
    expect(await rowsOf('cost-by-month.sql')).toMatchObject([{ provider: 'OpenAI', usd: '0.009000' }])
  })
})

const seeds = process.env['SEEDS'] ?? '../shared/seeds'
const engineSeed = existsSync(seeds) ? readdirSync(seeds).find((file) => file.startsWith('004')) : undefined

/** The statements of the ```sql blocks, their placeholders replaced by an id. */
function seedStatements(): string[] {
  if (engineSeed === undefined) return []
  const text = readFileSync(join(seeds, engineSeed), 'utf8')
  return [...text.matchAll(/```sql\n(.*?)```/gs)]
    .flatMap(([, block = '']) => block.replace(/--.*$/gm, '').split(';'))
    .map((statement) => statement.trim().replace(/'(\.\.\.|your-run-uuid)'/g, `'${randomUUID()}'`))
    .filter((statement) => statement !== '')
}

const codeOf = (on: Sql, statement: string) =>
  on.query(statement).then(
    () => null,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

describe.skipIf(engineSeed === undefined)('the queries that earlier users know', () => {
  let sql: Sql
  /** The five tables alone, as earlier users have them. */
  let bare: Sql

  beforeAll(async () => {
    ;[sql, bare] = await Promise.all([
      openPostgres(await createDatabase('migrated')),
      openPostgres(await createDatabase('empty')),
    ])
    await record(sql)
    await migrate(bare, readMigrations().slice(0, 1))
  })
  afterAll(() => Promise.all([sql.close(), bare.close()]))

  test('run unchanged, but for two that no database with these tables can run', async () => {
    const statements = seedStatements()
    expect(statements.length).toBeGreaterThan(15)
    const refused: string[] = []
    for (const statement of statements) {
      const code = await codeOf(sql, statement)
      if (code === null) continue
      // `created_at` of two joined tables: ambiguous on the five tables by themselves as well.
      expect({ statement, code, bare: await codeOf(bare, statement) }).toEqual({
        statement,
        code: '42702',
        bare: '42702',
      })
      refused.push(statement)
    }
    expect(refused).toHaveLength(2)
    for (const statement of refused) {
      expect(await codeOf(sql, statement.replace('WHERE created_at', 'WHERE br.created_at'))).toBeNull()
    }
  })
})
