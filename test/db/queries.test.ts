import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { priceOf } from '../../src/core/price.ts'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase, engine } from '../support/databases.ts'
import { answers } from '../support/query-answers.ts'
import { longAnswers } from '../support/history-answers.ts'
import { recordHistory } from '../support/history-sample.ts'
import { type Answer, answerOf, type Question, readQuestion, sections, sqlPage } from '../support/sql-page.ts'

const folder = 'supabase/queries'
const questions = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .map((file) => readQuestion(file.replace('.sql', ''), readFileSync(join(folder, file), 'utf8')))

test.each(questions)('$name has a title and a description', ({ name, title, about, statement }) => {
  expect(title).toMatch(/^[A-Z][^.:]{3,40}$/)
  expect(about.length).toBeGreaterThan(20)
  expect(statement).toMatch(/^(select|with)\b[^;]*;$/)
  expect(statement).not.toContain('--')
  expect(
    Object.values(sections)
      .flat()
      .filter((each) => each === name),
  ).toHaveLength(1)
  expect([name in answers, name in longAnswers].filter(Boolean)).toHaveLength(1)
})

test('every answer belongs to a question', () => {
  const known = questions.map(({ name }) => name)
  expect([...Object.keys(answers), ...Object.keys(longAnswers)].toSorted()).toEqual(known.toSorted())
})

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim())

/**
 * Wilson's interval of an uptime in percent, from the share that failed, the number of independent checks and
 * Student's t.
 */
