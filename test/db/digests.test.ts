import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { lastWeek } from '../../src/core/week.ts'
import { failureOf } from '../support/contract-store.ts'
import { entered, incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

const known = { limitUsd: 50, nUnkept: 0 }

describe.each(transport('supabase-js'))('digests over $name', ({ open }) => {
  const { store, rowsOf, down, claim } = incidentStore(open)

  beforeEach(async () => {
    await rowsOf('delete from notification_deliveries')
    await rowsOf('delete from alert_channels')
    await rowsOf('delete from incidents')
  })

  /** Channels that have been sent digests since a moment. */
  const since = async (moment: string, ...names: string[]) => {
    for (const name of names) await store.saveChannel(entered(name, { weekly: true }))
    await rowsOf('update alert_channels set weekly_since = $1 where name = any ($2)', [moment, names])
  }
  /** What is queued at a moment, the week before which ended on Monday 5 October 2026. */
  const queueAt = async (at: string) =>
    (
      await rowsOf('select firsttoken.queue_digests_at($1, $2) as done', [
        JSON.stringify({ limit_usd: 50, n_unkept: 0 }),
        at,
      ])
    )[0]?.['done']
  const rows = () =>
    rowsOf(`select channel, event, week, state, last_error from notification_deliveries order by channel`)
  const monday = '2026-10-05T06:00:00Z'
  const [nothing, one] = [0, 1].map((queued) => ({ week: '2026-W40', queued, skipped: 0 }))

  test('from Monday at six on each channel that wants it has one, whoever asks, however often', async () => {
    await since('2026-09-01', 'a')
    await store.saveChannel(entered('b'))
    expect(await queueAt('2026-10-05T05:59:59Z')).toEqual(nothing)
    expect(await queueAt(monday)).toEqual(one)
    expect(await queueAt(monday)).toEqual(nothing)
    expect(await queueAt('2026-10-11T23:00:00Z')).toEqual(nothing)
    const told = { channel: 'a', event: 'weekly', last_error: null, state: 'pending' }
    expect(await rows()).toEqual([{ ...told, week: '2026-W40' }])
    expect(await queueAt('2026-10-12T06:00:00Z')).toEqual({ ...one, week: '2026-W41' })
  })

  test('what is sent is the week as it was when it was queued, with an id that its channel would get again', async () => {
    await since('2026-09-01', 'a', 'b')
    await queueAt(monday)
    const first = await claim()
    expect(
      first.rows.map(({ channel, event, incident, week }) => [channel, event, incident, week?.week]),
    ).toEqual([
      ['a', 'weekly', null, '2026-W40'],
      ['b', 'weekly', null, '2026-W40'],
    ])
    expect(first.rows[0]?.week?.spent.limit_usd).toBe(50)
    await rowsOf('delete from notification_deliveries')
    await queueAt('2026-10-05T09:00:00Z')
    expect((await claim()).rows.map(({ id }) => id)).toEqual(first.rows.map(({ id }) => id))
    expect(new Set(first.rows.map(({ id }) => id)).size).toBe(2)
  })

  test('if nothing ran on Monday it comes until Thursday; then it is given up, and that is said once', async () => {
    await since('2026-09-01', 'a')
    expect(await queueAt('2026-10-07T23:59:59Z')).toEqual(one)
    await rowsOf('delete from notification_deliveries')
    expect(await queueAt('2026-10-08T00:00:00Z')).toEqual({ ...nothing, skipped: 1 })
    expect(await queueAt('2026-10-09T00:00:00Z')).toEqual(nothing)
    expect(await rows()).toMatchObject([
      {
        state: 'dead',
        last_error: 'was not told of the week: nothing ran in the three days after it',
      },
    ])
    expect((await claim()).rows).toEqual([])
  })

  test('who wants it since then has the next one; who is off has none', async () => {
    await since('2026-10-05T00:00:01Z', 'new')
    await since('2026-09-01', 'off')
    await store.switchChannel({ name: 'off', enabled: false })
    expect(await queueAt(monday)).toEqual(nothing)
    await store.switchChannel({ name: 'off', enabled: true })
    expect(await queueAt('2026-10-09T00:00:00Z')).toEqual(nothing)
    expect((await claim()).rows).toEqual([])
    expect(await queueAt('2026-10-12T06:00:00Z')).toEqual({ week: '2026-W41', queued: 2, skipped: 0 })
  })

  test('the last week is the one that is queued now', async () => {
    const before = Date.now()
    const { week } = await store.queueDigests(known)
    expect([lastWeek(new Date(before)), lastWeek(new Date())]).toContain(week)
  })

  test('whether it wants it is kept with a channel, since when it did', async () => {
    await store.saveChannels({ channels: [sampleChannel('env', { weekly: true }), sampleChannel('quiet')] })
    await since('2026-09-01', 'mine')
    const wants = async () => (await store.readChannels()).rows.map(({ name, weekly }) => `${name} ${weekly}`)
    expect(await wants()).toEqual(['env true', 'mine true', 'quiet false'])
    await rowsOf(`update alert_channels set weekly_since = '2026-09-01' where name = 'env'`)
    await store.saveChannels({ channels: [sampleChannel('env', { weekly: true }), sampleChannel('quiet')] })
    await store.saveChannel(entered('mine', { weekly: true, minSeverity: 'major' }))
    await store.switchChannel({ name: 'mine', weekly: true })
    expect(await rowsOf(`select from alert_channels where weekly_since = '2026-09-01'`)).toHaveLength(2)
    expect((await store.switchChannel({ name: 'mine', weekly: false })).channel).toMatchObject({
      weekly: false,
      enabled: true,
    })
    await store.saveChannels({ channels: [sampleChannel('env'), sampleChannel('quiet')] })
    expect(await wants()).toEqual(['env false', 'mine false', 'quiet false'])
  })

  test('one of PagerDuty cannot want it, nor be sent one by hand', async () => {
    const pager = entered('pager', { kind: 'pagerduty', weekly: true })
    expect(await failureOf(store.saveChannel(pager))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('alert_channels_weekly_check') as string,
    })
    await store.saveChannel({ ...pager, weekly: false })
    const sent = store.sendDigest({ ...known, week: '2026-W40', name: 'pager', id: randomUUID() })
    expect(await failureOf(sent)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('calls people') as string,
    })
  })

  test('any week is sent by hand, once per id, whatever was sent before', async () => {
    await since('2026-09-01', 'a')
    await queueAt(monday)
    const asked = { ...known, week: '2026-W40', name: 'a', id: randomUUID() }
    expect(await store.sendDigest(asked)).toEqual({ queued: true })
    expect(await store.sendDigest(asked)).toEqual({ queued: false })
    expect((await claim()).rows).toHaveLength(2)
    expect(await failureOf(store.sendDigest({ ...asked, name: 'nobody' }))).toMatchObject({ kind: 'missing' })
  })

  test('a channel has its digest although an incident waits for it', async () => {
    await since('2026-09-01', 'a')
    await down()
    await queueAt(monday)
    expect((await claim()).rows.map(({ event }) => event)).toEqual(['opened', 'weekly'])
  })
})
