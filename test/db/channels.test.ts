import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Channel } from '../../src/core/incident.ts'
import { failureOf } from '../support/contract-store.ts'
import { entered, incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('channels over $name', ({ open }) => {
  const { store, rowsOf, told, down, claim } = incidentStore(open)

  beforeEach(async () => {
    await rowsOf('delete from notification_deliveries')
    await rowsOf('delete from alert_channels')
    await rowsOf('delete from incidents')
  })

  const stateOf = async (name: string) => {
    const found = (await store.readChannels()).rows.find((row) => row.name === name)
    return found && [found.source, found.enabled, found.disabledReason]
  }

  test('those of the environment are saved as they are, and again without a change', async () => {
    const slack = sampleChannel('slack', {
      kind: 'slack',
      minSeverity: 'major',
      kinds: ['down', 'slow'],
      settings: { note: 'x' },
    })
    const input = { channels: [slack, sampleChannel('webhook-b')] }
    expect(await store.saveChannels(input)).toEqual({ added: ['slack', 'webhook-b'], gone: [] })
    expect(await store.saveChannels(input)).toEqual({ added: [], gone: [] })
    const { rows } = await store.readChannels()
    expect(rows.map(({ name }) => name)).toEqual(['slack', 'webhook-b'])
    expect(rows[0]).toEqual({
      ...slack,
      disabledReason: null,
      consecutiveFailures: 0,
      createdAt: expect.any(Date),
      lastSentAt: null,
      nWaiting: 0,
      waitingSince: null,
      nDeadLately: 0,
      ownedBy: null,
    })
  })

  test('one that is gone from the environment is off until it is back; one that is off for another reason stays so', async () => {
    const [a, b] = [sampleChannel('a'), sampleChannel('b')]
    await store.saveChannels({ channels: [a, b] })
    await store.switchChannel({ name: 'b', enabled: false })
    await store.saveChannel(entered('c'))
    expect(await store.saveChannels({ channels: [b] })).toEqual({ added: [], gone: ['a'] })
    expect(await stateOf('a')).toEqual(['environment', false, 'its variables are gone from the environment'])
    expect(await stateOf('c')).toEqual(['entered', true, null])
    await store.saveChannels({ channels: [a, b] })
    expect(await stateOf('a')).toEqual(['environment', true, null])
    expect(await stateOf('b')).toEqual(['environment', false, 'switched off by a person'])
    await store.switchChannel({ name: 'b', enabled: true })
    expect(await stateOf('b')).toEqual(['environment', true, null])
  })

  test('who is new, or on again, is told once of what is open and what concerns it', async () => {
    const present = await down()
    const minor = await down({ kind: 'slow', severity: 'minor' })
    const shadow = await down({ shadow: true })
    await store.saveChannels({ channels: [sampleChannel('env', { minSeverity: 'major' })] })
    await store.saveChannel(entered('own'))
    await store.saveChannel(entered('quiet', { enabled: false }))
    expect(await told(present.id)).toEqual(['env opened 0 pending', 'own opened 0 pending'])
    expect(await told(minor.id)).toEqual(['own opened 0 pending'])
    expect(await told(shadow.id)).toEqual([])
    await rowsOf(`update notification_deliveries set state = 'sent'`)
    await store.switchChannel({ name: 'own', enabled: false })
    const missed = await down()
    await store.switchChannel({ name: 'own', enabled: true })
    expect(await told(present.id, 'own')).toEqual(['own opened 0 sent'])
    expect(await told(missed.id, 'own')).toEqual(['own opened 0 pending'])
  })

  test('one that a person entered is replaced by the next of its name, and begins anew', async () => {
    expect(await store.saveChannel(entered('own'))).toMatchObject({ created: true })
    await rowsOf(
      `update alert_channels set consecutive_failures = 7, enabled = false, disabled_reason = 'HTTP 410'`,
    )
    const changed = entered('own', { kind: 'ntfy', settings: { url: 'https://ntfy.example/x' } })
    expect(await store.saveChannel(changed)).toMatchObject({
      created: false,
      channel: { ...changed, source: 'entered', disabledReason: null, consecutiveFailures: 0 },
    })
  })

  test('one that is deleted is told nothing that waits, and its history stays', async () => {
    await store.saveChannel(entered('own'))
    const { id } = await down()
    expect(await store.deleteChannel({ name: 'own' })).toEqual({ deleted: true })
    expect(await store.deleteChannel({ name: 'own' })).toEqual({ deleted: false })
    expect((await claim()).rows).toEqual([])
    expect((await store.readIncident({ id })).deliveries).toMatchObject([
      { channel: 'own', state: 'dead', last_error: 'its channel was deleted' },
    ])
  })

  test('a test is a delivery of no incident, once per id', async () => {
    await store.saveChannel(entered('own'))
    const id = randomUUID()
    expect(await store.testChannel({ name: 'own', id })).toEqual({ queued: true })
    expect(await store.testChannel({ name: 'own', id })).toEqual({ queued: false })
    await store.testChannel({ name: 'own', id: randomUUID() })
    const { rows } = await claim()
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({
      id,
      channel: 'own',
      event: 'test',
      incident: null,
      unannounced: false,
      at: expect.any(Date),
    })
  })

  test.each<[string, Partial<Channel> & { more?: number }, RegExp]>([
    ['without a name', { name: ' ' }, /the name of a channel must be a text/],
    ['of a kind that nobody knows', { kind: 'pigeon' as never }, /alert_channels_kind_check/],
    ['told of a kind that nobody knows', { kinds: ['weather' as never] }, /alert_channels_kinds_check/],
    ['of a severity that nobody knows', { minSeverity: 'dire' as never }, /min_severity_check/],
    ['with a field that nobody knows', { more: 1 }, /a channel has no more/],
    ['half on', { enabled: 'yes' as never }, /enabled and weekly must be true or false/],
    ['half weekly', { weekly: 'no' as never }, /enabled and weekly must be true or false/],
  ])('one %s is refused', async (_, wrong, says) => {
    const error = await failureOf(store.saveChannel(entered('own', wrong)))
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringMatching(says) })
    expect((await store.readChannels()).rows).toEqual([])
  })

  test('a person cannot take, or delete, one of the environment; one that there is not is missing', async () => {
    await store.saveChannels({ channels: [sampleChannel('slack')] })
    expect(await failureOf(store.saveChannel(entered('slack')))).toMatchObject({ kind: 'conflict' })
    expect(await failureOf(store.deleteChannel({ name: 'slack' }))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('remove its variables'),
    })
    for (const act of [
      () => store.switchChannel({ name: 'nobody', enabled: true }),
      () => store.testChannel({ name: 'nobody', id: randomUUID() }),
    ])
      expect(await failureOf(act())).toMatchObject({
        kind: 'missing',
        message: expect.stringContaining('there is no channel nobody'),
      })
  })
})
