import type { ErrorKind } from '../core/outcome.ts'
import type { TimingQuality } from '../core/quality.ts'
import { percentile } from '../core/statistics.ts'
import { offeredRate } from './arrivals.ts'
import { type ClientLimit, clientLimits } from './client-limits.ts'
import { type Distribution, distributionOf } from './distribution.ts'
import { type Goodput, goodputOf, type Objectives, type Times } from './goodput.ts'
import { type Occupied, peakInFlight, steadyWindow } from './steady-window.ts'
import { type Throughput, throughputOf } from './throughput.ts'

/** A request of a level as it was recorded, with its times in ms from when it was sent. */
export interface LevelRequest extends Times {
  /** When it was due, in ms after the start of the level; null in a closed loop, which sends when it can. */
  scheduledAt: number | null
  /** When it was sent, in ms after the start of the level. */
  sentAt: number
  success: boolean
  errorKind: ErrorKind | null
  totalLatencyMs: number
  inputTokens: number | null
  outputTokens: number | null
  costUsd: number | null
  timingQuality: TimingQuality
  /** How late our event loop was meanwhile, at the 99th percentile, in ms; null if nobody watched. */
  lagP99Ms: number | null
}

/** How a level loads the endpoint: calls in flight, or calls begun per second with at most `slots` in flight. */
type Load = { concurrency: number; thinkMs?: number } | { rate: number; slots: number }

/** What is known of a level besides its requests. */
export interface LevelContext {
  load: Load
  objectives: Objectives
  /** CPU time by wall time of the threads that measure, or of the one that claims and records if that was busier, 0..1; null if it is not known. */
  cpuShare: number | null
  /** For how long nobody worked on it, in ms; absent or null if one worker made it all. */
  interruptedMs?: number | null
}

/** A level in numbers: times in ms, rates per second. */
export interface LevelReport {
  load: Load
  n: number
  errors: Partial<Record<ErrorKind, number>>
  /** The steady window of a closed loop; null if it had none, and in an open loop. */
  window: Occupied | null
  /** Over the window if there is one, else over the whole level. */
  throughput: Throughput
  whole: Throughput
  offeredRate: number | null
  achievedRate: number | null
  /** From when the requests were due; null in a closed loop, which is blind to what it had to wait before sending. */
  fromScheduled: Distributions | null
  fromSent: Distributions
  /** Sent minus due; null in a closed loop. */
  lateness: Distribution | null
  /** How late our event loop was while each request was in flight, at the 99th percentile, in ms. */
  loopLag: Distribution
  /** About the TTFT of a request that nobody kept waiting, in ms; null of fewer than 20. */
  queueFreeTtftMs: number | null
  /** Counted from when they were due, in an open loop. */
  goodput: Goodput
  /** Null if the cost of a request is unknown. */
  costUsd: number | null
  /** For how long nobody worked on it until another worker took it over, in ms; null if one made it all. */
  interruptedMs: number | null
  /** Why the figures are not the endpoint's; such a level is not ranked. */
  clientLimits: ClientLimit[]
}

/** Each of the times of the requests that succeeded. */
type Distributions = Record<keyof Times, Distribution>

