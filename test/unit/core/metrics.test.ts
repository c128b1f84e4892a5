import { expect, test } from 'vitest'
import { deriveMetrics } from '../../../src/core/metrics.ts'
import type { StreamEvent, Timeline } from '../../../src/core/timeline.ts'
import type { Usage } from '../../../src/core/usage.ts'

const usage = (numbers: Partial<Usage>): Usage => ({
  input: null,
  output: null,
  reasoning: null,
  cached: null,
  cacheWrite: null,
  source: 'usage',
  costUsd: null,
  ...numbers,
})
const event = (read: number, chars: Partial<StreamEvent>): StreamEvent => ({
  read,
  kind: 'other',
  text: 0,
  reasoning: 0,
  other: 0,
  ...chars,
})
const timeline = (reads: number[], events: StreamEvent[], more: Partial<Timeline> = {}): Timeline => ({
  dnsMs: 1,
  tcpMs: 2,
  tlsMs: 3,
  connectMs: 6,
  headers: reads[0] ?? null,
  reads,
  bytes: reads.map(() => 10),
  events,
  reasoningForm: 'none',
  end: reads.at(-1) ?? 0,
  ...more,
})
/** One token of 4 characters in each read from the second on: the first brings headers and the role. */
const singly = (stamps: number[]) =>
  timeline(
    [50, ...stamps],
    [event(0, { kind: 'role' }), ...stamps.map((_, index) => event(index + 1, { kind: 'text', text: 4 }))],
  )

test('tokens that arrive singly give (n - 1) over the span from first to last', () => {
  // 5 tokens at 100, 110, ... 140 ms: 4 tokens in 40 ms.
  const metrics = deriveMetrics(singly([100, 110, 120, 130, 140]), usage({ input: 20, output: 5 }))
  expect(metrics).toMatchObject({
    ttfbMs: 50,
    ttftMs: 100,
    coldTtftMs: 106,
    ttfaMs: 100,
    tps: 100,
    tpotMs: 10,
    e2eMs: 140,
    totalLatencyMs: 140,
  })
  expect(metrics).toMatchObject({
    itlP50Ms: 10,
    itlP95Ms: 10,
    itlMaxMs: 10,
    stallCount: 0,
    stallMs: 0,
    inputTps: 200,
  })
})

test('role, usage and finish events move neither the first nor the last token', () => {
  const base = singly([100, 110])
  const late = { ...base, reads: [...base.reads, 410], end: 410 }
  late.events = [...base.events, event(3, { kind: 'finish' }), event(3, { kind: 'usage' })]
  const metrics = deriveMetrics(late, usage({ output: 2 }))
  expect(metrics).toMatchObject({ ttftMs: 100, e2eMs: 110, totalLatencyMs: 410, tps: 100 })
})

test('a long first word is one token if tokens arrive singly', () => {
  // 10 tokens, 10 ms apart; the first has 13 characters of 40, which would be 3 tokens by their share.
  const events = Array.from({ length: 10 }, (_, read) => event(read, { text: read === 0 ? 13 : 3 }))
  const reads = events.map((_, index) => 100 + 10 * index)
  expect(deriveMetrics(timeline(reads, events), usage({ output: 10 })).tps).toBe(100)
})

test('chunks with equally many tokens count the same, though their words differ', () => {
  // 4 chunks of 16 tokens, 160 ms apart; by its 84 of 350 characters the first would have 15.
  const lengths = [84, 70, 98, 98]
  const events = lengths.map((text, read) => event(read, { text }))
  expect(deriveMetrics(timeline([100, 260, 420, 580], events), usage({ output: 64 })).tps).toBe(100)
})

test('a burst before tokens that arrive singly counts by its characters', () => {
  // 20 of 29 tokens at once, then 9 of as many characters each, 10 ms apart.
  const events = Array.from({ length: 10 }, (_, read) => event(read, { text: read === 0 ? 80 : 4 }))
  const reads = events.map((_, index) => 100 + 10 * index)
  expect(deriveMetrics(timeline(reads, events), usage({ output: 29 })).tps).toBe(100)
})

test('the tokens of the first read are not counted as generated within the span', () => {
  // Two reads of 2 tokens each, then one of 4: 8 tokens, a quarter of the characters in the first read, 6
  // tokens in 60 ms.
  const events = [event(0, { text: 8 }), event(1, { text: 8 }), event(2, { text: 16 })]
  expect(deriveMetrics(timeline([100, 120, 160], events), usage({ output: 8 })).tps).toBe(100)
})

