import { expect, test } from 'vitest'
import { derive, deriveMetrics } from '../../../src/core/metrics.ts'
import type { Timeline } from '../../../src/core/timeline.ts'
import { ready, timelineOf, usage } from '../../support/arrivals.ts'

/** Tokens of 166 bytes each that arrive in these numbers at these moments. */
function arriving(
  blocks: readonly (readonly [at: number, tokens: number])[],
): [Timeline, ReturnType<typeof usage>] {
  const n = blocks.reduce((sum, [, tokens]) => sum + tokens, 0)
  const reads = blocks.map(([at, tokens]) => ({ at, bytes: 166 * tokens }))
  return [timelineOf(ready(n, 0, 162), reads), usage(n)]
}
/** The same number of tokens again and again. */
const regularly = (blocks: number, from: number, { every, tokens }: { every: number; tokens: number }) =>
  Array.from({ length: blocks }, (_, index) => [from + every * index, tokens] as const)

test.each([
  ['512 tokens in 12 reads within 2 ms', regularly(12, 1700, { every: 0.18, tokens: 43 })],
  ['reads of 3 tokens at the speed of a socket', regularly(100, 1699, { every: 0.06, tokens: 3 })],
  ['a busy machine reads late: 60 tokens every 1.5 ms', regularly(5, 1500, { every: 1.5, tokens: 60 })],
  [
    '12 tokens in 1 ms',
    [
      [900, 6],
      [901, 6],
    ],
  ],
  [
    "TCP's first window, a round trip of 40 ms, the rest",
    [
      [800, 84],
      [840, 66],
    ],
  ],
  [
    'a round trip of 300 ms after 2 s',
    [
      [2000, 84],
      [2300, 66],
    ],
  ],
  [
    'windows that double: 14, 28, 57 kB and the rest',
    [
      [2500, 86],
      [2600, 172],
      [2700, 344],
      [2800, 98],
    ],
  ],
  [
    'the reads of a window, 1 ms apart',
    [
      [1000, 40],
      [1001, 46],
      [1080, 90],
      [1081, 60],
    ],
  ],
  [
    '16 KiB records of TLS: two in the second window, the rest in the third',
    [
      [3000, 32_768 / 166],
      [3100, 180],
    ],
  ],
] as [string, (readonly [number, number])[]][])('a burst has no rate: %s', (_, blocks) => {
  const [timeline, tokens] = arriving(blocks.map(([at, n]) => [at, n] as const))
  expect(derive(timeline, tokens).burst).toBe(true)
  expect(deriveMetrics(timeline, tokens)).toMatchObject({
    ttftMs: blocks[0]?.[0],
    e2eMs: blocks.at(-1)?.[0],
    totalLatencyMs: blocks.at(-1)?.[0],
    tps: null,
    tpotMs: null,
    itlP50Ms: null,
    itlP95Ms: null,
    itlMaxMs: null,
    stallCount: null,
    stallMs: null,
  })
})

test.each([
  ['20 every 200 ms', regularly(10, 200, { every: 200, tokens: 20 }), 100],
  ['4 KiB of a fast model', regularly(20, 2000, { every: 8, tokens: 24 }), 3000],
  ['8 KiB', regularly(5, 3000, { every: 490, tokens: 49 }), 100],
  ['16 KiB of a fast model, after a wait', regularly(3, 9000, { every: 33, tokens: 99 }), 3000],
  ['two blocks of 16 KiB', regularly(2, 2000, { every: 99, tokens: 99 }), 1000],
  ['85 every 200 ms, each the size of a window', regularly(6, 900, { every: 200, tokens: 85 }), 425],
  [
    'each block in three reads',
    regularly(5, 900, { every: 100, tokens: 30 }).flatMap(
      ([at]) =>
        [
          [at, 10],
          [at + 0.2, 10],
          [at + 0.4, 10],
        ] as const,
    ),
    300,
  ],
] as const)('blocks that a proxy lets out keep their mean: %s', (_, blocks, rate) => {
  expect(deriveMetrics(...arriving(blocks)).tps).toBeCloseTo(rate, 9)
})

