import { expect, test } from 'vitest'
import { type CatalogModel, servedNames } from '../../../src/core/catalog.ts'
import type { Target } from '../../../src/core/plan.ts'
import { priceOf } from '../../../src/core/price.ts'
import {
  changesIn,
  judgePrices,
  leavingTargets,
  returnedAliases,
  whyDoubtful,
} from '../../../src/sync/diff.ts'
import { listedModel as listed } from '../../support/samples.ts'

const known = (model: string, more: Partial<CatalogModel> = {}): CatalogModel => ({
  ...listed(model),
  provider: 'openai',
  available: true,
  lastSeenAt: null,
  leftAt: null,
  ...more,
})
const target = (model: string, more: Partial<Target> = {}): Target => ({
  provider: 'openai',
  model,
  parameters: { reasoning: 'least' },
  region: null,
  ...more,
})
const at = new Date('2026-11-26T00:00:00Z')

test('a listing shows what is new, gone, back and different', () => {
  const before = [
    known('same', { contextWindow: 8, inputModalities: ['text'] }),
    known('gone'),
    known('back', { available: false }),
    known('called by hand', { available: null }),
    known('gone for good', { available: false }),
    known('larger', { contextWindow: 8 }),
    known('ending'),
    known('no longer ending', { shutdownOn: '2027-01-01' }),
    known('typed', { type: null }),
  ]
  const now = [
    listed('same'),
    listed('new'),
    listed('back'),
    listed('called by hand'),
    listed('larger', { contextWindow: 16 }),
    listed('ending', { shutdownOn: '2027-01-01' }),
    listed('no longer ending'),
    listed('typed'),
  ]
  expect(changesIn(now, before)).toEqual({
    added: ['called by hand', 'new'],
    left: ['gone'],
    returned: ['back'],
    changed: ['ending', 'larger', 'no longer ending', 'typed'],
  })
})

test('an alias whose dated snapshot is listed is not gone', () => {
  expect([
    ...servedNames(['claude-haiku-4-5-20251001', 'gpt-5-mini', 'gpt-5-mini-2025-08-07', 'o-1234']),
  ]).toEqual([
    'claude-haiku-4-5-20251001',
    'claude-haiku-4-5',
    'gpt-5-mini',
    'gpt-5-mini-2025-08-07',
    'o-1234',
  ])
  expect(
    changesIn([listed('a-20260101')], [known('a', { available: null }), known('b', { available: null })])
      .left,
  ).toEqual(['b'])
})

test('an alias that was gone is back with a snapshot of it', () => {
  const before = [
    known('a', { available: false, displayName: 'A' }),
    known('b', { available: false }),
    known('c'),
  ]
  const now = [
    listed('a-20260101', { contextWindow: 8 }),
    listed('a-20260201', { contextWindow: 16, displayName: 'A of February' }),
    listed('b'),
    listed('b-20260101'),
    listed('c-20260101'),
  ]
  expect(changesIn(now, before)).toMatchObject({ returned: ['a', 'b'], left: [] })
  expect(returnedAliases(now, before)).toEqual([listed('a', { contextWindow: 16 })])
})

test.each([
  [[], [], 'the listing is empty'],
  [[], ['a', 'b'], 'the listing is empty'],
  [['a'], [], null],
  [['a', 'b'], ['a', 'b', 'c', 'd'], null],
  [['a'], ['a', 'b', 'c'], 'the listing lost more than half of its models: it has 1 of the 3 listed before'],
  [
    ['x', 'y', 'z'],
    ['a', 'b', 'c'],
    'the listing lost more than half of its models: it has 0 of the 3 listed before',
  ],
  [['a-20260101'], ['a'], null],
])('a listing of %j where %j were listed before', (now, before, doubt) => {
  expect(
    whyDoubtful(
      now.map((model) => listed(model)),
      before.map((model) => known(model)),
    ),
  ).toBe(doubt)
})

