import { expect, test } from 'vitest'
import type { Ranked } from '../../../web/api/compare-queries.ts'
import { compareSearch } from '../../../web/screens/compare/search.ts'
import {
  chosenOf,
  familiesOf,
  frontierOf,
  seriesOf,
  type Spot,
  spotsOf,
  toggled,
} from '../../../web/screens/compare/view.ts'

const target = (id: string, provider: string, model: string) => ({
  id,
  provider,
  providerName: provider,
  model,
})
const targets = [
  target('1', 'groq', 'openai/gpt-oss-20b'),
  target('2', 'together', 'gpt-oss-20b'),
  target('3', 'groq', 'llama-3.1-8b-instant'),
]
const spot = (id: string, cost: number, speed: number): Spot => ({
  id,
  name: id,
  cost: { value: cost, low: cost, high: cost },
  speed: { value: speed, low: speed, high: speed },
  n: 60,
})
const ranked = (id: string, value: number, given: Partial<Ranked> = {}) =>
  ({
    target_id: id,
    provider: 'p',
    model: id,
    series: 's',
    value,
    low: value,
    high: value,
    n: 60,
    ...given,
  }) as Ranked

test('the frontier has what no other beats in both: more speed, or less time', () => {
  const spots = [
    spot('dear', 8, 90),
    spot('fast', 3, 100),
    spot('slow', 5, 50),
    spot('cheap', 1, 10),
    spot('same', 3, 80),
  ]
  expect(frontierOf(spots, 'tps').map(({ id }) => id)).toEqual(['cheap', 'fast'])
  expect(frontierOf(spots, 'ttft').map(({ id }) => id)).toEqual(['cheap'])
  expect(frontierOf([spot('a', 1, 500), spot('b', 2, 400)], 'ttft').map(({ id }) => id)).toEqual(['a', 'b'])
  expect(frontierOf([], 'tps')).toEqual([])
})

test('a spot has the price of 1,000 answers and the fewer samples; what is free or unpriced is counted', () => {
  const speeds = [
    ranked('a', 100),
    ranked('free', 50),
    ranked('unpriced', 40),
    ranked('a', 9, { series: 'other' }),
  ]
  const costs = [ranked('a', 0.0002, { n: 40 }), ranked('free', 0)]
  const { spots, ...left } = spotsOf(speeds, costs, 's')
  expect(spots).toMatchObject([{ id: 'a', cost: { value: 0.2 }, speed: { value: 100 }, n: 40 }])
  expect(left).toEqual({ nFree: 1, nUnpriced: 1 })
})

test('a model is found at every provider, whatever they call it, and chosen ids come before it', () => {
  expect(chosenOf(targets, { model: 'gpt-oss-20b' }).map(({ id }) => id)).toEqual(['1', '2'])
  expect(
    chosenOf(targets, { targets: ['3', 'gone', '1'], model: 'gpt-oss-20b' }).map(({ id }) => id),
  ).toEqual(['3', '1'])
  expect(familiesOf(targets)).toEqual([{ family: 'gpt-oss-20b', n: 2 }])
})

test('the series with the most rows is the usual one', () => {
  expect(seriesOf([{ series: 'a' }, { series: 'b' }, { series: 'b' }, { series: null }])).toEqual(['b', 'a'])
})

test('a target that is picked again is left out; without any there is no list', () => {
  expect(toggled(targets.slice(0, 1), '2')).toEqual(['1', '2'])
  expect(toggled(targets.slice(0, 2), '1')).toEqual(['2'])
  expect(toggled(targets.slice(0, 1), '1')).toBeUndefined()
})

test('the URL keeps eight targets at most, each once, and not what is usual', () => {
  const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const ids = ['1', '1', 2, ...letters, 'h']
  expect(compareSearch({ targets: ids, period: '7d', speed: 'tps', view: 'chart' })).toEqual({
    targets: ['1', ...letters],
  })
  expect(compareSearch({ period: '30d', speed: 'ttft', view: 'table', region: 'fra1' })).toEqual({
    period: '30d',
    speed: 'ttft',
    view: 'table',
    region: 'fra1',
  })
})