test('reasoning that is streamed counts, and starts the token clock but not the answer clock', () => {
  const events = [
    event(0, { reasoning: 4 }),
    event(1, { reasoning: 4 }),
    event(2, { text: 4 }),
    event(3, { text: 4 }),
  ]
  const metrics = deriveMetrics(
    timeline([100, 110, 120, 130], events, { reasoningForm: 'full' }),
    usage({ output: 4, reasoning: 2 }),
  )
  expect(metrics).toMatchObject({ ttftMs: 100, ttfaMs: 120, tps: 100 })
})

test('reasoning that is billed but hidden is excluded from the rate', () => {
  // 500 tokens billed, 490 of them hidden: 10 tokens were streamed, 9 of them within 90 ms.
  const stamps = Array.from({ length: 10 }, (_, index) => 1000 + 10 * index)
  expect(deriveMetrics(singly(stamps), usage({ output: 500, reasoning: 490 })).tps).toBeCloseTo(100, 9)
})

test('if reasoning was only a summary the rate is that of the answer', () => {
  const events = [
    event(0, { reasoning: 40 }),
    event(1, { text: 4 }),
    event(2, { text: 4 }),
    event(3, { text: 4 }),
  ]
  const metrics = deriveMetrics(
    timeline([100, 500, 510, 520], events, { reasoningForm: 'summary' }),
    usage({ output: 103, reasoning: 100 }),
  )
  expect(metrics).toMatchObject({ ttftMs: 100, ttfaMs: 500, tps: 100 })
})

test('reasoning of fewer characters than tokens is a summary, unless we counted them ourselves', () => {
  // 'Thinking.' for 100 tokens, then 4 tokens of answer: 3 of them within 60 ms.
  const events = [
    event(0, { reasoning: 9 }),
    event(1, { text: 4 }),
    event(2, { text: 4 }),
    event(3, { text: 4 }),
    event(4, { text: 4 }),
  ]
  const seen = timeline([100, 500, 520, 540, 560], events, { reasoningForm: 'full' })
  expect(deriveMetrics(seen, usage({ output: 104, reasoning: 100 })).tps).toBe(50)
  // Counted by us they were all there: 25 characters for 104 tokens, 37 of them in the first read, 67 in 460
  // ms.
  const counted = usage({ output: 104, reasoning: 100, source: 'tokenizer' })
  expect(deriveMetrics(seen, counted).tps).toBeCloseTo(67_000 / 460, 9)
})

test.each([
  ['no token at all', timeline([50], [event(0, { kind: 'role' })]), usage({ output: 0 })],
  ['one token', singly([100]), usage({ output: 1 })],
  [
    'everything in one read',
    timeline([100], [event(0, { text: 4 }), event(0, { text: 4 })]),
    usage({ output: 2 }),
  ],
  ['no token count', singly([100, 110]), usage({})],
])('there is no rate with %s', (_, seen, tokens) => {
  expect(deriveMetrics(seen, tokens)).toMatchObject({ tps: null, tpotMs: null })
})

test('what never happened is null', () => {
  const failed = timeline([], [], { headers: null, connectMs: null, end: 10_000 })
  expect(deriveMetrics(failed, usage({}))).toEqual({
    ttfbMs: null,
    ttftMs: null,
    coldTtftMs: null,
    ttfaMs: null,
    tps: null,
    tpotMs: null,
    itlP50Ms: null,
    itlP95Ms: null,
    itlMaxMs: null,
    totalLatencyMs: 10_000,
    e2eMs: null,
    stallCount: null,
    stallMs: null,
    inputTps: null,
  })
})

test('a stall is a gap above 500 ms and above ten times the median', () => {
  const metrics = deriveMetrics(singly([100, 110, 120, 130, 831, 841]), usage({ output: 6 }))
  expect(metrics).toMatchObject({ stallCount: 1, stallMs: 701, itlMaxMs: 701 })
  const slow = deriveMetrics(singly([100, 200, 300, 1000, 1100]), usage({ output: 5 }))
  expect(slow).toMatchObject({ stallCount: 0, stallMs: 0 })
})

test('cached input is not read at the rate of input', () => {
  const metrics = deriveMetrics(singly([200, 210]), usage({ input: 1000, cached: 900, output: 2 }))
  expect(metrics.inputTps).toBe(500)
})
