import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultDomains } from '../../src/core/outcome.ts'
import type { Sql } from '../../src/store/connection.ts'
import { schemaStatements } from '../../src/store/schema-files.ts'
import { toResultRow } from '../../src/store/result-codec.ts'
import { engines } from '../support/databases.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'

/**
 * The five tables that existing queries rely on: `column type`, with `!` for not null and `=` for a default.
 */
const contract: Record<string, string[]> = {
  providers: [
    'id uuid! = gen_random_uuid()',
    'name text!',
    'base_url text',
    'logo_url text',
    'created_at timestamptz! = now()',
  ],
  models: [
    'id uuid! = gen_random_uuid()',
    'name text!',
    'provider_id uuid!',
    'context_window int4',
    'created_at timestamptz! = now()',
  ],
  prices: [
    'id uuid! = gen_random_uuid()',
    'provider_id uuid!',
    'model_id uuid!',
    'input_price_per_m float8!',
    'output_price_per_m float8!',
    'timestamp timestamptz! = now()',
  ],
  runs: [
    'id uuid! = gen_random_uuid()',
    'run_name text!',
    'triggered_by text!',
    'started_at timestamptz! = now()',
    'finished_at timestamptz',
  ],
  benchmark_results: [
    'id uuid! = gen_random_uuid()',
    'run_id uuid!',
    'provider_id uuid',
    'model_id uuid',
    'provider text',
    'model text',
    'input_tokens int4',
    'output_tokens int4',
    'total_latency_ms float8!',
    'ttft_ms float8',
    'tps float8',
    'status_code int4',
    'success bool! = true',
    'error_message text',
    'response_text text',
    'cost_usd float8',
    'created_at timestamptz! = now()',
  ],
}

const contractKeys = [
  'models: FOREIGN KEY (provider_id) REFERENCES providers(id) ON DELETE CASCADE',
  'models: UNIQUE (name, provider_id)',
  'prices: FOREIGN KEY (model_id) REFERENCES models(id) ON DELETE CASCADE',
  'prices: FOREIGN KEY (provider_id) REFERENCES providers(id) ON DELETE CASCADE',
  'providers: UNIQUE (name)',
  'benchmark_results: FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE',
  'benchmark_results: FOREIGN KEY (provider_id) REFERENCES providers(id) ON DELETE SET NULL',
  'benchmark_results: FOREIGN KEY (model_id) REFERENCES models(id) ON DELETE SET NULL',
  ...Object.keys(contract).map((table) => `${table}: PRIMARY KEY (id)`),
]

const contractIndexes = [
  'idx_providers_name (name)',
  'idx_models_provider_id (provider_id)',
  'idx_models_name (name)',
  'idx_prices_provider_id (provider_id)',
  'idx_prices_model_id (model_id)',
  'idx_prices_timestamp ("timestamp")',
  'idx_benchmark_results_run_id (run_id)',
  'idx_benchmark_results_provider_id (provider_id)',
  'idx_benchmark_results_model_id (model_id)',
  'idx_benchmark_results_provider (provider)',
  'idx_benchmark_results_model (model)',
  'idx_benchmark_results_created_at (created_at)',
]

/** The tables that the schema files create. */
const ourTables = schemaStatements()
  .map(({ object }) => /^table public\.(\w+)$/.exec(object ?? '')?.[1])
  .filter((name) => name !== undefined)
  .toSorted()

