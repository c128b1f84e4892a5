import type { Metrics } from './metrics.ts'

/** What one metric is: for documents, reports and anyone who reads the columns. */
export interface MetricDefinition {
  column: string
  unit: 'ms' | 'tokens/s' | 'count'
  better: 'lower' | 'higher'
  meaning: string
  formula: string
  nullWhen: string
}

/** Every metric by its key in `Metrics`; docs/metrics.md is made from this. */
export const metricTable: Record<keyof Metrics, MetricDefinition> = {
  ttfbMs: {
    column: 'ttfb_ms',
    unit: 'ms',
    better: 'lower',
    meaning:
      'Time to first byte: the response headers. Some providers send them while the request still queues.',
    formula: 'headers - t0',
    nullWhen: 'there was no response',
  },
  ttftMs: {
    column: 'ttft_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Time to first token: the first non-empty delta of any kind, reasoning included.',
    formula: 't_first - t0',
    nullWhen: 'no token came',
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
  },
  tps: {
    column: 'tps',
    unit: 'tokens/s',
    better: 'higher',
    meaning: 'Tokens per second while the model generates: neither the wait before nor the tail after.',
    formula: '(n - n_first) / (t_last - t_first)',
    nullWhen: 'fewer than two tokens came, or all in one read',
  },
  tpotMs: {
    column: 'tpot_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Time per output token.',
    formula: '1000 / tps',
    nullWhen: 'tps is null',
  },
  itlP50Ms: {
    column: 'itl_p50_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'Inter-token latency: the median gap between reads that carried tokens.',
    formula: 'percentile_cont(0.5) of the gaps',
    nullWhen: 'fewer than two reads carried tokens',
  },
  itlP95Ms: {
    column: 'itl_p95_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'The gap that 95 % of the gaps of this one stream stay under.',
    formula: 'percentile_cont(0.95) of the gaps',
    nullWhen: 'fewer than two reads carried tokens',
  },
  itlMaxMs: {
    column: 'itl_max_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'The longest gap.',
    formula: 'max of the gaps',
    nullWhen: 'fewer than two reads carried tokens',
  },
  totalLatencyMs: {
    column: 'total_latency_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'The whole call: to the end of the stream, or to the moment the failure was known.',
    formula: 'end - t0',
    nullWhen: 'never',
  },
  e2eMs: {
    column: 'e2e_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'To the last token: the call without the tail that carries usage.',
    formula: 't_last - t0',
    nullWhen: 'no token came',
  },
  stallCount: {
    column: 'stall_count',
    unit: 'count',
    better: 'lower',
    meaning: 'How often the stream stood still.',
    formula: 'gaps > max(500 ms, 10 x median gap)',
    nullWhen: 'fewer than three reads carried tokens',
  },
  stallMs: {
    column: 'stall_ms',
    unit: 'ms',
    better: 'lower',
    meaning: 'How long it stood still in all.',
    formula: 'sum of those gaps',
    nullWhen: 'fewer than three reads carried tokens',
  },
  inputTps: {
    column: 'input_tps',
    unit: 'tokens/s',
    better: 'higher',
    meaning: 'How fast the prompt was read, at least: the wait also holds network and queue.',
    formula: '(input_tokens - cached_tokens) / ttft',
    nullWhen: 'the provider gave no usage, or no token came',
  },
}
