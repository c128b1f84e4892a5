import { createServer } from 'node:http'
import { seededRandom } from '../../src/core/random.ts'
import { percentile } from '../../src/core/statistics.ts'
import { dueTimes } from '../../src/lab/arrivals.ts'
import { openPool } from '../../src/probe/pool.ts'
import { healthy, listening } from '../../test/support/loopback.ts'
import { callFor } from '../accuracy/clients.ts'
import { atLeast, atMost, type Goal, round } from '../goals.ts'
import type { Part } from '../parts.ts'

/** Per second: gaps are so long that a millisecond of lateness does not change what they look like. */
const rate = 25
/** How long counts are taken over, in ms: ten are expected. */
const binMs = 10_000 / rate

/** When requests arrive at a server that are due as a Poisson process, measured in so many threads; in ms. */
async function arrivedAt(threads: number, n: number): Promise<{ times: number[]; late: number[] }> {
  const times: number[] = []
  const server = createServer((_, response) => {
    times.push(performance.now())
    response.end(healthy.join(''))
  })
  const url = `${await listening(server)}/v1`
  const pool = await openPool(threads, { sdks: ['openai'], env: {}, egressAllow: [] })
  const begin = performance.now() + 500
  const due = dueTimes({ rate, arrivals: 'poisson' }, n, seededRandom(1))
  const late = await Promise.all(
    due.map(async (ms, index) => {
      const dueAt = begin + ms
      await new Promise((soon) => setTimeout(soon, Math.max(0, dueAt - 250 - performance.now())))
      const seen = await pool.measure({ ...callFor(url, { id: String(index), chunks: 1 }), dueAt })
      return seen.lateMs ?? NaN
    }),
  )
  await pool.close()
  server.close()
  return { times: times.toSorted((a, b) => a - b), late }
}

/** The largest distance of gaps from an exponential distribution, as Kolmogorov and Smirnov have it. */
function distance(gaps: readonly number[], mean: number): number {
  const sorted = gaps.toSorted((a, b) => a - b)
  const n = sorted.length
  return sorted.reduce((most, gap, index) => {
    const share = 1 - Math.exp(-gap / mean)
    return Math.max(most, share - index / n, (index + 1) / n - share)
  }, 0)
}

/** Variance by mean of how many arrive in each stretch: 1 of a Poisson process, 0 of even gaps. */
function dispersion(times: readonly number[]): number {
  const [first = 0] = times
  const bins = Math.floor(((times.at(-1) ?? 0) - first) / binMs)
  const counts = Array.from({ length: bins }, () => 0)
  for (const at of times) {
    const bin = Math.floor((at - first) / binMs)
    if (bin < bins) counts[bin] = (counts[bin] ?? 0) + 1
  }
  const mean = counts.reduce((sum, count) => sum + count, 0) / bins
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (bins - 1) / mean
}

/** Whether what arrives is one Poisson process, however many threads send it. */
export const arrivals: Part = async ({ short }) => {
  const n = short ? 50 : 500
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  for (const threads of [1, 2, 4]) {
    const { times, late } = await arrivedAt(threads, n)
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    const ks = distance(gaps, 1000 / rate) * Math.sqrt(gaps.length)
    const spread = dispersion(times)
    figures.push({
      what: `arrivals at ${rate}/s`,
      threads,
      n: times.length,
      'late p99 ms': round(percentile(late, 0.99) ?? NaN),
      'KS x sqrt(n)': round(ks),
      'variance / mean': round(spread),
    })
    // The critical value at 1 %; four standard errors of the ratio, which is that of a chi-square.
    const tolerated = 4 * Math.sqrt(2 / (n / 10))
    goals.push(
      atMost(`arrivals of ${threads} threads: KS x sqrt(n)`, 1.63, ks),
      atMost(`arrivals of ${threads} threads: variance / mean`, round(1 + tolerated), spread),
      atLeast(`arrivals of ${threads} threads: variance / mean`, round(1 - tolerated), spread),
    )
  }
  return { figures, goals }
}
