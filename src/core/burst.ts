/** One read of the socket that carried tokens. */
export interface Arrival {
  /** In ms after t0. */
  at: number
  /** With those of the reads without tokens that came between. */
  bytes: number
  /** Its share of the tokens of the call, so not whole. */
  tokens: number
}

/**
 * No decoder makes as many tokens in a ms. The fastest that is public makes 17 for one user (Taalas HC1, Llama
 * 3.1 8B, February 2026).
 */
const fastestDecoder = 20
/**
 * Few make as many as this: models that only merge edits, and Taalas. Of the others Cerebras is the fastest,
 * with 3 (inference-docs.cerebras.ai/models/overview). So it is believed only if it lasted for a twentieth of
 * TTFT: a shorter one is far more likely to be an answer that was ready.
 */
const fastDecoder = 5
const briefShare = 0.05

/**
 * Bytes that arrive before the first round trip: ten segments (RFC 6928) of 1460 bytes or fewer; or two TLS
 * records of 16 KiB, which these only begin and the next window completes.
 */
const isFirstWindow = (bytes: number): boolean => (bytes >= 11_000 && bytes <= 15_000) || bytes === 2 * 16_384
/** Slow start doubles the window (RFC 5681), but a record that is not complete counts with the next. */
const leastGrowth = 1.4
/** In ms. */
const longestRoundTrip = 400
/** An answer that was ready took its time before: at least three times as long as the round trips. */
const roundTripsShare = 1 / 3

/**
 * The last arrival of the burst that a stream begins with: tokens that were ready before the first of them
 * arrived, so that their stamps do not say how fast they were made (kekzl/imp issue 754,
 * nicedreamzapp/claude-code-local issue 39). 0 if the first arrival stands alone.
 *
 * A burst is a flight, tokens that come faster than any decoder makes them; or several, a round trip apart, if
 * their sizes are those of TCP's windows. What a proxy lets out at intervals does not begin with that size, as
 * a rule, or does not grow.
 */
export function lastOfBurst(arrivals: readonly Arrival[]): number {
  if (isBrief(arrivals)) return arrivals.length - 1
  return Math.max(lastOfFlight(arrivals, 0, fastestDecoder), lastOfWindows(arrivals))
}

/** Whether all came faster than most decoders can, and in next to no time. */
function isBrief(arrivals: readonly Arrival[]): boolean {
  const ttft = arrivals[0]?.at ?? 0
  const ms = (arrivals.at(-1)?.at ?? 0) - ttft
  return ms < briefShare * ttft && lastOfFlight(arrivals, 0, fastDecoder) === arrivals.length - 1
}

/** The last arrival of the flight that begins with this one; `rate` in tokens per ms. */
function lastOfFlight(arrivals: readonly Arrival[], first: number, rate: number): number {
  const start = arrivals[first]?.at ?? 0
  let last = first
  let tokens = 0
  for (const [index, arrival] of arrivals.entries()) {
    if (index <= first) continue
    tokens += arrival.tokens
    if (tokens > (arrival.at - start) * rate) last = index
  }
  return last
}

/** The last arrival of what came in TCP's windows, a round trip apart; 0 if the first is not one. */
function lastOfWindows(arrivals: readonly Arrival[]): number {
  let end = lastOfFirstWindow(arrivals)
  if (end === null) return 0
  let size = bytesOf(arrivals, 0, end)
  while (isRoundTrip(arrivals, end)) {
    const next = lastOfFlight(arrivals, end + 1, fastDecoder)
    const growth = bytesOf(arrivals, end + 1, next) / size
    end = next
    // A window that was not full was the last.
    if (growth < leastGrowth) break
    size *= growth
  }
  return end
}

/** The last arrival of the first window, which came faster than what follows; null if there is none. */
function lastOfFirstWindow(arrivals: readonly Arrival[]): number | null {
  const fast = lastOfFlight(arrivals, 0, fastDecoder)
  const start = arrivals[0]?.at ?? 0
  let bytes = 0
  let last: number | null = null
  for (const [index, arrival] of arrivals.slice(0, fast + 1).entries()) {
    bytes += arrival.bytes
    const gap = (arrivals[index + 1]?.at ?? 0) - arrival.at
    if (isFirstWindow(bytes) && gap > arrival.at - start) last = index
  }
  return last
}

/** Whether the gap after this arrival may be a round trip of an answer that was ready. */
function isRoundTrip(arrivals: readonly Arrival[], index: number): boolean {
  const before = arrivals[index]
  const after = arrivals[index + 1]
  const ttft = arrivals[0]?.at ?? 0
  if (!before || !after) return false
  return after.at - before.at <= longestRoundTrip && after.at - ttft <= roundTripsShare * ttft
}

const bytesOf = (arrivals: readonly Arrival[], first: number, last: number): number =>
  arrivals.slice(first, last + 1).reduce((sum, { bytes }) => sum + bytes, 0)
