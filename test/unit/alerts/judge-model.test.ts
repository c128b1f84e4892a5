import { expect, test } from 'vitest'
import { judgeModel } from '../../../src/alerts/judge-model.ts'
import type { ModelWindow } from '../../../src/alerts/window.ts'
import { ago, incidentOf, inShort, quietModel } from '../../support/windows.ts'

const judge = (change: Partial<ModelWindow>) => inShort(judgeModel({ ...quietModel, ...change }))
const day = 24 * 60
const sync = (minutes = 30, id = 's2') => ({ lastSync: { id, at: ago(minutes) } })

test('a model that two listings lack is gone, and one that is listed again is back', () => {
  const gone = incidentOf(quietModel, 'model_gone')
  expect(judge({ ...sync(), missedSyncs: 1 })).toEqual([])
  expect(judgeModel({ ...quietModel, ...sync(), missedSyncs: 2 })).toMatchObject([
    { kind: 'model_gone', severity: 'major', scope: 'model/m1', firstBadAt: ago(30), evidence: { syncs: 2 } },
  ])
  expect(judge({ ...sync(), missedSyncs: 3, open: [gone] })).toEqual([])
  expect(judge({ ...sync(), missedSyncs: 0, open: [gone] })).toEqual(['resolve model_gone: recovered'])
  // It was never asked: no listing says anything.
  expect(judge({ missedSyncs: 0, open: [gone] })).toEqual([])
  const past = {
    model_gone: { opened: 1, last: { resolvedAt: ago(20), reason: 'by_hand', severity: 'major' } },
  } as const
  expect(judge({ ...sync(), missedSyncs: 2, past })).toEqual([])
  expect(judge({ ...sync(10), missedSyncs: 3, past })).toEqual(['open model_gone'])
})

const priceChange = {
  at: ago(29),
  before: { inputPerM: 1, outputPerM: 4 },
  after: { inputPerM: 2, outputPerM: 4 },
  source: 'provider',
}

test('a price that the last sync changed opens it, with both', () => {
  expect(judgeModel({ ...quietModel, ...sync(), priceChange })).toMatchObject([
    {
      kind: 'price_change',
      severity: 'info',
      firstBadAt: ago(29),
      evidence: {
        sync_id: 's2',
        input_before: 1,
        input_after: 2,
        output_before: 4,
        output_after: 4,
        source: 'provider',
      },
    },
  ])
})

test('the next sync ends a change of the price, and may tell another', () => {
  const open = [incidentOf(quietModel, 'price_change', { evidence: { sync_id: 's1' } })]
  expect(judge({ ...sync(100, 's1'), priceChange, open })).toEqual([])
  expect(judge({ ...sync(30, 's2'), open })).toEqual(['resolve price_change: expired'])
  expect(judge({ ...sync(30, 's2'), priceChange, open })).toEqual([
    'resolve price_change: expired',
    'open price_change',
  ])
  const past = {
    price_change: { opened: 1, last: { resolvedAt: ago(20), reason: 'by_hand', severity: 'info' } },
  } as const
  expect(judge({ ...sync(), priceChange, past })).toEqual([])
})

/** Answers every 15 minutes up to now: so many of each model, one after another. */
function answersOf(...runs: [string, number][]): ModelWindow['answers'] {
  const names = runs.flatMap(([name, n]) => Array.from({ length: n }, () => name))
  return names.map((responseModel, index) => ({ at: ago((names.length - 1 - index) * 15), responseModel }))
}

test.each<[string, [string, number][], string[]]>([
  [
    'two others',
    [
      ['a', 20],
      ['b', 2],
    ],
    [],
  ],
  [
    'three others after 20 of one',
    [
      ['a', 20],
      ['b', 3],
    ],
    ['open model_swap'],
  ],
  [
    'three others after 19',
    [
      ['a', 19],
      ['b', 3],
    ],
    [],
  ],
  [
    'three others after 20 that were not all of one',
    [
      ['a', 10],
      ['c', 1],
      ['a', 9],
      ['b', 3],
    ],
    [],
  ],
  [
    'three others, older ones mixed',
    [
      ['c', 3],
      ['a', 20],
      ['b', 3],
    ],
    ['open model_swap'],
  ],
  // More came than were judged one by one.
  [
    'twenty others',
    [
      ['a', 28],
      ['b', 20],
    ],
    ['open model_swap'],
  ],
  [
    'others that differ',
    [
      ['a', 20],
      ['b', 2],
      ['c', 1],
    ],
    ['open model_swap'],
  ],
  [
    'others that are over',
    [
      ['a', 20],
      ['b', 3],
      ['a', 1],
    ],
    [],
  ],
  ['none', [], []],
])('answers that name another model: %s', (_, runs, expected) => {
  expect(judge({ answers: answersOf(...runs) })).toEqual(expected)
})

const swap = incidentOf(quietModel, 'model_swap', {
  openedAt: ago(45),
  evidence: { before: 'a', after: 'b' },
})

test('a swap says from which model to which, since when', () => {
  expect(judgeModel({ ...quietModel, answers: answersOf(['a', 20], ['b', 4]) })).toMatchObject([
    {
      kind: 'model_swap',
      severity: 'minor',
      firstBadAt: ago(45),
      evidence: { before: 'a', after: 'b', n: 4 },
    },
  ])
})

test('a swap ends when three answers name the model of before', () => {
  const back = (n: number) => judge({ answers: answersOf(['b', 5], ['a', n]), open: [swap] })
  expect(back(2)).toEqual([])
  expect(back(3)).toEqual(['resolve model_swap: recovered'])
})

test('a swap ends with the next sync, or after seven days, and is not told again by the same answers', () => {
  const answers = answersOf(['a', 20], ['b', 4])
  expect(judge({ answers, ...sync(60), open: [swap] })).toEqual([])
  expect(judge({ answers, ...sync(30), open: [swap] })).toEqual(['resolve model_swap: expired'])
  expect(judge({ answers, open: [{ ...swap, openedAt: ago(7 * day - 1) }] })).toEqual([])
  expect(judge({ answers, open: [{ ...swap, openedAt: ago(7 * day) }] })).toEqual([
    'resolve model_swap: expired',
  ])
  const past = {
    model_swap: { opened: 1, last: { resolvedAt: ago(29), reason: 'expired', severity: 'minor' } },
  } as const
  expect(judge({ answers, past })).toEqual([])
})

test('incidents of a model without an active target are gone; maintenance changes nothing', () => {
  const wrong = { ...sync(), missedSyncs: 2, priceChange, answers: answersOf(['a', 20], ['b', 3]) }
  expect(judge(wrong)).toEqual(['open model_gone', 'open price_change', 'open model_swap'])
  expect(judge({ ...wrong, inMaintenance: true })).toEqual([])
  expect(judge({ ...wrong, hasActiveTarget: false })).toEqual([])
  expect(judge({ ...wrong, hasActiveTarget: false, open: [swap] })).toEqual(['resolve model_swap: gone'])
})
