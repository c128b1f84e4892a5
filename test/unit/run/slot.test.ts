import { expect, test } from 'vitest'
import { cronProblem, slotOf } from '../../../src/run/slot.ts'

test.each([
  ['*/15 * * * *', '2026-11-21T10:15:00.000Z', '2026-11-21T10:15:00.000Z'],
  ['*/15 * * * *', '2026-11-21T10:29:59.999Z', '2026-11-21T10:15:00.000Z'],
  ['*/15 * * * *', '2026-11-21T00:03:00.000Z', '2026-11-21T00:00:00.000Z'],
  ['0 2 * * 0', '2026-11-21T10:15:00.000Z', '2026-11-15T02:00:00.000Z'],
  ['30 4 1 1 *', '2026-03-01T00:00:00.000Z', '2026-01-01T04:30:00.000Z'],
])('the slot of %s at %s is %s', (cron, moment, slot) => {
  expect(slotOf(cron, new Date(moment))?.toISOString()).toBe(slot)
})

test('an expression that cannot be read or never fires is named', () => {
  expect(cronProblem('*/15 * * * *')).toBeNull()
  expect(cronProblem('every minute')).toContain("'every minute'")
  expect(cronProblem('0 0 30 2 *')).toContain('never fires')
})
