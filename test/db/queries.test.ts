import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SyncOutcome } from '../../src/core/catalog.ts'
import { priceOf } from '../../src/core/price.ts'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase, openPglite } from './databases.ts'
import { failedResult, samplePlan, samplePrice, sampleResult } from './samples.ts'

const engines = [
  { name: 'PGlite', open: openPglite },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
]

/** Five runs of two models, 15 minutes apart; gpt-4o-mini fails in the last one. Then gpt-5 leaves, and a price changes. */
async function record(sql: Sql): Promise<void> {
  const store = createSqlStore(sql)
  const now = Date.now()
  const claim = (runId: string) => store.claimProbe({ runId, owner: 'w', leaseMs: 60_000, region: 'local' })
  for (let run = 1; run <= 5; run += 1) {
    const slot = new Date(now - (6 - run) * 15 * 60_000)
    const plan = samplePlan(['gpt-4o-mini', 'gpt-5'], { schedule: 'benchmark', slot, trigger: 'cron' })
    await store.startRun(plan, 'local')
    for (let claimed = await claim(plan.id); claimed !== null; claimed = await claim(plan.id)) {
      const { probe } = claimed
      const fails = run === 5 && probe.target.model === 'gpt-4o-mini'
      const cost = { costUsd: 0.001, chargedUsd: 0.001, computedUsd: 0.0008 }
      const measured = { startedAt: new Date(), ttftMs: 100 * run, totalLatencyMs: 1000 * run, ...cost }
      await store.recordResult(
        fails ? failedResult(plan, probe, { startedAt: new Date() }) : sampleResult(plan, probe, measured),
      )
    }
    await store.finishRun({ runId: plan.id, status: 'finished' })
  }
  const [about] = samplePlan([]).providers
  if (about === undefined) throw new Error('the sample has no provider')
  const price = priceOf({ inputPerM: 0.3, outputPerM: 0.6, source: 'provider', asOf: '2026-11-26T00:00:00Z' })
  const other = priceOf({ inputPerM: 0.15, outputPerM: 0.6, source: 'models.dev' })
  const outcome: SyncOutcome = {
    id: randomUUID(),
    provider: about,
    status: 'saved',
    reason: null,
    startedAt: new Date(now),
    finishedAt: new Date(now),
    listed: 1,
    chat: 1,
    unreadable: 0,
    unpriced: 0,
    changes: { added: [], left: ['gpt-5'], returned: [], changed: [] },
    prices: [{ model: 'gpt-4o-mini', before: samplePrice, price }],
    conflicts: [{ model: 'gpt-4o-mini', chosen: price, other, gap: 0.5 }],
    leaving: [],
  }
  await store.saveSync({ about, trigger: 'cron', outcome, models: [] })
}

