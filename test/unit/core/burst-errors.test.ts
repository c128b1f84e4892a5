import { expect, test } from 'vitest'
import { deriveMetrics } from '../../../src/core/metrics.ts'
import { seededRandom } from '../../../src/core/random.ts'
import {
  atIntervals,
  between,
  decode,
  delayed,
  inBlocks,
  overTcp,
  pick,
  type Random,
  type Read,
  ready,
  scaled,
  timelineOf,
  usage,
  type Written,
} from '../../support/arrivals.ts'

// How often the judgement errs, over streams that are made up. docs/metrics.md tells these figures.

const streams = 2000
const bytesPerEvent = [130, 165, 250, 400] as const
const longestDelays = [0.2, 1, 5] as const

const decoder = (random: Random) => ({
  rate: scaled(random, 20, 4000),
  n: Math.round(scaled(random, 2, 2000)),
  perEvent: pick(random, [1, 2, 4, 8, 16, 32]),
  ttft: scaled(random, 20, 20_000),
  bytesPerEvent: pick(random, bytesPerEvent),
  jitter: between(random, 0, 0.9),
})

/** Of streams that were delivered so, and whose stamps give their rate within a quarter: how many have none. */
function lost(seed: number, deliver: (events: Written[], random: Random) => Read[]) {
  const random = seededRandom(seed)
  const counted = { streams: 0, lost: 0 }
  for (let index = 0; index < streams; index += 1) {
    const model = decoder(random)
    const events = decode(model, random)
    const timeline = timelineOf(events, delayed(deliver(events, random), random, pick(random, longestDelays)))
    const isNear = (rate: number | null) => rate !== null && Math.abs(rate / model.rate - 1) < 0.25
    if (!isNear(rateOfReads(timeline, model.n))) continue
    const { tps } = deriveMetrics(timeline, usage(model.n))
    counted.streams += 1
    counted.lost += Number(tps === null)
  }
  return counted
}

/** (n - n_first) / (t_last - t_first), whatever came how. */
function rateOfReads({ reads, events }: ReturnType<typeof timelineOf>, n: number): number | null {
  const first = events[0]?.read ?? 0
  const nFirst = events.filter(({ read }) => read === first).reduce((sum, { text }) => sum + text / 4, 0)
  const span = (reads[events.at(-1)?.read ?? 0] ?? 0) - (reads[first] ?? 0)
  return span > 0 ? ((n - nFirst) * 1000) / span : null
}

test('no rate is lost of tokens that are sent as they are made, 1 to 32 at a time', () => {
  const seen = lost(1, (events) => events)
  expect(seen.lost).toBe(0)
  expect(seen.streams).toBeGreaterThan(1000)
})

test('nor of blocks of 4, 8 and 16 KiB', () => {
  const seen = lost(2, (events, random) => inBlocks(events, pick(random, [4096, 8192, 16_384])))
  expect(seen.lost).toBe(0)
  expect(seen.streams).toBeGreaterThan(500)
})

test('nor, but for one in a hundred, of what is let out by time', () => {
  const seen = lost(3, (events, random) => {
    const interval = pick(random, [20, 50, 100, 200, 250, 500])
    return atIntervals(events, interval, random() * interval)
  })
  expect(seen.lost / seen.streams).toBeLessThan(0.01)
})

/** The share of bursts that keep a rate, of `n` tokens over a round trip, made at `rate` tokens per second. */
function missed(seed: number, burst: (random: Random) => { n: number; rtt: number; rate: number }): number {
  const random = seededRandom(seed)
  let found = 0
  for (let index = 0; index < streams; index += 1) {
    const { n, rtt, rate } = burst(random)
    const ttft = rtt + 100 + (1000 * n) / rate
    const events = ready(n, ttft, pick(random, bytesPerEvent))
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0)
    const speed = scaled(random, 20_000, 5_000_000)
    const mss = pick(random, [1220, 1380, 1448, 1460])
    const record = pick(random, [512, 1024, 4096, 16_384])
    const reads = overTcp(bytes, ttft, { rtt, speed, mss, record })
    const timeline = timelineOf(events, delayed(reads, random, pick(random, longestDelays)))
    found += Number(deriveMetrics(timeline, usage(n)).tps === null)
  }
  return 1 - found / streams
}

test.each([
  { where: 'on this machine', seed: 4, rtt: [0.02, 0.2], rate: [20, 1000], most: 0.02 },
  { where: 'in the same region', seed: 5, rtt: [0.5, 10], rate: [20, 1000], most: 0.03 },
  { where: 'over 10 to 150 ms, made by most models', seed: 6, rtt: [10, 150], rate: [20, 300], most: 0.08 },
  { where: 'over 150 to 300 ms, or made faster', seed: 7, rtt: [150, 300], rate: [20, 1000], most: 0.25 },
] as const)('few bursts are missed $where', ({ seed, rtt, rate, most }) => {
  const share = missed(seed, (random) => ({
    n: Math.round(scaled(random, 20, 2000)),
    rtt: between(random, rtt[0], rtt[1]),
    rate: scaled(random, rate[0], rate[1]),
  }))
  expect(share).toBeLessThan(most)
})
