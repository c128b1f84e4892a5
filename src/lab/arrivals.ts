/** When the requests of an open-loop level are sent: evenly, or as independent users would send them. */
export interface OpenPace {
  /** Requests per second. */
  rate: number
  arrivals: 'constant' | 'poisson'
}

/**
 * The times at which `n` requests are due, in ms after the start of the level. One stream of random numbers makes
 * them all, however many threads send them: streams of several threads with one seed repeat each other's gaps.
 * The draws are kept as they are: scaled to n / rate, the last arrival would be fixed and the process not Poisson.
 */
export function dueTimes(pace: OpenPace, n: number, random: () => number): number[] {
  const due = everyDue(pace, random)
  return Array.from({ length: n }, () => due.next().value)
}

function* everyDue({ rate, arrivals }: OpenPace, random: () => number): Generator<number, never> {
  const mean = 1000 / rate
  let at = 0
  for (let index = 0; ; index += 1) {
    at = arrivals === 'constant' ? index * mean : at - Math.log(1 - random()) * mean
    yield at
  }
}

/**
 * How many requests of a level count: those due from the first after the warm-ups on, within a duration in ms. None
 * more than `most` are counted.
 */
export function countWithin(
  pace: OpenPace,
  { warmups, durationMs, most }: { warmups: number; durationMs: number; most: number },
  random: () => number,
): number {
  const due = everyDue(pace, random)
  for (let warmup = 0; warmup < warmups; warmup += 1) due.next()
  const { value: first } = due.next()
  let count = 1
  while (count < most && due.next().value - first < durationMs) count += 1
  return count
}

/** How long clients think after each answer, in ms: exponentially distributed, or without `random` all alike. */
export const thinkTimes =
  (meanMs: number, random: (() => number) | null): (() => number) =>
  () =>
    random === null ? meanMs : -Math.log(1 - random()) * meanMs

/** The rate that was offered, in requests per second: the gaps by the time they took. Null for fewer than two. */
export function offeredRate(times: readonly number[]): number | null {
  const took = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return times.length < 2 || took <= 0 ? null : ((times.length - 1) * 1000) / took
}

/**
 * When each of the clients of a closed loop begins, in ms: spread over one mean request, so that they do not send
 * and wait in step (evalscope pull request 1641 measured a TTFT that rose with the place in the cycle for ever).
 */
export const staggeredStarts = (clients: number, meanRequestMs: number): number[] =>
  Array.from({ length: clients }, (_, index) => (index * meanRequestMs) / clients)
