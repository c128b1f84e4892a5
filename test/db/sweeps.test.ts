import { describe, expect, test } from 'vitest'
import type { Level, Plan } from '../../src/core/plan.ts'
import type { Result } from '../../src/core/result.ts'
import type { Work } from '../../src/core/work.ts'
import { readSweep } from '../../src/jobs/read-sweep.ts'
import { sweepColumns } from '../../src/report/describe-sweep.ts'
import { toExtendInput } from '../../src/store/plan-codec.ts'
import { expectRightRollups } from '../support/expected-rollups.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { recordResult } from '../support/record-result.ts'
import { samplePlan, sampleProbe, sampleResult, sampleTarget, sampleTrace } from '../support/samples.ts'
import { fresh } from '../support/scheduled-runs.ts'
import { transport } from '../support/transports.ts'

const of = (model: string) => ({
  provider: 'openai',
  model,
  contextTokens: null,
  warmups: 0,
  total: 2,
  durationMs: 1500,
})
const lasting = { concurrency: 4, staggerMs: 100, thinkMs: 50, thinkSeed: 4_294_967_295 }
const load = { rate: 10, arrivals: 'constant', seed: null, slots: 4 } as const

const work: Work = {
  cache: 'shared',
  sharedTokens: 9,
  outputs: { least: 1, most: 9 },
  trace: { ...sampleTrace, speed: 0.5 },
  seed: 'abc',
}

