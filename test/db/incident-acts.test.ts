import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { failureOf } from '../support/contract-store.ts'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

const hour = 3_600_000

describe.each(transport('embedded'))('what people do with incidents over $name', ({ open }) => {
  const { store, rowsOf, opened, openOf, resolve, eventsOf, told, asRead, apply, down } = incidentStore(open)

  beforeAll(async () => {
    await store.saveChannels({ channels: [sampleChannel('hook')] })
  })

  test('the first who acknowledges an incident takes care of it', async () => {
    const { id } = await down()
    const seen = await store.acknowledgeIncident({ id, actor: 'ann', note: 'looking' })
    expect(seen).toMatchObject({ id, acknowledged_by: 'ann' })
    expect(seen.acknowledged_at).not.toBeNull()
    expect(await store.acknowledgeIncident({ id, actor: 'bob' })).toMatchObject({ acknowledged_by: 'ann' })
    expect((await store.readIncident({ id })).events.slice(1)).toMatchObject([
      { type: 'acknowledged', actor: 'ann', detail: { note: 'looking' } },
    ])
  })

  test('programs that keep incidents of their own are told that somebody takes care of it, once; others are not', async () => {
    const kinds = ['pagerduty', 'slack', 'email'] as const
    const channels = kinds.map((kind) => sampleChannel(kind, { kind }))
    await store.saveChannels({ channels: [sampleChannel('hook'), ...channels] })
    const { id } = await down()
    await rowsOf(
      `update notification_deliveries set state = 'sent', sent_at = now() where incident_id = $1`,
      [id],
    )
    await store.acknowledgeIncident({ id, actor: 'ann' })
    await store.acknowledgeIncident({ id, actor: 'bob' })
    expect(await told(id)).toEqual([
      'email opened 0 sent',
      'hook opened 0 sent',
      'pagerduty opened 0 sent',
      'slack opened 0 sent',
      'hook acknowledged 0 pending',
      'pagerduty acknowledged 0 pending',
    ])
    const [row] = await rowsOf(
      `select payload -> 'incident' ->> 'acknowledged_by' as by from notification_deliveries where incident_id = $1 and event = 'acknowledged' limit 1`,
      [id],
    )
    expect(row).toEqual({ by: 'ann' })
    await store.saveChannels({ channels: [sampleChannel('hook')] })
  })

  test('who never heard of an incident does not hear that it was acknowledged', async () => {
    const shadow = await down({ shadow: true })
    await store.acknowledgeIncident({ id: shadow.id, actor: 'ann' })
    expect(await told(shadow.id)).toEqual([])
    const dead = await down()
    await rowsOf(`update notification_deliveries set state = 'dead' where incident_id = $1`, [dead.id])
    await store.acknowledgeIncident({ id: dead.id, actor: 'ann' })
    expect(await told(dead.id)).toEqual(['hook opened 0 dead'])
  })

  test('one that is over is not acknowledged, and takes notes', async () => {
    const { scope, id } = await down()
    await resolve(scope, id)
    expect(await store.acknowledgeIncident({ id, actor: 'ann' })).toMatchObject({ acknowledged_at: null })
    await store.noteIncident({ id, actor: 'ann', note: 'their network' })
    await store.noteIncident({ id, actor: 'ann', note: 'their network' })
    await store.noteIncident({ id, actor: 'bob', note: 'their network' })
    expect((await store.readIncident({ id })).events.slice(2)).toMatchObject([
      { type: 'noted', actor: 'ann', detail: { note: 'their network' } },
      { type: 'noted', actor: 'bob', detail: { note: 'their network' } },
    ])
  })

  test('one that is resolved by hand says by whom, and opens again if it is judged so again', async () => {
    const { transition, scope, id } = await down()
    expect(await store.resolveIncident({ id, actor: 'ann', note: 'known' })).toMatchObject({
      resolve_reason: 'by_hand',
    })
    expect((await store.readIncident({ id })).events.at(-1)).toMatchObject({
      type: 'resolved',
      actor: 'ann',
      detail: { reason: 'by_hand', note: 'known' },
    })
    await store.resolveIncident({ id, actor: 'bob' })
    expect(await eventsOf(id)).toEqual(['opened', 'resolved'])
    expect(await openOf(scope)).toEqual([])
    expect(await opened(transition)).not.toBe(id)
  })

  test.each<[string, (id: string) => Promise<unknown>, RegExp]>([
    [
      'nobody',
      (id) => store.acknowledgeIncident({ id, actor: ' ' }),
      /actor must be a text that is not blank/,
    ],
    ['an empty note', (id) => store.noteIncident({ id, actor: 'ann', note: '' }), /note must be a text/],
    [
      'a note of a book',
      (id) => store.noteIncident({ id, actor: 'ann', note: 'x'.repeat(4001) }),
      /a note has up to 4,000 characters/,
    ],
  ])('%s is refused', async (_, act, says) => {
    const { id } = await down()
    expect(await failureOf(act(id))).toMatchObject({ kind: 'invalid', message: expect.stringMatching(says) })
    expect(await eventsOf(id)).toEqual(['opened'])
  })

  test('an incident that there is not is missing', async () => {
    const id = randomUUID()
    const acts = [
      () => store.readIncident({ id }),
      () => store.acknowledgeIncident({ id, actor: 'ann' }),
      () => store.noteIncident({ id, actor: 'ann', note: 'x' }),
      () => store.resolveIncident({ id, actor: 'ann' }),
    ]
    for (const act of acts)
      expect(await failureOf(act())).toMatchObject({
        kind: 'missing',
        message: expect.stringContaining(`there is no incident ${id}`),
      })
  })

  describe('reminders', () => {
    const remind = (id: string, more: object = {}) =>
      store.remindIncidents({ ids: [id], everyMs: 4 * hour, most: 6, ...more })
    /** As if everything that happened to an incident had been so long ago. */
    const age = (id: string, hours: number) =>
      rowsOf(`update incident_events set at = at - $2 * interval '1 hour' where incident_id = $1`, [
        id,
        hours,
      ])

    test('come so long after it was last told, and so often', async () => {
      const { id } = await down()
      expect(await remind(id)).toEqual({ reminded: 0 })
      for (let times = 0; times < 7; times += 1) {
        await age(id, 5)
        expect(await remind(id)).toEqual({ reminded: times < 6 ? 1 : 0 })
        expect(await remind(id)).toEqual({ reminded: 0 })
      }
      expect(await eventsOf(id)).toEqual(['opened', ...Array.from({ length: 6 }, () => 'reminded')])
      expect(await told(id)).toEqual([
        'hook opened 0 pending',
        ...Array.from({ length: 6 }, (_, seq) => `hook reminded ${seq} pending`),
      ])
    })

    test.each<[string, (id: string, scope: string) => Promise<unknown>]>([
      ['acknowledged', (id) => store.acknowledgeIncident({ id, actor: 'ann' })],
      ['over', (id, scope) => resolve(scope, id)],
      ['minor', (id) => rowsOf(`update incidents set severity = 'minor' where id = $1`, [id])],
      ['in shadow', (id) => rowsOf(`update incidents set shadow = true where id = $1`, [id])],
      ['flapping', (id) => rowsOf(`update incidents set flapping = true where id = $1`, [id])],
      ['told by another', (id) => rowsOf(`update incidents set parent_id = id where id = $1`, [id])],
    ])('do not come for what is %s', async (_, change) => {
      const { scope, id } = await down()
      await change(id, scope)
      await age(id, 5)
      expect(await remind(id)).toEqual({ reminded: 0 })
    })

    test.each([
      ['the whole installation', () => 'all'],
      ['its provider', ({ provider }: { provider: string }) => `provider/${provider}`],
      ['it', ({ targetId }: { targetId: string }) => `target/${targetId}`],
    ])('wait while %s is in maintenance', async (_, scopeOf) => {
      const { id, target } = await down()
      await age(id, 5)
      const maintained = [scopeOf(target), 'provider/another']
      expect(await remind(id, { maintained })).toEqual({ reminded: 0 })
      expect(await remind(id, { maintained: ['provider/another'] })).toEqual({ reminded: 1 })
    })

    test('start anew when it gets worse', async () => {
      const { scope, id } = await down({ severity: 'major' })
      await age(id, 5)
      await apply(scope, [{ do: 'worsen', incident: asRead(id), severity: 'critical', evidence: {} }])
      expect(await remind(id)).toEqual({ reminded: 0 })
      await age(id, 5)
      expect(await store.remindIncidents({ everyMs: 4 * hour, most: 6 })).toEqual({ reminded: 1 })
    })
  })

  describe('lists', () => {
    test('go through all incidents of a provider, latest first, by every filter', async () => {
      const first = await down({ severity: 'major', kind: 'errors' })
      const provider = first.target.provider
      const second = await down({}, provider)
      const third = await down({ shadow: true, kind: 'slow', severity: 'minor' }, provider)
      await resolve(second.scope, second.id)
      const found = async (more: object) =>
        (await store.listIncidents({ provider, ...more })).rows.map(({ id }) => id)
      expect(await found({})).toEqual([third.id, second.id, first.id])
      const { rows, next } = await store.listIncidents({ provider, limit: 2 })
      expect(rows.map(({ id }) => id)).toEqual([third.id, second.id])
      expect(await store.listIncidents({ provider, limit: 2, after: next })).toMatchObject({
        rows: [{ id: first.id }],
        next: null,
      })
      const opening = new Date(rows[1]?.opened_at ?? '')
      const ways: [object, string[]][] = [
        [{ open: true }, [third.id, first.id]],
        [{ open: false }, [second.id]],
        [{ kind: 'errors' }, [first.id]],
        [{ severity: 'critical' }, [second.id]],
        [{ shadow: true }, [third.id]],
        [{ shadow: false }, [second.id, first.id]],
        [{ scope: second.scope }, [second.id]],
        [{ model: third.target.model }, [third.id]],
        [{ targetId: first.target.targetId }, [first.id]],
        [{ since: new Date(opening.getTime() + 1) }, [third.id]],
        [{ until: opening }, [first.id]],
      ]
      for (const [way, expected] of ways) expect(await found(way), JSON.stringify(way)).toEqual(expected)
    })

    test('an unknown filter is refused', async () => {
      const error = await failureOf(store.listIncidents({ colour: 'red' } as object))
      expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('has no colour') })
    })

    test('people who query see what is open and how long it lasts, and what was', async () => {
      const { target, id } = await down({ firstBadAt: new Date(Date.now() - 2 * hour) })
      await rowsOf(`update notification_deliveries set state = 'sent' where incident_id = $1`, [id])
      const about = `kind, severity, provider, model, region, incident_id`
      const named = { kind: 'down', severity: 'critical', provider: target.provider, model: target.model }
      expect(
        await rowsOf(
          `select ${about}, lasts > interval '2 hours' as long from open_incidents where incident_id = $1`,
          [id],
        ),
      ).toEqual([{ ...named, region: 'fra1', incident_id: id, long: true }])
      await store.resolveIncident({ id, actor: 'ann' })
      expect(await rowsOf('select from open_incidents where incident_id = $1', [id])).toEqual([])
      expect(
        await rowsOf(
          `select ${about}, resolve_reason, lasted between interval '2 hours' and interval '3 hours' as long,
            detected_after <= lasted as known_before, n_told::int from incident_history where incident_id = $1`,
          [id],
        ),
      ).toEqual([
        {
          ...named,
          region: 'fra1',
          incident_id: id,
          resolve_reason: 'by_hand',
          long: true,
          known_before: true,
          n_told: 1,
        },
      ])
    })
  })
})
