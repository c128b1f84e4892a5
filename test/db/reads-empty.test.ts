import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { openMigratedPglite } from '../support/databases.ts'

let sql: Sql
let store: Store
beforeAll(async () => {
  sql = await openMigratedPglite()
  store = createSqlStore(sql)
})
afterAll(() => sql.close())

test('a new database answers every read with nothing', async () => {
  const nothing = { rows: [], next: null }
  expect(await store.readNow({})).toMatchObject({ schedules: [], last_run: null, providers: {}, rows: [] })
  expect(await store.listRuns({})).toEqual(nothing)
  expect(await store.listHistory({})).toEqual(nothing)
  expect(await store.listResults({ after: null, limit: 10, provider: 'openai' })).toMatchObject(nothing)
  expect(await store.listSeries({ model: 'm' })).toMatchObject({ lines: [], n_points: expect.any(Number) })
  expect(await store.listLeaderboard({})).toEqual(nothing)
  expect(await store.listUptime({})).toMatchObject({ rows: [] })
  expect(await store.listObjectives({})).toEqual({ rows: [] })
  expect(await store.listErrors({})).toEqual({ ...nothing, n_calls: 0 })
  expect(await store.listCosts({})).toEqual({ ...nothing, total_usd: 0 })
  expect(await store.readProjection({})).toEqual({ usd_in_30_days: 0, n_cost_unknown: 0, rows: [] })
  expect(await store.readBudget({})).toMatchObject({ usd_today: 0, usd_this_month: 0, days: [] })
  expect(await store.listPriceChanges({})).toEqual(nothing)
  expect(await store.listGaps({})).toEqual(nothing)
  expect(await store.compareModel({ model: 'm' })).toMatchObject({ rows: [] })
  expect(await store.listProviders({})).toEqual({ rows: [] })
  expect(await store.listCalibrations({})).toEqual({ rows: [] })
  expect(await store.listPrompts({})).toEqual({ rows: [] })
  const { kept, leaderboards, bytes, ...more } = await store.readUpkeep({})
  expect(more).toMatchObject({ pruned_until: null })
  expect(leaderboards.map(({ period, ...at }) => [period, ...Object.values(at)])).toEqual([
    ['24h', null, null],
    ['7d', null, null],
    ['30d', null, null],
  ])
  expect(kept.map(({ what, oldest_at: at, kept_days: days }) => [what, at, days])).toEqual([
    ['texts', null, null],
    ['results', null, null],
    ['events', null, 14],
    ['runs', null, null],
    ['rollups', null, null],
    ['proxy_requests', null, null],
    ['proxy_texts', null, null],
    ['proxy_rollups', null, null],
    ['incidents', null, null],
    ['deliveries', null, 90],
  ])
  expect(bytes).toBeGreaterThan(1_000_000)
})

test('a target that was never called is there, with parameters if they are not the usual ones', async () => {
  const about = { id: 'p', name: 'P', baseUrl: 'https://p.example/v1', logoUrl: null, synthetic: false }
  const target = { provider: 'p', about, region: null, active: true }
  await store.setTarget({ ...target, model: 'plain', parameters: { reasoning: 'least' } })
  await store.setTarget({ ...target, model: 'pinned', parameters: { reasoning: 'least', pin: 'host' } })
  const { rows } = await store.readNow({})
  expect(rows.map(({ model, state, parameters }) => [model, state, parameters])).toEqual([
    ['pinned', 'unknown', { reasoning: 'least', pin: 'host' }],
    ['plain', 'unknown', undefined],
  ])
  for (const { ttft_24h, failed_24h, checks_90d, failed_90d, last, typical } of rows) {
    expect([last, typical, failed_24h]).toEqual([null, null, []])
    expect([ttft_24h.length, checks_90d.length, failed_90d.length]).toEqual([96, 90, 90])
    expect(new Set([...ttft_24h, ...checks_90d, ...failed_90d])).toEqual(new Set([null, 0]))
  }
  expect((await store.listProviders({})).rows).toMatchObject([
    { id: 'p', n_models: 2, n_active: 2, last_sync: null },
  ])
})