describe.each(transport('supabase-js'))('a sweep over $name', ({ open }) => {
  const { store, sql, rowsOf } = openedTransport(open)

  /** A sweep of two levels with two calls each, the second open. */
  const sweepOf = (model: string, region: string): Plan => {
    const target = sampleTarget(model)
    const plan = samplePlan([], {
      mode: 'sweep',
      probes: [0, 0, 1, 1].map((level, index) =>
        sampleProbe(target, {
          region,
          level,
          dueMs: level === 0 ? null : index * 50,
          series: 'series-of-the-sweep',
        }),
      ),
    })
    plan.settings = {
      ...plan.settings,
      levels: [
        { ...of(model), load: { concurrency: 2, staggerMs: 100 } },
        { ...of(model), load },
      ],
      search: { most: 8, goodput: 0.95, objectives: { ttft: 500, itl: 20.5 }, callsPerClient: 10 },
      mostCallUsd: 0.25,
      maxCostUsd: 1.5,
      maxErrors: null,
      reuseConnections: true,
    }
    return plan
  }
  const asked = (plan: Plan, region: string) => ({
    runId: plan.id,
    owner: 'sweeper',
    leaseMs: 60_000,
    region,
  })
  const started = async () => {
    const [model, region] = [fresh('model'), fresh('region')]
    const plan = sweepOf(model, region)
    await store.startRun(plan, region, { owner: 'sweeper', leaseMs: 60_000 })
    return {
      plan,
      model,
      region,
      claim: (level: number) => store.claimProbe({ ...asked(plan, region), level }),
    }
  }

  test('probes are claimed by level, with when they are due and the levels of the run', async () => {
    const { plan, claim } = await started()
    const second = await claim(1)
    expect(second?.probe).toMatchObject({ id: plan.probes[2]?.id, level: 1, dueMs: 100 })
    expect(second?.settings).toEqual(plan.settings)
    expect(second?.ownLoad).toBe(true)
    expect([(await claim(1))?.probe.id, await claim(1)]).toEqual([plan.probes[3]?.id, null])
    expect((await claim(0))?.probe).toMatchObject({ id: plan.probes[0]?.id, level: 0, dueMs: null })
  })

  test('a probe is claimed with what it says, and with its own prompt of several', async () => {
    const [model, region] = [fresh('model'), fresh('region')]
    const plan = sweepOf(model, region)
    const prompts = ['one', 'two'].map((name) => ({ name, hash: `hash of ${name}`, text: `Say ${name}.` }))
    const { trace } = work
    plan.settings = { ...plan.settings, work: { ...work, prompts } }
    const asks = { nonce: 'abc', maxTokens: 7, prompt: 1, blocks: ['1', '2'] }
    plan.probes[0] = { ...plan.probes[0]!, asks }
    await store.startRun(plan, region, { owner: 'sweeper', leaseMs: 60_000 })
    const claim = (level: number) => store.claimProbe({ ...asked(plan, region), level })
    const first = await claim(0)
    expect(first?.probe.asks).toEqual(asks)
    expect(first?.settings).toMatchObject({ prompt: 'Say two.', promptHash: 'hash of two', work: { trace } })
    expect(first?.settings.work?.prompts).toBeUndefined()
    // A probe that says nothing of its own is called with the settings of the run.
    const second = await claim(0)
    expect([second?.probe.asks, second?.settings]).toEqual([null, plan.settings])
    const { settings } = await store.readRun({ id: plan.id, limit: 1, withTexts: true })
    expect(settings['work']).toMatchObject({ prompts, shared_tokens: 9, trace: { block_tokens: 512 } })
  })

  test('who reads it is told the texts of its prompts only if it asks for them, and always their names', async () => {
    const plan = sweepOf(fresh('model'), fresh('region'))
    const named = { name: 'a.txt', hash: 'of a' }
    const prompts = [{ ...named, text: 'Secret words' }]
    plan.settings = { ...plan.settings, work: { cache: 'cold', prompts, seed: 'abc' } }
    await store.startRun(plan, plan.probes[0]?.region ?? '', { owner: 'w', leaseMs: 60_000 })
    const told = await store.readRun({ id: plan.id })
    expect(told.settings['work']).toEqual({ cache: 'cold', prompts: [named], seed: 'abc' })
    const full = await store.readRun({ id: plan.id, withTexts: true })
    expect(full.settings['work']).toMatchObject({ prompts })
    const recorded = await readSweep(plan.id, store)
    expect(recorded).toMatchObject({ work: { cache: 'cold', prompts: [{ ...named, text: '' }] } })
  })

  test('what was claimed and not called is skipped at the end, and releases its budget', async () => {
    const { plan, region, claim } = await started()
    const spent = async () => (await rowsOf('select sum(usd)::float as usd from spending'))[0]?.['usd']
    const before = await spent()
    const [made, ahead] = [await claim(0), await claim(0)]
    if (made === null || ahead === null) throw new Error('nothing was claimed')
    await recordResult(store, sampleResult(plan, made.probe, { level: 0, costUsd: 0.25 }))
    const end = { runId: plan.id, region, reason: 'interrupted', unmade: [ahead.probe.id] }
    // Who lost its region neither gives back nor skips what is another's.
    expect(await store.skipProbes({ ...end, owner: 'somebody' })).toEqual({ skipped: 0 })
    expect(await store.skipProbes({ ...end, owner: 'sweeper' })).toEqual({ skipped: 3 })
    const run = await store.finishRun({ runId: plan.id, region, owner: 'sweeper', status: 'cancelled' })
    expect(run).toMatchObject({ status: 'cancelled', nSucceeded: 1, nSkipped: 3 })
    expect(await spent()).toBeCloseTo(Number(before ?? 0) + 0.25)
  })

  /** More probes of the second level, and a third level with two. */
  const added = (plan: Plan, region: string, level: number) => {
    const [like] = plan.probes
    if (like === undefined) throw new Error('the plan is empty')
    const { levels = [] } = plan.settings
    const third: Level[] = level < levels.length ? [] : [{ ...of(like.target.model), load: lasting }]
    return {
      runId: plan.id,
      region,
      levels: [...levels, ...third],
      probes: [0, 1].map(() => sampleProbe(like.target, { region, level })),
    }
  }

  test('who takes over a trace hears when what is left of it is due, of any other run nothing', async () => {
    const plan = sweepOf(fresh('model'), fresh('region'))
    plan.settings = { ...plan.settings, work }
    const region = plan.probes[0]?.region ?? ''
    const worker = { owner: 'sweeper', leaseMs: 60_000 }
    await store.startRun(plan, region, worker)
    await store.claimProbe({ ...asked(plan, region), level: 1 })
    expect((await store.joinRun({ runId: plan.id, region, worker })).left).toEqual([
      { level: 1, dueMs: plan.probes[3]?.dueMs },
    ])
    const other = await started()
    const join = { runId: other.plan.id, region: other.region, worker }
    expect(await store.joinRun(join)).toMatchObject({ joined: true, left: null })
  })

  test('its results say which worker made them, without its name', async () => {
    const { plan, region, claim } = await started()
    const [first, second] = [await claim(0), await claim(0)]
    await rowsOf('update run_workers set owner = $2 where run_id = $1', [plan.id, 'heir of host:1'])
    const third = await store.claimProbe({ ...asked(plan, region), owner: 'heir of host:1', level: 1 })
    for (const claimed of [first, second, third]) {
      if (claimed === null) throw new Error('nothing was claimed')
      const { probe } = claimed
      await recordResult(store, sampleResult(plan, probe, { level: probe.level }))
    }
    const { columns, rows } = await store.listSweepResults({ id: plan.id })
    const [a, b, c] = rows.map((row) => row[columns.indexOf('worker')])
    expect(a).toMatch(/^[0-9a-f]{8}$/)
    expect([b === a, c === a]).toEqual([true, false])
  })

  test('who takes it over hears what was made: its costs as a budget counts them, and its failures', async () => {
    const plan = sweepOf(fresh('model'), fresh('region'))
    const region = plan.probes[0]?.region ?? ''
    const owner = { owner: 'w', leaseMs: 60_000 }
    await store.startRun(plan, region, owner)
    const join = () => store.joinRun({ runId: plan.id, region, worker: owner })
    expect((await join()).made).toEqual({ usd: 0, errors: 0 })
    const [, estimated] = plan.probes
    const results = [
      { costUsd: 0.25 },
      { costUsd: null },
      { costUsd: null, success: false, errorKind: 'server_error', faultDomain: 'provider' },
    ] as const
    for (const [index, result] of results.entries()) {
      const probe = plan.probes[index]
      if (probe === undefined) throw new Error('there is no such probe')
      await recordResult(store, { ...sampleResult(plan, probe), ...result })
    }
    expect(estimated?.estimateUsd).toBeGreaterThan(0)
    const usd = 0.25 + (estimated?.estimateUsd ?? NaN) + (plan.probes[2]?.inputUsd ?? 0)
    const { made } = await join()
    expect(made?.errors).toBe(1)
    expect(made?.usd).toBeCloseTo(usd, 12)
  })

  test('its plan grows by levels and by calls of a level, once, and whoever watches is told', async () => {
    const { plan, region, claim } = await started()
    const owner = 'sweeper'
    const third = added(plan, region, 2)
    const [first, again] = await Promise.all([
      store.extendRun({ ...third, owner }),
      store.extendRun({ ...third, owner }),
    ])
    expect([first, again]).toEqual([{ extended: true }, { extended: true }])
    const more = added({ ...plan, settings: { ...plan.settings, levels: third.levels } }, region, 1)
    expect(await store.extendRun({ ...more, owner })).toEqual({ extended: true })
    expect(await store.extendRun({ ...third, owner })).toEqual({ extended: true })
    const claimed = await claim(2)
    expect(claimed?.probe).toMatchObject({ id: third.probes[0]?.id, level: 2, price: third.probes[0]?.price })
    expect(claimed?.settings.levels).toEqual(third.levels)
    expect([await claim(1), await claim(1), await claim(1)].map((each) => each?.probe.id)).toEqual([
      plan.probes[2]?.id,
      plan.probes[3]?.id,
      more.probes[0]?.id,
    ])
    // Events wait for transactions that are older, of other databases of the server too.
    const told = async () => {
      const { rows } = await store.listEvents({ runId: plan.id, after: null, limit: 100 })
      return rows.filter(({ event }) => event === 'run_extended').map(({ data }) => data)
    }
    await expect.poll(told).toEqual([
      { levels: 1, probes: 2, n_probes: 6 },
      { levels: 0, probes: 2, n_probes: 8 },
    ])
    // What is left of a level that is over is skipped, and no other.
    const unmade = claimed === null ? [] : [claimed.probe.id]
    const end = { runId: plan.id, region, owner, level: 2, reason: 'time is up', unmade }
    expect(await store.skipProbes(end)).toEqual({ skipped: 2 })
    await store.skipProbes({ runId: plan.id, region, reason: 'done' })
    const run = await store.finishRun({ runId: plan.id, status: 'finished' })
    expect(run).toMatchObject({ status: 'finished', nProbes: 8, skipReasons: { 'time is up': 2, done: 3 } })
  })

  test('a run of another worker, or one that is cancelled or over, is not added to', async () => {
    const { plan, region } = await started()
    const third = added(plan, region, 2)
    expect(await store.extendRun({ ...third, owner: 'another' })).toEqual({ extended: false })
    await rowsOf('update runs set cancel_requested_at = now() where id = $1', [plan.id])
    expect(await store.extendRun({ ...third, owner: 'sweeper' })).toEqual({ extended: false })
    await store.finishRun({ runId: plan.id, status: 'cancelled' })
    expect(await store.extendRun({ ...third, owner: 'sweeper' })).toEqual({ extended: false })
    expect(await rowsOf('select n_probes from runs where id = $1', [plan.id])).toEqual([{ n_probes: 4 }])
  })

  test('it has no more probes than a sweep may have', async () => {
    const { plan, region } = await started()
    await rowsOf('update runs set n_probes = 99999 where id = $1', [plan.id])
    await expect(store.extendRun({ ...added(plan, region, 2), owner: 'sweeper' })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('more than 100000 probes') as string,
    })
  })

  test('what was added while the database was away is taken, also if the run was closed meanwhile', async () => {
    const { plan, region } = await started()
    await store.skipProbes({ runId: plan.id, region, reason: 'abandoned' })
    await store.finishRun({ runId: plan.id, status: 'abandoned' })
    const third = added(plan, region, 2)
    for (const _ of [1, 2]) await store.deliver({ name: 'extend_run', input: toExtendInput(third) })
    const counts = async () =>
      rowsOf('select n_probes, n_succeeded, n_skipped, status from runs where id = $1', [plan.id])
    const closed = { status: 'abandoned', n_probes: 6 }
    expect(await counts()).toEqual([{ ...closed, n_succeeded: 0, n_skipped: 6 }])
    const [probe] = third.probes
    if (probe === undefined) throw new Error('nothing was added')
    await recordResult(store, sampleResult(plan, probe, { level: 2 }))
    expect(await counts()).toEqual([{ ...closed, n_succeeded: 1, n_skipped: 5 }])
  })

  test('its results are in no rollup, check, health, latest result or present, but in the spending and the run', async () => {
    const { plan, model, region, claim } = await started()
    const [fair, failing] = [sampleProbe(sampleTarget(model), { region }), await claim(1)]
    const other = samplePlan([], { probes: [fair] })
    await store.startRun(other, region)
    const now = { startedAt: new Date(), totalLatencyMs: 10 }
    await recordResult(store, sampleResult(other, fair, { ...now, ttftMs: 100, ownLoad: false }))
    // A scheduled probe beside a sweep is own load: this one is made as if it had been before.
    await rowsOf('update benchmark_results set own_load = false where run_id = $1', [other.id])
    const [one, two] = [await claim(0), await claim(0)]
    for (const [index, claimed] of [one, two, failing].entries()) {
      if (claimed === null) throw new Error('nothing was claimed')
      const failed: Partial<Result> =
        index === 2
          ? { success: false, errorKind: 'server_error', faultDomain: 'provider', level: 1 }
          : { level: 0 }
      const scheduledAt = index === 2 ? new Date('2026-11-29T10:00:00.250Z') : null
      await recordResult(
        store,
        sampleResult(plan, claimed.probe, { ...now, ttftMs: 9000, costUsd: 0.5, scheduledAt, ...failed }),
      )
    }
    const kept = await rowsOf(
      `select level, own_load, scheduled_at is not null as scheduled from benchmark_results
        where run_id = $1 order by level, created_at`,
      [plan.id],
    )
    const closed = { level: 0, own_load: true, scheduled: false }
    expect(kept).toEqual([closed, closed, { level: 1, own_load: true, scheduled: true }])
    // Whatever order they are recorded in, and also when a row is changed or hours are rebuilt.
    await rowsOf('update benchmark_results set cost_usd = 0.75 where run_id = $1', [plan.id])
    await store.rebuildRollups({ since: new Date(Date.now() - 7_200_000), until: new Date() })
    expect(
      await rowsOf(
        `select count(*)::int as tracks, sum(d.n_calls)::int as calls, sum(d.n_ok)::int as ok,
          sum(d.n_provider)::int as failed
          from tracks k join rollups_daily d on d.track_id = k.id where k.region = $1`,
        [region],
      ),
    ).toEqual([{ tracks: 1, calls: 1, ok: 1, failed: 0 }])
    expect(
      await rowsOf(
        `select coalesce(sum(q.n_failed), 0)::int as failed, coalesce(max(q.n_ttft), 0)::int as n
          from tracks k left join firsttoken.quarter_hours q on q.track_id = k.id where k.region = $1`,
        [region],
      ),
    ).toEqual([{ failed: 0, n: 1 }])
    const samples = `select cardinality(ttft) as n from samples_daily s join tracks k on k.id = s.track_id`
    expect(await rowsOf(`${samples} where k.region = $1`, [region])).toEqual([{ n: 1 }])
    expect(await rowsOf('select ok from checks where region = $1', [region])).toEqual([{ ok: true }])
    expect(
      await rowsOf('select state, last_error_at from target_health where region = $1', [region]),
    ).toEqual([{ state: 'up', last_error_at: null }])
    expect(await rowsOf('select ttft_ms from latest_results where region = $1', [region])).toEqual([
      { ttft_ms: 100 },
    ])
    const present = await store.readNow({ synthetic: null, region })
    expect(present.rows).toMatchObject([
      { state: 'up', last: { ttft_ms: 100, error_kind: null }, failed_24h: [] },
    ])
    const { targets } = await store.readMetrics({ synthetic: false, schedule: 'default' })
    expect(targets.filter((each) => each.region === region)).toMatchObject([{ last: { ttftMs: 100 } }])
    const { targets: summed } = await store.readRun({ id: plan.id })
    expect(summed).toMatchObject([{ n_ok: 2, n_failed: 1, cost_usd: 2.25 }])
    const { columns } = await store.listSweepResults({ id: plan.id })
    expect(columns).toEqual(sweepColumns)
    const reserved = await rowsOf('select sum(reserved_usd)::float as usd from probes where run_id = $1', [
      plan.id,
    ])
    expect(reserved).toEqual([{ usd: 1.5 }])
    await expectRightRollups(sql)
  })

  test('what is asked of a target all the time does not walk over the results of its sweeps', async () => {
    const { plan, model, region, claim } = await started()
    const fair = sampleProbe(sampleTarget(model), { region })
    const other = samplePlan([], { probes: [fair] })
    await store.startRun(other, region)
    const seen = { startedAt: new Date(), totalLatencyMs: 10, ttftMs: 100, ownLoad: false }
    await recordResult(store, sampleResult(other, fair, seen))
    await rowsOf('update benchmark_results set own_load = false where run_id = $1', [other.id])
    const claimed = await claim(1)
    if (claimed === null) throw new Error('nothing was claimed')
    const failed = { success: false, errorKind: 'server_error', faultDomain: 'provider' } as const
    await recordResult(store, sampleResult(plan, claimed.probe, { level: 1, ...failed }))
    const [columns] = await rowsOf(
      `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
        where table_name = 'benchmark_results' and column_name not in ('id', 'probe_id', 'created_at')`,
    )
    const names = String(columns?.['names'])
    await rowsOf(
      `insert into benchmark_results (id, created_at, ${names})
        select gen_random_uuid(), now() + g * interval '1 second', ${names}
          from benchmark_results, generate_series(1, 3000) g where run_id = $1`,
      [plan.id],
    )
    await rowsOf('analyze benchmark_results')
    for (const view of ['latest_results', 'target_health']) {
      const shown = await rowsOf(
        `explain (analyze, costs off) select * from ${view} where region = '${region}'`,
      )
      const removed = shown.map((row) => /Rows Removed by Filter: (\d+)/.exec(Object.values(row).join('')))
      expect(Math.max(0, ...removed.map((match) => Number(match?.[1] ?? 0)))).toBeLessThan(1000)
    }
    const { rows } = await store.readNow({ synthetic: null, region })
    expect(rows).toMatchObject([{ state: 'up', last: { ttft_ms: 100 } }])
  })
})
