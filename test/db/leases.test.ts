import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type ErrorKind, faultDomains } from '../../src/core/outcome.ts'
import type { Plan, Probe } from '../../src/core/plan.ts'
import { seededRandom } from '../../src/core/random.ts'
import type { ClaimedProbe } from '../../src/store/store.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'
import { fresh, quarter, scheduledRuns, worker } from '../support/scheduled-runs.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))('runs and their workers over $name', ({ open }) => {
  const { store, rowsOf, scheduled, delivered, claimAs, complete, expire, countOf } = scheduledRuns(open)

  test('a slot that is triggered eight times at once has one run and one worker', async () => {
    const slots = Array.from({ length: 40 }, (_, index) => new Date(Date.UTC(2026, 0, 1) + index * quarter))
    const schedule = fresh('schedule')
    for (const slot of slots) {
      const plan = scheduled(2, { slot, schedule })
      const started = await Promise.all(
        Array.from({ length: 8 }, () => store.startRun(delivered(plan), 'local', worker())),
      )
      expect(started.filter(({ created }) => created)).toHaveLength(1)
      expect(started.filter(({ joined }) => joined)).toHaveLength(1)
      expect(new Set(started.map(({ run }) => run.id)).size).toBe(1)
    }
    const [count] = await rowsOf(
      'select count(*)::int as runs, sum(n_probes)::int as probes from runs where schedule = $1',
      [schedule],
    )
    expect(count).toEqual({ runs: 40, probes: 80 })
  })

  test('another region adds its probes to the slot and makes only those, also after the first is done', async () => {
    const plan = scheduled(3)
    const first = worker()
    const second = worker()
    await store.startRun(delivered(plan, 'fra1'), 'fra1', first)
    const { created, joined, run } = await store.startRun(delivered(plan, 'iad1'), 'iad1', second)
    expect({ created, joined, nProbes: run.nProbes }).toEqual({ created: false, joined: true, nProbes: 6 })
    for (const [region, { owner }] of [
      ['fra1', first],
      ['iad1', second],
    ] as const) {
      for (
        let claimed = await claimAs(owner, run.id, { region });
        claimed !== null;
        claimed = await claimAs(owner, run.id, { region })
      ) {
        expect(claimed.probe.region).toBe(region)
        await complete({ ...plan, id: run.id }, claimed)
      }
      await store.finishRun({ runId: run.id, status: 'finished', region, owner })
    }
    expect(await countOf(run.id)).toMatchObject({ probes: 6, results: 6 })
    // A third comes when the run is closed, and in time.
    const third = await store.startRun(delivered(plan, 'hnd1'), 'hnd1', worker())
    expect(third).toMatchObject({ joined: true, run: { id: run.id, status: 'running', nProbes: 9 } })
    expect(await store.startRun(delivered(plan, 'fra1'), 'fra1', worker())).toMatchObject({ joined: false })
  })

  /**
   * Makes probes until there are none, or the worker dies, or freezes with one in hand, which is then given
   * back.
   */
  const workUntilFate = async (plan: Plan, owner: string, random: () => number): Promise<ClaimedProbe[]> => {
    for (;;) {
      const claimed = await claimAs(owner, plan.id)
      const fate = random()
      if (claimed === null || fate < 0.15) return []
      if (fate < 0.3) return [claimed]
      await complete(plan, claimed)
      if (random() < 0.2) await complete(plan, claimed)
    }
  }

  test('workers that die, freeze and answer twice leave one result for every probe, and counts that agree', async () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed)
      const plan = scheduled(12)
      const { run } = await store.startRun(plan, 'local', worker())
      await expire(run.id)
      const frozen: ClaimedProbe[] = []
      for (let rounds = 0; rounds < 100; rounds += 1) {
        const { owner, leaseMs } = worker()
        const { joined } = await store.startRun(delivered(plan), 'local', { owner, leaseMs })
        if (!joined) break
        frozen.push(...(await workUntilFate(plan, owner, random)))
        await expire(run.id)
        // Those that were frozen wake up one by one, after others took over, and find their region lost.
        const late = random() < 0.5 ? frozen.shift() : undefined
        if (late !== undefined) await complete(plan, late)
      }
      for (const late of frozen) await complete(plan, late)
      const closed = await store.finishRun({ runId: run.id, status: 'finished' })
      expect(await countOf(run.id)).toEqual({ probes: 12, distinct_probes: 12, results: 12, skipped: 0 })
      expect(closed).toMatchObject({ status: 'finished', nSucceeded: 12, nFailed: 0, nSkipped: 0 })
    }
  })

  test('a worker whose region was taken over gets no further probe, and cannot close the run', async () => {
    const plan = scheduled(3)
    const slow = worker()
    await store.startRun(plan, 'local', slow)
    const held = await claimAs(slow.owner, plan.id)
    await expire(plan.id)
    const quick = worker()
    expect(await store.joinRun({ runId: plan.id, region: 'local', worker: quick })).toMatchObject({
      joined: true,
    })
    expect(await claimAs(slow.owner, plan.id)).toBeNull()
    const again = await claimAs(quick.owner, plan.id)
    expect(again).toMatchObject({ probe: { id: held?.probe.id }, claims: 2 })
    expect(
      await store.finishRun({ runId: plan.id, status: 'finished', region: 'local', owner: slow.owner }),
    ).toMatchObject({ status: 'running' })
    if (held === null || again === null) throw new Error('nothing was claimed')
    expect(await complete(plan, again)).toMatchObject({ recorded: true })
    expect(await complete(plan, held)).toMatchObject({ recorded: false, id: again.probe.resultId })
  })

  test('a worker that wakes after its lease does not file before its heir, and does if there is none', async () => {
    const plan = scheduled(2)
    const slow = worker()
    await store.startRun(plan, 'local', slow)
    const held = await claimAs(slow.owner, plan.id)
    if (held === null) throw new Error('nothing was claimed')
    const late = { ...sampleResult(plan, held.probe), totalLatencyMs: 70_000 }
    const fileLate = () => recordResult(store, late, slow.owner)
    await expire(plan.id)
    const quick = worker()
    await store.joinRun({ runId: plan.id, region: 'local', worker: quick })
    const again = await claimAs(quick.owner, plan.id)
    expect(again?.probe.id).toBe(held.probe.id)
    expect(await fileLate()).toMatchObject({ recorded: false, id: held.probe.resultId })
    const made = { ...sampleResult(plan, held.probe), totalLatencyMs: 700 }
    expect(await recordResult(store, made, quick.owner)).toMatchObject({ recorded: true })
    expect(await fileLate()).toMatchObject({ recorded: false })
    expect(
      await rowsOf('select total_latency_ms from benchmark_results where run_id = $1', [plan.id]),
    ).toEqual([{ total_latency_ms: 700 }])
    // Nobody took over the second probe, so what its worker measured is all there is.
    const second = await claimAs(quick.owner, plan.id)
    if (second === null) throw new Error('nothing was claimed')
    await expire(plan.id)
    expect(await recordResult(store, sampleResult(plan, second.probe), quick.owner)).toMatchObject({
      recorded: true,
    })
  })

  test('a run whose worker was given up is abandoned with the reason, unless others have something to do', async () => {
    const give = (plan: Plan, region: string) =>
      store.fileMissed({
        run: {
          id: randomUUID(),
          runName: 'benchmark',
          triggeredBy: 'cron',
          schedule: plan.schedule ?? '',
          slot: plan.slot ?? new Date(),
          region,
          startedAt: new Date(),
        },
        reason: 'it took too long',
        abandoned: true,
      })
    const plan = scheduled(2)
    const stuck = worker()
    await store.startRun(plan, 'local', stuck)
    await claimAs(stuck.owner, plan.id)
    // As long as somebody holds the region, the run goes on.
    expect(await give(plan, 'local')).toMatchObject({ id: plan.id, status: 'running', nSkipped: 0 })
    await expire(plan.id)
    expect(await give(plan, 'local')).toMatchObject({
      id: plan.id,
      status: 'abandoned',
      statusReason: 'it took too long',
      nSkipped: 2,
    })
    const shared = scheduled(1)
    await store.startRun(delivered(shared, 'fra1'), 'fra1', worker())
    const { run } = await store.startRun(delivered(shared, 'iad1'), 'iad1', worker())
    await expire(run.id)
    expect(await give(shared, 'fra1')).toMatchObject({ id: run.id, status: 'running' })
    expect(await give(shared, 'iad1')).toMatchObject({ id: run.id, status: 'abandoned', nSkipped: 2 })
    const never = scheduled(1)
    expect(await give(never, 'local')).toMatchObject({ status: 'abandoned', nProbes: 0 })
    expect(await store.readHealth({ schedule: 'any' })).toMatchObject({
      abandoned: { runName: 'benchmark', slot: never.slot },
    })
  })

  test('a run that another worker holds, or that is over, is not joined', async () => {
    const plan = scheduled(1)
    const { owner, leaseMs } = worker()
    await store.startRun(plan, 'local', { owner, leaseMs })
    const join = () => store.joinRun({ runId: plan.id, region: 'local', worker: worker() })
    expect(await join()).toMatchObject({ joined: false, settings: { order: 'sequential' } })
    const claimed = await claimAs(owner, plan.id)
    if (claimed !== null) await complete(plan, claimed)
    await store.finishRun({ runId: plan.id, status: 'finished', region: 'local', owner })
    expect(await join()).toMatchObject({ joined: false, run: { status: 'finished' } })
  })

  test('probes that have not started one interval after their slot are skipped as late', async () => {
    const plan = scheduled(2, { lateAt: new Date(Date.now() - 1000) })
    const { owner, leaseMs } = worker()
    await store.startRun(plan, 'local', { owner, leaseMs })
    expect(await claimAs(owner, plan.id)).toBeNull()
    expect(
      await store.finishRun({ runId: plan.id, status: 'finished', region: 'local', owner }),
    ).toMatchObject({ nSkipped: 2 })
    expect(await rowsOf('select distinct skip_reason from probes where run_id = $1', [plan.id])).toEqual([
      { skip_reason: 'late' },
    ])
  })

  test('an abandoned run is closed by the next one with what it has, and says why', async () => {
    const plan = scheduled(3)
    const { owner, leaseMs } = worker()
    await store.startRun(plan, 'local', { owner, leaseMs })
    const claimed = await claimAs(owner, plan.id)
    if (claimed !== null) await complete(plan, claimed)
    await claimAs(owner, plan.id)
    const byHand = samplePlan(['m'])
    await store.startRun(byHand, 'local', worker())
    await expire(plan.id)
    await expire(byHand.id)
    const statusOf = async () =>
      rowsOf(
        'select status, n_succeeded, n_skipped, status_reason from runs where id in ($1, $2) order by schedule',
        [plan.id, byHand.id],
      )
    await store.startRun(scheduled(1), 'local', worker())
    expect(await statusOf()).toMatchObject([{ status: 'running' }, { status: 'running' }])
    await rowsOf(
      `update runs set started_at = now() - interval '20 minutes', late_at = now() - interval '5 minutes' where id = $1`,
      [plan.id],
    )
    await rowsOf(`update runs set started_at = now() - interval '20 minutes' where id = $1`, [byHand.id])
    await store.startRun(scheduled(1), 'local', worker())
    const reason = expect.stringContaining('stopped answering') as string
    expect(await statusOf()).toEqual([
      { status: 'abandoned', n_succeeded: 1, n_skipped: 2, status_reason: reason },
      { status: 'abandoned', n_succeeded: 0, n_skipped: 1, status_reason: reason },
    ])
  })

  test('a run in which half of the targets over three providers fail on the network is our own outage', async () => {
    const run = async (kinds: readonly (ErrorKind | null)[]) => {
      const names = kinds.map((_, index) => fresh(`p${index}`))
      const base = samplePlan([])
      const [about] = base.providers
      if (about === undefined) throw new Error('the sample has no provider')
      const probes: Probe[] = names.map((name) => sampleProbe(sampleTarget('m', name)))
      const plan = { ...base, providers: names.map((name) => ({ ...about, id: name, name })), probes }
      await store.startRun(plan, 'local')
      for (const [index, probe] of probes.entries()) {
        const kind = kinds[index] ?? null
        const failure = kind === null ? {} : { errorKind: kind, faultDomain: faultDomains[kind] }
        await recordResult(
          store,
          kind === null ? sampleResult(plan, probe) : failedResult(plan, probe, failure),
        )
      }
      const closed = await store.finishRun({ runId: plan.id, status: 'finished' })
      const rows = await rowsOf(
        'select fault_domain, count(*)::int as n from benchmark_results where run_id = $1 group by 1 order by 1',
        [plan.id],
      )
      return {
        reason: closed.statusReason,
        domains: Object.fromEntries(rows.map((row) => [String(row['fault_domain']), row['n']])),
      }
    }
    const ours = await run(['dns', 'connect', 'timeout_connect', 'server_error', null, null])
    expect(ours).toEqual({
      reason: 'our own outage: 3 of 6 targets over 3 providers failed on the network',
      domains: { null: 2, provider: 1, self: 3 },
    })
    expect(await run(['dns', 'connect', null, null])).toMatchObject({
      reason: null,
      domains: { provider: 2 },
    })
    expect(await run(['dns', 'tls', 'reset', null, null, null, null])).toMatchObject({
      reason: null,
      domains: { provider: 3 },
    })
  })

  test('a recheck names the result it confirms, and is claimed by name', async () => {
    const plan = scheduled(2)
    await store.startRun(plan, 'local')
    const first = await claimAs('w', plan.id)
    if (first === null) throw new Error('nothing was claimed')
    await recordResult(store, failedResult(plan, first.probe))
    const ids = { probeId: first.probe.id, id: randomUUID(), resultId: randomUUID() }
    expect(await store.planConfirm(ids)).toEqual({ planned: true })
    expect(await store.planConfirm(ids)).toEqual({ planned: false })
    const again = await claimAs('w', plan.id, { probeId: ids.id })
    expect(again).toMatchObject({ probe: { id: ids.id, resultId: ids.resultId, target: first.probe.target } })
    if (again !== null) await complete(plan, again)
    expect(await rowsOf('select confirms from benchmark_results where id = $1', [ids.resultId])).toEqual([
      { confirms: first.probe.resultId },
    ])
    expect((await store.startRun(plan, 'local')).run.nProbes).toBe(3)
  })

  test('a missed slot is made by a trigger that comes in time, not by a late one', async () => {
    const plan = scheduled(2)
    const { schedule, slot } = plan
    if (schedule === null || slot === null) throw new Error('the plan has no slot')
    const missed = {
      id: randomUUID(),
      runName: 'benchmark',
      triggeredBy: 'cron',
      schedule,
      slot,
      region: 'local',
    } as const
    await store.fileMissed({ run: { ...missed, startedAt: new Date() }, reason: 'the database was away' })
    const late = { ...delivered(plan), lateAt: new Date(Date.now() - 1000) }
    expect(await store.startRun(late, 'local', worker())).toMatchObject({
      joined: false,
      run: { status: 'missed' },
    })
    const owner = fresh('worker')
    const started = await store.startRun(plan, 'local', worker(owner))
    expect(started).toMatchObject({ created: false, joined: true, run: { id: missed.id } })
    for (let number = 1; number <= 2; number += 1) {
      const assignment = await claimAs(owner, missed.id)
      if (assignment === null) throw new Error('nothing was left')
      await complete({ ...plan, id: missed.id }, assignment)
    }
    expect(
      await store.finishRun({ runId: missed.id, status: 'finished', region: 'local', owner }),
    ).toMatchObject({
      status: 'finished',
      statusReason: null,
      nSucceeded: 2,
    })
  })

  test('a missed slot is a row that says why; a slot that has its run keeps it', async () => {
    const missed = {
      id: randomUUID(),
      runName: 'benchmark',
      triggeredBy: 'cron',
      schedule: fresh('schedule'),
      slot: new Date('2026-11-26T10:00:00Z'),
      region: 'local',
      startedAt: new Date('2026-11-26T10:00:01Z'),
    }
    const filed = await store.fileMissed({ run: missed, reason: 'the database was away' })
    expect(filed).toMatchObject({
      id: missed.id,
      status: 'missed',
      statusReason: 'the database was away',
      nProbes: 0,
    })
    expect(await store.fileMissed({ run: { ...missed, id: randomUUID() }, reason: 'again' })).toMatchObject({
      id: missed.id,
    })
    const plan = scheduled(1)
    await store.startRun(plan, 'local')
    const taken = {
      ...missed,
      id: randomUUID(),
      schedule: plan.schedule ?? '',
      slot: plan.slot ?? new Date(),
    }
    expect(await store.fileMissed({ run: taken, reason: 'late' })).toMatchObject({
      id: plan.id,
      status: 'running',
    })
  })
})
