import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/core/random.ts'
import type { Sql } from '../../src/store/connection.ts'
import { engine } from '../support/databases.ts'
import { refreshAll } from '../support/refresh.ts'

const hourMs = 3_600_000

/** A call as inserted into the table. */
interface CallRow {
  model: string
  at: Date
  region?: string
  series?: string
  synthetic?: boolean
  success?: boolean
  fault?: string | null
  ttft?: number
  tps?: number
  cost?: number | null
  timing?: string
}

async function put(sql: Sql, calls: readonly CallRow[]): Promise<void> {
  await sql.query(
    `with run as (insert into runs (run_name, triggered_by) values ('put in', 'manual') returning id)
      insert into benchmark_results
        (run_id, provider, model, region, series, synthetic, success, fault_domain, error_kind, total_latency_ms, ttft_ms, tps,
          cost_usd, timing_quality, created_at)
      select run.id, 'openai', c.model, coalesce(c.region, 'here'), coalesce(c.series, 'one'), coalesce(c.synthetic, false),
        coalesce(c.success, true), c.fault, case when c.fault is not null then 'server_error' end, 1000, c.ttft, c.tps,
        c.cost, coalesce(c.timing, 'ok'), c.at
      from run, jsonb_to_recordset($1::text::jsonb) as c (model text, region text, series text, synthetic boolean, success boolean,
        fault text, ttft float8, tps float8, cost float8, timing text, at timestamptz)`,
    [JSON.stringify(calls)],
  )
  const times = calls.map(({ at }) => at.getTime())
  const [since, until] = [Math.min(...times), Math.max(...times) + 1]
  await sql.query('select rebuild_rollups($1::text::jsonb)', [
    JSON.stringify({ since: new Date(since), until: new Date(until) }),
  ])
  await refreshAll(sql)
}

/** So many calls of a model, 15 minutes apart, back from now; `more` overrides columns of each. */
const every15 = (model: string, n: number, more: (index: number) => Partial<CallRow>): CallRow[] =>
  Array.from({ length: n }, (_, index) => ({
    model,
    at: new Date(Date.now() - index * 15 * 60_000),
    ...more(index),
  }))

/** As percentile_cont: linear between neighbours. */
function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = fraction * (sorted.length - 1)
  const [below = NaN, above = below] = sorted.slice(Math.floor(place), Math.floor(place) + 2)
  return below + (above - below) * (place - Math.floor(place))
}

// From a table of Student's t.
const t975: Record<number, number> = {
  3: 3.182,
  5: 2.571,
  7: 2.365,
  10: 2.228,
  20: 2.086,
  24: 2.064,
  30: 2.042,
}

