import { afterAll, beforeAll, expect, test } from 'vitest'
import { rederive, rederiveAll, type Rederivation } from '../../src/cli/rederive.ts'
import type { App } from '../../src/jobs/app.ts'
import { deriveMetrics, formulaVersion } from '../../src/core/metrics.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { execute } from '../support/output.ts'
import { samplePlan, sampleResult, sampleTimeline } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'

let url: string
let sql: Sql
let store: Store
const tokens = { input: 520, output: 109, reasoning: 12, cached: 0, source: 'usage' as const }
const truth = deriveMetrics(sampleTimeline, tokens)
const models = ['a', 'b', 'c', 'd', 'e', 'f']
/**
 * Of six results: three as they should be, one with a wrong tps, one of an older formula, one without a
 * timeline.
 */
const plan = samplePlan(models)

beforeAll(async () => {
  url = await createDatabase('migrated')
  sql = await openPostgres(url)
  store = createSqlStore(await openPostgres(url))
  await store.startRun(plan, 'local')
})
afterAll(() => Promise.all([store.close(), sql.close()]))

const id = (index: number): string => plan.probes[index]?.resultId ?? ''

async function spoil(): Promise<void> {
  await sql.query('delete from benchmark_results')
  await sql.query(`update probes set status = 'planned'`)
  for (const probe of plan.probes) await recordResult(store, sampleResult(plan, probe, truth))
  await sql.query('update benchmark_results set tps = tps + 8, input_tps = null where id = $1', [id(3)])
  await sql.query('update benchmark_results set formula_version = 0 where id = $1', [id(4)])
  await sql.query('delete from timelines where result_id = $1', [id(5)])
}
const rows = async () =>
  (await sql.query('select id, tps, input_tps, formula_version from benchmark_results order by id')).rows

const log = { error: () => undefined }

function command(...argv: string[]) {
  const open = async () => createSqlStore(await openPostgres(url))
  const app = { store: { name: 'a store', embedded: false, open }, log } as unknown as App
  return execute(rederive, argv, { openApp: () => app })
}
const document = async (...argv: string[]) =>
  JSON.parse((await command('--since', '2020-01-01', '--json', ...argv)).stdout) as Rederivation

test('what would change is reported, and nothing is written', async () => {
  await spoil()
  const before = await rows()
  const seen = await document()
  expect(seen).toMatchObject({
    written: false,
    results: 6,
    changed: 1,
    restamped: 1,
    unchanged: 3,
    withoutTimeline: 1,
    unreadable: [],
    updated: 0,
  })
  expect(seen.metrics).toEqual({
    tps: {
      changes: 1,
      largest: expect.closeTo(8, 9) as number,
      example: { id: id(3), before: expect.closeTo((truth.tps ?? 0) + 8, 9) as number, now: truth.tps },
    },
    input_tps: { changes: 1, largest: null, example: { id: id(3), before: null, now: truth.inputTps } },
  })
  expect(await rows()).toEqual(before)
})

test('with --write it is written, once', async () => {
  await spoil()
  expect(await document('--write')).toMatchObject({ written: true, changed: 1, restamped: 1, updated: 2 })
  expect(await document('--write')).toMatchObject({ changed: 0, restamped: 0, unchanged: 5, updated: 0 })
  const right = models.map(() => ({
    tps: truth.tps,
    input_tps: truth.inputTps,
    formula_version: formulaVersion,
  }))
  expect(await rows()).toMatchObject(right)
})

test('a run that was killed goes on where it was', async () => {
  await spoil()
  let pages = 0
  const dying: Store = {
    ...store,
    listTimelines: (input) =>
      pages++ < 2 ? store.listTimelines(input) : Promise.reject(new Error('killed')),
  }
  const told: string[] = []
  const range = { since: new Date(0), until: null, outdated: false, write: true, batch: 2 }
  await expect(rederiveAll(dying, { ...range, after: null }, (text) => told.push(text))).rejects.toThrow(
    'killed',
  )
  const after = /--after (\S+)/.exec(told.at(-1) ?? '')?.[1] ?? null
  expect(told).toHaveLength(2)
  const rest = await rederiveAll(store, { ...range, after }, () => undefined)
  expect(rest.results).toBe(2)
  expect(await document()).toMatchObject({ changed: 0, restamped: 0 })
})

test('--outdated leaves out what was made with these formulas', async () => {
  await spoil()
  expect(await document('--outdated')).toMatchObject({ results: 1, restamped: 1, changed: 0 })
})

test('the range is kept to', async () => {
  await spoil()
  expect(await document('--until', '2020-01-02')).toMatchObject({ results: 0 })
  expect((await command('--since', '2999-01-01T00:00:00+02:00', '--json')).stdout).toContain('"results": 0')
})

test('a timeline that cannot be read is named, and the others are derived all the same', async () => {
  await spoil()
  await sql.query(`update timelines set data = '\\xdead' where result_id = $1`, [id(0)])
  await sql.query('update timelines set version = 99 where result_id = $1', [id(1)])
  const seen = await document('--write')
  expect(seen.unreadable.map((each) => each.id).toSorted()).toEqual([id(0), id(1)].toSorted())
  expect(seen).toMatchObject({ changed: 1, updated: 2 })
})

test('people get a table and what to do next', async () => {
  await spoil()
  const { code, stdout, stderr } = await command('--since', '2020-01-01', '--batch', '2')
  expect(code).toBe(0)
  expect(stdout).toMatch(/tps +1 +8 /)
  expect(stdout).toMatch(
    /6 results: 1 change, 1 only get .* 1 have no timeline, .*\nnothing written: use --write to save\n$/,
  )
  expect(stderr).toMatch(/2 results read, .* --after [0-9a-f-]{36} resumes here\n/)
})

test.for([
  [[], /--since is needed/],
  [['--since', 'yesterday'], /--since must be a date/],
  [['--since', '2020-01-01', '--until', '2020-13-01'], /--until must be a date/],
  [['--since', '2020-01-01', '--batch', '0'], /--batch /],
  [['--since', '2020-01-01', '--after', 'x'], /--after must be the id/],
  [['--since', '2020-01-01', '--write', '--dry-run'], /exclude each other/],
  [['--since', '2020-01-01', '--bogus'], /--bogus/],
] as [string[], RegExp][])('%j is one line and exit code 2', async ([argv, message]) => {
  const { code, stdout, stderr } = await command(...argv)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr.trimEnd()).not.toContain('\n')
})

test('after a result that there is not is one line and exit code 2', async () => {
  const { code, stderr } = await command(
    '--since',
    '2020-01-01',
    '--after',
    '00000000-0000-4000-8000-000000000000',
  )
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('there is no result') as string,
  })
})
