import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { prune } from '../../src/jobs/prune.ts'
import { openJudge } from '../../src/jobs/judge.ts'
import type { Settlement } from '../../src/store/alert-store.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { testApp } from '../support/app.ts'
import { openMigratedPglite } from '../support/databases.ts'
import { entered, incidentStore, sampleChannel } from '../support/incident-store.ts'

// What monitoring, the doctor and upkeep see of incidents and channels, and what becomes of it when time passes.

const { store, sql, rowsOf, down, claim, told } = incidentStore(async () => {
  const opened = await openMigratedPglite()
  return { store: createSqlStore(opened), sql: opened, close: () => opened.close() }
})
const app = testApp({ DATABASE_URL: 'postgres://127.0.0.1/unused' }, store)

beforeEach(async () => {
  await sql.exec('truncate incidents, alert_channels, notification_deliveries, maintenance_windows cascade')
})

const watched = (synthetic = false) => store.readMetrics({ schedule: 'benchmark', synthetic })
/** Claims what is due, and settles all of it. */
async function settle(state: Settlement['state'], more: Partial<Settlement> = {}) {
  const claimId = randomUUID()
  const { rows } = await claim({ claimId })
  for (const [, of] of Map.groupBy(rows, ({ channel }) => channel))
    await store.settleDeliveries({
      claimId,
      ids: of.map(({ id }) => id),
      state,
      inMs: null,
      attempts: 1,
      error: state === 'sent' ? null : 'HTTP 502',
      disable: false,
      fallback: null,
      ...more,
    })
}
const daysPass = (days: number) =>
  rowsOf(
    `update notification_deliveries set created_at = created_at - $1 * interval '1 day',
      next_attempt_at = next_attempt_at - $1 * interval '1 day', sent_at = sent_at - $1 * interval '1 day'`,
    [days],
  )
const pruned = () =>
  prune(store, {
    retention: { textsBefore: null, resultsBefore: null, proxyBefore: null, proxyTextsBefore: null },
    stop: new AbortController().signal,
  })

test('incidents of synthetic targets are apart', async () => {
  const { target } = await down()
  await sql.query('update providers set synthetic = true where slug = $1', [target.provider])
  expect((await watched()).incidents).toEqual({ open: [], opened: {}, resolved: {} })
  expect((await watched(true)).incidents).toMatchObject({
    open: [{ targetId: target.targetId }],
    opened: { down: 1 },
  })
})

test('what was judged is known by its latest result', async () => {
  expect((await watched()).judgedUntil).not.toEqual(new Date('2026-11-30T12:00:00Z'))
  const evaluatedUntil = new Date('2026-11-30T12:00:00Z')
  const scopes = [{ scope: `target/${randomUUID()}/fra1`, expectedVersion: 0, evaluatedUntil }]
  await store.markEvaluated({ scopes })
  await store.markEvaluated({
    scopes: [{ scope: 'system', expectedVersion: 0, evaluatedUntil: new Date('2027-01-01T00:00:00Z') }],
  })
  expect((await watched()).judgedUntil).toEqual(evaluatedUntil)
})

test('a channel shows what it took, what was given up and what waits, and pruning takes nothing from that', async () => {
  await store.saveChannels({ channels: [sampleChannel('hook')] })
  await down()
  await settle('sent')
  await down()
  await down()
  await settle('dead')
  await down()
  const before = await watched()
  expect(before.channels).toEqual([
    {
      name: 'hook',
      enabled: true,
      nSent: 1,
      nDead: 2,
      nWaiting: 1,
      waitingSince: expect.any(Date) as Date,
    },
  ])
  expect((await store.readChannels()).rows).toMatchObject([
    { nWaiting: 1, waitingSince: before.channels[0]?.waitingSince, nDeadLately: 2 },
  ])
  await daysPass(2)
  expect((await store.readChannels()).rows).toMatchObject([{ nDeadLately: 0 }])
  await daysPass(89)
  await pruned()
  expect(await rowsOf('select state from notification_deliveries')).toEqual([{ state: 'pending' }])
  expect((await watched()).channels).toMatchObject([{ nSent: 1, nDead: 2, nWaiting: 1 }])
  const { kept } = await store.readUpkeep({})
  const { oldest_at: oldest = null } = kept.find(({ what }) => what === 'deliveries') ?? {}
  expect(Date.parse(oldest ?? '')).toBeCloseTo(Date.now() - 91 * 24 * 3_600_000, -6)
  const incidents = await rowsOf('select id from incidents')
  expect(incidents).toHaveLength(4)
})

test('deliveries are kept for 90 days, incidents and what happened to them always', async () => {
  await store.saveChannels({ channels: [sampleChannel('hook')] })
  const { id } = await down()
  await settle('sent')
  await daysPass(89)
  await pruned()
  expect(await told(id)).toEqual(['hook opened 0 sent'])
  await daysPass(2)
  await pruned()
  expect(await told(id)).toEqual([])
  expect((await store.readIncident({ id })).events).toMatchObject([{ type: 'opened' }])
})

test('a channel that its receiver switched off is shown so, one that a person did or that is gone is not', async () => {
  await store.saveChannels({ channels: [sampleChannel('hook'), sampleChannel('gone')] })
  await store.saveChannel(entered('ops'))
  await store.saveChannels({ channels: [sampleChannel('hook')] })
  await store.switchChannel({ name: 'ops', enabled: false })
  const shown = async () => (await watched()).channels.map(({ name, enabled }) => [name, enabled])
  expect(await shown()).toEqual([['hook', true]])
  await down()
  await settle('dead', { disable: true })
  expect(await shown()).toEqual([['hook', false]])
})

test('nobody is reminded of what a recurring window keeps in maintenance', async () => {
  const { id, target } = await down()
  await rowsOf(`update incident_events set at = at - interval '5 hours'`)
  const window = {
    id: randomUUID(),
    name: 'always',
    scope: `target/${target.targetId}`,
    startsAt: null,
    endsAt: null,
    cron: '* * * * *',
    durationMinutes: 5,
    timeZone: 'Europe/Berlin',
    reason: null,
  }
  await store.saveMaintenance(window)
  const events = async () => (await store.readIncident({ id })).events.map(({ type }) => type)
  await openJudge(store, app).rest()
  expect(await events()).toEqual(['opened'])
  await store.deleteMaintenance({ id: window.id })
  await openJudge(store, app).rest()
  expect(await events()).toEqual(['opened', 'reminded'])
})
