import { percentile } from '../../src/core/statistics.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import { serve } from '../../test/support/fifo-queue.ts'
import { atMost, type Goal, median, round } from '../goals.ts'
import type { Part } from '../parts.ts'
import { requestsOf, type Seen, sweepOf } from './sweeps.ts'

// Whether a sweep sees a queue as it is. The synthetic provider serves with `slots` at once, first in first out, and
// takes 290 ms for each, and as much more as its timers are late: from one end to the next while one slot is never free. The
// recursion of Kiefer and Wolfowitz, on the very arrivals that were recorded, says how long each had to wait. What an answer
// that found a free slot takes beyond that is on its way and holds no slot: it is added to each, and to no wait, which a
// queue at 0.8 makes five times as long.
// Judge it on a quiet machine: what else runs here makes requests late, and the server slow.
export const answer = { ttftMs: 100, frames: 20, delayMs: 10 }
export const idealMs = answer.ttftMs + (answer.frames - 1) * answer.delayMs
const loads = [0.7, 0.8]

/** The rate that loads a queue of so many slots by this share. */
export const rateOf = (rho: number, slots: number): string => ((rho * slots * 1000) / idealMs).toFixed(4)

/** The requests of each level of a sweep of a queue with so many slots, in order of when they were due. */
async function sweep(slots: number, total: number, cwd: string): Promise<Seen[][]> {
  const server = await startSyntheticWorker({ options: answer, slots })
  const rates = loads.map((rho) => rateOf(rho, slots)).join(',')
  const load = ['--rate', rates, '--poisson', '--seed', '1', '--total', String(total)]
  const swept = await sweepOf(server.url, load, cwd)
  await server.close()
  const seen = await requestsOf(swept, cwd)
  return loads.map((_, level) => seen.filter((each) => each.level === level))
}

/** What was measured from when requests were due, beside what the recursion says of them. */
function compare(seen: readonly Seen[], slots: number, slotMs: number) {
  const due = seen.map(({ dueMs }) => dueMs)
  const served = serve(due, slots, () => slotMs)
  const free = seen.filter((_, index) => served[index]?.wait === 0)
  const firstMs = median(free.map(({ ttftMs }) => ttftMs))
  const serviceMs = median(free.map(({ latencyMs }) => latencyMs))
  const pairs = seen
    .map((each, index) => ({ ...each, wait: served[index]?.wait ?? 0 }))
    .filter(({ warmup }) => !warmup)
  const ends = pairs.map(({ dueMs, lateMs, latencyMs }) => dueMs + lateMs + latencyMs)
  const truthEnds = pairs.map(({ dueMs, wait }) => dueMs + wait + serviceMs)
  const off = (measured: number[], truth: number[], p: number) =>
    100 * ((percentile(measured, p) ?? 0) / (percentile(truth, p) ?? 1) - 1)
  const ttft = pairs.map(({ lateMs, ttftMs }) => lateMs + ttftMs)
  const truthTtft = pairs.map(({ wait }) => wait + firstMs)
  const latency = pairs.map(({ lateMs, latencyMs }) => lateMs + latencyMs)
  const truthLatency = pairs.map(({ wait }) => wait + serviceMs)
  const span = (of: number[]) => Math.max(...of) - (pairs[0]?.dueMs ?? 0)
  return {
    'service ms': serviceMs,
    'TTFT p50, % off': off(ttft, truthTtft, 0.5),
    'TTFT p95, % off': off(ttft, truthTtft, 0.95),
    'TTFT p99, % off': off(ttft, truthTtft, 0.99),
    'latency p50, % off': off(latency, truthLatency, 0.5),
    'latency p99, % off': off(latency, truthLatency, 0.99),
    'throughput, % off': 100 * (span(truthEnds) / span(ends) - 1),
    'late p99 ms': percentile(
      pairs.map(({ lateMs }) => lateMs),
      0.99,
    ),
  }
}

/** How long one slot held each answer that had waited for it, in ms: from the end of the one before. */
function busyGaps(seen: readonly Seen[]): number[] {
  const served = serve(
    seen.map(({ dueMs }) => dueMs),
    1,
    () => idealMs,
  )
  const ends = seen.map(({ dueMs, lateMs, latencyMs }) => dueMs + lateMs + latencyMs)
  // What waited by more than a tenth of an answer did so in truth too.
  return ends
    .map((end, index) => end - (ends[index - 1] ?? 0))
    .filter((_, index) => (served[index]?.wait ?? 0) > idealMs / 10)
}

/** The goals of a level: what is off by percents is off by two at most. */
const goalsOf = (of: string, found: ReturnType<typeof compare>): Goal[] =>
  Object.entries(found)
    .filter(([name]) => name.endsWith('% off'))
    .map(([name, value]) => atMost(`${of}: ${name}`, 2, Math.abs(value ?? Infinity)))

/** The levels of queues of 1, 2 and 4 slots. */
export const queue: Part = async ({ cwd, short }) => {
  const total = short ? 20 : 150
  let slotMs = idealMs
  const levels: { slots: number; rho: number; found: ReturnType<typeof compare> }[] = []
  for (const slots of [1, 2, 4]) {
    const seen = await sweep(slots, total, cwd)
    if (slots === 1) slotMs = median(seen.flatMap(busyGaps))
    levels.push(
      ...loads.map((rho, index) => ({ slots, rho, found: compare(seen[index] ?? [], slots, slotMs) })),
    )
  }
  return {
    figures: levels.map(({ slots, rho, found }) => ({
      slots,
      rho,
      n: total,
      ...Object.fromEntries(Object.entries(found).map(([name, value]) => [name, round(value ?? 0)])),
    })),
    goals: levels.flatMap(({ slots, rho, found }) => goalsOf(`${slots} slots at ${rho}`, found)),
  }
}
