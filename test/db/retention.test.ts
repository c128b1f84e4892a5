import { afterEach, describe, expect, test } from 'vitest'
import { prune } from '../../src/jobs/prune.ts'
import { retentionCutoffs } from '../../src/jobs/retention.ts'
import type { Store } from '../../src/store/store.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'
import { type OpenTransport, transport, transports } from '../support/transports.ts'
import { recordResult } from '../support/record-result.ts'

const dayMs = 24 * 3_600_000
/** One moment for all: two results a day apart are so whether or not a day ends meanwhile. */
const began = Date.now()
const daysAgo = (days: number) => new Date(began - days * dayMs)

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
  await recordResult(store, sampleResult(plan, first, { startedAt }))
  await recordResult(store, failedResult(plan, second, { startedAt }))
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

const retention = () => retentionCutoffs({ texts: 14, results: 400, proxy: 30, proxyTexts: 7 }, new Date())
const going = () => new AbortController().signal

describe.each(transport('embedded'))('pruning over $name', ({ open }) => {
  test('deletes texts after 14 days, results with timelines and probes after 400, and rollups never', async () => {
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
      texts: 5,
      results: 6,
      proxyRequests: 0,
      proxyTexts: 0,
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
  test('can be stopped between two batches, and the next run continues', async () => {
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

  test('keeps forever if retention is off', async () => {
    opened = await postgres.open()
    const { store } = opened
    await recordRun(store, opened, 1000)
    const forEver = retentionCutoffs({ texts: null, results: null, proxy: null, proxyTexts: 7 }, new Date())
    expect(await store.countPrunable(forEver)).toMatchObject({ texts: 0, results: 0 })
    expect(await prune(store, { retention: forEver, stop: going() })).toMatchObject({ done: true, days: 0 })
    expect(await counts(opened)).toMatchObject({ results: 2, texts: 1 })
  })

  test('deletes nothing that is not rolled up, whenever and however a person inserted it', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    const run = await recordRun(store, opened, 405)
    const insert = (days: number, triggers = true) =>
      sql.exec(`${triggers ? '' : 'set local session_replication_role = replica;'}
        insert into benchmark_results (run_id, provider, model, total_latency_ms, success, cost_usd, created_at)
          values ('${run}', 'openai', 'by-hand', 1234, true, 0.5, '${daysAgo(days).toISOString()}')`)
    await insert(405)
    expect(await counts(opened)).toMatchObject({ results: 3, hourly: 3 })
    await insert(405, false)
    expect(await counts(opened)).toMatchObject({ results: 4, hourly: 3 })
    const texts = {
      textsBefore: null,
      resultsBefore: daysAgo(400),
      proxyBefore: null,
      proxyTextsBefore: null,
    }
    // The day is finalized, and one more result arrives before it is deleted.
    expect(await store.prune({ ...texts, limit: 100 })).toMatchObject({
      results: 0,
      closed: expect.any(Date),
    })
    expect(await counts(opened)).toMatchObject({ results: 4, hourly: 4 })
    await insert(405)
    expect(await prune(store, { retention: texts, stop: going() })).toMatchObject({ results: 5 })
    const byHand = `select sum(n_calls)::int as n, sum(cost_usd)::float as usd, sum(cardinality(latency))::int as samples
      from rollups_hourly h join tracks t on t.id = h.track_id where model = 'by-hand'`
    expect((await sql.query(byHand)).rows).toEqual([{ n: 3, usd: 1.5, samples: 3 }])
    // And one in a day that was deleted long ago.
    await insert(406)
    expect(await prune(store, { retention: texts, stop: going() })).toMatchObject({ results: 1, done: true })
    expect((await sql.query(byHand)).rows).toEqual([{ n: 4, usd: 2, samples: 4 }])
    expect(await counts(opened)).toMatchObject({ results: 0, hourly: 6, daily: 6 })
    // One that is moved there stays counted.
    await insert(1)
    await sql.query('update benchmark_results set created_at = $1', [daysAgo(406)])
    expect(await prune(store, { retention: texts, stop: going() })).toMatchObject({ results: 1, done: true })
    expect((await sql.query(byHand)).rows).toEqual([{ n: 5, usd: 2.5, samples: 5 }])
  })

  test('makes a day final hour by hour, so that its lock is short, and rebuilds only what is wrong', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    const run = await recordRun(store, opened, 1)
    const midnight = Math.floor(daysAgo(405).getTime() / dayMs) * dayMs
    const at = (hour: number) => new Date(midnight + hour * 3_600_000)
    const insert = (hour: number, model: string) =>
      sql.query(
        `insert into benchmark_results (run_id, provider, model, total_latency_ms, created_at)
          values ($1, 'openai', $2, 5, $3::timestamptz + interval '10 minutes')`,
        [run, model, at(hour)],
      )
    for (const [hour, model] of [
      [2, 'right'],
      [5, 'right'],
      [5, 'wrong'],
      [23, 'right'],
    ] as const)
      await insert(hour, model)
    await sql.exec(
      `update rollups_hourly h set n_ok = 9 from tracks t where t.id = h.track_id and t.model = 'wrong'`,
    )
    const batch = () =>
      store.prune({
        textsBefore: null,
        resultsBefore: daysAgo(400),
        proxyBefore: null,
        proxyTextsBefore: null,
        limit: 100,
      })
    const finalized = { texts: 0, results: 0, proxyRequests: 0, proxyTexts: 0, closed: null, done: false }
    expect(await batch()).toEqual({ ...finalized, prunedUntil: at(5) })
    expect(await batch()).toMatchObject({ results: 1, closed: null, done: false })
    // One that arrives late for an hour that is final is counted, and deleted with the next.
    await insert(3, 'right')
    expect(await batch()).toMatchObject({ results: 1 })
    expect(await batch()).toEqual({ ...finalized, prunedUntil: at(23) })
    const kept = await sql.query(
      `select t.model, sum(h.n_ok)::int as hourly, (select sum(d.n_ok)::int from rollups_daily d where d.track_id = t.id) as daily
        from rollups_hourly h join tracks t on t.id = h.track_id where t.model in ('right', 'wrong') group by t.id order by 1`,
    )
    expect(kept.rows).toEqual([
      { model: 'right', hourly: 4, daily: 4 },
      { model: 'wrong', hourly: 1, daily: 1 },
    ])
    expect(await batch()).toMatchObject({ results: 2 })
    expect(await batch()).toEqual({ ...finalized, closed: at(0), prunedUntil: at(24) })
    expect(await batch()).toMatchObject({ results: 1 })
    expect(await batch()).toMatchObject({ done: true, prunedUntil: at(24) })
  })

  test('deletes the text of a late result too', async () => {
    opened = await postgres.open()
    const { store } = opened
    await recordRun(store, opened, 20)
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({ texts: 1 })
    await recordRun(store, opened, 25)
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({ texts: 1 })
    expect(await counts(opened)).toMatchObject({ results: 4, texts: 0 })
  })

  test('handles a result without a finite time, or one that no sample can hold', async () => {
    opened = await postgres.open()
    const { store, sql } = opened
    const run = await recordRun(store, opened, 405)
    await sql.query(
      `insert into benchmark_results (run_id, provider, model, total_latency_ms, ttft_ms, tps, created_at)
        select $1, 'openai', 'odd', latency, 1e-50, 1e300, at from
          (values (timestamptz '-infinity', 1), ('infinity', 1), (now() - interval '405 days', 1e39), (now() - interval '405 days', 'NaN')) v (at, latency)`,
      [run],
    )
    expect(await prune(store, { retention: retention(), stop: going() })).toMatchObject({
      results: 4,
      done: true,
    })
    expect(await counts(opened)).toMatchObject({ results: 2, hourly: 4, daily: 4 })
    const odd = `select sum(cardinality(latency) + cardinality(ttft) + cardinality(tps))::int as n from rollups_hourly h
      join tracks t on t.id = h.track_id where model = 'odd'`
    expect((await sql.query(odd)).rows).toEqual([{ n: 0 }])
  })

  test('makes rollups final: they are never rebuilt from deleted rows', async () => {
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
    // A late result in a final hour is added anyway.
    await recordRun(store, opened, 405)
    expect(await counts(opened)).toMatchObject({ hourly: 6, daily: 6 })
    await sql.query('delete from benchmark_results where created_at < $1', [daysAgo(100)])
    expect(await counts(opened)).toMatchObject({ hourly: 6, daily: 6 })
  })

  test('rebuilding repairs damaged rollups, and accepts only a valid range', async () => {
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
