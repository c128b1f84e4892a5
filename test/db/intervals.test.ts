import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Plan, Target } from '../../src/core/plan.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { quarter, scheduledRuns, worker } from '../support/scheduled-runs.ts'
import { transports } from '../support/transports.ts'

const refusals = [0, -5, 1441, 1.5, '60', true, []]

describe.each(transports.slice(1, 2))('targets with an interval of their own over $name', ({ open }) => {
  const { store, rowsOf, scheduled, delivered } = scheduledRuns(open)
  const { newTarget, record } = resultsOf(store)

  const space = (target: Target, everyMinutes: number | null) =>
    store.setTarget({ ...target, about: null, active: null, everyMinutes })
  const idOf = async ({ model }: Target) => {
    const [row] = await rowsOf(
      'select t.id from targets t join models m on m.id = t.model_id where m.name = $1',
      [model],
    )
    return String(row?.['id'])
  }
  /** One that is called in every slot, of a quarter of an hour, and one of an interval, with a check each. */
  const pairOf = async (everyMinutes: number, minutesAgo: number) => {
    const [always, rarely] = [newTarget(), newTarget()]
    for (const target of [always, rarely]) await record(target, 'fra1', { minutesAgo })
    await space(rarely, everyMinutes)
    return { always, rarely }
  }
  const scheduleOf = async ({ model }: Target) => {
    const [row] = await rowsOf(
      'select r.schedule from runs r join benchmark_results b on b.run_id = r.id where b.model = $1 limit 1',
      [model],
    )
    return String(row?.['schedule'])
  }

  test('an interval is set for targets of a model, stays unless it is said, and is taken away', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 5 })
    expect(await space(target, 60)).toMatchObject({ changed: 1, rows: [{ active: true, everyMinutes: 60 }] })
    expect(await space(target, 60)).toMatchObject({ changed: 0 })
    const limited = { ...target, about: null, active: null, limits: { ttftMs: 800 } }
    expect(await store.setTarget(limited)).toMatchObject({ rows: [{ everyMinutes: 60 }] })
    expect(await space(target, null)).toMatchObject({ changed: 1, rows: [{ everyMinutes: null }] })
    const parameters = { reasoning: 'default' } as const
    const added = { ...target, parameters, about: null, active: true, everyMinutes: 1440 }
    expect(await store.setTarget(added)).toMatchObject({ rows: [{}, { parameters, everyMinutes: 1440 }] })
    for (const wrong of refusals)
      await expect(
        rowsOf('select set_target($1)', [{ ...target, active: true, every_minutes: wrong }]),
      ).rejects.toThrow(/every_minutes must be a whole number, 1 to 1440, or null for every slot/)
  })

  test('a catalog has the last slot in which a region called them', async () => {
    const { always, rarely } = await pairOf(60, 20)
    await record(rarely, 'iad1', { minutesAgo: 90 })
    const slotOf = (minutesAgo: number) =>
      new Date(Math.floor((Date.now() - minutesAgo * 60_000) / quarter) * quarter)
    const known = async (target: Target, region: string) =>
      (await store.readCatalog({ providers: [target.provider], region })).targets
    const [near] = await known(rarely, 'fra1')
    expect(near).toMatchObject({ id: await idOf(rarely), everyMinutes: 60 })
    const lastOf = async (region: string) => (await known(rarely, region))[0]?.lastSlot?.getTime() ?? null
    const within = (at: number | null, minutesAgo: number) =>
      expect(Math.abs((at ?? 0) - slotOf(minutesAgo).getTime())).toBeLessThanOrEqual(quarter)
    within(await lastOf('fra1'), 20)
    within(await lastOf('iad1'), 90)
    expect(await lastOf('sfo1')).toBeNull()
    expect(await known(always, 'fra1')).toMatchObject([{ everyMinutes: null, lastSlot: null }])
    await rowsOf('update runs set schedule = null, slot = null where schedule = $1', [
      await scheduleOf(rarely),
    ])
    // A call by hand is none of the schedule.
    expect(await lastOf('fra1')).toBeNull()
  })

  test.each([
    { everyMinutes: 60, minutesAgo: 140, state: 'up' },
    { everyMinutes: 60, minutesAgo: 160, state: 'stale' },
    // Four slots, for three would be too soon.
    { everyMinutes: 50, minutesAgo: 140, state: 'up' },
    { everyMinutes: 1, minutesAgo: 30, state: 'up' },
    { everyMinutes: 1, minutesAgo: 45, state: 'stale' },
    { everyMinutes: 1440, minutesAgo: 3500, state: 'up' },
  ])(
    'every $everyMinutes minutes: a check of $minutesAgo minutes ago is $state',
    async ({ everyMinutes, minutesAgo, state }) => {
      const { rarely } = await pairOf(everyMinutes, minutesAgo)
      const targetId = await idOf(rarely)
      expect(await rowsOf('select state from target_health where target_id = $1', [targetId])).toEqual([
        { state },
      ])
    },
  )

  test('what is judged is fresh for as many of their own intervals', async () => {
    const { always, rarely } = await pairOf(60, 20)
    await record(rarely, 'fra1', { minutesAgo: 10, ...providerFault })
    const intervalOf = async (target: Target) =>
      (await store.readAlertInputs({ targetId: await idOf(target), region: 'fra1' })).rows[0]?.intervalMs
    expect(await intervalOf(always)).toBe(quarter)
    expect(await intervalOf(rarely)).toBe(4 * quarter)
  })

  test('monitoring has them for ten intervals of their own', async () => {
    const { always, rarely } = await pairOf(1440, 300)
    const { targets } = await store.readMetrics({ schedule: await scheduleOf(rarely), synthetic: false })
    const shown = targets.map(({ model }) => model)
    expect(shown).not.toContain(always.model)
    expect(shown).toContain(rarely.model)
    expect(targets.find(({ model }) => model === rarely.model)).toMatchObject({
      state: 'up',
      intervalS: 86_400,
      last: { success: true },
    })
  })

  test('the present has the series of their last sample, if the latest run did not call them', async () => {
    const { rarely } = await pairOf(60, 40)
    await record(rarely, 'fra1', { minutesAgo: 10, mode: 'multi', series: 'by-hand' })
    await rowsOf(`update runs set schedule = null, slot = null where mode = 'multi'`)
    const next = scheduled(0, { schedule: await scheduleOf(rarely) })
    await store.startRun(next, 'fra1', worker())
    const shown = await rowsOf('select series from firsttoken.current_tracks(array[$1::uuid])', [
      await idOf(rarely),
    ])
    expect(shown).toEqual([{ series: 'series-1' }])
  })

  test('what they cost in 30 days counts their own intervals, and no slot between', async () => {
    const { always, rarely } = await pairOf(60, 20)
    await rowsOf('update benchmark_results set cost_usd = 0.01 where model = any ($1)', [
      [always.model, rarely.model],
    ])
    const { rows } = await store.readProjection({})
    const of = ({ model }: Target) => rows.filter((row) => row.model === model)
    // 96 and 24 calls a day.
    expect(of(always)).toMatchObject([{ usd_per_run: 0.01, usd_in_30_days: 28.8 }])
    expect(of(rarely)).toMatchObject([{ usd_per_run: 0.0025, usd_in_30_days: 7.2 }])
    const asked = await rowsOf(
      readFileSync('supabase/queries/projected-month.sql', 'utf8').replace(/;\s*$/, ''),
    )
    for (const { model, usd_per_run: usd, usd_in_30_days: month } of [...of(always), ...of(rarely)])
      expect(
        asked.flatMap((row) =>
          row['model'] === model ? [[Number(row['usd_per_run']), Number(row['usd_in_30_days'])]] : [],
        ),
      ).toEqual([[usd, month]])
  })

  test('a target that moves to a successor takes its interval along, unless that is called already', async () => {
    const { rarely } = await pairOf(360, 20)
    const everyOf = (model: string) =>
      rowsOf(
        'select t.active, t.every_minutes from targets t join models m on m.id = t.model_id where m.name = $1',
        [model],
      )
    const move = (to: string) =>
      rowsOf('select firsttoken.move_targets((select id from providers where slug = $1), $2, $3)', [
        rarely.provider,
        rarely.model,
        to,
      ])
    const [moved, busy] = [randomUUID(), newTarget(rarely.provider)]
    await move(moved)
    expect(await everyOf(moved)).toEqual([{ active: true, every_minutes: 360 }])
    await record(busy, 'fra1', { minutesAgo: 20 })
    await store.setTarget({ ...rarely, about: null, active: true })
    await move(busy.model)
    expect(await everyOf(busy.model)).toEqual([{ active: true, every_minutes: null }])
  })

  describe('a slot in which no target is due', () => {
    const statusOf = async ({ schedule }: Plan) =>
      rowsOf('select status, n_probes from runs where schedule = $1', [schedule])

    test('has a run that is finished at once, so that it is neither missed nor silent', async () => {
      const plan = scheduled(0)
      const started = await store.startRun(plan, 'local', worker())
      expect(started).toMatchObject({ created: true, joined: true, run: { status: 'finished', nProbes: 0 } })
      expect(await store.finishRun({ runId: plan.id, status: 'finished' })).toMatchObject({
        status: 'finished',
      })
      const { lastFinishedAt } = await store.readHealth({ schedule: String(plan.schedule) })
      expect(lastFinishedAt).not.toBeNull()
      expect((await store.listGaps({ schedule: String(plan.schedule) })).rows).toEqual([])
      // Another delivery finds it made.
      const again = await store.startRun(delivered(plan), 'local', worker())
      expect(again).toMatchObject({ created: false, joined: false, run: { id: plan.id, status: 'finished' } })
    })

    test('is made by another region in which some are due', async () => {
      const plan = scheduled(0)
      await store.startRun(plan, 'local', worker())
      const other = {
        ...delivered(scheduled(2, plan), 'fra1'),
        probes: delivered(scheduled(2), 'fra1').probes,
      }
      const joined = await store.startRun(
        { ...other, schedule: plan.schedule, slot: plan.slot },
        'fra1',
        worker(),
      )
      expect(joined).toMatchObject({ created: false, joined: true, run: { id: plan.id, status: 'running' } })
      expect(await statusOf(plan)).toEqual([{ status: 'running', n_probes: 2 }])
      // Nothing due here either: the run is left to who works on it.
      const third = await store.startRun({ ...delivered(plan), probes: [] }, 'iad1', worker())
      expect(third).toMatchObject({ created: false, joined: false })
      expect(await statusOf(plan)).toEqual([{ status: 'running', n_probes: 2 }])
    })

    test('is finished, too, if it was filed as missed before', async () => {
      const plan = scheduled(0)
      const { name: runName, trigger: triggeredBy, slot } = plan
      const run = { id: randomUUID(), runName, triggeredBy, schedule: String(plan.schedule), region: 'local' }
      await store.fileMissed({ run: { ...run, slot: slot as Date, startedAt: new Date() }, reason: 'asleep' })
      await store.startRun(plan, 'local', worker())
      expect(await statusOf(plan)).toEqual([{ status: 'finished', n_probes: 0 }])
    })

    test('does not end an own outage', async () => {
      const schedule = `s-${randomUUID()}`
      const lastRun = async () => (await store.readSystemInputs({ schedule, host: 'none' })).lastRun
      const made = (slot: string, counts: string) =>
        rowsOf(
          `insert into runs (run_name, triggered_by, mode, schedule, slot, late_at, status, finished_at, n_succeeded, status_reason)
            select 'r', 'cron', 'scheduled', $1, $2::timestamptz, $2::timestamptz + interval '15 minutes', 'finished',
              $2::timestamptz + interval '1 minute', ${counts}`,
          [schedule, slot],
        )
      await made('2026-11-30T10:00Z', `0, 'our own outage'`)
      await made('2026-11-30T10:15Z', '0, null')
      expect(await lastRun()).toMatchObject({ ownOutage: 'our own outage' })
      await made('2026-11-30T10:30Z', '1, null')
      expect(await lastRun()).toMatchObject({ ownOutage: null })
    })
  })
})
