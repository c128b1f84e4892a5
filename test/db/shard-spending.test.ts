import { describe, expect, test } from 'vitest'
import type { Budget } from '../../src/core/budget.ts'
import type { Plan } from '../../src/core/plan.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult } from '../support/samples.ts'
import { claimedOf, fleetRuns, inSeconds } from '../support/fleet.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('supabase-js'))('what shards spend over $name', ({ open }) => {
  const { store, rowsOf, started, claim, finish, record, expire, statusesOf, statusOf } = fleetRuns(open)
  const spent = async () =>
    Number((await rowsOf('select coalesce(sum(usd), 0)::float8 as usd from spending'))[0]?.['usd'])
  const perDay = (usdPerDay: number): Budget => ({ usdPerDay, usdPerMonth: null, maxPricePerM: null })
  const reservedOf = async (plan: Plan) =>
    (
      await rowsOf('select reserved_usd as usd from probes where run_id = $1 order by ordinal', [plan.id])
    ).map(({ usd }) => usd)

  test('of five calls a budget for three allows three, and the others are skipped', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1, 1, 1, 1] }])
    const claimed = claimedOf(await claim(plan, 0, { budget: perDay(before + 3) }))
    expect(claimed.probes).toHaveLength(3)
    expect(await statusesOf(plan)).toEqual({ claimed: 3, budget: 2 })
    expect((await spent()) - before).toBeCloseTo(3, 9)
  })

  test('a cheaper call fits after a dearer one that does not, and one without a price never does', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [2, null, 3, 1] }])
    const claimed = claimedOf(
      await claim(plan, 0, { budget: { usdPerDay: null, usdPerMonth: before + 3.5, maxPricePerM: null } }),
    )
    expect(claimed.probes.map(({ probe }) => probe.estimateUsd)).toEqual([2, 1])
    expect(await statusesOf(plan)).toEqual({ claimed: 2, budget: 1, unpriced: 1 })
    expect((await spent()) - before).toBeCloseTo(3, 9)
  })

  test('without a budget a call without a price is made', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [null, 1] }])
    expect(claimedOf(await claim(plan, 0)).probes).toHaveLength(2)
    expect((await spent()) - before).toBeCloseTo(1, 9)
  })

  test('a shard of which nothing fits is over, holds no lane, and closes its run', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 2] }])
    expect(await claim(plan, 0, { budget: perDay(before + 0.5) })).toMatchObject({
      over: true,
      run: { status: 'finished' },
    })
    expect(await statusesOf(plan)).toEqual({ budget: 2 })
    expect(await rowsOf('select 1 from lanes where run_id = $1', [plan.id])).toEqual([])
    expect((await spent()) - before).toBeCloseTo(0, 9)
  })

  test('estimates stand until the shard is finished, then what the calls cost does', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1, 1, 1] }])
    const [a, b, c] = claimedOf(await claim(plan, 0)).probes
    if (!a || !b || !c) throw new Error('four were planned')
    await record(plan, a.probe, { costUsd: 0.25 })
    await recordResult(store, failedResult(plan, b.probe, { costUsd: null }), 'w')
    expect((await spent()) - before).toBeCloseTo(4, 9)
    // More than was reserved is spent at once.
    await record(plan, c.probe, { costUsd: 1.5 })
    expect((await spent()) - before).toBeCloseTo(4.5, 9)
    await finish(plan, 0, { unmade: plan.probes.slice(3).map(({ id }) => id) })
    expect((await spent()) - before).toBeCloseTo(1.75, 9)
    expect(await reservedOf(plan)).toEqual([0.25, 0, 1.5, null])
    await finish(plan, 0)
    expect((await spent()) - before).toBeCloseTo(1.75, 9)
  })

  test('what is taken over is not reserved twice, also across midnight', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1, 1] }])
    const [made] = claimedOf(await claim(plan, 0, { owner: 'dead' })).probes
    if (made === undefined) throw new Error('three were planned')
    await record(plan, made.probe, { owner: 'dead', costUsd: 0.25 })
    await expire(plan, 0)
    const yesterday = `(now() at time zone 'UTC')::date - 1`
    await rowsOf(`update probes set reserved_on = ${yesterday} where run_id = $1`, [plan.id])
    await rowsOf(`select firsttoken.spend(${yesterday}, 3), firsttoken.spend(${yesterday} + 1, -3)`)
    // Both that are left fit, although they are reserved already.
    const budget = perDay((await spent()) - 3 + 2)
    const again = claimedOf(await claim(plan, 0, { owner: 'heir', budget }))
    expect(again.probes).toHaveLength(2)
    expect((await spent()) - before).toBeCloseTo(3, 9)
    for (const { probe } of again.probes) await record(plan, probe, { owner: 'heir', costUsd: 0.5 })
    await finish(plan, 0, { owner: 'heir' })
    expect((await spent()) - before).toBeCloseTo(1.25, 9)
    const days = await rowsOf(`select usd from spending where day = ${yesterday}`)
    expect(days[0]?.['usd']).toBeCloseTo(0.25, 9)
  })

  test('a worker that takes over under a budget has what its shard reserved', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1] }])
    await claim(plan, 0, { owner: 'dead', budget: perDay(before + 2) })
    await expire(plan, 0)
    expect(
      claimedOf(await claim(plan, 0, { owner: 'heir', budget: perDay(before + 2) })).probes,
    ).toHaveLength(2)
    expect((await spent()) - before).toBeCloseTo(2, 9)
  })

  test('what nobody finishes is settled when the run is closed, and a result that comes later counts', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1, 1] }])
    const [made, late] = claimedOf(await claim(plan, 0)).probes
    if (!made || !late) throw new Error('three were planned')
    await record(plan, made.probe, { costUsd: 0.25 })
    await expire(plan, 0)
    await rowsOf(
      `update runs set started_at = now() - interval '20 minutes', late_at = now() - interval '1 minute' where id = $1`,
      [plan.id],
    )
    await started([{}], { adhoc: true })
    expect(await statusOf(plan)).toBe('abandoned')
    expect((await spent()) - before).toBeCloseTo(0.25, 9)
    await record(plan, late.probe, { costUsd: 0.5 })
    expect((await spent()) - before).toBeCloseTo(0.75, 9)
  })

  test('calls that are skipped because they were given back too late cost nothing', async () => {
    const before = await spent()
    const plan = await started([{ estimates: [1, 1] }])
    const unmade = claimedOf(await claim(plan, 0)).probes.map(({ probe }) => probe.id)
    await finish(plan, 0, { unmade, until: inSeconds(7200) })
    expect((await spent()) - before).toBeCloseTo(0, 9)
  })

  test('workers at once never claim more than a budget allows', async () => {
    const before = await spent()
    const plan = await started(
      Array.from({ length: 6 }, (_, n) => ({ provider: `p${n}`, estimates: [1, 1, 1] })),
    )
    const claims = await Promise.all(
      Array.from({ length: 6 }, (_, n) => claim(plan, n, { owner: `w${n}`, budget: perDay(before + 7.5) })),
    )
    const n = claims.reduce((sum, each) => sum + ('claimed' in each ? each.claimed.probes.length : 0), 0)
    expect(n).toBe(7)
    expect((await spent()) - before).toBeCloseTo(7, 9)
    expect(await statusesOf(plan)).toEqual({ claimed: 7, budget: 11 })
  })
})
