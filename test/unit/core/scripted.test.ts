import { expect, test } from 'vitest'
import { deriveMetrics } from '../../../src/core/metrics.ts'
import type { EventKind, StreamEvent, Timeline } from '../../../src/core/timeline.ts'
import type { ReasoningForm, Usage } from '../../../src/core/usage.ts'

// One scripted stream with every value worked out by hand. Stamps are ms after the request; connecting took
// 30 ms.
//
//   at     read  what came                             characters   tokens
//   120    0     headers, role chunk
//   200    1     "I think"            shown            7            2
//   210    2     " so far"            shown            7            2
//   220..700     60 tokens of thought that nobody sees
//   700    3     "Weighed it."        summary          11
//   800    4     "Hello there"        answer           11           2
//   820    5     ", what"             answer           6            2
//   840    6     " a fine"            answer           7            2
//   860    7     " day!"              answer           5            2
//   860    7     finish reason, in the same read as the last token
//   1160   8     usage: 20 in, 8 of them cached; 72 out, 64 of them reasoning
//   1160   8     [DONE]

const at = [120, 200, 210, 700, 800, 820, 840, 860, 1160]
const event = (read: number, kind: EventKind, characters: Partial<StreamEvent> = {}): StreamEvent => ({
  read,
  kind,
  text: 0,
  reasoning: 0,
  other: 0,
  ...characters,
})
const role = event(0, 'role')
const shown = [event(1, 'reasoning', { reasoning: 7 }), event(2, 'reasoning', { reasoning: 7 })]
const summary = event(3, 'reasoning', { reasoning: 11 })
const answer = [11, 6, 7, 5].map((text, index) => event(4 + index, 'text', { text }))
const tail = [event(7, 'finish'), event(8, 'usage'), event(8, 'done')]

const timeline = (events: StreamEvent[], reasoningForm: ReasoningForm): Timeline => ({
  dnsMs: 5,
  tcpMs: 10,
  tlsMs: 15,
  connectMs: 30,
  headers: 120,
  reads: at,
  bytes: at.map(() => 100),
  events,
  reasoningForm,
  end: 1160,
})
const usage = (output: number, reasoning: number): Usage => ({
  input: 20,
  output,
  reasoning,
  cached: 8,
  cacheWrite: null,
  source: 'usage',
  costUsd: null,
})

test('shown, hidden and summarized reasoning in one stream', () => {
  const seen = timeline([role, ...shown, summary, ...answer, ...tail], 'summary')
  expect(deriveMetrics(seen, usage(72, 64))).toEqual({
    ttfbMs: 120,
    // The first token is thought, not the role.
    ttftMs: 200,
    coldTtftMs: 230,
    ttfaMs: 800,
    // Some of the thinking came as a summary: the rate is the answer's alone. 72 - 64 = 8 tokens in 29
    // characters; the first read has 11 of them: round(8 x 11 / 29) = 3. The other 5 came from 800 to 860.
    tps: (5 * 1000) / 60,
    tpotMs: 12,
    // Reads with tokens: 200 210 700 800 820 840 860. Gaps: 10 490 100 20 20 20; sorted 10 20 20 20 100 490.
    itlP50Ms: 20,
    // Position 0.95 x 5 = 4.75: 100 + 0.75 x 390.
    itlP95Ms: 392.5,
    itlMaxMs: 490,
    totalLatencyMs: 1160,
    // The tail of 300 ms with the usage is not in it.
    e2eMs: 860,
    // 490 is ten times the median, but not above 500 ms.
    stallCount: 0,
    stallMs: 0,
    // 20 - 8 tokens in 200 ms.
    inputTps: 60,
  })
})

test('reasoning that is fully shown counts as tokens', () => {
  // 2 + 2 of thought and 8 of answer from 200 to 860: 12 tokens in 43 characters, 7 of them in the first
  // read: round(12 x 7 / 43) = 2. The other 10 in 660 ms.
  const seen = timeline([role, ...shown, ...answer, ...tail], 'full')
  const metrics = deriveMetrics(seen, usage(12, 4))
  expect(metrics).toMatchObject({ ttftMs: 200, ttfaMs: 800, e2eMs: 860 })
  expect(metrics.tps).toBeCloseTo(10_000 / 660, 12)
  expect(metrics.tpotMs).toBeCloseTo(66, 12)
  // 590 ms from 210 to 800 is above 500 and above ten times the median of 10 590 20 20 20.
  expect(metrics).toMatchObject({ stallCount: 1, stallMs: 590, itlMaxMs: 590, itlP50Ms: 20 })
})

test('reasoning that is hidden is not in the rate, and the first token is the answer', () => {
  // 8 tokens: round(8 x 11 / 29) = 3 in the first read, the other 5 in 60 ms.
  const seen = timeline([role, ...answer, ...tail], 'none')
  expect(deriveMetrics(seen, usage(72, 64))).toMatchObject({
    ttftMs: 800,
    coldTtftMs: 830,
    ttfaMs: 800,
    tps: (5 * 1000) / 60,
    tpotMs: 12,
    itlP50Ms: 20,
    itlP95Ms: 20,
    itlMaxMs: 20,
    e2eMs: 860,
    totalLatencyMs: 1160,
    stallCount: 0,
    inputTps: 15,
  })
})

test('reasoning that is only summarized starts the token clock, and is not in the rate', () => {
  const seen = timeline([role, summary, ...answer, ...tail], 'summary')
  expect(deriveMetrics(seen, usage(72, 64))).toMatchObject({
    ttftMs: 700,
    ttfaMs: 800,
    tps: (5 * 1000) / 60,
    tpotMs: 12,
  })
})
