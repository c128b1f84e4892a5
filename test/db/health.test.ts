import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import type { Store } from '../../src/store/store.ts'
import { samplePlan } from '../support/samples.ts'
import { type OpenTransport, transport } from '../support/transports.ts'

/** Records a scheduled run that finished some minutes ago. */
async function recordRun(
  sql: Sql,
  run: { schedule: string | null; slot: string | null; finished: string | null; status?: string },
): Promise<void> {
  const { schedule, slot, finished, status = 'finished' } = run
  await sql.query(
    `insert into public.runs (run_name, triggered_by, schedule, slot, finished_at, status) values ('r', 'cron', $1, $2, $3, $4)`,
    [schedule, slot, finished, status],
  )
}

describe.each(transport('embedded'))('the health of a schedule over $name', ({ open }) => {
  let opened: OpenTransport
  let store: Store
  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())

  test('is unknown before its first run, and includes the clock of the database', async () => {
    const health = await store.readHealth({ schedule: "none'; drop table runs" })
    expect(health).toEqual({
      lastFinishedAt: null,
      lastStatus: null,
      lastSyncedAt: null,
      now: expect.any(Date) as Date,
    })
    expect(Math.abs(health.now.getTime() - Date.now())).toBeLessThan(10_000)
  })

  test('is when its last run finished, whatever other runs did', async () => {
    const schedule = 'hourly'
    await recordRun(opened.sql, { schedule, slot: '2026-11-20T10:00Z', finished: '2026-11-20T10:01:02.345Z' })
    // An earlier slot whose run took longer.
    await recordRun(opened.sql, { schedule, slot: '2026-11-20T09:00Z', finished: '2026-11-20T10:01:03.456Z' })
    await recordRun(opened.sql, {
      schedule,
      slot: '2026-11-20T11:00Z',
      finished: '2026-11-20T11:01Z',
      status: 'cancelled',
    })
    await recordRun(opened.sql, {
      schedule: 'other',
      slot: '2026-11-20T12:00Z',
      finished: '2026-11-20T12:01Z',
    })
    await recordRun(opened.sql, { schedule: null, slot: null, finished: '2026-11-20T13:01Z' })
    expect(await store.readHealth({ schedule })).toMatchObject({
      lastFinishedAt: new Date('2026-11-20T10:01:03.456Z'),
      lastStatus: 'cancelled',
    })
  })

  test('is not when a run finished whose every probe came too late, as by a clock that is behind', async () => {
    const schedule = 'behind'
    const run = async (slot: string, counts: { skipped: number; failed: number; lateAt: string }) => {
      await recordRun(opened.sql, { schedule, slot, finished: '2026-11-20T11:01Z' })
      await opened.sql.query(
        'update public.runs set n_skipped = $3, n_failed = $4, late_at = $5 where schedule = $1 and slot = $2',
        [schedule, slot, counts.skipped, counts.failed, counts.lateAt],
      )
    }
    await recordRun(opened.sql, { schedule, slot: '2026-11-20T09:00Z', finished: '2026-11-20T09:01Z' })
    await run('2026-11-20T10:00Z', { skipped: 2, failed: 0, lateAt: '2026-11-20T10:15Z' })
    const finishedAt = async () => (await store.readHealth({ schedule })).lastFinishedAt
    expect(await finishedAt()).toEqual(new Date('2026-11-20T09:01Z'))
    // One that called somebody did measure, and one that was in time had another reason, such as the budget.
    await run('2026-11-20T10:15Z', { skipped: 1, failed: 1, lateAt: '2026-11-20T10:30Z' })
    expect(await finishedAt()).toEqual(new Date('2026-11-20T11:01Z'))
    await opened.sql.query(`delete from public.runs where schedule = $1 and slot = '2026-11-20T10:15Z'`, [
      schedule,
    ])
    await run('2026-11-20T11:00Z', { skipped: 2, failed: 0, lateAt: '2026-11-20T11:15Z' })
    expect(await finishedAt()).toEqual(new Date('2026-11-20T11:01Z'))
  })

  test('follows a run in progress', async () => {
    const schedule = 'followed'
    const plan = samplePlan(['m'], {
      schedule,
      slot: new Date('2026-11-20T10:00:00.000Z'),
      mode: 'scheduled',
    })
    await store.startRun(plan, 'local')
    expect(await store.readHealth({ schedule })).toMatchObject({
      lastFinishedAt: null,
      lastStatus: 'running',
    })
    const { finishedAt } = await store.finishRun({ runId: plan.id, status: 'finished' })
    expect(await store.readHealth({ schedule })).toMatchObject({
      lastFinishedAt: finishedAt,
      lastStatus: 'finished',
    })
  })

  test('is read through indexes, however many runs there are', async () => {
    await opened.sql.exec('set enable_seqscan = off')
    const plan = async (text: string) => JSON.stringify((await opened.sql.query(`explain ${text}`)).rows)
    expect(
      await plan(
        `select finished_at from runs where schedule = 's' and status = 'finished' and finished_at is not null order by finished_at desc limit 1`,
      ),
    ).toMatch(/Index (Only )?Scan using idx_runs_schedule_finished_at/)
    expect(
      await plan(
        `select status from runs where schedule = 's' and slot is not null order by slot desc limit 1`,
      ),
    ).toContain('Index Scan Backward using runs_schedule_slot_key')
    await opened.sql.exec('reset enable_seqscan')
  })
})
