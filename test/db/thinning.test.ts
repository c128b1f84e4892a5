import { describe, expect, test } from 'vitest'
import type { Target } from '../../src/core/plan.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { quarter, scheduledRuns } from '../support/scheduled-runs.ts'
import { samplePlan } from '../support/samples.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('targets that a budget thins over $name', ({ open }) => {
  const { store, rowsOf } = scheduledRuns(open)
  const { newTarget, record } = resultsOf(store)

  const idOf = async ({ model }: Target) => {
    const [row] = await rowsOf(
      'select t.id from targets t join models m on m.id = t.model_id where m.name = $1',
      [model],
    )
    return String(row?.['id'])
  }
  const thin = async (target: Target, minutes: number | null) =>
    store.thinTargets({ rows: [{ id: await idOf(target), minutes }] })
  const stateOf = async (target: Target) =>
    (await rowsOf('select state from target_health where target_id = $1', [await idOf(target)]))[0]?.['state']

  test('an interval is kept until another or none is said, besides its own', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 5 })
    expect(await thin(target, 120)).toEqual({ changed: 1 })
    expect(await thin(target, 120)).toEqual({ changed: 0 })
    const spaced = { ...target, about: null, active: null, everyMinutes: 60 }
    expect(await store.setTarget(spaced)).toMatchObject({ rows: [{ everyMinutes: 60, thinnedMinutes: 120 }] })
    expect(await thin(target, null)).toEqual({ changed: 1 })
    expect(await store.setTarget(spaced)).toMatchObject({
      rows: [{ everyMinutes: 60, thinnedMinutes: null }],
    })
    await expect(thin(target, 1441)).rejects.toThrow(/targets_thinned_minutes_check/)
    await expect(rowsOf(`select thin_targets('{"row": []}')`)).rejects.toThrow(/row/)
    expect(await store.thinTargets({ rows: [] })).toEqual({ changed: 0 })
  })

  test('a catalog with costs has the median of the latest calls, the last slot of each target, and all regions', async () => {
    const target = newTarget()
    const about = { providers: [target.provider], region: 'fra1' }
    const cost = (minutesAgo: number, costUsd: number | null, more = {}) =>
      record(target, 'fra1', { minutesAgo, costUsd, ...more })
    await cost(1600, 9)
    for (const [minutesAgo, usd] of [
      [100, 5],
      [80, 1],
      [60, 2],
      [40, 4],
    ] as const)
      await cost(minutesAgo, usd)
    await cost(20, 8, providerFault)
    await cost(19, null)
    await cost(18, 100, { warmup: true })
    const [bare] = (await store.readCatalog(about)).targets
    expect(bare).toMatchObject({ lastSlot: null, typicalUsd: null, thinnedMinutes: null })
    await thin(target, 240)
    await record(newTarget(), 'iad1', { minutesAgo: 5 })
    // Nothing is due in most slots of a schedule whose targets are all thinned.
    for (const minutesAgo of [3, 2, 1])
      await store.startRun(
        samplePlan([], {
          schedule: 'idle',
          trigger: 'cron',
          slot: new Date(Date.now() - minutesAgo * 60_000),
          lateAt: new Date(Date.now() + 60_000),
        }),
        'fra1',
      )
    const { targets, regions } = await store.readCatalog({ ...about, costs: true })
    // 9, 5, 1, 2 and 4: neither of the failure, the unknown one nor the warm-up.
    expect(targets).toMatchObject([{ typicalUsd: 4, thinnedMinutes: 240, everyMinutes: null }])
    const lastSlot = targets[0]?.lastSlot?.getTime() ?? 0
    expect(lastSlot % quarter).toBe(0)
    expect(Math.abs(Date.now() - 18 * 60_000 - lastSlot)).toBeLessThanOrEqual(2 * quarter)
    expect(regions).toEqual(['fra1', 'iad1'])
    expect(await store.readCatalog(about)).toMatchObject({ regions: [], lanes: [] })
    await store.setLanes({ provider: target.provider, lanes: 9 })
    expect((await store.readCatalog(about)).lanes).toEqual([{ provider: target.provider, lanes: 9 }])
  })

  test.each([
    { every: null, thinned: 60, minutesAgo: 140, state: 'up' },
    { every: null, thinned: 60, minutesAgo: 160, state: 'stale' },
    { every: 60, thinned: 240, minutesAgo: 590, state: 'up' },
    { every: 240, thinned: null, minutesAgo: 610, state: 'stale' },
  ])(
    'every $every minutes, thinned to $thinned: a check of $minutesAgo minutes ago is $state',
    async ({ every, thinned, minutesAgo, state }) => {
      const target = newTarget()
      await record(target, 'fra1', { minutesAgo })
      await store.setTarget({ ...target, about: null, active: null, everyMinutes: every })
      await thin(target, thinned)
      expect(await stateOf(target)).toBe(state)
    },
  )

  test('incidents, monitoring and the projection of costs expect the interval that the budget leaves', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 300, costUsd: 0.01 })
    const [row] = await rowsOf(
      'select r.schedule from runs r join benchmark_results b on b.run_id = r.id where b.model = $1',
      [target.model],
    )
    const seen = async () => {
      const { rows } = await store.readAlertInputs({ targetId: await idOf(target), region: 'fra1' })
      const { targets } = await store.readMetrics({ schedule: String(row?.['schedule']), synthetic: false })
      const projected = (await store.readProjection({})).rows.find(({ model }) => model === target.model)
      const shown = targets.find(({ model }) => model === target.model)
      return [rows[0]?.intervalMs, shown?.intervalS ?? null, projected?.usd_in_30_days]
    }
    // Gone from monitoring after 150 minutes; 96 calls a day.
    expect(await seen()).toEqual([quarter, null, 28.8])
    await thin(target, 120)
    expect(await seen()).toEqual([8 * quarter, 7200, 3.6])
  })
})