/** Describes a level by its requests, without warm-ups; null if there are none. */
export function describeLevel(
  requests: readonly LevelRequest[],
  { load, objectives, cpuShare, interruptedMs = null }: LevelContext,
): LevelReport | null {
  const isOpen = 'rate' in load
  const sent = requests
    .map((request) => ({
      ...request,
      from: request.scheduledAt ?? request.sentAt,
      to: request.sentAt + request.totalLatencyMs,
    }))
    .toSorted((a, b) => a.from - b.from)
  const [first] = sent
  if (first === undefined) return null
  const all = { from: first.from, to: Math.max(...sent.map(({ to }) => to)) }
  const window = isOpen ? null : steadyWindow(withThinking(sent, load.thinkMs ?? 0), load.concurrency)
  const lateness = isOpen ? sent.map(({ from, sentAt }) => sentAt - from) : null
  const rates = ratesOf(sent, isOpen)
  const succeeded = sent.filter(({ success }) => success)
  const fromSent = distributionsOf(succeeded)
  return {
    load,
    n: sent.length,
    errors: countErrors(sent),
    window,
    throughput: throughputOf(sent, window ?? all),
    whole: throughputOf(sent, all),
    ...rates,
    fromScheduled: isOpen ? distributionsOf(succeeded.map(sinceDue)) : null,
    fromSent,
    lateness: lateness === null ? null : distributionOf(lateness),
    loopLag: distributionOf(sent.map(({ lagP99Ms }) => lagP99Ms)),
    queueFreeTtftMs: queueFreeOf(succeeded.map(({ ttftMs }) => ttftMs)),
    goodput: goodputOf(sent.map(sinceDue), objectives),
    costUsd: sumOfKnown(sent.map(({ costUsd }) => costUsd)),
    interruptedMs,
    clientLimits: clientLimits({
      lateness,
      slotsRanOut: isOpen && peakInFlight(sent.map(({ sentAt, to }) => ({ from: sentAt, to }))) >= load.slots,
      ttftP50Ms: fromSent.ttftMs.p50?.value ?? null,
      cpuShare,
      untrustedShare: sent.filter(({ timingQuality }) => timingQuality === 'untrusted').length / sent.length,
      ...rates,
      isInterrupted: interruptedMs !== null,
    }),
  }
}

/** How many requests per second were due, and sent. Requests are in the order in which they were due. */
const ratesOf = (sent: readonly { from: number; sentAt: number }[], isOpen: boolean) => ({
  offeredRate: isOpen ? offeredRate(sent.map(({ from }) => from)) : null,
  achievedRate: offeredRate(sent.map(({ sentAt }) => sentAt).toSorted((a, b) => a - b)),
})

/** Requests with the time that their client thought about the answer: it is as busy then as in a call. */
const withThinking = (requests: readonly Occupied[], thinkMs: number): Occupied[] =>
  requests.map(({ from, to }) => ({ from, to: to + thinkMs }))

/** Fewer values say nothing of a twentieth of them. */
const leastForQueueFree = 20

/**
 * The 5th percentile: at most loads some requests find a free slot. Where all of a level have to wait, as in a closed
 * loop of more clients than slots, it is too high, and that of a lighter level is the better estimate.
 */
function queueFreeOf(ttfts: readonly (number | null)[]): number | null {
  const known = ttfts.filter((ttft) => ttft !== null)
  return known.length < leastForQueueFree ? null : percentile(known, 0.05)
}

/** A request with what it had to wait before it was sent. */
export function sinceDue<Request extends LevelRequest>(request: Request): Request {
  const { scheduledAt, sentAt, ttftMs, ttfaMs, totalLatencyMs } = request
  const wait = sentAt - (scheduledAt ?? sentAt)
  return {
    ...request,
    ttftMs: ttftMs === null ? null : ttftMs + wait,
    ttfaMs: ttfaMs === null ? null : ttfaMs + wait,
    totalLatencyMs: totalLatencyMs + wait,
  }
}

const distributionsOf = (times: readonly Times[]): Distributions => ({
  ttftMs: distributionOf(times.map(({ ttftMs }) => ttftMs)),
  ttfaMs: distributionOf(times.map(({ ttfaMs }) => ttfaMs)),
  tpotMs: distributionOf(times.map(({ tpotMs }) => tpotMs)),
  itlP95Ms: distributionOf(times.map(({ itlP95Ms }) => itlP95Ms)),
  totalLatencyMs: distributionOf(times.map(({ totalLatencyMs }) => totalLatencyMs)),
})

function countErrors(requests: readonly LevelRequest[]): Partial<Record<ErrorKind, number>> {
  const counts: Partial<Record<ErrorKind, number>> = {}
  for (const { errorKind } of requests)
    if (errorKind !== null) counts[errorKind] = (counts[errorKind] ?? 0) + 1
  return counts
}

const sumOfKnown = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0)
