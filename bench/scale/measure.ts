import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { asObject } from '../../src/core/json.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { samplePlan, sampleProbe, sampleTarget } from '../../test/support/samples.ts'
import { median } from '../goals.ts'
import { withSql } from '../history/databases.ts'
import { connect, type Fleet, script, time } from './fleet.ts'

/** Milliseconds now and before, and how many recordings waited for it out of 20. */
export interface Compared {
  now: number
  before: number
}

const recordings = 20
/** A recording that takes longer waits for something: alone it takes a few ms. */
const waitMs = 1000

/** A recheck: how long it takes, and how many recordings beside it wait until its transaction ends. */
export async function measureRecheck(url: string): Promise<Compared & { waited: Compared }> {
  const client = await connect(url)
  const other = await connect(url)
  const recheck = async (add: string) => {
    const { rows } = await client.query('select bench.recheck() as id')
    return time(client, `select ${add}($1)`, [rows[0].id])
  }
  const beside = async (add: string) => {
    await client.query('begin')
    const ms = await recheck(add)
    const waited = await countWaiting(other)
    await client.query('rollback')
    return { ms, waited }
  }
  try {
    const before = [await beside('bench.add_before')]
    // Enough if it takes long.
    while (before.length < 3 && (before[0]?.ms ?? 0) < 5000) before.push(await beside('bench.add_before'))
    await client.query('vacuum analyze')
    const now = await beside('firsttoken.add_to_rollups')
    const times: number[] = []
    while (times.length < 50) times.push(await recheck('firsttoken.add_to_rollups'))
    return {
      now: median(times),
      before: median(before.map(({ ms }) => ms)),
      waited: { now: now.waited, before: before[0]?.waited ?? 0 },
    }
  } finally {
    await client.end()
    await other.end()
  }
}

/** How many of the recordings of other tracks on the same day wait for a transaction that is open. */
async function countWaiting(client: Client): Promise<number> {
  await client.query(`set statement_timeout = ${waitMs}`)
  let waiting = 0
  for (let n = 0; n < recordings; n += 1) {
    try {
      await client.query(
        `with told as materialized (select gen_random_uuid() as id),
            named as materialized (select id, set_config('firsttoken.recording', id::text, false) from told)
          insert into public.benchmark_results (id, run_id, target_id, provider, model, region, series,
              total_latency_ms, ttft_ms, created_at)
            select named.id, b.run_id, b.target_id, b.provider, b.model, b.region, b.series, 1000, 300, b.created_at
            from named, (
              select * from public.benchmark_results
              where created_at >= date_trunc('day', now(), 'UTC') - interval '2 hours' and success
              order by created_at offset $1::integer limit 1) b`,
        [n * 10],
      )
    } catch (error) {
      // query_canceled: the statement timeout.
      if (asObject(error)?.['code'] !== '57014') throw error
      waiting += 1
    }
  }
  return waiting
}

/**
 * Ranking of one list: now at a number of tracks and at twice as many, and before at a few. The shortest of
 * rounds that take turns: what else the machine does can only add to it.
 */
export async function measureRanking(url: string, tracks: number) {
  const few = Math.round(tracks / 2.5)
  const sizes = { cost: few, ttft: tracks, latency: 2 * tracks }
  const shortest = { cost: Infinity, ttft: Infinity, latency: Infinity }
  const client = await connect(url)
  try {
    await client.query('delete from firsttoken.summary_drafts')
    for (const [metric, size] of Object.entries(sizes))
      await client.query('select bench.make_list($1, $2)', [metric, size])
    await client.query('vacuum analyze public.tracks, public.target_summary, firsttoken.summary_drafts')
    for (let round = 0; round < 15; round += 1)
      for (const metric of ['cost', 'ttft', 'latency'] as const) {
        const ms = await time(client, `select firsttoken.publish_leaderboard('7d', $1)`, [metric])
        shortest[metric] = Math.min(shortest[metric], ms)
      }
    const fewBefore = await time(client, `select count(*) from bench.rank_before('7d', 'cost')`)
    return { once: shortest.ttft, twice: shortest.latency, few, fewNow: shortest.cost, fewBefore }
  } finally {
    await client.end()
  }
}

/**
 * A refresh of all leaderboards: its longest step, all of it, and how many recordings wait for a step.
 */