function wilson(share: number, n: number, t: number): { low: number; high: number } {
  const centre = (share + t ** 2 / (2 * n)) / (1 + t ** 2 / n)
  const margin = (t / (1 + t ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + t ** 2 / (4 * n ** 2))
  return { low: 100 * (1 - centre - margin), high: Math.min(100, 100 * (1 - centre + margin)) }
}

describe.each(engine('Postgres 17'))('the ready-made questions on $name', ({ open }) => {
  let sql: Sql
  const ask = async (statement: string) => answerOf((await sql.query(statement)).rows)
  const statementOf = (name: string) => questions.find((each) => each.name === name)?.statement ?? ''
  const rowsOf = async (name: string) => (await sql.query(statementOf(name))).rows

  beforeAll(async () => {
    sql = await open()
    await recordHistory(sql)
  })
  afterAll(() => sql.close())

  test.each(questions)('$name', async ({ name, statement }) => {
    const { columns, rows } = await ask(statement)
    const asLines = (cells: readonly string[]) => cells.join(' | ').trimEnd()
    const long = longAnswers[name]?.().map(asLines)
    const expected = long === undefined ? linesOf(answers[name] ?? '') : [asLines(columns), ...long]
    expect([columns, ...rows].map(asLines)).toEqual(expected)
  })

  test('docs/sql.md shows all of them', async () => {
    const answered = new Map<string, Question & { answer: Answer }>()
    for (const question of questions)
      answered.set(question.name, { ...question, answer: await ask(question.statement) })
    await expect(sqlPage(answered)).toMatchFileSnapshot('../../docs/sql.md')
  })

  test('the leaderboards change with the metric', async () => {
    const board = async (metric: string) =>
      (await ask(statementOf('leaderboard-24h').replace("metric = 'ttft'", `metric = '${metric}'`))).rows.map(
        ([, , rank, to, provider, , value, low, high, unit]) => [rank, to, provider, value, low, high, unit],
      )
    // The steps of tps are 1, and more is better. What costs the same every time has no width.
    expect(await board('tps')).toEqual([
      ['1', '1', 'groq', '202.00', '201.00', '203.00', 'tokens/s'],
      ['2', '2', 'together', '102.00', '101.00', '103.00', 'tokens/s'],
      ['3', '3', 'openai', '52.00', '51.00', '53.00', 'tokens/s'],
    ])
    expect(await board('cost')).toEqual([
      ['1', '1', 'together', '0.00002000', '0.00002000', '0.00002000', 'usd'],
      ['2', '2', 'groq', '0.00005000', '0.00005000', '0.00005000', 'usd'],
      ['3', '3', 'openai', '0.00010000', '0.00010000', '0.00010000', 'usd'],
    ])
    // 25 hours without a failure: the interval is that of Wilson for 49 checks. Two of Together AI's 48
    // failed, in hours of two and of one check.
    const none = wilson(0, 49, 2.0639)
    const hours = [...Array.from({ length: 22 }, () => [2, 0]), [2, 1], [1, 0], [1, 1]] as [number, number][]
    const share = 2 / 48
    const spread = hours.reduce((sum, [n, failed]) => sum + (failed - share * n) ** 2, 0)
    const independent = Math.min(48, (share * (1 - share)) / (((25 / 24) * spread) / 48 ** 2))
    const some = wilson(share, independent, 2.0639)
    const rows = await board('uptime')
    expect(rows.map((row) => row.slice(0, 4))).toEqual([
      ['1', '3', 'groq', '100.00'],
      ['1', '3', 'openai', '100.00'],
      ['1', '3', 'together', '95.83'],
    ])
    const bounds = rows.map(([, , , , low, high]) => [Number(low), Number(high)])
    for (const [at, expected] of [none, none, some].entries()) {
      expect(bounds[at]?.[0]).toBeCloseTo(expected.low, 1)
      expect(bounds[at]?.[1]).toBeCloseTo(expected.high, 1)
    }
  })

  test('manual prices that were ended are in force nowhere, and the history shows when they were', async () => {
    const store = createSqlStore(sql)
    const own = priceOf({ inputPerM: 9, outputPerM: 9, source: 'manual' })
    const about = { provider: 'groq', about: null, model: 'openai/gpt-oss-20b' }
    const inForce = async () =>
      (await rowsOf('prices-across-providers')).filter((row) => row['provider'] === 'Groq')
    await store.setPrice({ ...about, price: own })
    expect(await inForce()).toMatchObject([{ input_usd_per_m: 9, source: 'manual' }])
    await store.setPrice({ ...about, price: null })
    expect(await inForce()).toMatchObject([{ input_usd_per_m: 0.1, source: 'models.dev' }])
    const history = statementOf('price-history').replace('gpt-4o-mini', about.model)
    expect((await sql.query(history)).rows).toContainEqual(
      expect.objectContaining({ source: 'manual', valid_until: expect.anything() as unknown }),
    )
    expect((await rowsOf('price-changes'))[0]).toMatchObject({ input_usd_per_m: 9, source: 'manual' })
  })

  test('leaving-targets leaves out an alias whose dated snapshot is listed', async () => {
    const leaves = (model: string) =>
      sql.query('update models set available = false where name = $1', [model])
    const snapshot = (name: string) =>
      sql.query(
        `insert into models (provider_id, name, available) select id, $1, true from providers where slug = 'openai'`,
        [name],
      )
    await leaves('gpt-4o-mini')
    await sql.query(`update models set available = true where name = 'moonshotai/Kimi-K2'`)
    for (const name of ['gpt-4o-mini-audio', 'gpt-4o-mini-2026', 'gpt-4o-mini2026-08-07'])
      await snapshot(name)
    expect(await rowsOf('leaving-targets')).toMatchObject([{ model: 'gpt-4o-mini' }])
    await snapshot('gpt-4o-mini-2026-08-07')
    expect(await rowsOf('leaving-targets')).toEqual([])
    await sql.exec(
      `update models set shutdown_on = (now() at time zone 'UTC')::date + 3 where name = 'gpt-4o-mini'`,
    )
    expect(await rowsOf('leaving-targets')).toMatchObject([{ model: 'gpt-4o-mini' }])
  })

  test('uptime follows a successful recheck', async () => {
    const ofKimi = async () => (await rowsOf('uptime')).find((row) => row['model'] === 'moonshotai/Kimi-K2')
    expect(await ofKimi()).toMatchObject({ uptime_percent: '0.00' })
    await sql.exec(`update benchmark_results set success = true, error_kind = null, fault_domain = null,
      confirms = (select id from benchmark_results where model = 'moonshotai/Kimi-K2' order by created_at limit 1)
      where id = (select id from benchmark_results where model = 'moonshotai/Kimi-K2' order by created_at desc limit 1)`)
    const { n_checks: checks, ...rest } = (await ofKimi()) ?? {}
    expect(Number(checks)).toBe(1)
    expect(rest).toMatchObject({ uptime_percent: '100.00' })
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
    await recordHistory(sql)
    await migrate(bare, readMigrations().slice(0, 1))
  })
  afterAll(() => Promise.all([sql.close(), bare.close()]))

  test('run unchanged, except for two that no database with these tables can run', async () => {
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
