import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fleet } from '../../src/core/fleet.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { engine } from '../support/databases.ts'
import { stopClock } from '../support/stop-clock.ts'

const noon = new Date('2026-11-30T12:00:00Z')
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const openai = id(1)
const groq = id(2)
/** Of one slot, of the one before, and one that somebody cancels. */
const [run, before, cancelled, old] = [id(11), id(12), id(13), id(14)]
/** A moment of the day: `11:59:30`. */
const at = (time: string | null) => (time === null ? null : `2026-11-30T${time}Z`)

type Shard = readonly [
  run: string,
  region: string,
  shard: number,
  provider: string,
  window: string,
  probes: number,
  status: string,
  taken: string | null,
  takes: number,
  lost: number,
  lease: string | null,
]
const shards: readonly Shard[] = [
  [run, 'fra', 0, openai, '11:45:00', 50, 'done', '11:45:01', 1, 0, null],
  [run, 'fra', 1, openai, '11:46:00', 40, 'done', '11:46:03', 1, 0, null],
  // Its first worker was lost.
  [run, 'fra', 2, groq, '11:47:00', 10, 'done', '11:48:10', 2, 1, null],
  [run, 'fra', 3, groq, '11:58:00', 30, 'open', null, 0, 0, null],
  [run, 'fra', 4, groq, '11:59:30', 20, 'open', null, 0, 0, null],
  [run, 'fra', 5, openai, '11:59:00', 25, 'taken', '11:59:02', 1, 0, '12:00:30'],
  // The worker that has it is lost, and nobody has noticed.
  [run, 'fra', 6, openai, '11:57:00', 15, 'taken', '11:57:05', 1, 0, '11:59:50'],
  [run, 'fra', 7, openai, '12:03:00', 12, 'open', null, 0, 0, null],
  // It was begun, and given back for later.
  [run, 'fra', 8, groq, '12:01:00', 8, 'open', '11:50:00', 1, 0, null],
  [run, 'iad', 0, openai, '11:50:00', 5, 'open', null, 0, 0, null],
  [before, 'fra', 0, openai, '11:30:00', 50, 'done', '11:30:04', 1, 0, null],
  // Nobody took it: its probes were skipped.
  [before, 'fra', 1, groq, '11:40:00', 50, 'done', null, 0, 0, null],
  // What a closed run left is not waited for, nor what somebody cancels.
  [before, 'fra', 2, groq, '11:41:00', 50, 'open', null, 0, 0, null],
  [cancelled, 'fra', 0, groq, '11:45:00', 50, 'open', null, 0, 0, null],
  [old, 'fra', 0, groq, '11:00:00', 50, 'done', '11:30:00', 9, 9, null],
]
const skipped: readonly (readonly [run: string, region: string, reason: string])[] = [
  [run, 'fra', 'late'],
  [run, 'fra', 'late'],
  [run, 'fra', 'rate limited until 2026-11-30T12:05:00Z'],
  [run, 'fra', 'rate limited until 2026-11-30T11:50:00Z'],
  [run, 'iad', 'late'],
  [before, 'fra', 'budget'],
  [old, 'fra', 'unpriced'],
]
const workers: readonly (readonly [string, string, string, string, number, boolean])[] = [
  ['w1', 'fra', 'h1', '2026-11-30T11:59:56Z', 8, false],
  ['w2', 'fra', 'h1', '2026-11-30T11:59:50Z', 32, true],
  ['w3', 'fra', 'h2', '2026-11-30T11:58:59Z', 4, false],
  // It left, and this one is forgotten.
  ['w4', 'fra', 'h2', '2026-11-30T11:58:59Z', 4, true],
  ['w5', 'fra', 'h2', '2026-11-29T11:00:00Z', 4, false],
  ['w6', 'sin', 'h3', '2026-11-30T11:59:59Z', 4, false],
]

