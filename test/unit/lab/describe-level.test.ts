import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { dueTimes } from '../../../src/lab/arrivals.ts'
import { describeLevel, type LevelContext, type LevelRequest } from '../../../src/lab/describe-level.ts'
import { serve } from '../../support/fifo-queue.ts'

const request = (more: Partial<LevelRequest> = {}): LevelRequest => ({
  scheduledAt: null,
  sentAt: 0,
  success: true,
  errorKind: null,
  ttftMs: 100,
  ttfaMs: 100,
  tpotMs: 10,
  itlP95Ms: 10,
  totalLatencyMs: 290,
  inputTokens: 50,
  outputTokens: 20,
  costUsd: 0.001,
  timingQuality: 'ok',
  lagP99Ms: 0.5,
  ...more,
})
const describe = (requests: readonly LevelRequest[], more: Partial<LevelContext> = {}) =>
  describeLevel(requests, { load: { rate: 11, slots: 100 }, objectives: {}, cpuShare: null, ...more })

/** What an open loop sees of a queue of 4 slots of 290 ms, if it sends each request `lateBy` ms after it is due. */
function openLoop(lateBy = 0): LevelRequest[] {
  const due = dueTimes({ rate: 11, arrivals: 'poisson' }, 500, seededRandom(1))
  const sent = due.map((at) => at + lateBy)
  return serve(sent, 4, () => 290).map(({ wait }, index) =>
    request({
      scheduledAt: due[index] ?? 0,
      sentAt: sent[index] ?? 0,
      ttftMs: wait + 100,
      totalLatencyMs: wait + 290,
    }),
  )
}

test('an open loop has the percentiles, the rate and the throughput of the queue, as they were worked out', () => {
  const level = describe(openLoop())
  expect(level?.fromScheduled?.ttftMs.p50?.value).toBeCloseTo(180.16, 1)
  expect(level?.fromScheduled?.ttftMs.p99?.value).toBeCloseTo(820.56, 1)
  expect(level?.fromScheduled?.totalLatencyMs.p50?.value).toBeCloseTo(370.16, 1)
  expect(level?.offeredRate).toBeCloseTo(11.49, 2)
  // 500 requests in a makespan of 43,883 ms.
  expect(level?.throughput.requestsPerS).toBeCloseTo(11.394, 3)
  expect(level?.throughput.outputTokensPerS).toBeCloseTo(227.88, 1)
  expect(level?.throughput.littleError).toBeCloseTo(0, 9)
  expect(level).toMatchObject({ n: 500, window: null, errors: {}, clientLimits: [] })
  // Two in five find a free slot, after which the first token takes 100 ms.
  expect(level?.queueFreeTtftMs).toBeCloseTo(100, 9)
  expect(level?.loopLag).toMatchObject({ n: 500, p99: { value: 0.5 } })
})

test('what a request waits before it is sent counts from when it was due, not from when it was sent', () => {
  const level = describe(openLoop(400), { objectives: { ttft: 450 } })
  expect(level?.fromSent.ttftMs.p50?.value).toBeCloseTo(180.16, 1)
  expect(level?.fromScheduled?.ttftMs.p50?.value).toBeCloseTo(580.16, 1)
  expect(level?.lateness?.p99?.value).toBeCloseTo(400)
  expect(level?.goodput.good).toBe(0)
  expect(level?.clientLimits).toEqual(['late'])
})

test('a closed loop has the throughput of its slots and no time from a schedule', () => {
  // 4 clients, 10 requests each, of 290 ms.
  const requests = Array.from({ length: 40 }, (_, index) => request({ sentAt: Math.floor(index / 4) * 290 }))
  const level = describe(requests, { load: { concurrency: 4 } })
  expect(level).toMatchObject({ fromScheduled: null, lateness: null, offeredRate: null, clientLimits: [] })
  expect(level?.window).toEqual({ from: 290, to: 2900 })
  expect(level?.throughput.requestsPerS).toBeCloseTo(4 / 0.29)
  expect(level?.throughput.inFlight).toBeCloseTo(4)
  expect(level?.throughput.outputTokensPerSPerUser).toBeCloseTo(20 / 0.29)
})

test('errors are counted by kind, are in no percentile, and make no throughput', () => {
  const requests = [
    request(),
    request({ success: false, errorKind: 'rate_limited', totalLatencyMs: 5, outputTokens: null }),
    request({ success: false, errorKind: 'rate_limited', totalLatencyMs: 5, ttftMs: null }),
  ]
  const level = describe(requests, { load: { concurrency: 3 }, objectives: { ttft: 500 } })
  expect(level).toMatchObject({ n: 3, errors: { rate_limited: 2 }, goodput: { good: 1, n: 3 } })
  expect(level?.fromSent.totalLatencyMs).toMatchObject({ n: 1, p50: { value: 290 } })
  expect(level?.whole.requestsPerS).toBeCloseTo(1 / 0.29)
})

test('the cost of a level is unknown if that of one request is', () => {
  expect(describe([request(), request()])?.costUsd).toBeCloseTo(0.002)
  expect(describe([request(), request({ costUsd: null })])?.costUsd).toBeNull()
})

test('a level without requests is none', () => {
  expect(describe([])).toBeNull()
})