const closeTo = (value: number) => expect.closeTo(value, 12) as number
/** A number, which a driver may give as text. */
const eq = (value: number) => expect.toSatisfy((given: unknown) => Number(given) === value) as unknown

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

  test('cost-per-answer divides by answers, and by tokens that are no reasoning', async () => {
    // 0.001 dollars an answer of 109 tokens, 12 of them reasoning: 97 to see.
    expect(await rowsOf('cost-per-answer.sql')).toMatchObject([
      {
        model: expect.anything(),
        usd_per_answer: closeTo(0.001),
        usd_per_1k_visible_tokens: closeTo(0.001 / 0.097),
      },
      {
        usd_per_answer: closeTo(0.001),
        usd_per_1k_visible_tokens: closeTo(0.001 / 0.097),
        cost_unknown: eq(0),
      },
    ])
  })

  test('cost-by-day counts every call', async () => {
    const days = await rowsOf('cost-by-day.sql')
    expect(days.reduce((sum, { usd }) => sum + Number(usd), 0)).toBeCloseTo(0.009, 12)
    expect(days.reduce((sum, { calls }) => sum + Number(calls), 0)).toBe(10)
  })

  test('projected-month multiplies what a run cost by the runs that 30 days have', async () => {
    // Every 15 minutes makes 2,880 runs; gpt-5 cost 0.005 in 5 runs, gpt-4o-mini 0.004.
    expect(await rowsOf('projected-month.sql')).toMatchObject([
      {
        model: 'gpt-5',
        minutes_between_runs: 15,
        usd_per_run: closeTo(0.001),
        usd_in_30_days: closeTo(2.88),
      },
      { model: 'gpt-4o-mini', usd_per_run: closeTo(0.0008), usd_in_30_days: closeTo(2.304) },
    ])
  })

  test('charge-drift sets what was charged against what we compute', async () => {
    expect(await rowsOf('charge-drift.sql')).toMatchObject([
      { model: 'gpt-5', charged_usd: closeTo(0.005), computed_usd: closeTo(0.004), drift_percent: '25.00' },
      { model: 'gpt-4o-mini', drift_percent: '25.00', largest_usd: closeTo(0.0002) },
    ])
  })

  test('price-changes, price-conflicts, leaving-targets and sync-history tell what the sync found', async () => {
    expect(await rowsOf('price-changes.sql')).toMatchObject([
      {
        model: 'gpt-4o-mini',
        input_before: 0.15,
        input_now: 0.3,
        output_before: 0.6,
        output_now: 0.6,
        source: 'provider',
      },
    ])
    expect(await rowsOf('price-conflicts.sql')).toMatchObject([
      {
        model: 'gpt-4o-mini',
        percent_apart: '50',
        believed: 'provider',
        input: 0.3,
        other: 'models.dev',
        other_input: 0.15,
      },
    ])
    expect(await rowsOf('leaving-targets.sql')).toMatchObject([
      { model: 'gpt-5', available: false, shutdown_on: null },
    ])
    expect(await rowsOf('sync-history.sql')).toMatchObject([
      { provider: 'OpenAI', status: 'saved', n_left: 1, n_prices: 1, n_conflicts: 1 },
    ])
    expect(await rowsOf('latest-prices.sql')).toMatchObject([
      { model: 'gpt-4o-mini', input_price_per_m: 0.3, source: 'provider' },
      { model: 'gpt-5', input_price_per_m: 0.15, source: 'genai-prices' },
    ])
  })

  test('uptime counts checks that a provider failed, and floors', async () => {
    // gpt-4o-mini failed once by the account's fault, which is no check; none failed by the provider's.
    expect(await rowsOf('uptime.sql')).toMatchObject([
      { model: 'gpt-4o-mini', checks: eq(4), failed: eq(0), uptime_percent: eq(100) },
      { model: 'gpt-5', checks: eq(5), failed: eq(0), uptime_percent: eq(100) },
    ])
    const faults = (
      kind: string,
    ) => `update benchmark_results set success = false, error_kind = '${kind}', fault_domain = 'provider'
      where id = (select id from benchmark_results where model = 'gpt-5' and confirms is null order by created_at, id limit 1)`
    await sql.exec(faults('server_error'))
    expect(await rowsOf('uptime.sql')).toMatchObject([
      { model: 'gpt-5', checks: eq(5), failed: eq(1), uptime_percent: eq(80) },
      {},
    ])
    // A second look that went well clears it.
    await sql.exec(`update benchmark_results set confirms = (select id from benchmark_results where model = 'gpt-5' and not success)
      where id = (select id from benchmark_results where model = 'gpt-5' and success order by created_at desc, id limit 1)`)
    expect(await rowsOf('uptime.sql')).toMatchObject([{}, { model: 'gpt-5', checks: eq(4), failed: eq(0) }])
    // Of five calls of gpt-5 one failed and one is the second look: three are left for the statistics.
    expect(await rowsOf('latency-by-model.sql')).toContainEqual(
      expect.objectContaining({ model: 'gpt-5', results: eq(3) }),
    )
    expect(await rowsOf('ttft-percentiles.sql')).toContainEqual(
      expect.objectContaining({ model: 'gpt-5', results: eq(3) }),
    )
  })

  test('runs-and-gaps tells what was skipped and why, and spending what calls cost', async () => {
    expect((await rowsOf('runs-and-gaps.sql'))[0]).toMatchObject({
      status: 'finished',
      n_probes: 2,
      n_skipped: 0,
      skipped_because: null,
    })
    // Nine answers of 0.001, and the input of one that failed: 0.0001.
    expect(await rowsOf('spending.sql')).toMatchObject([
      { usd: closeTo(0.0091), usd_in_month_so_far: closeTo(0.0091) },
    ])
  })

  test('prices that a person ended are in force nowhere, and the history says when they were', async () => {
    const store = createSqlStore(sql)
    const own = priceOf({ inputPerM: 9, outputPerM: 9, source: 'manual' })
    const about = { provider: 'openai', about: null, model: 'gpt-4o-mini' }
    const setTo = { input_price_per_m: 0.3, source: 'provider' }
    await store.setPrice({ ...about, price: own })
    const inForce = ['latest-price-of-model.sql', 'prices-across-providers.sql']
    for (const file of inForce)
      expect(await rowsOf(file)).toMatchObject([{ input_price_per_m: 9, source: 'manual' }])
    await store.setPrice({ ...about, price: null })
    for (const file of inForce) expect(await rowsOf(file)).toMatchObject([setTo])
    for (const file of ['price-history.sql', 'price-changes.sql'])
      expect((await rowsOf(file))[0]).toMatchObject({ source: 'manual', valid_until: expect.anything() })
  })

  test('leaving-targets leaves out an alias whose dated snapshot is listed', async () => {
    const snapshot = (name: string) =>
      sql.exec(`insert into models (provider_id, name, available) select id, '${name}', true from providers`)
    for (const name of ['gpt-5-mini', 'gpt-5-2026', 'gpt-52026-08-07']) await snapshot(name)
    expect(await rowsOf('leaving-targets.sql')).toMatchObject([{ model: 'gpt-5' }])
    await snapshot('gpt-5-2026-08-07')
    expect(await rowsOf('leaving-targets.sql')).toEqual([])
    await sql.exec(`update models set shutdown_on = current_date + 3 where name = 'gpt-5'`)
    expect(await rowsOf('leaving-targets.sql')).toMatchObject([{ model: 'gpt-5' }])
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
