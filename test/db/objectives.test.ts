import { describe, expect, test } from 'vitest'
import { judgeTarget } from '../../src/alerts/judge-target.ts'
import { thresholdsWith } from '../../src/alerts/thresholds.ts'
import type { Target } from '../../src/core/plan.ts'
import type { Slo } from '../../src/core/objective.ts'
import { wilson } from '../../src/lab/intervals.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { inShort } from '../support/windows.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport } from '../support/transports.ts'

const hour = 60
const day = 24 * hour
const fails = { success: false, error_kind: 'server_error', fault_domain: 'provider', ttft_ms: null }

describe.each(transport('Postgres 17'))('objectives over $name', ({ open }) => {
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
    const { now, rules, rows } = await store.readAlertInputs({
      targetId: String(row?.target_id),
      region: 'fra1',
    })
    const [inputs] = rows
    if (inputs === undefined) throw new Error(`${target.model} is not watched`)
    return { ...inputs, now, shadow: [], thresholds: thresholdsWith(rules), inMaintenance: false }
  }
  /** What is judged of a target, after which nothing is left to do. */
  const judged = async (target: Target) => {
    const { scope, version, evaluatedUntil, ...seen } = await inputsOf(target)
    const transitions = judgeTarget({ scope, ...seen })
    await store.applyTransitions({ scope, expectedVersion: version, evaluatedUntil, transitions })
    expect(judgeTarget(await inputsOf(target))).toEqual([])
    return inShort(transitions)
  }

  test('checks of the window spend a budget, and 24 hours and 7 days say how fast', async () => {
    const { target, repeat } = await aimed({ availability: 0.98 })
    await repeat(46, 3 * hour)
    await repeat(1, 3 * hour, fails)
    await repeat(50, 3 * day)
    await repeat(1, 3 * day, fails)
    await repeat(100, 20 * day)
    await repeat(1, 20 * day, fails)
    // Older than the window.
    await repeat(5, 32 * day, fails)
    const [row, ...others] = await listed(target)
    expect(others).toEqual([])
    expect(row).toMatchObject({
      provider: target.provider,
      model: target.model,
      region: 'fra1',
      objective: 'availability',
      share: 0.98,
      within_ms: null,
      days: 30,
      n: 200,
      bad: 3,
      good_percent: 98.5,
      budget: 4,
      n_24h: 48,
      bad_24h: 1,
      n_7d: 99,
      bad_7d: 2,
      n_needed: 189,
    })
    expect(row?.budget_left).toBeCloseTo(0.25, 12)
    // 1 / 48 and 2 / 99, over 0.02.
    expect(row?.burn_24h).toBeCloseTo(1.041_667, 6)
    expect(row?.burn_7d).toBeCloseTo(1.010_101, 6)
    expect(row?.proven).toBeCloseTo(wilson(197, 200).low, 6)
    expect(row?.provable).toBeCloseTo(wilson(200, 200).low, 6)
    expect(
      await rowsOf('select n, bad, budget_left from slo_status where model = $1', [target.model]),
    ).toEqual([{ n: 200, bad: 3, budget_left: row?.budget_left }])
  })

  test('a budget may be overspent, and 2,880 checks without a failure prove 99.867 % at most', async () => {
    const { target } = await aimed({ availability: 0.999, days: 90 })
    const rolled = (counts: string) =>
      rowsOf(
        `update rollups_hourly set ${counts} where track_id in (select id from tracks where model = $1)`,
        [target.model],
      )
    await rolled('n_ok = 2880')
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
    await rolled('n_provider = 5, n_cleared = 1')
    const [bad] = await listed(target)
    // 2881 of 2885 is 99.8613 %.
    expect(bad).toMatchObject({ n: 2885, bad: 4, good_percent: 99.86 })
    expect(bad?.budget_left).toBeCloseTo(1 - 4 / 2.885, 9)
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
    const { objectives } = await inputsOf(target)
    const since = expect.any(Date) as Date
    const counted = (n: number, bad: number) => ({ day: { n, bad, since }, week: { n, bad, since } })
    expect(objectives).toEqual([
      { objective: 'availability', share: 0.9, withinMs: null, ...counted(10, 1) },
      { objective: 'ttft', share: 0.9, withinMs: 800, ...counted(7, 3) },
      { objective: 'latency', share: 0.8, withinMs: 5000, ...counted(7, 2) },
    ])
    // 100 minutes are in this hour, or in one of the two before.
    const ages = objectives.map(({ day: { since: at } }) => Date.now() - (at?.getTime() ?? 0))
    expect(Math.min(...ages)).toBeGreaterThan(99 * 60_000)
    expect(Math.max(...ages)).toBeLessThan(170 * 60_000)
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

  test('a budget that burns opens an incident, which ends with the objective', async () => {
    const { target, repeat } = await aimed({ availability: 0.99 })
    await repeat(30, 12 * hour)
    await repeat(8, 6 * hour, fails)
    for (const minutesAgo of [40, 20])
      await record(target, 'fra1', { minutesAgo, ...providerFault, recheck: false })
    expect(await judged(target)).toEqual(['open slo', 'open down'])
    const [told] = await rowsOf(
      'select severity, evidence from open_incidents where kind = $1 and model = $2',
      ['slo', target.model],
    )
    expect(told).toMatchObject({
      severity: 'major',
      evidence: { objective: 'availability', n_24h: 41, bad_24h: 10, n_7d: 41, bad_7d: 10, within_ms: null },
    })
    // Half of that opens nothing by itself, but ends nothing either.
    await store.setTarget({ ...target, about: null, active: null, slo: { availability: 0.9 } })
    expect(await judged(target)).toEqual([])
    const latency = { within_ms: 900, share: 0.9 }
    await store.setTarget({ ...target, about: null, active: null, slo: { availability: null, latency } })
    expect(await judged(target)).toEqual(['resolve slo: expired'])
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
