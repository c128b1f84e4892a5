import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { deriveMetrics } from '../../../src/core/metrics.ts'
import type { EventKind, Timeline } from '../../../src/core/timeline.ts'
import { decodeTimeline, encodeTimeline } from '../../../src/store/timeline.ts'

const empty: Timeline = {
  dnsMs: null,
  tcpMs: null,
  tlsMs: null,
  connectMs: null,
  headers: null,
  reads: [],
  bytes: [],
  events: [],
  reasoningForm: 'none',
  end: 10_000,
}
const roundTrip = async (timeline: Timeline) => decodeTimeline(await encodeTimeline(timeline))

const kinds: EventKind[] = [
  'role',
  'reasoning',
  'text',
  'tool',
  'refusal',
  'error',
  'finish',
  'usage',
  'done',
  'comment',
  'other',
]

/** A stream of `n` events, two to a read, 20.0005 ms apart. */
const stream = (n: number): Timeline => ({
  ...empty,
  dnsMs: 0,
  tcpMs: 3.1,
  tlsMs: 9.25,
  connectMs: 12.35,
  headers: 150.5,
  reads: Array.from({ length: n / 2 }, (_, index) => 200 + index * 20.0005),
  bytes: Array.from({ length: n / 2 }, (_, index) => 300 + (index % 7)),
  events: Array.from({ length: n }, (_, index) => ({
    read: Math.floor(index / 2),
    kind: kinds[index % kinds.length] ?? 'text',
    text: index % 5,
    reasoning: index % 3,
    other: index % 2,
  })),
  end: 200 + (n / 2) * 20.0005,
})

test('the timeline of a call that never connected is restored', async () => {
  expect(await roundTrip(empty)).toEqual(empty)
})

test('every kind of event and every count is restored', async () => {
  const { reads: _, ...timeline } = stream(44)
  expect(await roundTrip({ ...timeline, reads: [] })).toEqual({
    ...timeline,
    reads: [],
    end: expect.closeTo(timeline.end, 3),
  })
})

test('timestamps are exact to the microsecond, however many there are', async () => {
  const timeline = stream(10_000)
  const { reads } = await roundTrip(timeline)
  const errors = reads.map((stamp, index) => Math.abs(stamp - (timeline.reads[index] ?? Number.NaN)))
  expect(Math.max(...errors)).toBeLessThanOrEqual(0.000_501)
})

test('metrics derived from a stored timeline equal those of the call', async () => {
  const timeline = stream(200)
  const usage = {
    input: 100,
    output: 200,
    reasoning: null,
    cached: null,
    source: 'usage' as const,
    costUsd: null,
  }
  const before = Object.entries(deriveMetrics(timeline, usage))
  const after: Record<string, number | null> = { ...deriveMetrics(await roundTrip(timeline), usage) }
  const off = before.filter(([name, value]) => Math.abs((value ?? -1) - (after[name] ?? -1)) > 0.01)
  expect(before.length).toBeGreaterThan(10)
  expect(off).toEqual([])
})

test('ten thousand events take less than 20 kB', async () => {
  const { data } = await encodeTimeline(stream(10_000))
  expect(data.length).toBeLessThan(20_000)
})

test('the stored form can be read by anything that knows deflate and JSON', async () => {
  const { version, data } = await encodeTimeline({
    ...empty,
    reads: [1, 1.5, 4],
    bytes: [5, 6, 7],
    headers: 1,
  })
  expect(version).toBe(2)
  expect(JSON.parse(inflateRawSync(Buffer.from(data, 'base64')).toString())).toMatchObject({
    headers: 1000,
    reads: [1000, 500, 2500],
    end: 10_000_000,
    form: 'none',
  })
})

test.for(['full', 'summary', 'none'] as const)('the reasoning form %s is restored', async (reasoningForm) => {
  expect(await roundTrip({ ...empty, reasoningForm })).toEqual({ ...empty, reasoningForm })
})

test.for([
  ['with reasoning is taken for full', 3, 'full'],
  ['without any has none', 0, 'none'],
] as const)('a timeline of version 1 %s', async ([, reasoning, reasoningForm]) => {
  const json = {
    dns: null,
    tcp: 1500,
    tls: null,
    connect: 1500,
    headers: 2000,
    end: 3_000_500,
    reads: [2000, 500],
    bytes: [10, 20],
    kinds: ['role', 'reasoning'],
    read: [0, 1],
    kind: [0, 1],
    text: [0, 0],
    reasoning: [0, reasoning],
    other: [0, 0],
  }
  const data = deflateRawSync(JSON.stringify(json)).toString('base64')
  expect(await decodeTimeline({ version: 1, data })).toEqual({
    dnsMs: null,
    tcpMs: 1.5,
    tlsMs: null,
    connectMs: 1.5,
    headers: 2,
    reads: [2, 2.5],
    bytes: [10, 20],
    events: [
      { read: 0, kind: 'role', text: 0, reasoning: 0, other: 0 },
      { read: 1, kind: 'reasoning', text: 0, reasoning, other: 0 },
    ],
    reasoningForm,
    end: 3000.5,
  })
})

test.for([0, 3])('a timeline of version %i is refused by its number', async (version) => {
  const { data } = await encodeTimeline(empty)
  await expect(decodeTimeline({ version, data })).rejects.toThrow(`version ${version}`)
})
