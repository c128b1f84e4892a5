import { describe, expect, test } from 'vitest'
import type { Target } from '../../src/core/plan.ts'
import type { Slo } from '../../src/core/objective.ts'
import { wilson } from '../../src/lab/intervals.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transports } from '../support/transports.ts'

const hour = 60
const day = 24 * hour
const fails = { success: false, error_kind: 'server_error', fault_domain: 'provider', ttft_ms: null }

describe.each(transports.slice(0, 2))('objectives over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  const { newTarget, record } = resultsOf(store)

  /** A target with objectives and one good sample of two hours ago, and how to repeat that with changes. */
  const aimed = async (slo: Slo) => {
    const target = newTarget()
    const id = await record(target, 'fra1', { minutesAgo: 2 * hour, ttftMs: 300, totalLatencyMs: 900 })
    await store.setTarget({ ...target, about: null, active: null, slo })
    const repeat = (times: number, minutesAgo: number, changes: object = {}) =>
      rowsOf(
        `insert into benchmark_results
          select (jsonb_populate_record(b, $4::jsonb || jsonb_build_object('id', gen_random_uuid(),
            'probe_id', null, 'created_at', now() - ($3 + n / 1000.0) * interval '1 minute'))).*
          from benchmark_results b, generate_series(1, $2) n where b.id = $1`,
        [id, times, minutesAgo, JSON.stringify(changes)],
      )
    return { target, repeat }
  }
  const listed = async ({ provider }: Target) => (await store.listObjectives({ provider })).rows
  const inputsOf = async (target: Target) => {
    const [row] = await listed(target)
    return (await store.readAlertInputs({ targetId: String(row?.target_id) })).rows
  }

  test('checks of the window spend a budget, and 24 hours and 7 days say how fast', async () => {
    const { target, repeat } = await aimed({ availability: 0.99 })
    await repeat(94, 3 * hour)
    await repeat(1, 3 * hour, fails)
    await repeat(200, 3 * day)
    await repeat(3, 3 * day, fails)
    await repeat(697, 20 * day)
    await repeat(4, 20 * day, fails)
    // Older than the window.
    await repeat(5, 32 * day, fails)
    const [row, ...others] = await listed(target)
    expect(others).toEqual([])
    expect(row).toMatchObject({
      provider: target.provider,
      model: target.model,
      region: 'fra1',
      objective: 'availability',
      share: 0.99,
      within_ms: null,
      days: 30,
      n: 1000,
      bad: 8,
      good_percent: 99.2,
      budget: 10,
      n_24h: 96,
      bad_24h: 1,
      n_7d: 299,
      bad_7d: 4,
      n_needed: 381,
    })
    expect(row?.budget_left).toBeCloseTo(0.2, 12)
    // 1 / 96 and 4 / 299, over 0.01.
    expect(row?.burn_24h).toBeCloseTo(1.041_667, 6)
    expect(row?.burn_7d).toBeCloseTo(1.337_793, 6)
    expect(row?.proven).toBeCloseTo(wilson(992, 1000).low, 6)
    expect(row?.provable).toBeCloseTo(wilson(1000, 1000).low, 6)
    expect(
      await rowsOf('select n, bad, budget_left from slo_status where model = $1', [target.model]),
    ).toEqual([{ n: 1000, bad: 8, budget_left: row?.budget_left }])
  })

  test('a budget may be overspent, and 2,880 checks without a failure prove 99.867 % at most', async () => {
    const { target, repeat } = await aimed({ availability: 0.999, days: 90 })
    await repeat(2879, 40 * day)
    const [good] = await listed(target)
    expect(good).toMatchObject({
      n: 2880,
      bad: 0,
      good_percent: 100,
      budget_left: 1,
      burn_24h: 0,
      n_needed: 3838,
    })
    // 2880 / (2880 + 1.96²)
    expect(good?.budget).toBeCloseTo(2.88, 12)
    expect(good?.provable).toBeCloseTo(0.998_668, 6)
    expect(good?.proven).toBeCloseTo(0.998_668, 6)
    await repeat(4, 40 * day, fails)
    const [bad] = await listed(target)
    // 2880 of 2884 is 99.8613 %.
    expect(bad).toMatchObject({ n: 2884, bad: 4, good_percent: 99.86 })
    expect(bad?.budget_left).toBeCloseTo(1 - 4 / 2.884, 9)
  })

  test('what is no check or sample counts for nothing, a failure for no timing, and a recheck clears', async () => {
    const slo: Slo = {
      days: 7,
      availability: 0.9,
      ttft: { within_ms: 800, share: 0.9 },
      latency: { within_ms: 5000, share: 0.8 },
    }
    const { target, repeat } = await aimed(slo)
    await record(target, 'fra1', { minutesAgo: 110, ...providerFault, recheck: true })
    await repeat(3, 100, { ttft_ms: 800, total_latency_ms: 5000 })
    await repeat(1, 100, { ttft_ms: 800.5, total_latency_ms: 4000 })
    await repeat(2, 100, { ttft_ms: 900, total_latency_ms: 5001 })
    await repeat(1, 100, { ...fails, total_latency_ms: 60_000 })
    await repeat(1, 100, { ttft_ms: 5000, total_latency_ms: 9000, timing_quality: 'untrusted' })
    for (const fault_domain of ['account', 'config', 'excluded', 'self'])
      await repeat(5, 100, { ...fails, error_kind: 'auth', fault_domain })
    for (const excluded of ['own_load', 'warmup', 'maintenance'])
      await repeat(5, 100, { ...fails, [excluded]: true })
    const rows = await listed(target)
    expect(
      rows.map(({ objective, share, within_ms, n, bad }) => [objective, share, within_ms, n, bad]),
    ).toEqual([
      // One good, the cleared one, 3 + 1 + 2 and the untrusted are good; one failed.
      ['availability', 0.9, null, 10, 1],
      ['ttft', 0.9, 800, 7, 3],
      ['latency', 0.8, 5000, 7, 2],
    ])
    const [inputs] = await inputsOf(target)
    expect(inputs).toMatchObject({ limits: { ttftMs: null } })
  })

  test('each region has a budget of its own, series are added up, and a target that was never called has nothing', async () => {
    const { target, repeat } = await aimed({ availability: 0.99 })
    await repeat(2, 100, { series: 'another' })
    await record(target, 'iad1', { minutesAgo: 100, ...providerFault })
    expect(
      (await listed(target)).map(({ region, n, bad, budget_left }) => [region, n, bad, budget_left]),
    ).toEqual([
      ['fra1', 3, 0, 1],
      ['iad1', 1, 1, expect.closeTo(-99, 9)],
    ])
    expect((await store.listObjectives({ provider: target.provider, region: 'iad1' })).rows).toHaveLength(1)
    await store.setTarget({
      ...target,
      about: null,
      model: 'never',
      active: true,
      slo: { availability: 0.9 },
    })
    expect((await listed(target)).filter(({ model }) => model === 'never')).toMatchObject([
      {
        region: null,
        n: 0,
        bad: 0,
        budget: 0,
        budget_left: null,
        burn_24h: null,
        proven: null,
        provable: null,
      },
    ])
    await store.setTarget({ ...target, about: null, active: null, slo: { availability: null } })
    expect((await listed(target)).map(({ model }) => model)).toEqual(['never'])
  })

  test('the table itself refuses objectives that cannot be kept', async () => {
    const { target } = await aimed({ availability: 0.99 })
    await expect(
      rowsOf(
        `update targets t set slo = '{"availability": 2}' from models m where m.id = t.model_id and m.name = $1`,
        [target.model],
      ),
    ).rejects.toThrow(/availability must be a share/)
  })
})
