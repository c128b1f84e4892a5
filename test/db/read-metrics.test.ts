import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { MonitoredTarget } from '../../src/core/monitoring.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { contractStore, fresh } from '../support/contract-store.ts'
import { openMigratedPglite } from '../support/databases.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePrice, sampleResult } from '../support/samples.ts'

const { store, sql, rowsOf, start, claim } = contractStore(async () => {
  const opened = await openMigratedPglite()
  return { store: createSqlStore(opened), sql: opened, close: () => opened.close() }
})

const minutes = (n: number) => new Date(Date.now() + n * 60_000)
const quarterly = (more: Partial<Plan> = {}) => ({
  schedule: fresh('schedule'),
  slot: minutes(-5),
  lateAt: minutes(10),
  trigger: 'cron' as const,
  ...more,
})
/** What is read, of these models. */
async function readOf({ schedule, probes, synthetic }: Pick<Plan, 'schedule' | 'probes' | 'synthetic'>) {
  const known = await store.readMetrics({ schedule: schedule ?? 'none', synthetic })
  const models = probes.map(({ target }) => target.model)
  return { ...known, targets: known.targets.filter(({ model }) => models.includes(model)) }
}
const succeed = (plan: Plan, at: number, more: Partial<Result> = {}) =>
  recordResult(
    store,
    sampleResult(plan, probeAt(plan, at), { timingQuality: 'ok', startedAt: new Date(), ...more }),
  )
const probeAt = (plan: Plan, at: number) => {
  const probe = plan.probes[at]
  if (probe === undefined) throw new Error(`no probe ${at}`)
  return probe
}
const failBy = (plan: Plan, at: number, more: Partial<Result> = {}) =>
  recordResult(store, failedResult(plan, probeAt(plan, at), { startedAt: new Date(), ...more }))
/** As if a result had been recorded so many minutes ago, in its rollups too. */
async function moveBack(resultId: string, by: number) {
  const then = minutes(-by)
  await sql.query('update benchmark_results set created_at = $2 where id = $1', [
    resultId,
    then.toISOString(),
  ])
  for (const moment of [then, new Date()])
    await store.rebuildRollups({
      since: new Date(moment.getTime() - 3_600_000),
      until: new Date(moment.getTime() + 3_600_000),
    })
}
const only = ([target]: MonitoredTarget[]): MonitoredTarget => {
  if (target === undefined) throw new Error('it is not shown')
  return target
}

test('a target is shown as its last call left it, and with all its calls', async () => {
  const plan = await start(quarterly(), [fresh()])
  const again = await start({}, [probeAt(plan, 0).target.model])
  await failBy(plan, 0, { errorKind: 'server_error', faultDomain: 'provider' })
  await moveBack(probeAt(plan, 0).resultId, 3)
  await succeed(again, 0, { ttftMs: 250.5, inputTokens: 520, outputTokens: 109, costUsd: 0.25 })
  const { targets, schedule, now } = await readOf(plan)
  const { last, lastSuccessAt, totals, ...rest } = only(targets)
  expect(rest).toEqual({
    targetId: expect.any(String) as string,
    provider: 'openai',
    model: probeAt(plan, 0).target.model,
    region: 'local',
    state: 'up',
    intervalS: 900,
    inFlight: 0,
    price: samplePrice,
  })
  expect(last).toMatchObject({ success: true, ttftMs: 250.5, tps: 30.5, costUsd: 0.25, timingQuality: 'ok' })
  expect(lastSuccessAt).toEqual(last?.at)
  expect(totals).toMatchObject({
    calls: 2,
    ok: 1,
    answers: 1,
    failures: { server_error: 1 },
    inputTokens: 520,
    outputTokens: 109,
    costUsd: 0.25,
  })
  expect(schedule).toEqual({ slot: plan.slot, lateAt: plan.lateAt, lastFinishedAt: null })
  expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(60_000)
})

test('a failure has no timings, leaves the last success where it was, and puts the target down by two', async () => {
  const model = fresh()
  const plans = [
    await start(quarterly(), [model]),
    await start({}, [model]),
    await start({}, [model]),
  ] as const
  await succeed(plans[0], 0)
  const { at } = only((await readOf(plans[0])).targets).last ?? { at: null }
  const failure = { errorKind: 'server_error', faultDomain: 'provider' } as const
  await failBy(plans[1], 0, failure)
  expect(only((await readOf(plans[0])).targets)).toMatchObject({ state: 'failing', lastSuccessAt: at })
  await failBy(plans[2], 0, failure)
  expect(only((await readOf(plans[0])).targets)).toMatchObject({
    state: 'down',
    lastSuccessAt: at,
    last: { success: false, ttftMs: null, latencyMs: null, tps: null },
  })
})

test('a timing that is not trusted is no timing, but a success', async () => {
  const plan = await start(quarterly(), [fresh()])
  await succeed(plan, 0, { timingQuality: 'untrusted' })
  expect(only((await readOf(plan)).targets).last).toMatchObject({
    success: true,
    ttftMs: null,
    timingQuality: 'untrusted',
  })
})

test('a call is in flight while its lease lasts', async () => {
  const plan = await start(quarterly(), [fresh()])
  const before = await start({}, [probeAt(plan, 0).target.model])
  await succeed(before, 0)
  const inFlight = async () => only((await readOf(plan)).targets).inFlight
  expect(await inFlight()).toBe(0)
  await claim(plan)
  expect(await inFlight()).toBe(1)
  await sql.query("update probes set lease_until = now() - interval '1 second' where run_id = $1", [plan.id])
  expect(await inFlight()).toBe(0)
})

