import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { ShardClaim } from '../../src/store/shard-store.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { claimedOf, fleetRuns, inSeconds } from '../support/fleet.ts'

let url: string
const stores: Store[] = []
beforeAll(async () => {
  url = await createDatabase('migrated')
  // Four connections each.
  for (let n = 0; n < 2; n += 1) stores.push(createSqlStore(await openPostgres(url)))
})
afterAll(() => Promise.all(stores.map((store) => store.close())))

/** One of the two, so that eight calls at once have a connection each. */
function storeOf(n: number): Store {
  const store = stores[n % 2]
  if (store === undefined) throw new Error('the stores are not open')
  return store
}

/** Makes so many calls at once, each on a connection of its own. */
const atOnce = <Output>(n: number, call: (store: Store, index: number) => Promise<Output>) =>
  Promise.all(Array.from({ length: n }, (_, index) => call(storeOf(index), index)))

const reasonOf = (claim: ShardClaim): string => ('reason' in claim ? claim.reason : 'over')

describe('many workers at once', () => {
  const { store, rowsOf, fleetPlan, started, claim, finish, record, make, statusOf, statusesOf, lanesOf } =
    fleetRuns(async () => {
      const sql = await openPostgres(url)
      const own = createSqlStore(await openPostgres(url))
      return { store: own, sql, close: async () => void (await Promise.all([own.close(), sql.close()])) }
    })
  const shards = (n: number, probes = 2) => Array.from({ length: n }, () => ({ probes }))

  test('eight that claim twenty shards of a provider with three lanes never have more than three', async () => {
    const plan = await started(shards(20, 1))
    const provider = plan.providers[0]?.id ?? ''
    expect(await store.setLanes({ provider, lanes: 3 })).toEqual({ provider, lanes: 3 })
    let held = 0
    let most = 0
    let made = 0
    const reasons = new Set<string>()
    await atOnce(8, async (own, worker) => {
      const owner = `w${worker}`
      while (made < 20) {
        const got = await claim(plan, null, { owner, by: own })
        if (!('claimed' in got)) {
          reasons.add(reasonOf(got))
          continue
        }
        held += 1
        most = Math.max(most, held)
        for (const { probe } of got.claimed.probes) await record(plan, probe, { owner })
        // Before it is given back: what another gets meanwhile is one too many.
        held -= 1
        made += 1
        await finish(plan, got.claimed.shard, { owner, by: own })
      }
    })
    expect(most).toBeLessThanOrEqual(3)
    expect(['no lane', 'taken', 'over']).toEqual(expect.arrayContaining([...reasons]))
    expect(made).toBe(20)
    expect(await statusOf(plan)).toBe('finished')
    expect(await lanesOf(plan)).toBe(0)
  })

  test('a provider has four lanes in each region by default, and fewer as soon as it is said', async () => {
    const plan = fleetPlan([...shards(6), { region: 'fra1' }, { region: 'fra1' }])
    await store.startRun(plan, 'local')
    const claims = await atOnce(6, (own, n) => claim(plan, n, { owner: `w${n}`, by: own }))
    expect(claims.filter((each) => 'claimed' in each)).toHaveLength(4)
    const [one, two] = claims.flatMap((each) => ('claimed' in each ? each.claimed : []))
    const waiting = claims.filter((each) => !('claimed' in each))
    expect(waiting.map(reasonOf)).toEqual(['no lane', 'no lane'])
    expect(await claim(plan, 0, { region: 'fra1' })).toHaveProperty('claimed')
    await store.setLanes({ provider: plan.providers[0]?.id ?? '', lanes: 3 })
    const free = claims.findIndex((each) => !('claimed' in each))
    await finish(plan, one?.shard ?? -1, { owner: `w${one?.shard}` })
    expect(await claim(plan, free)).toMatchObject({ reason: 'no lane' })
    await finish(plan, two?.shard ?? -1, { owner: `w${two?.shard}` })
    expect(await claim(plan, free)).toHaveProperty('claimed')
    await expect(store.setLanes({ provider: plan.providers[0]?.id ?? '', lanes: 65 })).rejects.toThrow(
      'a provider has 1 to 64 lanes, not 65',
    )
  })

  test('what expires is free for others, and a lost worker is known by its owner', async () => {
    const plan = await started(shards(2))
    await store.setLanes({ provider: plan.providers[0]?.id ?? '', lanes: 1 })
    await claim(plan, 0, { owner: 'dead' })
    expect(await claim(plan, 1)).toMatchObject({ reason: 'no lane' })
    expect((await store.freeLeases({ owners: [] })).owners).toContain('dead')
    expect((await store.freeLeases({ owners: ['dead'] })).owners).not.toContain('dead')
    expect(await claim(plan, 1)).toHaveProperty('claimed')
    await finish(plan, 1, { unmade: plan.probes.slice(2).map(({ id }) => id) })
    expect(claimedOf(await claim(plan, 0))).toMatchObject({
      takes: 2,
      probes: [{ claims: 2 }, { claims: 2 }],
    })
  })

  test('of the last two shards that end at once one closes the run', async () => {
    for (let round = 0; round < 8; round += 1) {
      const plan = await started(shards(2, 1))
      const unmade = plan.probes.map(({ id }) => id)
      for (const shard of [0, 1]) await claim(plan, shard)
      const until = inSeconds(3600)
      await atOnce(2, (own, shard) => finish(plan, shard, { unmade, until, by: own }))
      expect(await statusOf(plan)).toBe('finished')
      const events = await rowsOf(`select 1 from run_events where run_id = $1 and event = 'run_finished'`, [
        plan.id,
      ])
      expect(events).toHaveLength(1)
    }
  })

  test('of the last two shards that are skipped at once one closes the run', async () => {
    for (let round = 0; round < 8; round += 1) {
      const plan = await started(shards(2, 1))
      const nothing = { usdPerDay: 0, usdPerMonth: null, maxPricePerM: null }
      await atOnce(2, (own, shard) => claim(plan, shard, { budget: nothing, by: own }))
      expect(await statusesOf(plan)).toEqual({ budget: 2 })
      expect(await statusOf(plan)).toBe('finished')
    }
  })

  test('planners that come at once plan a region once', async () => {
    const plan = fleetPlan([{}, {}])
    const of = (region: string) => ({
      ...plan,
      id: crypto.randomUUID(),
      probes: plan.probes.map((probe) => ({
        ...probe,
        id: crypto.randomUUID(),
        resultId: crypto.randomUUID(),
        region,
      })),
      shards: plan.shards?.map((shard) => ({ ...shard, region })) ?? [],
    })
    const plans = await atOnce(8, async (own, n) => {
      const region = n < 4 ? 'fra1' : 'iad1'
      return own.startRun(of(region), region)
    })
    expect(plans.filter(({ created }) => created)).toHaveLength(1)
    const runId = plans[0]?.run.id ?? ''
    expect(new Set(plans.map(({ run }) => run.id)).size).toBe(1)
    const counts = `select region, count(*)::int as n from`
    for (const [table, n] of [
      ['probes', 4],
      ['shards', 2],
    ])
      expect(await rowsOf(`${counts} ${table} where run_id = $1 group by 1 order by 1`, [runId])).toEqual([
        { region: 'fra1', n },
        { region: 'iad1', n },
      ])
    expect(
      await rowsOf('select n_probes, started_at = slot as from_slot from runs where id = $1', [runId]),
    ).toEqual([{ n_probes: 8, from_slot: true }])
  })

  test('workers are told of shards ahead, once, and again of those that are overdue', async () => {
    const plan = await started([
      { region: 'told', windowAt: inSeconds(600) },
      { region: 'told', windowAt: inSeconds(300) },
    ])
    const toSend = async () =>
      (await store.listShardsToSend({ region: 'told', limit: 10 })).rows.map(({ shard }) => shard)
    expect((await store.listShardsToSend({ region: 'told', limit: 1 })).rows).toEqual([
      { runId: plan.id, ...plan.shards?.[1] },
    ])
    expect(await toSend()).toEqual([1, 0])
    expect(await store.markShardsSent({ shards: [{ runId: plan.id, region: 'told', shard: 1 }] })).toEqual({
      marked: 1,
    })
    expect(await toSend()).toEqual([0])
    await rowsOf(`update shards set window_at = now() - interval '31 seconds' where run_id = $1`, [plan.id])
    expect(await toSend()).toEqual([0])
    await rowsOf(`update shards set sent_at = now() - interval '31 seconds' where run_id = $1`, [plan.id])
    expect(await toSend()).toEqual([0, 1])
    await claim(plan, 1, { region: 'told' })
    expect(await toSend()).toEqual([0])
    // Its worker was lost a moment ago.
    await rowsOf('update shards set lease_until = now() where run_id = $1 and shard = 1', [plan.id])
    expect(await toSend()).toEqual([0, 1])
    await store.markShardsSent({ shards: [{ runId: plan.id, region: 'told', shard: 1 }] })
    expect(await toSend()).toEqual([0])
    await rowsOf(
      `update shards set lease_until = now() - interval '31 seconds', sent_at = now() - interval '31 seconds'
        where run_id = $1 and shard = 1`,
      [plan.id],
    )
    expect(await toSend()).toEqual([0, 1])
    await store.cancelRun({ runId: plan.id })
    expect(await toSend()).toEqual([])
  })

  test('a worker is known by its last beat, and forgotten after a day', async () => {
    const beat = { region: 'local', host: 'h', version: '1', concurrency: 4, inHand: 1, lagMs: 2.5, made: 3 }
    await store.beatWorker({ ...beat, owner: 'old', leaving: false })
    await rowsOf(`update fleet_workers set beat_at = now() - interval '25 hours'`)
    await store.beatWorker({ ...beat, owner: 'new', leaving: false })
    await store.beatWorker({ ...beat, owner: 'new', leaving: true, made: 9 })
    expect(await rowsOf('select owner, made::int, lag_ms, leaving from fleet_workers')).toEqual([
      { owner: 'new', made: 9, lag_ms: 2.5, leaving: true },
    ])
  })

  test('workers, somebody who cancels, and somebody who deletes never lock each other out', async () => {
    const errors: string[] = []
    for (let round = 0; round < 6; round += 1) {
      const plan = await started(shards(8))
      const ways = [
        () => storeOf(1).cancelRun({ runId: plan.id }),
        () => rowsOf('delete from runs where id = $1', [plan.id]),
      ]
      await atOnce(7, async (own, n) => {
        const owner = `w${n}`
        if (n === 0) return ways[round % 2]?.()
        const budget = { usdPerDay: 1e9, usdPerMonth: null, maxPricePerM: null }
        try {
          const got = await claim(plan, n, { owner, budget, by: own })
          if (!('claimed' in got)) return null
          const [first, second] = got.claimed.probes
          if (first !== undefined) await record(plan, first.probe, { owner })
          return await finish(plan, n, {
            owner,
            unmade: second === undefined ? [] : [second.probe.id],
            by: own,
          })
        } catch (error) {
          return errors.push(String(error))
        }
      })
    }
    // The run was deleted meanwhile.
    const away = /there is no run|violates foreign key|has no shard|query returned no rows/
    expect(errors.filter((text) => !away.test(text))).toEqual([])
    await make(await started(shards(1)), 0)
  })

  test('who ends the last shard while another region adds its probes leaves the run to that', async () => {
    const plan = await started(shards(1, 1))
    const [only] = claimedOf(await claim(plan, 0)).probes
    if (only === undefined) throw new Error('one was planned')
    await record(plan, only.probe)
    const planner = new Client({ connectionString: url })
    await planner.connect()
    await planner.query('begin')
    await planner.query('select 1 from runs where id = $1 for no key update', [plan.id])
    await planner.query(
      `insert into probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, series, region)
        select gen_random_uuid(), run_id, provider_id, target_id, gen_random_uuid(), 2, 1, series, 'far'
        from probes where run_id = $1`,
      [plan.id],
    )
    const finished = finish(plan, 0, { by: storeOf(0) })
    const waiting = `select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    await expect.poll(async () => (await rowsOf(waiting))[0]?.['n']).toBe(1)
    await planner.query('commit')
    await planner.end()
    expect(await finished).toMatchObject({ done: true, run: { status: 'running' } })
    expect(await statusesOf(plan)).toEqual({ done: 1, planned: 1 })
  })
})
