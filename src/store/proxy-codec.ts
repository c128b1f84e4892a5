import { z } from 'zod'
import { type ErrorKind, errorKinds, type FaultDomain } from '../core/outcome.ts'
import type { JsonObject } from '../core/json.ts'
import type { ProxyPath, ProxyPhase, ProxyRecord } from '../core/proxy-record.ts'
import type { ProxyText } from '../core/proxy-text.ts'
import { toColumns } from './columns.ts'
import { pageOf } from './page.ts'
import { count, figure, moment, text } from './read-codec.ts'

// Traffic that passed through the proxy, with the database's names.

/** The input of record_proxy_requests. */
export const toRequestRows = ({ rows, texts = [], spends = false }: MeasuredRequests): JsonObject => ({
  rows: rows.map(toColumns),
  texts: texts.map(toColumns),
  spends,
})

/** What was measured of requests, and the texts of some of them. */
export interface MeasuredRequests {
  rows: readonly ProxyRecord[]
  texts?: readonly ProxyText[]
  /** Whether what they cost counts in the budget. */
  spends?: boolean
}

export const recordedRequests = z.object({
  /** How many are new. */
  recorded: count,
  /** Those that the database does not take, whatever is done. */
  refused: z.array(z.object({ id: text, reason: z.string() })),
})

const paths = ['chat', 'completions'] as const satisfies ProxyPath[]
const phases = [
  'body',
  'connecting',
  'headers',
  'first_token',
  'streaming',
  'paused',
] as const satisfies ProxyPhase[]
const faults = ['provider', 'account', 'config', 'excluded', 'self'] as const satisfies FaultDomain[]

/** A request that passed through the proxy. */
export const proxyRequest = z
  .object({
    id: z.string(),
    received_at: moment,
    source: z.literal('proxy'),
    path: z.enum(paths),
    provider: z.string(),
    host: z.string(),
    synthetic: z.boolean(),
    model_asked: z.string(),
    model_answered: text,
    client: text,
    region: z.string(),
    key_mode: z.enum(['pass-through', 'held']),
    stream: z.boolean(),
    reasoning: text,
    attempt: count.nullable(),
    status: count.nullable(),
    upstream_status: count.nullable(),
    success: z.boolean(),
    error_kind: z.enum(Object.keys(errorKinds) as ErrorKind[]).nullable(),
    fault_domain: z.enum(faults).nullable(),
    error_code: text,
    /** The phase in which the client left. */
    client_left: z.enum(phases).nullable(),
    finish_reason: text,
    /** Stamps are ms after `received_at`. */
    body_ms: figure,
    sent_ms: figure,
    connect_ms: figure,
    reused: z.boolean(),
    headers_ms: figure,
    first_event_ms: figure,
    first_token_ms: figure,
    first_answer_ms: figure,
    last_token_ms: figure,
    upstream_end_ms: figure,
    first_written_ms: figure,
    last_written_ms: figure,
    end_ms: z.number(),
    overhead_before_ms: figure,
    overhead_first_ms: figure,
    client_stalled_ms: z.number(),
    /** Metrics are counted from `sent_ms` on. */
    ttfb_ms: figure,
    ttft_ms: figure,
    ttfa_ms: figure,
    tps: figure,
    itl_p50_ms: figure,
    itl_p95_ms: figure,
    total_latency_ms: z.number(),
    input_tokens: count.nullable(),
    output_tokens: count.nullable(),
    reasoning_tokens: count.nullable(),
    cached_tokens: count.nullable(),
    cache_write_tokens: count.nullable(),
    token_source: z.enum(['usage', 'tokenizer', 'events']).nullable(),
    cost_usd: figure,
    cost_source: z.enum(['provider', 'price']).nullable(),
    request_bytes: count,
    response_bytes: count,
    prompt_characters: count.nullable(),
    max_tokens: count.nullable(),
    event_count: count,
    injected_usage: z.boolean(),
    timing_quality: z.enum(['ok', 'degraded', 'untrusted']),
    timing_reasons: z.array(z.string()),
    lag_max_ms: figure,
  })
  .meta({ id: 'ProxyRequest' })

export const proxyRequestPage = pageOf(proxyRequest)

/** What was asked and answered: kept only if PROXY_CAPTURE says so. */
export const proxyText = z.object({
  request_id: z.string(),
  captured_at: moment,
  /** The newest; what is no text is there by its kind and size. */
  messages: z.array(z.object({ role: text, content: z.string() })),
  answer_text: z.string(),
  reasoning_text: z.string(),
})

/** Percentiles of samples; those from p90 up need 29, 59 and 299 of them. */
const samples = z.object({ n: count, p50: figure, p90: figure, p95: figure, p99: figure })

/** Traffic in short. `n` is the sum of `ok`, `client_left` and the failures. */
const traffic = {
  n: count,
  ok: count,
  /** The client left before the answer was complete: nobody's failure. */
  client_left: count,
  /** By whose fault. */
  failed: z.object({ provider: count, account: count, config: count, excluded: count, self: count }),
  /** Of those that are ok: not timed well enough to be samples; their cost is not known. */
  untrusted: count,
  cost_unknown: count,
  input_tokens: count,
  cached_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  cost_usd: z.number(),
  request_bytes: count,
  response_bytes: count,
  /** Means of what the proxy added. */
  overhead_before_ms: figure,
  overhead_first_ms: figure,
  /** In ms, but tps. */
  ttft: samples,
  ttfa: samples,
  tps: samples,
  latency: samples,
}

/** What traffic may be apart by, besides provider and model. */
export const trafficGrains = ['client', 'host', 'input_size', 'stream', 'reasoning'] as const
export type TrafficGrain = (typeof trafficGrains)[number]

export const proxyTraffic = z.object({
  since: moment,
  until: moment,
  more: z.boolean(),
  /** What rows are not apart by is null. */
  rows: z.array(
    z.object({
      provider: z.string(),
      model: z.string(),
      synthetic: z.boolean(),
      client: text,
      host: text,
      /** The least uncached input tokens of their class. */
      input_size: count.nullable(),
      stream: z.boolean().nullable(),
      reasoning: text,
      ...traffic,
    }),
  ),
})

export const trafficComparison = z.object({
  since: moment,
  until: moment,
  provider: z.string(),
  model: z.string(),
  /** The last request of all; null if there was none, or none is kept. */
  last_at: moment.nullable(),
  /** Of how many of the requests the texts are kept. */
  n_texts: count,
  traffic: z.object(traffic),
  /** By the least uncached input tokens of a class; null if they are not known. */
  input_sizes: z.array(z.object({ input_size: count.nullable(), ttft: samples })),
  /** Columns of a small chart. */
  steps: z.object({ step_s: z.number(), n: z.array(count), ttft_p50: z.array(figure) }),
  probes: z.array(z.object({ region: text, series: text, ttft: samples, latency: samples })),
})
