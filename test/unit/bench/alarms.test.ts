import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findDrifts } from '../../../bench/alarms/drift.ts'
import { noises, ttftOf } from '../../../bench/alarms/noise.ts'
import { perDayOf50 } from '../../../bench/alarms/rate.ts'
import { readSeries, replaySeries } from '../../../bench/alarms/series.ts'
import { falseOpens, findSteps } from '../../../bench/alarms/slow.ts'
import { SortedWindow } from '../../../bench/alarms/sorted-window.ts'
import { Usual } from '../../../bench/alarms/usual.ts'
import { seededRandom } from '../../../src/core/random.ts'
import { percentile, summarize } from '../../../src/core/statistics.ts'

const folder = mkdtempSync(join(tmpdir(), 'firsttoken-alarms-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
/** The place of our own rule among the methods. */
const ours = 0
const hour = 3_600_000
const day = 24 * hour

test('values that come and go keep the percentiles, mean and deviation of those that are left', () => {
  const random = seededRandom(7)
  const window = new SortedWindow()
  const values = Array.from({ length: 300 }, () => Math.round(1000 * random()))
  for (const value of values) window.add(value)
  for (const value of values.slice(0, 100)) window.remove(value)
  const left = values.slice(100)
  for (const p of [0, 0.25, 0.5, 0.95, 1]) expect(window.percentile(p)).toBe(percentile(left, p))
  expect(window.mean).toBeCloseTo(summarize(left).mean ?? 0)
  // Of the whole, not of a sample: n rather than n - 1.
  expect(window.deviation).toBeCloseTo((summarize(left).sd ?? 0) * Math.sqrt(199 / 200))
})

test('what is usual is of two weeks up to a day ago, without what an incident tells', () => {
  const usual = new Usual()
  for (let index = 0; index <= 20 * 24; index += 1) usual.see({ at: index * hour, ms: index })
  // After 5 days up to 19 days: hours 121 to 456, of which the last is the first of its day.
  expect(usual.at(20 * day)).toMatchObject({ n: 336, days: 15, p50: 120 + 168.5 })
  usual.exclude(19.5 * day)
  for (let index = 481; index <= 34 * 24; index += 1) usual.see({ at: index * hour, ms: index })
  // Of (19, 33] days those before 19.5 are left, and those after 20.
  expect(usual.at(34 * day).n).toBe(11 + 13 * 24)
})

test('what is usual is renewed every hour', () => {
  const usual = new Usual()
  for (let index = 0; index < 300; index += 1) usual.see({ at: index * hour, ms: 1 })
  const { n } = usual.at(100 * hour)
  expect(usual.at(100 * hour + hour - 1).n).toBe(n)
  expect(usual.at(101 * hour).n).toBe(n + 1)
})

test.each(Object.values(noises))('$name noise varies as it says', ({ name, ...noise }) => {
  const ttft = ttftOf({ name, ...noise, tail: 0, swing: 0, wobble: 0 }, 3)
  const logs = Array.from({ length: 50_000 }, () => Math.log(ttft.next().value))
  const { mean, sd } = summarize(logs)
  expect(sd).toBeCloseTo(noise.sigma, 1)
  const products = logs
    .slice(1)
    .map((value, index) => (value - (mean ?? 0)) * ((logs[index] ?? 0) - (mean ?? 0)))
  expect((summarize(products).mean ?? 0) / (sd ?? 1) ** 2).toBeCloseTo(noise.phi, 1)
})

test('opens are scaled to 50 targets and a day, and none says how many there could be', () => {
  // Four targets over ten days: one open each 40 target-days, 1.25 a day for 50. sd 0.5, so 0.25 +- 0.49.
  expect(perDayOf50([1, 0, 0, 0], 10)).toEqual({ perDay: 1.25, low: 0, high: 5 * (0.25 + 1.96 * 0.25) })
  expect(perDayOf50([0, 0, 0, 0], 10)).toEqual({ perDay: 0, low: 0, high: 3.75 })
})

test('of 40 typical targets that do not change few alarm in five days; most that become twice as slow do within one', () => {
  const { rates, spread } = falseOpens(noises.typical, { targets: 40, days: 5 })
  expect(rates[ours]?.perDay).toBeLessThanOrEqual(1.5)
  expect(spread).toBeGreaterThan(1.9)
  expect(findSteps(noises.typical, 2, 40)[ours]?.share).toBeGreaterThan(0.8)
  expect(findSteps(noises.typical, 3, 20)[ours]?.share).toBe(1)
})

test('a target that becomes 2 % slower every day is found by drift', () => {
  const found = findDrifts(noises.typical, {
    trials: 10,
    days: 28,
    factorOf: (index) => 1.02 ** Math.max(0, index + 1),
  })
  expect(found.share).toBe(1)
  expect(found.days).toBeGreaterThan(7)
})

test('a recorded series is read in order of time, without what failed', () => {
  const text =
    'time,target,ms\n2026-01-02T00:00:00Z,a,b/c,20\n2026-01-01T00:00:00Z,"x",10.5\r\n2026-01-01T01:00:00Z,a,b/c,\n\n'
  expect([...readSeries(text)]).toEqual([
    ['"x"', [{ target: '"x"', at: Date.UTC(2026, 0, 1), ms: 10.5 }]],
    ['a,b/c', [{ target: 'a,b/c', at: Date.UTC(2026, 0, 2), ms: 20 }]],
  ])
})

test.each([
  ['when,what\n', 'line 1 must be time,target,ms and is when,what'],
  ['time,target,ms\nyesterday,a,1', 'line 2 must be a time, a target and its ms, and is yesterday,a,1'],
  ['time,target,ms\n2026-01-01,a,1\n2026-01-01,a,fast', 'line 3 must be'],
])('a series that is none says what is wrong with which line', (text, message) => {
  expect(() => readSeries(text)).toThrow(message)
})

test('a recorded series shows what would have opened', () => {
  const random = seededRandom(4)
  const lines = Array.from({ length: 20 * 96 }, (_, index) => {
    const slower = index >= 18 * 96 && index < 19 * 96 ? 3 : 1
    return `${new Date(Date.UTC(2026, 0, 1) + (index * hour) / 4).toISOString()},gpt,${slower * (900 + 200 * random())}`
  })
  const path = join(folder, 'series.csv')
  writeFileSync(path, ['time,target,ms', ...lines].join('\n'))
  const shown = replaySeries(path)
  // Judged from sample 296 on, when 200 are a day old by an hourly look, to 1919: once in 16.9 days.
  expect(shown[ours]).toEqual({ method: 'ours', opens: 1, 'a day for 50 targets': 2.96 })
  expect(shown.at(-1)).toMatchObject({
    target: 'gpt',
    // The sixth slow sample.
    opened: '2026-01-19T01:15:00.000Z',
    severity: 'major',
    noisy: false,
  })
  expect(shown.filter(({ target }) => target === 'gpt')).toHaveLength(1)
})