test('an own outage and pruning take nothing away from what was counted', async () => {
  const models = [fresh(), fresh(), fresh()]
  const base = await start({}, models)
  const probes = base.probes.map((probe, at) => ({
    ...probe,
    id: randomUUID(),
    resultId: randomUUID(),
    target: { ...probe.target, provider: ['openai', 'groq', 'together'][at] ?? '' },
  }))
  const providers = ['openai', 'groq', 'together'].map((id) => ({
    id,
    name: id,
    baseUrl: `https://${id}.example`,
    logoUrl: null,
    synthetic: false,
  }))
  const plan = await start(quarterly({ probes, providers }))
  for (const at of [0, 1, 2]) await failBy(plan, at, { errorKind: 'connect', faultDomain: 'provider' })
  const totals = async () => (await readOf(plan)).targets.map((target) => target.totals)
  const before = await totals()
  expect(before.map(({ failures }) => failures)).toEqual([{ connect: 1 }, { connect: 1 }, { connect: 1 }])
  await store.finishRun({ runId: plan.id, status: 'finished' })
  expect(
    await rowsOf('select distinct fault_domain from benchmark_results where run_id = $1', [plan.id]),
  ).toEqual([{ fault_domain: 'self' }])
  expect(await totals()).toEqual(before)

  await moveBack(probeAt(plan, 0).resultId, 40 * 24 * 60)
  await succeed(base, 0)
  const moved = await totals()
  const pruneAll = () =>
    store.prune({
      textsBefore: null,
      resultsBefore: minutes(-35 * 24 * 60),
      proxyBefore: null,
      proxyTextsBefore: null,
      limit: 1000,
    })
  while (!(await pruneAll()).done);
  expect(await rowsOf('select id from benchmark_results where id = $1', [probeAt(plan, 0).resultId])).toEqual(
    [],
  )
  expect(await totals()).toEqual(moved)
  expect(moved.map(({ calls, ok, failures }) => [calls, ok, failures])).toContainEqual([2, 1, { connect: 1 }])
})

test.each([
  [149, 15, 1],
  [151, 15, 0],
  [590, 60, 1],
  [610, 60, 0],
])('a last call %i min ago, of a schedule of %i min, leaves %i target', async (ago, interval, n) => {
  const plan = await start(quarterly({ slot: minutes(-5), lateAt: minutes(interval - 5) }), [fresh()])
  await succeed(plan, 0)
  await moveBack(probeAt(plan, 0).resultId, ago)
  expect((await readOf(plan)).targets).toHaveLength(n)
})

test('a day is the limit without a schedule, and the schedule is then unknown', async () => {
  const plan = await start({}, [fresh(), fresh()])
  await succeed(plan, 0)
  await moveBack(probeAt(plan, 0).resultId, 23 * 60)
  await succeed(plan, 1)
  await moveBack(probeAt(plan, 1).resultId, 25 * 60)
  const { targets, schedule } = await readOf(plan)
  expect(targets.map(({ model }) => model)).toEqual([probeAt(plan, 0).target.model])
  expect(schedule).toBeNull()
})

test('a target that was paused, or only called by hand, is not shown', async () => {
  const plan = await start(quarterly(), [fresh()])
  const byHand = await start({ adhoc: true }, [fresh()])
  await succeed(plan, 0)
  await succeed(byHand, 0)
  const both = { ...plan, probes: [...plan.probes, ...byHand.probes] }
  expect((await readOf(both)).targets).toHaveLength(1)
  const { provider, model } = probeAt(plan, 0).target
  await sql.query('update targets set active = false from models m where m.id = model_id and m.name = $1', [
    model,
  ])
  expect(provider).toBe('openai')
  expect((await readOf(both)).targets).toEqual([])
})

test('regions are apart, and so are real and synthetic targets', async () => {
  const plan = await start(quarterly(), [fresh()])
  const elsewhere = await start({}, [probeAt(plan, 0).target.model])
  await succeed(plan, 0)
  await succeed(elsewhere, 0, { region: 'fra1' })
  expect((await readOf(plan)).targets.map(({ region, totals }) => [region, totals.calls])).toEqual([
    ['fra1', 1],
    ['local', 1],
  ])
  const probes = plan.probes.map((probe) => ({
    ...probe,
    id: randomUUID(),
    resultId: randomUUID(),
    target: { ...probe.target, provider: 'synthetic' },
  }))
  const about = { id: 'synthetic', name: 'Synthetic', baseUrl: null, logoUrl: null, synthetic: true }
  const madeUp = await start(quarterly({ synthetic: true, probes, providers: [{ ...about, baseUrl: '' }] }))
  await succeed(madeUp, 0)
  expect((await readOf(madeUp)).targets.map(({ provider }) => provider)).toEqual(['synthetic'])
  expect((await readOf(plan)).targets).toHaveLength(2)
})

test('slots that were missed or given up are none that began', async () => {
  const plan = await start(quarterly({ slot: minutes(-50), lateAt: minutes(-35) }), [fresh()])
  await sql.query(
    `insert into runs (run_name, triggered_by, schedule, slot, late_at, status) values
      ('missed', 'cron', $1, now() - interval '35 minutes', now() - interval '20 minutes', 'missed'),
      ('lost', 'cron', $1, now() - interval '20 minutes', now() - interval '5 minutes', 'abandoned')`,
    [plan.schedule],
  )
  expect((await readOf(plan)).schedule?.lateAt).toEqual(plan.lateAt)
})
