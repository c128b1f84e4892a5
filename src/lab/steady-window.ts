/** When a request was due and when it ended, in ms of one clock. */
export interface Occupied {
  from: number
  to: number
}

/** Of all requests in flight at a level, the share that must be for it to count as loaded. */
const loadedShare = 0.9
/** Of a mean request, the longest that a client may take from an answer to its next request. */
const turnShare = 0.05
/** Answers in a window, at least: one more or less at its edges, by chance, is then no more than a tenth of its rate. */
const usualLeast = 10

/**
 * The stretch of a closed-loop level in which it was really loaded: the longest with at least 90 % of the level in
 * flight, less one mean request at its beginning, because what ends right after the start began before it. Its
 * throughput was 1.012, 1.006 and 1.001 of the truth at 4, 10 and 40 requests a client; that of the whole run 0.77,
 * 0.89 and 0.97, because it counts filling and draining. That clients take a moment from an answer to their next
 * request does not interrupt it. Null if less than a mean request of it is left, or fewer than `leastEnds` answers end in it.
 */
export function steadyWindow(
  requests: readonly Occupied[],
  level: number,
  leastEnds = usualLeast,
): Occupied | null {
  const mean = requests.reduce((sum, request) => sum + lengthOf(request), 0) / requests.length
  const longest = loadedStretches(requests, loadedShare * level, turnShare * mean).reduce<Occupied | null>(
    (best, stretch) => (best === null || lengthOf(stretch) > lengthOf(best) ? stretch : best),
    null,
  )
  if (longest === null) return null
  const window = { from: longest.from + mean, to: longest.to }
  const ends = requests.filter(({ to }) => to > window.from && to <= window.to).length
  return lengthOf(window) >= mean && ends >= leastEnds ? window : null
}

const lengthOf = ({ from, to }: Occupied): number => to - from

/** A moment at which the number of requests in flight changes. */
interface Change {
  at: number
  /** From then on. */
  inFlight: number
}

/** How many requests are in flight, by moment. */
function changesOf(requests: readonly Occupied[]): Change[] {
  let inFlight = 0
  // A client sends the next request at the very moment an answer ends: that is no gap.
  return requests
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .toSorted((a, b) => a.at - b.at || b.by - a.by)
    .map(({ at, by }) => ({ at, inFlight: (inFlight += by) }))
}

/** The stretches in which at least `least` requests are in flight, but for gaps of at most `turnMs`. */
function loadedStretches(requests: readonly Occupied[], least: number, turnMs: number): Occupied[] {
  const stretches: Occupied[] = []
  let since: number | null = null
  for (const { at, inFlight } of changesOf(requests)) {
    if (since === null && inFlight >= least) {
      const last = stretches.at(-1)
      const goesOn = last !== undefined && at - last.to <= turnMs
      since = goesOn ? last.from : at
      if (goesOn) stretches.pop()
    } else if (since !== null && inFlight < least) {
      stretches.push({ from: since, to: at })
      since = null
    }
  }
  return stretches
}

/** The most requests that were in flight at once; one that ends as another begins is not in flight with it. */
export function peakInFlight(requests: readonly Occupied[]): number {
  const ends = requests.map(({ to }) => to).toSorted((a, b) => a - b)
  let ended = 0
  const begins = requests.map(({ from }) => from).toSorted((a, b) => a - b)
  return begins.reduce((peak, from, index) => {
    while ((ends[ended] ?? Infinity) <= from) ended += 1
    return Math.max(peak, index + 1 - ended)
  }, 0)
}

/** The mean number of requests in flight over a span: the time they occupied by its length. */
export function meanInFlight(requests: readonly Occupied[], span: Occupied): number {
  const occupied = requests.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)),
    0,
  )
  return occupied / lengthOf(span)
}
