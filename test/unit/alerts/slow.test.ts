import { expect, test } from 'vitest'
import { judgeSlow } from '../../../src/alerts/slow.ts'
import type { Baseline, SeenSample, TargetWindow } from '../../../src/alerts/window.ts'
import {
  ago,
  incidentOf,
  inShort,
  interval,
  minuteMs,
  quietTarget,
  samplesOf,
} from '../../support/windows.ts'

/** Half of the samples of two weeks took up to a second, one in twenty more than two. */
const usual: Baseline = { n: 1300, days: 14, p50: 1000, p95: 2000 }
const windowOf = (samples: readonly SeenSample[], change: Partial<TargetWindow> = {}): TargetWindow => ({
  ...quietTarget,
  samples,
  baseline: { ttft: usual },
  ...change,
})
const times = (n: number, value: number) => Array.from({ length: n }, () => value)
const judge = (ttft: number[], baseline = usual) =>
  inShort(judgeSlow(windowOf(samplesOf(ttft), { baseline: { ttft: baseline } })))

test('six of the last eight samples above p95 open it, with what was seen', () => {
  const samples = samplesOf([900, ...times(6, 2100), 900])
  expect(judgeSlow(windowOf(samples))).toEqual([
    {
      do: 'open',
      scope: quietTarget.scope,
      kind: 'slow',
      severity: 'minor',
      subject: quietTarget.subject,
      firstBadAt: ago(6 * interval),
      shadow: false,
      flapping: false,
      evidence: {
        metric: 'ttft',
        series: 'a',
        p50_ms: 1000,
        p95_ms: 2000,
        baseline_n: 1300,
        baseline_days: 14,
        noisy: false,
        above: 6,
        n: 8,
        median_ms: 2100,
        ratio: 2.1,
        limit_ratio: 1.5,
        limit_longer_ms: 200,
        worse_ratio: 3,
      },
    },
  ])
})

test('nine of the last sixteen open it too, if fewer than six of the last eight do', () => {
  // Four of the last eight, and a median of 2100 of sixteen.
  const nine = [...times(5, 2100), ...times(4, 900), ...times(4, 2100), ...times(3, 900)]
  expect(judgeSlow(windowOf(samplesOf(nine)))).toMatchObject([
    {
      do: 'open',
      firstBadAt: ago(15 * interval),
      evidence: { above: 9, n: 16, median_ms: 2100, ratio: 2.1 },
    },
  ])
  expect(judge([...nine, 900])).toEqual([])
  expect(judge(nine, { ...usual, p50: 1401 })).toEqual([])
})

test.each([
  ['five of eight above p95', [...times(3, 900), ...times(5, 2100)], usual],
  ['one that is 20 times as slow', [...times(7, 900), 20_000], usual],
  ['a p95 that is itself no value above p95', times(8, 2000), usual],
  // 1490 / 1000 < 1.5
  ['a median below 1.5 times the usual', times(8, 1490), { ...usual, p95: 1200 }],
  // 290 - 100 < 200
  ['a median that is less than 200 ms longer', times(8, 290), { ...usual, p50: 100, p95: 150 }],
  ['fewer than eight samples', times(7, 2100), usual],
  ['too few samples to know what is usual', times(8, 2100), { ...usual, n: 199 }],
  ['too few days to know what is usual', times(8, 2100), { ...usual, days: 2 }],
])('%s opens nothing', (_, ttft, baseline) => {
  expect(judge(ttft, baseline)).toEqual([])
})

test.each([
  ['1.5 times the usual', times(8, 1500), { ...usual, p95: 1200 }, 'minor'],
  ['200 ms longer', times(8, 250), { ...usual, p50: 50, p95: 100 }, 'major'],
  ['three times the usual', times(8, 3000), usual, 'major'],
  ['just enough samples and days', times(8, 2100), { ...usual, n: 200, days: 3 }, 'minor'],
])('%s opens it: %s', (...[, ttft, baseline, severity]) => {
  const found = judgeSlow(windowOf(samplesOf(ttft), { baseline: { ttft: baseline } }))
  expect(found).toMatchObject([{ do: 'open', kind: 'slow', severity }])
})

