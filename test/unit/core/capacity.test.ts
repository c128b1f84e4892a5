import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CapacityInput, capacityOf, type Demand, roomOfMillion } from '../../../src/core/capacity.ts'
import { capacityText } from '../../../src/report/capacity.ts'

const demand = (more: Partial<Demand> = {}): Demand => ({
  provider: 'openai',
  targets: 10_000,
  regions: 3,
  callsADay: 96,
  typicalMs: 3000,
  usd: 0.000143,
  mostUsd: 0.0005,
  ...more,
})
const input = (demands: readonly Demand[], more: Partial<CapacityInput> = {}): CapacityInput => ({
  demands,
  regions: 3,
  slotsADay: 96,
  intervalMs: 900_000,
  lanesOf: () => 4,
  resultDays: 400,
  textDays: 14,
  ...more,
})

test('10,000 targets in 3 regions every quarter of an hour', () => {
  const capacity = capacityOf(input([demand()]))
  // 30,000 probes a slot, 33.3 a second; of 3 s each, over 720 s of 900: 125 in flight, 41.7 a region, which is 3 workers.
  expect(capacity).toMatchObject({
    targets: 10_000,
    probes_a_slot: 30_000,
    probes_a_day: 2_880_000,
    workers: 9,
  })
  expect(capacity.in_flight).toBeCloseTo(125, 9)
  // 10,000 calls of 3 s are 30,000 s of work: 41.7 lanes of 720 s, and 125 minutes of four.
  expect(capacity.fits).toBe(false)
  expect(capacity.providers).toMatchObject([{ provider: 'openai', lanes: 4, lanes_needed: 42 }])
  expect(capacity.providers[0]?.minutes).toBeCloseTo(125, 9)
  const { database, bill } = capacity
  // 86.4 million a month; all parts are 3,645 MB a million, texts among them.
  expect(database.mb_a_month).toBeCloseTo(86.4 * 3645, 3)
  // 400 days are 1,152 million of 3,190 MB, 14 days 40.32 million of 300.
  expect(database.mb_kept).toBeCloseTo(1152 * 3190 + 40.32 * 300, 3)
  // 1,051.2 million a year of 155 MB.
  expect(database.mb_a_year_for_good).toBeCloseTo(1051.2 * 155, 3)
  expect(database.wal_mb_a_day).toBeCloseTo(42_048, 6)
  expect(bill.usd_a_day).toBeCloseTo(411.84, 6)
  expect(bill.most_usd_a_day).toBeCloseTo(1440, 6)
  expect(bill.usd_in_30_days).toBeCloseTo(12_355.2, 6)
  expect(bill.n_unpriced).toBe(0)
})

test('providers are listed by how scarce their lanes are; a slot fits if each has enough', () => {
  const demands = [
    // 100 calls of 5 s in a region: 500 s, one lane of 720 s.
    demand({ provider: 'a', targets: 100, typicalMs: 5000 }),
    // 800 of 3 s: 2,400 s, 4 lanes.
    demand({ provider: 'b', targets: 800 }),
    // 1,000 of 3 s in another of three regions: 333 in each, 1,000 s, 2 lanes.
    demand({ provider: 'c', targets: 1000, regions: 1 }),
  ]
  const { providers, fits } = capacityOf(input(demands))
  expect(providers.map(({ provider, lanes_needed: needed }) => [provider, needed])).toEqual([
    ['b', 4],
    ['c', 2],
    ['a', 1],
  ])
  expect(fits).toBe(true)
  expect(capacityOf(input(demands, { lanesOf: (provider) => (provider === 'b' ? 3 : 4) })).fits).toBe(false)
})

test('what nobody has called yet takes 18 s, and what has no price is counted apart', () => {
  const unknown = demand({ targets: 8, typicalMs: null, usd: null, mostUsd: null })
  const { bill, in_flight: inFlight } = capacityOf(input([unknown]))
  // 24 calls of 18 s in 720 s.
  expect(inFlight).toBeCloseTo(0.6, 9)
  expect(bill).toMatchObject({ usd_a_day: 0, n_unpriced: 2304 })
})

test('what is kept for good is never pruned', () => {
  const { database } = capacityOf(
    input([demand({ targets: 100, regions: 1 })], { resultDays: null, textDays: null }),
  )
  // 9,600 probes a day, 3.504 million a year.
  expect(database.mb_kept).toBe(0)
  expect(database.mb_a_year_for_good).toBeCloseTo(3.504 * 3645, 6)
})

test('a daily slot is spread over an hour', () => {
  const daily = demand({ targets: 1200, regions: 1, callsADay: 1 })
  // 1,200 calls of 3 s in 3,600 s.
  const { in_flight: inFlight } = capacityOf(
    input([daily], { regions: 1, slotsADay: 1, intervalMs: 86_400_000 }),
  )
  expect(inFlight).toBeCloseTo(1, 9)
})

test('the room of a million results is that of docs/deploy.md', () => {
  const page = readFileSync('docs/deploy.md', 'utf8')
  const rows = [...page.matchAll(/^\| (.+) \| ([\d,]+) \| (400 days|14 days|forever) \|$/gm)]
  const kept = { '400 days': 'resultDays', '14 days': 'textDays', forever: null } as const
  const said = rows.map(([, part = '', mb = '', days = 'forever']) => ({
    part,
    mb: Number(mb.replaceAll(',', '')),
    kept: kept[days as keyof typeof kept],
  }))
  expect(said).toEqual(roomOfMillion)
})

test('it is all proportional to the number of targets, but for whole workers and lanes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 50 }), (targets, times) => {
      const [one, many] = [targets, targets * times].map((each) =>
        capacityOf(input([demand({ targets: each })])),
      )
      expect(many?.bill.usd_a_day).toBeCloseTo(times * (one?.bill.usd_a_day ?? 0), 6)
      expect(many?.database.mb_kept).toBeCloseTo(times * (one?.database.mb_kept ?? 0), 3)
      expect(many?.workers).toBeGreaterThanOrEqual(one?.workers ?? 0)
      expect(many?.workers).toBeLessThanOrEqual(times * (one?.workers ?? 0))
    }),
  )
})

test('it is told in lines, with what to do about scarce lanes', () => {
  const crowded = capacityText(capacityOf(input([demand({ targets: 16_000 })])))
  expect(crowded).toContain('too few: 64 are the most: give its targets an interval')
  expect(capacityText(capacityOf(input([demand()]))))
    .toBe(`10,000 targets in 3 regions: 30,000 probes a slot, 2,880,000 a day
in flight: 125 calls while a slot is made; 9 workers of 16 lanes
a slot is not made before the next: providers lack lanes
database: 315 GB a month, 3.69 TB once as much is pruned as comes in, and 163 GB a year for good; 42 GB of write-ahead log a day
calls: $412 a day, $12,360 in 30 days; at most $1,440 and $43,200

PROVIDER  PROBES A SLOT     TAKE  LANES  NEEDED
openai           10,000  125 min      4      42  too few: fleet.ts lanes openai 42`)
})
