import { expect, test } from 'vitest'
import { pacingOf } from '../../../src/run/pacing.ts'

const called = { providers: ['a', 'b'], probes: [] }
const settings = { order: 'sequential', concurrency: 1, confirm: true } as const

test.for(['scheduled', 'single', 'multi', 'comparison'])('%s: in turn, or providers side by side', (mode) => {
  expect(pacingOf({ mode, settings }, called)).toEqual({ stages: [{ lanes: [{}] }], rechecks: true })
  const beside = { ...settings, order: 'by_provider', confirm: false } as const
  expect(pacingOf({ mode, settings: beside }, called)).toEqual({
    stages: [{ lanes: [{ provider: 'a' }, { provider: 'b' }] }],
    rechecks: false,
  })
})

test('concurrent: as many lanes as calls may be in flight, whatever the order, and no rechecks', () => {
  for (const order of ['sequential', 'by_provider'] as const)
    expect(
      pacingOf({ mode: 'concurrent', settings: { order, concurrency: 3, confirm: true } }, called),
    ).toEqual({
      stages: [{ lanes: [{}, {}, {}] }],
      rechecks: false,
    })
})

test('a sweep: its levels in turn, a lane for each client or slot that is needed, and no rechecks', () => {
  const of = { provider: 'a', model: 'm', contextTokens: null, warmups: 1, total: 2 }
  const open = { rate: 5, arrivals: 'constant', seed: null } as const
  const levels = [
    { ...of, load: { concurrency: 2, staggerMs: 300 } },
    { ...of, load: { ...open, slots: 2 } },
    { ...of, load: { ...open, slots: 256 } },
  ]
  const due = [0, 200, 400]
  const probes = [1, 2].flatMap((level) => due.map((dueMs) => ({ level, dueMs })))
  expect(pacingOf({ mode: 'sweep', settings: { ...settings, levels } }, { ...called, probes })).toEqual({
    stages: [
      { filter: { level: 0 }, lanes: 2, pace: { starts: [0, 150] } },
      { filter: { level: 1 }, lanes: 2, pace: { due, begin: 0 } },
      { filter: { level: 2 }, lanes: 3, pace: { due, begin: 0 } },
    ],
    rechecks: false,
  })
})
