import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { failureOf } from '../support/contract-store.ts'
import { incidentStore, opening, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('supabase-js'))('incidents over $name', ({ open }) => {
  const { store, rowsOf, apply, openOf, opened, resolve, eventsOf, told, asRead, targetIn, subjectOf, down } =
    incidentStore(open)

  beforeAll(async () => {
    await store.saveChannels({
      channels: [
        sampleChannel('hook'),
        sampleChannel('loud', { minSeverity: 'critical' }),
        sampleChannel('prices', { kinds: ['price_change', 'slow'] }),
        sampleChannel('pagerduty', { kind: 'pagerduty', minSeverity: 'major' }),
      ],
    })
  })

  test('an incident that is opened has what it was opened with, its event, and a delivery for who wants it', async () => {
    const target = await targetIn('fra1')
    const transition = opening(subjectOf(target))
    expect(await apply(target.scope, [transition])).toEqual({ applied: true, version: 1 })
    const [incident, ...more] = await openOf(target.scope)
    expect(more).toEqual([])
    expect(incident).toMatchObject({
      scope: target.scope,
      kind: 'down',
      severity: 'critical',
      provider: target.provider,
      model: target.model,
      target_id: target.targetId,
      region: 'fra1',
      first_bad_at: '2026-11-30T10:00:00+00:00',
      acknowledged_at: null,
      resolved_at: null,
      resolve_reason: null,
      shadow: false,
      parent_id: null,
      flapping: false,
      evidence: transition.evidence,
    })
    const id = incident?.id ?? ''
    const { events, children } = await store.readIncident({ id })
    expect(events).toMatchObject([
      { type: 'opened', actor: null, detail: { severity: 'critical', evidence: transition.evidence } },
    ])
    expect(children).toEqual([])
    expect(await told(id)).toEqual([
      'hook opened 0 pending',
      'loud opened 0 pending',
      'pagerduty opened 0 pending',
    ])
  })

  test('one that is open is not opened again, and nobody is told twice', async () => {
    const { transition, scope, id } = await down()
    const before = await store.readIncident({ id })
    await apply(scope, [{ ...transition, severity: 'major', evidence: {} }])
    expect(await store.readIncident({ id })).toMatchObject({
      ...before,
      incident: { ...before.incident, lasts_s: expect.any(Number) },
    })
    expect(await openOf(scope)).toHaveLength(1)
  })

  test('a version that is not the present one applies nothing, and says which is', async () => {
    const target = await targetIn('fra1')
    const input = {
      scope: target.scope,
      expectedVersion: 0,
      evaluatedUntil: new Date('2026-11-30T10:15:00Z'),
      transitions: [opening(subjectOf(target))],
    }
    expect(await store.applyTransitions({ ...input, transitions: [] })).toEqual({ applied: true, version: 1 })
    expect(await store.applyTransitions(input)).toEqual({ applied: false, version: 1 })
    expect(await openOf(target.scope)).toEqual([])
    expect(await store.applyTransitions({ ...input, expectedVersion: 1 })).toEqual({
      applied: true,
      version: 2,
    })
    expect(await openOf(target.scope)).toHaveLength(1)
  })

  test('how far a scope is evaluated never goes back', async () => {
    const { scope } = await targetIn('fra1')
    const until = (text: string) => new Date(text)
    const input = { scope, transitions: [] }
    await store.applyTransitions({
      ...input,
      expectedVersion: 0,
      evaluatedUntil: until('2026-11-30T12:00:00Z'),
    })
    await store.applyTransitions({
      ...input,
      expectedVersion: 1,
      evaluatedUntil: until('2026-11-30T11:00:00Z'),
    })
    expect(
      await rowsOf(
        `select evaluated_until = '2026-11-30T12:00:00Z' as kept from alert_states where scope = $1`,
        [scope],
      ),
    ).toEqual([{ kept: true }])
  })

  test('a transition that nobody knows applies none of those before it', async () => {
    const target = await targetIn('fra1')
    const unknown = { do: 'explode', incident: asRead(randomUUID()) } as unknown as ReturnType<typeof opening>
    const error = await failureOf(
      store.applyTransitions({
        scope: target.scope,
        expectedVersion: 0,
        evaluatedUntil: new Date(),
        transitions: [opening(subjectOf(target)), unknown],
      }),
    )
    expect(error).toMatchObject({ name: 'StoreError' })
    expect(await openOf(target.scope)).toEqual([])
    expect(await rowsOf('select from alert_states where scope = $1', [target.scope])).toEqual([])
  })

  test('what worsens keeps the evidence it opened with, and tells who now wants to know', async () => {
    const { scope, id } = await down({ kind: 'slow', severity: 'minor', evidence: { p50_ms: 400, above: 6 } })
    expect(await told(id)).toEqual(['hook opened 0 pending', 'prices opened 0 pending'])
    const worsen = { do: 'worsen', incident: asRead(id), severity: 'major', evidence: { above: 8 } } as const
    await apply(scope, [worsen])
    const { incident, events } = await store.readIncident({ id })
    expect(incident).toMatchObject({ severity: 'major', evidence: { p50_ms: 400, above: 8 } })
    expect(events).toMatchObject([
      { type: 'opened' },
      { type: 'worsened', detail: { severity: 'major', evidence: { above: 8 } } },
    ])
    expect(await told(id, 'pagerduty')).toEqual(['pagerduty worsened 0 pending'])
    await apply(scope, [worsen, { ...worsen, severity: 'minor' }])
    expect(await eventsOf(id)).toEqual(['opened', 'worsened'])
    await apply(scope, [{ ...worsen, severity: 'critical' }])
    expect(await told(id, 'hook')).toEqual([
      'hook opened 0 pending',
      'hook worsened 0 pending',
      'hook worsened 1 pending',
    ])
  })

  test('one that is resolved says why, and can open anew', async () => {
    const { transition, scope, id } = await down()
    await resolve(scope, id)
    await resolve(scope, id, 'expired')
    const { incident, events } = await store.readIncident({ id })
    expect(incident).toMatchObject({
      resolve_reason: 'recovered',
      evidence: { ...transition.evidence, checks: 2 },
    })
    expect(incident.resolved_at).not.toBeNull()
    expect(events.at(-1)).toMatchObject({
      type: 'resolved',
      detail: { reason: 'recovered', evidence: { checks: 2 } },
    })
    expect(events).toHaveLength(2)
    const again = await opened(transition)
    expect(again).not.toBe(id)
  })

  test('nobody is told of what is in shadow', async () => {
    const { scope, id } = await down({ kind: 'slow', severity: 'critical', shadow: true })
    await resolve(scope, id)
    expect(await told(id)).toEqual([])
    expect(await eventsOf(id)).toEqual(['opened', 'resolved'])
  })

  test('the end of a change of price is no news: only PagerDuty, which keeps alerts of its own, hears of it', async () => {
    const { scope, id } = await down({ kind: 'price_change', severity: 'info' })
    const beginning = await told(id)
    await resolve(scope, id, 'expired')
    const after = await told(id)
    expect(after.slice(0, beginning.length)).toEqual(beginning)
    expect(after.slice(beginning.length).filter((line) => !line.startsWith('pager'))).toEqual([])
  })

  test('what a worse one supersedes is withdrawn; only PagerDuty, which keeps alerts of its own, hears of its end', async () => {
    const { scope, id } = await down({ kind: 'slow', severity: 'major' })
    await rowsOf(
      `update notification_deliveries set state = 'sent' where incident_id = $1 and channel <> 'hook'`,
      [id],
    )
    await resolve(scope, id, 'superseded')
    expect(await told(id)).toEqual([
      'hook opened 0 replaced',
      'pagerduty opened 0 sent',
      'prices opened 0 sent',
      'pagerduty resolved 0 pending',
    ])
  })

  describe('of a whole provider', () => {
    /** Two targets of one provider that are down, and the incident of that provider, which has both. */
    const providerDown = async () => {
      const first = await down()
      const second = await down({}, first.target.provider)
      const scope = `provider/${first.target.provider}`
      const subject = { provider: first.target.provider, model: null, targetId: null, region: null }
      await apply(scope, [
        { ...first.transition, kind: 'provider_wide', scope, subject, evidence: { down: 2 } },
        ...[first, second].map(({ id }) => ({
          do: 'adopt' as const,
          incident: asRead(id),
          parentScope: scope,
        })),
      ])
      const [parent] = await openOf(scope)
      if (parent === undefined) throw new Error('it was not opened')
      return { first, second, scope, parent: parent.id }
    }

    test('adopts those of its targets, which are told no more', async () => {
      const { first, second, parent } = await providerDown()
      expect(await told(first.id)).toEqual([
        'hook opened 0 replaced',
        'loud opened 0 replaced',
        'pagerduty opened 0 replaced',
      ])
      const { children } = await store.readIncident({ id: parent })
      expect(children.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted())
      expect((await store.readIncident({ id: first.id })).events).toMatchObject([
        { type: 'opened' },
        { type: 'noted', detail: { parent_id: parent } },
      ])
      await resolve(first.scope, first.id)
      expect(await told(first.id)).toHaveLength(3)
    })

    test('has what goes down while it is open from the beginning', async () => {
      const { first, parent } = await providerDown()
      const third = await down({}, first.target.provider)
      const slow = await opened({ ...third.transition, kind: 'slow', severity: 'major' })
      expect((await store.readIncident({ id: third.id })).incident).toMatchObject({ parent_id: parent })
      expect(await told(third.id)).toEqual([])
      expect((await store.readIncident({ id: slow })).incident).toMatchObject({ parent_id: null })
    })

    test('lets go of those that are still open when it ends: they are told by themselves', async () => {
      const { first, second, scope, parent } = await providerDown()
      await resolve(first.scope, first.id)
      await resolve(scope, parent)
      expect((await store.readIncident({ id: second.id })).incident).toMatchObject({
        parent_id: null,
        resolved_at: null,
      })
      expect(await told(second.id)).toEqual([
        'hook opened 0 pending',
        'loud opened 0 pending',
        'pagerduty opened 0 pending',
      ])
      expect((await store.readIncident({ id: first.id })).incident).toMatchObject({ parent_id: parent })
    })
  })
})
