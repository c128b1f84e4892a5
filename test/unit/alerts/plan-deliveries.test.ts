import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Delivery } from '../../../src/alerts/delivery-store.ts'
import { planDeliveries } from '../../../src/alerts/plan-deliveries.ts'
import { deliveryLike, incidentLike } from '../../support/incidents.ts'

const now = new Date('2026-11-05T13:20:00Z')
const noisy = incidentLike({ kind: 'slow', evidence: { noisy: true } })
const flapping = incidentLike({ flapping: true })
const drift = incidentLike({ kind: 'drift' })

const rows = (count: number, more: Partial<Delivery> = {}): Delivery[] =>
  Array.from({ length: count }, (_, index) =>
    deliveryLike({ id: `${more.held ? 'held' : 'row'} ${index}`, ...more }),
  )

const traffic = (messages: number, agoMs: number) => ({
  channel: 'webhook',
  messages,
  since: new Date('2026-11-05T13:12:00Z'),
  latest: new Date(now.getTime() - agoMs),
})

/** A plan by ids. */
function planned(
  deliveries: Delivery[],
  messages?: number,
  { kind = 'webhook', agoMs = 0 }: { kind?: 'webhook' | 'pagerduty'; agoMs?: number } = {},
) {
  const recent = messages === undefined ? undefined : traffic(messages, agoMs)
  const plan = planDeliveries(deliveries, { kind, traffic: recent, now })
  return {
    messages: plan.messages.map((told) => told.map(({ id }) => id)),
    hold: plan.hold.map((held) => ({ ids: held.rows.map(({ id }) => id), minutes: held.inMs / 60_000 })),
  }
}

test('each delivery is a message, in their order', () => {
  expect(planned(rows(3))).toEqual({ messages: [['row 0'], ['row 1'], ['row 2']], hold: [] })
})

test.each([
  ['noisy', noisy],
  ['flapping', flapping],
  ['drifting', drift],
])('what is %s waits for the next full hour', (_, incident) => {
  expect(planned(rows(2, { incident }))).toEqual({
    messages: [],
    hold: [{ ids: ['row 0', 'row 1'], minutes: 40 }],
  })
})

test('what was held is one message, before the others', () => {
  const held = rows(2, { held: true, incident: noisy })
  expect(planned([...rows(1), ...held])).toEqual({ messages: [['held 0', 'held 1'], ['row 0']], hold: [] })
})

test('ten messages come as things happen; what happens then is collected for a second', () => {
  expect(planned(rows(3), 8)).toEqual({
    messages: [['row 0'], ['row 1']],
    hold: [{ ids: ['row 2'], minutes: 1 / 60 }],
  })
  const { messages, hold } = planned(rows(100))
  expect(messages).toEqual(rows(10).map(({ id }) => [id]))
  expect(hold).toMatchObject([{ minutes: 1 / 60 }])
})

test('what was collected is one message with what happens then, once the pause is over', () => {
  const all = [...rows(1), ...rows(2, { held: true })]
  expect(planned(all, 10, { agoMs: 1000 })).toEqual({ messages: [['row 0', 'held 0', 'held 1']], hold: [] })
  expect(planned(all, 19, { agoMs: 600 })).toEqual({
    messages: [],
    hold: [{ ids: ['row 0', 'held 0', 'held 1'], minutes: 0.4 / 60 }],
  })
})

test('after 20 the rest waits until the first of them is ten minutes old', () => {
  expect(planned(rows(3), 20)).toEqual({
    messages: [],
    hold: [{ ids: ['row 0', 'row 1', 'row 2'], minutes: 2 }],
  })
})

test('a digest is a message too, and waits as others do', () => {
  const held = rows(3, { held: true })
  expect(planned(held, 20)).toEqual({
    messages: [],
    hold: [{ ids: ['held 0', 'held 1', 'held 2'], minutes: 2 }],
  })
})

test('PagerDuty groups by itself: it gets each by itself', () => {
  const all = [...rows(22), ...rows(2, { held: true, incident: noisy })]
  expect(planned(all, 20, { kind: 'pagerduty' })).toEqual({ messages: all.map(({ id }) => [id]), hold: [] })
})

test('whatever comes: each is told once or held once, and no channel takes more than it may', () => {
  const anyRow = fc.record({
    held: fc.boolean(),
    incident: fc.constantFrom(noisy, flapping, incidentLike(), null),
  })
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 40 }), fc.integer({ min: 0, max: 30 }), (list, messages) => {
      const deliveries = list.map((more, index) => deliveryLike({ ...more, id: String(index) }))
      const plan = planned(deliveries, messages)
      const ids = [...plan.messages.flat(), ...plan.hold.flatMap((held) => held.ids)]
      expect(ids.toSorted()).toEqual(deliveries.map(({ id }) => id).toSorted())
      expect(plan.messages.length).toBeLessThanOrEqual(Math.max(0, 20 - messages))
      expect(plan.hold.every(({ minutes }) => minutes > 0)).toBe(true)
    }),
  )
})
