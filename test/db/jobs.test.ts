import { describe, expect, test } from 'vitest'
import { recordResult } from '../support/record-result.ts'
import { queuedJobs } from '../support/queued-jobs.ts'
import { sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'
import { fresh } from '../support/scheduled-runs.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('supabase-js'))('runs on demand over $name', ({ open }) => {
  const { store, rowsOf, jobIn, queue, working, makeAll, expire, eventsOf } = queuedJobs(open)

  test('five wait in order, with their place, and start one after another', async () => {
    const region = fresh('region')
    const plans = Array.from({ length: 5 }, () => jobIn(region, ['a', 'b']))
    for (const [index, plan] of plans.entries())
      expect(await queue(plan)).toMatchObject({
        created: true,
        place: index + 1,
        run: { id: plan.id, status: 'queued', triggeredBy: 'api', nProbes: 2, finishedAt: null },
      })
    const started = []
    for (;;) {
      const { runId } = await store.nextJob({ limit: 1, region })
      if (runId === null) break
      expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: null })
      started.push(runId)
      const plan = plans.find(({ id }) => id === runId)
      if (plan === undefined) throw new Error('a run of nobody')
      expect(await store.readJob({ runId })).toMatchObject({ place: null, run: { status: 'running' } })
      expect(await makeAll(plan, region)).toMatchObject({ status: 'finished', nSucceeded: 2 })
    }
    expect(started).toEqual(plans.map(({ id }) => id))
    const [first] = started as [string]
    expect((await eventsOf(first)).filter((event) => String(event).startsWith('run'))).toEqual([
      'run_queued',
      'run_started',
      'run_joined',
      'run_finished',
    ])
  })

  test('a repeated start gets the same run and counts once; a refused one does not count', async () => {
    const region = fresh('region')
    const limits = { client: fresh('client'), perHour: 3, maxQueued: null }
    const first = jobIn(region, ['a'])
    const idempotencyKey = fresh('key')
    expect(await queue(first, { limits, idempotencyKey })).toMatchObject({
      created: true,
      rate: { limit: 3, remaining: 2 },
    })
    // The same plan, as after a lost answer, and another plan of the same key, as a client repeats its call.
    for (const plan of [first, jobIn(region, ['a'])])
      expect(await queue(plan, { limits, idempotencyKey })).toMatchObject({
        created: false,
        run: { id: first.id },
        place: 1,
        rate: { limit: 3, remaining: 2 },
      })
    await queue(jobIn(region, ['a']), { limits })
    await queue(jobIn(region, ['a']), { limits })
    for (let again = 0; again < 3; again += 1) {
      const refused = await queue(jobIn(region, ['a']), { limits })
      expect(refused).toMatchObject({ refused: 'rate_limited', rate: { limit: 3, remaining: 0 } })
      expect(refused.rate.resetS).toBeGreaterThan(3500)
      expect(refused.rate.resetS).toBeLessThanOrEqual(3600)
    }
    // Also when none is left, a repeated start is answered, and another client is not in its way.
    expect(await queue(first, { limits, idempotencyKey })).toMatchObject({ created: false })
    expect(await queue(jobIn(region, ['a']))).toMatchObject({ created: true })
    expect(await rowsOf('select count(*)::int as n from runs where region = $1', [region])).toEqual([
      { n: 4 },
    ])
  })

  test('the limit is of any hour, and says when there is room again', async () => {
    const region = fresh('region')
    const limits = { client: fresh('client'), perHour: 2, maxQueued: null }
    const plans = [jobIn(region, ['a']), jobIn(region, ['a'])]
    for (const plan of plans) await queue(plan, { limits })
    const age = (id: string, minutes: number) =>
      rowsOf(`update runs set queued_at = now() - $2::int * interval '1 minute' where id = $1`, [id, minutes])
    await age(plans[0]?.id ?? '', 50)
    await age(plans[1]?.id ?? '', 10)
    const { rate } = await queue(jobIn(region, ['a']), { limits })
    expect(rate.resetS).toBeGreaterThan(590)
    expect(rate.resetS).toBeLessThanOrEqual(600)
    // Lowered to 1, both have to be out of the hour.
    const lowered = await queue(jobIn(region, ['a']), { limits: { ...limits, perHour: 1 } })
    expect(Math.round(lowered.rate.resetS / 60)).toBe(50)
    await age(plans[0]?.id ?? '', 61)
    expect(await queue(jobIn(region, ['a']), { limits })).toMatchObject({ created: true })
  })

  test('a full queue refuses, and says so', async () => {
    const [{ n }] = (await rowsOf(`select count(*)::int as n from runs where status = 'queued'`)) as [
      { n: number },
    ]
    const limits = { client: fresh('client'), perHour: null, maxQueued: n + 1 }
    const region = fresh('region')
    expect(await queue(jobIn(region, ['a']), { limits })).toMatchObject({
      created: true,
      rate: { limit: null, remaining: null },
    })
    expect(await queue(jobIn(region, ['a']), { limits })).toMatchObject({ refused: 'queue_full' })
  })

  test('a job whose plan skips everything is closed when its turn comes', async () => {
    const region = fresh('region')
    const probes = [sampleProbe(sampleTarget('a'), { region, skipReason: 'no_key' })]
    const [empty, next] = [jobIn(region, [], { probes }), jobIn(region, ['a'])]
    await queue({ ...empty, probes }, { region })
    await queue(next)
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: next.id })
    expect(await store.readJob({ runId: empty.id })).toMatchObject({
      run: { status: 'finished', nProbes: 1, nSkipped: 1 },
    })
  })

  test('a queued job that is cancelled never starts', async () => {
    const region = fresh('region')
    const [first, second] = [jobIn(region, ['a', 'b']), jobIn(region, ['a'])]
    await queue(first)
    await queue(second)
    for (let again = 0; again < 2; again += 1)
      expect(await store.cancelRun({ runId: first.id })).toMatchObject({ status: 'cancelled', nSkipped: 2 })
    expect(await store.readJob({ runId: second.id })).toMatchObject({ place: 1 })
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: second.id })
    expect(await eventsOf(first.id)).toEqual([
      'run_queued',
      'run_cancelling',
      'probes_skipped',
      'run_finished',
    ])
  })

  test('a job that is cancelled at work begins nothing more, keeps what was measured and ends as cancelled', async () => {
    const region = fresh('region')
    const plan = jobIn(region, ['a', 'b', 'c'])
    await queue(plan)
    await store.nextJob({ limit: 1, region })
    const { claim, finish } = await working(plan.id, region)
    const [done, inHand] = [await claim(), await claim()]
    if (done === null || inHand === null) throw new Error('nothing was claimed')
    await recordResult(store, sampleResult(plan, done.probe))
    expect(await store.cancelRun({ runId: plan.id })).toMatchObject({ status: 'running' })
    expect(await store.readJob({ runId: plan.id })).toMatchObject({ isCancelling: true })
    expect(await claim()).toBeNull()
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: null })
    await recordResult(
      store,
      sampleResult(plan, inHand.probe, { success: false, errorKind: 'aborted', faultDomain: 'self' }),
    )
    expect(await finish()).toMatchObject({
      status: 'cancelled',
      nSucceeded: 1,
      nFailed: 1,
      nSkipped: 1,
      skipReasons: { cancelled: 1 },
    })
    expect(await store.cancelRun({ runId: plan.id })).toMatchObject({ status: 'cancelled' })
    const events = await eventsOf(plan.id)
    expect(events.filter((event) => event === 'run_cancelling')).toHaveLength(1)
  })

  test('a job whose worker died comes before the queue, and is closed if it was cancelled or done', async () => {
    const region = fresh('region')
    const [lost, waiting] = [jobIn(region, ['a', 'b']), jobIn(region, ['a'])]
    await queue(lost)
    await queue(waiting)
    await store.nextJob({ limit: 1, region })
    const { claim } = await working(lost.id, region)
    await claim()
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: null })
    await expire(lost.id)
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: lost.id })
    // It is kept for who was told.
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: null })
    await expire(lost.id)
    await store.cancelRun({ runId: lost.id })
    expect(await store.readJob({ runId: lost.id })).toMatchObject({ run: { status: 'cancelled' } })
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: waiting.id })
    const again = await working(waiting.id, region)
    const held = await again.claim()
    if (held === null) throw new Error('nothing was claimed')
    await recordResult(store, sampleResult(waiting, held.probe))
    // Its worker dies before it closes the run.
    await expire(waiting.id)
    expect(await store.nextJob({ limit: 1, region })).toEqual({ runId: null })
    expect(await store.readJob({ runId: waiting.id })).toMatchObject({ run: { status: 'finished' } })
  })

  test('a start of another run leaves a lost job to the queue for an hour', async () => {
    const region = fresh('region')
    const [plan, other] = [jobIn(region, ['a']), jobIn(region, ['a'])]
    await queue(plan)
    await store.nextJob({ limit: 1, region })
    const age = (minutes: number) =>
      Promise.all([
        rowsOf(`update runs set started_at = now() - $2::int * interval '1 minute' where id = $1`, [
          plan.id,
          minutes,
        ]),
        rowsOf(
          `update run_workers set lease_until = now() - $2::int * interval '1 minute' where run_id = $1`,
          [plan.id, minutes],
        ),
      ])
    await age(50)
    await store.startRun(other, region)
    expect(await store.readJob({ runId: plan.id })).toMatchObject({ run: { status: 'running' } })
    await age(61)
    await store.startRun(jobIn(region, ['a']), region)
    expect(await store.readJob({ runId: plan.id })).toMatchObject({
      run: { status: 'abandoned', nSkipped: 1 },
    })
  })

  test('leases of dead workers end at once, and those of the living stay', async () => {
    const region = fresh('region')
    const [dead, alive] = [jobIn(region, ['a']), jobIn(region, ['a'])]
    await queue(dead)
    await queue(alive)
    await store.nextJob({ limit: 2, region })
    await store.nextJob({ limit: 2, region })
    const workers = [await working(dead.id, region), await working(alive.id, region)]
    for (const { claim } of workers) await claim()
    const [owner, other] = workers.map(({ worker }) => worker.owner) as [string, string]
    const { owners } = await store.freeLeases({ owners: [] })
    expect(owners).toEqual(expect.arrayContaining([owner, other]))
    expect((await store.freeLeases({ owners: [owner] })).owners).not.toContain(owner)
    expect(await store.nextJob({ limit: 2, region })).toEqual({ runId: dead.id })
    const { claim } = await working(dead.id, region)
    expect(await claim()).toMatchObject({ claims: 2 })
    expect(await workers[1]?.claim()).toBeNull()
  })

  test('eight that ask at once start no more than may be at work', async () => {
    const region = fresh('region')
    for (let n = 0; n < 6; n += 1) await queue(jobIn(region, ['a']))
    const asked = await Promise.all(Array.from({ length: 8 }, () => store.nextJob({ limit: 2, region })))
    const started = asked.flatMap(({ runId }) => runId ?? [])
    expect(new Set(started).size).toBe(2)
    expect(started).toHaveLength(2)
    await Promise.all(started.map(expire))
    // Two have lost their workers; one may be at work.
    const resumed = await Promise.all(Array.from({ length: 8 }, () => store.nextJob({ limit: 1, region })))
    expect(resumed.flatMap(({ runId }) => runId ?? [])).toHaveLength(1)
  })

  test('eight that start at once with one key, or at the limit, get one run, or none too many', async () => {
    const region = fresh('region')
    const idempotencyKey = fresh('key')
    const one = await Promise.all(
      Array.from({ length: 8 }, () => queue(jobIn(region, ['a']), { idempotencyKey })),
    )
    expect(new Set(one.map((each) => 'run' in each && each.run.id)).size).toBe(1)
    expect(one.filter((each) => 'created' in each && each.created)).toHaveLength(1)
    const limits = { client: fresh('client'), perHour: 3, maxQueued: null }
    const many = await Promise.all(Array.from({ length: 8 }, () => queue(jobIn(region, ['a']), { limits })))
    expect(many.filter((each) => 'refused' in each)).toHaveLength(5)
  })
})
