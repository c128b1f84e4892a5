import { meanInFlight, type Occupied } from './steady-window.ts'

/** What a request brought, and when it was due and ended, in ms. */
export interface Brought extends Occupied {
  success: boolean
  inputTokens: number | null
  outputTokens: number | null
}

/** What came out of a span of time; rates per second. */
export interface Throughput {
  requestsPerS: number
  inputTokensPerS: number
  outputTokensPerS: number
  /** Output tokens per second by the mean number of requests in flight; null if there were none. */
  outputTokensPerSPerUser: number | null
  inFlight: number
  /**
   * By Little's law the mean in flight is throughput times mean time in the system: how far it is off, relative.
   * Much more than 0.02 means that the span is too short, or not steady. Null if nothing ended in it.
   */
  littleError: number | null
}

/** What came out of a span: requests count by their end, failures only in flight. */
export function throughputOf(requests: readonly Brought[], span: Occupied): Throughput {
  const seconds = (span.to - span.from) / 1000
  const ended = requests.filter(({ to }) => to > span.from && to <= span.to)
  const good = ended.filter(({ success }) => success)
  const outputTokensPerS = sum(good.map(({ outputTokens }) => outputTokens ?? 0)) / seconds
  const inFlight = meanInFlight(requests, span)
  const meanSeconds = sum(ended.map(({ from, to }) => to - from)) / ended.length / 1000
  return {
    requestsPerS: good.length / seconds,
    inputTokensPerS: sum(good.map(({ inputTokens }) => inputTokens ?? 0)) / seconds,
    outputTokensPerS,
    outputTokensPerSPerUser: inFlight === 0 ? null : outputTokensPerS / inFlight,
    inFlight,
    littleError: ended.length === 0 ? null : inFlight / ((ended.length / seconds) * meanSeconds) - 1,
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
