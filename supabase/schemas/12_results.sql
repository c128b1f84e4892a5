-- Results, their raw timestamps, and calibrations. Milliseconds unless a name says otherwise; unknown is
-- null, never zero.

create table if not exists public.benchmark_results (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references public.runs (id) on delete cascade,
  provider_id uuid references public.providers (id) on delete set null,
  model_id uuid references public.models (id) on delete set null,
  provider text,
  model text,
  input_tokens integer,
  output_tokens integer,
  total_latency_ms double precision not null,
  ttft_ms double precision,
  tps double precision,
  status_code integer,
  success boolean not null default true,
  error_message text,
  response_text text,
  -- charged_usd if known, else computed_usd.
  cost_usd double precision,
  created_at timestamptz not null default now(),
  probe_id uuid unique references public.probes (id) on delete set null,
  target_id uuid references public.targets (id) on delete set null,
  started_at timestamptz,
  synthetic boolean not null default false,
  region text,
  iteration integer,
  series text,
  prompt_hash text,
  parameters jsonb,
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
  error_code text,
  finish_reason text,
  response_model text,
  request_id text,
  reasoning_tokens integer,
  cached_tokens integer,
  token_source text check (token_source in ('usage', 'tokenizer', 'events')),
  prices jsonb,
  cost_source text check (cost_source in ('provider', 'price')),
  dns_ms double precision,
  tcp_ms double precision,
  tls_ms double precision,
  connect_ms double precision,
  ttfb_ms double precision,
  cold_ttft_ms double precision,
  ttfa_ms double precision,
  tpot_ms double precision,
  itl_p50_ms double precision,
  itl_p95_ms double precision,
  itl_max_ms double precision,
  e2e_ms double precision,
  stall_count integer,
  stall_ms double precision,
  input_tps double precision,
  server_timings jsonb,
  response_bytes integer,
  event_count integer,
  timing_quality text check (timing_quality in ('ok', 'degraded', 'untrusted')),
  timing_reasons text[],
  lag_max_ms double precision,
  lag_p99_ms double precision,
  lag_first_token_ms double precision,
  events_per_read double precision,
  tokens_per_event double precision,
  content_encoding text,
  http_version text,
  queue_ms double precision,
  formula_version integer,
  cache_write_tokens integer,
  charged_usd double precision,
  computed_usd double precision,
  -- The result that this one rechecks.
  confirms uuid,
  -- The fault domain before the run was found to be our own outage.
  fault_domain_was text,
  rate_limits jsonb,
  retry_after_ms double precision,
  -- What was odd about the answer and is no failure.
  notes text[],
  -- Our own calls loaded the provider meanwhile, or it only warmed it up: neither sample nor ok nor failure.
  own_load boolean not null default false,
  warmup boolean not null default false,
  -- The size that filler brought the prompt to: asked, and as our tokenizer counts. input_tokens is billed.
  context_tokens integer,
  context_tokens_counted integer,
  -- Of a sweep: the level, from 0, when the call was to be sent, and how much later it was; the last two are
  -- null in a closed loop. What has a level is in no statistic but those of its run.
  level integer,
  scheduled_at timestamptz,
  late_ms double precision,
  -- Made in a maintenance window: as with own_load and warmup, neither sample nor ok nor failure.
  maintenance boolean not null default false
);
create index if not exists idx_benchmark_results_run_id on public.benchmark_results (run_id);
create index if not exists idx_benchmark_results_provider_id on public.benchmark_results (provider_id);
create index if not exists idx_benchmark_results_model_id on public.benchmark_results (model_id);
create index if not exists idx_benchmark_results_provider on public.benchmark_results (provider);
create index if not exists idx_benchmark_results_model on public.benchmark_results (model);
create index if not exists idx_benchmark_results_created_at on public.benchmark_results (created_at);
create index if not exists idx_benchmark_results_target_id
  on public.benchmark_results (target_id, created_at desc);
-- What is asked of a target all the time passes by its sweeps, which may have 100,000 results each.
create index if not exists idx_benchmark_results_target_calls
  on public.benchmark_results (target_id, created_at desc) where level is null;
create index if not exists idx_benchmark_results_confirms on public.benchmark_results (confirms)
  where confirms is not null;
-- Failures are few, so these stay small: those of a target, its latest without sweeps, and the latest of all.
create index if not exists idx_benchmark_results_target_failures
  on public.benchmark_results (target_id, created_at desc) where not success;
create index if not exists idx_benchmark_results_target_call_failures
  on public.benchmark_results (target_id, created_at desc) where not success and level is null;
create index if not exists idx_benchmark_results_failures on public.benchmark_results (created_at desc)
  where not success;
-- Which kinds of failures a run has.
create index if not exists idx_benchmark_results_run_failures
  on public.benchmark_results (run_id, error_kind) where not success;
-- Results that still have their text: only recent ones if texts are pruned.
create index if not exists idx_benchmark_results_texts on public.benchmark_results (created_at)
  where response_text is not null;

-- The raw timestamps of a probe, compressed; src/store/timeline.ts has the format.
create table if not exists public.timelines (
  result_id uuid primary key references public.benchmark_results (id) on delete cascade,
  version integer not null,
  data bytea not null
);

-- How exactly each machine measures, as scripts/calibrate.ts found it.
create table if not exists public.calibrations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  host text not null,
  node_version text not null,
  concurrency integer not null check (concurrency > 0),
  streams integer not null,
  chunks integer not null,
  threads integer not null,
  ttft_p50_ms double precision not null,
  ttft_p95_ms double precision not null,
  ttft_p99_ms double precision not null,
  chunk_p50_ms double precision not null,
  chunk_p95_ms double precision not null,
  chunk_p99_ms double precision not null
);
create index if not exists idx_calibrations_latest
  on public.calibrations (host, concurrency, created_at desc);