async function record(sql: Sql): Promise<void> {
  await sql.exec(`
    insert into providers (id, name, slug, lanes, penalty_until) values
      ('${openai}', 'OpenAI', 'openai', null, '2026-11-30T11:00:00Z'), ('${groq}', 'Groq', 'groq', 2, '2026-11-30T12:05:00Z'),
      ('${id(3)}', 'Idle', 'idle', 8, null);
    insert into models (id, name, provider_id) values ('${id(4)}', 'm', '${groq}');
    insert into targets (id, provider_id, model_id, parameters) values ('${id(5)}', '${groq}', '${id(4)}', '{}');
    insert into runs (id, run_name, triggered_by, status, cancel_requested_at) values
      ('${run}', 'benchmark', 'cron', 'running', null), ('${before}', 'benchmark', 'cron', 'finished', null),
      ('${cancelled}', 'benchmark', 'cron', 'running', '2026-11-30T11:59:00Z'), ('${old}', 'benchmark', 'cron', 'running', null);
    insert into lanes (provider_id, region, lane, owner, run_id, shard, lease_until) values
      ('${groq}', 'fra', 0, 'w1', '${run}', 2, '2026-11-30T12:00:30Z'), ('${groq}', 'fra', 1, 'w2', '${run}', 2, '2026-11-30T12:00:10Z'),
      ('${openai}', 'fra', 0, 'w3', '${run}', 6, '2026-11-30T11:59:59Z'), ('${openai}', 'fra', 1, 'w1', '${run}', 5, '2026-11-30T12:00:30Z')`)
  for (const [of, region, shard, provider, window, n, status, taken, takes, lost, lease] of shards)
    await sql.query(
      `insert into shards (run_id, region, shard, provider_id, window_at, n_probes, status, taken_at, takes, lost, lease_until)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [of, region, shard, provider, at(window), n, status, at(taken), takes, lost, at(lease)],
    )
  for (const [index, [of, region, reason]] of skipped.entries())
    await sql.query(
      `insert into probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, status, skip_reason)
        values ($1, $2, $3, $4, $5, 1, $6, 's', 'skipped', $7)`,
      [id(100 + index), of, id(5), id(200 + index), index, region, reason],
    )
  for (const [owner, region, host, beat, concurrency, leaving] of workers)
    await sql.query(
      `insert into fleet_workers (owner, region, host, version, started_at, beat_at, concurrency, in_hand, lag_ms, made, leaving)
        values ($1, $2, $3, '1.4.0', '2026-11-30T10:00:00Z', $4, $5, 1, 2.5, 70, $6)`,
      [owner, region, host, beat, concurrency, leaving],
    )
  for (const [day, concurrency, p95] of [
    [28, 4, 0.1],
    [28, 16, 0.2],
    [29, 16, 0.3],
  ])
    await sql.query(
      `insert into calibrations (id, created_at, host, node_version, concurrency, streams, chunks, threads, ttft_p50_ms, ttft_p95_ms,
          ttft_p99_ms, chunk_p50_ms, chunk_p95_ms, chunk_p99_ms)
        values (gen_random_uuid(), $1, 'h1', '24', $2, 1, 1, 0, 0, $3, 0, 0, 0, 0.5)`,
      [`2026-11-${day}T00:00:00Z`, concurrency, p95],
    )
}

describe.each(engine('Postgres 17'))('read_fleet on $name', ({ open }) => {
  let sql: Sql
  let none: Fleet
  let fleet: Fleet
  const store = () => createSqlStore(sql)
  const regionOf = (name: string, of = fleet) => of.regions.find(({ region }) => region === name)

  beforeAll(async () => {
    sql = await open()
    await stopClock(sql, noon)
    none = await store().readFleet({})
    await record(sql)
    fleet = await store().readFleet({})
  })
  afterAll(() => sql.close())

  test('without a fleet both lists are empty', () => {
    expect(none).toEqual({ now: '2026-11-30T12:00:00+00:00', regions: [], lanes: [] })
  })

  test('what is due, what comes later and what is taken is counted by region; the oldest says for how long', () => {
    expect(fleet.regions.map(({ region }) => region)).toEqual(['fra', 'iad', 'sin'])
    expect(regionOf('fra')?.queue).toEqual({
      due: { shards: 3, probes: 65, oldest_s: 180 },
      later: { shards: 2, probes: 20, next_at: '2026-11-30T12:01:00+00:00' },
      taken: { shards: 1, probes: 25 },
    })
    expect(regionOf('iad')?.queue).toEqual({
      due: { shards: 1, probes: 5, oldest_s: 600 },
      later: { shards: 0, probes: 0, next_at: null },
      taken: { shards: 0, probes: 0 },
    })
  })

  test('of the last hour: how late shards began, how many were lost, and why probes were skipped', () => {
    const lately = regionOf('fra')?.lately
    // Late by 1, 2, 3, 4, 5 and 70 s: the 99th is 0.95 of the way from the fifth to the sixth.
    expect(lately).toEqual({
      done: 5,
      takes: 7,
      lost: 1,
      begun: 6,
      late_p50_s: 3.5,
      late_p99_s: expect.closeTo(66.75, 9),
      skip_reasons: { late: 2, 'rate limited': 2, budget: 1 },
    })
    const nothing = { done: 0, takes: 0, lost: 0, begun: 0, late_p50_s: null, late_p99_s: null }
    expect(regionOf('iad')?.lately).toEqual({ ...nothing, skip_reasons: { late: 1 } })
    expect(regionOf('sin')?.lately).toEqual({ ...nothing, skip_reasons: {} })
  })

  test('workers of a day are there with their calibration until they have left', () => {
    const told = regionOf('fra')?.workers.map(({ owner, state, beat_age_s: age, calibration }) => [
      owner,
      state,
      age,
      calibration?.concurrency,
      calibration?.ttft_p95_ms,
    ])
    expect(told).toEqual([
      ['w1', 'live', 4, 16, 0.3],
      ['w2', 'leaving', 10, 16, 0.3],
      ['w3', 'silent', 61, undefined, undefined],
    ])
    expect(regionOf('sin')?.workers).toEqual([
      {
        owner: 'w6',
        host: 'h3',
        version: '1.4.0',
        started_at: '2026-11-30T10:00:00+00:00',
        beat_at: '2026-11-30T11:59:59+00:00',
        beat_age_s: 1,
        state: 'live',
        concurrency: 4,
        in_hand: 1,
        lag_ms: 2.5,
        made: 70,
        calibration: null,
      },
    ])
  })

  test('lanes are of providers that have shards, by region; an expired lease is none', () => {
    expect(fleet.lanes).toEqual([
      {
        provider: 'groq',
        name: 'Groq',
        lanes: 2,
        is_usual: false,
        paused_until: '2026-11-30T12:05:00+00:00',
        regions: [{ region: 'fra', in_use: 2, shards_due: 2, oldest_due_s: 120 }],
      },
      {
        provider: 'openai',
        name: 'OpenAI',
        lanes: 4,
        is_usual: true,
        paused_until: null,
        regions: [
          { region: 'fra', in_use: 1, shards_due: 1, oldest_due_s: 180 },
          { region: 'iad', in_use: 0, shards_due: 1, oldest_due_s: 600 },
        ],
      },
    ])
  })

  test('one region is as it is among all', async () => {
    const iad = await store().readFleet({ region: 'iad' })
    expect(iad.regions).toEqual([regionOf('iad')])
    expect(iad.lanes.map(({ provider, regions }) => [provider, regions.map(({ region }) => region)])).toEqual(
      [['openai', ['iad']]],
    )
    expect(await store().readFleet({ region: 'nowhere' })).toEqual(none)
  })

  test('lanes that are set are shown, and null is as usual again', async () => {
    const lanesOf = async () =>
      (await store().readFleet({})).lanes.map(({ provider, lanes, is_usual: isUsual }) => [
        provider,
        lanes,
        isUsual,
      ])
    await store().setLanes({ provider: 'openai', lanes: 16 })
    await store().setLanes({ provider: 'groq', lanes: null })
    expect(await lanesOf()).toEqual([
      ['groq', 4, true],
      ['openai', 16, false],
    ])
  })
})
