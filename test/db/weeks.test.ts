import { beforeEach, describe, expect, test } from 'vitest'
import { percentile } from '../../src/core/statistics.ts'
import { failureOf } from '../support/contract-store.ts'
import { incidentStore } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

// The week of 28 September to 4 October 2026, which no clock here is in.
const week = '2026-W40'
const day = (number: number) => `2026-09-${String(number).padStart(2, '0')}`
/** Of the week, and of the four weeks before it. */
const days = {
  week: ['2026-09-28', '2026-09-29', '2026-09-30', '2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04'],
  before: Array.from({ length: 27 }, (_, index) => day(index + 1)).concat('2026-08-31'),
}

describe.each(transport('embedded'))('weeks over $name', ({ open }) => {
  const { store, rowsOf, targetIn } = incidentStore(open)
  const read = (more: Partial<Parameters<typeof store.readWeek>[0]> = {}) =>
    store.readWeek({ week, limitUsd: null, nUnkept: null, ...more })

  /** A track of a new target. */
  async function track(provider: string, region = 'fra1') {
    const target = await targetIn(region, provider)
    await rowsOf(`update targets set created_at = '2026-01-01' where id = $1`, [target.targetId])
    const [row] = await rowsOf(
      `insert into tracks (target_id, provider, model, series, region, synthetic)
        select $1, $2, $3, 's', $4, p.synthetic from providers p where p.slug = $2 returning id`,
      [target.targetId, provider, target.model, region],
    )
    return { ...target, id: Number(row?.['id']) }
  }
  const sampled = (id: number, on: readonly string[], samplesOf: (index: number) => readonly number[]) =>
    Promise.all(
      on.map((bucket, index) =>
        rowsOf(
          `insert into samples_daily (track_id, bucket, ttft, ttfa, tps, latency) values ($1, $2::timestamptz, $3, '{}', '{}', '{}')`,
          [id, `${bucket}T00:00:00Z`, samplesOf(index).toSorted((a, b) => a - b)],
        ),
      ),
    )
  const counted = (id: number, bucket: string, more: Record<string, number>) =>
    rowsOf(`insert into rollups_daily select r.* from jsonb_populate_record(null::rollups_daily, $1) r`, [
      JSON.stringify({
        track_id: id,
        bucket: `${bucket}T00:00:00Z`,
        ...Object.fromEntries(
          [
            'calls',
            'answers',
            'ok',
            'provider',
            'cleared',
            'account',
            'config',
            'excluded',
            'self',
            'untrusted',
            'cost_unknown',
            'ttft',
            'ttfa',
            'tps',
            'latency',
          ].map((name) => [`n_${name}`, 0]),
        ),
        ...Object.fromEntries(['input', 'output', 'reasoning'].map((name) => [`${name}_tokens`, 0])),
        ...Object.fromEntries(['ttft', 'ttfa', 'tps', 'latency'].map((name) => [`${name}_sum`, 0])),
        cost_usd: 0,
        ...more,
      }),
    ])

  /** Ten samples around a median, the same each day. */
  const around = (ms: number) => () => Array.from({ length: 10 }, (_, index) => ms - 9 + 2 * index)

  beforeEach(async () => {
    await rowsOf('delete from tracks')
    await rowsOf('delete from providers')
  })

  test('of an empty database nothing is told, and nothing fails', async () => {
    expect(await read({ limitUsd: 50, nUnkept: 3 })).toEqual({
      week,
      since: '2026-09-28T00:00:00+00:00',
      until: '2026-10-05T00:00:00+00:00',
      is_over: true,
      synthetic: false,
      incidents: { opened: 0, open: 0, down_s: 0, worst: null },
      uptime: { n_checks: 0, n_failed: 0, n_silent: 0, silent: [], worst: [] },
      speed: { n_compared: 0, n_slower: 0, slower: [], n_faster: 0, faster: [] },
      models: { n_prices: 0, prices: [], n_leaving: 0, leaving: [], n_arrived: 0, arrived: [] },
      spent: {
        usd: 0,
        before_usd: 0,
        n_cost_unknown: 0,
        month: '2026-10',
        month_usd: 0,
        projected_usd: 0,
        limit_usd: 50,
      },
      attention: {
        n_misconfigured: 0,
        misconfigured: [],
        channels_off: [],
        n_undelivered: 0,
        n_missed: 0,
        n_unkept: 3,
      },
    })
  })

  test.each(['2025-W53', '2026-W00', '2026-40', '', '9999-W01'])('the week %j is refused', async (name) => {
    expect(await failureOf(read({ week: name }))).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(
        /week must be one such as 2026-W48, not|the week 9999-W01 has not begun/,
      ) as string,
    })
  })

  test('uptime counts checks and failures that no recheck cleared; who has no check is named', async () => {
    const good = await track('up-good')
    const bad = await track('up-bad')
    const silent = await track('up-silent')
    await counted(good.id, '2026-09-28', { n_ok: 96 })
    await counted(good.id, '2026-09-27', { n_provider: 50 })
    await counted(good.id, '2026-10-05', { n_provider: 50 })
    await counted(bad.id, '2026-10-04', { n_ok: 90, n_provider: 6, n_cleared: 2 })
    const { uptime } = await read()
    const { model, provider, region } = bad
    expect(uptime).toEqual({
      n_checks: 192,
      n_failed: 4,
      n_silent: 1,
      silent: [{ provider: 'up-silent', model: silent.model }],
      worst: [{ model, provider, region, n_checks: 96, n_failed: 4 }],
    })
  })

  test('speed tells what is beyond chance and ten percent, both ways, with its interval', async () => {
    const [slower, faster, slight, scattered, short] = await Promise.all(
      ['slower', 'faster', 'slight', 'scattered', 'short'].map((name) => track(`speed-${name}`)),
    )
    // The same each day: the interval is the change itself.
    await sampled(slower!.id, days.before, around(400))
    await sampled(slower!.id, days.week, around(520))
    await sampled(faster!.id, days.before, around(400))
    await sampled(faster!.id, days.week, around(300))
    await sampled(slight!.id, days.before, around(400))
    await sampled(slight!.id, days.week, around(436))
    await sampled(scattered!.id, days.before, around(400))
    await sampled(scattered!.id, days.week, (index) => around(index % 2 === 0 ? 600 : 200)())
    await sampled(short!.id, days.before.slice(0, 9), around(400))
    await sampled(short!.id, days.week, around(800))
    const { speed } = await read()
    const shown = speed.slower.map(({ provider, n, ttft_ms, before_ms, change, low, high }) => [
      provider,
      n,
      ttft_ms,
      before_ms,
      ...[change, low, high].map((share) => Number(share.toFixed(9))),
    ])
    expect(shown).toEqual([['speed-slower', 70, 520, 400, 0.3, 0.3, 0.3]])
    expect(speed).toMatchObject({ n_compared: 4, n_slower: 1, n_faster: 1 })
    expect(speed.faster).toMatchObject([{ provider: 'speed-faster', ttft_ms: 300, before_ms: 400 }])
    expect(speed.faster[0]?.change).toBeCloseTo(-0.25, 9)
  })

  test('the interval is that of both medians, of which days are the blocks', async () => {
    const { id, provider } = await track('interval')
    // Of a formula, so that it can be done again by hand: days differ, and so do the calls of a day.
    const samplesOf = (usual: number) => (index: number) =>
      Array.from({ length: 12 }, (_, call) =>
        Math.round(usual * (1 + 0.05 * Math.sin(index * 2.1) + 0.03 * (call - 5.5))),
      )
    await sampled(id, days.before, samplesOf(400))
    await sampled(id, days.week, samplesOf(600))
    const bounds = (usual: number, count: number, t: number) => {
      const blocks = Array.from({ length: count }, (_, index) => samplesOf(usual)(index))
      const all = blocks.flat()
      const median = percentile(all, 0.5) ?? 0
      const spread = blocks.reduce(
        (sum, block) => sum + (block.filter((ms) => ms <= median).length - block.length / 2) ** 2,
        0,
      )
      const margin = (t * Math.sqrt((count / (count - 1)) * spread)) / all.length
      return { median, low: percentile(all, 0.5 - margin) ?? 0, high: percentile(all, 0.5 + margin) ?? 0 }
    }
    // Student's t of 27 and of 6 degrees of freedom, from a table.
    const [before, after] = [bounds(400, 28, 2.0518), bounds(600, 7, 2.4469)]
    const ratio = Math.log(after.median / before.median)
    const below = Math.hypot(Math.log(after.median / after.low), Math.log(before.high / before.median))
    const above = Math.hypot(Math.log(after.high / after.median), Math.log(before.median / before.low))
    const { speed } = await read()
    const found = speed.slower.find((row) => row.provider === provider)
    expect(found?.change).toBeCloseTo(after.median / before.median - 1, 6)
    // The t of the database is an expansion, and samples are of single precision.
    expect(found?.low).toBeCloseTo(Math.exp(ratio - below) - 1, 2)
    expect(found?.high).toBeCloseTo(Math.exp(ratio + above) - 1, 2)
    expect(found!.high - found!.low).toBeGreaterThan(0.03)
  })

  test('prices are compared before the week and at its end; what a person sets is none', async () => {
    const [changed, back, own] = [
      await track('price-changed'),
      await track('price-back'),
      await track('price-own'),
    ]
    const price = (
      of: typeof changed,
      at: string,
      [input, output, source = 'genai-prices']: [number, number, string?],
    ) =>
      rowsOf(
        `insert into prices (provider_id, model_id, input_price_per_m, output_price_per_m, source, "timestamp")
          select m.provider_id, m.id, $2, $3, $4, $5::timestamptz from models m where m.id = $1`,
        [of.modelId, input, output, source, at],
      )
    await price(changed, '2026-09-01T00:00:00Z', [1.25, 10])
    await price(changed, '2026-09-29T00:00:00Z', [2, 10])
    await price(changed, '2026-10-04T02:00:00Z', [1, 8])
    await price(changed, '2026-10-05T00:00:00Z', [9, 9])
    await price(back, '2026-09-01T00:00:00Z', [1, 1])
    await price(back, '2026-09-29T00:00:00Z', [2, 2])
    await price(back, '2026-10-01T00:00:00Z', [1, 1])
    await price(own, '2026-09-01T00:00:00Z', [1, 1])
    await price(own, '2026-10-01T00:00:00Z', [5, 5, 'manual'])
    const { models } = await read()
    const { provider, model } = changed
    expect(models.n_prices).toBe(1)
    expect(models.prices).toEqual([
      { provider, model, input_before: 1.25, output_before: 10, input_now: 1, output_now: 8 },
    ])
  })

  test('models leave if they are shut down within 30 days, not listed or deprecated; new ones are those that were not listed', async () => {
    const [gone, snapshot, soon, later, old] = [
      await track('leave-gone'),
      await track('leave-snapshot'),
      await track('leave-soon'),
      await track('leave-later'),
      await track('leave-old'),
    ]
    await rowsOf('update models set available = false where id = any ($1)', [
      [gone.modelId, snapshot.modelId],
    ])
    await rowsOf(
      `insert into models (name, provider_id, available, created_at) select m.name || '-2026-09-01', m.provider_id, true, '2026-09-01' from models m where m.id = $1`,
      [snapshot.modelId],
    )
    const ends = (of: typeof gone, column: 'shutdown_on' | 'deprecated_on', on: string) =>
      rowsOf(`update models set ${column} = $2 where id = $1`, [of.modelId, on])
    await ends(soon, 'shutdown_on', '2026-11-04')
    await ends(later, 'shutdown_on', '2026-11-05')
    await ends(old, 'deprecated_on', '2026-10-04')
    await rowsOf(
      `insert into syncs (provider_id, triggered_by, status, started_at, finished_at)
        select id, 'cron', 'saved', '2026-09-20', '2026-09-20' from providers where slug = 'leave-gone'`,
    )
    await rowsOf(
      `insert into models (name, provider_id, available, type, created_at)
        select each.name, p.id, each.name <> 'away', case each.name when 'embeds' then 'embedding' else 'chat' end, '2026-10-04T02:00:00Z'
        from providers p cross join unnest(array['brand-new', 'embeds', 'away']) each (name)
        -- Of the other one the first listing came later.
        where p.slug in ('leave-gone', 'leave-old')`,
    )
    const { models } = await read()
    expect(
      models.leaving.map(({ provider, gone: isGone, shutdown_on, deprecated_on }) => [
        provider,
        isGone,
        shutdown_on,
        deprecated_on,
      ]),
    ).toEqual([
      ['leave-gone', true, null, null],
      ['leave-soon', false, '2026-11-04', null],
      ['leave-old', false, null, '2026-10-04'],
    ])
    expect(models).toMatchObject({
      n_leaving: 3,
      n_arrived: 1,
      arrived: [{ provider: 'leave-gone', model: 'brand-new' }],
    })
  })

  test('spending is that of the week, of the one before, and of the month with what it comes to', async () => {
    const { id } = await track('spends')
    for (const [bucket, usd] of [
      ['2026-09-20', 100],
      ['2026-09-21', 1],
      ['2026-09-27', 2],
      ['2026-09-28', 4],
      ['2026-10-01', 8],
      ['2026-10-04', 16],
      ['2026-10-05', 1000],
    ] as const)
      await counted(id, bucket, { cost_usd: usd, n_cost_unknown: 1 })
    const { spent } = await read({ limitUsd: 30 })
    expect(spent).toEqual({
      usd: 28,
      before_usd: 3,
      n_cost_unknown: 3,
      month: '2026-10',
      month_usd: 24,
      // 4 of 31 days are over, and a day costs 4.
      projected_usd: 24 + 27 * 4,
      limit_usd: 30,
    })
  })

  test('what is synthetic is told only if there is nothing else', async () => {
    const real = await track('real')
    const made = await track('made-up')
    await rowsOf(`update providers set synthetic = true where slug = 'made-up'`)
    await rowsOf('update tracks set synthetic = true where id = $1', [made.id])
    await counted(real.id, '2026-10-01', { n_ok: 5, cost_usd: 3 })
    await counted(made.id, '2026-10-01', { n_ok: 7, cost_usd: 4 })
    expect(await read()).toMatchObject({ synthetic: false, uptime: { n_checks: 5 }, spent: { usd: 3 } })
    await rowsOf('update targets set active = false where id = $1', [real.targetId])
    expect(await read()).toMatchObject({ synthetic: true, uptime: { n_checks: 7 }, spent: { usd: 4 } })
  })
})
