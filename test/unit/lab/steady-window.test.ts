import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { meanInFlight, type Occupied, peakInFlight, steadyWindow } from '../../../src/lab/steady-window.ts'

/** What `clients` do that take one of `total` requests after another, of lognormal length around 100 ms. */
function closedLoop(clients: number, total: number, seed: number): Occupied[] {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const free = Array.from({ length: clients }, () => 0)
  return Array.from({ length: total }, () => {
    const from = Math.min(...free)
    const to = from + 100 * Math.exp(0.5 * normal())
    free[free.indexOf(from)] = to
    return { from, to }
  })
}

test('the window begins one mean request after the level is full, and ends when it is not', () => {
  // Two clients: 0-100, 100-200 and 200-300; 50-150, 150-250 and 250-350. Full from 50 to 300; a request takes 100.
  const requests = [0, 100, 200, 50, 150, 250].map((from) => ({ from, to: from + 100 }))
  expect(steadyWindow(requests, 2, 1)).toEqual({ from: 150, to: 300 })
})

test('the moment that a client takes from an answer to its next request does not interrupt it, a pause does', () => {
  const sent = (gap: number) => [0, 1, 2, 3].map((turn) => turn * (100 + gap))
  const requests = (gap: number) => sent(gap).map((from) => ({ from, to: from + 100 }))
  expect(steadyWindow(requests(5), 1, 1)).toEqual({ from: 100, to: 415 })
  expect(steadyWindow(requests(6), 1, 1)).toBeNull()
})

test('a client that sends at the very moment its answer ends leaves no gap', () => {
  const requests = Array.from({ length: 5 }, (_, index) => ({ from: index * 10, to: index * 10 + 10 }))
  expect(steadyWindow(requests, 1, 1)).toEqual({ from: 10, to: 50 })
})

test.each([
  ['a level that was never reached', [{ from: 0, to: 100 }], 2],
  [
    'a level that was full for less than one request',
    [
      { from: 0, to: 100 },
      { from: 90, to: 200 },
    ],
    2,
  ],
  [
    'a level that was full for less than two requests',
    [0, 100, 50, 150].map((from) => ({ from, to: from + 100 })),
    2,
  ],
  ['no request', [], 1],
])('there is no window in %s', (_, requests, level) => {
  expect(steadyWindow(requests, level, 1)).toBeNull()
})

test('of two stretches the longest counts', () => {
  const requests = [
    { from: 0, to: 30 },
    { from: 40, to: 70 },
    { from: 70, to: 100 },
    { from: 100, to: 130 },
  ]
  expect(steadyWindow(requests, 1, 1)).toEqual({ from: 70, to: 130 })
})

test('its throughput is that of the clients, where the whole run counts filling and draining', () => {
  const clients = 16
  const meanMs = 100 * Math.exp(0.125)
  const truth = clients / meanMs
  const shares = Array.from({ length: 100 }, (_, seed) => {
    const requests = closedLoop(clients, 160, seed + 1)
    const window = steadyWindow(requests, clients)
    if (window === null) return null
    const ended = requests.filter(({ to }) => to > window.from && to <= window.to).length
    const whole = requests.length / Math.max(...requests.map(({ to }) => to))
    return { inWindow: ended / (window.to - window.from) / truth, whole: whole / truth }
  }).filter((share) => share !== null)
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  expect(shares.length).toBe(100)
  // 1.006 (standard deviation 0.05) and 0.89 over 200 runs elsewhere; the mean of 100 is within 0.015 of them.
  expect(Math.abs(mean(shares.map(({ inWindow }) => inWindow)) - 1.006)).toBeLessThan(0.02)
  expect(Math.abs(mean(shares.map(({ whole }) => whole)) - 0.89)).toBeLessThan(0.02)
})

test('the mean in flight is the occupied time by the length of the span (Little)', () => {
  const requests = [
    { from: 0, to: 100 },
    { from: 50, to: 150 },
  ]
  expect(meanInFlight(requests, { from: 0, to: 100 })).toBe(1.5)
  expect(meanInFlight(requests, { from: 150, to: 200 })).toBe(0)
})

test('a request that ends as another begins is not in flight with it', () => {
  expect(
    peakInFlight([
      { from: 0, to: 10 },
      { from: 10, to: 20 },
    ]),
  ).toBe(1)
  expect(
    peakInFlight([
      { from: 0, to: 10 },
      { from: 9, to: 20 },
      { from: 2, to: 3 },
    ]),
  ).toBe(2)
  expect(peakInFlight([])).toBe(0)
})

test('what pauses leave of a level is no window if one answer more or less would be more than a tenth of its rate', () => {
  // One client whose turns take 6 of 100 ms, but for three; the first call of those took 130 ms.
  const turns = Array.from({ length: 20 }, (_, index) => (index >= 9 && index < 12 ? 2 : 6))
  const starts = turns.map((_, index) =>
    turns.slice(0, index).reduce((sum, turn) => sum + 100 + turn, index > 9 ? 30 : 0),
  )
  const requests = starts.map((from, index) => ({ from, to: from + (index === 9 ? 130 : 100) }))
  expect(steadyWindow(requests, 1, 1)).not.toBeNull()
  expect(steadyWindow(requests, 1)).toBeNull()
  const even = Array.from({ length: 11 }, (_, index) => ({ from: index * 100, to: index * 100 + 100 }))
  expect(steadyWindow(even, 1)).toEqual({ from: 100, to: 1100 })
  expect(steadyWindow(even.slice(1), 1)).toBeNull()
})