test('without a baseline, or with samples that are not fresh, nothing is judged', () => {
  expect(judgeSlow(windowOf(samplesOf(times(8, 2100)), { baseline: {} }))).toEqual([])
  // Eight every 52 minutes: the first is 364 minutes old, more than 6 hours.
  const rare = samplesOf(times(8, 2100), {}, 52)
  expect(judgeSlow(windowOf(rare))).toEqual([])
  // An hourly schedule: 18 intervals are fresh.
  expect(inShort(judgeSlow(windowOf(rare, { intervalMs: 60 * minuteMs })))).toEqual(['open slow'])
})

test('only samples of the latest series are compared', () => {
  const [first, ...others] = samplesOf(times(8, 2100))
  if (first === undefined) throw new Error('no sample')
  expect(judgeSlow(windowOf([{ ...first, series: 'b' }, ...others]))).toEqual([])
})

test('the rate is judged as ms per token of answers with 32 tokens or more, and 200 ms of the whole answer', () => {
  const baseline = { tpot: { ...usual, p50: 10, p95: 15 } }
  const at = (tps: number, outputTokens: number) =>
    inShort(judgeSlow(windowOf(samplesOf(times(8, 500), { tps, outputTokens }), { baseline })))
  // 16 ms a token: 6 more for each of 32 are 192 ms, of 34 they are 204.
  expect(at(62.5, 32)).toEqual([])
  expect(at(62.5, 34)).toEqual(['open slow'])
  expect(at(10, 31)).toEqual([])
})

test('TTFT is named before the total, which is judged too', () => {
  const baseline = { ttft: usual, latency: { ...usual, p50: 2000, p95: 3000 } }
  const metricOf = (ttft: number) => {
    const samples = samplesOf(times(8, ttft), { latencyMs: 3100 })
    const [opened] = judgeSlow(windowOf(samples, { baseline }))
    return opened?.do === 'open' ? opened.evidence['metric'] : null
  }
  expect(metricOf(2100)).toBe('ttft')
  expect(metricOf(1900)).toBe('latency')
})

test('a target that is noisy is for the digest, and one of less than 14 days only shown', () => {
  const noisy = { ttft: { ...usual, p95: 2760 } }
  const samples = samplesOf(times(8, 2800))
  expect(judgeSlow(windowOf(samples, { baseline: noisy }))).toMatchObject([
    { flapping: true, shadow: false, evidence: { noisy: true } },
  ])
  const even = { ttft: { ...usual, p95: 2750 } }
  expect(judgeSlow(windowOf(samples, { baseline: even }))).toMatchObject([{ flapping: false }])
  const days = (n: number) => ({ firstCheckAt: ago(n * 24 * 60) })
  expect(judgeSlow(windowOf(samples, days(13.9)))).toMatchObject([{ shadow: true }])
  expect(judgeSlow(windowOf(samples, days(14)))).toMatchObject([{ shadow: false }])
})

/** Open since the eighth of these slow samples; then so many good ones. */
function openSince(good: number, change: Partial<TargetWindow> = {}): TargetWindow {
  const samples = samplesOf([...times(8, 2100), ...times(good, 900)])
  const evidence = { metric: 'ttft', series: 'a', p50_ms: 1000, p95_ms: 2000 }
  const incident = incidentOf(quietTarget, 'slow', { openedAt: ago((good - 0.1) * interval), evidence })
  return windowOf(samples, { open: [incident], ...change })
}

test('it is resolved when eight windows in a row are clean', () => {
  // The window that ends with the 6th good sample is the first with two slow ones only: 6 to 13 are eight.
  expect(inShort(judgeSlow(openSince(12)))).toEqual([])
  expect(inShort(judgeSlow(openSince(13)))).toEqual(['resolve slow: recovered'])
})

