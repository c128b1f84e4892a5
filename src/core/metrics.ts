import { type Arrival, lastOfBurst } from './burst.ts'
import type { metricTable } from './metric-table.ts'
import { percentile } from './statistics.ts'
import { carriesTokens, type StreamEvent, type Timeline } from './timeline.ts'
import type { ReasoningForm, Usage } from './usage.ts'

/** The version of the formulas below, stored in every row; bump it when a formula changes. */
export const formulaVersion = 3

type Definitions = typeof metricTable

/** The numbers of one probe, in the units of `metricTable`; null if the metric is undefined. */
export type Metrics = {
  [Name in keyof Definitions]: Definitions[Name]['nullWhen'] extends null ? number : number | null
}

/** The token counts the formulas use; `source` says whether the provider counted them. */
export type TokenCounts = Pick<Usage, 'input' | 'output' | 'reasoning' | 'cached' | 'source'>

/** Derives every metric from a timeline and the tokens of the call. Pure, so old rows can be rederived. */
export const deriveMetrics = (timeline: Timeline, usage: TokenCounts): Metrics =>
  derive(timeline, usage).metrics

/**
 * The metrics, and whether two or more tokens came, all of them in a burst: how fast they were made was then not
 * seen, and the metrics of it are null. The stamps of the first token and of the end are right.
 */
export function derive(timeline: Timeline, usage: TokenCounts): { metrics: Metrics; burst: boolean } {
  const at = (event: StreamEvent | undefined) => (event ? (timeline.reads[event.read] ?? timeline.end) : null)
  const tokens = timeline.events.filter(carriesTokens)
  const first = at(tokens[0])
  const last = at(tokens.at(-1))
  const seen = streamed(timeline, usage)
  const burst = isBurst(seen)
  const tps = usage.output === null ? null : tokenRate(seen)
  const uncached = usage.input === null ? null : usage.input - Math.min(usage.cached ?? 0, usage.input)
  const metrics = {
    ttfbMs: timeline.headers,
    ttftMs: first,
    coldTtftMs: first === null ? null : first + (timeline.connectMs ?? 0),
    ttfaMs: at(tokens.find((event) => event.text > 0)),
    tps,
    tpotMs: tps === null ? null : 1000 / tps,
    ...gaps(burst ? [] : stampsAfter(seen.burst, tokens, timeline)),
    totalLatencyMs: timeline.end,
    e2eMs: last,
    inputTps: uncached === null || first === null || first <= 0 ? null : (uncached * 1000) / first,
  }
  return { metrics, burst }
}

const isBurst = ({ n, burst, rest }: Streamed): boolean => n >= 2 && burst.length > 0 && rest.length === 0

/** A read that brought tokens, and what it brought. */
interface TokenRead extends Arrival {
  read: number
  events: number
  characters: number
}

/** The n tokens that were streamed, by the reads that brought them: the burst they began with, and the rest. */
interface Streamed {
  n: number
  burst: TokenRead[]
  rest: TokenRead[]
}

/**
 * n counts what was streamed: reasoning that was billed but hidden, or streamed only as a summary, is
 * subtracted, and the reads are then the answer's. Without a count, every event is taken for a token.
 */
function streamed(timeline: Timeline, usage: TokenCounts): Streamed {
  const reasoning = formOf(timeline, usage)
  const hidden = reasoning === 'full' ? 0 : (usage.reasoning ?? 0)
  const answerOnly = reasoning === 'summary' && hidden > 0
  const size = (event: StreamEvent) => event.text + event.other + (answerOnly ? 0 : event.reasoning)
  const counted = timeline.events.filter((event) => size(event) > 0)
  const n = usage.output === null ? counted.length : usage.output - hidden
  const perCharacter = n / sum(counted, size)
  const byRead = [...Map.groupBy(counted, ({ read }) => read)]
  const reads = byRead.map(([read, events], index) => ({
    read,
    at: timeline.reads[read] ?? timeline.end,
    bytes: sum(timeline.bytes.slice((byRead[index - 1]?.[0] ?? read - 1) + 1, read + 1), (bytes) => bytes),
    tokens: sum(events, size) * perCharacter,
    events: events.length,
    characters: sum(events, size),
  }))
  const end = lastOfBurst(reads) + 1
  return { n, burst: reads.slice(0, end), rest: reads.slice(end) }
}

/**
 * Tokens per second between the first and the last token: (n - n_first) / (t_last - t_first). n_first is the
 * number of tokens in the burst that the stream began with, one read as a rule: they had arrived when the
 * clock started, with its last.
 */
function tokenRate({ n, burst, rest }: Streamed): number | null {
  const start = burst.at(-1)
  const last = rest.at(-1)
  if (n < 2 || !start || !last) return null
  const share = (of: (read: TokenRead) => number) => sum(burst, of) / (sum(burst, of) + sum(rest, of))
  const events = sum(burst, (read) => read.events) + sum(rest, (read) => read.events)
  const nFirst = tokensOfFirst(n, n / events, {
    events: share((read) => read.events),
    characters: share((read) => read.characters),
  })
  return n > nFirst ? ((n - nFirst) * 1000) / (last.at - start.at) : null
}

/**
 * Tokens of the burst, at least 1. If its events are as long as the others, by its share of the events:
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
  const characters = sum(events, (event) => event.reasoning)
  const tooShort = source === 'usage' && characters < (reasoning ?? 0)
  return reasoningForm === 'full' && tooShort ? 'summary' : reasoningForm
}

/** Stamps of the reads that carried tokens, of the burst only its last. */
function stampsAfter(
  burst: readonly TokenRead[],
  tokens: readonly StreamEvent[],
  { reads, end }: Timeline,
): number[] {
  const passed = new Set(burst.slice(0, -1).map(({ read }) => read))
  return [...new Set(tokens.map(({ read }) => read))]
    .filter((read) => !passed.has(read))
    .map((read) => reads[read] ?? end)
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

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
    stallMs: enough ? sum(stalls, (gap) => gap) : null,
  }
}
