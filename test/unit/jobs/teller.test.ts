import { expect, test } from 'vitest'
import { tellOne } from '../../../src/jobs/teller.ts'
import type { Store } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { quietAlerts } from '../../support/quiet-alerts.ts'
import { stubStore } from '../../support/stub-store.ts'

/** A store whose delivery another process has in hand until it was looked at so often, and a clock that sleeping moves. */
function inHand(looks: number) {
  let seen = 0
  let now = 0
  const row = {
    id: 'one',
    incident_id: null,
    week: null,
    event: 'test',
    seq: 0,
    channel: 'hook',
    attempts: 1,
    next_attempt_at: '2026-11-30T06:00:00Z',
    last_error: null,
    sent_at: null,
    created_at: '2026-11-30T06:00:00Z',
  } as const
  const store: Store = stubStore({
    ...quietAlerts,
    listDeliveries: () => {
      seen += 1
      return Promise.resolve({
        rows: [{ ...row, state: seen > looks ? ('sent' as const) : ('sending' as const) }],
        next: null,
      })
    },
  })
  const app = testApp({}, store, {
    clock: { now: () => now, date: () => new Date(now) },
    sleep: (ms) => {
      now += ms
      return Promise.resolve()
    },
  })
  return { store, app, slept: () => now }
}

test('what another process is sending is waited for', async () => {
  const { store, app } = inHand(3)
  expect(await tellOne(store, app, { channel: 'hook', id: 'one' })).toMatchObject({ state: 'sent' })
  expect(await tellOne(store, app, { channel: 'hook', id: 'other' })).toBe(undefined)
})

test('what another process never settles is waited for half a minute', async () => {
  const { store, app, slept } = inHand(Infinity)
  expect(await tellOne(store, app, { channel: 'hook', id: 'one' })).toMatchObject({ state: 'sending' })
  expect(slept()).toBe(30_000)
})