describe.each(engines)('the schema on $name', ({ open }) => {
  let sql: Sql
  const texts = async (query: string) => (await sql.query(query)).rows.map((row) => String(row['text']))

  /** The texts that a check constraint names. */
  const literals = async (constraint: string) => {
    const [text = ''] = await texts(
      `select pg_get_constraintdef(oid) as text from pg_constraint where conname = '${constraint}'`,
    )
    return [...text.matchAll(/'(\w+)'::text/g)].map(([, literal]) => String(literal)).toSorted()
  }

  beforeAll(async () => {
    sql = await open()
  })
  afterAll(() => sql.close())

  test('has exactly the expected tables', async () => {
    expect(
      await texts(`select tablename as text from pg_tables where schemaname = 'public' order by 1`),
    ).toEqual(ourTables)
  })

  test.each(Object.entries(contract))(
    '%s begins with the columns of the contract',
    async (table, columns) => {
      const found = await texts(
        `select format('%s %s%s%s', a.attname, t.typname, case when a.attnotnull then '!' end,
           ' = ' || pg_get_expr(d.adbin, d.adrelid)) as text
         from pg_attribute a join pg_type t on t.oid = a.atttypid
           left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where a.attrelid = 'public.${table}'::regclass and a.attnum > 0 order by a.attnum`,
      )
      expect(found.slice(0, columns.length)).toEqual(columns)
    },
  )

  test('has the keys and cascades of the contract', async () => {
    const found = await texts(
      `select format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) as text
         from pg_constraint where connamespace = 'public'::regnamespace`,
    )
    expect(found).toEqual(expect.arrayContaining(contractKeys))
  })

  test('has the indexes of the contract', async () => {
    const found = await texts(
      `select format('%s %s', indexname, substring(indexdef from '\\(.*$')) as text from pg_indexes where schemaname = 'public'`,
    )
    expect(found).toEqual(expect.arrayContaining(contractIndexes))
  })

  test('has a column for every field of a result', async () => {
    const columns = await texts(
      `select attname as text from pg_attribute where attrelid = 'public.benchmark_results'::regclass and attnum > 0`,
    )
    const plan = samplePlan(['m'])
    const [probe] = plan.probes
    if (!probe) throw new Error('the sample plan has no probe')
    const given = Object.keys(toResultRow(sampleResult(plan, probe)))
    expect(given.filter((field) => !columns.includes(field))).toEqual([])
    expect(columns.filter((column) => !given.includes(column)).toSorted()).toEqual([
      'confirms',
      'created_at',
      'fault_domain_was',
      'model_id',
      'provider_id',
      'target_id',
    ])
  })

  test('allows exactly the error kinds and fault domains of the code', async () => {
    expect(await literals('benchmark_results_error_kind_check')).toEqual(Object.keys(faultDomains).toSorted())
    expect(await literals('benchmark_results_fault_domain_check')).toEqual(
      [...new Set(Object.values(faultDomains))].toSorted(),
    )
  })

  test('has the API in the schema public: what the store calls, and what docs/sql.md shows', async () => {
    const called = new Set(
      readdirSync('src/store')
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => [...readFileSync(`src/store/${file}`, 'utf8').matchAll(/'([a-z_]+)'/g)])
        .map(([, name]) => name),
    )
    const shown = readFileSync('docs/sql.md', 'utf8')
    const functions = await texts(
      `select proname as text from pg_proc where pronamespace = 'public'::regnamespace`,
    )
    expect(functions).toEqual(
      expect.arrayContaining(['start_run', 'claim_probe', 'record_result', 'list_results']),
    )
    expect(functions.filter((name) => !called.has(name) && !shown.includes(`${name}(`))).toEqual([])
  })

  test('lists of results have every column but the text of the answer', async () => {
    const columnsOf = (relation: string) =>
      texts(`select attname as text from pg_attribute
        where attrelid = '${relation}'::regclass and attnum > 0 and not attisdropped order by attname`)
    const columns = (await columnsOf('public.benchmark_results')).filter((name) => name !== 'response_text')
    expect(await columnsOf('firsttoken.listed_results')).toEqual([...columns, 'provider_name'].toSorted())
  })

  const ours = `pronamespace in ('public'::regnamespace, 'firsttoken'::regnamespace)`

  test('has no function that runs SQL text, and none that is overloaded', async () => {
    expect(
      await texts(`select proname as text from pg_proc where ${ours} and prosrc ~* '\\mexecute\\M'`),
    ).toEqual([])
    expect(
      await texts(`select proname as text from pg_proc where ${ours} group by proname having count(*) > 1`),
    ).toEqual([])
  })
})
