import { describe, expect, test, vi } from 'vitest'
import { openEventFeed } from '../../src/store/event-feed.ts'
import { incidentStore, sampleChannel } from '../support/incident-store.ts'
import { transports } from '../support/transports.ts'

describe.each(transports.slice(0, 2))('who shows incidents, over $name', ({ open }) => {
  const { store, sql, resolve, down, claim } = incidentStore(open)

  test('hears of each change of them and of what is told, and of nothing else', async () => {
    const feed = openEventFeed({ listEvents: store.listEvents, listen: sql.listen })
    const stop = new AbortController()
    const watching = feed.watch({ runId: null, after: null, signal: stop.signal }).next()
    const heard = vi.fn<() => void>()
    feed.onIncidents(heard)
    /** Whether something is heard of an act. */
    const isHeard = async (act: () => Promise<unknown>): Promise<void> => {
      heard.mockClear()
      await act()
      await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 20_000, interval: 5 })
    }
    await store.saveChannels({ channels: [sampleChannel('hook')] })
    // Until it listens.
    await vi.waitFor(
      async () => {
        await down()
        expect(heard).toHaveBeenCalled()
      },
      { timeout: 30_000, interval: 200 },
    )
    let of = { scope: '', id: '' }
    await isHeard(async () => (of = await down()))
    await isHeard(() => store.noteIncident({ id: of.id, actor: 'ann', note: 'looking' }))
    await isHeard(() => store.acknowledgeIncident({ id: of.id, actor: 'ann' }))
    await isHeard(() => resolve(of.scope, of.id))
    const claimId = of.id
    const { rows } = await claim({ claimId })
    await isHeard(() =>
      store.settleDeliveries({
        claimId,
        ids: rows.map(({ id }) => id),
        state: 'sent',
        inMs: null,
        attempts: 1,
        error: null,
        disable: false,
        fallback: null,
      }),
    )
    stop.abort()
    expect((await watching).done).toBe(true)
    await feed.close()
  })
})
