import { z } from 'zod'
import { faultDomains } from '../core/outcome.ts'
import { count, figure, json, moment, text } from '../store/read-codec.ts'

const counted = count.nullable()
const object = z.record(z.string(), json).nullable()
const texts = z.array(z.string()).nullable()
const id = z.string()

/** The names of all kinds of errors. */
export const errorKind = z.enum(Object.keys(faultDomains) as [keyof typeof faultDomains])

/** A row of benchmark_results; docs/schema.md and docs/metrics.md say what each column means. */
export const resultRow = z
  .looseObject({
    id,
    run_id: id,
    provider_id: id.nullable(),
    model_id: id.nullable(),
    provider: text,
    /** The provider's name for people. */
    provider_name: text,
    model: text,
    input_tokens: counted,
    output_tokens: counted,
    total_latency_ms: z.number(),
    ttft_ms: figure,
    tps: figure,
    status_code: counted,
    success: z.boolean(),
    error_message: text,
    /** Only if texts were asked for. */
    response_text: text.optional(),
    cost_usd: figure,
    created_at: moment,
    probe_id: text,
    target_id: text,
    started_at: moment.nullable(),
    synthetic: z.boolean(),
    region: text,
    iteration: counted,
    series: text,
    prompt_hash: text,
    parameters: object,
    error_kind: text,
    fault_domain: text,
    error_code: text,
    finish_reason: text,
    response_model: text,
    request_id: text,
    reasoning_tokens: counted,
    cached_tokens: counted,
    token_source: text,
    prices: object,
    cost_source: text,
    dns_ms: figure,
    tcp_ms: figure,
    tls_ms: figure,
    connect_ms: figure,
    ttfb_ms: figure,
    cold_ttft_ms: figure,
    ttfa_ms: figure,
    tpot_ms: figure,
    itl_p50_ms: figure,
    itl_p95_ms: figure,
    itl_max_ms: figure,
    e2e_ms: figure,
    stall_count: counted,
    stall_ms: figure,
    input_tps: figure,
    server_timings: object,
    response_bytes: counted,
    event_count: counted,
    timing_quality: text,
    timing_reasons: texts,
    lag_max_ms: figure,
    lag_p99_ms: figure,
    lag_first_token_ms: figure,
    events_per_read: figure,
    tokens_per_event: figure,
    content_encoding: text,
    http_version: text,
    queue_ms: figure,
    formula_version: counted,
    cache_write_tokens: counted,
    charged_usd: figure,
    computed_usd: figure,
    confirms: text,
    fault_domain_was: text,
    rate_limits: object,
    retry_after_ms: figure,
    notes: texts,
    own_load: z.boolean(),
    warmup: z.boolean(),
    context_tokens: counted,
    context_tokens_counted: counted,
  })
  .meta({ id: 'Result' })
