import { type Comparison, compareMeans, type Question } from './compare-samples.ts'
import type { Occupied } from './steady-window.ts'

/** A request, and how much it brought: one answer, or its tokens; 0 if it failed. */
interface Bringing extends Occupied {
  amount: number
}

/** What two runs brought, and the span of each that is compared, in ms. */
export interface ComparedRates {
  before: readonly Bringing[]
  after: readonly Bringing[]
  spans: { before: Occupied; after: Occupied }
  /** Whether both runs sent the same arrivals, so that stretches of the same place resemble each other. */
  paired: boolean
}

/** Stretches that a span is cut into. */
const stretches = 10
/** Two requests a stretch. */
const leastRequests = 2 * stretches

/**
 * Compares what two runs brought per second, by stretches of equal length. What a request brought is spread over the
 * time that it took: counted at its end, a stretch has one more or less by chance, and 5 % less of 300 answers of a
 * closed loop was found in 89 % of cases instead of all. Of runs of the same server at most 2 % are called worse by
 * more than 2 %, in closed loops of 50 to 300 requests whose service varies by 2 to 30 %. Null if a side brought
 * nothing before.
 */
export function compareRates(
  { before, after, spans, paired }: ComparedRates,
  question: Omit<Question, 'p'>,
): Comparison | null {
  const found = compareMeans(
    { before: ratesOf(before, spans.before), after: ratesOf(after, spans.after), paired, better: 'higher' },
    question,
  )
  if (found === null) return null
  const n = Math.min(before.length, after.length)
  if (n < leastRequests) return { ...found, n, verdict: 'unknown', needs: leastRequests - n }
  return { ...found, n, needs: found.needs === null ? null : Math.ceil((found.needs * n) / stretches) }
}

/** Amounts per second in each stretch of a span. */
function ratesOf(requests: readonly Bringing[], span: Occupied): number[] {
  const lengthMs = (span.to - span.from) / stretches
  const amounts = Array.from({ length: stretches }, () => 0)
  const placeOf = (at: number) =>
    Math.min(stretches - 1, Math.max(0, Math.floor((at - span.from) / lengthMs)))
  for (const { from, to, amount } of requests)
    for (let place = placeOf(from); place <= placeOf(to); place++) {
      const begin = span.from + place * lengthMs
      const shared = Math.max(0, Math.min(to, begin + lengthMs) - Math.max(from, begin))
      amounts[place] = (amounts[place] ?? 0) + (amount * shared) / (to - from)
    }
  return amounts.map((amount) => (amount * 1000) / lengthMs)
}
