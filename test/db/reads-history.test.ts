import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { percentile } from '../../src/core/statistics.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { engine } from '../support/databases.ts'
import {
  type Call,
  calls,
  hours,
  measured,
  minutes,
  type Track,
  tracks,
  uuid,
} from '../support/history-calls.ts'
import { recordHistory } from '../support/history-sample.ts'

// Every answer is worked out from the single calls of the history.

const now = Date.parse('2026-11-26T12:20:00Z')
const slotsFrom = Date.parse('2026-11-25T12:30:00Z')
/** Of the hour of the first slot. */
const hoursFrom = Date.parse('2026-11-25T12:00:00Z')
const daysFrom = Date.parse('2026-08-29T00:00:00Z')
const accountErrors = ['quota', 'rate_limited']

const of = (track: Track, from = 0) =>
  calls.filter((call) => call.track === track && call.series === 'series-1' && call.at.getTime() >= from)
const samples = (these: readonly Call[]) =>
  these.filter(({ error, isRecheck }) => error === null && !isRecheck)
const checks = (these: readonly Call[]) =>
  these.filter(({ error, isRecheck }) => !isRecheck && !accountErrors.includes(error ?? ''))
/** Of Together AI's failures one was cleared by its recheck: the server_error. */
const failed = (these: readonly Call[]) =>
  checks(these).filter(({ error }) => error !== null && error !== 'server_error')
const ttft = (track: Track, these: readonly Call[]) => these.map(({ i }) => measured(track, i).ttft)
const median = (values: number[]) => percentile(values, 0.5)
const slotOf = ({ at }: Call) => Math.floor((at.getTime() - slotsFrom) / (15 * minutes))
const dayOf = ({ at }: Call) => Math.floor((at.getTime() - daysFrom) / (24 * hours))
const countBy = (these: readonly Call[], place: (call: Call) => number, n: number) => {
  const counts = Array.from({ length: n }, () => 0)
  for (const call of these) counts[place(call)] = (counts[place(call)] ?? 0) + 1
  return counts
}