test('an active target whose model is gone or ends within 14 days is leaving, and gets the best available candidate', () => {
  const standing = {
    listed: [
      listed('first', { shutdownOn: '2026-12-10' }),
      listed('second'),
      listed('third'),
      listed('fourth'),
    ],
    candidates: ['zero', 'first', 'second', 'third', 'fourth'].map((model) => ({ model })),
    at,
  }
  expect(leavingTargets([target('first'), target('second'), target('gone')], standing)).toEqual([
    { target: target('first'), shutdownOn: '2026-12-10', successor: 'third', healed: false, isOwned: false },
    { target: target('gone'), shutdownOn: null, successor: 'fourth', healed: false, isOwned: false },
  ])
  // What somebody decided on is no successor, and when there are no more there is none.
  const decided = { ...standing, decided: ['third'] }
  expect(leavingTargets([target('first'), target('gone')], decided)).toMatchObject([
    { successor: 'second' },
    { successor: 'fourth' },
  ])
  expect(
    leavingTargets(
      ['x', 'y', 'z', 'v'].map((model) => target(model)),
      standing,
    ),
  ).toMatchObject([
    { successor: 'second' },
    { successor: 'third' },
    { successor: 'fourth' },
    { successor: null },
  ])
  // One switch is made a model, whatever its targets ask.
  const thorough = target('gone', { parameters: { reasoning: 'default' } })
  expect(leavingTargets([target('gone'), thorough], standing)).toMatchObject([
    { successor: 'second' },
    { successor: 'second' },
  ])
  // One day more of notice, and it stays.
  const later = { ...standing, listed: [listed('first', { shutdownOn: '2026-12-11' }), listed('second')] }
  expect(leavingTargets([target('first')], later)).toEqual([])
})

test('an alias ends with the last of its snapshots', () => {
  const ends = (...days: (string | null)[]) =>
    leavingTargets([target('a')], {
      listed: days.map((shutdownOn, index) => listed(`a-2026010${index}`, { shutdownOn })),
      candidates: [],
      at,
    }).map(({ shutdownOn }) => shutdownOn)
  expect(ends('2026-11-27')).toEqual(['2026-11-27'])
  expect(ends('2026-11-30', '2026-11-27')).toEqual(['2026-11-30'])
  expect(ends('2026-11-27', null)).toEqual([])
})

test('our own shutdown date counts if the provider has none, and a missing successor is null', () => {
  const standing = { listed: [listed('a')], candidates: [{ model: 'a', shutdownOn: '2026-11-30' }], at }
  expect(leavingTargets([target('a')], standing)).toMatchObject([
    { shutdownOn: '2026-11-30', successor: null },
  ])
  const said = { ...standing, listed: [listed('a', { shutdownOn: '2027-11-30' })] }
  expect(leavingTargets([target('a')], said)).toEqual([])
})

const price = (inputPerM: number, source: string) => priceOf({ inputPerM, outputPerM: 1, source })

test('the most trusted source sets the price, once', () => {
  const found = [price(1, 'provider'), price(1, 'genai-prices')]
  expect(judgePrices('m', null, found)).toEqual({
    change: { model: 'm', before: null, price: found[0] },
    conflicts: [],
  })
  expect(judgePrices('m', price(1, 'models.dev'), found).change).toBeNull()
  expect(judgePrices('m', price(2, 'provider'), found).change).toMatchObject({
    before: { inputPerM: 2 },
    price: { inputPerM: 1 },
  })
  expect(judgePrices('m', price(2, 'provider'), [])).toEqual({ change: null, conflicts: [] })
})

test('sources more than 5 % apart conflict with the trusted one', () => {
  const conflicts = (inputPerM: number) =>
    judgePrices('m', null, [price(100, 'provider'), price(inputPerM, 'models.dev')]).conflicts
  expect(conflicts(95)).toEqual([])
  expect(conflicts(94)).toMatchObject([
    { model: 'm', chosen: { source: 'provider' }, other: { source: 'models.dev' }, gap: 0.06 },
  ])
})

test('a manual price stays, and differing sources are reported', () => {
  const judged = judgePrices('m', price(3, 'manual'), [price(1, 'provider')])
  expect(judged.change).toBeNull()
  expect(judged.conflicts).toMatchObject([{ chosen: { source: 'manual' }, other: { source: 'provider' } }])
})
