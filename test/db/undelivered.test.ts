import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('Postgres 17'))('what could not be told, over $name', ({ open }) => {
  const { store, rowsOf, told, resolve, down, claim } = incidentStore(open)

  beforeEach(async () => {
    await rowsOf('delete from notification_deliveries')
    const channels = ['hook', 'mail', 'slack'].map((name) => sampleChannel(name))
    await store.saveChannels({ channels: [...channels, sampleChannel('last', { kinds: ['budget'] })] })
  })

  /** Claims what is due; what these channels are to take is given up, and the rest is sent. */
  const send = async (dead: readonly string[], fallback: string | null = 'last') => {
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    for (const [channel, of] of Map.groupBy(rows, (row) => row.channel)) {
      const isDead = dead.includes(channel)
      await store.settleDeliveries({
        claimId,
        ids: of.map(({ id }) => id),
        state: isDead ? 'dead' : 'sent',
        inMs: null,
        attempts: 2,
        error: isDead ? `answered HTTP 404 to ${channel}` : null,
        disable: false,
        fallback,
      })
    }
    return rows
  }

  test('is told once of each event to the channel that is for that, with the reason', async () => {
    const { scope, id } = await down()
    await send(['hook', 'mail'])
    expect(await told(id, 'last')).toEqual(['last undelivered 0 pending'])
    const [row] = await send([])
    expect(row).toMatchObject({
      channel: 'last',
      event: 'undelivered',
      incident: { id },
      undelivered: { channel: 'hook', event: 'opened', error: 'answered HTTP 404 to hook' },
    })
    await resolve(scope, id)
    await send(['slack'])
    expect(await told(id, 'last')).toEqual([
      'last undelivered 0 sent',
      'last resolved 0 sent',
      'last undelivered 1 pending',
    ])
  })

  test('by that channel itself goes nowhere', async () => {
    const { id } = await down()
    await send(['hook'])
    await send(['last'])
    expect(await told(id, 'last')).toEqual(['last undelivered 0 dead'])
    expect((await claim()).rows).toEqual([])
    const budget = await down({ kind: 'budget' })
    await send(['last'])
    expect(await told(budget.id, 'last')).toEqual(['last opened 0 dead'])
  })

  test.each<[string, string | null]>([
    ['no channel is for that', null],
    ['there is none of that name', 'nobody'],
  ])('is a dead letter alone if %s', async (_, fallback) => {
    const { id } = await down()
    await send(['hook', 'mail', 'slack'], fallback)
    expect(await told(id)).toEqual(['hook opened 0 dead', 'mail opened 0 dead', 'slack opened 0 dead'])
  })

  test('is not told to a channel that is off, and a test that dies is told to nobody', async () => {
    await store.switchChannel({ name: 'last', enabled: false })
    const { id } = await down()
    await send(['hook'])
    expect(await told(id, 'last')).toEqual([])
    await store.switchChannel({ name: 'last', enabled: true })
    await store.testChannel({ name: 'hook', id: randomUUID() })
    await send(['hook'])
    const { rows } = await store.listDeliveries({ channel: 'last', limit: 9 })
    expect(rows.filter(({ event }) => event === 'undelivered')).toEqual([])
  })
})
