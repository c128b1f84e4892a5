import { afterEach, describe, expect, test } from 'vitest'
import { prune } from '../../src/run/prune.ts'
import { tooOld } from '../../src/run/retention.ts'
import type { Store } from '../../src/store/store.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from './samples.ts'
import { type OpenTransport, transports } from './transports.ts'

const dayMs = 24 * 3_600_000
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs)

let opened: OpenTransport | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

/** A run of a success, a failure and a probe that was skipped, so many days ago. */
async function recordRun(store: Store, { sql }: OpenTransport, days: number): Promise<string> {
  const plan = samplePlan([], { probes: ['a', 'b', 'c'].map((model) => sampleProbe(sampleTarget(model))) })
  await store.startRun(plan, 'local')
  const [first, second] = plan.probes
  if (first === undefined || second === undefined) throw new Error('the plan has no probes')
  const startedAt = daysAgo(days)
  await store.recordResult(sampleResult(plan, first, { startedAt }))
  await store.recordResult(failedResult(plan, second, { startedAt }))
  await store.skipProbes({ runId: plan.id, reason: 'late' })
  await store.finishRun({ runId: plan.id, status: 'finished' })
  await sql.query('update runs set started_at = $2 where id = $1', [plan.id, startedAt])
  return plan.id
}

const counts = async ({ sql }: OpenTransport) => {
  const [row] = (
    await sql.query(`select
      (select count(*)::int from benchmark_results) as results,
      (select count(*)::int from benchmark_results where response_text is not null) as texts,
      (select count(*)::int from timelines) as timelines,
      (select count(*)::int from probes) as probes,
      (select sum(n_calls)::int from rollups_hourly) as hourly,
      (select sum(n_calls)::int from rollups_daily) as daily,
      (select sum(cardinality(latency))::int from samples_daily) as samples,
      (select count(*)::int from runs) as runs`)
  ).rows
  return row
}

const retention = () => tooOld({ texts: 14, results: 400 }, new Date())
const going = () => new AbortController().signal

describe.each(transports)('pruning over $name', ({ open }) => {
  test('takes texts after 14 days, results with timelines and probes after 400, and rollups never', async () => {
    opened = await open()
    const { store, sql } = opened
    for (const days of [1, 20, 380, 410, 411, 500]) await recordRun(store, opened, days)
    const whole = {
      results: 12,
      texts: 6,
      timelines: 12,
      probes: 18,
      hourly: 12,
      daily: 12,
      samples: 6,
      runs: 6,
    }
    expect(await counts(opened)).toEqual(whole)

    expect(await store.countPrunable(retention())).toEqual({
      texts: 10,
      results: 6,
      kept: 0,
      prunedUntil: null,
    })
    expect(await counts(opened)).toEqual(whole)

    const so = await prune(store, { retention: retention(), batch: 1, stop: going() })
    expect(so).toMatchObject({ texts: 5, results: 6, days: 3, done: true })
    // Of 18 probes those of 6 results and the 3 skipped ones of their runs went.
    expect(await counts(opened)).toEqual({ ...whole, results: 6, texts: 1, timelines: 6, probes: 9 })
    expect((await sql.query('select min(created_at) as oldest from benchmark_results')).rows).toEqual([
      {
        oldest: expect.toSatisfy(
          (oldest: Date) => Math.round((Date.now() - oldest.getTime()) / dayMs) === 380,
        ),
      },
    ])
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({
      texts: 0,
      results: 0,
      days: 0,
      done: true,
    })
  })
})

const [, postgres] = transports
if (postgres === undefined) throw new Error('there is no Postgres to test with')

