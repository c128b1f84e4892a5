import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import type { EventRow } from '../../src/store/event-codec.ts'
import { contractStore, eight, failureOf, fresh } from '../support/contract-store.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePlan, sampleResult } from '../support/samples.ts'
import { transports } from '../support/transports.ts'

describe.each(transports)('events over $name', ({ open }) => {
  const { store, rowsOf, start, claim, claimed } = contractStore(open)
  const worker = (owner: string, leaseMs = 60_000) => ({ owner, leaseMs })

  /** Waits for events to show up: transactions of other tests, also in other databases, hold them back. */
  const listed = async (runId: string, count: number, after: string | null = null): Promise<EventRow[]> => {
    let rows: EventRow[] = []
    await expect
      .poll(async () => ({ rows } = await store.listEvents({ runId, after, limit: 100 })).rows.length)
      .toBeGreaterThanOrEqual(count)
    return rows
  }
  /** What is told of a run, whether it shows up already or not. */
  const told = async ({ id }: Pick<Plan, 'id'>) =>
    (await rowsOf('select event, data from run_events where run_id = $1 order by xid, id', [id])).map(
      ({ event, data }) => [event, data],
    )
  const slotOf = ({ schedule, slot }: Plan) => ({ schedule: schedule ?? '', slot: slot ?? new Date(0) })
  const probeOf = ({ probes: [probe] }: Plan) => {
    if (probe === undefined) throw new Error('the plan has no probe')
    return probe
  }

  test('tell a run from its start to its end, with its probes and results as they are', async () => {
    const plan = samplePlan([fresh(), fresh(), fresh()])
    const [first, second] = plan.probes
    if (first === undefined || second === undefined) throw new Error('the plan has no probes')
    await store.startRun(plan, 'local', worker('worker'))
    await claim(plan)
    await recordResult(store, sampleResult(plan, first, { ttftMs: 123.5, costUsd: 0.25 }))
    await claim(plan)
    await recordResult(store, failedResult(plan, second))
    await store.skipProbes({ runId: plan.id, reason: 'no time' })
    await store.finishRun({ runId: plan.id, status: 'finished' })
    const rows = await listed(plan.id, 7)
    expect(rows.map(({ event, data, n_done }) => [event, data, n_done])).toEqual([
      ['run_started', {}, 0],
      ['probe_started', { probe_id: first.id }, 0],
      ['probe_recorded', { probe_id: first.id, result_id: first.resultId }, 1],
      ['probe_started', { probe_id: second.id }, 1],
      ['probe_recorded', { probe_id: second.id, result_id: second.resultId }, 2],
      ['probes_skipped', { reason: 'no time', n: 1 }, 3],
      ['run_finished', { status: 'finished' }, 3],
    ])
    expect(rows.map(({ probe, result }) => [probe?.model ?? null, result?.id ?? null])).toEqual([
      [null, null],
      [first.target.model, null],
      [first.target.model, first.resultId],
      [second.target.model, null],
      [second.target.model, second.resultId],
      [null, null],
      [null, null],
    ])
    expect(rows[2]).toMatchObject({
      run_id: plan.id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
      probe: { id: first.id, provider: 'openai', region: 'local', iteration: 1 },
      result: { success: true, status_code: 200, error_kind: null, ttft_ms: 123.5, cost_usd: 0.25 },
    })
    expect(rows[4]?.result).toMatchObject({ success: false, error_kind: 'rate_limited', ttft_ms: null })
  })

  test('go on after any cursor, page by page, and count what came before it', async () => {
    const plan = await start()
    await store.skipProbes({ runId: plan.id, reason: 'a' })
    await store.finishRun({ runId: plan.id, status: 'finished' })
    const all = await listed(plan.id, 3)
    for (const [index, { id }] of all.entries())
      expect((await store.listEvents({ runId: plan.id, after: id, limit: 9 })).rows).toEqual(
        all.slice(index + 1),
      )
    const page = await store.listEvents({ runId: plan.id, after: null, limit: 2 })
    expect(page).toMatchObject({ rows: all.slice(0, 2), next: all[1]?.id })
    expect((await store.listEvents({ runId: plan.id, after: page.next, limit: 2 })).rows).toEqual(
      all.slice(2),
    )
  })

  test('of all runs begin with the present, and go on from there', async () => {
    const before = await start()
    await listed(before.id, 1)
    const present = await store.listEvents({ runId: null, after: null, limit: 9 })
    expect(present.rows).toEqual([])
    const [one, other] = [await start(), await start()]
    await listed(other.id, 1)
    const { rows, next } = await store.listEvents({ runId: null, after: present.next, limit: 9 })
    expect(rows.map(({ run_id, event }) => [run_id, event])).toEqual([
      [one.id, 'run_started'],
      [other.id, 'run_started'],
    ])
    const later = await store.listEvents({ runId: null, after: next, limit: 9 })
    expect(later.rows).toEqual([])
    const again = await store.listEvents({ runId: null, after: later.next, limit: 9 })
    expect(again.rows).toEqual([])
  })

  test('are not added by calls that are repeated', async () => {
    const plan = samplePlan([fresh(), fresh()])
    const probe = probeOf(plan)
    const claimId = randomUUID()
    for (const _ of [1, 2]) await store.startRun(plan, 'local', worker('worker'))
    for (const _ of [1, 2]) await store.joinRun({ runId: plan.id, region: 'local', worker: worker('worker') })
    for (const _ of [1, 2]) await claim(plan, { claimId })
    await eight(() => recordResult(store, sampleResult(plan, probe)))
    for (const _ of [1, 2]) await store.skipProbes({ runId: plan.id, reason: 'enough' })
    for (const _ of [1, 2]) await store.finishRun({ runId: plan.id, status: 'cancelled' })
    expect((await told(plan)).map(([event]) => event)).toEqual([
      'run_started',
      'probe_started',
      'probe_recorded',
      'probes_skipped',
      'run_finished',
    ])
  })

  test('tell who joins a run, and that a region is handed over with open probes', async () => {
    const plan = samplePlan([fresh(), fresh()])
    const region = 'local'
    await store.startRun(plan, region, worker('first'))
    for (const _ of [1, 2])
      await store.finishRun({ runId: plan.id, status: 'finished', region, owner: 'first' })
    await eight(() => store.joinRun({ runId: plan.id, region, worker: worker('second', 1) }))
    await rowsOf('select pg_sleep(0.01)')
    await store.joinRun({ runId: plan.id, region, worker: worker('second') })
    await store.joinRun({ runId: plan.id, region, worker: worker('third') })
    await store.skipProbes({ runId: plan.id, reason: 'done' })
    await store.finishRun({ runId: plan.id, status: 'finished', region, owner: 'second' })
    expect(await told(plan)).toEqual([
      ['run_started', {}],
      ['run_handed_over', {}],
      ['run_joined', { owner: 'second' }],
      ['probes_skipped', { reason: 'done', n: 2 }],
      ['run_finished', { status: 'finished' }],
    ])
  })

  test('tell that another region joins a slot, even once its run was finished', async () => {
    const lateAt = new Date(Date.now() + 3_600_000)
    const slot = { schedule: fresh('schedule'), slot: new Date('2026-11-21T10:15:00Z'), lateAt }
    const first = samplePlan([fresh()], slot)
    const own = samplePlan([fresh()], slot)
    const second = { ...own, probes: own.probes.map((probe) => ({ ...probe, region: 'fra1' })) }
    await store.startRun(first, 'local', worker('a'))
    await store.skipProbes({ runId: first.id, reason: 'done' })
    await store.finishRun({ runId: first.id, status: 'finished', region: 'local', owner: 'a' })
    await store.startRun(second, 'fra1', worker('b'))
    expect((await told(first)).slice(2)).toEqual([
      ['run_finished', { status: 'finished' }],
      ['run_joined', { owner: 'b' }],
    ])
  })

  test('tell of a probe once for each claim of it, and of probes that a claim skips', async () => {
    const plan = await start({ lateAt: new Date(Date.now() + 3_600_000) })
    const [probe] = plan.probes
    await claimed(plan, { leaseMs: 1 })
    await rowsOf('select pg_sleep(0.01)')
    await claimed(plan)
    await rowsOf(`update runs set late_at = now() - interval '1 minute' where id = $1`, [plan.id])
    expect(await claim(plan)).toBeNull()
    expect((await told(plan)).slice(1)).toEqual([
      ['probe_started', { probe_id: probe?.id }],
      ['probe_started', { probe_id: probe?.id }],
      ['probes_skipped', { reason: 'late', n: 2 }],
    ])
  })

  test('count a probe once that is recorded although it was skipped', async () => {
    const plan = await start({}, [fresh()])
    await store.skipProbes({ runId: plan.id, reason: 'late' })
    await store.finishRun({ runId: plan.id, status: 'finished' })
    await recordResult(store, sampleResult(plan, probeOf(plan)))
    const rows = await listed(plan.id, 4)
    expect(rows.map(({ event, n_done }) => [event, n_done])).toEqual([
      ['run_started', 0],
      ['probes_skipped', 1],
      ['run_finished', 1],
      ['probe_recorded', 1],
    ])
  })

  test('tell that a slot was missed, and that it was run after all', async () => {
    const plan = samplePlan([fresh()], {
      schedule: fresh('schedule'),
      slot: new Date('2026-11-21T10:15:00Z'),
      lateAt: new Date(Date.now() + 3_600_000),
    })
    const id = randomUUID()
    const run = { id, runName: 'r', triggeredBy: 'cron', region: 'local', startedAt: new Date() }
    for (const _ of [1, 2])
      await store.fileMissed({ run: { ...run, ...slotOf(plan) }, reason: 'no database' })
    await store.startRun(plan, 'local', worker('worker'))
    expect((await told({ id })).slice(0, 2)).toEqual([
      ['run_missed', { reason: 'no database' }],
      ['run_started', {}],
    ])
  })

  test('tell that a run was given up, with what it leaves', async () => {
    const plan = samplePlan([fresh(), fresh()], {
      schedule: fresh('schedule'),
      slot: new Date('2026-11-21T11:15:00Z'),
    })
    await store.startRun(plan, 'local', worker('worker', 1))
    await rowsOf('select pg_sleep(0.01)')
    const run = {
      id: randomUUID(),
      runName: 'r',
      triggeredBy: 'cron',
      region: 'local',
      startedAt: new Date(),
    }
    for (const _ of [1, 2])
      await store.fileMissed({ run: { ...run, ...slotOf(plan) }, reason: 'its worker hung', abandoned: true })
    const orphan = await start({}, [fresh()])
    await rowsOf(`update runs set started_at = now() - interval '1 hour' where id = $1`, [orphan.id])
    await start()
    for (const each of [plan, orphan])
      expect((await told(each)).slice(1)).toEqual([
        ['probes_skipped', { reason: 'abandoned', n: each.probes.length }],
        ['run_finished', { status: 'abandoned' }],
      ])
  })

  test('are pruned after two weeks, batch by batch, the oldest first', async () => {
    const startAndSkip = async () => {
      const plan = await start()
      await store.skipProbes({ runId: plan.id, reason: 'a' })
      return plan
    }
    const [old, young] = [await startAndSkip(), await startAndSkip()]
    const age = `update run_events set created_at = now() - $2::interval where run_id = $1`
    await rowsOf(age, [old.id, '14 days 1 minute'])
    await rowsOf(age, [young.id, '13 days 23 hours'])
    // Those that other tests have added before are the oldest.
    await rowsOf('delete from run_events where run_id <> all ($1)', [[old.id, young.id]])
    const retention = {
      textsBefore: null,
      resultsBefore: null,
      proxyBefore: null,
      proxyTextsBefore: null,
      limit: 1,
    }
    const batches = []
    for (let turn = 0; turn < 3; turn += 1) batches.push((await store.prune(retention)).done)
    expect(batches).toEqual([false, false, true])
    expect([await told(old), await told(young)]).toMatchObject([[], { length: 2 }])
  })

  test('go with their run', async () => {
    const plan = await start()
    await rowsOf('delete from runs where id = $1', [plan.id])
    expect(await told(plan)).toEqual([])
  })

  test('stay when probe and result are gone', async () => {
    const plan = await start({}, [fresh()])
    const { probe } = await claimed(plan)
    await rowsOf('delete from probes where id = $1', [probe.id])
    const [, event] = await listed(plan.id, 2)
    expect(event).toMatchObject({ event: 'probe_started', probe: null, result: null })
  })

  test.each(['', '12', '12-', '-1-2', '1-2-3', `${'9'.repeat(30)}-1`, "1-1'"])(
    'refuse the cursor %j',
    async (after) => {
      const error = await failureOf(store.listEvents({ runId: null, after, limit: 1 }))
      expect(error).toMatchObject({ kind: 'invalid', code: '22023' })
    },
  )
})
