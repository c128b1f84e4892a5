import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transport } from '../support/transports.ts'

describe.each(transport('embedded'))('incidents for monitoring over $name', ({ open }) => {
  const { store, rowsOf, down, resolve, claim } = incidentStore(open)
  const read = () => store.readMetrics({ schedule: 'none', synthetic: false })

  test('what is open is shown and what ever was is counted, but for what is in shadow', async () => {
    const before = (await read()).incidents
    const first = await down()
    const second = await down({ kind: 'errors', severity: 'major' })
    await down({ shadow: true })
    await resolve(second.scope, second.id)
    const { open: shown, opened, resolved } = (await read()).incidents
    const { provider, model, targetId, region } = first.target
    expect(shown).toEqual([
      ...before.open,
      {
        kind: 'down',
        severity: 'critical',
        provider,
        model,
        targetId,
        region,
        openedAt: expect.any(Date) as Date,
      },
    ])
    expect([opened, resolved]).toEqual([
      { ...before.opened, down: (before.opened['down'] ?? 0) + 1, errors: 1 },
      { ...before.resolved, errors: 1 },
    ])
    expect((await store.readMetrics({ schedule: 'none', synthetic: true })).incidents).toEqual({
      open: [],
      opened: {},
      resolved: {},
    })
  })

  test('a channel shows what waits for it, since when, and what it was never told', async () => {
    const name = `hook-${randomUUID().slice(0, 8)}`
    await store.saveChannels({ channels: [sampleChannel(name)] })
    const shown = async () => (await read()).channels.find((channel) => channel.name === name)
    const before = await shown()
    await down()
    const [row] = await rowsOf(
      'select floor(extract(epoch from min(created_at)) * 1000) as at, count(*) as n from notification_deliveries where channel = $1',
      [name],
    )
    const waiting = { nWaiting: Number(row?.['n']), waitingSince: new Date(Number(row?.['at'])) }
    expect(waiting.nWaiting).toBe((before?.nWaiting ?? 0) + 1)
    expect(await shown()).toEqual({ name, enabled: true, nSent: 0, nDead: 0, ...waiting })
    const claimId = randomUUID()
    const { rows } = await claim({ claimId })
    const mine = rows.filter(({ channel }) => channel === name)
    await store.settleDeliveries({
      claimId,
      ids: mine.map(({ id }) => id),
      state: 'dead',
      inMs: null,
      attempts: 2,
      error: 'status 410',
      disable: false,
      fallback: null,
    })
    expect(await shown()).toEqual({
      name,
      enabled: true,
      nWaiting: 0,
      waitingSince: null,
      nSent: 0,
      nDead: mine.length,
    })
  })
})
