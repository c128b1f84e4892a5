import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Budget } from '../../src/core/budget.ts'
import type { Plan } from '../../src/core/plan.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePlan, sampleResult } from '../support/samples.ts'
import { fresh, scheduledRuns } from '../support/scheduled-runs.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))('what may be spent over $name', ({ open }) => {
  const { store, rowsOf, scheduled, claimAs } = scheduledRuns(open)

  describe('money', () => {
    const budget = (usd: number, more: Partial<Budget> = {}): Budget => ({
      usdPerDay: usd,
      usdPerMonth: null,
      maxPricePerM: null,
      ...more,
    })
    const costly = (plan: Plan, estimateUsd: number | null): Plan => ({
      ...plan,
      probes: plan.probes.map((probe) => ({
        ...probe,
        estimateUsd,
        inputUsd: estimateUsd === null ? null : estimateUsd / 10,
      })),
    })
    const spent = async () =>
      Number((await rowsOf('select coalesce(sum(usd), 0)::float8 as usd from spending'))[0]?.['usd'])

    test('eight workers at once never start more probes than fit', async () => {
      const limit = budget((await spent()) + 5.5)
      const plan = costly(samplePlan(Array.from({ length: 20 }, (_, index) => `m${index}`)), 1)
      await store.startRun(plan, 'local')
      const claimed = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          let begun = 0
          while ((await claimAs(`worker-${index}`, plan.id, { budget: limit })) !== null) begun += 1
          return begun
        }),
      )
      expect(claimed.reduce((sum, begun) => sum + begun, 0)).toBe(5)
      expect(
        await rowsOf(
          `select skip_reason, count(*)::int as n from probes where run_id = $1 and status = 'skipped' group by 1`,
          [plan.id],
        ),
      ).toEqual([{ skip_reason: 'budget', n: 15 }])
    })

    test('the actual cost of a call replaces its estimate; a failed one counts its input', async () => {
      const before = await spent()
      const plan = costly(samplePlan(['a', 'b', 'c']), 1)
      await store.startRun(plan, 'local')
      const [a, b, c] = [
        await claimAs('w', plan.id),
        await claimAs('w', plan.id),
        await claimAs('w', plan.id),
      ]
      expect((await spent()) - before).toBeCloseTo(3, 9)
      if (a === null || b === null || c === null) throw new Error('nothing was claimed')
      await recordResult(store, sampleResult(plan, a.probe, { costUsd: 0.25 }))
      await recordResult(store, sampleResult(plan, a.probe, { costUsd: 0.25 }))
      await recordResult(store, failedResult(plan, b.probe, { costUsd: null }))
      await recordResult(store, sampleResult(plan, c.probe, { costUsd: null }))
      expect((await spent()) - before).toBeCloseTo(0.25 + 0.1 + 1, 9)
    })

    test('under a budget neither a target without a price nor one too expensive for the month is called', async () => {
      const unpriced = costly(samplePlan(['m']), null)
      await store.startRun(unpriced, 'local')
      expect(await claimAs('w', unpriced.id, { budget: budget(1000) })).toBeNull()
      const dear = costly(samplePlan(['m']), 1)
      await store.startRun(dear, 'local')
      expect(
        await claimAs('w', dear.id, { budget: { ...budget(1e9), usdPerMonth: (await spent()) + 0.5 } }),
      ).toBeNull()
      const reasons = await rowsOf('select run_id, skip_reason from probes where run_id in ($1, $2)', [
        unpriced.id,
        dear.id,
      ])
      expect(new Map(reasons.map((row) => [row['run_id'], row['skip_reason']]))).toEqual(
        new Map([
          [unpriced.id, 'unpriced'],
          [dear.id, 'budget'],
        ]),
      )
    })
  })

  test('a provider that asked us to back off is skipped until then', async () => {
    const plan = scheduled(3)
    const provider = fresh('limited')
    const [about] = plan.providers
    if (about === undefined) throw new Error('the sample has no provider')
    const own = {
      ...plan,
      providers: [{ ...about, id: provider, name: provider }],
      probes: plan.probes.map((probe) => ({ ...probe, target: { ...probe.target, provider } })),
    }
    await store.startRun(own, 'local')
    const first = await claimAs('w', own.id)
    if (first === null) throw new Error('nothing was claimed')
    await recordResult(
      store,
      failedResult(own, first.probe, {
        errorKind: 'rate_limited',
        faultDomain: 'account',
        retryAfterMs: 60_000,
      }),
    )
    expect(await claimAs('w', own.id)).toBeNull()
    const [row] = await rowsOf(
      `select distinct skip_reason from probes where run_id = $1 and status = 'skipped'`,
      [own.id],
    )
    expect(row?.['skip_reason']).toMatch(/^rate limited until 20/)
    await rowsOf(`update providers set penalty_until = now() - interval '1 second' where slug = $1`, [
      provider,
    ])
    const later = {
      ...own,
      id: randomUUID(),
      schedule: fresh('s'),
      probes: own.probes.map((probe) => ({ ...probe, id: randomUUID(), resultId: randomUUID() })),
    }
    await store.startRun(later, 'local')
    expect(await claimAs('w', later.id)).not.toBeNull()
  })
})
