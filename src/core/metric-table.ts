/** Other tools that measure this, and the versions we read. */
export const peers = {
  vllm: 'vLLM bench serve (02cfb534)',
  aiperf: 'aiperf (db4f6397)',
  guidellm: 'guidellm (ee7a7745)',
  otel: 'OpenTelemetry GenAI (Development)',
} as const

/** A tool or convention with metric names of its own. */
export type Peer = keyof typeof peers

/** The definition of one metric: for documents, reports and anyone who reads the columns. */
export interface MetricDefinition {
  column: string
  unit: 'ms' | 'tokens/s' | 'count'
  better: 'lower' | 'higher'
  meaning: string
  formula: string
  /** When the metric is undefined; null if it never is. */
  nullWhen: string | null
  /**
   * What peers call it, and how their value differs from ours; a peer is absent if it has none, or we do not
   * know.
   */
  elsewhere?: Partial<Record<Peer, string>>
}

const gapsInAiperf = '`inter_chunk_latency`: gaps of content events'
const gapsInVllm = 'from its list `itl`, in which the finish chunk is a token too'
const gapsInOtel = 'distribution of `gen_ai.client.operation.time_per_output_chunk`, in s'

/** Every metric by its key in a result. The type `Metrics`, rows and docs/metrics.md are made from this. */
export const metricTable = {
  ttfbMs: {
    column: 'ttfb_ms',
    unit: 'ms',
    better: 'lower',
    meaning:
      'Time to first byte: the response headers. Some providers send them while the request still queues.',
    formula: 'headers - t0',
    nullWhen: 'there was no response',
    elsewhere: {
      aiperf: '`http_req_waiting`, from the end of sending; `stream_setup_latency`',
    },
  },
  ttftMs: {
    column: 'ttft_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Time to first token: the first non-empty delta of any kind, reasoning included.',
    formula: 't_first - t0',
    nullWhen: 'no token came',
    elsewhere: {
      vllm: '`ttft`: the first chunk with choices counts, a role alone included',
      aiperf: '`time_to_first_token`: the same, reasoning counts',
      guidellm: 'first token iteration - request start, by the wall clock',
      otel: '`gen_ai.client.operation.time_to_first_chunk`, in s; at the server `gen_ai.server.time_to_first_token`',
    },
  },
  coldTtftMs: {
    column: 'cold_ttft_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'What a client without an open connection waits for the first token.',
    formula: 'ttft_ms + connect_ms',
    nullWhen: 'no token came',
  },
  ttfaMs: {
    column: 'ttfa_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Time to first answer: the first non-empty answer text, after any reasoning.',
    formula: 't_answer - t0',
    nullWhen: 'no answer text came',
    elsewhere: {
      aiperf: 'time to first output token (TTFO): the same',
      guidellm: '`time_to_first_output_token_ms`',
    },
  },
  tps: {
    column: 'tps',
    unit: 'tokens/s',
    better: 'higher',
    meaning: 'Tokens per second while the model generates: neither the wait before nor the tail after.',
    formula: '(n - n_first) / (t_last - t_first)',
    nullWhen: 'fewer than two tokens came, or all in a burst',
    elsewhere: {
      vllm: 'none per request; `output_throughput` is all tokens over the whole run',
      aiperf:
        '`output_token_throughput_per_user`: 1 / `inter_token_latency`, the first token alone taken off',
      guidellm:
        '`output_tokens_per_second`: n, hidden reasoning included, over the whole request, its wait and tail included',
    },
  },
  tpotMs: {
    column: 'tpot_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Time per output token.',
    formula: '1000 / tps',
    nullWhen: 'tps is null',
    elsewhere: {
      vllm: '`tpot`: over n - 1, hidden reasoning included in n; the finish chunk is its last token',
      aiperf:
        '`inter_token_latency`: over n - 1; it counts the text that came with a tokenizer. With `--use-server-token-count` n is that of the usage, hidden reasoning included',
      guidellm:
        '`inter_token_latency_ms`: over n - 1, hidden reasoning included in n. Its `time_per_output_token_ms` is (t_last - t0) / n, the wait included',
      otel: 'at the server `gen_ai.server.time_per_output_token`, in s',
    },
  },
  itlP50Ms: {
    column: 'itl_p50_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Inter-token latency: the median gap between reads that carried tokens.',
    formula: 'percentile_cont(0.5) of the gaps',
    nullWhen: 'fewer than two reads carried tokens, or all came in a burst',
    elsewhere: { vllm: gapsInVllm, aiperf: gapsInAiperf, otel: gapsInOtel },
  },
  itlP95Ms: {
    column: 'itl_p95_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'The gap that 95 % of the gaps of this one stream stay under.',
    formula: 'percentile_cont(0.95) of the gaps',
    nullWhen: 'fewer than two reads carried tokens, or all came in a burst',
    elsewhere: { vllm: gapsInVllm, aiperf: gapsInAiperf, otel: gapsInOtel },
  },
  itlMaxMs: {
    column: 'itl_max_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'The longest gap.',
    formula: 'max of the gaps',
    nullWhen: 'fewer than two reads carried tokens, or all came in a burst',
    elsewhere: { vllm: gapsInVllm, aiperf: gapsInAiperf },
  },
  totalLatencyMs: {
    column: 'total_latency_ms',
    unit: 'ms',
    better: 'lower',
    meaning:
      'The whole call: to the end of the stream (the last event, if we closed after a finish reason), or to the moment the failure was known.',
    formula: 'end - t0',
    nullWhen: null,
    elsewhere: {
      guidellm: '`request_latency`: the end of the stream, by the wall clock',
      otel: '`gen_ai.client.operation.duration`, in s',
    },
  },
  e2eMs: {
    column: 'e2e_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'To the last token: the call without the tail that carries usage.',
    formula: 't_last - t0',
    nullWhen: 'no token came',
    elsewhere: {
      vllm: '`latency`, E2EL: the latest token stamp, the finish chunk included',
      aiperf: '`request_latency`: the last content',
    },
  },
  stallCount: {
    column: 'stall_count',
    unit: 'count',
    better: 'lower',
    meaning: 'How often the stream stood still.',
    formula: 'gaps > max(500 ms, 10 x median gap)',
    nullWhen: 'fewer than three reads carried tokens, or all came in a burst',
  },
  stallMs: {
    column: 'stall_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'How long it stood still in all.',
    formula: 'sum of those gaps',
    nullWhen: 'fewer than three reads carried tokens, or all came in a burst',
  },
  inputTps: {
    column: 'input_tps',
    unit: 'tokens/s',
    better: 'higher',
    meaning: 'How fast the prompt was read, at least: the wait also holds network and queue.',
    formula: '(input_tokens - cached_tokens) / ttft',
    nullWhen: 'the provider gave no usage, or no token came',
    elsewhere: {
      aiperf: '`prefill_throughput`: the whole input sequence / TTFT',
    },
  },
} as const satisfies Record<string, MetricDefinition>
