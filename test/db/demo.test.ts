import { afterAll, describe, expect, test, vi } from 'vitest'
import { resolve } from '../../src/alerts/channel-settings.ts'
import { demo } from '../../src/cli/demo.ts'
import { fillDemo } from '../../src/cli/fill-demo.ts'
import type { OpenDatabase } from '../../src/jobs/app.ts'
import { deriveMetrics } from '../../src/core/metrics.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { decodeTimeline } from '../../src/store/timeline.ts'
import { openMigratedPglite } from '../support/databases.ts'
import { execute } from '../support/output.ts'

const now = new Date(Math.floor(Date.now() / 900_000) * 900_000)
const pglite = await openMigratedPglite()
afterAll(() => pglite.close())
const size = { targets: 4, days: 9, seed: 7 }

async function fill(given: typeof size, sql: Sql) {
  const results = await fillDemo(sql, given, { now, tell: () => undefined })
  const ask = async (text: string) => (await sql.query(text)).rows
  return { results, ask }
}

describe('a demo of four targets and nine days', async () => {
  const { results, ask } = await fill(size, pglite)

  test('has a result of each target in three regions for every slot that is no gap', async () => {
    const [row] = await ask(
      `select count(*)::int as n, count(distinct (target_id, b.region))::int as lines,
         (select count(*)::int from runs where status = 'finished' and schedule is not null) as runs,
         count(*) filter (where confirms is null and r.schedule is not null)::int as first_looks,
         max(b.created_at) < '${now.toISOString()}' as is_past
       from benchmark_results b join runs r on r.id = b.run_id`,
    )
    expect(row).toMatchObject({
      n: results,
      lines: 12,
      first_looks: 12 * Number(row?.['runs']),
      is_past: true,
    })
    // Two days of hours and seven of quarters, without gaps of 43 hours, of which at most 172 slots.
    expect(row?.['runs']).toBeGreaterThan(720 - 172 - 10)
    expect(row?.['runs']).toBeLessThan(2 * 24 + 7 * 96 + 4)
  })

  test('says of every row that it is synthetic', async () => {
    for (const table of ['providers', 'runs', 'benchmark_results', 'tracks'])
      expect(await ask(`select count(*)::int as n from ${table} where not synthetic`)).toEqual([{ n: 0 }])
  })

  test('is rolled up in full, and ranked', async () => {
    expect(await ask('select sum(n_calls)::int as n from rollups_hourly')).toEqual([{ n: results }])
    const [cost] = await ask(
      'select (select sum(usd) from spending) as spent, sum(cost_usd) as of_results from benchmark_results',
    )
    expect(Number(cost?.['of_results'])).toBeGreaterThan(0)
    expect(cost?.['spent']).toBeCloseTo(Number(cost?.['of_results']), 9)
    const [row] = await ask(
      `select count(*)::int as n from leaderboard where metric = 'ttft' and period = '7d'`,
    )
    expect(row?.['n']).toBe(12)
  })

  test('has outages, gaps with and without a reason, price changes, rechecks and failures of several kinds', async () => {
    const some = async (text: string) => expect((await ask(text)).length, text).toBeGreaterThan(0)
    await some('select from run_gaps where reason is null and n_slots > 4')
    await some('select from price_changes')
    await some('select from benchmark_results where confirms is not null')
    await some(
      `select from benchmark_results where fault_domain = 'provider' group by provider, date_trunc('hour', created_at) having count(*) > 3`,
    )
    expect(
      (await ask('select distinct error_kind from benchmark_results where not success')).length,
    ).toBeGreaterThan(3)
  })

  test('is shown by the read of the present', async () => {
    const { rows, schedules } = await createSqlStore(pglite).readNow({})
    expect(rows).toHaveLength(12)
    expect(rows.every(({ checks_90d: checks }) => checks.filter((n) => n > 0).length > 7)).toBe(true)
    expect(schedules).toMatchObject([{ late_s: 0 }])
    expect(rows.map(({ state }) => state)).not.toContain('stale')
  })

  test('has incidents that its results gave, each with its events, and nothing is left to be judged', async () => {
    const kinds = await ask('select kind, count(*)::int as n from incidents group by kind')
    expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['down', 'silent']))
    expect(
      await ask(`select from target_health h where h.state = 'down' and not exists (
        select from incidents i where i.target_id = h.target_id and i.region = h.region and i.kind = 'down'
          and i.resolved_at is null)`),
    ).toEqual([])
    expect(
      await ask(`select i.id from incidents i
        where i.opened_at < i.first_bad_at or i.resolved_at < i.opened_at or not exists (
          select from incident_events e where e.incident_id = i.id and e.type = 'opened')
        or (i.resolved_at is null) = exists (
          select from incident_events e where e.incident_id = i.id and e.type = 'resolved')`),
    ).toEqual([])
    const store = createSqlStore(pglite)
    expect(await store.readAlertInputs({})).toMatchObject({ rows: [], more: false })
    // Nobody is told of made-up incidents: no channel has its secret, and nothing waits.
    const { rows: channels } = await store.readChannels()
    expect(channels.filter((channel) => channel.enabled && 'values' in resolve(channel, {}))).toEqual([])
    expect(channels.map(({ nWaiting }) => nWaiting)).toEqual([0, 0, 0])
    expect((await store.listMaintenance({})).rows).toHaveLength(2)
  })

  test('has timelines of the newest results, from which their metrics follow', async () => {
    const rows = await ask(
      `select b.*, t.version, encode(t.data, 'base64') as data from timelines t join benchmark_results b on b.id = t.result_id
       where b.success`,
    )
    expect(rows.length).toBeGreaterThan(100)
    for (const row of rows.slice(0, 100)) {
      const timeline = await decodeTimeline({ version: Number(row['version']), data: String(row['data']) })
      const derived = deriveMetrics(timeline, {
        input: 89,
        output: Number(row['output_tokens']),
        reasoning: Number(row['reasoning_tokens']),
        cached: 0,
        source: 'usage',
      })
      expect(derived.ttftMs).toBeCloseTo(Number(row['ttft_ms']), 1)
      expect(derived.ttfaMs).toBeCloseTo(Number(row['ttfa_ms']), 0)
      expect(derived.tps).toBeCloseTo(Number(row['tps']), 0)
      expect(derived.totalLatencyMs).toBeCloseTo(Number(row['total_latency_ms']), 1)
    }
  })

  test('leaves nothing else behind', async () => {
    expect(await ask(`select to_regnamespace('demo') as left`)).toEqual([{ left: null }])
  })

  test('is not added to what is there', async () => {
    const openDatabase = vi.fn<OpenDatabase>(async () => ({
      name: 'here',
      sql: { ...pglite, close: async () => undefined },
    }))
    const { code, stderr } = await execute(demo, ['--dir', 'filled'], { openDatabase })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'firsttoken: filled has runs already: delete it, or choose another folder with --dir\n',
    })
    expect(openDatabase).toHaveBeenCalledExactlyOnceWith('filled')
  })
})

test('the same seed makes the same results and incidents, and another seed others', async () => {
  const small = { targets: 2, days: 1 }
  const digests = []
  for (const seed of [1, 1, 2]) {
    const sql = await openMigratedPglite()
    const { ask } = await fill({ ...small, seed }, sql)
    digests.push(
      (
        await ask(`select md5(
          (select string_agg(b::text, $$\n$$ order by b.id) from benchmark_results b)
          || (select coalesce(string_agg(i::text, $$\n$$ order by i.id), '') from incidents i)) as digest`)
      )[0]?.['digest'],
    )
    await sql.close()
  }
  expect(digests[1]).toBe(digests[0])
  expect(digests[2]).not.toBe(digests[0])
})