describe.each(engine('PGlite'))('what reads say of a history on $name', ({ open }) => {
  let sql: Sql
  let store: Store
  const targetOf = async (model: string, provider: string) => {
    const { rows } = await sql.query(
      'select t.id from targets t join models m on m.id = t.model_id join providers p on p.id = t.provider_id where m.name = $1 and p.slug = $2',
      [model, provider],
    )
    return String(rows[0]?.['id'])
  }

  /** Adds results with these numbers to a target's series in iad1. */
  const addResults = (
    { model, provider, run, series }: { model: string; provider: string; run: string; series: string },
    { from, to, ttft: value, at }: { from: number; to: number; ttft: string; at: string },
  ) =>
    sql.exec(`insert into benchmark_results (run_id, provider_id, model_id, target_id, provider, model, region,
        series, synthetic, success, total_latency_ms, ttft_ms, created_at)
      select '${run}'::uuid, t.provider_id, t.model_id, t.id, p.slug, m.name, 'iad1', '${series}', p.synthetic,
        true, 100, ${value}, ${at}
      from generate_series(${from}, ${to}) n, targets t join models m on m.id = t.model_id
        join providers p on p.id = t.provider_id
      where m.name = '${model}' and p.slug = '${provider}'`)

  beforeAll(async () => {
    sql = await open()
    await recordHistory(sql)
    // An hour with just enough samples for a p95, and one with one sample less.
    await addResults(
      { model: 'synthetic/steady', provider: 'synthetic', run: uuid(4), series: 'series-1' },
      {
        from: 0,
        to: 116,
        ttft: 'n % 59',
        at: `'2025-03-01T00:00:00Z'::timestamptz + n / 59 * interval '1 hour' + n % 59 * interval '1 minute'`,
      },
    )
    store = createSqlStore(sql)
  })
  afterAll(() => sql.close())

  describe('now', () => {
    test.each(['mini', 'fra', 'groq', 'together'] as const)('%s', async (track) => {
      const { rows, slots, days, generated_at } = await store.readNow({})
      expect([generated_at, slots.t0, days.t0].map((at) => Date.parse(at))).toEqual([
        now,
        slotsFrom,
        daysFrom,
      ])
      const { provider, model, region } = tracks[track]
      const row = rows.find(
        (each) => each.provider === provider && each.model === model && each.region === region,
      )
      const recent = of(track, slotsFrom)
      const inItsHours = samples(of(track, hoursFrom))
      const lastDays = calls.filter((call) => call.track === track && call.at.getTime() >= daysFrom)
      const line = Array.from({ length: 96 }, (_, slot) => {
        const found = samples(recent).find((call) => slotOf(call) === slot)
        return found === undefined ? null : measured(track, found.i).ttft
      })
      expect(row).not.toHaveProperty('parameters')
      expect(row).toMatchObject({
        ttft_24h: line,
        failed_24h: failed(recent).map((call) => [slotOf(call), 1]),
        checks_90d: countBy(checks(lastDays), dayOf, 90),
        failed_90d: countBy(failed(lastDays), dayOf, 90),
        typical: {
          n: inItsHours.length,
          ttft_ms: median(ttft(track, inItsHours)),
          ttfa_ms: median(inItsHours.map(({ i }) => measured(track, i).ttfa)),
          tps: median(inItsHours.map(({ i }) => measured(track, i).tps)),
          total_latency_ms: median(inItsHours.map(({ i }) => measured(track, i).latency)),
          cost_usd: tracks[track].cost,
        },
      })
    })

    test('the last call is the last that counts, and a recheck does not', async () => {
      const { rows, last_run, schedules } = await store.readNow({ synthetic: false })
      const lasts = rows.map(({ provider, model, region, state, since, last }) => [
        provider,
        model,
        region,
        state,
        since,
        last,
      ])
      const nothing = { ttft_ms: null, ttfa_ms: null, tps: null, cost_usd: null }
      expect(lasts).toContainEqual([
        'together',
        'openai/gpt-oss-20b',
        'iad1',
        'failing',
        '2026-11-26T12:00:04Z',
        { at: '2026-11-26T12:00:04Z', error_kind: 'overloaded', total_latency_ms: 200, ...nothing },
      ])
      expect(lasts).toContainEqual([
        'openrouter',
        'openai/gpt-oss-20b:free',
        'iad1',
        'stale',
        '2026-11-26T09:10:10Z',
        {
          at: '2026-11-26T09:10:10Z',
          error_kind: null,
          ttft_ms: 900,
          ttfa_ms: 950,
          tps: 22,
          total_latency_ms: 2100,
          cost_usd: null,
        },
      ])
      expect(lasts).toContainEqual(['groq', 'llama-3.1-8b-instant', null, 'unknown', null, null])
      expect(last_run).toMatchObject({ id: uuid(2), status: 'finished' })
      expect(schedules).toMatchObject([{ schedule: 'benchmark', last_status: 'finished', late_s: 0 }])
    })

    test('real and synthetic results come apart', async () => {
      const [all, real, synthetic] = await Promise.all([
        store.readNow({}),
        store.readNow({ synthetic: false }),
        store.readNow({ synthetic: true }),
      ])
      expect(all.providers).toMatchObject({
        synthetic: { synthetic: true },
        groq: { name: 'Groq', synthetic: false },
      })
      expect(synthetic.rows.map(({ provider }) => provider)).toEqual(['synthetic'])
      expect(synthetic.last_run?.id).toBe(uuid(4))
      expect(real.rows.length + 1).toBe(all.rows.length)
      expect(real.rows.map(({ provider }) => provider)).not.toContain('synthetic')
    })

    test('another prompt by hand does not take the place of the scheduled one', async () => {
      const byHand = { model: 'openai/gpt-oss-20b', provider: 'groq', run: uuid(3), series: 'other' }
      await addResults(byHand, { from: 1, to: 60, ttft: '7', at: `now() - n * interval '1 second'` })
      const { rows } = await store.readNow({})
      await sql.exec(`delete from benchmark_results where series = 'other'`)
      const row = rows.find(({ provider, model }) => provider === 'groq' && model === 'openai/gpt-oss-20b')
      expect(row?.last?.ttft_ms).toBe(130)
      expect(row?.typical?.n).toBe(samples(of('groq', hoursFrom)).length)
      expect(row?.ttft_24h.filter((value) => value === 7)).toEqual([])
      expect(row?.checks_90d.at(-1)).toBe((countBy(checks(of('groq')), dayOf, 90)[89] ?? 0) + 60)
    })

    test('a time of decades takes the present away from nobody', async () => {
      const slow = { model: 'openai/gpt-oss-20b', provider: 'groq', run: uuid(3), series: 'series-1' }
      await addResults(slow, { from: 1, to: 1, ttft: '1e12', at: 'now()' })
      const { rows } = await store.readNow({})
      await sql.exec('delete from benchmark_results where ttft_ms = 1e12')
      const row = rows.find(({ provider, model }) => provider === 'groq' && model === 'openai/gpt-oss-20b')
      expect(row?.ttft_24h.at(-1)).toBeGreaterThan(1e11)
    })
  })

  describe('series', () => {
    test('up to 48 hours come by slot, with what failed and where nothing is', async () => {
      const targetId = await targetOf('openai/gpt-oss-20b', 'together')
      const { lines, ...about } = await store.listSeries({ targetId })
      expect(about).toEqual({ metric: 'ttft', t0: '2026-11-25T12:00:00+00:00', step_s: 1800, n_points: 49 })
      const slots = calls.filter(
        ({ track, isRecheck, slot }) =>
          track === 'together' && !isRecheck && slot.getTime() >= Date.parse('2026-11-25T12:00:00Z'),
      )
      expect(lines).toEqual([
        {
          provider: 'together',
          model: 'openai/gpt-oss-20b',
          region: 'iad1',
          series: 'series-1',
          synthetic: false,
          target_id: targetId,
          n: slots.map(({ error }) => (error === null ? 1 : 0)),
          p50: slots.map(({ error, i }) => (error === null ? measured('together', i).ttft : null)),
          p95: slots.map(() => null),
          failed: slots.map((call) => failed([call]).length),
        },
      ])
    })

    test.each([
      { width: 30, step: hours },
      { width: 6, step: 6 * hours },
      { width: 3, step: 24 * hours },
    ])('with room for $width points a step is $step ms', async ({ width, step }) => {
      const until = new Date('2026-11-26T12:30:00Z')
      const since = new Date('2026-11-25T12:00:00Z')
      const { lines, t0, step_s, n_points } = await store.listSeries({
        model: 'gpt-4o-mini',
        provider: 'openai',
        region: 'fra1',
        metric: 'latency',
        since,
        until,
        width,
      })
      const from = Math.floor(since.getTime() / step) * step
      expect([step_s * 1000, Date.parse(t0)]).toEqual([step, from])
      const points = Array.from({ length: n_points }, (_, at) =>
        of('fra').filter((call) => Math.floor((call.at.getTime() - from) / step) === at),
      )
      expect(lines[0]?.n).toEqual(points.map((these) => (these.length === 0 ? null : these.length)))
      expect(lines[0]?.p50).toEqual(
        points.map((these) => median(these.map(({ i }) => measured('fra', i).latency))),
      )
    })

    test('a p95 needs 59 samples', async () => {
      const { lines } = await store.listSeries({
        model: 'synthetic/steady',
        since: new Date('2025-03-01T00:00:00Z'),
        until: new Date('2025-03-01T03:00:00Z'),
        width: 3,
      })
      expect(lines).toMatchObject([
        {
          synthetic: true,
          n: [59, 58, null],
          p50: [29, 28.5, null],
          p95: [55.1, null, null],
        },
      ])
      expect((await store.listSeries({ model: 'synthetic/steady', synthetic: false })).lines).toEqual([])
    })
  })

  test('uptime sums by day and rounds down', async () => {
    const { rows, t0, n_days } = await store.listUptime({ model: 'openai/gpt-oss-20b', days: 2 })
    expect([t0, n_days]).toEqual(['2026-11-25T00:00:00+00:00', 2])
    const from = Date.parse('2026-11-25T00:00:00Z')
    const [n, bad] = [checks(of('together', from)), failed(of('together', from))]
    expect(rows.find(({ provider }) => provider === 'together')).toMatchObject({
      n_checks: n.length,
      n_failed: bad.length,
      uptime_percent: Math.floor((10_000 * (n.length - bad.length)) / n.length) / 100,
      checks: countBy(n, (call) => dayOf(call) - 88, 2),
      failed: countBy(bad, (call) => dayOf(call) - 88, 2),
    })
  })

  test('errors are counted with what they are of', async () => {
    const { rows } = await store.listErrors({ by: ['domain', 'kind'] })
    expect(rows.map(({ fault_domain, error_kind, n }) => [fault_domain, error_kind, n])).toEqual([
      ['provider', 'server_error', 2],
      ['provider', 'timeout_first_token', 2],
      ['account', 'rate_limited', 1],
      ['provider', 'overloaded', 1],
    ])
    const day = await store.listErrors({
      by: ['kind'],
      provider: 'together',
      model: 'openai/gpt-oss-20b',
      since: new Date('2026-11-26T00:00:00Z'),
    })
    expect(day.rows.map(({ error_kind, n }) => [error_kind, n])).toEqual([
      ['overloaded', 1],
      ['rate_limited', 1],
    ])
    expect(day.n_calls).toBe(
      calls.filter(
        ({ track, at }) => track === 'together' && at.getTime() >= Date.parse('2026-11-26T00:00:00Z'),
      ).length,
    )
    const targetId = await targetOf('openai/gpt-oss-20b', 'together')
    const since = new Date('2026-11-26T00:00:00Z')
    expect(await store.listErrors({ by: ['kind'], targetId, since })).toEqual(day)
    expect((await store.listErrors({ targetId, provider: 'groq', since })).n_calls).toBe(0)
    const made = await targetOf('synthetic/steady', 'synthetic')
    const hour = { since: new Date('2025-03-01T00:00:00Z'), until: new Date('2025-03-01T03:00:00Z') }
    expect((await store.listErrors({ targetId: made, ...hour })).n_calls).toBeGreaterThan(100)
  })

  test('costs, their projection and the budget', async () => {
    const { rows, total_usd } = await store.listCosts({ by: ['provider'], synthetic: false })
    const cost = (track: Track) =>
      of(track).filter(
        ({ error, at }) => error === null && at.getTime() >= Date.parse('2026-10-27T00:00:00Z'),
      ).length * tracks[track].cost
    const expected = {
      openai: cost('mini') + cost('fra'),
      groq: cost('groq'),
      together: cost('together'),
      openrouter: 0.0003,
    }
    for (const { provider, cost_usd } of rows)
      expect(cost_usd).toBeCloseTo(expected[provider as keyof typeof expected], 9)
    expect(total_usd).toBeCloseTo(
      Object.values(expected).reduce((sum, usd) => sum + usd),
      9,
    )
    expect(rows.map(({ provider }) => provider)).toEqual(['openai', 'groq', 'together', 'openrouter'])
    const projection = await store.readProjection({})
    expect(projection.rows.map(({ provider, usd_in_30_days }) => [provider, usd_in_30_days])).toEqual([
      ['openai', 0.216],
      ['groq', 0.072],
      ['together', 0.0264],
      ['together', null],
    ])
    expect(projection.usd_in_30_days).toBeCloseTo(0.3144, 9)
    expect(await store.readBudget({})).toMatchObject({
      day: '2026-11-26',
      month: '2026-11',
      usd_today: expect.closeTo(0.002_12, 9),
      usd_this_month: expect.closeTo(0.002_12, 9),
    })
  })

  test('leaderboards come in the order of their ranks', async () => {
    const { rows } = await store.listLeaderboard({ period: '24h', metric: 'ttft', synthetic: false })
    expect(rows.map(({ provider, region, rank, value }) => [provider, region, rank, value])).toEqual([
      ['groq', 'iad1', 1, median(ttft('groq', samples(of('groq', Date.parse('2026-11-25T12:00:00Z')))))],
      ['openai', 'iad1', 2, expect.any(Number)],
      ['together', 'iad1', 2, expect.any(Number)],
    ])
  })

  test('how old leaderboards are is told, and since which hour there is something to rank', async () => {
    const { leaderboards } = await store.readUpkeep({})
    const starts = {
      '24h': '2026-11-25T12:00:00Z',
      '7d': '2026-11-19T00:00:00Z',
      '30d': '2026-10-27T00:00:00Z',
    }
    for (const { period, refreshed_at: made, rankable_since: since } of leaderboards) {
      const first = calls.find(({ at }) => at.getTime() >= Date.parse(starts[period]))?.at.getTime() ?? 0
      expect(Date.parse(since ?? ''), period).toBe(Math.floor(first / hours) * hours)
      expect(made, period).not.toBe(null)
    }
  })

  test('one model wherever it is served', async () => {
    const { model, rows } = await store.compareModel({ model: 'GPT-OSS-20B', period: '24h' })
    expect(model).toBe('gpt-oss-20b')
    expect(new Set(rows.map(({ provider }) => provider))).toEqual(new Set(['groq', 'openrouter', 'together']))
    expect(rows.find(({ provider }) => provider === 'groq')).toMatchObject({
      price: { input_per_m: 0.1 },
      metrics: { ttft: { rank: 1 } },
    })
  })

  test('gaps, price changes and two runs compared', async () => {
    expect(
      (await store.listGaps({})).rows.map(({ since, n_slots, reason }) => [since, n_slots, reason]),
    ).toEqual([
      ['2026-10-26T12:00:00+00:00', 1, 'the database was away'],
      ['2026-10-16T00:00:00+00:00', 21, null],
      ['2026-09-16T00:00:00+00:00', 59, null],
    ])
    expect((await store.listPriceChanges({})).rows).toMatchObject([
      { provider: 'openai', model: 'gpt-4o-mini', input_before: 0.15, input_now: 0.3, output_now: 0.6 },
    ])
    const prices = await store.listPrices({ provider: 'openai', model: 'gpt-4o-mini' })
    expect([prices.in_force?.input_per_m, ...prices.rows.map(({ input_per_m }) => input_per_m)]).toEqual([
      0.3, 0.3, 0.15,
    ])
    const compared = await store.readComparison({ before: uuid(1), after: uuid(2) })
    expect([compared.before.id, compared.after.id]).toEqual([uuid(1), uuid(2)])
    expect(compared.rows.find(({ provider }) => provider === 'groq')).toMatchObject({
      n_before: 1,
      n_after: 1,
      ttft_before_ms: 120,
      ttft_after_ms: 130,
    })
  })

  test('a page follows where the last ended', async () => {
    const seen: string[] = []
    let after: string | null = null
    do {
      const page = await store.listCosts({ by: ['day', 'provider'], after, limit: 7 })
      expect(page.rows.length).toBeLessThanOrEqual(7)
      seen.push(...page.rows.map(({ since, provider }) => `${since} ${provider}`))
      after = page.next
    } while (after !== null)
    const whole = await store.listCosts({ by: ['day', 'provider'] })
    expect(seen).toEqual(whole.rows.map(({ since, provider }) => `${since} ${provider}`))
    expect(seen.length).toBeGreaterThan(14)
  })
})
