import type { metricTable } from './metric-table.ts'
import { percentile } from './statistics.ts'
import { carriesTokens, type StreamEvent, type Timeline } from './timeline.ts'
import type { ReasoningForm, Usage } from './usage.ts'

/** The version of the formulas below, stored in every row; bump it when a formula changes. */
export const formulaVersion = 2

type Definitions = typeof metricTable

/** The numbers of one probe, in the units of `metricTable`; null if the metric is undefined. */
export type Metrics = {
  [Name in keyof Definitions]: Definitions[Name]['nullWhen'] extends null ? number : number | null
}

/** The token counts the formulas use; `source` says whether the provider counted them. */
export type TokenCounts = Pick<Usage, 'input' | 'output' | 'reasoning' | 'cached' | 'source'>

/** Derives every metric from a timeline and the tokens of the call. Pure, so old rows can be rederived. */
export function deriveMetrics(timeline: Timeline, usage: TokenCounts): Metrics {
  const at = (event: StreamEvent | undefined) => (event ? (timeline.reads[event.read] ?? timeline.end) : null)
  const tokens = timeline.events.filter(carriesTokens)
  const first = at(tokens[0])
  const last = at(tokens.at(-1))
  const tps = tokenRate(timeline, usage)
  const uncached = usage.input === null ? null : usage.input - Math.min(usage.cached ?? 0, usage.input)
  return {
    ttfbMs: timeline.headers,
    ttftMs: first,
    coldTtftMs: first === null ? null : first + (timeline.connectMs ?? 0),
    ttfaMs: at(tokens.find((event) => event.text > 0)),
    tps,
    tpotMs: tps === null ? null : 1000 / tps,
    ...gaps(tokenReads(timeline, tokens)),
    totalLatencyMs: timeline.end,
    e2eMs: last,
    inputTps: uncached === null || first === null || first <= 0 ? null : (uncached * 1000) / first,
  }
}

/** Stamps of the distinct reads that carried tokens. */
const tokenReads = (timeline: Timeline, tokens: readonly StreamEvent[]): number[] =>
  [...new Set(tokens.map((event) => event.read))].map((read) => timeline.reads[read] ?? timeline.end)

/**
 * Tokens per second between the first and the last token: (n - n_first) / (t_last - t_first). n counts what
 * was streamed: reasoning that was billed but hidden, or streamed only as a summary, is subtracted, and the
 * span is then the answer's. n_first is the number of tokens in the first read: they had arrived when the
 * clock started.
 */
function tokenRate(timeline: Timeline, usage: TokenCounts): number | null {
  const reasoning = formOf(timeline, usage)
  const hidden = reasoning === 'full' ? 0 : (usage.reasoning ?? 0)
  const answerOnly = reasoning === 'summary' && hidden > 0
  const size = (event: StreamEvent) => event.text + event.other + (answerOnly ? 0 : event.reasoning)
  const counted = timeline.events.filter((event) => size(event) > 0)
  const n = (usage.output ?? 0) - hidden
  const span = readSpan(timeline, counted)
  if (n < 2 || span === null) return null
  const characters = (events: StreamEvent[]) => events.reduce((sum, event) => sum + size(event), 0)
  const first = counted.filter((event) => event.read === counted[0]?.read)
  const nFirst = tokensOfFirst(n, n / counted.length, {
    events: first.length / counted.length,
    characters: characters(first) / characters(counted),
  })
  return n > nFirst ? ((n - nFirst) * 1000) / span : null
}

/**
 * Tokens of the first read, at least 1. If its events are as long as the others, by its share of the events:
 * 1 if tokens arrive singly, however long the first word is. Otherwise (a burst, a lone first token) by its
 * share of the characters. The length of one token varies by half its mean, so up to 3.5 times the mean is
 * not a burst; that of several may differ from the mean by a quarter.
 */
function tokensOfFirst(n: number, perEvent: number, share: { events: number; characters: number }): number {
  const length = share.characters / share.events
  const alike = perEvent < 1.5 ? length < 3.5 : Math.abs(length - 1) < 0.25
  return Math.max(1, Math.round(n * (alike ? share.events : share.characters)))
}

/**
 * The form the stream declared, except that reasoning with fewer characters than counted tokens is a summary.
 */
function formOf({ reasoningForm, events }: Timeline, { reasoning, source }: TokenCounts): ReasoningForm {
  const characters = events.reduce((sum, event) => sum + event.reasoning, 0)
  const tooShort = source === 'usage' && characters < (reasoning ?? 0)
  return reasoningForm === 'full' && tooShort ? 'summary' : reasoningForm
}

/** From the first to the last read of these events, in ms; null if there is only one read. */
function readSpan(timeline: Timeline, events: readonly StreamEvent[]): number | null {
  const [first] = events
  const last = events.at(-1)
  if (!first || !last || first.read === last.read) return null
  const span = (timeline.reads[last.read] ?? 0) - (timeline.reads[first.read] ?? 0)
  return span > 0 ? span : null
}

type Gaps = Pick<Metrics, 'itlP50Ms' | 'itlP95Ms' | 'itlMaxMs' | 'stallCount' | 'stallMs'>

/** A gap is a stall if it exceeds this many ms and ten times the median gap. */
const stallFloorMs = 500

function gaps(reads: readonly number[]): Gaps {
  const between = reads.slice(1).map((stamp, index) => stamp - (reads[index] ?? 0))
  const limit = Math.max(stallFloorMs, 10 * (percentile(between, 0.5) ?? 0))
  const stalls = between.filter((gap) => gap > limit)
  const enough = reads.length >= 3
  return {
    itlP50Ms: percentile(between, 0.5),
    itlP95Ms: percentile(between, 0.95),
    itlMaxMs: percentile(between, 1),
    stallCount: enough ? stalls.length : null,
    stallMs: enough ? stalls.reduce((sum, gap) => sum + gap, 0) : null,
  }
}
