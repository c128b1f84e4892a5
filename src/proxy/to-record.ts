import { derive } from '../core/metrics.ts'
import { faultDomains } from '../core/outcome.ts'
import { costOf, type Price } from '../core/price.ts'
import type { ProxyRecord } from '../core/proxy-record.ts'
import { judgeTiming } from '../core/quality.ts'
import { carriesTokens, type StreamEvent, type Timeline } from '../core/timeline.ts'
import type { Usage } from '../core/usage.ts'
import { cutWithoutKeys, redact } from '../net/redact.ts'
import { classify } from '../probe/classify.ts'
import { toTimeline } from '../probe/to-timeline.ts'
import type { Delays } from '../probe/trust.ts'
import { type Settings, settingsOf } from './asked.ts'
import type { Passage } from './passage.ts'

/** What a record is made of. */
interface Evidence {
  passage: Passage
  usage: Usage
  price: Price | null
  delays: Delays
  region: string
  /** What the request carried of keys, and ours: none of them is in the record. */
  keys: readonly (string | null)[]
}

/** Milliseconds with three decimals. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000

/** The record of a request that is over. */
export function toRecord(evidence: Evidence): ProxyRecord {
  const { passage, region } = evidence
  const { upstream, admitted, asked } = passage
  const settings = settingsOf(asked)
  const after = (at: number | null): number | null => (at === null ? null : rounded(at - passage.start))
  return {
    id: passage.id,
    receivedAt: passage.receivedAt,
    path: passage.path,
    provider: upstream.provider.entry.id,
    host: new URL(upstream.provider.baseUrl).host,
    synthetic: upstream.provider.synthetic,
    region,
    keyMode: admitted?.mode ?? 'pass-through',
    stream: asked.stream,
    attempt: passage.attempt,
    status: passage.status,
    upstreamStatus: passage.exchange.status,
    clientLeft: passage.left,
    ...textsOf(evidence, settings),
    ...outcomeOf(evidence),
    bodyMs: after(passage.bodyAt),
    ...stampsOf(evidence),
    firstWrittenMs: after(passage.firstWrittenAt),
    lastWrittenMs: after(passage.lastWrittenAt),
    endMs: rounded(passage.endAt - passage.start),
    clientStalledMs: rounded(passage.stalledMs),
    ...measuredOf(evidence),
    ...tokensOf(evidence),
    requestBytes: passage.requestBytes,
    responseBytes: passage.responseBytes,
    promptCharacters: settings.promptCharacters,
    maxTokens: settings.maxTokens,
    eventCount: passage.isStream ? passage.stream.events.filter(isCounted).length : 0,
    injectedUsage: passage.injectedUsage,
  }
}

/** As a probe counts events. */
const isCounted = ({ kind }: StreamEvent): boolean => kind !== 'comment' && kind !== 'done'

/** Characters kept of any text that others have written. */
const mostText = 200

/** What others have written, without keys. */
function textsOf({ passage: { upstream, admitted, stream }, keys }: Evidence, settings: Settings) {
  const clean = (text: string) => cutWithoutKeys(redact(text, keys), mostText, keys)
  const orNull = (text: string | null) => (text === null ? null : clean(text))
  return {
    // As its provider knows it, so that traffic meets the probes of a target.
    modelAsked: clean(upstream.model),
    modelAnswered: orNull(stream.model),
    client: orNull(admitted?.client() ?? null),
    reasoning: orNull(settings.reasoning),
    finishReason: orNull(stream.finish?.reason ?? null),
  }
}

function outcomeOf({ passage: { exchange, stream }, keys }: Evidence) {
  const cause = classify(exchange, stream)
  if (cause === null) return { success: true, errorKind: null, faultDomain: null, errorCode: null }
  const code = cause.error?.code ?? null
  return {
    success: false,
    errorKind: cause.kind,
    faultDomain: faultDomains[cause.kind],
    errorCode: code === null ? null : cutWithoutKeys(redact(code, keys), mostText, keys),
  }
}

/** The upstream's stamps. */
function stampsOf({ passage }: Evidence) {
  const { exchange, stream, start, isSent, isStream, bodyAt, firstTokenWrittenAt } = passage
  const { t0, connectMs, reads } = exchange
  const at = (ms: number | null | undefined): number | null =>
    ms === null || ms === undefined ? null : rounded(t0 + ms - start)
  const readOf = (event: StreamEvent | undefined) => (isStream && event ? reads[event.read] : null)
  const tokens = stream.events.filter(carriesTokens)
  const firstToken = readOf(tokens[0])
  return {
    sentMs: isSent ? at(0) : null,
    connectMs: connectMs === null ? null : rounded(connectMs),
    reused: exchange.reused,
    headersMs: at(exchange.headersAt),
    firstEventMs: at(readOf(stream.events.find(({ kind }) => kind !== 'comment'))),
    firstTokenMs: at(firstToken),
    firstAnswerMs: at(readOf(tokens.find(({ text }) => text > 0))),
    lastTokenMs: at(readOf(tokens.at(-1))),
    upstreamEndMs: passage.upstreamEndAt === null ? null : at(passage.upstreamEndAt - t0),
    overheadBeforeMs: isSent && bodyAt !== null ? rounded(Math.max(0, t0 - bodyAt - (connectMs ?? 0))) : null,
    overheadFirstMs:
      firstTokenWrittenAt === null || firstToken === null || firstToken === undefined
        ? null
        : rounded(Math.max(0, firstTokenWrittenAt - t0 - firstToken)),
  }
}

const noEvents = (timeline: Timeline): Timeline => ({ ...timeline, events: [], reads: [], bytes: [] })

/** The probe's metrics, and how far they can be trusted. */
function measuredOf({ passage, usage, delays }: Evidence) {
  const { exchange, stream, isStream, coding, stalledMs } = passage
  const timeline = toTimeline(exchange, stream)
  const { metrics, burst } = derive(isStream ? timeline : noEvents(timeline), usage)
  const conditions = { ...delays, ttftMs: metrics.ttftMs, contentEncoding: coding, burst }
  const { quality, reasons } = judgeTiming(conditions)
  const hasStalled = stalledMs >= noticedMs
  return {
    ttfbMs: isStream ? metrics.ttfbMs : null,
    ttftMs: metrics.ttftMs,
    ttfaMs: metrics.ttfaMs,
    tps: metrics.tps,
    itlP50Ms: metrics.itlP50Ms,
    itlP95Ms: metrics.itlP95Ms,
    totalLatencyMs: metrics.totalLatencyMs,
    timingQuality: hasStalled && quality === 'ok' ? ('degraded' as const) : quality,
    timingReasons: [
      ...reasons,
      ...(hasStalled ? [`the client did not read for ${stalledMs.toFixed(1)} ms`] : []),
    ],
    lagMaxMs: delays.lagMaxMs,
  }
}

/** A shorter pause than this is that of a full buffer, in ms. */
const noticedMs = 5

function tokensOf({ passage, usage, price }: Evidence) {
  const cost = costOf(usage, price, passage.receivedAt)
  return {
    inputTokens: usage.input,
    outputTokens: usage.output,
    reasoningTokens: usage.reasoning,
    cachedTokens: usage.cached,
    cacheWriteTokens: usage.cacheWrite,
    tokenSource: usage.source,
    costUsd: cost.usd,
    costSource: cost.source,
  }
}
