import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/core/random.ts'
import { refresh } from '../../src/jobs/leaderboards.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { engine } from '../support/databases.ts'
import { refreshAll } from '../support/refresh.ts'

const going = new AbortController().signal

/** The ranks by their definition: every interval is compared with every other of its list. */
const definition = `
  with covered as (
    select s.*, case when s.metric in ('tps', 'uptime') then -s.high else s.low end as best,
      case when s.metric in ('tps', 'uptime') then -s.low else s.high end as worst,
      s.low is not null and s.high is not null and case s.period
        when '24h' then s.n >= 29 and s.n_hours >= 12
        when '7d' then s.n >= 59 and s.n_days >= 4
        else s.n >= 59 and s.n_days >= 10 end as is_published,
      s.period || s.metric || jsonb_build_array(t.region, t.series, t.synthetic) as list
    from target_summary s join tracks t on t.id = s.track_id)
  select c.period, c.metric, c.track_id,
    (select count(*) + 1 from covered o
      where c.is_published and o.is_published and o.list = c.list and o.worst < c.best having c.is_published)::int as rank,
    (select count(*) from covered o
      where c.is_published and o.is_published and o.list = c.list and o.best <= c.worst having c.is_published)::int as rank_to
  from covered c order by 1, 2, 3`

const pick = <Item>(random: () => number, items: readonly Item[]): Item | null =>
  items[Math.floor(random() * items.length)] ?? null

/** Drafts with few different ends, so that many are equal; some are unknown, and some tracks too thin. */
function someDrafts(seed: number, tracks: number) {
  const random = seededRandom(seed)
  const ends = [0, 1, 1.5, 2, 3, 1e300, Infinity].map(String)
  return ['24h', '7d', '30d'].flatMap((period) =>
    ['cost', 'tps', 'ttft', 'uptime'].flatMap((metric) =>
      Array.from({ length: tracks }, (_, track) => {
        const [low, high] = [pick(random, ends), pick(random, ends)].toSorted((a, b) => Number(a) - Number(b))
        const unknown = random() < 0.1
        return {
          period,
          metric,
          track,
          n: 20 + Math.floor(random() * 200),
          n_hours: 8 + Math.floor(random() * 160),
          n_days: 2 + Math.floor(random() * 20),
          low: unknown ? null : low,
          high: unknown && random() < 0.5 ? null : high,
        }
      }),
    ),
  )
}

