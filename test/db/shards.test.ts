import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sampleProbe, sampleTarget } from '../support/samples.ts'
import { fresh, worker } from '../support/scheduled-runs.ts'
import { claimedOf, fleetRuns, inSeconds } from '../support/fleet.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('shards over $name', ({ open }) => {
  const fleet = fleetRuns(open)
  const { store, rowsOf, started, claim, finish, record, make, expire, rowOf } = fleet

  test('one claim takes a lane and all of a shard, and nothing of the others', async () => {
    const plan = await started([{ probes: 3 }, { probes: 2 }])
    const claimed = claimedOf(await claim(plan, 0))
    expect(claimed).toMatchObject({ shard: 0, takes: 1, settings: { prompt: 'Say hello.' } })
    expect(claimed.provider).toBe(plan.providers[0]?.id)
    expect(claimed.probes.map(({ probe }) => probe.id)).toEqual(plan.probes.slice(0, 3).map(({ id }) => id))
    expect(claimed.probes[0]).toMatchObject({ claims: 1, ownLoad: false, leaseUntil: claimed.leaseUntil })
    expect(await fleet.statusesOf(plan)).toEqual({ claimed: 3, planned: 2 })
    expect(await fleet.lanesOf(plan)).toBe(1)
    expect(await rowOf(plan, 0)).toMatchObject({ status: 'taken', owner: 'w', n_probes: 3, lost: 0 })
  })

  test('a repeated claim gets the same again, with and without a number', async () => {
    const plan = await started([{}, {}])
    const [one, two] = [randomUUID(), randomUUID()]
    const first = claimedOf(await claim(plan, 1, { claimId: one }))
    expect(await claim(plan, 1, { claimId: one })).toEqual({ claimed: first })
    const next = claimedOf(await claim(plan, null, { claimId: two }))
    expect(next.shard).toBe(0)
    expect(await claim(plan, null, { claimId: two })).toEqual({ claimed: next })
    expect(await fleet.lanesOf(plan)).toBe(2)
  })

  test('a shard that is made is done, and the last one closes the run; finishing again changes nothing', async () => {
    const plan = await started([{}, {}])
    expect(await make(plan, 0)).toMatchObject({ done: true, run: { status: 'running' } })
    expect(await finish(plan, 0)).toMatchObject({ done: true, run: { status: 'running' } })
    expect(await claim(plan, 0)).toEqual({ over: true })
    expect(await make(plan, 1)).toMatchObject({ done: true, run: { status: 'finished', nSucceeded: 4 } })
    expect(await finish(plan, 1)).toMatchObject({ done: true, run: { status: 'finished' } })
    expect(await claim(plan, null)).toEqual({ over: true })
    const ends = await rowsOf(`select 1 from run_events where run_id = $1 and event = 'run_finished'`, [
      plan.id,
    ])
    expect(ends).toHaveLength(1)
    expect(await fleet.lanesOf(plan)).toBe(0)
  })

  test('after the lease another worker takes over what is left, and the frozen one changes nothing', async () => {
    const plan = await started([{ probes: 3 }])
    const [made, held, last] = claimedOf(await claim(plan, 0, { owner: 'frozen' })).probes
    if (!made || !held || !last) throw new Error('three were planned')
    await record(plan, made.probe, { owner: 'frozen' })
    expect(await claim(plan, 0, { owner: 'heir' })).toMatchObject({ reason: 'taken' })
    await expire(plan, 0)
    const again = claimedOf(await claim(plan, 0, { owner: 'heir' }))
    expect(again).toMatchObject({ takes: 2, probes: [{ claims: 2 }, { claims: 2 }] })
    expect(again.probes.map(({ probe }) => probe.id)).toEqual([held.probe.id, last.probe.id])
    expect(await rowOf(plan, 0)).toMatchObject({ owner: 'heir', takes: 2, lost: 1 })
    expect(await record(plan, held.probe, { owner: 'frozen' })).toMatchObject({ recorded: false })
    const key = { runId: plan.id, region: 'local', shard: 0 }
    expect(await store.renewShard({ ...key, owner: 'frozen', leaseMs: 1000 })).toMatchObject({
      held: false,
      leaseUntil: null,
    })
    const before = await rowOf(plan, 0)
    expect(await finish(plan, 0, { owner: 'frozen', unmade: [held.probe.id] })).toMatchObject({ done: false })
    expect(await rowOf(plan, 0)).toEqual(before)
    expect(await fleet.lanesOf(plan)).toBe(1)
    for (const { probe } of again.probes)
      expect(await record(plan, probe, { owner: 'heir' })).toMatchObject({ recorded: true })
    expect(await finish(plan, 0, { owner: 'heir' })).toMatchObject({
      run: { status: 'finished', nSucceeded: 3 },
    })
  })

  test('a lease is renewed with its lane and its probes', async () => {
    const plan = await started([{}])
    const { leaseUntil } = claimedOf(await claim(plan, 0))
    const renewed = await store.renewShard({
      runId: plan.id,
      region: 'local',
      shard: 0,
      owner: 'w',
      leaseMs: 600_000,
    })
    expect(renewed).toMatchObject({ held: true, pauseUntil: null, cancelled: false })
    expect(renewed.leaseUntil?.getTime()).toBeGreaterThan(leaseUntil.getTime() + 500_000)
    const leases = await rowsOf(
      `select lease_until from shards where run_id = $1 union all select lease_until from lanes where run_id = $1
        union all select lease_until from probes where run_id = $1`,
      [plan.id],
    )
    expect(leases.map((row) => row['lease_until'])).toEqual([1, 2, 3, 4].map(() => renewed.leaseUntil))
  })

  test('a worker that lost a shard and claimed it again has it by the later claim alone', async () => {
    const plan = await started([{ probes: 2 }])
    const [one, two] = [randomUUID(), randomUUID()]
    await claim(plan, 0, { claimId: one })
    await expire(plan, 0)
    const again = claimedOf(await claim(plan, 0, { claimId: two }))
    const renewal = { runId: plan.id, region: 'local', shard: 0, owner: 'w', leaseMs: 60_000 }
    expect(await store.renewShard({ ...renewal, claimId: one })).toMatchObject({ held: false })
    const unmade = again.probes.map(({ probe }) => probe.id)
    await finish(plan, 0, { claimId: one, unmade })
    expect(await fleet.statusesOf(plan)).toEqual({ claimed: 2 })
    expect(await fleet.lanesOf(plan)).toBe(1)
    expect(await store.renewShard({ ...renewal, claimId: two })).toMatchObject({ held: true })
    expect(await finish(plan, 0, { claimId: two, unmade })).toMatchObject({ done: false })
    expect(await fleet.statusesOf(plan)).toEqual({ planned: 2 })
  })

  test('what is unmade is given back, from a moment on, and claimed again', async () => {
    const plan = await started([{ probes: 3 }])
    const [first, ...rest] = claimedOf(await claim(plan, 0)).probes
    if (first === undefined) throw new Error('three were planned')
    await record(plan, first.probe)
    const unmade = rest.map(({ probe }) => probe.id)
    const until = inSeconds(30)
    expect(await finish(plan, 0, { unmade, until })).toMatchObject({
      done: false,
      run: { status: 'running' },
    })
    expect(await claim(plan, 0, { owner: 'x' })).toEqual({ waitUntil: until, reason: 'not due' })
    expect(await claim(plan, null, { owner: 'x' })).toEqual({ waitUntil: until, reason: 'not due' })
    expect(await fleet.statusesOf(plan)).toEqual({ done: 1, planned: 2 })
    await rowsOf('update shards set window_at = now() where run_id = $1', [plan.id])
    const again = claimedOf(await claim(plan, null, { owner: 'x' }))
    expect(again).toMatchObject({ takes: 2, probes: [{ claims: 2 }, { claims: 2 }] })
    expect(await rowOf(plan, 0)).toMatchObject({ lost: 0 })
    // What was made but is not recorded yet is made again once its lease is over.
    expect(await finish(plan, 0, { owner: 'x' })).toMatchObject({ done: false })
    expect(await claim(plan, 0)).toEqual({ waitUntil: again.leaseUntil, reason: 'not due' })
  })

  test('what is given back too late is skipped, and closes the run', async () => {
    const plan = await started([{ probes: 2 }])
    const unmade = claimedOf(await claim(plan, 0)).probes.map(({ probe }) => probe.id)
    expect(await finish(plan, 0, { unmade, until: inSeconds(3600) })).toMatchObject({
      done: true,
      run: { status: 'finished', nSkipped: 2 },
    })
    expect(await fleet.statusesOf(plan)).toEqual({ late: 2 })
  })

  test('after its slot all of a shard is skipped as late; without a number, all that nobody has', async () => {
    const plan = await started([{}, {}, {}])
    await claim(plan, 0)
    await rowsOf(`update runs set late_at = now() - interval '1 second' where id = $1`, [plan.id])
    expect(await claim(plan, 1, { owner: 'x' })).toEqual({ over: true })
    expect(await fleet.statusesOf(plan)).toEqual({ claimed: 2, late: 2, planned: 2 })
    expect(await claim(plan, null, { owner: 'x' })).toMatchObject({ reason: 'taken' })
    expect(await fleet.statusesOf(plan)).toEqual({ claimed: 2, late: 4 })
    expect(await rowOf(plan, 2)).toMatchObject({ status: 'done', takes: 0 })
    await expire(plan, 0)
    // Whoever skips the last of a run closes it, and is told so once.
    expect(await claim(plan, null, { owner: 'x' })).toMatchObject({
      over: true,
      run: { id: plan.id, status: 'finished', nSkipped: 6 },
    })
    expect(await claim(plan, null, { owner: 'x' })).toEqual({ over: true })
  })

  test('a provider that pauses us is waited for, unless that is too late', async () => {
    const plan = await started([{}, {}])
    const pause = (until: Date) =>
      rowsOf('update providers set penalty_until = $2 where slug = $1', [
        plan.providers[0]?.id,
        until.toISOString(),
      ])
    const soon = inSeconds(60)
    await pause(soon)
    expect(await claim(plan, 0)).toEqual({ waitUntil: soon, reason: 'paused' })
    expect(await claim(plan, null)).toEqual({ waitUntil: soon, reason: 'paused' })
    const late = new Date('2099-01-02T03:04:05Z')
    await pause(late)
    expect(await claim(plan, 0)).toEqual({ over: true })
    expect(await claim(plan, null)).toMatchObject({ over: true, run: { status: 'finished' } })
    expect(await fleet.statusesOf(plan)).toEqual({ 'rate limited until 2099-01-02T03:04:05Z': 4 })
    expect(await fleet.statusOf(plan)).toBe('finished')
  })

  test('recording and renewing tell until when the provider pauses us', async () => {
    const plan = await started([{}])
    const [first] = claimedOf(await claim(plan, 0)).probes
    if (first === undefined) throw new Error('two were planned')
    const until = inSeconds(60)
    await rowsOf('update providers set penalty_until = $2 where slug = $1', [
      plan.providers[0]?.id,
      until.toISOString(),
    ])
    expect(await record(plan, first.probe)).toMatchObject({ recorded: true, pauseUntil: until })
    const key = { runId: plan.id, region: 'local', shard: 0 }
    expect(await store.renewShard({ ...key, owner: 'w', leaseMs: 1000 })).toMatchObject({ pauseUntil: until })
  })

  test('of a run that somebody cancels nothing is claimed, and who has a shard closes it', async () => {
    const plan = await started([{}, {}])
    const unmade = claimedOf(await claim(plan, 0)).probes.map(({ probe }) => probe.id)
    expect(await store.cancelRun({ runId: plan.id })).toMatchObject({ status: 'running' })
    expect(await claim(plan, 1)).toEqual({ over: true })
    const key = { runId: plan.id, region: 'local', shard: 0 }
    expect(await store.renewShard({ ...key, owner: 'w', leaseMs: 1000 })).toMatchObject({
      held: true,
      cancelled: true,
    })
    expect(await finish(plan, 0, { unmade })).toMatchObject({
      done: true,
      run: { status: 'cancelled', nSkipped: 4 },
    })
    expect(await fleet.statusesOf(plan)).toEqual({ cancelled: 4 })
  })

  test('a shard whose provider is loaded by another run of ours says so', async () => {
    const plan = await started([{}])
    const provider = plan.providers[0]?.id ?? ''
    const load = fleet.scheduled(0, {
      mode: 'concurrent',
      schedule: null,
      slot: null,
      providers: plan.providers,
      probes: [sampleProbe(sampleTarget('m', provider))],
    })
    await store.startRun(load, 'local')
    await fleet.claimAs('loader', load.id)
    expect(claimedOf(await claim(plan, 0)).probes[0]).toMatchObject({ ownLoad: true })
  })

  test('a single worker neither joins a region with shards nor claims a probe of one', async () => {
    const plan = await started([{}])
    const joined = await store.startRun(fleet.delivered({ ...plan, shards: [] }), 'local', worker())
    expect(joined).toMatchObject({ created: false, joined: false, run: { id: plan.id, nProbes: 2 } })
    expect(await store.joinRun({ runId: plan.id, region: 'local', worker: worker() })).toMatchObject({
      joined: false,
    })
    expect(await fleet.claimAs('w', plan.id)).toBeNull()
    expect(await fleet.claimAs('w', plan.id, { provider: plan.providers[0]?.id })).toBeNull()
    expect(await fleet.statusesOf(plan)).toEqual({ planned: 2 })
  })

  test('a recheck belongs to the shard of its probe: who takes that over makes it', async () => {
    const plan = await started([{ probes: 1 }])
    const [first] = claimedOf(await claim(plan, 0)).probes
    if (first === undefined) throw new Error('one was planned')
    await record(plan, first.probe)
    const ids = { probeId: first.probe.id, id: randomUUID(), resultId: randomUUID() }
    await store.planConfirm(ids)
    expect(await fleet.claimAs('w', plan.id, { probeId: ids.id })).toMatchObject({ probe: { id: ids.id } })
    await expire(plan, 0)
    expect(claimedOf(await claim(plan, 0, { owner: 'heir' })).probes).toMatchObject([
      { probe: { id: ids.id } },
    ])
  })

  test('a run whose plan skips all of its calls is closed at once', async () => {
    const plan = fleet.fleetPlan([{ probes: 2 }])
    const skipped = plan.probes.map((probe) => {
      const { shard: _, ...alone } = probe
      return { ...alone, skipReason: 'unpriced' }
    })
    const { run } = await store.startRun({ ...plan, probes: skipped, shards: [] }, 'local')
    expect(run).toMatchObject({ status: 'finished', nProbes: 2, nSkipped: 2 })
  })

  test('a probe of a shard that its plan lacks is refused, and so is a shard that its run lacks', async () => {
    const plan = fleet.fleetPlan([{}, {}])
    const lacking = { ...plan, shards: plan.shards?.slice(0, 1) ?? [] }
    await expect(store.startRun(lacking, 'local')).rejects.toThrow('assigned to a shard that its plan lacks')
    await store.startRun(plan, 'local')
    await expect(claim(plan, 7)).rejects.toThrow(`run ${plan.id} has no shard 7 in local`)
    await expect(store.setLanes({ provider: fresh('p'), lanes: 2 })).rejects.toThrow('there is no provider')
  })
})
