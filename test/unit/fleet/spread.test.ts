import { array, assert, constantFrom, integer, property, record, string } from 'fast-check'
import { expect, test } from 'vitest'
import type { Probe } from '../../../src/core/plan.ts'
import { bareName } from '../../../src/core/catalog.ts'
import { type Spread, spread, type Spreading, windowsOf } from '../../../src/fleet/spread.ts'
import { sampleProbe, sampleTarget } from '../../support/samples.ts'

const slot = new Date('2026-11-30T12:00:00Z')
const minutes = (n: number) => new Date(slot.getTime() + n * 60_000)

const probesOf = (provider: string, models: readonly string[]): Probe[] =>
  models.map((model) => sampleProbe(sampleTarget(model, provider)))
const modelsNamed = (count: number, name = 'model') =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`)

const input = (probes: readonly Probe[], more: Partial<Spreading> = {}): Spreading => ({
  probes,
  region: 'fra',
  slot,
  lateAt: minutes(15),
  pace: [],
  lanesOf: () => 4,
  seed: 'a',
  ...more,
})

/** In which window of its slot a shard begins. */
const windowIn = (given: Pick<Spreading, 'slot' | 'lateAt'>, at: Date | undefined) =>
  Math.floor(((at?.getTime() ?? NaN) - given.slot.getTime()) / windowsOf(given).lengthMs)

/** How many probes each shard has, in their order. */
const sizesOf = ({ probes, shards }: Spread) =>
  shards.map(({ shard }) => probes.filter((probe) => probe.shard === shard).length)

test.each([
  ['gpt-oss-20b', 'gpt-oss-20b'],
  ['openai/GPT-OSS-20b', 'gpt-oss-20b'],
  ['accounts/fireworks/models/gpt-oss-20b', 'gpt-oss-20b'],
  ['openai/gpt-oss-20b:free', 'gpt-oss-20b'],
])('%s is known as %s to all providers', (model, bare) => {
  expect(bareName(model)).toBe(bare)
})

test('windows are a minute each, over the first four fifths of the interval', () => {
  // 15 min: 12 windows of a minute. One model each, so that the least busy window is an empty one.
  const given = input(probesOf('openai', modelsNamed(12)))
  expect(windowsOf(given)).toEqual({ count: 12, lengthMs: 60_000 })
  const { shards } = spread(given)
  expect(shards.map(({ windowAt }) => windowIn(given, windowAt))).toEqual([...Array(12).keys()])
})

test('the windows of a short interval are shorter, and those of a long one end after an hour', () => {
  // 1 min: four fifths are 48 s, one window. 2 min: 96 s, two of 48 s. A day: 60 in an hour.
  const windowsIn = (length: number, models: number) => {
    const given = input(probesOf('openai', modelsNamed(models)), { lateAt: minutes(length) })
    const { shards } = spread(given)
    const used = new Set(shards.map(({ windowAt }) => windowIn(given, windowAt)))
    return { ...windowsOf(given), used: [...used] }
  }
  expect(windowsIn(1, 10)).toEqual({ count: 1, lengthMs: 48_000, used: [0] })
  expect(windowsIn(2, 10)).toEqual({ count: 2, lengthMs: 48_000, used: [0, 1] })
  expect(windowsIn(24 * 60, 120)).toEqual({ count: 60, lengthMs: 60_000, used: [...Array(60).keys()] })
})

test('a shard begins at a random moment at which its calls still fit into its window', () => {
  // One window of 48 s. One call of 10 s begins in the first 38 s, four in the first 8 s, and five do not fit.
  const pace = [{ provider: 'openai', typicalMs: 10_000 }]
  const beginsOf = (probes: number) =>
    Array.from({ length: 300 }, (_, seed) => {
      const of = { lateAt: minutes(1), pace, lanesOf: () => 1, seed: String(seed) }
      const { shards } = spread(input(probesOf('openai', modelsNamed(probes)), of))
      return ((shards[0]?.windowAt.getTime() ?? NaN) - slot.getTime()) / 1000
    })
  // The mean of 300 is at most 5 standard errors, 5 x length / sqrt(12 x 300), off the middle.
  for (const [probes, length] of [
    [1, 38],
    [4, 8],
  ] as const) {
    const begins = beginsOf(probes)
    expect(Math.min(...begins)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...begins)).toBeLessThan(length)
    const mean = begins.reduce((sum, begin) => sum + begin, 0) / begins.length
    expect(Math.abs(mean - length / 2)).toBeLessThan((5 * length) / 60)
  }
  expect(new Set(beginsOf(5))).toEqual(new Set([0]))
})

test('a provider with many calls of a slot is as early in their windows as one with few', () => {
  // 48 models of a, of which b has one: 4 calls of a in each of 12 windows, 2 s each. In half of 400 slots b's is before
  // a's of the same model: 200, and by chance at most 260 (6 sigma).
  const pace = ['a', 'b'].map((provider) => ({ provider, typicalMs: 2000 }))
  const probes = [...probesOf('a', modelsNamed(48)), ...probesOf('b', ['model-7'])]
  const isFirst = (seed: number) => {
    const { probes: placed, shards } = spread(input(probes, { pace, seed: String(seed) }))
    const begins = (provider: string) => {
      const own = placed.filter(({ target }) => target.provider === provider)
      const at = own.findIndex(({ target }) => target.model === 'model-7')
      const shard = own[at]?.shard ?? -1
      const place = own.slice(0, at).filter((probe) => probe.shard === shard).length
      return (shards[shard]?.windowAt.getTime() ?? NaN) + 2000 * place
    }
    return begins('b') < begins('a')
  }
  const firsts = Array.from({ length: 400 }, (_, seed) => isFirst(seed)).filter(Boolean).length
  expect(Math.abs(firsts - 200)).toBeLessThan(60)
})

test('with no time to spread over all shards begin with the slot, in random order', () => {
  const probes = [...probesOf('a', modelsNamed(40)), ...probesOf('b', ['model-1'])]
  const orders = Array.from({ length: 50 }, (_, seed) => {
    const { shards } = spread(input(probes, { spreadMs: 0, seed: String(seed) }))
    expect(new Set(shards.map(({ windowAt }) => windowAt.getTime()))).toEqual(new Set([slot.getTime()]))
    return shards.findIndex(({ provider }) => provider === 'b')
  })
  expect(new Set(orders).size).toBeGreaterThan(2)
})

test('a shard is as large as what one lane makes in a window', () => {
  // One window of 48 s, 10 s a call: four in a lane. 8 probes are two shards of 4, 10 are three of 3 to 4.
  const pace = [{ provider: 'openai', typicalMs: 10_000 }]
  const cutOf = (probes: number, more: Partial<Spreading> = {}) =>
    sizesOf(
      spread(input(probesOf('openai', modelsNamed(probes)), { lateAt: minutes(1), pace, ...more })),
    ).toSorted((a, b) => b - a)
  expect(cutOf(8)).toEqual([4, 4])
  expect(cutOf(10)).toEqual([4, 3, 3])
  // 24 would be six, and there are four lanes.
  expect(cutOf(24)).toEqual([6, 6, 6, 6])
  // Two lanes would have 60 each, which are more than a shard may have.
  expect(cutOf(120, { lanesOf: () => 2 })).toEqual([40, 40, 40])
})

test('a call of a provider that nobody knows is assumed to take 18 s', () => {
  // 48 s are two calls.
  const { probes, shards } = spread(input(probesOf('new', modelsNamed(4)), { lateAt: minutes(1) }))
  expect(sizesOf({ probes, shards, crowded: [] })).toEqual([2, 2])
})

test('says which provider does not fit into its lanes', () => {
  // 20 probes on 2 lanes: 10 each, of 10 s, are 100 s of 60. The other needs 3 x 10 s.
  const pace = ['slow', 'fine'].map((provider) => ({ provider, typicalMs: 10_000 }))
  const probes = [...probesOf('slow', modelsNamed(20)), ...probesOf('fine', modelsNamed(6))]
  const { crowded } = spread(input(probes, { lateAt: minutes(1), pace, lanesOf: () => 2 }))
  expect(crowded).toEqual([{ provider: 'slow', probes: 20, lanes: 2, neededMs: 100_000, intervalMs: 60_000 }])
})

test('what the plan skips is in no shard', () => {
  const [called, skipped] = probesOf('openai', ['a', 'b'])
  if (called === undefined || skipped === undefined) throw new Error('no probes')
  const { probes, shards } = spread(input([{ ...skipped, skipReason: 'too long' }, called]))
  expect(shards).toHaveLength(1)
  expect(probes.map(({ id, shard }) => [id, shard])).toEqual([
    [called.id, 0],
    [skipped.id, undefined],
  ])
})

test('an empty plan has no shard', () => {
  expect(spread(input([]))).toEqual({ probes: [], shards: [], crowded: [] })
})

test('models are in other windows in the next slot', () => {
  const probes = probesOf('openai', modelsNamed(50))
  const shardsOf = (seed: string) => spread(input(probes, { seed })).probes.map(({ id }) => id)
  expect(shardsOf('a')).not.toEqual(shardsOf('b'))
})

test('every window has its share of a provider', () => {
  // 600 models over 12 windows.
  const given = input(probesOf('openai', modelsNamed(600)))
  const { probes, shards } = spread(given)
  const windows = Map.groupBy(probes, ({ shard }) => windowIn(given, shards[shard ?? -1]?.windowAt))
  expect([...windows.values()].map(({ length }) => length)).toEqual(Array.from({ length: 12 }, () => 50))
})

test('no provider comes first more often than another', () => {
  // Of 400 slots with two providers of one model, each is first in half: 200, and by chance at most 260 (6 sigma).
  const probes = [...probesOf('a', ['m']), ...probesOf('b', ['m'])]
  const firsts = Array.from(
    { length: 400 },
    (_, seed) => spread(input(probes, { seed: String(seed) })).shards[0]?.provider,
  )
  const ofA = firsts.filter((provider) => provider === 'a').length
  expect(Math.abs(ofA - 200)).toBeLessThan(60)
})

const plans = array(
  record({
    provider: constantFrom('a', 'b', 'c', 'd'),
    model: constantFrom('m-1', 'x/M-1:free', 'm-2', 'm-3', 'y/m-3', 'm-4'),
  }),
  { maxLength: 150 },
).map((targets) => targets.map(({ provider, model }) => sampleProbe(sampleTarget(model, provider))))

const spreadings = record({
  probes: plans,
  minutes: integer({ min: 1, max: 200 }),
  lanes: integer({ min: 1, max: 64 }),
  typicalMs: integer({ min: 1, max: 100_000 }),
  seed: string(),
}).map(({ probes, minutes: length, lanes, typicalMs, seed }) =>
  input(probes, {
    lateAt: minutes(length),
    lanesOf: () => lanes,
    pace: ['a', 'b'].map((provider) => ({ provider, typicalMs })),
    seed,
  }),
)

test('every probe is in one shard, of its provider and of at most 50; all of a model are in one window', () => {
  assert(
    property(spreadings, (given) => {
      const { probes, shards } = spread(given)
      expect(probes.map(({ id }) => id).toSorted()).toEqual(given.probes.map(({ id }) => id).toSorted())
      expect(shards.map(({ shard }) => shard)).toEqual([...shards.keys()])
      const windows = new Map<string, number>()
      for (const probe of probes) {
        const shard = shards[probe.shard ?? -1]
        expect(shard?.provider).toBe(probe.target.provider)
        const at = shard?.windowAt.getTime() ?? 0
        const window = windowIn(given, shard?.windowAt)
        const name = bareName(probe.target.model)
        expect(windows.get(name) ?? window).toBe(window)
        windows.set(name, window)
        expect(at).toBeGreaterThanOrEqual(given.slot.getTime())
        expect(at).toBeLessThan(given.lateAt.getTime())
      }
      const sizes = sizesOf({ probes, shards, crowded: [] })
      expect(Math.min(1, ...sizes)).toBe(1)
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(50)
      expect(spread(given)).toEqual({ probes, shards, crowded: expect.anything() })
    }),
  )
})
