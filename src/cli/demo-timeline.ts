import type { StreamEvent, Timeline } from '../core/timeline.ts'

/** What a result says of its stream, in ms after the request was sent; null: it did not come so far. */
export interface TimedResult {
  ttft: number | null
  ttfa: number | null
  end: number
  headers: number | null
  /** Tokens thought before the answer. */
  reasoning: number | null
  /** How long the stream stood still, once. */
  stall: number
  /** Whether the answer came to its end. */
  isWhole: boolean
  dns: number | null
  tcp: number | null
  tls: number | null
  connect: number | null
}

/** Sizes in bytes of the read with the headers, and of one with an event. */
const headerBytes = 310
const eventBytes = 232

/** A timeline that a made-up result may have had: one token an event, one event a read. */
export function demoTimeline(result: TimedResult, answer: readonly string[], random: () => number): Timeline {
  const { headers, end, reasoning } = result
  const stream = streamOf(result, answer, random)
  const reads = [...(headers === null ? [] : [headers]), ...stream.reads]
  return {
    dnsMs: result.dns,
    tcpMs: result.tcp,
    tlsMs: result.tls,
    connectMs: result.connect,
    headers,
    reads,
    bytes: reads.map((_, index) => (index === 0 ? headerBytes : eventBytes + Math.round(12 * random()))),
    events: stream.events,
    reasoningForm: (reasoning ?? 0) > 0 ? 'full' : 'none',
    end,
  }
}

/** The reads after the headers, and their events. */
function streamOf(
  { ttft, ttfa, end, reasoning, stall, isWhole }: TimedResult,
  answer: readonly string[],
  random: () => number,
): Pick<Timeline, 'reads' | 'events'> {
  if (ttft === null) return { reads: [], events: [] }
  const thoughts = Array.from({ length: reasoning ?? 0 }, () => 1 + Math.round(7 * random()))
  const came = isWhole ? answer : answer.slice(0, Math.ceil(answer.length / 5))
  const begins = ttfa ?? ttft
  const stamps = [
    // The answer begins where the next thought would have come.
    ...spread({ from: ttft, to: begins, n: thoughts.length + 1, stall: 0 }, random).slice(0, -1),
    // What follows the last token of a whole answer is its usage.
    ...spread(
      { from: begins, to: isWhole ? end - 2 : begins + (end - begins) / 4, n: came.length, stall },
      random,
    ),
  ]
  const tokens = [
    ...thoughts.map((length) => ({ kind: 'reasoning' as const, reasoning: length })),
    ...came.map(({ length }) => ({ kind: 'text' as const, text: length })),
    ...(isWhole ? [{ kind: 'usage' as const }] : []),
  ]
  const events = tokens.map((token, index): StreamEvent => ({
    read: index + 1,
    text: 0,
    reasoning: 0,
    other: 0,
    ...token,
  }))
  if (!isWhole) return { reads: stamps, events }
  const done: StreamEvent = { read: tokens.length, kind: 'done', text: 0, reasoning: 0, other: 0 }
  return { reads: [...stamps, end], events: [...events, done] }
}

interface Stretch {
  from: number
  to: number
  n: number
  /** In ms; 0 without. */
  stall: number
}

/** n stamps from one moment to another with uneven gaps, one of them with the stall. */
function spread({ from, to, n, stall }: Stretch, random: () => number): number[] {
  if (n === 0) return []
  const weights = Array.from({ length: n - 1 }, () => weight(random()))
  const unit = (to - from - stall) / weights.reduce((sum, each) => sum + each, 0)
  const stalled = stall > 0 ? Math.floor(weights.length * (0.2 + 0.6 * random())) : -1
  let at = from
  return [from, ...weights.map((each, index) => (at += unit * each + (index === stalled ? stall : 0)))]
}

/** Most gaps are alike, one in twenty is twice as long. */
function weight(luck: number): number {
  if (luck < 0.5) return 0.6 + 0.7 * luck
  return luck < 0.95 ? 0.95 + 1.44 * (luck - 0.5) : 1.6 + 12 * (luck - 0.95)
}