test.each([
  ['3 tokens in 40 ms', regularly(3, 400, { every: 20, tokens: 1 }), 50],
  ['200 tokens in 67 ms, singly', regularly(200, 300, { every: 1 / 3, tokens: 1 }), 3000],
  ['and 20 at a time', regularly(10, 300, { every: 20 / 3, tokens: 20 }), 3000],
  ['the same after 20 s in a queue', regularly(10, 20_000, { every: 20 / 3, tokens: 20 }), 3000],
  [
    '17,000 tokens per second, for longer than a moment',
    regularly(40, 120, { every: 1, tokens: 17 }),
    17_000,
  ],
  ['two tokens at 4,000 per second', regularly(2, 200, { every: 0.25, tokens: 1 }), 4000],
  ['speculative decoding, 5 every 50 ms', regularly(30, 500, { every: 50, tokens: 5 }), 100],
] as const)('a decoder keeps its rate: %s', (_, blocks, rate) => {
  const [timeline, tokens] = arriving(blocks)
  expect(derive(timeline, tokens).burst).toBe(false)
  expect(deriveMetrics(timeline, tokens).tps).toBeCloseTo(rate, 6)
})

test.each([
  ['in one read', [[1500, 450]]],
  ['in several', regularly(9, 1499.2, { every: 0.1, tokens: 50 })],
  [
    "in TCP's windows",
    [
      [1400, 86],
      [1440, 172],
      [1480, 192],
    ],
  ],
] as [string, (readonly [number, number])[]][])(
  'what follows a burst %s keeps its own rate and gaps',
  (_, burst) => {
    const start = burst.at(-1)?.[0] ?? 0
    const trickle = regularly(52, start + 10, { every: 10, tokens: 1 })
    const [timeline, tokens] = arriving([...burst, ...trickle])
    const seen = deriveMetrics(timeline, tokens)
    expect(seen.tps).toBeGreaterThan(95)
    expect(seen.tps).toBeLessThan(105)
    expect(seen.itlP50Ms).toBeCloseTo(10, 6)
    expect(seen.itlMaxMs).toBeLessThan(41)
  },
)

test('an answer in a single read was a burst, a single token was not', () => {
  expect(derive(...arriving([[100, 2]])).burst).toBe(true)
  expect(derive(...arriving([[100, 1]])).burst).toBe(false)
  expect(derive(timelineOf([], []), usage(0)).burst).toBe(false)
})

test('without a token count, events are taken for tokens', () => {
  const [timeline, tokens] = arriving(regularly(100, 1699, { every: 0.06, tokens: 3 }))
  expect(derive(timeline, { ...tokens, output: null }).burst).toBe(true)
})

test('after reasoning that was only summarized, the answer is judged by itself', () => {
  // 300 tokens of thought, summarized at 400 and 900 ms; then 100 of answer within 1 ms.
  const [answer] = arriving(regularly(10, 4000, { every: 0.1, tokens: 10 }))
  const summary = { kind: 'reasoning' as const, text: 0, reasoning: 40, other: 0 }
  const timeline: Timeline = {
    ...answer,
    reads: [400, 900, ...answer.reads],
    bytes: [200, 200, ...answer.bytes],
    events: [
      { ...summary, read: 0 },
      { ...summary, read: 1 },
      ...answer.events.map((event) => ({ ...event, read: event.read + 2 })),
    ],
    reasoningForm: 'summary',
  }
  const tokens = { ...usage(400), reasoning: 300 }
  expect(derive(timeline, tokens).burst).toBe(true)
  expect(deriveMetrics(timeline, tokens)).toMatchObject({
    ttftMs: 400,
    ttfaMs: 4000,
    tps: null,
    itlP50Ms: null,
  })
})