export async function measureRefresh(url: string) {
  const client = await connect(url)
  const other = await connect(url)
  let longest = 0
  let total = 0
  let steps = 0
  let waited = 0
  try {
    let after: unknown = null
    do {
      await client.query('begin')
      const began = performance.now()
      const { rows } = await client.query('select public.refresh_summaries($1::text::jsonb) as step', [
        JSON.stringify({ periods: ['24h', '7d', '30d'], after }),
      ])
      const ms = performance.now() - began
      if (steps % 50 === 0) waited += await countWaiting(other)
      await client.query('commit')
      after = asObject(rows[0].step)?.['next'] ?? null
      longest = Math.max(longest, ms)
      total += ms
      steps += 1
    } while (after !== null)
    return { longest, total, steps, waited }
  } finally {
    await client.end()
    await other.end()
  }
}

const planOf = (probes: number, region: string) => {
  // The biggest provider has a fifth of the probes, at the end of the plan.
  const provider = (n: number) => (n >= 0.8 * probes ? 'last' : `p${n % 59}`)
  const targets = Array.from({ length: probes }, (_, n) => sampleTarget(`m${n}`, provider(n)))
  const names = [...new Set(targets.map((target) => target.provider))]
  return samplePlan([], {
    probes: targets.map((target) => sampleProbe(target, { region })),
    providers: names.map((id) => ({
      id,
      name: id,
      baseUrl: `https://${id}.example/v1`,
      logoUrl: null,
      synthetic: false,
    })),
  })
}

/** Starting runs of so many probes in a new database: the first, and the median of the next. */
export async function measureStart(fleet: Fleet, probes: number) {
  const measure = async (name: string, replaced: string) => {
    const url = await fleet.createEmpty(name)
    return withSql(url, async (sql) => {
      await sql.exec(replaced)
      const store = createSqlStore(sql)
      const taken: number[] = []
      while (taken.length < 4) {
        const plan = planOf(probes, 'fra1')
        const began = performance.now()
        await store.startRun(plan, 'fra1')
        taken.push(performance.now() - began)
      }
      const [first = 0, ...next] = taken
      return { first, next: median(next) }
    })
  }
  return {
    before: await measure('started_before', script('plans-before.sql')),
    now: await measure('started_now', ''),
  }
}

/** Claiming the next probe of a plan, of any provider or of the one whose probes come last. */
export async function measureClaim(fleet: Fleet, probes: number) {
  const url = await fleet.createEmpty('claims')
  return withSql(url, async (sql) => {
    await sql.exec(`create schema bench; ${script('before.sql')}`)
    const store = createSqlStore(sql)
    const plan = planOf(probes, 'fra1')
    await store.startRun(plan, 'fra1')
    await sql.exec('vacuum analyze')
    const client = await connect(url)
    const claim = (provider: string | null) =>
      time(client, 'select public.claim_probe($1::text::jsonb)', [
        JSON.stringify({
          run_id: plan.id,
          claim_id: randomUUID(),
          owner: 'bench',
          lease_ms: 600_000,
          region: 'fra1',
          provider,
        }),
      ])
    const before = `select bench.next_probe_before($1, 'fra1', $2)`
    const times: Record<'any' | 'provider' | 'anyBefore' | 'providerBefore', number[]> = {
      any: [],
      provider: [],
      anyBefore: [],
      providerBefore: [],
    }
    try {
      for (let n = 0; n < 200; n += 1) {
        times.any.push(await claim(null))
        times.provider.push(await claim('last'))
        times.anyBefore.push(await time(client, before, [plan.id, null]))
        times.providerBefore.push(await time(client, before, [plan.id, 'last']))
      }
    } finally {
      await client.end()
    }
    return {
      any: median(times.any),
      provider: median(times.provider),
      anyBefore: median(times.anyBefore),
      providerBefore: median(times.providerBefore),
    }
  })
}

/** How long the day is locked to make a part of it final: an hour now, all of it before. */
export async function measureClosing(url: string): Promise<Compared> {
  const client = await connect(url)
  const day = `date_trunc('day', now(), 'UTC') - interval '24 hours'`
  const compare = `with counted as materialized (
      select * from firsttoken.compute_hours(${day}, ${day} + interval '24 hours', null)
    ), kept as materialized (
      select * from public.rollups_hourly h where h.bucket >= ${day} and h.bucket < ${day} + interval '24 hours'
    ) select exists ((select * from counted except select * from kept)
      union all (select * from kept except select * from counted))`
  try {
    await client.query('begin')
    const now = await time(client, `select firsttoken.finalize_hour(date_trunc('day', now(), 'UTC'))`)
    await client.query('rollback')
    return { now, before: await time(client, compare) }
  } finally {
    await client.end()
  }
}