test('a median that is still a quarter longer, or three slow samples, keep it open', () => {
  const window = openSince(13)
  const judgeOf = (ttft: number[]) => inShort(judgeSlow({ ...window, samples: samplesOf(ttft) }))
  const clean = [...times(8, 2100), ...times(13, 900)]
  expect(judgeOf(clean)).toEqual(['resolve slow: recovered'])
  expect(judgeOf([...times(8, 2100), ...times(13, 1250)])).toEqual([])
  expect(judgeOf([...times(8, 2100), ...times(13, 1240)])).toEqual(['resolve slow: recovered'])
  expect(judgeOf([...clean.slice(0, -3), ...times(3, 2100)])).toEqual([])
  expect(judgeOf([...clean.slice(0, -2), ...times(2, 2100)])).toEqual(['resolve slow: recovered'])
})

test('it is judged by what was usual when it opened', () => {
  const moved = { ttft: { ...usual, p50: 3000, p95: 5000 } }
  const slow = { ...openSince(13), samples: samplesOf(times(24, 2100)) }
  expect(judgeSlow({ ...slow, baseline: moved })).toEqual([])
  expect(inShort(judgeSlow({ ...openSince(13), baseline: {} }))).toEqual(['resolve slow: recovered'])
})

test('samples before and after a gap are no window, and no samples resolve nothing', () => {
  const window = openSince(13)
  const gap = (after: number) =>
    window.samples.map((sample, index) => ({
      ...sample,
      at:
        index < window.samples.length - after ? new Date(sample.at.getTime() - 7 * 60 * minuteMs) : sample.at,
    }))
  const longAgo = [incidentOf(quietTarget, 'slow', { ...window.open[0], openedAt: ago(60 * 24) })]
  const judgeGap = (after: number) => inShort(judgeSlow({ ...window, open: longAgo, samples: gap(after) }))
  expect(judgeGap(0)).toEqual(['resolve slow: recovered'])
  expect(judgeGap(3)).toEqual([])
  expect(judgeSlow({ ...window, samples: [] })).toEqual([])
})

test('samples from before it opened do not resolve it', () => {
  const [incident] = openSince(13).open
  if (incident === undefined) throw new Error('none is open')
  const late = { ...incident, openedAt: ago(7 * interval) }
  expect(judgeSlow({ ...openSince(13), open: [late] })).toEqual([])
  expect(
    inShort(judgeSlow({ ...openSince(13), open: [{ ...late, openedAt: ago(7.1 * interval) }] })),
  ).toEqual(['resolve slow: recovered'])
})

test('it becomes major at three times the usual, once', () => {
  const [incident] = openSince(0).open
  if (incident === undefined) throw new Error('none is open')
  const window = windowOf(samplesOf(times(8, 3100)), { open: [incident] })
  expect(judgeSlow(window)).toMatchObject([
    { do: 'worsen', severity: 'major', evidence: { p50_ms: 1000, ratio: 3.1, above: 8 } },
  ])
  expect(judgeSlow({ ...window, open: [{ ...incident, severity: 'major' }] })).toEqual([])
})

test('eight samples of another series end it, as there is nothing to compare any more', () => {
  const another = (n: number) => {
    const samples = samplesOf([...times(8, 2100), ...times(n, 900)])
    const mixed = samples.map((sample, index) => (index < 8 ? sample : { ...sample, series: 'b' }))
    return inShort(judgeSlow({ ...openSince(0), samples: mixed }))
  }
  expect(another(7)).toEqual([])
  expect(another(8)).toEqual(['resolve slow: expired'])
  const [incident] = openSince(0).open
  if (incident === undefined) throw new Error('none is open')
  const unreadable = { ...incident, evidence: { metric: 'ttft' } }
  expect(inShort(judgeSlow({ ...openSince(0), open: [unreadable] }))).toEqual(['resolve slow: expired'])
})
