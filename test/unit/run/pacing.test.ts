import { expect, test } from 'vitest'
import { pacingOf } from '../../../src/run/pacing.ts'

const settings = { order: 'sequential', concurrency: 1, confirm: true } as const

test.for(['scheduled', 'single', 'multi', 'comparison'])('%s: in turn, or providers side by side', (mode) => {
  expect(pacingOf({ mode, settings }, ['a', 'b'])).toEqual({ lanes: [{}], rechecks: true })
  const beside = { ...settings, order: 'by_provider', confirm: false } as const
  expect(pacingOf({ mode, settings: beside }, ['a', 'b'])).toEqual({
    lanes: [{ provider: 'a' }, { provider: 'b' }],
    rechecks: false,
  })
})

test('concurrent: as many lanes as calls may be in flight, whatever the order, and no rechecks', () => {
  for (const order of ['sequential', 'by_provider'] as const)
    expect(
      pacingOf({ mode: 'concurrent', settings: { order, concurrency: 3, confirm: true } }, ['a', 'b']),
    ).toEqual({
      lanes: [{}, {}, {}],
      rechecks: false,
    })
})
