import { expect, test } from 'vitest'
import { digestOf } from '../../../src/alerts/digest.ts'
import { describe } from '../../../src/alerts/describe.ts'
import type { Notification, Severity } from '../../../src/core/incident.ts'
import { deliveryLike, incidentLike, linkOf } from '../../support/incidents.ts'

const at = new Date('2026-11-05T13:00:00Z')
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A notification about a model. */
function about(model: string, severity: Severity = 'critical', isOver = false): Notification {
  const subject = { provider: 'openai', model, targetId: null, region: null }
  const incident = incidentLike({
    subject,
    severity,
    ...(isOver && { resolvedAt: new Date('2026-11-05T12:30:00Z'), resolveReason: 'recovered' }),
  })
  return describe(
    deliveryLike({ id: uuid(model.length), event: isOver ? 'resolved' : 'opened', incident }),
    linkOf,
  )
}

test('a digest of one is that one', () => {
  const [one] = [about('a')]
  expect(digestOf([one], at)).toMatchObject({
    id: one.id,
    at: one.at,
    title: 'a at openai is down',
    text: one.text,
    notifications: [one],
  })
})

test('a digest has a line for each, the worst first and what is over last', () => {
  const message = digestOf(
    [about('over', 'critical', true), about('b', 'minor'), about('cc', 'critical')],
    at,
  )
  expect(message).toMatchObject({
    at,
    severity: 'critical',
    over: false,
    title: '3 notices, the worst: cc at openai is down',
    link: 'https://monitor.example/incidents/0d8f7c3e-52a4-4c55-8f0e-6f3f6a1c9b01',
  })
  expect(message.text.split('\n')).toEqual([
    '🔴 cc at openai is down',
    '🟡 b at openai is down',
    '✅ over at openai is up again, after 30 min',
  ])
  expect(message.notifications.map(({ incident }) => incident?.subject.model)).toEqual(['cc', 'b', 'over'])
})

test('a digest of ends alone is over', () => {
  expect(digestOf([about('a', 'minor', true), about('bb', 'minor', true)], at).over).toBe(true)
})

test('a long digest says how many more there are', () => {
  const many = Array.from({ length: 60 }, (_, index) => about('x'.repeat(index + 1)))
  const [first, ...others] = many
  if (first === undefined) throw new Error('none')
  const lines = digestOf([first, ...others], at).text.split('\n')
  expect(lines.length).toBe(51)
  expect(lines.at(-1)).toBe('and 10 more')
})

test('its id is a UUID of what it tells of: the same for the same, in any order', () => {
  const id = (...models: [string, ...string[]]) => {
    const [first, ...others] = models
    return digestOf([about(first), ...others.map((model) => about(model))], at).id
  }
  expect(id('a', 'bb')).toMatch(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(id('bb', 'a')).toBe(id('a', 'bb'))
  expect(new Set([id('a', 'bb'), id('a', 'ccc'), id('a', 'bb', 'ccc')]).size).toBe(3)
})
