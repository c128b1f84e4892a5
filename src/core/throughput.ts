/** A call from when we began it to its end, in ms of one clock. */
export interface Flight {
  start: number
  end: number
  success: boolean
  /** Null if unknown. */
  outputTokens: number | null
}

/** What some calls that overlap came to, over the whole time from the first start to the last end. */
export interface Throughput {
  spanMs: number
  /** Calls in flight: the mean over that time, and the most at once. */
  meanInFlight: number
  mostInFlight: number
  /** Successful answers per second, and the tokens in them; null if the tokens of one are unknown, or no time passed. */
  answersPerSecond: number | null
  tokensPerSecond: number | null
}

/**
 * The throughput of some calls; null without any. The time in which the first begin and the last end counts, so few
 * calls reach less than what the provider could do.
 */
export function throughputOf(flights: readonly Flight[]): Throughput | null {
  if (flights.length === 0) return null
  const spanMs = Math.max(...flights.map(({ end }) => end)) - Math.min(...flights.map(({ start }) => start))
  const busyMs = sum(flights.map(({ start, end }) => end - start))
  const answers = flights.filter(({ success }) => success)
  const tokens = answers.map(({ outputTokens }) => outputTokens)
  const perSecond = (count: number) => (spanMs > 0 ? (count * 1000) / spanMs : null)
  return {
    spanMs,
    meanInFlight: spanMs > 0 ? busyMs / spanMs : flights.length,
    mostInFlight: mostAtOnce(flights),
    answersPerSecond: perSecond(answers.length),
    tokensPerSecond: tokens.includes(null) ? null : perSecond(sum(tokens.map((count) => count ?? 0))),
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** One that ends as another begins is not in flight with it. */
function mostAtOnce(flights: readonly Flight[]): number {
  const steps = flights
    .flatMap(({ start, end }) => [
      { at: start, by: 1 },
      { at: end, by: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  return Math.max(1, ...steps.map(({ by }) => (now += by)))
}
