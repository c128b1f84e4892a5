import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { MaintenanceInput } from '../../src/store/alert-store.ts'
import { providerFault, resultsOf } from '../support/alert-results.ts'
import { failureOf } from '../support/contract-store.ts'
import { expectRightRollups } from '../support/expected-rollups.ts'
import { openedTransport } from '../support/opened-transport.ts'
import { transport } from '../support/transports.ts'

const hour = 3_600_000

describe.each(transport('supabase-js'))('maintenance over $name', ({ open }) => {
  const { store, sql, rowsOf } = openedTransport(open)
  const { newTarget, record } = resultsOf(store)

  const once = (more: Partial<MaintenanceInput> = {}): MaintenanceInput => ({
    id: randomUUID(),
    name: 'new racks',
    scope: 'provider/openai',
    startsAt: new Date('2099-01-01T00:00:00Z'),
    endsAt: new Date('2099-01-01T02:00:00Z'),
    cron: null,
    durationMinutes: null,
    timeZone: null,
    reason: null,
    ...more,
  })
  const weekly = (more: Partial<MaintenanceInput> = {}) =>
    once({
      name: 'weekly',
      scope: 'all',
      startsAt: null,
      endsAt: null,
      cron: '0 3 * * 0',
      durationMinutes: 90,
      timeZone: 'Europe/Berlin',
      ...more,
    })
  const names = async (ended?: boolean) =>
    (await store.listMaintenance(ended === undefined ? {} : { ended })).rows.map(({ name }) => name)

  test('windows are listed by their beginning, those that are over only if asked for', async () => {
    const window = once({ reason: 'they said so' })
    expect(await store.saveMaintenance(window)).toEqual({ created: true })
    await store.saveMaintenance(weekly())
    await store.saveMaintenance(
      once({ name: 'past', startsAt: new Date(Date.now() - 2 * hour), endsAt: new Date(Date.now() - hour) }),
    )
    await store.saveMaintenance(weekly({ name: 'ended', endsAt: new Date(Date.now() - hour) }))
    expect(await names()).toEqual(['weekly', 'new racks'])
    expect(await names(true)).toEqual(['weekly', 'ended', 'past', 'new racks'])
    const { rows } = await store.listMaintenance({})
    expect(rows[1]).toEqual({
      id: window.id,
      name: 'new racks',
      scope: 'provider/openai',
      starts_at: '2099-01-01T00:00:00+00:00',
      ends_at: '2099-01-01T02:00:00+00:00',
      cron: null,
      duration_minutes: null,
      time_zone: null,
      reason: 'they said so',
      created_at: expect.any(String),
      owned_by: null,
    })
    expect(await store.saveMaintenance({ ...window, name: 'old racks' })).toEqual({ created: false })
    expect(await names()).toEqual(['weekly', 'old racks'])
    expect(await store.deleteMaintenance({ id: window.id })).toEqual({ deleted: true })
    expect(await store.deleteMaintenance({ id: window.id })).toEqual({ deleted: false })
    expect(await names()).toEqual(['weekly'])
  })

  test.each<[string, MaintenanceInput, RegExp]>([
    ['without a name', once({ name: '' }), /the name of a maintenance window must be a text/],
    ['of nothing', once({ scope: 'everything' }), /the scope of a maintenance window is all/],
    ['of a target by its model', once({ scope: 'target/gpt-5' }), /the scope of a maintenance window/],
    ['without an end', once({ endsAt: null }), /needs starts_at and ends_at, or cron/],
    [
      'that ends before it starts',
      once({ endsAt: new Date('2098-12-31T00:00:00Z') }),
      /ends after it starts/,
    ],
    ['that recurs and does not end', weekly({ durationMinutes: null }), /come together/],
    ['that recurs nowhere', weekly({ timeZone: null }), /come together/],
    ['that never ends', weekly({ durationMinutes: 20_000 }), /duration_minutes_check/],
  ])('a window %s is refused', async (_, window, says) => {
    expect(await failureOf(store.saveMaintenance(window))).toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(says),
    })
  })

  test('what was made in maintenance is kept, and counts neither for its target nor against it', async () => {
    const target = newTarget()
    await record(target, 'fra1', { minutesAgo: 60, ttftMs: 100 })
    await record(target, 'fra1', { minutesAgo: 45, ...providerFault, recheck: true, maintenance: true })
    await record(target, 'fra1', { minutesAgo: 30, ...providerFault, maintenance: true })
    await record(target, 'fra1', { minutesAgo: 15, ttftMs: 9000, maintenance: true })
    const about = `from tracks k join rollups_daily d on d.track_id = k.id where k.model = $1`
    expect(
      await rowsOf(
        `select sum(n_calls)::int as calls, sum(n_ok)::int as ok, sum(n_provider)::int as failed, sum(n_ttft)::int as samples ${about}`,
        [target.model],
      ),
    ).toEqual([{ calls: 5, ok: 1, failed: 0, samples: 1 }])
    const { rows } = await store.readNow({})
    expect(rows.find(({ model }) => model === target.model)).toMatchObject({
      state: expect.stringMatching(/^(up|stale)$/),
      last: { error_kind: null, ttft_ms: 100 },
    })
    const { rows: listed } = await store.listUptime({ model: target.model })
    expect(listed).toMatchObject([{ n_checks: 1, n_failed: 0, uptime_percent: 100 }])
    const page = await store.listResults({ model: target.model, after: null, limit: 10, withTexts: false })
    expect(page.rows.map((row) => row['maintenance'])).toEqual([false, true, true, true, true])
    await rowsOf(`update benchmark_results set maintenance = false where model = $1 and not success`, [
      target.model,
    ])
    await expectRightRollups(sql)
    expect(await rowsOf(`select sum(n_provider)::int as failed ${about}`, [target.model])).toEqual([
      { failed: 2 },
    ])
  })
})
