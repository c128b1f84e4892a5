import { describe, expect, test } from 'vitest'
import type { Plan, Probe } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import { expectRightRollups } from '../support/expected-rollups.ts'
import { recordResult } from '../support/record-result.ts'
import { queuedJobs } from '../support/queued-jobs.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'
import { fresh } from '../support/scheduled-runs.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('our own load over $name', ({ open }) => {
  const { store, sql, rowsOf, jobIn, queue, working } = queuedJobs(open)

  /** A scheduled run of one target in a region, with its probe claimed. */
  const scheduledProbe = async (region: string, provider = 'openai') => {
    const probe = sampleProbe(sampleTarget(fresh('model'), provider), { region })
    const plan = samplePlan([], { probes: [probe] })
    const [about] = plan.providers
    if (about === undefined) throw new Error('the sample has no provider')
    plan.providers = [{ ...about, id: provider }]
    await store.startRun(plan, region)
    const claimed = await store.claimProbe({ runId: plan.id, owner: 'scheduled', leaseMs: 60_000, region })
    if (claimed === null) throw new Error('nothing was claimed')
    return { plan, probe, claimed }
  }
  const record = async (
    { plan, probe }: { plan: Plan; probe: Probe },
    more: Partial<Result>,
  ): Promise<boolean> => {
    const make = more.success === false ? failedResult : sampleResult
    await recordResult(store, make(plan, probe, more))
    const [row] = await rowsOf('select own_load from benchmark_results where id = $1', [probe.resultId])
    return row?.['own_load'] as boolean
  }
  /** A concurrent run at work in a region, with one claim. */
  const concurrentRun = async (region: string) => {
    const plan = jobIn(region, ['a', 'b'], { mode: 'concurrent' })
    await queue(plan)
    await store.nextJob({ limit: 1, region })
    const { claim, finish } = await working(plan.id, region)
    const claimed = await claim()
    if (claimed === null) throw new Error('nothing was claimed')
    return { plan, claimed, claim, finish }
  }
  const justNow = { startedAt: new Date(), totalLatencyMs: 10 }

  test('a probe that meets a concurrent run of its provider and region is marked, whichever began first', async () => {
    const region = fresh('region')
    const before = await scheduledProbe(region)
    expect(before.claimed.ownLoad).toBe(false)
    const { claimed, claim, finish, plan } = await concurrentRun(region)
    expect(claimed.ownLoad).toBe(true)
    const during = await scheduledProbe(region)
    const other = await scheduledProbe(region, fresh('provider'))
    const elsewhere = await scheduledProbe(fresh('region'))
    expect(during.claimed.ownLoad).toBe(true)
    expect(other.claimed.ownLoad).toBe(false)
    expect(elsewhere.claimed.ownLoad).toBe(false)
    // Begun a minute before the load, and not over when it came.
    const long = { startedAt: new Date(Date.now() - 60_000), totalLatencyMs: 61_000 }
    expect(await record(before, long)).toBe(true)
    expect(await record(during, { startedAt: new Date(), totalLatencyMs: 10 })).toBe(true)
    expect(await record(other, justNow)).toBe(false)
    expect(await record(elsewhere, justNow)).toBe(false)
    expect(await record({ plan, probe: claimed.probe }, justNow)).toBe(true)
    const last = await claim()
    if (last === null) throw new Error('nothing was claimed')
    expect(await record({ plan, probe: last.probe }, justNow)).toBe(true)
    await finish()
    const after = await scheduledProbe(region)
    expect(after.claimed.ownLoad).toBe(false)
    expect(await record(after, { startedAt: new Date(Date.now() + 1000), totalLatencyMs: 10 })).toBe(false)
  })

  test('a result that arrives late is judged by its own time', async () => {
    const region = fresh('region')
    const { plan } = await concurrentRun(region)
    await rowsOf(
      `update provider_loads set began_at = now() - interval '3 hours', lease_until = now() - interval '2 hours'
        where run_id = $1`,
      [plan.id],
    )
    const at = async (minutesAgo: number, seconds: number) =>
      record(await scheduledProbe(region), {
        startedAt: new Date(Date.now() - minutesAgo * 60_000),
        totalLatencyMs: seconds * 1000,
      })
    // The load was from 180 to 120 minutes ago.
    expect(await at(200, 60)).toBe(false)
    expect(await at(181, 90)).toBe(true)
    expect(await at(150, 1)).toBe(true)
    expect(await at(121, 90)).toBe(true)
    expect(await at(118, 1)).toBe(false)
  })

  test('what our own load, a warm-up or maintenance made is a call with tokens and cost, and no sample, check or failure', async () => {
    const region = fresh('region')
    const target = sampleTarget(fresh('model'))
    // In this order, and under one track: a fair sample, then what must not count.
    type Made = Pick<Result, 'success' | 'maintenance'> & {
      ttftMs: number
      ownLoad?: boolean
      warmup?: boolean
    }
    const made: Made[] = [
      { ttftMs: 100, success: true },
      { ttftMs: 9000, success: true, ownLoad: true },
      { ttftMs: 5000, success: true, warmup: true },
      { ttftMs: 9000, success: false, ownLoad: true },
      { ttftMs: 9000, success: false, warmup: true },
      { ttftMs: 9000, success: true, maintenance: true },
      { ttftMs: 9000, success: false, maintenance: true },
    ]
    const probes = made.map(({ warmup = false }) => sampleProbe(target, { region, warmup }))
    const plan = samplePlan([], { probes })
    await store.startRun(plan, region)
    for (const [index, each] of made.entries()) {
      const probe = probes[index]
      if (probe === undefined) throw new Error('no probe')
      await record({ plan, probe }, { ...justNow, costUsd: 0.25, ...each })
    }
    const track = `from tracks k join rollups_hourly h on h.track_id = k.id where k.region = $1`
    expect(
      await rowsOf(
        `select sum(n_calls)::int as calls, sum(n_answers)::int as answers, sum(n_ok)::int as ok,
          sum(n_provider)::int as failed, sum(cost_usd)::float as usd, max(cardinality(ttft)) as samples,
          sum(ttft_sum)::float as ttft_sum, bool_and(errors is null) as clean ${track}`,
        [region],
      ),
    ).toEqual([{ calls: 7, answers: 4, ok: 1, failed: 0, usd: 1.75, samples: 1, ttft_sum: 100, clean: true }])
    expect(await rowsOf('select ok from checks where region = $1', [region])).toEqual([{ ok: true }])
    expect(
      await rowsOf('select state, last_error_at from target_health where region = $1', [region]),
    ).toEqual([{ state: 'up', last_error_at: null }])
    expect(
      await rowsOf('select n_before, ttft_before_ms, failed_before from compare_runs($1, $2)', [
        plan.id,
        plan.id,
      ]),
    ).toEqual([{ n_before: 1, ttft_before_ms: 100, failed_before: 0 }])
    await expectRightRollups(sql)
  })
})
