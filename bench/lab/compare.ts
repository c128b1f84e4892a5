import { seededRandom } from '../../src/core/random.ts'
import { dueTimes } from '../../src/lab/arrivals.ts'
import { compareSamples } from '../../src/lab/compare-samples.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'
import { serve } from '../../test/support/fifo-queue.ts'
import { atLeast, atMost, round } from '../goals.ts'
import { differs } from './mann-whitney.ts'
import type { Part } from '../parts.ts'
import { answer, idealMs, rateOf } from './queue.ts'
import { requestsOf, type Seen, sweepOf } from './sweeps.ts'

// How often two runs of one server are called different, and how often a slower one is found. In virtual time: the
// recursion of a queue of two slots at a load of 0.8, with service times and lateness as one real run had them. Each
// comparison has arrivals of its own, which both of its runs share.
const slots = 2
const rho = 0.8
const over = 0.02
const slower = 1.05

/** How requests of a real run differed from an ideal server: how long they were late, and how much longer it took. */
interface Jitter {
  late: number[]
  service: number[]
}

async function realRun(seed: number, n: number, cwd: string): Promise<Seen[]> {
  const server = await startSyntheticWorker({ options: answer, slots })
  const load = ['--rate', rateOf(rho, slots), '--poisson', '--seed', String(seed), '--total', String(n)]
  const seen = await requestsOf(await sweepOf(server.url, load, cwd), cwd)
  await server.close()
  return seen
}

/** What is left of the requests of a real run that found a free slot is jitter. */
function jitterOf(seen: readonly Seen[]): Jitter {
  const due = seen.map(({ dueMs }) => dueMs)
  const served = serve(due, slots, () => idealMs)
  const free = seen.filter((_, index) => served[index]?.wait === 0)
  return { late: seen.map(({ lateMs }) => lateMs), service: free.map(({ latencyMs }) => latencyMs - idealMs) }
}

/** TTFT from when requests were due, of a run in virtual time. */
function virtualRun(
  due: readonly number[],
  jitter: Jitter,
  by: { factor: number; random: () => number },
): number[] {
  const drawn = (of: readonly number[]) => of[Math.floor(by.random() * of.length)] ?? 0
  const late = due.map(() => drawn(jitter.late))
  const service = due.map(() => by.factor * (idealMs + drawn(jitter.service)))
  const sent = due.map((at, index) => at + (late[index] ?? 0))
  // Who is sent later comes later.
  const order = sent.map((_, index) => index).toSorted((a, b) => (sent[a] ?? 0) - (sent[b] ?? 0))
  const served = serve(
    order.map((index) => sent[index] ?? 0),
    slots,
    (place) => service[order[place] ?? 0] ?? idealMs,
  )
  const ttft = Array.from({ length: due.length }, () => 0)
  for (const [place, index] of order.entries())
    ttft[index] = (late[index] ?? 0) + (served[place]?.wait ?? 0) + by.factor * answer.ttftMs
  return ttft
}

/**
 * Shares of comparisons of two virtual runs that find the second worse, and different by Mann and Whitney: of the same
 * arrivals, and where each run has its own, as without a seed.
 */
function sharesOf(factor: number, jitter: Jitter, { times, n }: { times: number; n: number }) {
  const found = { worse: 0, different: 0, worseUnpaired: 0, differentUnpaired: 0 }
  const arrivals = (seed: number) =>
    dueTimes({ rate: Number(rateOf(rho, slots)), arrivals: 'poisson' }, n, seededRandom(seed))
  for (let seed = 1; seed <= times; seed += 1) {
    const random = seededRandom(100_000 + seed)
    const due = arrivals(seed)
    const before = virtualRun(due, jitter, { factor: 1, random })
    const isWorse = (after: readonly number[], paired: boolean) =>
      compareSamples({ before, after, paired, better: 'lower' }, { p: 0.5, over, random })?.verdict ===
      'worse'
    const after = virtualRun(due, jitter, { factor, random })
    const other = virtualRun(arrivals(10_000 + seed), jitter, { factor, random })
    found.worse += Number(isWorse(after, true))
    found.different += Number(differs(before, after))
    found.worseUnpaired += Number(isWorse(other, false))
    found.differentUnpaired += Number(differs(before, other))
  }
  return found
}

/** Two runs of a server, compared 200 times in virtual time and three times as they were; and a server 5 % slower. */
export const compare: Part = async ({ cwd, short }) => {
  const n = short ? 40 : 300
  const size = { times: short ? 40 : 200, n: 300 }
  const pairs: { before: Seen[]; after: Seen[] }[] = []
  for (const seed of short ? [1] : [1, 2, 3])
    pairs.push({ before: await realRun(seed, n, cwd), after: await realRun(seed, n, cwd) })
  const jitter = jitterOf(pairs[0]?.before ?? [])
  const same = sharesOf(1, jitter, size)
  const slow = sharesOf(slower, jitter, size)
  const ttft = (seen: readonly Seen[]) =>
    seen.filter(({ warmup }) => !warmup).map(({ lateMs, ttftMs }) => lateMs + ttftMs)
  const real = pairs.map(({ before, after }) => {
    const sides = { before: ttft(before), after: ttft(after) }
    const found = compareSamples(
      { ...sides, paired: true, better: 'lower' },
      { p: 0.5, over, random: seededRandom(1) },
    )
    return { ...found, different: differs(sides.before, sides.after) }
  })
  const percent = (count: number) => round((100 * count) / size.times)
  const virtual = (what: string, found: typeof same) => ({
    what,
    comparisons: size.times,
    n: size.n,
    'called worse %': percent(found.worse),
    'Mann-Whitney %': percent(found.different),
    'other arrivals, called worse %': percent(found.worseUnpaired),
    'other arrivals, Mann-Whitney %': percent(found.differentUnpaired),
  })
  return {
    figures: [
      virtual('virtual: the same server', same),
      virtual('virtual: 5 % slower', slow),
      ...real.map(({ verdict, change, low, high, different }) => ({
        what: 'real: the same server',
        n,
        verdict,
        'change %': round(100 * (change ?? NaN)),
        'from %': round(100 * (low ?? NaN)),
        'to %': round(100 * (high ?? NaN)),
        'Mann-Whitney %': different ? 100 : 0,
      })),
    ],
    goals: [
      atMost('the same server called worse, %', 3, percent(same.worse)),
      atLeast('5 % slower found, %', 95, percent(slow.worse)),
      atMost(
        'real pairs of one server called worse',
        0,
        real.filter(({ verdict }) => verdict === 'worse').length,
      ),
    ],
  }
}