describe.each(engine('Postgres 17'))('leaderboards on $name', ({ open }) => {
  let sql: Sql
  beforeAll(async () => {
    sql = await open()
  })
  beforeEach(() => sql.exec('truncate runs, providers, tracks cascade'))
  afterAll(() => sql.close())

  /** Tracks in lists by region, series and synthetic, each of which may be unknown. */
  const addTracks = (count: number) =>
    sql.query(
      `insert into tracks (provider, model, region, series, synthetic)
        select 'p', 'm' || n, (array['here', 'there', null])[1 + n % 3], (array['one', null])[1 + n % 2], n % 7 = 0
        from generate_series(1, $1) n`,
      [count],
    )

  test.each([1, 2, 3])(
    'ranks are those of the definition, also where intervals are equal (seed %s)',
    async (seed) => {
      await addTracks(120)
      await sql.query(
        `insert into firsttoken.summary_drafts (period, metric, track_id, n, n_hours, n_days, value, low, high, drafted_at)
        select d.period, d.metric, t.id, d.n, d.n_hours, d.n_days, 1, d.low::float8, d.high::float8, now()
        from jsonb_to_recordset($1::text::jsonb) as d (period text, metric text, track integer, n integer, n_hours integer,
            n_days integer, low text, high text)
          join (select id, row_number() over (order by id) - 1 as place from tracks) t on t.place = d.track`,
        [JSON.stringify(someDrafts(seed, 120))],
      )
      await sql.exec(`select firsttoken.publish_leaderboard(p, m)
      from unnest(array['24h', '7d', '30d']) p, unnest(array['cost', 'tps', 'ttft', 'uptime']) m`)
      const expected = (await sql.query(definition)).rows
      const { rows } = await sql.query(
        'select period, metric, track_id, rank, rank_to from target_summary order by 1, 2, 3',
      )
      expect(rows).toHaveLength(3 * 4 * 120)
      expect(rows).toEqual(expected)
      expect(new Set(rows.map(({ rank }) => rank)).size).toBeGreaterThan(5)
      expect(rows.some(({ rank }) => rank === null)).toBe(true)
    },
  )

  /** Weeks of calls of some tracks, as rollups of a day each, none of them in the last day, whatever hour it is. */
  const addWeeks = async (tracks: number) => {
    await addTracks(tracks)
    await sql.exec(`
      insert into rollups_hourly select t.id, d.day, 24, 24, 24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.24, 0, 0, 0, 0, null, s.v, '{}', '{}', s.v
        from tracks t, generate_series(2, 21) n, lateral (select date_trunc('day', now(), 'UTC') - n * interval '1 day' as day) d,
          lateral (select array_agg((100 * t.id + n + k)::real order by k) as v from generate_series(1, 24) k) s;
      insert into rollups_daily select * from firsttoken.compute_days('-infinity', 'infinity', null);
      insert into samples_daily select * from firsttoken.compute_samples('-infinity', 'infinity', null)`)
  }
  const summaries = async () =>
    (await sql.query('select period, metric, track_id, value, rank from target_summary order by 1, 2, 3'))
      .rows
  const step = (input: object) =>
    createSqlStore(sql).refreshSummaries({ periods: null, after: null, ...input })

  test('each is made in its turn: those of the day and the week once an hour, that of the month once a day', async () => {
    await addWeeks(3)
    const due = async () => (await refresh(createSqlStore(sql), { periods: null, stop: going })).refreshed
    expect(await due()).toEqual(['24h', '7d', '30d'])
    // Nothing was called in the last day, so the first has nothing to show, and is asked again.
    expect(await due()).toEqual(['24h'])
    await sql.exec(`update target_summary set refreshed_at = now() - interval '1 hour' where period = '7d'`)
    expect(await due()).toEqual(['24h', '7d'])
    await sql.exec(
      `update target_summary set refreshed_at = now() - interval '24 hours' where period = '30d'`,
    )
    expect(await due()).toEqual(['24h', '30d'])
    expect((await refreshAll(sql)).refreshed).toEqual(['24h', '7d', '30d'])
  })

  test('a refresh goes in steps, shows nothing before it is whole, and continues where it was stopped', async () => {
    await addWeeks(60)
    await refreshAll(sql)
    const before = await summaries()
    await sql.exec(`update target_summary set refreshed_at = now() - interval '24 hours' where period = '30d';
      update firsttoken.summary_drafts set drafted_at = now() - interval '24 hours' where period = '30d';
      update samples_daily set latency = '{7}', ttft = '{7}'`)
    const stop = new AbortController()
    const store = createSqlStore(sql)
    let steps = 0
    const stopping: Pick<typeof store, 'refreshSummaries'> = {
      refreshSummaries: async (input) => {
        const taken = await store.refreshSummaries({ ...input, periods: null })
        if (JSON.stringify(taken.next).includes('["30d"]') && (steps += 1) === 3) stop.abort()
        return taken
      },
    }
    expect((await refresh(stopping, { periods: null, stop: stop.signal })).done).toBe(false)
    expect((await summaries()).filter(({ period }) => period === '30d')).toEqual(
      before.filter(({ period }) => period === '30d'),
    )
    const tracks = async () =>
      (
        await sql.query(`select count(distinct track_id)::int as n from firsttoken.summary_drafts
        where period = '30d' and drafted_at >= date_trunc('day', now(), 'UTC')`)
      ).rows[0]?.['n']
    const drafted = Number(await tracks())
    expect(drafted).toBeGreaterThan(0)
    expect(drafted).toBeLessThan(60)
    // The next refresh of what is due goes on from there.
    let next = (await step({})).next
    while (next !== null && !JSON.stringify(next).includes('["30d"]'))
      next = (await step({ after: next })).next
    if (next === null) throw new Error('the month is not due')
    await step({ after: next })
    expect(Number(await tracks())).toBeGreaterThan(drafted)
    expect((await refresh(store, { periods: null, stop: going })).refreshed).toContain('30d')
    const month = (await summaries()).filter(({ period, metric }) => period === '30d' && metric === 'ttft')
    expect(month.map(({ value }) => value)).toEqual(month.map(() => 7))
  })

  test('a track that has no calls left in a period leaves its leaderboard', async () => {
    await addWeeks(2)
    await refreshAll(sql)
    expect((await summaries()).length).toBeGreaterThan(0)
    await sql.exec('truncate rollups_hourly, rollups_daily, samples_daily')
    await refreshAll(sql)
    expect(await summaries()).toEqual([])
  })
})