describe.each(engine('Postgres 17'))('leaderboards on $name', ({ open }) => {
  let sql: Sql
  beforeAll(async () => {
    sql = await open()
  })
  beforeEach(() => sql.exec('truncate runs, providers, tracks cascade'))
  afterAll(() => sql.close())

  const summary = async (period: string, metric: string, model: string) => {
    const { rows } = await sql.query(
      `select s.* from target_summary s join tracks t on t.id = s.track_id where period = $1 and metric = $2 and model = $3`,
      [period, metric, model],
    )
    return rows[0] as Record<string, number> | undefined
  }

  test.each(Object.entries(t975))(
    'Student’s t with %s degrees of freedom is that of the tables',
    async (df, t) => {
      const { rows } = await sql.query('select firsttoken.student_t($1) as t', [Number(df)])
      expect(Math.abs(Number(rows[0]?.['t']) / t - 1)).toBeLessThan(0.01)
    },
  )

  test('a median has the interval of its spread between blocks', async () => {
    const random = seededRandom(7)
    // Each hour has its own level, so its four calls are correlated.
    const levels = Array.from({ length: 30 }, () => 200 + 100 * random())
    const calls = every15('m', 96, () => ({})).map((call) => {
      const hour = Math.floor((Date.now() - call.at.getTime()) / hourMs)
      return { ...call, ttft: Math.fround((levels[hour] ?? 0) + 20 * random()) }
    })
    await put(sql, calls)
    const all = calls.map(({ ttft }) => ttft)
    const median = percentile(all, 0.5)
    const blocks = [...Map.groupBy(calls, ({ at }) => Math.floor(at.getTime() / hourMs)).values()]
    const spread = blocks.map(
      (block) => block.filter(({ ttft }) => ttft <= median).length - 0.5 * block.length,
    )
    const g = blocks.length
    const error = Math.sqrt((g / (g - 1)) * spread.reduce((sum, off) => sum + off ** 2, 0)) / all.length
    // 2.064 is Student's t of 24 degrees of freedom; with 23 of them it is 2.069.
    const margin = (g === 25 ? 2.064 : 2.069) * error
    expect(await summary('24h', 'ttft', 'm')).toMatchObject({
      n: 96,
      n_hours: g,
      value: expect.closeTo(median, 2) as number,
      low: expect.closeTo(percentile(all, 0.5 - margin), 0) as number,
      high: expect.closeTo(percentile(all, 0.5 + margin), 0) as number,
      mean: expect.closeTo(all.reduce((sum, value) => sum + value, 0) / 96, 2) as number,
      p90: expect.closeTo(percentile(all, 0.9), 2) as number,
      p95: expect.closeTo(percentile(all, 0.95), 2) as number,
      p99: null,
    })
  })

  test('ranks overlap if intervals do', async () => {
    const random = seededRandom(3)
    const around = (middle: number) => () => ({ ttft: middle + 40 * random(), tps: middle / 10 + random() })
    await put(sql, [
      ...every15('fast', 96, around(100)),
      ...every15('slow', 96, around(300)),
      ...every15('as slow', 96, around(301)),
      ...every15('slowest', 96, around(900)),
    ])
    const ranks = async (metric: string) =>
      (
        await sql.query(
          `select model, rank, rank_to from leaderboard where period = '24h' and metric = $1 order by rank, model`,
          [metric],
        )
      ).rows
    expect(await ranks('ttft')).toEqual([
      { model: 'fast', rank: 1, rank_to: 1 },
      { model: 'as slow', rank: 2, rank_to: 3 },
      { model: 'slow', rank: 2, rank_to: 3 },
      { model: 'slowest', rank: 4, rank_to: 4 },
    ])
    // Higher tokens per second are better.
    expect((await ranks('tps')).map(({ model }) => model)).toEqual(['slowest', 'as slow', 'slow', 'fast'])
    // All take a second.
    expect(
      new Set((await ranks('latency')).map(({ rank, rank_to }) => `${String(rank)}-${String(rank_to)}`)),
    ).toEqual(new Set(['1-4']))
  })

  test('only the same region and series are ranked together', async () => {
    const at = (ttft: number, more: Partial<CallRow>) => () => ({ ttft, ...more })
    await put(sql, [
      ...every15('a', 60, at(100, {})),
      ...every15('b', 60, at(200, { region: 'elsewhere' })),
      ...every15('c', 60, at(300, { series: 'another' })),
      ...every15('d', 60, at(400, { synthetic: true })),
    ])
    const { rows } = await sql.query(
      `select model, rank, rank_to from leaderboard where period = '24h' and metric = 'ttft' order by model`,
    )
    expect(rows).toEqual(['a', 'b', 'c', 'd'].map((model) => ({ model, rank: 1, rank_to: 1 })))
  })

  test('untrusted, failed or too few calls are not published', async () => {
    await put(sql, [
      ...every15('few', 28, () => ({ ttft: 100 })),
      ...every15('enough', 48, () => ({ ttft: 100 })),
      // 60 calls in eight hours.
      ...Array.from({ length: 60 }, (_, index) => ({
        model: 'short',
        at: new Date(Date.now() - index * 8 * 6e4),
        ttft: 100,
      })),
      ...every15('untrusted', 96, (index) => ({
        ttft: index < 28 ? 100 : 1,
        timing: index < 28 ? 'ok' : 'untrusted',
      })),
      ...every15('failing', 96, () => ({ ttft: 50, success: false, fault: 'provider' })),
    ])
    const { rows } = await sql.query(
      `select model, n from leaderboard where period = '24h' and metric = 'ttft' order by model`,
    )
    expect(rows).toEqual([{ model: 'enough', n: 48 }])
    expect(await summary('24h', 'ttft', 'untrusted')).toMatchObject({ n: 28, value: 100, rank: null })
    expect(await summary('24h', 'ttft', 'failing')).toBeUndefined()
    expect(await summary('24h', 'uptime', 'failing')).toMatchObject({ n: 96, value: 0 })
  })

  test('a target that is down all the time is on the uptime board, at its end', async () => {
    await put(sql, [
      ...every15('up', 672, () => ({ ttft: 100 })),
      ...every15('down', 672, () => ({ success: false, fault: 'provider' })),
    ])
    const { rows } = await sql.query(
      `select period, model, rank, value, low from leaderboard where metric = 'uptime' and period <> '30d' order by period, rank`,
    )
    expect(rows).toMatchObject([
      { period: '24h', model: 'up', rank: 1, value: 100 },
      { period: '24h', model: 'down', rank: 2, value: 0, low: 0 },
      { period: '7d', model: 'up', rank: 1, value: 100 },
      { period: '7d', model: 'down', rank: 2, value: 0, low: 0 },
    ])
  })

  test('the samples of one metric do not count for another', async () => {
    await put(sql, [
      ...every15('m', 672, () => ({ ttft: 100 })),
      // Tokens per second of one hour alone.
      ...Array.from({ length: 80 }, (_, index) => ({
        model: 'm',
        at: new Date(Date.now() - index * 1e3),
        ttft: 100,
        tps: 50 + index,
      })),
    ])
    expect(await summary('7d', 'ttft', 'm')).toMatchObject({ rank: 1 })
    const tps = await summary('7d', 'tps', 'm')
    expect(tps).toMatchObject({ n: 80, rank: null, low: null, high: null })
    expect(tps?.['n_hours']).toBeLessThanOrEqual(2)
  })

  test('uptime has Wilson’s interval: without a failure it is not proven to be 100 %', async () => {
    await put(sql, [
      ...every15('never', 96, () => ({ ttft: 1 })),
      // Every fourth call, so that each hour has one failure: 25 %.
      ...every15('often', 96, (index) => ({
        ttft: 1,
        success: index % 4 > 0,
        fault: index % 4 > 0 ? null : 'provider',
      })),
      ...every15('account', 96, (index) => ({
        ttft: 1,
        success: index > 5,
        fault: index > 5 ? null : 'account',
      })),
    ])
    const wilson = (ok: number, n: number, t: number) => {
      const p = ok / n
      const centre = (p + t ** 2 / (2 * n)) / (1 + t ** 2 / n)
      const margin = (t / (1 + t ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + t ** 2 / (4 * n ** 2))
      return { low: 100 * (centre - margin), high: 100 * Math.min(1, centre + margin) }
    }
    const never = await summary('24h', 'uptime', 'never')
    expect(never).toMatchObject({ n: 96, value: 100, high: 100 })
    // 96 checks prove 95.7 % or 95.8 %, with t of 23 or 24 degrees of freedom.
    expect(never?.['low']).toBeCloseTo(wilson(96, 96, 2.066).low, 1)
    expect(await summary('24h', 'uptime', 'often')).toMatchObject({ n: 96, value: 75 })
    expect(await summary('24h', 'uptime', 'account')).toMatchObject({ n: 90, value: 100 })
  })

  test('consecutive failures amount to fewer independent checks than scattered ones', async () => {
    const failing = (isFailing: (index: number) => boolean) => (index: number) =>
      isFailing(index) ? { success: false, fault: 'provider' } : { ttft: 1 }
    await put(sql, [
      ...every15(
        'in a row',
        672,
        failing((index) => index >= 200 && index < 270),
      ),
      ...every15(
        'spread',
        672,
        failing((index) => index % 48 < 5),
      ),
    ])
    const [row, spread] = [await summary('7d', 'uptime', 'in a row'), await summary('7d', 'uptime', 'spread')]
    const width = (of: Record<string, number> | undefined) => (of?.['high'] ?? 0) - (of?.['low'] ?? 0)
    expect(row?.['value']).toBeCloseTo(spread?.['value'] ?? 0, 1)
    expect(width(row)).toBeGreaterThan(2 * width(spread))
  })

  test('the cost per answer is the cost of all calls divided by answers of known cost', async () => {
    await put(sql, [
      ...every15('m', 96, (index) => {
        if (index % 4 === 0) return { success: false, fault: 'provider', cost: 0.001 }
        return { ttft: 1, cost: index % 4 === 1 ? null : 0.01 }
      }),
    ])
    // 48 answers of 0.01 and 24 failures of 0.001; 24 answers are of unknown cost.
    expect(await summary('24h', 'cost', 'm')).toMatchObject({
      n: 48,
      value: expect.closeTo((48 * 0.01 + 24 * 0.001) / 48, 9) as number,
    })
  })
})
