import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { incidentText } from '../../src/alerts/describe.ts'
import type { Target } from '../../src/core/plan.ts'
import { percentile } from '../../src/core/statistics.ts'
import { openJudge } from '../../src/jobs/judge.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { testApp } from '../support/app.ts'
import { applyTo } from '../support/config-files.ts'
import { incidentsOver, opening } from '../support/incident-store.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport } from '../support/transports.ts'

const hour = 3_600_000

describe.each(transport('Postgres 17'))('what is judged of targets over $name', ({ open }) => {
  const { store, rowsOf } = openedTransport(open)
  const { newTarget, record } = resultsOf(store)
  const { apply, opened, resolve } = incidentsOver(store)

  const idOf = async ({ model }: Target) => {
    const [row] = await rowsOf(
      'select t.id from targets t join models m on m.id = t.model_id where m.name = $1',
      [model],
    )
    return String(row?.['id'])
  }
  const windowOf = async (target: Target, region = 'fra1') => {
    const { rows, more, now } = await store.readAlertInputs({ targetId: await idOf(target), region })
    const [row] = rows
    if (row === undefined || rows.length > 1 || more) throw new Error(`${rows.length} rows`)
    return { ...row, now }
  }
  const minutesAgo = (at: Date | null | undefined) =>
    Math.round((Date.now() - (at?.getTime() ?? Number.NaN)) / 60_000)

  test('a target has its state, its last checks, attempts and samples, the latest first', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 200, ttftMs: 300, tps: 50, outputTokens: 120 })
    await record(target, 'fra1', { minutesAgo: 185, ...providerFault, recheck: true })
    await record(target, 'fra1', {
      minutesAgo: 170,
      success: false,
      errorKind: 'auth',
      faultDomain: 'account',
    })
    await record(target, 'fra1', { minutesAgo: 30, ...providerFault })
    await record(target, 'fra1', { minutesAgo: 15, ...providerFault, recheck: false })
    await record(target, 'iad1', { minutesAgo: 15 })
    const row = await windowOf(target)
    const targetId = await idOf(target)
    expect(row).toMatchObject({
      scope: `target/${targetId}/fra1`,
      version: 0,
      subject: { provider: target.provider, model: target.model, targetId, region: 'fra1' },
      open: [],
      past: {},
      state: 'down',
      intervalMs: 15 * 60_000,
      baseline: {},
      limits: { ttftMs: null, latencyMs: null },
    })
    expect(minutesAgo(row.since)).toBe(30)
    expect(minutesAgo(row.lastCheckAt)).toBe(15)
    // The recheck came 5 s later.
    expect(row.evaluatedUntil.getTime() - (row.lastCheckAt?.getTime() ?? 0)).toBe(5000)
    const first = row.checks[3]?.at.getTime() ?? 0
    expect(row.firstCheckAt?.getTime()).toBe(Math.floor(first / hour) * hour)
    expect(row.checks.map(({ at, ok, errorKind }) => [minutesAgo(at), ok, errorKind])).toEqual([
      [15, false, 'server_error'],
      [30, false, 'server_error'],
      [185, true, 'server_error'],
      [200, true, null],
    ])
    expect(row.attempts.map((each) => [minutesAgo(each.at), each.success, each.faultDomain])).toEqual([
      [15, false, 'provider'],
      [30, false, 'provider'],
      [170, false, 'account'],
      [185, false, 'provider'],
      [200, true, null],
    ])
    expect(row.samples).toEqual([
      {
        at: row.checks[3]?.at,
        series: 'series-1',
        ttftMs: 300,
        latencyMs: 800,
        tps: 50,
        outputTokens: 120,
      },
    ])
  })

  test('samples are first attempts of scheduled runs that were timed well; what does not count is nowhere', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 100 })
    await record(target, 'fra1', { minutesAgo: 90, mode: 'multi' })
    await record(target, 'fra1', { minutesAgo: 80, timingQuality: 'degraded' })
    await record(target, 'fra1', { minutesAgo: 70, ownLoad: true })
    await record(target, 'fra1', { minutesAgo: 60, warmup: true })
    await record(target, 'fra1', { minutesAgo: 50, maintenance: true, ...providerFault })
    const row = await windowOf(target)
    expect(row.samples.map(({ at }) => minutesAgo(at))).toEqual([100])
    for (const list of [row.checks, row.attempts])
      expect(list.map(({ at }) => minutesAgo(at))).toEqual([80, 90, 100])
    expect(minutesAgo(row.lastCheckAt)).toBe(50)
    expect(minutesAgo(row.evaluatedUntil)).toBe(50)
  })

  test('lists end after 12 checks and 24 samples', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 20 })
    await rowsOf(
      `insert into benchmark_results
        select (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(), 'probe_id', null,
          'created_at', b.created_at - n * interval '15 minutes'))).*
        from benchmark_results b, generate_series(1, 30) n where b.target_id = $1`,
      [await idOf(target)],
    )
    const row = await windowOf(target)
    expect([row.checks.length, row.attempts.length, row.samples.length]).toEqual([12, 24, 24])
    expect(minutesAgo(row.samples.at(-1)?.at)).toBe(20 + 23 * 15)
  })

  test('all that have results which were not evaluated, until they are', async () => {
    const targets = [newTarget(), newTarget(), newTarget()]
    for (const target of targets) await record(target, 'fra1', { minutesAgo: 20 })
    const ids = await Promise.all(targets.map(idOf))
    const waiting = async (limit = 1000) => {
      const { rows } = await store.readAlertInputs({ limit })
      return rows.filter(({ subject }) => ids.includes(subject.targetId ?? '')).map(({ scope }) => scope)
    }
    const scopes = ids.map((id) => `target/${id}/fra1`)
    expect((await waiting()).toSorted()).toEqual(scopes.toSorted())
    const [first] = targets
    if (first === undefined) throw new Error('no target')
    const { scope, version, evaluatedUntil } = await windowOf(first)
    await store.applyTransitions({ scope, expectedVersion: version, evaluatedUntil, transitions: [] })
    expect(await waiting()).toHaveLength(2)
    expect(await windowOf(first)).toMatchObject({ version: 1, evaluatedUntil })
    await record(first, 'fra1', { minutesAgo: 5, ...providerFault })
    expect(await waiting()).toHaveLength(3)
    await rowsOf('update targets set active = false where id = any ($1)', [ids])
    expect(await waiting()).toEqual([])
    expect(await windowOf(first)).toMatchObject({ state: 'paused' })
  })

  test('what was recorded between two milliseconds is evaluated once', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 20 })
    const id = await idOf(target)
    const added = `update benchmark_results set created_at = created_at + interval '1 us' where target_id = $1`
    await rowsOf(added, [id])
    const { scope, version, evaluatedUntil } = await windowOf(target)
    await store.markEvaluated({ scopes: [{ scope, expectedVersion: version, evaluatedUntil }] })
    const { rows } = await store.readAlertInputs({ limit: 1000 })
    expect(rows.filter((row) => row.scope === scope)).toEqual([])
  })

  test('a page of them says if there are more', async () => {
    await rowsOf('update targets set active = false')
    for (let n = 0; n < 3; n += 1) await record(newTarget(), 'fra1', { minutesAgo: 20 })
    const first = await store.readAlertInputs({ limit: 2 })
    expect([first.rows.length, first.more]).toEqual([2, true])
    for (const { scope, version, evaluatedUntil } of first.rows)
      await store.applyTransitions({ scope, expectedVersion: version, evaluatedUntil, transitions: [] })
    const second = await store.readAlertInputs({ limit: 2 })
    expect([second.rows.length, second.more]).toEqual([1, false])
  })

  test('a target that was never called, or is gone, is none', async () => {
    expect((await store.readAlertInputs({ targetId: randomUUID() })).rows).toEqual([])
    expect((await store.readAlertInputs({ targetId: null, region: 'fra1', limit: 1 })).now).toBeInstanceOf(
      Date,
    )
  })

  test('limits of a target come along; what is no limit is refused', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 5 })
    const set = (limits: string) => rowsOf('update targets set limits = $2 where id = $1', [targetId, limits])
    const targetId = await idOf(target)
    await set('{"ttft_ms": 900}')
    expect((await windowOf(target)).limits).toEqual({ ttftMs: 900, latencyMs: null })
    for (const wrong of ['{"ttft": 1}', '{"ttft_ms": 0}', '[]', '{"latency_ms": -1}'])
      await expect(set(wrong)).rejects.toMatchObject({ code: '23514' })
  })

  test('an incident opens by the numbers of the file, has them as evidence, and is told with them', async () => {
    const target = newTarget()
    for (const [index, outcome] of [providerFault, {}, providerFault, {}].entries())
      await record(target, 'fra1', { minutesAgo: 20 - 5 * index, ...outcome })
    const place = { targetId: await idOf(target), region: 'fra1' }
    const judge = () => openJudge(store, testApp({}, store)).target(place)
    expect(await judge()).toBe(false)
    await applyTo(store, { rules: { errors: { failed: 2, of: 4 } } })
    expect(await judge()).toBe(true)
    const { open: found } = await windowOf(target)
    expect(found).toMatchObject([
      { kind: 'errors', evidence: { failed: 2, n: 4, limit_failed: 2, limit_n: 4 } },
    ])
    expect(found.map((incident) => incidentText(incident).text)).toEqual([
      expect.stringContaining('Told from 2 of 4 on.') as string,
    ])
    await applyTo(store, {})
    expect((await store.readAlertInputs({ targetId: place.targetId })).rules).toEqual({})
  })

  test('open incidents of a scope come along, and how often each kind opened and last ended', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 5 })
    const { subject, scope } = await windowOf(target)
    const { targetId, region } = subject
    if (targetId === null || region === null) throw new Error('the subject has no target')
    const down = opening({ ...subject, targetId, region })
    for (const reason of ['recovered', 'by_hand'] as const) await resolve(scope, await opened(down), reason)
    await apply(scope, [down, { ...down, kind: 'errors', severity: 'major' }])
    await rowsOf(
      `update incidents set opened_at = now() - interval '25 hours' where scope = $1 and resolve_reason = 'recovered'`,
      [scope],
    )
    const row = await windowOf(target)
    expect(row.open.map(({ kind }) => kind)).toEqual(['down', 'errors'])
    expect(row.open[0]).toMatchObject({ subject, evidence: down.evidence, firstBadAt: down.firstBadAt })
    expect(row.past).toEqual({
      down: {
        opened: 2,
        last: { resolvedAt: expect.any(Date), reason: 'by_hand', severity: 'critical' },
      },
      errors: { opened: 1, last: null },
    })
    expect(row.version).toBe(5)
  })

  describe('what is usual', () => {
    const hourOf = (at: Date) => Math.floor(at.getTime() / hour)
    /** A target with a value an hour for 16 days, by its hour ago: 100, 101, ... And `counted`: of which hours a baseline is. */
    const withHistory = async () => {
      const target = newTarget()
      await record(target, 'fra1', { minutesAgo: 2 })
      const targetId = await idOf(target)
      const made = hourOf(new Date())
      await rowsOf(
        `insert into rollups_hourly
          select (jsonb_populate_record(h, jsonb_build_object('bucket', $2::timestamptz - n * interval '1 hour',
            'ttft', array[100 + n], 'latency', array[1000 + n, 2000 + n], 'tps', array[1000.0 / (10 + n)]))).*
          from rollups_hourly h join tracks k on k.id = h.track_id, generate_series(1, 384) n
          where k.target_id = $1 and h.bucket > now() - interval '2 hours'
          on conflict do nothing`,
        [targetId, new Date(made * hour)],
      )
      // From 15 days ago to a day ago. An hour may have begun since they were made.
      const counted = (now: Date) => hours(25 - (hourOf(now) - made), 360 - (hourOf(now) - made))
      return { target, targetId, made, counted, scope: `target/${targetId}/fra1` }
    }
    const hours = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
    const usual = (values: readonly number[]) => ({
      n: values.length,
      p50: expect.closeTo(percentile(values, 0.5) ?? 0, 2),
      p95: expect.closeTo(percentile(values, 0.95) ?? 0, 2),
    })
    const renew = () => rowsOf(`update baselines set computed_at = now() - interval '61 minutes'`)

    test('is that of two weeks before yesterday, of the series of the latest sample', async () => {
      const { target, counted } = await withHistory()
      const { baseline, now } = await windowOf(target)
      expect(baseline).toMatchObject({
        ttft: usual(counted(now).map((n) => 100 + n)),
        latency: usual(counted(now).flatMap((n) => [1000 + n, 2000 + n])),
        tpot: usual(counted(now).map((n) => 10 + n)),
      })
      expect([14, 15]).toContain(baseline.ttft?.days)
      await record(target, 'fra1', { minutesAgo: 1, series: 'series-2' })
      expect((await windowOf(target)).baseline).toEqual({})
    })

    test('is kept for an hour', async () => {
      const { target, targetId } = await withHistory()
      const first = await windowOf(target)
      await rowsOf(
        `delete from rollups_hourly h using tracks k where k.id = h.track_id and k.target_id = $1 and h.bucket < now() - interval '5 days'`,
        [targetId],
      )
      expect((await windowOf(target)).baseline).toEqual(first.baseline)
      await renew()
      expect((await windowOf(target)).baseline.ttft?.n).toBeLessThan(120)
    })

    /** An incident from so many hours ago until so many hours ago. */
    const slowBetween = async (
      { scope, targetId, made }: { scope: string; targetId: string; made: number },
      [from, to]: [number, number],
      reason: string,
    ) =>
      rowsOf(
        `insert into incidents (id, scope, kind, severity, target_id, region, first_bad_at, opened_at, resolved_at, resolve_reason)
          select gen_random_uuid(), $1, 'slow', 'minor', $2, 'fra1', bad, bad, ended, $5
          from (select $6::timestamptz - $3 * interval '1 hour' + interval '1 minute' as bad,
            case $4::int when 0 then now()
              else $6::timestamptz - $4 * interval '1 hour' + interval '1 minute' end as ended) times`,
        [scope, targetId, from, to, reason, new Date(made * hour)],
      )

    test('leaves out the hours in which it was slow', async () => {
      const it = await withHistory()
      await slowBetween(it, [100, 91], 'recovered')
      const { baseline, now } = await windowOf(it.target)
      const fine = it.counted(now).filter((n) => n < 91 || n > 100)
      expect(baseline.ttft).toMatchObject(usual(fine.map((n) => 100 + n)))
    })

    test('begins anew with what a person accepted, at once', async () => {
      const it = await withHistory()
      await windowOf(it.target)
      await slowBetween(it, [200, 190], 'recovered')
      await slowBetween(it, [100, 0], 'by_hand')
      const { baseline, now } = await windowOf(it.target)
      const since = it.counted(now).filter((n) => n <= 100)
      expect(baseline.ttft).toMatchObject(usual(since.map((n) => 100 + n)))
    })
  })
})
