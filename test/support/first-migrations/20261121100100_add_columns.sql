-- What runs, targets and measurements need beyond the five tables. Milliseconds unless a name says otherwise.

alter table public.providers
  add column if not exists slug text unique,
  add column if not exists synthetic boolean not null default false;

alter table public.models
  add column if not exists available boolean,
  add column if not exists last_seen_at timestamptz;

alter table public.prices
  add column if not exists cached_price_per_m double precision,
  add column if not exists reasoning_price_per_m double precision,
  add column if not exists source text;
create index if not exists idx_prices_model_id_timestamp on public.prices (model_id, "timestamp" desc);

alter table public.runs
  add column if not exists schedule text,
  add column if not exists slot timestamptz,
  add column if not exists mode text not null default 'multi',
  add column if not exists status text not null default 'running'
    check (status in ('running', 'finished', 'cancelled', 'abandoned')),
  add column if not exists region text not null default 'local',
  add column if not exists synthetic boolean not null default false,
  add column if not exists settings jsonb not null default '{}',
  add column if not exists n_probes integer not null default 0,
  add column if not exists n_succeeded integer not null default 0,
  add column if not exists n_failed integer not null default 0,
  add column if not exists n_skipped integer not null default 0;
create unique index if not exists runs_schedule_slot_key on public.runs (schedule, slot);
create index if not exists idx_runs_started_at on public.runs (started_at desc);
-- Rows from before `status`.
update public.runs set status = 'finished' where status = 'running' and finished_at is not null;

create table if not exists public.targets (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  parameters jsonb not null,
  region text,
  -- true: in every run; false: switched off by a person; null: called by hand only, nobody has decided.
  active boolean default true,
  created_at timestamptz not null default now(),
  unique nulls not distinct (model_id, parameters, region)
);
create index if not exists idx_targets_provider_id on public.targets (provider_id);

create table if not exists public.probes (
  id uuid primary key,
  run_id uuid not null references public.runs (id) on delete cascade,
  target_id uuid not null references public.targets (id) on delete cascade,
  result_id uuid not null unique,
  ordinal integer not null,
  iteration integer not null,
  region text not null,
  series text not null,
  price jsonb,
  status text not null default 'planned' check (status in ('planned', 'claimed', 'done', 'failed', 'skipped')),
  claims integer not null default 0,
  claim_id uuid,
  lease_owner text,
  lease_until timestamptz,
  skip_reason text,
  confirms uuid references public.probes (id) on delete set null,
  unique (run_id, ordinal),
  unique (run_id, claim_id)
);
create index if not exists idx_probes_open on public.probes (run_id, region, ordinal) where status in ('planned', 'claimed');
create index if not exists idx_probes_target_id on public.probes (target_id);
create index if not exists idx_probes_confirms on public.probes (confirms) where confirms is not null;

alter table public.benchmark_results
  add column if not exists probe_id uuid unique references public.probes (id) on delete set null,
  add column if not exists target_id uuid references public.targets (id) on delete set null,
  add column if not exists started_at timestamptz,
  add column if not exists synthetic boolean not null default false,
  add column if not exists region text,
  add column if not exists iteration integer,
  add column if not exists series text,
  add column if not exists prompt_hash text,
  add column if not exists parameters jsonb,
  add column if not exists error_kind text check (error_kind in (
    'timeout_connect', 'timeout_first_token', 'timeout_idle', 'timeout_total', 'dns', 'connect', 'tls', 'reset',
    'truncated', 'malformed', 'empty', 'error_in_stream', 'overloaded', 'server_error',
    'auth', 'quota', 'rate_limited',
    'model_not_found', 'bad_request', 'context_exceeded', 'budget_exhausted',
    'content_filter',
    'aborted', 'self')),
  add column if not exists fault_domain text
    check (fault_domain in ('provider', 'account', 'config', 'excluded', 'self')),
  add column if not exists error_code text,
  add column if not exists finish_reason text,
  add column if not exists response_model text,
  add column if not exists request_id text,
  add column if not exists reasoning_tokens integer,
  add column if not exists cached_tokens integer,
  add column if not exists token_source text check (token_source in ('usage', 'tokenizer', 'events')),
  add column if not exists prices jsonb,
  add column if not exists cost_source text check (cost_source in ('provider', 'price')),
  add column if not exists dns_ms double precision,
  add column if not exists tcp_ms double precision,
  add column if not exists tls_ms double precision,
  add column if not exists connect_ms double precision,
  add column if not exists ttfb_ms double precision,
  add column if not exists cold_ttft_ms double precision,
  add column if not exists ttfa_ms double precision,
  add column if not exists tpot_ms double precision,
  add column if not exists itl_p50_ms double precision,
  add column if not exists itl_p95_ms double precision,
  add column if not exists itl_max_ms double precision,
  add column if not exists e2e_ms double precision,
  add column if not exists stall_count integer,
  add column if not exists stall_ms double precision,
  add column if not exists input_tps double precision,
  add column if not exists server_timings jsonb,
  add column if not exists response_bytes integer,
  add column if not exists event_count integer,
  add column if not exists timing_quality text check (timing_quality in ('ok', 'degraded', 'untrusted')),
  add column if not exists timing_reasons text[],
  add column if not exists lag_max_ms double precision,
  add column if not exists lag_p99_ms double precision,
  add column if not exists lag_first_token_ms double precision,
  add column if not exists events_per_read double precision,
  add column if not exists tokens_per_event double precision,
  add column if not exists content_encoding text,
  add column if not exists http_version text,
  add column if not exists queue_ms double precision,
  add column if not exists formula_version integer;
create index if not exists idx_benchmark_results_target_id on public.benchmark_results (target_id, created_at desc);

-- The raw timestamps of a probe, compressed: src/store/timeline.ts says how.
create table if not exists public.timelines (
  result_id uuid primary key references public.benchmark_results (id) on delete cascade,
  version integer not null,
  data bytea not null
);
