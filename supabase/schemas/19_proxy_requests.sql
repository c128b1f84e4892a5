-- What the proxy measured of traffic that passed through it: a row for each request for some weeks, and
-- rollups by the minute for ever. Never mixed with probes. src/core/proxy-record.ts has the words.

-- Headers and addresses are never kept, and texts only in proxy_texts. Stamps are ms after received_at.
create table if not exists public.proxy_requests (
  id uuid primary key,
  received_at timestamptz not null check (isfinite(received_at)),
  -- What kind of measurement this is, for whoever joins it with others.
  source text not null default 'proxy' check (source = 'proxy'),
  path text not null check (path in ('chat', 'completions')),
  provider text not null
    constraint proxy_requests_provider_length check (octet_length(provider) <= 200),
  host text not null constraint proxy_requests_host_length check (octet_length(host) <= 400),
  synthetic boolean not null,
  model_asked text not null
    constraint proxy_requests_model_asked_length check (octet_length(model_asked) <= 1000),
  model_answered text
    constraint proxy_requests_model_answered_length check (octet_length(model_answered) <= 1000),
  client text constraint proxy_requests_client_length check (octet_length(client) <= 200),
  region text not null constraint proxy_requests_region_length check (octet_length(region) <= 200),
  -- Whose key went upstream: the client's own, or ours.
  key_mode text not null check (key_mode in ('pass-through', 'held')),
  stream boolean not null,
  reasoning text constraint proxy_requests_reasoning_length check (octet_length(reasoning) <= 200),
  -- How often the client's SDK had tried before.
  attempt integer,
  -- What the client got, and what the upstream answered.
  status integer,
  upstream_status integer,
  success boolean not null,
  error_kind text check (error_kind in (
    'timeout_connect', 'timeout_first_token', 'timeout_idle', 'timeout_total',
    'dns', 'connect', 'tls', 'reset',
    'truncated', 'malformed', 'empty', 'error_in_stream', 'overloaded', 'server_error',
    'auth', 'quota', 'rate_limited',
    'model_not_found', 'bad_request', 'context_exceeded', 'budget_exhausted',
    'content_filter',
    'aborted', 'self')),
  fault_domain text check (
    fault_domain in ('provider', 'account', 'config', 'excluded', 'self')),
  error_code text constraint proxy_requests_error_code_length check (octet_length(error_code) <= 500),
  -- The phase in which the client left: no failure of anybody.
  client_left text check (
    client_left in ('body', 'connecting', 'headers', 'first_token', 'streaming', 'paused')),
  finish_reason text
    constraint proxy_requests_finish_reason_length check (octet_length(finish_reason) <= 500),
  body_ms double precision,
  sent_ms double precision,
  connect_ms double precision,
  reused boolean not null,
  headers_ms double precision,
  first_event_ms double precision,
  first_token_ms double precision,
  first_answer_ms double precision,
  last_token_ms double precision,
  upstream_end_ms double precision,
  first_written_ms double precision,
  last_written_ms double precision,
  end_ms double precision not null,
  overhead_before_ms double precision,
  overhead_first_ms double precision,
  client_stalled_ms double precision not null,
  -- Metrics by the formulas of probes, from sent_ms on.
  ttfb_ms double precision,
  ttft_ms double precision,
  ttfa_ms double precision,
  tps double precision,
  itl_p50_ms double precision,
  itl_p95_ms double precision,
  total_latency_ms double precision not null,
  input_tokens integer,
  output_tokens integer,
  reasoning_tokens integer,
  cached_tokens integer,
  cache_write_tokens integer,
  token_source text check (token_source in ('usage', 'tokenizer', 'events')),
  cost_usd double precision,
  cost_source text check (cost_source in ('provider', 'price')),
  request_bytes bigint not null,
  response_bytes bigint not null,
  prompt_characters integer,
  max_tokens integer,
  event_count integer not null,
  injected_usage boolean not null,
  timing_quality text not null check (timing_quality in ('ok', 'degraded', 'untrusted')),
  timing_reasons text[] not null default '{}'
    constraint proxy_requests_timing_reasons_length check (octet_length(timing_reasons::text) <= 24000),
  lag_max_ms double precision,
  -- Each request is ok, left by its client, or a failure of somebody.
  constraint proxy_requests_failure_check
    check (success or client_left is not null or fault_domain is not null)
);
create index if not exists idx_proxy_requests_received_at
  on public.proxy_requests (received_at desc, id desc);
create index if not exists idx_proxy_requests_model
  on public.proxy_requests (provider, model_asked, received_at desc, id desc);

-- What was asked and answered, of requests whose texts are kept: none unless PROXY_CAPTURE says so. messages:
-- [{role, content}], the newest of them; what is no text is there by its size. Without keys.
create table if not exists public.proxy_texts (
  request_id uuid primary key references public.proxy_requests (id) on delete cascade,
  captured_at timestamptz not null check (isfinite(captured_at)),
  messages jsonb not null
    constraint proxy_texts_messages_size check (octet_length(messages::text) <= 1000000),
  answer_text text not null
    constraint proxy_texts_answer_text_length check (octet_length(answer_text) <= 65536),
  reasoning_text text not null
    constraint proxy_texts_reasoning_text_length check (octet_length(reasoning_text) <= 65536)
);
create index if not exists idx_proxy_texts_captured_at on public.proxy_texts (captured_at, request_id);

-- Of what a minute is the sum: requests that may be compared. model is the one that was asked for. client,
-- model and reasoning come from clients: what exceeds a number of labels a day is `other`. input_size: the
-- least uncached input tokens of its class (firsttoken.input_size); null if they are not known.
create table if not exists public.proxy_series (
  id integer generated always as identity primary key,
  provider text not null constraint proxy_series_provider_length check (octet_length(provider) <= 200),
  model text not null constraint proxy_series_model_length check (octet_length(model) <= 1000),
  host text not null constraint proxy_series_host_length check (octet_length(host) <= 400),
  synthetic boolean not null,
  client text constraint proxy_series_client_length check (octet_length(client) <= 200),
  input_size integer,
  stream boolean not null,
  reasoning text constraint proxy_series_reasoning_length check (octet_length(reasoning) <= 200),
  unique nulls not distinct (provider, model, host, synthetic, client, input_size, stream, reasoning)
);

-- n_requests is the sum of n_ok, n_client_left and the failures by whose fault they were. Samples are sorted,
-- which keeps percentiles exact for ever, and are of requests that succeeded and could be timed; tps and
-- latency not of those whose client did not read. Tokens, cost and bytes are of every request.
create table if not exists public.proxy_minutes (
  series_id integer not null references public.proxy_series (id) on delete cascade,
  bucket timestamptz not null,
  n_requests integer not null,
  n_ok integer not null,
  n_client_left integer not null,
  n_provider integer not null,
  n_account integer not null,
  n_config integer not null,
  n_excluded integer not null,
  n_self integer not null,
  n_untrusted integer not null,
  n_cost_unknown integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cached_tokens bigint not null,
  cost_usd numeric not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  -- Of so many requests that have it, in ms.
  n_overhead_before integer not null,
  overhead_before_sum numeric not null,
  n_overhead_first integer not null,
  overhead_first_sum numeric not null,
  -- {"<fault_domain>.<error_kind>": count}; null if nothing failed.
  errors jsonb,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (series_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_proxy_minutes_bucket on public.proxy_minutes (bucket);

-- The labels of the last days that rollups have by their own name.
create table if not exists firsttoken.proxy_labels (
  day date not null,
  kind text not null,
  label text not null,
  primary key (day, kind, label)
);
