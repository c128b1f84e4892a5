import type { Metrics } from './metrics.ts'

/** Who else measures this, and the versions that were read. */
export const peers = {
  vllm: 'vLLM bench serve (02cfb534)',
  aiperf: 'aiperf (db4f6397)',
  guidellm: 'guidellm (ee7a7745)',
  otel: 'OpenTelemetry GenAI (Development)',
} as const

/** A tool or convention that names metrics of its own. */
export type Peer = keyof typeof peers

const gapsInAiperf = '`inter_chunk_latency`: gaps of content events'
const gapsInVllm = 'from its list `itl`, in which the finish chunk is a token too'
const gapsInOtel = 'distribution of `gen_ai.client.operation.time_per_output_chunk`, in s'

/** What each of them calls a metric, and how its value differs from ours; nothing where it has none or we do not know. */
export const peerNames: Record<keyof Metrics, Partial<Record<Peer, string>>> = {
  ttfbMs: {
    aiperf: '`http_req_waiting`, from the end of sending; `stream_setup_latency`',
  },
  ttftMs: {
    vllm: '`ttft`: the first chunk with choices counts, a role alone included',
    aiperf: '`time_to_first_token`: the same, reasoning counts',
    guidellm: 'first token iteration - request start, by the wall clock',
    otel: '`gen_ai.client.operation.time_to_first_chunk`, in s; at the server `gen_ai.server.time_to_first_token`',
  },
  coldTtftMs: {},
  ttfaMs: {
    aiperf: 'time to first output token (TTFO): the same',
    guidellm: '`time_to_first_output_token_ms`',
  },
  tps: {
    vllm: 'none per request; `output_throughput` is all tokens over the whole run',
    aiperf: '`output_token_throughput_per_user`: 1 / `inter_token_latency`, the first token alone taken off',
    guidellm: '`output_tokens_per_second`: n over the whole request, its wait and tail included',
  },
  tpotMs: {
    vllm: '`tpot`: over n - 1; the finish chunk is its last token',
    aiperf: '`inter_token_latency`: over n - 1, hidden reasoning included in n',
    guidellm:
      '`inter_token_latency_ms`: over n - 1. Its `time_per_output_token_ms` is (t_last - t0) / n, the wait included',
    otel: 'at the server `gen_ai.server.time_per_output_token`, in s',
  },
  itlP50Ms: { vllm: gapsInVllm, aiperf: gapsInAiperf, otel: gapsInOtel },
  itlP95Ms: { vllm: gapsInVllm, aiperf: gapsInAiperf, otel: gapsInOtel },
  itlMaxMs: { vllm: gapsInVllm, aiperf: gapsInAiperf },
  totalLatencyMs: {
    guidellm: '`request_latency`: the end of the stream, by the wall clock',
    otel: '`gen_ai.client.operation.duration`, in s',
  },
  e2eMs: {
    vllm: '`latency`, E2EL: the latest token stamp, the finish chunk included',
    aiperf: '`request_latency`: the last content',
  },
  stallCount: {},
  stallMs: {},
  inputTps: {
    aiperf: '`prefill_throughput`: the whole input sequence / TTFT',
  },
}