describe('pruning', () => {
  test('is stopped between two batches, and the next one goes on', async () => {
    opened = await postgres.open()
    const { store } = opened
    for (const days of [410, 411, 412]) await recordRun(store, opened, days)
    const stop = new AbortController()
    const so = await prune(store, { retention: retention(), batch: 1, stop: stop.signal }, ({ results }) => {
      if (results === 1) stop.abort()
    })
    expect(so).toMatchObject({ texts: 3, results: 1, done: false })
    expect(await counts(opened)).toMatchObject({ results: 5, hourly: 6 })
    expect(await prune(store, { retention: retention(), batch: 1, stop: going() })).toMatchObject({
      texts: 0,
      results: 5,
      done: true,
    })
    expect(await counts(opened)).toMatchObject({ results: 0, timelines: 0, probes: 0, hourly: 6, daily: 6 })
  })

  test('keeps for ever what is to be kept for ever', async () => {
    opened = await postgres.open()
    const { store } = opened
    await recordRun(store, opened, 1000)
    const forEver = tooOld({ texts: null, results: null }, new Date())
    expect(await store.countPrunable(forEver)).toMatchObject({ texts: 0, results: 0 })
    expect(await prune(store, { retention: forEver, stop: going() })).toMatchObject({ done: true, days: 0 })
    expect(await counts(opened)).toMatchObject({ results: 2, texts: 1 })
  })

  test('rolls up before it deletes what a person had put in, and keeps what is put into deleted days', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    const run = await recordRun(store, opened, 405)
    const insert = (days: number) =>
      sql.query(
        `insert into benchmark_results (run_id, provider, model, total_latency_ms, success, cost_usd, created_at)
          values ($1, 'openai', 'by-hand', 1234, true, 0.5, $2)`,
        [run, daysAgo(days)],
      )
    await insert(405)
    expect(await counts(opened)).toMatchObject({ results: 3, hourly: 2 })
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({ results: 3 })
    expect(await counts(opened)).toMatchObject({ results: 0, hourly: 3, daily: 3, samples: 2 })
    const byHand = `select n_calls, n_ok, cost_usd::float, latency from rollups_hourly h join tracks t on t.id = h.track_id where model = 'by-hand'`
    expect((await sql.query(byHand)).rows).toEqual([{ n_calls: 1, n_ok: 1, cost_usd: 0.5, latency: [1234] }])

    await insert(406)
    expect(await store.countPrunable(retention())).toMatchObject({ results: 0, kept: 1 })
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({
      results: 0,
      done: true,
    })
    expect(await counts(opened)).toMatchObject({ results: 1 })
  })

  test('makes rollups final: they are never made again from rows that are gone', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    for (const days of [405, 3]) await recordRun(store, opened, days)
    await prune(store, { retention: retention(), stop: going() })
    const before = await counts(opened)
    const all = { since: daysAgo(500), until: new Date() }
    const { prunedUntil } = await store.countPrunable(retention())
    expect(await store.rebuildRollups(all)).toEqual({ rebuiltFrom: prunedUntil })
    expect(await store.rebuildRollups({ since: daysAgo(500), until: daysAgo(450) })).toEqual({
      rebuiltFrom: null,
    })
    expect(await counts(opened)).toEqual(before)
    // What is recorded late into a final hour is added all the same.
    await recordRun(store, opened, 405)
    expect(await counts(opened)).toMatchObject({ hourly: 6, daily: 6 })
    await sql.query('delete from benchmark_results where created_at < $1', [daysAgo(100)])
    expect(await counts(opened)).toMatchObject({ hourly: 6, daily: 6 })
  })

  test('rebuilding mends rollups that were spoilt, and takes a range that makes sense only', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    for (const days of [5, 3]) await recordRun(store, opened, days)
    const kept = async () => (await sql.query('select * from rollups_hourly order by 1, 2')).rows
    const right = await kept()
    await sql.exec('update rollups_hourly set n_ok = 7; delete from rollups_daily; delete from samples_daily')
    await store.rebuildRollups({ since: daysAgo(6), until: new Date() })
    expect(await kept()).toEqual(right)
    expect(await counts(opened)).toMatchObject({ hourly: 4, daily: 4, samples: 2 })
    await expect(store.rebuildRollups({ since: new Date(), until: daysAgo(1) })).rejects.toThrow(
      'since before until',
    )
  })
})
