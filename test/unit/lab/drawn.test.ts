import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { percentile } from '../../../src/core/statistics.ts'
import { drawnMean, drawnPercentile } from '../../../src/lab/drawn.ts'

test('figures of values that are drawn again are those of a list of them', () => {
  const random = seededRandom(1)
  for (const n of [1, 2, 3, 10, 101]) {
    const values = Array.from({ length: n }, () => Math.floor(20 * random()))
    const places = Uint32Array.from(values, () => Math.floor(n * random()))
    const drawn = Array.from(places, (place) => values[place] ?? 0)
    for (const p of [0, 0.5, 0.95, 0.99, 1]) {
      const { ofAll, ofPlaces } = drawnPercentile(values, p)
      expect(ofAll).toBe(percentile(values, p))
      expect(ofPlaces(places)).toBeCloseTo(percentile(drawn, p) ?? Number.NaN, 10)
    }
    expect(drawnMean(values).ofPlaces(places)).toBeCloseTo(
      drawn.reduce((sum, value) => sum + value, 0) / n,
      10,
    )
  }
  expect(drawnPercentile([], 0.5).ofAll).toBeNull()
  expect(drawnMean([]).ofAll).toBeNull()
})
