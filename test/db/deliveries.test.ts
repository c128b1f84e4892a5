import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { entered, incidentStore, sampleChannel } from '../support/incident-store.ts'
import type { Settlement } from '../../src/store/alert-store.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))('deliveries over $name', ({ open }) => {
  const { store, rowsOf, opened, resolve, told, asRead, apply, down, claim } = incidentStore(open)

  beforeAll(async () => {
    await store.saveChannels({ channels: [sampleChannel('hook'), sampleChannel('mail')] })
  })
  beforeEach(async () => {
    await rowsOf('delete from notification_deliveries')
  })

  /** Settles deliveries of a claim as sent. */
  const settle = (claimId: string, ids: readonly string[], more: Partial<Settlement> = {}) =>
    store.settleDeliveries({
      claimId,
      ids,
      state: 'sent',
      inMs: null,
      attempts: 1,
      error: null,
      disable: false,
      fallback: null,
      ...more,
    })
  /** Claims everything that is due, and settles what a channel is to take. */
  const send = async (channel: string, more: Partial<Settlement> = {}) => {
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    const ids = rows.filter((row) => row.channel === channel).map(({ id }) => id)
    await settle(claimId, ids, more)
    await rowsOf(
      `update notification_deliveries set state = case when held then 'held' else 'pending' end, claim_id = null where claim_id = $1`,
      [claimId],
    )
    return rows.filter((row) => row.channel === channel)
  }
  const shown = (rows: readonly { channel: string; event: string; seq: number }[]) =>
    rows.map(({ channel, event, seq }) => `${channel} ${event} ${seq}`)

  test('what is due comes with the incident as it was, once', async () => {
    const { transition, scope, id } = await down({ severity: 'major' })
    await apply(scope, [{ do: 'worsen', incident: asRead(id), severity: 'critical', evidence: {} }])
    const claimed = await claim()
    expect(shown(claimed.rows)).toEqual(['hook opened 0', 'mail opened 0'])
    expect(claimed.traffic).toEqual([])
    const [first] = claimed.rows
    expect(first).toMatchObject({
      attempts: 0,
      held: false,
      unannounced: true,
      incident: {
        id,
        scope,
        kind: 'down',
        severity: 'major',
        subject: transition.subject,
        firstBadAt: transition.firstBadAt,
        evidence: transition.evidence,
        resolvedAt: null,
      },
    })
    expect(first?.at).toEqual(first?.incident?.openedAt)
    expect((await claim()).rows).toEqual([])
  })

  test('the same claim gets what it holds, and settles it once', async () => {
    await down()
    const claimId = randomUUID()
    const { rows } = await claim({ claimId, limit: 1 })
    expect((await claim({ claimId, limit: 1 })).rows).toEqual(rows)
    const ids = rows.map(({ id }) => id)
    expect(await settle(randomUUID(), ids)).toEqual({ settled: 0 })
    expect(await settle(claimId, ids)).toEqual({ settled: 1 })
    expect(await settle(claimId, ids, { state: 'dead' })).toEqual({ settled: 0 })
    expect(shown((await claim()).rows)).toEqual(['mail opened 0'])
  })

  test('a claim that is not settled is due again after its lease, and its late settling changes nothing', async () => {
    const { id } = await down()
    const claimId = randomUUID()
    const { rows } = await claim({ claimId, lockMs: 0 })
    expect(rows).toHaveLength(2)
    const again = randomUUID()
    expect((await claim({ claimId: again })).rows).toEqual(rows)
    expect(
      await settle(
        claimId,
        rows.map((row) => row.id),
      ),
    ).toEqual({ settled: 0 })
    await settle(
      again,
      rows.map((row) => row.id),
    )
    expect(await told(id)).toEqual(['hook opened 0 sent', 'mail opened 0 sent'])
  })

  test('what failed waits for its next attempt, with those before counted and the reason', async () => {
    const { id } = await down()
    await send('hook', { state: 'pending', inMs: 0, attempts: 2, error: 'HTTP 500' })
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    expect(rows.find(({ channel }) => channel === 'hook')).toMatchObject({ attempts: 2, unannounced: true })
    await settle(
      claimId,
      rows.map((row) => row.id),
      { state: 'pending', inMs: 3_600_000, error: 'HTTP 502' },
    )
    expect((await claim()).rows).toEqual([])
    const { rows: listed } = await store.listDeliveries({ incidentId: id, channel: 'hook' })
    expect(listed).toMatchObject([{ state: 'pending', attempts: 3, last_error: 'HTTP 502', sent_at: null }])
    const { rows: channels } = await store.readChannels()
    expect(channels.find(({ name }) => name === 'hook')).toMatchObject({ consecutiveFailures: 2 })
    await rowsOf('update notification_deliveries set next_attempt_at = now()')
    await send('hook')
    expect((await store.readChannels()).rows.find(({ name }) => name === 'hook')).toMatchObject({
      consecutiveFailures: 0,
      lastSentAt: expect.any(Date),
      nWaiting: 0,
    })
  })

  test('what is held comes again as held, and so if the claim that took it died', async () => {
    await down()
    await send('hook', { state: 'held', inMs: 0, attempts: 0 })
    const held = (rows: Awaited<ReturnType<typeof claim>>['rows']) =>
      rows.filter((row) => row.channel === 'hook').map((row) => row.held)
    expect(held((await claim({ lockMs: 0 })).rows)).toEqual([true])
    expect(held((await claim({ lockMs: 0 })).rows)).toEqual([true])
    await rowsOf(`update notification_deliveries set state = 'held'`)
    await send('hook', { state: 'pending', inMs: 0 })
    expect(held((await claim()).rows)).toEqual([false])
  })

  test('of one incident and channel only the first is due; those of others do not wait for it', async () => {
    const { scope, id } = await down({ severity: 'major' })
    await apply(scope, [{ do: 'worsen', incident: asRead(id), severity: 'critical', evidence: {} }])
    await send('hook', { state: 'pending', inMs: 3_600_000, error: 'HTTP 500' })
    await send('mail')
    const other = await down()
    const { rows } = await claim()
    expect(rows.map((row) => [row.channel, row.event, row.incident?.id])).toEqual([
      ['mail', 'worsened', id],
      ['hook', 'opened', other.id],
      ['mail', 'opened', other.id],
    ])
    expect(rows.map(({ unannounced }) => unannounced)).toEqual([false, true, true])
  })

  test('an end whose beginning was sent is told', async () => {
    const { scope, id } = await down()
    await send('hook')
    await resolve(scope, id)
    const { rows } = await claim()
    expect(rows.find(({ channel }) => channel === 'hook')).toMatchObject({
      event: 'resolved',
      unannounced: false,
      incident: { resolveReason: 'recovered', resolvedAt: expect.any(Date) },
    })
  })

  test('an end whose beginning still waits replaces it, and says that nothing was told', async () => {
    const { scope, id } = await down({ severity: 'major' })
    await apply(scope, [{ do: 'worsen', incident: asRead(id), severity: 'critical', evidence: {} }])
    await send('hook', { state: 'pending', inMs: 3_600_000, error: 'HTTP 500' })
    await resolve(scope, id)
    const { rows } = await claim()
    expect(shown(rows)).toEqual(['hook resolved 0', 'mail resolved 0'])
    expect(rows.map(({ unannounced }) => unannounced)).toEqual([true, true])
    expect(await told(id, 'hook')).toEqual([
      'hook opened 0 replaced',
      'hook worsened 0 replaced',
      'hook resolved 0 sending',
    ])
  })

  test('an end waits while its beginning is being sent', async () => {
    const { scope, id } = await down()
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    await resolve(scope, id)
    expect((await claim()).rows).toEqual([])
    await settle(
      claimId,
      rows.map((row) => row.id),
    )
    expect(shown((await claim()).rows)).toEqual(['hook resolved 0', 'mail resolved 0'])
  })

  test('what got worse and is over is not told after all', async () => {
    const { scope, id } = await down({ severity: 'major' })
    await send('hook')
    await apply(scope, [{ do: 'worsen', incident: asRead(id), severity: 'critical', evidence: {} }])
    await resolve(scope, id)
    const { rows } = await claim()
    expect(shown(rows)).toEqual(['hook resolved 0', 'mail resolved 0'])
    expect(rows.map(({ unannounced }) => unannounced)).toEqual([false, true])
    expect(await told(id, 'hook')).toEqual([
      'hook opened 0 sent',
      'hook worsened 0 replaced',
      'hook resolved 0 sending',
    ])
  })

  test('an end whose beginning is dead is not told, whichever came first', async () => {
    const before = await down()
    await send('hook', { state: 'dead', error: 'HTTP 404' })
    await resolve(before.scope, before.id)
    expect(await told(before.id, 'hook')).toEqual(['hook opened 0 dead'])
    await rowsOf('delete from notification_deliveries')
    const after = await down()
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    await resolve(after.scope, after.id)
    await settle(
      claimId,
      rows.map((row) => row.id),
      { state: 'dead', error: 'HTTP 404' },
    )
    expect(await told(after.id, 'hook')).toEqual(['hook opened 0 dead', 'hook resolved 0 replaced'])
    expect((await claim()).rows).toEqual([])
  })

  test('messages of ten minutes are counted by channel; what was settled together is one', async () => {
    const made = [await down(), await down(), await down()]
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    const [first = '', ...others] = rows.filter(({ channel }) => channel === 'hook').map(({ id }) => id)
    await settle(claimId, others)
    await settle(claimId, [first])
    await rowsOf(
      `update notification_deliveries set sent_at = sent_at - interval '11 minutes' where id = $1`,
      [first],
    )
    for (const { scope, id } of made) await resolve(scope, id)
    const { traffic } = await claim()
    expect(traffic).toEqual([
      { channel: 'hook', messages: 1, since: expect.any(Date), latest: expect.any(Date) },
    ])
    await rowsOf('update notification_deliveries set locked_until = now()')
    await rowsOf(
      `update notification_deliveries set sent_at = sent_at + interval '5 minutes' where id = $1`,
      [first],
    )
    const later = await claim()
    expect(later.traffic).toMatchObject([{ channel: 'hook', messages: 2 }])
    expect(later.now.getTime() - (later.traffic[0]?.since.getTime() ?? 0)).toBeGreaterThan(5.9 * 60_000)
    expect(later.now.getTime() - (later.traffic[0]?.latest.getTime() ?? 0)).toBeLessThan(5.9 * 60_000)
  })

  test('a channel that is disabled is told nothing of what happens from then on', async () => {
    await store.saveChannel(entered('gone'))
    await rowsOf('delete from notification_deliveries')
    await down()
    await send('gone', { state: 'dead', error: 'HTTP 410', disable: true })
    expect((await store.readChannels()).rows.find(({ name }) => name === 'gone')).toMatchObject({
      enabled: false,
      disabledReason: 'HTTP 410',
      consecutiveFailures: 1,
    })
    const { id } = await down()
    expect(await told(id, 'gone')).toEqual([])
    await store.deleteChannel({ name: 'gone' })
  })

  test('lists go through deliveries, latest first', async () => {
    const { id, scope } = await down()
    await resolve(scope, id)
    const { rows, next } = await store.listDeliveries({ incidentId: id, limit: 3 })
    expect(rows.map(({ event }) => event)).toEqual(['resolved', 'resolved', 'opened'])
    const rest = await store.listDeliveries({ incidentId: id, limit: 3, after: next })
    expect(rest).toMatchObject({ rows: [{ event: 'opened' }], next: null })
    expect(Object.keys(rows[0] ?? {})).not.toContain('payload')
    const found = async (more: object) => (await store.listDeliveries(more)).rows.length
    expect(await found({ channel: 'hook' })).toBe(2)
    expect(await found({ state: 'sent' })).toBe(0)
    expect(await found({ state: 'pending' })).toBe(4)
  })

  test('pruning deletes what has been over for 90 days, and keeps incidents', async () => {
    const { id } = await down()
    const young = await opened({ ...(await down()).transition, kind: 'errors' })
    await send('hook')
    await rowsOf(
      `update notification_deliveries set created_at = now() - interval '91 days' where incident_id = $1`,
      [id],
    )
    const pruned = () =>
      store.prune({
        textsBefore: null,
        resultsBefore: null,
        proxyBefore: null,
        proxyTextsBefore: null,
        limit: 1000,
      })
    expect(await pruned()).toMatchObject({ done: false })
    expect(await pruned()).toMatchObject({ done: true })
    expect(await told(id)).toEqual(['mail opened 0 pending'])
    expect(await told(young)).toEqual(['hook opened 0 sent', 'mail opened 0 pending'])
  })
})
