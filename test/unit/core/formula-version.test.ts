import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { deriveMetrics, formulaVersion } from '../../../src/core/metrics.ts'
import type { StreamEvent, Timeline } from '../../../src/core/timeline.ts'

/** A digest of what the formulas of each version make of the timelines below. */
const digests: Readonly<Record<number, string>> = { 3: '98587b315a54' }

const event = (read: number, text: number, reasoning = 0): StreamEvent => ({
  read,
  kind: text > 0 ? 'text' : 'reasoning',
  text,
  reasoning,
  other: 0,
})

const timeline = (
  reads: number[],
  events: StreamEvent[],
  reasoningForm: Timeline['reasoningForm'],
): Timeline => ({
  dnsMs: 1,
  tcpMs: 10,
  tlsMs: 20,
  connectMs: 31,
  headers: 150,
  reads,
  bytes: reads.map(() => 100),
  events,
  reasoningForm,
  end: (reads.at(-1) ?? 0) + 5,
})

const burst = [event(0, 5), event(0, 6), event(1, 40), event(2, 4), event(3, 5), event(4, 3)]
const thought = [event(0, 0, 30), event(1, 0, 20), event(2, 6), event(3, 5), event(4, 7)]
/** 40 tokens in 2 ms. */
const ready = Array.from({ length: 5 }, (_, read) => event(read, 8))
const timelines = [
  timeline([200, 220, 300, 1900, 1950], burst, 'none'),
  timeline([200, 220, 300, 330, 350], thought, 'full'),
  timeline([200, 220, 300, 330, 350], thought, 'summary'),
  timeline([800, 800.5, 801, 801.5, 802], ready, 'none'),
  timeline([], [], 'none'),
]
const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1)
const usage = { input: 50, output: 40, reasoning: 20, cached: 10, source: 'usage' } as const

test('a metric that is new or computed in another way has a new formula version', () => {
  const metrics = timelines.map((each) => Object.entries(deriveMetrics(each, usage)).toSorted(byName))
  const digest = createHash('sha256').update(JSON.stringify(metrics)).digest('hex').slice(0, 12)
  expect(
    digests[formulaVersion],
    'raise formulaVersion in src/core/metrics.ts, so that old rows are rederived, and add its digest here',
  ).toBe(digest)
})
