-- The whole schema. Generated from supabase/schemas and supabase/upgrade; do not edit. It can be run again.

-- ---- 00_functions.sql

-- Moves the functions of the first 22 migrations out of the schema public, unless they are the API. Most are
-- dropped and created again later, under new names; what views and triggers depend on is moved.
do $$
declare
  -- With their arguments: a function of another application may have the same name.
  former constant text[] := array[
    'public.add_counts(jsonb,jsonb)', 'public.add_day(public.rollups_hourly)',
    'public.add_hour(public.rollups_hourly)', 'public.add_samples(public.rollups_hourly)',
    'public.add_to_rollups(uuid)', 'public.after_delete_of_results()', 'public.after_insert_of_results()',
    'public.after_truncate_of_results()', 'public.after_update_of_results()',
    'public.check_keys(jsonb,text,text[])', 'public.check_name(jsonb,text)', 'public.check_price(jsonb)',
    'public.close_abandoned()', 'public.close_day(timestamp with time zone)',
    'public.close_probe(uuid,boolean)', 'public.close_run(uuid,text)',
    'public.count_hours(timestamp with time zone,timestamp with time zone)', 'public.count_run(uuid)',
    'public.coverage(text)', 'public.delete_final(integer)',
    'public.describe_assignment(public.probes,public.runs)', 'public.describe_model(public.models)',
    'public.describe_price(public.prices)', 'public.describe_run(public.runs)',
    'public.describe_timeline(uuid)',
    'public.gather_samples(timestamp with time zone,timestamp with time zone)',
    'public.get_or_create_model(uuid,text)', 'public.get_or_create_provider(jsonb)',
    'public.get_or_create_track(public.rollup_input)', 'public.get_provider(jsonb)',
    'public.get_run(uuid)', 'public.heed_limit(jsonb)', 'public.hour_of(public.rollup_input)',
    'public.insert_probes(uuid,jsonb)', 'public.insert_result(jsonb)',
    'public.insert_timeline(uuid,jsonb)', 'public.is_open_for(public.runs,text)', 'public.is_rate(jsonb)',
    'public.lock_days(timestamp with time zone,timestamp with time zone,boolean)', 'public.made_at(jsonb)',
    'public.make_tracks(timestamp with time zone,timestamp with time zone)',
    'public.open_probes(uuid,text)', 'public.percentile_of(real[],double precision)',
    'public.prune_texts(timestamp with time zone,integer)',
    'public.published_percentile(real[],double precision)', 'public.read_parameters(jsonb)',
    'public.rebuild_range(timestamp with time zone,timestamp with time zone)',
    'public.rebuild_touched(timestamp with time zone[],uuid[])', 'public.relabel_own_outage(uuid)',
    'public.reserve(public.probes)', 'public.resolve_result(jsonb)', 'public.sample_blocks(text)',
    'public.save_models(uuid,jsonb)', 'public.save_planned_price(uuid,jsonb)',
    'public.save_price(uuid,jsonb)', 'public.save_targets(jsonb,boolean)', 'public.settle(uuid,jsonb)',
    'public.student_t(integer)', 'public.sum_hours(timestamp with time zone,timestamp with time zone)',
    'public.summarise(text)', 'public.summarise_counts(text)', 'public.summarise_samples(text)',
    'public.switch_targets(uuid,text,text)', 'public.take_region(uuid,jsonb)',
    'public.why_skip(public.runs,public.probes,jsonb)', 'public.with_sample(real[],real)'
  ];
  former_function record;
begin
  -- A new database or one with the five tables of an earlier installation; or one that is past this.
  if to_regclass('public.targets') is null
      or to_regprocedure('firsttoken.describe_run(public.runs)') is not null then
    return;
  end if;
  if not exists (
      select from pg_catalog.pg_proc
      where oid = to_regprocedure('public.list_results(jsonb)')
        and 'plan_cache_mode=force_custom_plan' = any (proconfig)) then
    raise exception using errcode = '55000',
      message = 'this database has only some of the first 22 migrations: apply the rest with the version of '
        'firsttoken that has them (pnpm tsx scripts/migrate.ts), then try again';
  end if;
  create schema if not exists firsttoken;
  for former_function in
    select p.oid::regprocedure as signature, exists (
      select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid and d.deptype = 'n'
    ) as is_needed
    from unnest(former) signature join pg_catalog.pg_proc p on p.oid = to_regprocedure(signature)
    where p.proconfig @> array['search_path=""']
  loop
    if former_function.is_needed then
      execute format('alter function %s set schema firsttoken', former_function.signature);
    else
      execute format('drop function %s', former_function.signature);
    end if;
  end loop;
  alter view public.rollup_input set schema firsttoken;
end $$;

-- ---- 10_providers.sql

-- Providers, their models, what those cost, and what is benchmarked. Everything that is not the API of the
-- database lives in the schema firsttoken, which PostgREST does not expose.

create schema if not exists firsttoken;

create table if not exists public.providers (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  base_url text,
  logo_url text,
  created_at timestamptz not null default now(),
  slug text unique,
  synthetic boolean not null default false,
  -- Until when the provider asked us to pause.
  penalty_until timestamptz
);
alter table public.providers
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists name text not null unique,
  add column if not exists base_url text,
  add column if not exists logo_url text,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists slug text unique,
  add column if not exists synthetic boolean not null default false,
  add column if not exists penalty_until timestamptz;
create index if not exists idx_providers_name on public.providers (name);

create table if not exists public.models (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  provider_id uuid not null references public.providers (id) on delete cascade,
  context_window integer,
  created_at timestamptz not null default now(),
  available boolean,
  last_seen_at timestamptz,
  display_name text,
  type text check (type in (
    'chat', 'responses', 'completion', 'embedding', 'rerank', 'moderation', 'image', 'video', 'audio',
    'other')),
  output_limit integer,
  input_modalities text[],
  output_modalities text[],
  supported_parameters text[],
  deprecated_on date,
  shutdown_on date,
  left_at timestamptz,
  unique (name, provider_id)
);
alter table public.models
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists name text not null,
  add column if not exists provider_id uuid not null references public.providers (id) on delete cascade,
  add column if not exists context_window integer,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists available boolean,
  add column if not exists last_seen_at timestamptz,
  add column if not exists display_name text,
  add column if not exists type text check (type in (
    'chat', 'responses', 'completion', 'embedding', 'rerank', 'moderation', 'image', 'video', 'audio',
    'other')),
  add column if not exists output_limit integer,
  add column if not exists input_modalities text[],
  add column if not exists output_modalities text[],
  add column if not exists supported_parameters text[],
  add column if not exists deprecated_on date,
  add column if not exists shutdown_on date,
  add column if not exists left_at timestamptz;
create index if not exists idx_models_provider_id on public.models (provider_id);
create index if not exists idx_models_name on public.models (name);

-- The price history: a row for every change. src/core/price.ts applies a price.
create table if not exists public.prices (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  input_price_per_m double precision not null,
  output_price_per_m double precision not null,
  "timestamp" timestamptz not null default now(),
  cached_price_per_m double precision,
  reasoning_price_per_m double precision,
  source text,
  cache_write_price_per_m double precision,
  -- [{over_input_tokens, from_utc, to_utc, and the rates that apply then}]; the later entry wins.
  overrides jsonb not null default '[]',
  -- The day or moment the source describes.
  as_of timestamptz,
  -- Ends a price that nothing replaces.
  valid_until timestamptz
);
alter table public.prices
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists provider_id uuid not null references public.providers (id) on delete cascade,
  add column if not exists model_id uuid not null references public.models (id) on delete cascade,
  add column if not exists input_price_per_m double precision not null,
  add column if not exists output_price_per_m double precision not null,
  add column if not exists "timestamp" timestamptz not null default now(),
  add column if not exists cached_price_per_m double precision,
  add column if not exists reasoning_price_per_m double precision,
  add column if not exists source text,
  add column if not exists cache_write_price_per_m double precision,
  add column if not exists overrides jsonb not null default '[]',
  add column if not exists as_of timestamptz,
  add column if not exists valid_until timestamptz;
create index if not exists idx_prices_provider_id on public.prices (provider_id);
create index if not exists idx_prices_model_id on public.prices (model_id);
create index if not exists idx_prices_timestamp on public.prices ("timestamp");
create index if not exists idx_prices_model_id_timestamp on public.prices (model_id, "timestamp" desc);

-- What is benchmarked. active: true, in every run; false, switched off by hand; null, so far only called by
-- hand.
create table if not exists public.targets (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  parameters jsonb not null,
  region text,
  active boolean default true,
  created_at timestamptz not null default now(),
  unique nulls not distinct (model_id, parameters, region)
);
create index if not exists idx_targets_provider_id on public.targets (provider_id);

-- One row for each provider that was asked for its models.
create table if not exists public.syncs (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  triggered_by text not null,
  status text not null check (status in ('saved', 'refused', 'failed')),
  reason text,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  n_listed integer not null default 0,
  n_chat integer not null default 0,
  n_unreadable integer not null default 0,
  n_added integer not null default 0,
  n_left integer not null default 0,
  n_returned integer not null default 0,
  n_changed integer not null default 0,
  n_prices integer not null default 0,
  n_conflicts integer not null default 0,
  n_leaving integer not null default 0,
  n_unpriced integer not null default 0,
  -- {added, left, returned, changed: [model], prices: [{model, before, price}],
  -- conflicts: [{model, chosen, other, gap}], leaving: [{target, shutdown_on, successor, healed}]}
  details jsonb not null default '{}'
);
create index if not exists idx_syncs_provider_id_started_at on public.syncs (provider_id, started_at desc);
create index if not exists idx_syncs_started_at on public.syncs (started_at desc);

-- ---- 11_runs.sql

-- Runs, who works on them, their probes, and what the calls of a day cost.

create table if not exists public.runs (
  id uuid primary key default gen_random_uuid(),
  run_name text not null,
  triggered_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  schedule text,
  slot timestamptz,
  mode text not null default 'multi',
  status text not null default 'running'
    check (status in ('running', 'finished', 'cancelled', 'abandoned', 'missed')),
  region text not null default 'local',
  synthetic boolean not null default false,
  settings jsonb not null default '{}',
  n_probes integer not null default 0,
  n_succeeded integer not null default 0,
  n_failed integer not null default 0,
  n_skipped integer not null default 0,
  -- Probes that have not begun by then are skipped: the next slot.
  late_at timestamptz,
  -- Why a run was missed or abandoned, or does not count against a provider.
  status_reason text
);
alter table public.runs
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists run_name text not null,
  add column if not exists triggered_by text not null,
  add column if not exists started_at timestamptz not null default now(),
  add column if not exists finished_at timestamptz,
  add column if not exists schedule text,
  add column if not exists slot timestamptz,
  add column if not exists mode text not null default 'multi',
  add column if not exists status text not null default 'running'
    check (status in ('running', 'finished', 'cancelled', 'abandoned', 'missed')),
  add column if not exists region text not null default 'local',
  add column if not exists synthetic boolean not null default false,
  add column if not exists settings jsonb not null default '{}',
  add column if not exists n_probes integer not null default 0,
  add column if not exists n_succeeded integer not null default 0,
  add column if not exists n_failed integer not null default 0,
  add column if not exists n_skipped integer not null default 0,
  add column if not exists late_at timestamptz,
  add column if not exists status_reason text;
-- One run per schedule and slot.
create unique index if not exists runs_schedule_slot_key on public.runs (schedule, slot);
create index if not exists idx_runs_started_at on public.runs (started_at desc);
create index if not exists idx_runs_running on public.runs (started_at) where status = 'running';
-- For read_health, which anyone can call through /api/health: one index lookup, however many runs there are.
create index if not exists idx_runs_schedule_finished_at on public.runs (schedule, finished_at desc)
  where status = 'finished';

-- A run has one worker per region at a time, which holds the lease of the region.
create table if not exists public.run_workers (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null,
  owner text not null,
  lease_until timestamptz not null,
  primary key (run_id, region)
);

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
  status text not null default 'planned'
    check (status in ('planned', 'claimed', 'done', 'failed', 'skipped')),
  claims integer not null default 0,
  claim_id uuid,
  lease_owner text,
  lease_until timestamptz,
  skip_reason text,
  -- The probe that this one rechecks.
  confirms uuid references public.probes (id) on delete set null,
  -- Reserved when the probe is claimed, and replaced by the actual cost; input_usd is the part that a failed
  -- call may have cost too.
  estimate_usd double precision,
  input_usd double precision,
  reserved_usd double precision,
  reserved_on date,
  unique (run_id, ordinal),
  unique (run_id, claim_id)
);
create index if not exists idx_probes_open on public.probes (run_id, region, ordinal)
  where status in ('planned', 'claimed');
create index if not exists idx_probes_target_id on public.probes (target_id);
create index if not exists idx_probes_confirms on public.probes (confirms) where confirms is not null;

-- What the calls of a day (UTC) cost, or may cost while they are in progress.
create table if not exists public.spending (
  day date primary key,
  usd double precision not null default 0
);

-- ---- 12_results.sql

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
  retry_after_ms double precision
);
alter table public.benchmark_results
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists run_id uuid not null references public.runs (id) on delete cascade,
  add column if not exists provider_id uuid references public.providers (id) on delete set null,
  add column if not exists model_id uuid references public.models (id) on delete set null,
  add column if not exists provider text,
  add column if not exists model text,
  add column if not exists input_tokens integer,
  add column if not exists output_tokens integer,
  add column if not exists total_latency_ms double precision not null,
  add column if not exists ttft_ms double precision,
  add column if not exists tps double precision,
  add column if not exists status_code integer,
  add column if not exists success boolean not null default true,
  add column if not exists error_message text,
  add column if not exists response_text text,
  add column if not exists cost_usd double precision,
  add column if not exists created_at timestamptz not null default now(),
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
    'timeout_connect', 'timeout_first_token', 'timeout_idle', 'timeout_total',
    'dns', 'connect', 'tls', 'reset',
    'truncated', 'malformed', 'empty', 'error_in_stream', 'overloaded', 'server_error',
    'auth', 'quota', 'rate_limited',
    'model_not_found', 'bad_request', 'context_exceeded', 'budget_exhausted',
    'content_filter',
    'aborted', 'self')),
  add column if not exists fault_domain text check (
    fault_domain in ('provider', 'account', 'config', 'excluded', 'self')),
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
  add column if not exists formula_version integer,
  add column if not exists cache_write_tokens integer,
  add column if not exists charged_usd double precision,
  add column if not exists computed_usd double precision,
  add column if not exists confirms uuid,
  add column if not exists fault_domain_was text,
  add column if not exists rate_limits jsonb,
  add column if not exists retry_after_ms double precision;
create index if not exists idx_benchmark_results_run_id on public.benchmark_results (run_id);
create index if not exists idx_benchmark_results_provider_id on public.benchmark_results (provider_id);
create index if not exists idx_benchmark_results_model_id on public.benchmark_results (model_id);
create index if not exists idx_benchmark_results_provider on public.benchmark_results (provider);
create index if not exists idx_benchmark_results_model on public.benchmark_results (model);
create index if not exists idx_benchmark_results_created_at on public.benchmark_results (created_at);
create index if not exists idx_benchmark_results_target_id
  on public.benchmark_results (target_id, created_at desc);
create index if not exists idx_benchmark_results_confirms on public.benchmark_results (confirms)
  where confirms is not null;
-- Failures are few, so these two stay small: the latest of a target, and the latest of all.
create index if not exists idx_benchmark_results_target_failures
  on public.benchmark_results (target_id, created_at desc) where not success;
create index if not exists idx_benchmark_results_failures on public.benchmark_results (created_at desc)
  where not success;
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

-- ---- 13_rollups.sql

-- History that stays cheap to query however many results there are: hourly and daily rollups with the samples
-- themselves, leaderboards, and how far raw rows are pruned.

-- A line of a chart: a target in one region and one series. It keeps the names, so that history outlives the
-- target; target_id is null if a result has no target (any more).
create table if not exists public.tracks (
  id integer generated always as identity primary key,
  target_id uuid,
  provider text,
  model text,
  series text,
  region text,
  synthetic boolean not null,
  unique nulls not distinct (target_id, provider, model, series, region, synthetic)
);

-- n_calls, n_answers (calls that succeeded), n_cost_unknown of these, tokens and cost_usd count every call.
-- The other counts exclude rechecks: n_ok succeeded, n_provider to n_self failed, by fault domain; n_cleared
-- of n_provider succeeded when rechecked; n_untrusted of n_ok were not timed well enough to be samples.
-- Samples are sorted, which keeps percentiles exact forever. Sums are numeric, so they do not depend on the
-- order of adding.
create table if not exists public.rollups_hourly (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_calls integer not null,
  n_answers integer not null,
  n_ok integer not null,
  n_provider integer not null,
  n_cleared integer not null,
  n_account integer not null,
  n_config integer not null,
  n_excluded integer not null,
  n_self integer not null,
  n_untrusted integer not null,
  n_cost_unknown integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_usd numeric not null,
  ttft_sum numeric not null,
  ttfa_sum numeric not null,
  tps_sum numeric not null,
  latency_sum numeric not null,
  -- {"<fault_domain>.<error_kind>": count}; null if nothing failed.
  errors jsonb,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_rollups_hourly_bucket on public.rollups_hourly (bucket);

-- The sums of the hours of a day (UTC). The samples have a table of their own: at 96 a day they are ten times
-- as large as the counts, which questions about the whole history scan.
create table if not exists public.rollups_daily (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_calls integer not null,
  n_answers integer not null,
  n_ok integer not null,
  n_provider integer not null,
  n_cleared integer not null,
  n_account integer not null,
  n_config integer not null,
  n_excluded integer not null,
  n_self integer not null,
  n_untrusted integer not null,
  n_cost_unknown integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_usd numeric not null,
  n_ttft integer not null,
  n_ttfa integer not null,
  n_tps integer not null,
  n_latency integer not null,
  ttft_sum numeric not null,
  ttfa_sum numeric not null,
  tps_sum numeric not null,
  latency_sum numeric not null,
  errors jsonb,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_rollups_daily_bucket on public.rollups_daily (bucket);

create table if not exists public.samples_daily (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (track_id, bucket)
) with (fillfactor = 70);
create index if not exists idx_samples_daily_bucket on public.samples_daily (bucket);

-- Raw rows before pruned_until are deleted or about to be, so rollups before it are final. One row.
create table if not exists public.retention (
  only_row boolean primary key default true check (only_row),
  pruned_until timestamptz not null default '-infinity'
);
insert into public.retention default values on conflict do nothing;

-- The leaderboards: a row for a period, a metric and a track. value is what is ranked: the median (ttft, ttfa
-- and latency in ms, tps), the percentage of checks that no provider failed (uptime), dollars per answer
-- (cost). low and high bound it with 95 % confidence. rank and rank_to are null if there are too few samples
-- to publish.
create table if not exists public.target_summary (
  period text not null check (period in ('24h', '7d', '30d')),
  metric text not null,
  track_id integer not null references public.tracks (id) on delete cascade,
  n integer not null,
  n_hours integer not null,
  n_days integer not null,
  value double precision,
  low double precision,
  high double precision,
  mean double precision,
  sd double precision,
  p90 double precision,
  p95 double precision,
  p99 double precision,
  rank integer,
  rank_to integer,
  refreshed_at timestamptz not null,
  primary key (period, metric, track_id)
);
create index if not exists idx_target_summary_track_id on public.target_summary (track_id);

-- ---- 15_rows.sql

-- Rows and constraints of earlier versions. Every statement changes nothing the second time.

-- Unknown is not zero.
alter table public.benchmark_results
  alter column input_tokens drop not null,
  alter column output_tokens drop not null,
  alter column cost_usd drop not null;

-- The metrics of leaderboards are listed in one function only.
alter table public.target_summary drop constraint if exists target_summary_metric_check;

-- Runs from before the column status.
update public.runs set status = 'finished' where status = 'running' and finished_at is not null;

-- Rows that break the checks on prices and targets could not be updated later: prices are ended, targets
-- deactivated.
update public.prices set valid_until = now()
  where (valid_until is null or valid_until > now()) and not (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and coalesce(cached_price_per_m >= 0 and cached_price_per_m < 'Infinity', true)
    and coalesce(cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity', true)
    and coalesce(reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity', true)
    and jsonb_typeof(overrides) = 'array');
update public.targets set active = false
  where active is distinct from false and parameters ? 'max_tokens' and not
    case jsonb_typeof(parameters -> 'max_tokens')
      when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end;

-- ---- 20_statistics.sql

-- Statistics on sorted samples, counts as JSON, and the start of a leaderboard period.

-- Inserts a value into a sorted array; returns the array unchanged if the value is null. width_bucket is a
-- binary search.
create or replace function firsttoken.with_sample(sorted real[], value real) returns real[]
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  place integer;
begin
  if value is null then
    return sorted;
  end if;
  place := width_bucket(value, sorted);
  return sorted[:place] || value || sorted[place + 1:];
end $$;

-- Adds counters: {"a": 1} and {"a": 2, "b": 1} give {"a": 3, "b": 1}. Null means no counters.
create or replace function firsttoken.add_counts(one jsonb, other jsonb) returns jsonb
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  if one is null or other is null then
    return coalesce(one, other);
  end if;
  return (
    select jsonb_object_agg(added.key, added.n)
    from (
      select counted.key, sum(counted.value::integer) as n
      from (select * from jsonb_each_text(one) union all select * from jsonb_each_text(other)) counted
      group by counted.key) added);
end $$;

-- A percentile (fraction from 0 to 1) of sorted samples, interpolated linearly as percentile_cont does. Null
-- if there are no samples.
create or replace function firsttoken.percentile_of(sorted real[], fraction double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  place constant double precision := 1 + fraction * (cardinality(sorted) - 1);
  below constant integer := floor(place);
begin
  return sorted[below]::double precision
    + coalesce((sorted[below + 1]::double precision - sorted[below]) * (place - below), 0);
end $$;

-- A percentile that may be ranked or kept: from p90 up it is null if there are too few samples, 29 for p90,
-- 59 for p95, 299 for p99. With that many, one sample lies above the true percentile with 95 % confidence
-- (fraction ^ n <= 0.05).
create or replace function firsttoken.published_percentile(sorted real[], fraction double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  if fraction < 0.9 or cardinality(sorted) * ln(fraction) <= ln(0.05) then
    return firsttoken.percentile_of(sorted, fraction);
  end if;
  return null;
end $$;

-- The 97.5 % quantile of Student's t distribution, by the Cornish-Fisher expansion (Abramowitz and Stegun,
-- 26.7.5): within 1 % from 3 degrees of freedom up, null below.
create or replace function firsttoken.student_t(df integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select z + (z ^ 3 + z) / (4 * d) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * d ^ 2)
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * d ^ 3)
  from (
    select 1.959963984540054::double precision as z, case when df >= 3 then df end::double precision as d
  ) given
$$;

-- The start of a period: 24 whole hours before the current hour, or 7 or 30 whole days (UTC) before today.
create or replace function public.period_start(period text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select case period
    when '24h' then date_trunc('hour', now(), 'UTC') - interval '24 hours'
    when '7d' then date_trunc('day', now(), 'UTC') - interval '168 hours'
    when '30d' then date_trunc('day', now(), 'UTC') - interval '720 hours' end
$$;

-- ---- 21_providers_and_models.sql

-- Finding and creating providers, models and targets.

-- in: {slug, name, base_url, logo_url, synthetic}. Creates or updates the provider and returns its id. A row
-- from before slugs existed is adopted by its name; if another provider has the name, the slug is appended to
-- it.
create or replace function firsttoken.get_or_create_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted public.providers := jsonb_populate_record(null::public.providers, input);
  provider_id uuid;
begin
  wanted.name := coalesce(wanted.name, wanted.slug);
  update public.providers p set slug = wanted.slug
    where p.slug is null and p.name = wanted.name
      and not exists (select from public.providers q where q.slug = wanted.slug);
  if exists (
      select from public.providers p where p.name = wanted.name and p.slug is distinct from wanted.slug) then
    wanted.name := format('%s (%s)', wanted.name, wanted.slug);
  end if;
  insert into public.providers (slug, name, base_url, logo_url, synthetic)
    values (wanted.slug, wanted.name, wanted.base_url, wanted.logo_url, coalesce(wanted.synthetic, false))
    on conflict do nothing;
  update public.providers p
    set base_url = coalesce(wanted.base_url, p.base_url),
      logo_url = coalesce(wanted.logo_url, p.logo_url),
      synthetic = coalesce(wanted.synthetic, p.synthetic)
    where p.slug = wanted.slug
      and (p.base_url, p.logo_url, p.synthetic) is distinct from (
        coalesce(wanted.base_url, p.base_url), coalesce(wanted.logo_url, p.logo_url),
        coalesce(wanted.synthetic, p.synthetic));
  select p.id into strict provider_id from public.providers p where p.slug = wanted.slug;
  return provider_id;
end $$;

-- in: {provider: slug, about: columns of providers, or none}. The id of the provider with this slug, created
-- from `about` if it does not exist. Without `about` a missing provider is an error.
create or replace function firsttoken.get_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted text := input ->> 'provider';
  provider_id uuid;
begin
  select p.id into provider_id from public.providers p where p.slug = wanted;
  if provider_id is null and jsonb_typeof(input -> 'about') = 'object' then
    provider_id := firsttoken.get_or_create_provider(input -> 'about');
  end if;
  if provider_id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: its first run or sync creates it',
        coalesce(wanted, 'without a name'));
  end if;
  return provider_id;
end $$;

create or replace function firsttoken.get_or_create_model(provider_id uuid, name text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  model_id uuid;
begin
  insert into public.models (provider_id, name)
    values (get_or_create_model.provider_id, get_or_create_model.name)
    on conflict do nothing;
  select m.id into strict model_id from public.models m
    where m.provider_id = get_or_create_model.provider_id and m.name = get_or_create_model.name;
  return model_id;
end $$;

-- Saves the models of a listing, [{model, columns of models}], and marks them available.
create or replace function firsttoken.save_models(provider_id uuid, listed jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.models as m (provider_id, name, display_name, type, context_window, output_limit,
      input_modalities, output_modalities, supported_parameters, deprecated_on, shutdown_on,
      available, last_seen_at)
    select save_models.provider_id, each ->> 'model', r.display_name, r.type, r.context_window,
        r.output_limit, r.input_modalities, r.output_modalities, r.supported_parameters, r.deprecated_on,
        r.shutdown_on, true, now()
      from jsonb_array_elements(listed) each, jsonb_populate_record(null::public.models, each) r
      order by each ->> 'model'
    on conflict (name, provider_id) do update set
      display_name = coalesce(excluded.display_name, m.display_name),
      type = excluded.type,
      context_window = coalesce(excluded.context_window, m.context_window),
      output_limit = coalesce(excluded.output_limit, m.output_limit),
      input_modalities = coalesce(excluded.input_modalities, m.input_modalities),
      output_modalities = coalesce(excluded.output_modalities, m.output_modalities),
      supported_parameters = coalesce(excluded.supported_parameters, m.supported_parameters),
      deprecated_on = excluded.deprecated_on,
      shutdown_on = excluded.shutdown_on,
      available = true,
      last_seen_at = excluded.last_seen_at,
      left_at = null
$$;

-- Copies the active targets of a model to its successor, with parameters and region, and deactivates the old
-- ones, which keep their results. Pinned targets stay.
create or replace function firsttoken.move_targets(provider_id uuid, old_model text, new_model text)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  successor uuid := firsttoken.get_or_create_model(move_targets.provider_id, new_model);
begin
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select t.provider_id, successor, t.parameters, t.region, true
      from public.targets t join public.models m on m.id = t.model_id
      where m.provider_id = move_targets.provider_id and m.name = old_model and t.active
        and not t.parameters ? 'pin'
    on conflict (model_id, parameters, region) do update set active = true;
  update public.targets t set active = false
    from public.models m
    where m.id = t.model_id and m.provider_id = move_targets.provider_id and m.name = old_model
      and t.active and not t.parameters ? 'pin';
end $$;

-- The price in force: a manual one until it ends, else the latest.
create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = latest_price.model_id and (p.valid_until is null or p.valid_until > now())
    order by coalesce(p.source, 'manual') = 'manual' desc, p."timestamp" desc, p.id limit 1
$$;

-- A price in the shape that plans and results carry.
create or replace function firsttoken.describe_price(price public.prices) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select case when price.id is not null then jsonb_build_object(
    'input_per_m', price.input_price_per_m,
    'output_per_m', price.output_price_per_m,
    'cached_per_m', price.cached_price_per_m,
    'cache_write_per_m', price.cache_write_price_per_m,
    'reasoning_per_m', price.reasoning_price_per_m,
    'overrides', price.overrides,
    'source', coalesce(price.source, 'manual'),
    'as_of', coalesce(price.as_of, price."timestamp")) end
$$;

-- A model with its price in force and its targets.
create or replace function firsttoken.describe_model(model public.models) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(model) - array['name', 'provider_id', 'created_at']) || jsonb_build_object(
      'provider', p.slug, 'model', model.name,
      'price', firsttoken.describe_price(public.latest_price(model.id)),
      'targets', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'provider', p.slug, 'model', model.name, 'parameters', t.parameters, 'region', t.region,
            'active', t.active)
          order by t.created_at, t.id), '[]')
        from public.targets t where t.model_id = model.id))
    from public.providers p where p.id = model.provider_id
$$;

-- in: {providers: [slug] or null for all, after: id of the last row seen or null, limit}.
-- out: {rows, next}, ordered by provider and name.
create or replace function public.list_models(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  wanted text[] := case when jsonb_typeof(input -> 'providers') = 'array'
    then array(select jsonb_array_elements_text(input -> 'providers')) end;
  last_name text;
  last_slug text;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select p.slug, m.name into last_slug, last_name
      from public.models m join public.providers p on p.id = m.provider_id
      where m.id = (input ->> 'after')::uuid;
    if last_name is null then
      raise exception using errcode = '22023',
        message = format('there is no model %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select m.id, p.slug, m.name, m as model
    from public.models m join public.providers p on p.id = m.provider_id
    where p.slug is not null and (wanted is null or p.slug = any (wanted))
      and (last_name is null or (p.slug, m.name) > (last_slug, last_name))
    order by p.slug, m.name limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.slug, f.name) as position, count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_model(n.model) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {providers: [slug]}. out: {targets: active ones, paused: those switched off by hand, models: all, with
-- the price in force, pace: [{provider, typical_ms}], from the latest five calls of each active target}.
create or replace function public.read_catalog(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select p.id, p.slug from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers'))
  ), known_targets as (
    select w.slug, m.name, t.* from wanted w
      join public.targets t on t.provider_id = w.id
      join public.models m on m.id = t.model_id
  ), pace as (
    select k.slug, percentile_cont(0.5) within group (order by recent.total_latency_ms) as typical_ms
    from known_targets k
      cross join lateral (
        select b.total_latency_ms from public.benchmark_results b
        where b.target_id = k.id order by b.created_at desc limit 5
      ) recent
    where k.active
    group by k.slug
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', k.slug, 'model', k.name, 'parameters', k.parameters, 'region', k.region)
        order by k.slug, k.created_at, k.name, k.id), '[]')
      from known_targets k where k.active),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', k.slug, 'model', k.name)
        order by k.slug, k.name), '[]')
      from known_targets k where not k.active),
    'pace', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'typical_ms', p.typical_ms)
        order by p.slug), '[]')
      from pace p),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', firsttoken.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;

-- ---- 22_prices_and_targets.sql

-- Manual prices and targets, with the checks of what comes in.

-- Not valid: rows of an earlier installation that break these checks are kept in the history.
alter table public.prices
  drop constraint if exists prices_rates_check,
  drop constraint if exists prices_overrides_check,
  -- NaN sorts above Infinity.
  add constraint prices_rates_check check (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and cached_price_per_m >= 0 and cached_price_per_m < 'Infinity'
    and cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity'
    and reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity') not valid,
  add constraint prices_overrides_check check (jsonb_typeof(overrides) = 'array') not valid;
alter table public.targets
  drop constraint if exists targets_max_tokens_check,
  add constraint targets_max_tokens_check check (
    not parameters ? 'max_tokens'
    or case jsonb_typeof(parameters -> 'max_tokens')
      when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end) not valid;

-- Refuses anything but an object with known keys; an unknown key is most often a misspelled one.
create or replace function firsttoken.check_keys(given jsonb, what text, known text[]) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  unknown_key text;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023',
      message = format('%s must be an object with %s', what, array_to_string(known, ', '));
  end if;
  select key into unknown_key from jsonb_object_keys(given) key where key <> all (known) limit 1;
  if unknown_key is not null then
    raise exception using errcode = '22023',
      message = format('%s has no %s: it may have %s', what, unknown_key, array_to_string(known, ', '));
  end if;
end $$;

-- Refuses a name that is blank or not a string.
create or replace function firsttoken.check_name(name jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if jsonb_typeof(name) is distinct from 'string' or name #>> '{}' !~ '\S' then
    raise exception using errcode = '22023', message = format('%s must be a text that is not blank', what);
  end if;
end $$;

-- Whether this is a number from 0 up that double precision can hold.
create or replace function firsttoken.is_rate(value jsonb) returns boolean
language sql immutable security invoker set search_path = '' as $$
  select case jsonb_typeof(value)
    when 'number' then value::numeric >= 0 and value::numeric < 1e308 else false end
$$;

-- Refuses a manual price that cannot be computed with.
create or replace function firsttoken.check_price(price jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  required constant text[] := array['input_per_m', 'output_per_m'];
  rates constant text[] := required || array['cached_per_m', 'cache_write_per_m', 'reasoning_per_m'];
  times constant text[] := array['from_utc', 'to_utc'];
  override jsonb;
  wrong text;
begin
  perform firsttoken.check_keys(price, 'price', rates || array['overrides', 'source', 'as_of']);
  select name into wrong from unnest(rates) name
    where not firsttoken.is_rate(price -> name) and (name = any (required) or price -> name <> 'null')
    limit 1;
  if wrong is not null then
    raise exception using errcode = '22023',
      message = format('%s must be a number from 0 on, in USD per million tokens', wrong);
  end if;
  if jsonb_typeof(coalesce(price -> 'overrides', '[]')) <> 'array' then
    raise exception using errcode = '22023',
      message = 'overrides must be an array: leave it out if there are none';
  end if;
  for override in select jsonb_array_elements(coalesce(price -> 'overrides', '[]')) loop
    perform firsttoken.check_keys(override, 'an override', array['over_input_tokens'] || times || rates);
    select key into wrong from jsonb_each(override) each (key, value)
      where not case
        when key = any (times) then jsonb_typeof(value) = 'string'
          and value #>> '{}' ~ '^([01]\d|2[0-3]):[0-5]\d$'
        when key = any (rates) and key <> all (required) and value = 'null' then true
        else firsttoken.is_rate(value) end
      limit 1;
    if wrong is not null then
      raise exception using errcode = '22023',
        message = format('%s of an override must be %s', wrong,
          case when wrong = any (times) then 'a time such as 22:30' else 'a number from 0 on' end);
    end if;
  end loop;
end $$;

-- Adds a row to the price history if the rates differ from those in force, or if a manual price replaces one
-- from another source. Only a manual price replaces a manual one. The row lock keeps two runs from both
-- adding a row.
create or replace function firsttoken.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  origin constant text[] := array['source', 'as_of'];
  is_manual constant boolean := coalesce(price ->> 'source', 'manual') = 'manual';
  latest public.prices;
  latest_is_manual boolean;
  -- A manual price, or a plan of an earlier version, may leave these out.
  defaults constant jsonb :=
    '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}';
  rates constant jsonb := defaults || price;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  latest_is_manual := latest.id is not null and coalesce(latest.source, 'manual') = 'manual';
  if (latest_is_manual and not is_manual)
    or (latest_is_manual = is_manual
      and firsttoken.describe_price(latest) - origin is not distinct from rates - origin) then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m,
      cache_write_price_per_m, reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (rates ->> 'input_per_m')::double precision,
        (rates ->> 'output_per_m')::double precision, (rates ->> 'cached_per_m')::double precision,
        (rates ->> 'cache_write_per_m')::double precision, (rates ->> 'reasoning_per_m')::double precision,
        rates -> 'overrides', rates ->> 'source', (rates ->> 'as_of')::timestamptz, clock_timestamp()
      from public.models m where m.id = save_price.model_id;
end $$;

-- Saves the price a plan was made with, unless a better one is known: the price in force may be newer than
-- the plan, and a manual one that is not in force was ended on purpose. Takes the same lock as save_price.
create or replace function firsttoken.save_planned_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_planned_price.model_id for no key update;
  latest := public.latest_price(save_planned_price.model_id);
  if (latest.id is null or latest.source = 'registry')
    and coalesce(price ->> 'source', 'manual') <> 'manual' then
    perform firsttoken.save_price(save_planned_price.model_id, price);
  end if;
end $$;

-- in: {provider, model, price or null, about or none}. out: {price in force}. Sets a manual price, which no
-- sync replaces; null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid;
begin
  perform firsttoken.check_keys(input, 'set_price', array['provider', 'model', 'price', 'about']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  perform firsttoken.check_name(input -> 'model', 'model');
  if not input ? 'price' then
    raise exception using errcode = '22023',
      message = 'set_price needs a price: null ends the one that you set';
  end if;
  if input -> 'price' <> 'null' then
    perform firsttoken.check_price(input -> 'price');
  end if;
  known_model := firsttoken.get_or_create_model(firsttoken.get_provider(input), input ->> 'model');
  if input -> 'price' <> 'null' then
    perform firsttoken.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', firsttoken.describe_price(public.latest_price(known_model)));
end $$;

-- The parameters of a target in the form every reader expects, or an error that says what is wrong with them.
create or replace function firsttoken.parse_parameters(given jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  parameters jsonb;
  limit_given constant jsonb := given -> 'max_tokens';
begin
  perform firsttoken.check_keys(given, 'parameters', array['reasoning', 'pin', 'max_tokens']);
  parameters := '{"reasoning": "least"}'::jsonb || given;
  if parameters -> 'reasoning' not in ('"least"', '"default"') then
    raise exception using errcode = '22023', message = 'reasoning must be least or default';
  end if;
  if given ? 'pin' then
    perform firsttoken.check_name(given -> 'pin', 'pin');
  end if;
  if limit_given is not null and not (
      case jsonb_typeof(limit_given)
        when 'number' then limit_given::numeric between 1 and 2147483647 and limit_given::numeric % 1 = 0
        else false end) then
    raise exception using errcode = '22023',
      message = 'max_tokens must be a whole number from 1 on: leave it out for the usual limit';
  end if;
  return parameters;
end $$;

-- in: {provider, model, active, parameters or null, region, about}. out: {rows: [target], changed}.
-- With parameters: that one target, created if it does not exist and is to be active. Without: every target
-- of the model, or, if it has none and is to be active, one with reasoning turned down. Deactivating a target
-- that does not exist is an error, except for the first target of a provider: a run would choose it by
-- itself, and an inactive row prevents that.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  usual constant jsonb := '{"reasoning": "least"}';
  wanted jsonb := nullif(input -> 'parameters', 'null');
  wanted_region text := input ->> 'region';
  activate boolean;
  provider uuid;
  known_model uuid;
  is_first boolean;
  changed integer := 0;
  n_rows integer;
begin
  perform firsttoken.check_keys(input, 'set_target',
    array['provider', 'model', 'active', 'parameters', 'region', 'about']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  perform firsttoken.check_name(input -> 'model', 'model');
  if wanted_region is not null then
    perform firsttoken.check_name(input -> 'region', 'region');
  end if;
  if jsonb_typeof(input -> 'active') is distinct from 'boolean' then
    raise exception using errcode = '22023', message = 'active must be true or false';
  end if;
  activate := (input -> 'active')::boolean;
  if wanted is not null then
    wanted := firsttoken.parse_parameters(wanted);
  end if;
  provider := firsttoken.get_provider(input);
  known_model := firsttoken.get_or_create_model(provider, input ->> 'model');
  is_first := not exists (select from public.targets t where t.provider_id = provider);
  if wanted is null and (activate or is_first)
    and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := usual;
  end if;
  if not activate and not (is_first and wanted = usual and wanted_region is null) and not exists (
      select from public.targets t where t.model_id = known_model
        and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region))) then
    raise exception using errcode = 'P0002',
      message = format('%s has no target %s%s%s: list_models shows those that there are',
        input ->> 'provider', input ->> 'model', ' with ' || wanted::text, ' in ' || wanted_region);
  end if;
  if wanted is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active)
      values (provider, known_model, wanted, wanted_region, activate)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t set active = activate
    where t.model_id = known_model and t.active is distinct from activate
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select firsttoken.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- ---- 23_sync.sql

-- Saving what a sync of models and prices found.

-- in: {about: provider, sync: columns of syncs, models: [listed], left: [model], prices: [{model, price}],
-- switches: [{from, to}]}. out: {recorded}. All or nothing; repeating the same sync changes nothing.
create or replace function public.save_sync(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := firsttoken.get_or_create_provider(input -> 'about');
  recorded boolean;
begin
  insert into public.syncs
    select s.* from jsonb_populate_record(null::public.syncs,
      (input -> 'sync') || jsonb_build_object('provider_id', provider)) s
    on conflict (id) do nothing;
  recorded := found;
  if recorded then
    perform firsttoken.save_models(provider, input -> 'models');
    update public.models m set available = false, left_at = now()
      where m.provider_id = provider and m.available is distinct from false
        and m.name in (select jsonb_array_elements_text(input -> 'left'));
    perform firsttoken.save_price(firsttoken.get_or_create_model(provider, ordered.model), ordered.price)
      from (select each ->> 'model' as model, each -> 'price' as price
        from jsonb_array_elements(input -> 'prices') each order by 1) ordered;
    perform firsttoken.move_targets(provider, each ->> 'from', each ->> 'to')
      from jsonb_array_elements(input -> 'switches') each;
  end if;
  return jsonb_build_object('recorded', recorded);
end $$;

-- in: {provider or null, after: id of the last row seen or null, limit}. out: {rows, next}, latest first.
create or replace function public.list_syncs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  last_seen public.syncs;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select s.* into last_seen from public.syncs s where s.id = (input ->> 'after')::uuid;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('there is no sync %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select s.id, s.started_at, to_jsonb(s) || jsonb_build_object('provider', p.slug) as described
    from public.syncs s join public.providers p on p.id = s.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (last_seen.id is null or (s.started_at, s.id) < (last_seen.started_at, last_seen.id))
    order by s.started_at desc, s.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- ---- 24_plans.sql

-- Saving what a plan names: its models, prices, targets and probes.

-- Saves the models, prices and targets of a plan, in an order that keeps two plans from deadlocking. A target
-- that was only called by hand becomes active with the first plan that is not by hand; a target switched off
-- by hand stays off.
create or replace function firsttoken.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  planned record;
  known_model uuid;
begin
  for planned in
    select distinct on (p.id, probe ->> 'model') p.id as provider_id, probe ->> 'model' as model,
      probe -> 'price' as price
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by p.id, probe ->> 'model'
  loop
    known_model := firsttoken.get_or_create_model(planned.provider_id, planned.model);
    if jsonb_typeof(planned.price) = 'object' then
      perform firsttoken.save_planned_price(known_model, planned.price);
    end if;
  end loop;
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct p.id, m.id, probe -> 'parameters', probe ->> 'target_region', save_targets.active
    from jsonb_array_elements(probes) probe
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- Inserts the planned probes of a run, numbered after those it has.
create or replace function firsttoken.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price,
    estimate_usd, input_usd)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid,
      n_before + position, (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series',
      nullif(probe -> 'price', 'null'), (probe ->> 'estimate_usd')::double precision,
      (probe ->> 'input_usd')::double precision
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted,
        jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
end $$;

-- ---- 30_runs.sql

-- Runs: starting, joining, closing. Every function can be repeated with the same input and changes nothing
-- more.

-- The run, or an error that names it.
create or replace function firsttoken.get_run(run_id uuid) returns public.runs
language plpgsql stable security invoker set search_path = '' as $$
declare
  found_run public.runs;
begin
  select r.* into found_run from public.runs r where r.id = get_run.run_id;
  if found_run.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no run %s: it was never started here, or has been deleted',
        coalesce(run_id::text, 'without an id'));
  end if;
  return found_run;
end $$;

-- A run as the API shows it.
create or replace function firsttoken.describe_run(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select to_jsonb(run) - 'settings'
$$;

-- Counts a run from its probes.
create or replace function firsttoken.count_run(run_id uuid) returns void
language sql security invoker set search_path = '' as $$
  update public.runs r
    set n_succeeded = counted.n_succeeded, n_failed = counted.n_failed, n_skipped = counted.n_skipped
    from (
      select count(*) filter (where p.status = 'done') as n_succeeded,
        count(*) filter (where p.status = 'failed') as n_failed,
        count(*) filter (where p.status = 'skipped') as n_skipped
      from public.probes p where p.run_id = count_run.run_id) counted
    where r.id = count_run.run_id
$$;

-- Marks failures as our own outage if at least half of the targets of a run, over at least three providers,
-- failed on the network.
create or replace function firsttoken.relabel_own_outage(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  network constant text[] := array['dns', 'connect', 'tls', 'timeout_connect', 'reset'];
  n_targets integer;
  n_failing integer;
  n_providers integer;
begin
  select count(distinct b.target_id),
      count(distinct b.target_id) filter (where b.error_kind = any (network)),
      count(distinct b.provider) filter (where b.error_kind = any (network))
    into n_targets, n_failing, n_providers
    from public.benchmark_results b where b.run_id = relabel_own_outage.run_id;
  if n_providers >= 3 and n_failing * 2 >= n_targets then
    update public.benchmark_results b set fault_domain_was = b.fault_domain, fault_domain = 'self'
      where b.run_id = relabel_own_outage.run_id and b.error_kind = any (network)
        and b.fault_domain <> 'self';
    update public.runs r
      set status_reason = format('our own outage: %s of %s targets over %s providers failed on the network',
        n_failing, n_targets, n_providers)
      where r.id = relabel_own_outage.run_id;
  end if;
end $$;

-- Closes and counts a run. A closed run keeps the status it was closed with.
create or replace function firsttoken.close_run(run_id uuid, status text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.runs r set status = close_run.status, finished_at = clock_timestamp()
    where r.id = close_run.run_id and r.status = 'running';
  if found then
    perform firsttoken.relabel_own_outage(close_run.run_id);
    perform firsttoken.count_run(close_run.run_id);
  end if;
end $$;

-- Closes runs whose worker stopped responding: scheduled ones once their probes are late, others as soon as
-- nobody holds a lease on them.
create or replace function firsttoken.close_abandoned_runs() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  abandoned record;
begin
  for abandoned in
    select r.id, r.slot, r.n_probes from public.runs r
    where r.status = 'running' and r.started_at < now() - interval '5 minutes'
      and (r.late_at is null or r.late_at < now())
      and not exists (
        select from public.run_workers w where w.run_id = r.id and w.lease_until > clock_timestamp())
      and not exists (
        select from public.probes p
        where p.run_id = r.id and p.status = 'claimed' and p.lease_until > clock_timestamp())
    order by r.id for update skip locked
  loop
    update public.probes p
      set status = 'skipped', lease_until = null,
        skip_reason = case when abandoned.slot is null then 'abandoned' else 'late' end
      where p.run_id = abandoned.id and p.status in ('planned', 'claimed');
    if found or abandoned.n_probes = 0 then
      update public.runs r set status = 'abandoned', finished_at = clock_timestamp(),
          status_reason = 'its worker stopped answering before every probe was made'
        where r.id = abandoned.id;
      perform firsttoken.count_run(abandoned.id);
    else
      perform firsttoken.close_run(abandoned.id, 'finished');
    end if;
  end loop;
end $$;

-- Leases the region to this worker if it has no worker or the lease expired. True if this worker has it now.
create or replace function firsttoken.lease_region(run_id uuid, worker jsonb) returns boolean
language sql security invoker set search_path = '' as $$
  with taken as (
    insert into public.run_workers as w (run_id, region, owner, lease_until)
      values (lease_region.run_id, worker ->> 'region', worker ->> 'owner',
        clock_timestamp() + (worker ->> 'lease_ms')::double precision * interval '1 millisecond')
      on conflict on constraint run_workers_pkey
        do update set owner = excluded.owner, lease_until = excluded.lease_until
        where w.lease_until < clock_timestamp() or w.owner = excluded.owner
      returning 1
  )
  select exists (select from taken)
$$;

-- Probes of a run that nobody has claimed or whose lease expired, in one region or all (null).
create or replace function firsttoken.open_probes(run_id uuid, region text) returns setof public.probes
language sql stable security invoker set search_path = '' as $$
  select p.* from public.probes p
    where p.run_id = open_probes.run_id and (open_probes.region is null or p.region = open_probes.region)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
$$;

-- in: {run_id, worker: {region, owner, lease_ms}}. out: {joined, run, settings}. Resumes a run: joined is
-- true if its region has open probes and no other worker holds it.
create or replace function public.join_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  worker jsonb := input -> 'worker';
  joined boolean := false;
begin
  if run.status = 'running' and exists (select from firsttoken.open_probes(run.id, worker ->> 'region')) then
    joined := firsttoken.lease_region(run.id, worker);
  end if;
  return jsonb_build_object('joined', joined, 'run', firsttoken.describe_run(run), 'settings', run.settings);
end $$;

-- Whether a region may still add its probes to a run: it has none yet, and the slot is not over.
create or replace function firsttoken.accepts_region(run public.runs, region text) returns boolean
language sql stable security invoker set search_path = '' as $$
  select region is not null and run.status in ('running', 'finished') and run.slot is not null
    and (run.late_at is null or run.late_at > now())
    and not exists (select from public.probes p where p.run_id = run.id and p.region = accepts_region.region)
$$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or
-- none}.
-- out: {created, joined, run}. One run per schedule and slot. A later caller gets the existing run, and joins
-- it if its region has no probes yet, which are then added, or if the lease of its region expired. A slot
-- that was recorded as missed is run after all if it is not too late.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform firsttoken.close_abandoned_runs();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic,
    settings)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot,
      planned.late_at, planned.region, planned.synthetic, planned.settings)
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
    if run.status = 'missed' and run.id <> planned.id and worker is not null and planned.late_at > now() then
      update public.runs r
        set status = 'running', status_reason = null, finished_at = null, started_at = now(),
          late_at = planned.late_at, triggered_by = planned.triggered_by, mode = planned.mode,
          region = planned.region, synthetic = planned.synthetic, settings = planned.settings
        where r.id = run.id returning * into run;
    end if;
  end if;
  if is_new or (run.id <> planned.id and firsttoken.accepts_region(run, worker ->> 'region')) then
    perform firsttoken.get_or_create_provider(provider)
      from (select provider from jsonb_array_elements(input -> 'providers') provider
        order by provider ->> 'slug') ordered;
    perform firsttoken.save_targets(input -> 'probes',
      case when (input ->> 'adhoc')::boolean then null else true end);
    perform firsttoken.insert_probes(run.id, input -> 'probes');
    update public.runs r set status = 'running', finished_at = null
      where r.id = run.id and r.status = 'finished';
  end if;
  if worker is not null then
    joined := (public.join_run(jsonb_build_object('run_id', run.id, 'worker', worker)) ->> 'joined')::boolean;
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new,
    'run', firsttoken.describe_run(firsttoken.get_run(run.id)));
end $$;

-- in: {run_id, status, region and owner or none}. out: the run, with skip_reasons: {reason: count}. Releases
-- the region of the worker, and closes the run if no probe is open or no worker is named. A closed run keeps
-- its status.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
begin
  perform 1 from public.runs r where r.id = run.id for no key update;
  delete from public.run_workers w
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  if input ->> 'region' is null or not exists (
      select from public.probes p where p.run_id = run.id and p.status in ('planned', 'claimed')) then
    perform firsttoken.close_run(run.id, input ->> 'status');
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id)) || jsonb_build_object('skip_reasons', (
    select coalesce(jsonb_object_agg(skips.skip_reason, skips.n), '{}')
    from (
      select p.skip_reason, count(*) as n from public.probes p
      where p.run_id = run.id and p.status = 'skipped' group by p.skip_reason) skips));
end $$;

-- in: {run: id, run_name, triggered_by, schedule, slot, region; reason}. out: the run. Records a slot without
-- a run as missed, so that the gap shows; returns the run of the slot if there is one after all.
create or replace function public.file_missed(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  missed public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, status, status_reason,
    started_at, finished_at)
    values (missed.id, missed.run_name, missed.triggered_by, 'scheduled', missed.schedule, missed.slot,
      missed.region, 'missed', input ->> 'reason', coalesce(missed.started_at, now()),
      coalesce(missed.started_at, now()))
    on conflict do nothing;
  select r.* into strict run from public.runs r
    where r.id = missed.id or (r.schedule = missed.schedule and r.slot = missed.slot)
    order by r.id = missed.id desc limit 1;
  return firsttoken.describe_run(run);
end $$;

-- in: {schedule}. out: {last_finished_at, last_status, now}: when a run of the schedule last finished and the
-- status of the run of its latest slot, null if there is none, and the clock of the database.
create or replace function public.read_health(input jsonb) returns jsonb
language sql security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'last_finished_at', (
      select r.finished_at from public.runs r
        where r.schedule = input ->> 'schedule' and r.status = 'finished' and r.finished_at is not null
        order by r.finished_at desc limit 1),
    'last_status', (
      select r.status from public.runs r
        where r.schedule = input ->> 'schedule' and r.slot is not null
        order by r.slot desc limit 1),
    'now', clock_timestamp())
$$;

-- ---- 31_probes.sql

-- Probes: claiming under a lease and a budget, skipping, rechecking.

-- Why a probe may not be called now, or null: its slot is over, its provider asked for a pause, or it exceeds
-- the budget. budget: {usd_per_day, usd_per_month, max_price_per_m}, each or null.
create or replace function firsttoken.find_skip_reason(run public.runs, probe public.probes, budget jsonb)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  penalty timestamptz;
  today constant date := (now() at time zone 'UTC')::date;
  spent_today double precision;
  spent_this_month double precision;
begin
  if run.late_at < clock_timestamp() then
    return 'late';
  end if;
  select p.penalty_until into penalty
    from public.targets t join public.providers p on p.id = t.provider_id where t.id = probe.target_id;
  if penalty > clock_timestamp() then
    return format('rate limited until %s', to_char(penalty at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
  end if;
  if budget is null then
    return null;
  end if;
  if probe.estimate_usd is null then
    return 'unpriced';
  end if;
  -- The lock on the row of the day makes parallel workers take turns.
  insert into public.spending (day) values (today) on conflict do nothing;
  perform 1 from public.spending s where s.day = today for update;
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0)
    into spent_today, spent_this_month
    from public.spending s where s.day >= date_trunc('month', today::timestamp)::date;
  if spent_today + probe.estimate_usd > (budget ->> 'usd_per_day')::double precision
    or spent_this_month + probe.estimate_usd > (budget ->> 'usd_per_month')::double precision then
    return 'budget';
  end if;
  return null;
end $$;

-- Reserves the estimate of a claimed probe in the budget of the day.
create or replace function firsttoken.reserve_budget(probe public.probes) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
begin
  if probe.estimate_usd is not null then
    insert into public.spending as s (day, usd) values (today, probe.estimate_usd)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = probe.estimate_usd, reserved_on = today where p.id = probe.id;
  end if;
end $$;

-- A claimed probe with everything needed to call it.
create or replace function firsttoken.describe_claim(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd,
      'input_usd', probe.input_usd,
      'target', jsonb_build_object(
        'provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', run.settings, 'claims', probe.claims, 'lease_until', probe.lease_until)
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

-- in: {run_id, claim_id, owner, lease_ms, region, provider or none, probe_id or none, budget or none}.
-- out: {probe, settings, claims, lease_until} or null. Claims the next open probe of the region, optionally
-- of one provider. A probe that may not be called is skipped with the reason. The same claim_id gets the same
-- probe, so a lost answer loses no probe. Null also if the worker lost its region.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  lease interval := (input ->> 'lease_ms')::double precision * interval '1 millisecond';
  claimed public.probes;
  reason text;
begin
  if run.status <> 'running' or exists (
      select from public.run_workers w
      where w.run_id = run.id and w.region = input ->> 'region' and w.owner <> input ->> 'owner') then
    return null;
  end if;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  while claimed.id is null loop
    select next.* into claimed from public.probes next
      join public.targets t on t.id = next.target_id
      join public.providers pr on pr.id = t.provider_id
      where next.run_id = run.id and next.region = input ->> 'region'
        and (next.status = 'planned' or (next.status = 'claimed' and next.lease_until < clock_timestamp()))
        and (input ->> 'provider' is null or pr.slug = input ->> 'provider')
        and (input ->> 'probe_id' is null or next.id = (input ->> 'probe_id')::uuid)
      order by next.ordinal limit 1 for update of next skip locked;
    exit when claimed.id is null;
    reason := firsttoken.find_skip_reason(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease
          where p.id = claimed.id returning p.* into claimed;
        perform firsttoken.reserve_budget(claimed);
      exception when unique_violation then
        -- The first call with this claim_id was still in progress, and has the probe now.
        select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
      end;
    else
      update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
        where p.id = claimed.id;
      claimed := null;
    end if;
  end loop;
  if claimed.id is null then
    return null;
  end if;
  update public.run_workers w set lease_until = greatest(w.lease_until, claimed.lease_until)
    where w.run_id = run.id and w.region = input ->> 'region';
  return firsttoken.describe_claim(claimed, run);
end $$;

-- in: {run_id, reason, region or none}. out: {skipped}. Skips open probes; those under a lease stay.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = input ->> 'reason', lease_until = null
    where p.id in (select o.id from firsttoken.open_probes(run.id, input ->> 'region') o);
  get diagnostics skipped = row_count;
  return jsonb_build_object('skipped', skipped);
end $$;

-- in: {probe_id, id, result_id}. out: {planned}. Plans the recheck of a failed probe.
create or replace function public.plan_confirm(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  first_probe public.probes;
begin
  select p.* into strict first_probe from public.probes p where p.id = (input ->> 'probe_id')::uuid;
  perform 1 from public.runs r where r.id = first_probe.run_id for no key update;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price,
    estimate_usd, input_usd, confirms)
    select (input ->> 'id')::uuid, first_probe.run_id, first_probe.target_id, (input ->> 'result_id')::uuid,
      max(p.ordinal) + 1, first_probe.iteration, first_probe.region, first_probe.series, first_probe.price,
      first_probe.estimate_usd, first_probe.input_usd, first_probe.id
    from public.probes p where p.run_id = first_probe.run_id
    on conflict (id) do nothing;
  if found then
    update public.runs r set n_probes = r.n_probes + 1 where r.id = first_probe.run_id;
  end if;
  return jsonb_build_object('planned', found);
end $$;

-- ---- 32_results.sql

-- Recording a result: its row, its timeline, its probe, its cost, in one transaction.

-- timeline: {version, data in base64}.
create or replace function firsttoken.insert_timeline(result_id uuid, timeline jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.timelines (result_id, version, data)
    values (insert_timeline.result_id, (timeline ->> 'version')::integer,
      decode(timeline ->> 'data', 'base64'))
$$;

create or replace function firsttoken.close_probe(probe_id uuid, success boolean) returns void
language sql security invoker set search_path = '' as $$
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null
    where p.id = close_probe.probe_id
$$;

-- The ids of a new result: its probe, target, provider, model, and the result it rechecks. The probe may have
-- been deleted with its provider; the measurement is kept anyway.
create or replace function firsttoken.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object(
      'probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', (
        select first_probe.result_id from public.probes first_probe where first_probe.id = p.confirms))
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := firsttoken.get_or_create_provider(
      jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', firsttoken.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

-- Pauses a provider that rate-limited us and said for how long, for an hour at most.
create or replace function firsttoken.apply_rate_limit(result jsonb) returns void
language sql security invoker set search_path = '' as $$
  update public.providers p
    set penalty_until = greatest(p.penalty_until,
      clock_timestamp()
        + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
    where p.id = (result ->> 'provider_id')::uuid
      and result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded')
      and result ->> 'retry_after_ms' is not null
$$;

-- Replaces the reserved estimate by what the call cost. If that is unknown: the whole estimate, or the input
-- of a call that failed. A call made while the database was unreachable has no reservation, so its cost is
-- added to the day of the call.
create or replace function firsttoken.record_cost(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
  made_on date;
begin
  -- Locks the probe before the day, as claim_probe does.
  select p.* into probe from public.probes p where p.id = record_cost.probe_id for no key update;
  cost := coalesce((result ->> 'cost_usd')::double precision,
    case when (result ->> 'success')::boolean then probe.estimate_usd else probe.input_usd end, 0);
  if probe.reserved_on is not null then
    update public.spending s set usd = s.usd + cost - probe.reserved_usd where s.day = probe.reserved_on;
    update public.probes p set reserved_usd = cost where p.id = probe.id;
  elsif probe.id is not null and cost > 0 then
    made_on := ((result ->> 'started_at')::timestamptz at time zone 'UTC')::date;
    insert into public.spending as s (day, usd) values (made_on, cost)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = cost, reserved_on = made_on where p.id = probe.id;
  end if;
end $$;

-- When a result was made: now, unless it was spooled while the database was unreachable. The clock of the
-- machine that measured may differ, so up to ten minutes ago counts as now.
create or replace function firsttoken.result_created_at(result jsonb) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
declare
  ended constant timestamptz := (result ->> 'started_at')::timestamptz
    + coalesce((result ->> 'total_latency_ms')::double precision, 0) * interval '1 millisecond';
begin
  return case when ended < now() - interval '10 minutes' then ended else now() end;
end $$;

-- input: columns of benchmark_results; a missing one becomes null, whatever its default. True if the row is
-- new. Two concurrent inserts of the same result can conflict in any unique column.
create or replace function firsttoken.insert_result(input jsonb) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
begin
  perform set_config('firsttoken.recording', input ->> 'id', true);
  insert into public.benchmark_results
    select r.* from jsonb_populate_record(null::public.benchmark_results, input) r
    on conflict do nothing;
  get diagnostics n_inserted = row_count;
  perform set_config('firsttoken.recording', '', true);
  if n_inserted = 0
    and not exists (select from public.benchmark_results b where b.id = (input ->> 'id')::uuid) then
    raise exception using errcode = '23505',
      message = format('probe %s has a result already', input ->> 'probe_id');
  end if;
  return n_inserted > 0;
end $$;

-- in: {result: columns of benchmark_results, timeline}. out: {recorded, id, provider_id, model_id,
-- created_at}. A trigger adds a new result to the rollups. Repeating the same result changes nothing. A
-- result that arrives after its run was closed is counted then.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  recorded jsonb;
begin
  -- The lock orders this before or after closing the run, so exactly one of the two counts this result. A
  -- late result will update the run, so it may not start with a shared lock: two of them would deadlock.
  run := firsttoken.get_run((result ->> 'run_id')::uuid);
  if run.status = 'running' then
    perform 1 from public.runs r where r.id = run.id for share;
  else
    perform 1 from public.runs r where r.id = run.id for no key update;
  end if;
  run := firsttoken.get_run(run.id);
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || firsttoken.resolve_result(result)
      || jsonb_build_object('created_at', firsttoken.result_created_at(result));
    is_new := firsttoken.insert_result(result);
  end if;
  if is_new then
    perform firsttoken.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform firsttoken.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform firsttoken.record_cost((result ->> 'probe_id')::uuid, result);
    perform firsttoken.apply_rate_limit(result);
    perform firsttoken.count_run(run.id) where run.status <> 'running';
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'provider_id', b.provider_id,
      'model_id', b.model_id, 'created_at', b.created_at)
    into strict recorded
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return recorded;
end $$;

-- ---- 33_reading.sql

-- Reading results, re-deriving their metrics, and calibrations.

-- in: {run_id or null, since or null, until or null, after: `next` of the previous page or null, limit};
-- since is inclusive, until exclusive. out: {rows, next, columns}, oldest first; columns are the names in a
-- row, in table order. `next` is a position in time, so the following page is found even if the last row is
-- gone. The id of a row works as `after` too, while the row exists. Planned for the values at hand: a generic
-- plan would scan the table.
-- It returns json in later versions.
drop function if exists public.list_results(jsonb);
create or replace function public.list_results(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  run uuid := (input ->> 'run_id')::uuid;
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  since timestamptz := coalesce((input ->> 'since')::timestamptz, '-infinity');
  until timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
  seen_at timestamptz := '-infinity';
  seen_id uuid := '00000000-0000-0000-0000-000000000000';
  ids uuid[];
  page jsonb;
begin
  if run is not null then
    perform firsttoken.get_run(run);
  end if;
  if input ->> 'after' like '%/%' then
    seen_at := split_part(input ->> 'after', '/', 1)::timestamptz;
    seen_id := split_part(input ->> 'after', '/', 2)::uuid;
  elsif input ->> 'after' is not null then
    select b.created_at, b.id into seen_at, seen_id from public.benchmark_results b
      where b.id = (input ->> 'after')::uuid;
    if not found then
      raise exception using errcode = '22023',
        message = format('there is no result %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  since := greatest(since, seen_at);
  if run is null then
    ids := array(
      select b.id from public.benchmark_results b
      where b.created_at >= since and b.created_at < until and (b.created_at, b.id) > (seen_at, seen_id)
      order by b.created_at, b.id limit page_size + 1);
  else
    -- Materialized, because the planner may scan the index on time for the few rows of the run.
    ids := array(
      with of_run as materialized (
        select b.id, b.created_at from public.benchmark_results b where b.run_id = run)
      select o.id from of_run o
      where o.created_at >= since and o.created_at < until and (o.created_at, o.id) > (seen_at, seen_id)
      order by o.created_at, o.id limit page_size + 1);
  end if;
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(
        to_jsonb(b) || jsonb_build_object('provider_name', coalesce(p.name, b.provider))
          order by b.created_at, b.id), '[]'),
      'next', max((to_jsonb(b.created_at) #>> '{}') || '/' || b.id)
        filter (where b.id = ids[page_size] and cardinality(ids) > page_size))
    into page
    from public.benchmark_results b left join public.providers p on p.id = b.provider_id
    where b.id = any (ids[:page_size]);
  return page || jsonb_build_object('columns', (
    select jsonb_agg(a.attname order by a.attnum) || '["provider_name"]'
    from pg_catalog.pg_attribute a
    where a.attrelid = 'public.benchmark_results'::regclass and a.attnum > 0 and not a.attisdropped));
end $$;

-- A result with the inputs and outputs of its metrics, and its timeline: {version, data in base64} or null.
create or replace function firsttoken.describe_timeline(result_id uuid) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
      'id', b.id, 'created_at', b.created_at, 'provider', b.provider, 'model', b.model,
      'formula_version', b.formula_version,
      'usage', jsonb_build_object(
        'input', b.input_tokens, 'output', b.output_tokens, 'reasoning', b.reasoning_tokens,
        'cached', b.cached_tokens, 'source', b.token_source),
      'metrics', jsonb_build_object(
        'ttfb_ms', b.ttfb_ms, 'ttft_ms', b.ttft_ms, 'cold_ttft_ms', b.cold_ttft_ms, 'ttfa_ms', b.ttfa_ms,
        'tps', b.tps, 'tpot_ms', b.tpot_ms, 'itl_p50_ms', b.itl_p50_ms, 'itl_p95_ms', b.itl_p95_ms,
        'itl_max_ms', b.itl_max_ms, 'total_latency_ms', b.total_latency_ms, 'e2e_ms', b.e2e_ms,
        'stall_count', b.stall_count, 'stall_ms', b.stall_ms, 'input_tps', b.input_tps),
      'timeline', case when t.result_id is null then null
        -- encode() wraps its lines after 76 characters.
        else jsonb_build_object('version', t.version, 'data',
          replace(encode(t.data, 'base64'), e'\n', '')) end)
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.id = describe_timeline.result_id
$$;

-- in: {since or null, until or null, formula_version or null, after: id of the last row seen or null, limit};
-- since is inclusive, until exclusive; rows of the given formula_version are left out. out: {rows, next},
-- oldest first. The timeline of a row may be null.
create or replace function public.list_timelines(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  since timestamptz := (input ->> 'since')::timestamptz;
  until timestamptz := (input ->> 'until')::timestamptz;
  known_version integer := (input ->> 'formula_version')::integer;
  last_seen public.benchmark_results;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select b.* into last_seen from public.benchmark_results b where b.id = (input ->> 'after')::uuid;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('there is no result %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at from public.benchmark_results b
    where (since is null or b.created_at >= since) and (until is null or b.created_at < until)
      and (known_version is null or b.formula_version is distinct from known_version)
      and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.id, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available
      from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_timeline(n.id) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {formula_version, results: [{id, and every metric}]}. out: {updated}. Updates only rows that have a
-- timeline and that change, so a second call changes nothing.
create or replace function public.rederive_results(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  version constant jsonb := jsonb_build_object('formula_version', input -> 'formula_version');
  updated integer;
begin
  update public.benchmark_results b
    set (ttfb_ms, ttft_ms, cold_ttft_ms, ttfa_ms, tps, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms,
        total_latency_ms, e2e_ms, stall_count, stall_ms, input_tps, formula_version)
      = row(r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms,
        r.itl_max_ms, r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, r.formula_version)
    from jsonb_array_elements(input -> 'results') given
      join public.benchmark_results old on old.id = (given ->> 'id')::uuid
      -- The row as it will be: everything that is not given stays.
      cross join jsonb_populate_record(old, given || version) r
    where b.id = old.id and old is distinct from r
      and exists (select from public.timelines t where t.result_id = old.id);
  get diagnostics updated = row_count;
  return jsonb_build_object('updated', updated);
end $$;

-- in: columns of calibrations. out: {recorded}. Repeating the same calibration changes nothing.
create or replace function public.record_calibration(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.calibrations
    select c.* from jsonb_populate_record(null::public.calibrations,
      input || jsonb_build_object('created_at', now())) c
    on conflict (id) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- in: {host}. out: {rows}: the latest calibration of this host at each concurrency, lowest first.
create or replace function public.latest_calibration(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(latest) order by latest.concurrency), '[]'))
    from (
      select distinct on (c.concurrency) c.* from public.calibrations c where c.host = input ->> 'host'
        order by c.concurrency, c.created_at desc
    ) latest
$$;

-- ---- 40_add_to_rollups.sql

-- Adding one new result to the rollups of its hour and day.

-- The one definition of what a result adds to its hour. A sample is a success that is no recheck and was
-- timed well enough; a value that does not fit into a real is none.
create or replace view firsttoken.rollup_input with (security_invoker = true) as
  select b.id, b.created_at, date_trunc('hour', b.created_at, 'UTC') as bucket,
    b.target_id, b.provider, b.model, b.series, b.region, b.synthetic, b.confirms,
    kind.is_first and b.success as is_ok,
    kind.has_failed and b.fault_domain = 'provider' as is_provider,
    kind.has_failed and b.fault_domain = 'provider' and exists (
      select from public.benchmark_results again where again.confirms = b.id and again.success) as is_cleared,
    kind.has_failed and b.fault_domain = 'account' as is_account,
    kind.has_failed and b.fault_domain = 'config' as is_config,
    kind.has_failed and b.fault_domain = 'excluded' as is_excluded,
    kind.has_failed and b.fault_domain = 'self' as is_self,
    kind.is_first and b.success and not kind.is_sample as is_untrusted,
    b.success as is_answer,
    b.success and b.cost_usd is null as is_cost_unknown,
    b.input_tokens, b.output_tokens, b.reasoning_tokens,
    case when b.cost_usd between -1e300 and 1e300 then b.cost_usd end as cost_usd,
    case when kind.has_failed
      then concat(coalesce(b.fault_domain, 'unknown'), '.', coalesce(b.error_kind, 'unknown')) end as error,
    case when kind.is_sample and (b.ttft_ms = 0 or abs(b.ttft_ms) between 1e-37 and 1e38)
      then b.ttft_ms end as ttft,
    case when kind.is_sample and (b.ttfa_ms = 0 or abs(b.ttfa_ms) between 1e-37 and 1e38)
      then b.ttfa_ms end as ttfa,
    case when kind.is_sample and (b.tps = 0 or abs(b.tps) between 1e-37 and 1e38) then b.tps end as tps,
    case when kind.is_sample and (b.total_latency_ms = 0 or abs(b.total_latency_ms) between 1e-37 and 1e38)
      then b.total_latency_ms end as latency
  from public.benchmark_results b
    cross join lateral (
      select b.confirms is null as is_first,
        b.confirms is null and not b.success as has_failed,
        b.confirms is null and b.success and b.timing_quality is distinct from 'untrusted' as is_sample) kind
  where isfinite(b.created_at);

-- Locks the days (UTC) from since to through, in order: shared to add to a day, exclusive to rebuild one,
-- because a rebuild would lose what is added meanwhile.
create or replace function firsttoken.lock_days(since timestamptz, through timestamptz, exclusive boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  -- Distinguishes these advisory locks from others of the database.
  class constant integer := 702417;
  first_day constant integer := floor(extract(epoch from since) / 86400);
  last_day constant integer := floor(extract(epoch from through) / 86400);
begin
  for day in first_day .. last_day loop
    if exclusive then
      perform pg_advisory_xact_lock(class, day);
    else
      perform pg_advisory_xact_lock_shared(class, day);
    end if;
  end loop;
end $$;

-- The track of a result.
create or replace function firsttoken.get_or_create_track(result firsttoken.rollup_input) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  known integer;
begin
  if result.target_id is not null then
    select t.id into known from public.tracks t
      where t.target_id = result.target_id
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (result.provider, result.model, result.series, result.region,
            result.synthetic);
  end if;
  if known is null then
    insert into public.tracks (target_id, provider, model, series, region, synthetic)
      values (result.target_id, result.provider, result.model, result.series, result.region, result.synthetic)
      on conflict (target_id, provider, model, series, region, synthetic) do update
        set region = excluded.region
      returning id into known;
  end if;
  return known;
end $$;

-- A single result as an hourly rollup of its own.
create or replace function firsttoken.rollup_of_result(added firsttoken.rollup_input)
returns public.rollups_hourly
language plpgsql security invoker set search_path = '' as $$
declare
  hour public.rollups_hourly;
begin
  hour.track_id := firsttoken.get_or_create_track(added);
  hour.bucket := added.bucket;
  hour.n_calls := 1;
  hour.n_answers := added.is_answer::integer;
  hour.n_ok := added.is_ok::integer;
  hour.n_provider := coalesce(added.is_provider, false)::integer;
  hour.n_cleared := coalesce(added.is_cleared, false)::integer;
  hour.n_account := coalesce(added.is_account, false)::integer;
  hour.n_config := coalesce(added.is_config, false)::integer;
  hour.n_excluded := coalesce(added.is_excluded, false)::integer;
  hour.n_self := coalesce(added.is_self, false)::integer;
  hour.n_untrusted := added.is_untrusted::integer;
  hour.n_cost_unknown := added.is_cost_unknown::integer;
  hour.input_tokens := coalesce(added.input_tokens, 0);
  hour.output_tokens := coalesce(added.output_tokens, 0);
  hour.reasoning_tokens := coalesce(added.reasoning_tokens, 0);
  hour.cost_usd := coalesce(added.cost_usd::numeric, 0);
  hour.ttft_sum := coalesce(added.ttft::numeric, 0);
  hour.ttfa_sum := coalesce(added.ttfa::numeric, 0);
  hour.tps_sum := coalesce(added.tps::numeric, 0);
  hour.latency_sum := coalesce(added.latency::numeric, 0);
  hour.errors := case when added.error is not null then jsonb_build_object(added.error, 1) end;
  hour.ttft := firsttoken.with_sample('{}', added.ttft::real);
  hour.ttfa := firsttoken.with_sample('{}', added.ttfa::real);
  hour.tps := firsttoken.with_sample('{}', added.tps::real);
  hour.latency := firsttoken.with_sample('{}', added.latency::real);
  return hour;
end $$;

-- Adds to an hour. In plpgsql, which caches the plans of its statements; a function in SQL is planned at
-- every call.
create or replace function firsttoken.add_hour(added public.rollups_hourly) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.rollups_hourly as h select added.*
    on conflict (track_id, bucket) do update set
      n_calls = h.n_calls + excluded.n_calls,
      n_answers = h.n_answers + excluded.n_answers,
      n_ok = h.n_ok + excluded.n_ok,
      n_provider = h.n_provider + excluded.n_provider,
      n_cleared = h.n_cleared + excluded.n_cleared,
      n_account = h.n_account + excluded.n_account,
      n_config = h.n_config + excluded.n_config,
      n_excluded = h.n_excluded + excluded.n_excluded,
      n_self = h.n_self + excluded.n_self,
      n_untrusted = h.n_untrusted + excluded.n_untrusted,
      n_cost_unknown = h.n_cost_unknown + excluded.n_cost_unknown,
      input_tokens = h.input_tokens + excluded.input_tokens,
      output_tokens = h.output_tokens + excluded.output_tokens,
      reasoning_tokens = h.reasoning_tokens + excluded.reasoning_tokens,
      cost_usd = h.cost_usd + excluded.cost_usd,
      ttft_sum = h.ttft_sum + excluded.ttft_sum,
      ttfa_sum = h.ttfa_sum + excluded.ttfa_sum,
      tps_sum = h.tps_sum + excluded.tps_sum,
      latency_sum = h.latency_sum + excluded.latency_sum,
      errors = firsttoken.add_counts(h.errors, excluded.errors),
      ttft = firsttoken.with_sample(h.ttft, excluded.ttft[1]),
      ttfa = firsttoken.with_sample(h.ttfa, excluded.ttfa[1]),
      tps = firsttoken.with_sample(h.tps, excluded.tps[1]),
      latency = firsttoken.with_sample(h.latency, excluded.latency[1]);
end $$;

-- Adds to the day of an hour, and to its samples if there are any.
create or replace function firsttoken.add_day(added public.rollups_hourly) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  day constant timestamptz := date_trunc('day', added.bucket, 'UTC');
begin
  insert into public.rollups_daily as d
    values (added.track_id, day, added.n_calls, added.n_answers, added.n_ok, added.n_provider,
      added.n_cleared, added.n_account, added.n_config, added.n_excluded, added.n_self, added.n_untrusted,
      added.n_cost_unknown, added.input_tokens, added.output_tokens, added.reasoning_tokens, added.cost_usd,
      cardinality(added.ttft), cardinality(added.ttfa), cardinality(added.tps), cardinality(added.latency),
      added.ttft_sum, added.ttfa_sum, added.tps_sum, added.latency_sum, added.errors)
    on conflict (track_id, bucket) do update set
      n_calls = d.n_calls + excluded.n_calls,
      n_answers = d.n_answers + excluded.n_answers,
      n_ok = d.n_ok + excluded.n_ok,
      n_provider = d.n_provider + excluded.n_provider,
      n_cleared = d.n_cleared + excluded.n_cleared,
      n_account = d.n_account + excluded.n_account,
      n_config = d.n_config + excluded.n_config,
      n_excluded = d.n_excluded + excluded.n_excluded,
      n_self = d.n_self + excluded.n_self,
      n_untrusted = d.n_untrusted + excluded.n_untrusted,
      n_cost_unknown = d.n_cost_unknown + excluded.n_cost_unknown,
      input_tokens = d.input_tokens + excluded.input_tokens,
      output_tokens = d.output_tokens + excluded.output_tokens,
      reasoning_tokens = d.reasoning_tokens + excluded.reasoning_tokens,
      cost_usd = d.cost_usd + excluded.cost_usd,
      n_ttft = d.n_ttft + excluded.n_ttft,
      n_ttfa = d.n_ttfa + excluded.n_ttfa,
      n_tps = d.n_tps + excluded.n_tps,
      n_latency = d.n_latency + excluded.n_latency,
      ttft_sum = d.ttft_sum + excluded.ttft_sum,
      ttfa_sum = d.ttfa_sum + excluded.ttfa_sum,
      tps_sum = d.tps_sum + excluded.tps_sum,
      latency_sum = d.latency_sum + excluded.latency_sum,
      errors = firsttoken.add_counts(d.errors, excluded.errors);
  if added.ttft || added.ttfa || added.tps || added.latency <> '{}' then
    insert into public.samples_daily as s
      values (added.track_id, day, added.ttft, added.ttfa, added.tps, added.latency)
      on conflict (track_id, bucket) do update set
        ttft = firsttoken.with_sample(s.ttft, excluded.ttft[1]),
        ttfa = firsttoken.with_sample(s.ttfa, excluded.ttfa[1]),
        tps = firsttoken.with_sample(s.tps, excluded.tps[1]),
        latency = firsttoken.with_sample(s.latency, excluded.latency[1]);
  end if;
end $$;

-- Adds a new result to its hour and day. A recheck may clear the failure it rechecks, so the hour of that is
-- rebuilt. Locks are taken before anything is read, so a result and its recheck that are added at the same
-- time wait for each other.
create or replace function firsttoken.add_to_rollups(result_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  result record;
  rechecked_at timestamptz;
  added firsttoken.rollup_input;
  hour public.rollups_hourly;
begin
  select b.created_at, b.confirms into strict result from public.benchmark_results b
    where b.id = add_to_rollups.result_id;
  if not isfinite(result.created_at) then
    return;
  end if;
  if result.confirms is null then
    perform firsttoken.lock_days(result.created_at, result.created_at, false);
  else
    perform firsttoken.lock_days(result.created_at - interval '24 hours', result.created_at, true);
    select b.created_at into rechecked_at from public.benchmark_results b
      where b.id = result.confirms and isfinite(b.created_at);
  end if;
  select i.* into strict added from firsttoken.rollup_input i where i.id = add_to_rollups.result_id;
  hour := firsttoken.rollup_of_result(added);
  perform firsttoken.add_hour(hour);
  perform firsttoken.add_day(hour);
  if rechecked_at is not null then
    perform firsttoken.rebuild_range(rechecked_at, rechecked_at);
  end if;
end $$;

-- ---- 41_rebuild_rollups.sql

-- Rebuilding rollups from the raw rows.

-- Creates the missing tracks of all results from since to until.
create or replace function firsttoken.create_tracks(since timestamptz, until timestamptz) returns void
language sql security invoker set search_path = '' as $$
  insert into public.tracks (target_id, provider, model, series, region, synthetic)
    select distinct i.target_id, i.provider, i.model, i.series, i.region, i.synthetic
    from firsttoken.rollup_input i where i.created_at >= since and i.created_at < until
    on conflict (target_id, provider, model, series, region, synthetic) do nothing
$$;

-- The hourly rollups from since to until, computed from the raw rows that have a track: what rollups_hourly
-- must hold.
create or replace function firsttoken.compute_hours(since timestamptz, until timestamptz)
returns setof public.rollups_hourly
language sql stable security invoker set search_path = '' as $$
  with found_rows as (
    select t.id as track_id, i.*
    from firsttoken.rollup_input i
      -- The equalities allow a hash join, which `is not distinct from` does not.
      join public.tracks t
        on coalesce(t.target_id, '00000000-0000-0000-0000-000000000000')
          = coalesce(i.target_id, '00000000-0000-0000-0000-000000000000')
        and coalesce(t.provider, '') = coalesce(i.provider, '')
        and coalesce(t.model, '') = coalesce(i.model, '')
        and coalesce(t.series, '') = coalesce(i.series, '')
        and coalesce(t.region, '') = coalesce(i.region, '')
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where i.created_at >= since and i.created_at < until
  )
  select f.track_id, f.bucket,
    count(*)::integer,
    count(*) filter (where f.is_answer)::integer,
    count(*) filter (where f.is_ok)::integer,
    count(*) filter (where f.is_provider)::integer,
    count(*) filter (where f.is_cleared)::integer,
    count(*) filter (where f.is_account)::integer,
    count(*) filter (where f.is_config)::integer,
    count(*) filter (where f.is_excluded)::integer,
    count(*) filter (where f.is_self)::integer,
    count(*) filter (where f.is_untrusted)::integer,
    count(*) filter (where f.is_cost_unknown)::integer,
    coalesce(sum(f.input_tokens), 0)::bigint,
    coalesce(sum(f.output_tokens), 0)::bigint,
    coalesce(sum(f.reasoning_tokens), 0)::bigint,
    coalesce(sum(f.cost_usd::numeric), 0),
    coalesce(sum(f.ttft::numeric), 0),
    coalesce(sum(f.ttfa::numeric), 0),
    coalesce(sum(f.tps::numeric), 0),
    coalesce(sum(f.latency::numeric), 0), (
      select jsonb_object_agg(counted.error, counted.n)
      from (
        select failed.error, count(*) as n
        from unnest(array_agg(f.error) filter (where f.error is not null)) failed (error)
        group by failed.error) counted),
    coalesce(array_agg(f.ttft::real order by f.ttft) filter (where f.ttft is not null), '{}'),
    coalesce(array_agg(f.ttfa::real order by f.ttfa) filter (where f.ttfa is not null), '{}'),
    coalesce(array_agg(f.tps::real order by f.tps) filter (where f.tps is not null), '{}'),
    coalesce(array_agg(f.latency::real order by f.latency) filter (where f.latency is not null), '{}')
  from found_rows f group by f.track_id, f.bucket
$$;

-- The daily rollups (UTC) from since to until, computed from the hourly ones: what rollups_daily must hold. A
-- day can be rebuilt although some of its hours are final and their raw rows deleted.
create or replace function firsttoken.compute_days(since timestamptz, until timestamptz)
returns setof public.rollups_daily
language sql stable security invoker set search_path = '' as $$
  select h.track_id, date_trunc('day', h.bucket, 'UTC'),
    sum(h.n_calls)::integer,
    sum(h.n_answers)::integer,
    sum(h.n_ok)::integer,
    sum(h.n_provider)::integer,
    sum(h.n_cleared)::integer,
    sum(h.n_account)::integer,
    sum(h.n_config)::integer,
    sum(h.n_excluded)::integer,
    sum(h.n_self)::integer,
    sum(h.n_untrusted)::integer,
    sum(h.n_cost_unknown)::integer,
    sum(h.input_tokens)::bigint,
    sum(h.output_tokens)::bigint,
    sum(h.reasoning_tokens)::bigint,
    sum(h.cost_usd),
    sum(cardinality(h.ttft))::integer,
    sum(cardinality(h.ttfa))::integer,
    sum(cardinality(h.tps))::integer,
    sum(cardinality(h.latency))::integer,
    sum(h.ttft_sum),
    sum(h.ttfa_sum),
    sum(h.tps_sum),
    sum(h.latency_sum), (
      select jsonb_object_agg(counted.key, counted.n)
      from (
        select e.key, sum(e.value::integer) as n
        from unnest(array_agg(h.errors) filter (where h.errors is not null)) hour
          cross join lateral jsonb_each_text(hour) e
        group by e.key) counted)
  from public.rollups_hourly h
  where h.bucket >= since and h.bucket < until
  group by 1, 2
$$;

-- The samples of the days from since to until, collected from the hourly rollups.
create or replace function firsttoken.compute_samples(since timestamptz, until timestamptz)
returns setof public.samples_daily
language sql stable security invoker set search_path = '' as $$
  select h.track_id, date_trunc('day', h.bucket, 'UTC'),
    coalesce(array_agg(v.ttft order by v.ttft) filter (where v.ttft is not null), '{}'),
    coalesce(array_agg(v.ttfa order by v.ttfa) filter (where v.ttfa is not null), '{}'),
    coalesce(array_agg(v.tps order by v.tps) filter (where v.tps is not null), '{}'),
    coalesce(array_agg(v.latency order by v.latency) filter (where v.latency is not null), '{}')
  from public.rollups_hourly h
    cross join lateral unnest(h.ttft, h.ttfa, h.tps, h.latency) v (ttft, ttfa, tps, latency)
  where h.bucket >= since and h.bucket < until
  group by 1, 2
$$;

-- Rebuilds all hours from since to through (both included) from the raw rows, and their days from the hours.
-- Hours whose raw rows may be pruned stay as they are. Returns the first rebuilt hour, null if all are final.
create or replace function firsttoken.rebuild_range(since timestamptz, through timestamptz)
returns timestamptz
language plpgsql security invoker set search_path = '' as $$
declare
  first_hour timestamptz;
  end_hour constant timestamptz := date_trunc('hour', through, 'UTC') + interval '1 hour';
  first_day timestamptz;
  end_day timestamptz;
begin
  perform firsttoken.lock_days(since, through, true);
  select greatest(date_trunc('hour', since, 'UTC'), r.pruned_until) into strict first_hour
    from public.retention r;
  if first_hour >= end_hour then
    return null;
  end if;
  first_day := date_trunc('day', first_hour, 'UTC');
  end_day := date_trunc('day', end_hour - interval '1 hour', 'UTC') + interval '24 hours';
  perform firsttoken.create_tracks(first_hour, end_hour);
  delete from public.rollups_hourly h where h.bucket >= first_hour and h.bucket < end_hour;
  -- Ordered by time, as recording writes them: rows that are queried together are stored together.
  insert into public.rollups_hourly select h.* from firsttoken.compute_hours(first_hour, end_hour) h
    order by h.bucket, h.track_id;
  delete from public.rollups_daily d where d.bucket >= first_day and d.bucket < end_day;
  insert into public.rollups_daily select d.* from firsttoken.compute_days(first_day, end_day) d
    order by d.bucket, d.track_id;
  delete from public.samples_daily s where s.bucket >= first_day and s.bucket < end_day;
  insert into public.samples_daily select s.* from firsttoken.compute_samples(first_day, end_day) s
    order by s.bucket, s.track_id;
  return first_hour;
end $$;

-- Rebuilds the hours of results that were changed or deleted, day by day, and of the results they recheck,
-- for which the day before is locked too. Pruned days are final: deleting their rows changes nothing here.
create or replace function firsttoken.rebuild_changed(moments timestamptz[], rechecked uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  before constant interval :=
    case when cardinality(rechecked) > 0 then interval '24 hours' else interval '0' end;
  touched record;
begin
  -- Nothing becomes final until this transaction ends.
  perform 1 from public.retention for share;
  perform firsttoken.lock_days(days.day - before, days.day, true)
    from (
      select distinct date_trunc('day', moment, 'UTC') as day from unnest(moments) moment
      where isfinite(moment) and moment >= (select r.pruned_until from public.retention r) order by 1) days;
  for touched in
    select min(found.moment) as since, max(found.moment) as through
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (rechecked)) found
    where isfinite(found.moment) and found.moment >= (select r.pruned_until from public.retention r)
    group by date_trunc('day', found.moment, 'UTC') order by 1
  loop
    perform firsttoken.rebuild_range(touched.since, touched.through);
  end loop;
end $$;

-- in: {since, until}. out: {since, until, rebuilt_from}: rebuilds the hours from since to until (exclusive).
-- rebuilt_from is later than since if raw rows were pruned, and null if all were.
create or replace function public.rebuild_rollups(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  since constant timestamptz := date_trunc('hour', (input ->> 'since')::timestamptz);
  until constant timestamptz :=
    date_trunc('hour', (input ->> 'until')::timestamptz - interval '1 microsecond') + interval '1 hour';
begin
  if since is null or until is null or since >= until or not isfinite(since)
    or until - since > interval '3700 days' then
    raise exception using errcode = '22023',
      message = 'rebuild_rollups needs since and until, since before until, ten years apart at most';
  end if;
  return jsonb_build_object('since', since, 'until', until,
    'rebuilt_from', firsttoken.rebuild_range(since, until - interval '1 microsecond'));
end $$;

-- ---- 50_leaderboards.sql

-- Leaderboards: medians and ratios with confidence intervals, ranks, and the table that holds them.

-- The sorted samples of each block of a period: hours for 24h, else days. Calls within a block are
-- correlated, so the intervals treat blocks, not samples, as independent.
create or replace function firsttoken.sample_blocks(period text)
returns table (track_id integer, metric text, samples real[])
language sql stable security invoker set search_path = '' as $$
  select b.track_id, m.metric, m.samples
  from (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where period <> '24h' and s.bucket >= public.period_start(period)
  ) b cross join lateral (values
    ('ttft', b.ttft), ('ttfa', b.ttfa), ('tps', b.tps), ('latency', b.latency)
  ) m (metric, samples)
  where cardinality(m.samples) > 0
$$;

-- How much of a period a track covers: hours and days (UTC) with at least one sample, check or answer.
create or replace function firsttoken.coverage(period text)
returns table (track_id integer, metric text, n_hours integer, n_days integer)
language sql stable security invoker set search_path = '' as $$
  select h.track_id, m.metric, count(*)::integer, count(distinct date_trunc('day', h.bucket, 'UTC'))::integer
  from public.rollups_hourly h cross join lateral (values
    ('ttft', cardinality(h.ttft)), ('ttfa', cardinality(h.ttfa)), ('tps', cardinality(h.tps)),
    ('latency', cardinality(h.latency)), ('uptime', h.n_ok + h.n_provider),
    ('cost', h.n_answers - h.n_cost_unknown)
  ) m (metric, n)
  where h.bucket >= public.period_start(period) and m.n > 0
  group by h.track_id, m.metric
$$;

-- Medians with Woodruff's interval (1952): the uncertainty of the share of samples below the median, from the
-- variance of that share between blocks (linearized, Student's t), read off the samples themselves.
create or replace function firsttoken.summarize_samples(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision, mean double precision, sd double precision, p90 double precision,
  p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with blocks as materialized (
    select * from firsttoken.sample_blocks(summarize_samples.period)
  ), whole as materialized (
    select b.track_id, b.metric, array_agg(v order by v) as sorted, avg(v) as mean, stddev_samp(v) as sd
    from blocks b cross join lateral unnest(b.samples) v group by b.track_id, b.metric
  ), medians as (
    select w.*, cardinality(w.sorted) as n, firsttoken.percentile_of(w.sorted, 0.5) as median from whole w
  ), spread as (
    select m.track_id, m.metric, count(*)::integer as n_blocks,
      sqrt(count(*) / nullif(count(*) - 1, 0)::double precision
        * sum((width_bucket(m.median::real, b.samples) - 0.5 * cardinality(b.samples)) ^ 2)) / m.n as error
    from medians m join blocks b on b.track_id = m.track_id and b.metric = m.metric
    group by m.track_id, m.metric, m.n
  ), bounds as (
    select s.track_id, s.metric, firsttoken.student_t(s.n_blocks - 1) * s.error as margin from spread s
  )
  select m.track_id, m.metric, m.n, m.median,
    case when b.margin is not null then firsttoken.percentile_of(m.sorted, greatest(0, 0.5 - b.margin)) end,
    case when b.margin is not null then firsttoken.percentile_of(m.sorted, least(1, 0.5 + b.margin)) end,
    m.mean, m.sd,
    firsttoken.published_percentile(m.sorted, 0.9), firsttoken.published_percentile(m.sorted, 0.95),
    firsttoken.published_percentile(m.sorted, 0.99)
  from medians m join bounds b on b.track_id = m.track_id and b.metric = m.metric
$$;

-- Uptime and dollars per answer: ratios of sums over blocks, with the linearized error of such a ratio
-- between blocks. Uptime takes Wilson's interval for the number of independent checks that this error amounts
-- to, which stays honest if nothing failed.
create or replace function firsttoken.summarize_counts(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with counts as (
    select h.track_id, h.n_ok, h.n_provider, h.n_cleared, h.n_answers, h.n_cost_unknown, h.cost_usd
    from public.rollups_hourly h
    where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select d.track_id, d.n_ok, d.n_provider, d.n_cleared, d.n_answers, d.n_cost_unknown, d.cost_usd
    from public.rollups_daily d
    where period <> '24h' and d.bucket >= public.period_start(period)
  ), blocks as (
    select c.track_id, m.metric, m.n, m.total::double precision as total
    from counts c cross join lateral (values
      ('uptime', c.n_ok + c.n_provider, c.n_provider - c.n_cleared),
      ('cost', c.n_answers - c.n_cost_unknown, c.cost_usd)
    ) m (metric, n, total)
    -- A block may consist of failures that cost something.
    where m.n > 0 or m.total > 0
  ), ratios as (
    select b.track_id, b.metric, sum(b.n)::integer as n, sum(b.total) / nullif(sum(b.n), 0) as ratio,
      count(*) as n_blocks
    from blocks b group by b.track_id, b.metric having sum(b.n) > 0
  ), errors as (
    select r.track_id, r.metric, r.n, r.ratio, firsttoken.student_t(r.n_blocks::integer - 1) as t,
      sqrt(r.n_blocks / nullif(r.n_blocks - 1, 0)::double precision
        * sum((b.total - r.ratio * b.n) ^ 2)) / r.n as error
    from ratios r join blocks b on b.track_id = r.track_id and b.metric = r.metric
    group by r.track_id, r.metric, r.n, r.ratio, r.n_blocks
  ), worth as (
    select e.*, least(e.n, coalesce(e.ratio * (1 - e.ratio) / nullif(e.error, 0) ^ 2, e.n)) as n_independent
    from errors e
  ), wilson as (
    select w.*, (w.ratio + w.t ^ 2 / (2 * w.n_independent)) / (1 + w.t ^ 2 / w.n_independent) as centre,
      w.t / (1 + w.t ^ 2 / w.n_independent)
        * sqrt(w.ratio * (1 - w.ratio) / w.n_independent + w.t ^ 2 / (4 * w.n_independent ^ 2)) as margin
    from worth w where w.metric = 'uptime'
  )
  -- Rounding must not leave the value outside of its interval.
  select w.track_id, w.metric, w.n, 100 * (1 - w.ratio),
    case when w.margin is not null then 100 * (1 - least(1, greatest(w.ratio, w.centre + w.margin))) end,
    case when w.margin is not null then 100 * (1 - greatest(0, least(w.ratio, w.centre - w.margin))) end
    from wilson w
  union all
  select e.track_id, e.metric, e.n, e.ratio,
      case when e.t is not null then greatest(0, e.ratio - e.t * e.error) end, e.ratio + e.t * e.error
    from errors e where e.metric = 'cost'
$$;

-- The summary of a period. Published: 29 samples in half of the hours of a day, or 59 in more than half of
-- the days of a week or a third of those of a month. Tracks are ranked within their region and series only,
-- and one ranks behind another only if its whole interval does: rank to rank_to are its possible places.
create or replace function firsttoken.summarize_period(period text) returns setof public.target_summary
language sql stable security invoker set search_path = '' as $$
  with found_rows as (
    select s.track_id, s.metric, s.n, s.value, s.low, s.high, s.mean, s.sd, s.p90, s.p95, s.p99
      from firsttoken.summarize_samples(summarize_period.period) s
    union all
    select c.track_id, c.metric, c.n, c.value, c.low, c.high, null, null, null, null, null
      from firsttoken.summarize_counts(summarize_period.period) c
  ), covered as materialized (
    select f.*, coalesce(c.n_hours, 0) as n_hours, coalesce(c.n_days, 0) as n_days,
      -- Negated where higher is better, so that lower is better for all.
      case when f.metric in ('tps', 'uptime') then -f.high else f.low end as best,
      case when f.metric in ('tps', 'uptime') then -f.low else f.high end as worst,
      f.low is not null and f.high is not null and case summarize_period.period
        when '24h' then f.n >= 29 and c.n_hours >= 12
        when '7d' then f.n >= 59 and c.n_days >= 4
        else f.n >= 59 and c.n_days >= 10 end as is_published,
      f.metric || ' ' || jsonb_build_array(t.region, t.series, t.synthetic) as list
    from found_rows f join public.tracks t on t.id = f.track_id
      left join firsttoken.coverage(summarize_period.period) c on c.track_id = f.track_id
        and c.metric = f.metric
  ), ranked as (
    select c.track_id, c.metric,
      count(*) filter (where o.worst < c.best) + 1 as rank,
      count(*) filter (where o.best <= c.worst) as rank_to
    from covered c join covered o on o.list = c.list
    where c.is_published and o.is_published
    group by c.track_id, c.metric
  )
  select summarize_period.period, c.metric, c.track_id, c.n, c.n_hours, c.n_days, c.value, c.low, c.high,
    c.mean, c.sd, c.p90, c.p95, c.p99, r.rank::integer, r.rank_to::integer, now()
  from covered c left join ranked r on r.track_id = c.track_id and r.metric = c.metric
$$;

-- in: {} or {periods: [...]}. out: {refreshed: [period]}. Rebuilds the leaderboards of the last day and week,
-- and once an hour that of the month. Does nothing if another session is refreshing.
create or replace function public.refresh_summaries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  due text;
  refreshed text[] := '{}';
begin
  if pg_try_advisory_xact_lock(702418, 1) then
    for due in
      select p.period from unnest(array['24h', '7d', '30d']) p (period)
      where case when input ? 'periods' then input -> 'periods' ? p.period
        else p.period <> '30d' or not exists (
          select from public.target_summary s
          where s.period = '30d' and s.refreshed_at > now() - interval '1 hour') end
    loop
      delete from public.target_summary s where s.period = due;
      insert into public.target_summary select * from firsttoken.summarize_period(due);
      refreshed := refreshed || due;
    end loop;
  end if;
  return jsonb_build_object('refreshed', refreshed);
end $$;

-- ---- 51_reports.sql

-- Functions for people: statistics of any time span, and two runs compared.

-- p50, p90, p95, p99, mean and sd of each metric from since to until, both widened to whole hours. per:
-- target, provider or region, the grain; regions and series are never merged. Percentiles from p90 up need
-- 29, 59 and 299 samples.
create or replace function public.window_stats(since timestamptz, until timestamptz default now(),
  per text default 'target', only_provider text default null, only_model text default null,
  only_region text default null)
returns table (provider text, model text, target_id uuid, region text, series text, synthetic boolean,
  metric text, n integer, mean double precision, sd double precision, p50 double precision,
  p90 double precision, p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with hours as (
    select date_trunc('hour', window_stats.since, 'UTC') as since,
      date_trunc('hour', window_stats.until - interval '1 microsecond', 'UTC') + interval '1 hour' as until
  ), days as (
    select h.*,
      date_trunc('day', h.since + interval '24 hours' - interval '1 microsecond', 'UTC') as first_day,
      date_trunc('day', h.until, 'UTC') as end_day
    from hours h
  ), spans as (
    -- Full days are read by day, the rest of the first and last day by hour.
    select d.since, case when d.first_day < d.end_day then d.first_day else d.until end as full_days_since,
      case when d.first_day < d.end_day then d.end_day else d.until end as full_days_until, d.until
    from days d
  ), wanted as (
    select k.id, k.region, k.series, k.synthetic,
      case when per <> 'region' then k.provider end as provider,
      case when per = 'target' then k.model end as model,
      case when per = 'target' then k.target_id end as target_id
    from public.tracks k
    where (only_provider is null or k.provider = only_provider)
      and (only_model is null or k.model = only_model)
      and (only_region is null or k.region = only_region)
  ), numbered as materialized (
    -- One number instead of six names, because the samples are sorted by it.
    select w.*, dense_rank() over (
      order by w.provider, w.model, w.target_id, w.region, w.series, w.synthetic)::integer as line
    from wanted w
  ), measured as (
    -- Side by side, though values of a row need not be of one call: unnest in the select list needs no loop
    -- per array.
    select w.line, unnest(b.ttft) as ttft, unnest(b.ttfa) as ttfa, unnest(b.tps) as tps,
      unnest(b.latency) as latency
    from numbered w cross join spans d
      cross join lateral (
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.since and h.bucket < d.full_days_since
        union all
        select s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
          where s.track_id = w.id and s.bucket >= d.full_days_since and s.bucket < d.full_days_until
        union all
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.full_days_until and h.bucket < d.until
      ) b
  ), sorted as (
    select m.line,
      count(m.ttft) as n_ttft, avg(m.ttft) as mean_ttft, stddev_samp(m.ttft) as sd_ttft,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttft) as p_ttft,
      count(m.ttfa) as n_ttfa, avg(m.ttfa) as mean_ttfa, stddev_samp(m.ttfa) as sd_ttfa,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttfa) as p_ttfa,
      count(m.tps) as n_tps, avg(m.tps) as mean_tps, stddev_samp(m.tps) as sd_tps,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.tps) as p_tps,
      count(m.latency) as n_latency, avg(m.latency) as mean_latency, stddev_samp(m.latency) as sd_latency,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.latency) as p_latency
    from measured m group by m.line
  ), figures as (
    select s.line, f.*
    from sorted s cross join lateral (values
      (1, 'ttft', s.n_ttft, s.mean_ttft, s.sd_ttft, s.p_ttft),
      (2, 'ttfa', s.n_ttfa, s.mean_ttfa, s.sd_ttfa, s.p_ttfa),
      (3, 'tps', s.n_tps, s.mean_tps, s.sd_tps, s.p_tps),
      (4, 'latency', s.n_latency, s.mean_latency, s.sd_latency, s.p_latency)
    ) f (place, metric, n, mean, sd, p)
  )
  select l.provider, l.model, l.target_id, l.region, l.series, l.synthetic,
    f.metric, f.n::integer, f.mean, f.sd, f.p[1],
    -- The minimum samples of published_percentile.
    case when f.n >= 29 then f.p[2] end, case when f.n >= 59 then f.p[3] end,
      case when f.n >= 299 then f.p[4] end
  from figures f join (select distinct on (n.line) n.* from numbered n order by n.line) l on l.line = f.line
  where f.n > 0
  order by f.place, l.region, l.series, l.provider, l.model
$$;

-- Two runs side by side, target by target: medians of what each measured, and the change from the first to
-- the second in percent. Only calls of the same region and series are compared; a target of one run only has
-- a row of its own.
create or replace function public.compare_runs(before uuid, after uuid)
returns table (provider text, model text, region text, series text, n_before integer, n_after integer,
  ttft_before_ms double precision, ttft_after_ms double precision, ttft_change_percent double precision,
  tps_before double precision, tps_after double precision, tps_change_percent double precision,
  latency_before_ms double precision, latency_after_ms double precision,
  latency_change_percent double precision, failed_before integer, failed_after integer)
language sql stable security invoker set search_path = '' as $$
  with sides as (
    select b.run_id, b.target_id, b.provider, b.model, b.region, b.series,
      count(i.latency)::integer as n, count(*) filter (where i.error is not null)::integer as failed,
      percentile_cont(0.5) within group (order by i.ttft) as ttft,
      percentile_cont(0.5) within group (order by i.tps) as tps,
      percentile_cont(0.5) within group (order by i.latency) as latency
    from public.benchmark_results b join firsttoken.rollup_input i on i.id = b.id
    where b.run_id in (compare_runs.before, compare_runs.after)
    group by 1, 2, 3, 4, 5, 6
  ), first_run as (
    select s.* from sides s where s.run_id = compare_runs.before
  ), second_run as (
    select s.* from sides s where s.run_id = compare_runs.after
  )
  select coalesce(o.provider, n.provider), coalesce(o.model, n.model), coalesce(o.region, n.region),
    coalesce(o.series, n.series), coalesce(o.n, 0), coalesce(n.n, 0),
    o.ttft, n.ttft, 100 * (n.ttft / nullif(o.ttft, 0) - 1),
    o.tps, n.tps, 100 * (n.tps / nullif(o.tps, 0) - 1),
    o.latency, n.latency, 100 * (n.latency / nullif(o.latency, 0) - 1),
    coalesce(o.failed, 0), coalesce(n.failed, 0)
  from first_run o full join second_run n
    on n.target_id = o.target_id and n.region = o.region and n.series = o.series
  order by 1, 2, 3, 4
$$;

-- ---- 52_retention.sql

-- Retention: texts are deleted first, rows later, rollups never. prune takes one batch per call, so it can be
-- stopped at any time and blocks nobody for long.

-- Deletes the texts of a batch of old results and returns how many.
create or replace function firsttoken.prune_texts(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  update public.benchmark_results b set response_text = null
    where b.id in (
      select o.id from public.benchmark_results o
      where o.created_at < prune_texts.before and o.response_text is not null
      order by o.created_at limit batch);
  get diagnostics n = row_count;
  return n;
end $$;

-- Finalizes the oldest day before a moment: compares its rollups with its rows, rebuilds them if they differ,
-- and deletes its skipped probes. Returns the day, null if there is none.
create or replace function firsttoken.finalize_day(before timestamptz) returns timestamptz
language plpgsql security invoker set search_path = '' as $$
declare
  day timestamptz;
  day_after timestamptz;
begin
  -- Sessions that change results have read which days are final; this must not change meanwhile.
  perform 1 from public.retention for update;
  select date_trunc('day', b.created_at, 'UTC') into day from public.benchmark_results b
    where b.created_at >= (select r.pruned_until from public.retention r)
      and b.created_at < finalize_day.before and isfinite(b.created_at)
    order by b.created_at limit 1;
  if day is null then
    return null;
  end if;
  -- Waits for sessions that change this day; from here on results can only be added.
  perform firsttoken.lock_days(day, day, true);
  day_after := day + interval '24 hours';
  perform firsttoken.create_tracks(day, day_after);
  if exists (
    with counted as materialized (
      select * from firsttoken.compute_hours(day, day_after)
    ), kept as materialized (
      select * from public.rollups_hourly h where h.bucket >= day and h.bucket < day_after
    )
    (select * from counted except select * from kept)
    union all (select * from kept except select * from counted)
  ) then
    perform firsttoken.rebuild_range(day, day_after - interval '1 microsecond');
  end if;
  delete from public.probes p using public.runs r
    where r.id = p.run_id and r.started_at >= day and r.started_at < day_after and p.status = 'skipped';
  update public.retention r set pruned_until = day_after;
  return day;
end $$;

-- Deletes a batch of rows of finalized days with their timelines and probes. Returns the number of results.
create or replace function firsttoken.delete_finalized(batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  probes uuid[];
  n integer;
begin
  with old_rows as (
    select b.id from public.benchmark_results b
    where b.created_at < (select r.pruned_until from public.retention r) and isfinite(b.created_at)
    order by b.created_at limit batch
  ), deleted as (
    delete from public.benchmark_results b using old_rows o where b.id = o.id returning b.probe_id
  )
  select count(*), array_agg(d.probe_id) into n, probes from deleted d;
  delete from public.probes p where p.id = any (probes);
  return n;
end $$;

-- in: {texts_before or null, results_before or null, limit}; null keeps forever. out: {texts, results,
-- closed, pruned_until, done}: what this batch deleted, or the day it finalized, whose rows are next; done if
-- nothing is left.
create or replace function public.prune(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  batch constant integer := least(greatest((input ->> 'limit')::integer, 1), 100000);
  n_texts integer := 0;
  n_results integer := 0;
  closed timestamptz;
begin
  -- One session at a time.
  perform pg_advisory_xact_lock(702418, 2);
  if input ->> 'texts_before' is not null then
    n_texts := firsttoken.prune_texts((input ->> 'texts_before')::timestamptz, batch);
  end if;
  if n_texts = 0 then
    n_results := firsttoken.delete_finalized(batch);
    if n_results = 0 then
      closed := firsttoken.finalize_day(date_trunc('day', (input ->> 'results_before')::timestamptz));
    end if;
  end if;
  return jsonb_build_object('texts', n_texts, 'results', n_results, 'closed', closed,
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'done', n_texts = 0 and n_results = 0 and closed is null);
end $$;

-- in: {texts_before or null, results_before or null}. out: {texts, results, pruned_until}: what prune would
-- delete.
create or replace function public.count_prunable(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'texts', (
      select count(*) from public.benchmark_results b
      where b.created_at < (input ->> 'texts_before')::timestamptz and b.response_text is not null),
    'results', (
      select count(*) from public.benchmark_results b
      where b.created_at
          < greatest(r.pruned_until, date_trunc('day', (input ->> 'results_before')::timestamptz))
        and isfinite(b.created_at)),
    'pruned_until', nullif(r.pruned_until, '-infinity'))
  from public.retention r
$$;

-- ---- 60_target_views.sql

-- Views of targets: the latest result, checks and health.

-- The latest result of every active target: one index lookup per target, however many results there are.
create or replace view public.latest_results with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, r.created_at,
    r.success, r.error_kind, r.fault_domain, r.error_message, r.ttft_ms, r.ttfa_ms, r.tps, r.total_latency_ms,
    r.input_tokens, r.output_tokens, r.cost_usd, r.timing_quality, r.synthetic, r.id as result_id, r.run_id
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (
      select * from public.benchmark_results b where b.target_id = t.id order by b.created_at desc limit 1
    ) r
  where t.active;

-- Checks: first attempts that succeeded or that the provider failed; ok if the attempt or its recheck
-- succeeded.
create or replace view public.checks with (security_invoker = true) as
  select b.id, b.target_id, b.region, b.created_at, b.error_kind, b.error_message,
    b.success or exists (
      select from public.benchmark_results again where again.confirms = b.id and again.success) as ok
  from public.benchmark_results b
  where b.confirms is null and (b.success or b.fault_domain = 'provider');

-- Every target in every region where it was called in the week before its last call. state: up; failing, if
-- the last check failed; down, if the last two or more did; stale, if there was no check for 2.5 intervals of
-- the schedule; paused; unknown, if it was never called. since: the first check of that state.
create or replace view public.target_health with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region,
    case
      when not t.active then 'paused'
      when r.target_id is null then 'unknown'
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then 'stale'
      when latest.ok then 'up'
      when failures.n > 1 then 'down'
      else 'failing' end as state,
    case
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then latest.created_at
      when not latest.ok then failures.since
      else coalesce(recovered.created_at, beginning.hour) end as since,
    latest.created_at as last_check_at,
    fault.created_at as last_error_at, fault.error_kind as last_error_kind,
    fault.error_message as last_error_message
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join lateral (
      select called.target_id, called.region, called.last_day
      from (
        select k.target_id, k.region, max(latest_day.bucket) as last_day,
          max(max(latest_day.bucket)) over () as last_of_all
        from public.tracks k
          cross join lateral (
            select d.bucket from public.rollups_daily d
            where d.track_id = k.id order by d.bucket desc limit 1) latest_day
        where k.target_id = t.id
        group by k.target_id, k.region
      ) called
      where called.last_day >= called.last_of_all - interval '7 days'
    ) r on true
    left join lateral (
      select c.created_at, c.ok from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region
        and c.created_at >= r.last_day - interval '7 days'
      order by c.created_at desc limit 1
    ) latest on true
    left join lateral (
      select b.created_at, b.error_kind, b.error_message from public.benchmark_results b
      where b.target_id = r.target_id and b.region is not distinct from r.region and not b.success
        and b.confirms is null and b.created_at >= r.last_day - interval '7 days'
      order by b.created_at desc limit 1
    ) fault on true
    left join lateral (
      select c.created_at from public.checks c
      where not latest.ok and c.target_id = r.target_id and c.region is not distinct from r.region and c.ok
      order by c.created_at desc limit 1
    ) last_ok on true
    left join lateral (
      select count(*) as n, min(b.created_at) as since from public.benchmark_results b
      where not latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region
        and not b.success and b.fault_domain = 'provider' and b.confirms is null
        and b.created_at > coalesce(last_ok.created_at, '-infinity')
    ) failures on true
    left join lateral (
      select c.created_at from public.checks c
        join public.benchmark_results b on b.id = c.id and not b.success and b.fault_domain = 'provider'
      where latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region and not c.ok
      order by b.created_at desc limit 1
    ) last_failed on true
    left join lateral (
      select c.created_at from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region and c.ok
        and c.created_at > last_failed.created_at
      order by c.created_at limit 1
    ) recovered on true
    left join lateral (
      select min(first_hour.bucket) as hour from public.tracks k
        cross join lateral (
          select h.bucket from public.rollups_hourly h
          where h.track_id = k.id and h.n_ok > 0 order by h.bucket limit 1
        ) first_hour
      where latest.ok and recovered.created_at is null
        and k.target_id = r.target_id and k.region is not distinct from r.region
    ) beginning on true
    left join lateral (
      select s.late_at - s.slot as interval from public.runs s
      where s.slot is not null and s.late_at is not null order by s.started_at desc limit 1
    ) pace on true
  where t.active is not null;

-- ---- 61_history_views.sql

-- Views of the history, over rollups. Hours and days are UTC; regions and series are never merged.

-- Counts, means and medians of each track by hour.
create or replace view public.hourly_trends with (security_invoker = true) as
  select h.bucket as hour, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, h.n_calls,
    h.n_ok, h.n_ok + h.n_provider as n_checks, h.n_provider - h.n_cleared as n_failed,
    cardinality(h.latency) as n_samples,
    (h.ttft_sum / nullif(cardinality(h.ttft), 0))::double precision as ttft_mean_ms,
    (h.ttfa_sum / nullif(cardinality(h.ttfa), 0))::double precision as ttfa_mean_ms,
    (h.tps_sum / nullif(cardinality(h.tps), 0))::double precision as tps_mean,
    (h.latency_sum / nullif(cardinality(h.latency), 0))::double precision as latency_mean_ms,
    -- The median is the mean of the two middle values, which are the same one if the count is odd.
    (h.ttft[(cardinality(h.ttft) + 1) / 2]::double precision
      + h.ttft[cardinality(h.ttft) / 2 + 1]) / 2 as ttft_p50_ms,
    (h.ttfa[(cardinality(h.ttfa) + 1) / 2]::double precision
      + h.ttfa[cardinality(h.ttfa) / 2 + 1]) / 2 as ttfa_p50_ms,
    (h.tps[(cardinality(h.tps) + 1) / 2]::double precision
      + h.tps[cardinality(h.tps) / 2 + 1]) / 2 as tps_p50,
    (h.latency[(cardinality(h.latency) + 1) / 2]::double precision
      + h.latency[cardinality(h.latency) / 2 + 1]) / 2 as latency_p50_ms,
    h.cost_usd::double precision as cost_usd
  from public.rollups_hourly h join public.tracks k on k.id = h.track_id;

-- The same by day, with the percentiles that a day has enough samples for.
create or replace view public.daily_trends with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls,
    d.n_ok, d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed,
    d.n_latency as n_samples,
    (d.ttft_sum / nullif(d.n_ttft, 0))::double precision as ttft_mean_ms,
    (d.ttfa_sum / nullif(d.n_ttfa, 0))::double precision as ttfa_mean_ms,
    (d.tps_sum / nullif(d.n_tps, 0))::double precision as tps_mean,
    (d.latency_sum / nullif(d.n_latency, 0))::double precision as latency_mean_ms,
    firsttoken.percentile_of(s.ttft, 0.5) as ttft_p50_ms,
    firsttoken.published_percentile(s.ttft, 0.95) as ttft_p95_ms,
    firsttoken.percentile_of(s.ttfa, 0.5) as ttfa_p50_ms,
    firsttoken.published_percentile(s.ttfa, 0.95) as ttfa_p95_ms,
    firsttoken.percentile_of(s.tps, 0.5) as tps_p50,
    firsttoken.percentile_of(s.latency, 0.5) as latency_p50_ms,
    firsttoken.published_percentile(s.latency, 0.95) as latency_p95_ms,
    d.cost_usd::double precision as cost_usd
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    left join public.samples_daily s on s.track_id = d.track_id and s.bucket = d.bucket;

-- Checks by day, and the share that no provider failed, rounded down so that 100 means no failure.
create or replace view public.uptime_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed,
    floor(10000.0 * (d.n_ok + d.n_cleared) / (d.n_ok + d.n_provider)) / 100 as uptime_percent
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
  where d.n_ok + d.n_provider > 0;

-- Costs by day, including rechecks and failures; n_cost_unknown answers have no known cost.
create or replace view public.costs_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls,
    d.n_answers, d.input_tokens, d.output_tokens, d.reasoning_tokens, d.cost_usd, d.n_cost_unknown
  from public.rollups_daily d join public.tracks k on k.id = d.track_id;

-- Failures by day and fault domain, without rechecks.
create or replace view public.errors_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    split_part(e.key, '.', 1) as fault_domain, split_part(e.key, '.', 2) as error_kind, e.value::integer as n
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null;

-- The published part of the leaderboards, with names. Ranks overlap if intervals do.
create or replace view public.leaderboard with (security_invoker = true) as
  select s.period, s.metric, s.rank, s.rank_to, k.provider, k.model, k.target_id, k.region, k.series,
    k.synthetic, s.value, s.low, s.high, s.n, s.n_hours, s.n_days, s.mean, s.sd, s.p90, s.p95, s.p99,
    now() - s.refreshed_at as age
  from public.target_summary s join public.tracks k on k.id = s.track_id
  where s.rank is not null;

-- ---- 62_catalog_views.sql

-- Views of prices and runs.

-- Every price that replaced another, with both.
create or replace view public.price_changes with (security_invoker = true) as
  select changes.*
  from (
    select p.name as provider, m.name as model, pr."timestamp" as since,
      lag(pr.input_price_per_m) over before_it as input_before, pr.input_price_per_m as input_now,
      lag(pr.output_price_per_m) over before_it as output_before, pr.output_price_per_m as output_now,
      pr.source, pr.as_of, pr.valid_until
    from public.prices pr
      join public.models m on m.id = pr.model_id
      join public.providers p on p.id = pr.provider_id
    window before_it as (partition by pr.model_id order by pr."timestamp", pr.id)
  ) changes
  where changes.input_before is not null;

-- Slots of a schedule without a run: consecutive ones in one row, those recorded as missed in a row each. A
-- run knows the next slot (late_at); within a gap, slots are assumed to be equally spaced.
create or replace view public.run_gaps with (security_invoker = true) as
  select g.schedule, g.since, g.until, g.n_slots, g.reason
  from (
    select gap.schedule, gap.since, gap.until,
      ceil(extract(epoch from gap.until - gap.since) / extract(epoch from gap.interval))::integer - (
        select count(*)::integer from public.runs missed
        where missed.schedule = gap.schedule and missed.slot >= gap.since and missed.slot < gap.until
          and missed.status = 'missed'
      ) as n_slots,
      null::text as reason
    from (
      select r.schedule, r.late_at as since, r.late_at - r.slot as interval,
        coalesce(lead(r.slot) over (partition by r.schedule order by r.slot),
          date_trunc('minute', now())) as until
      from public.runs r where r.slot is not null and r.late_at is not null
    ) gap
    where gap.until > gap.since
    union all
    select r.schedule, r.slot, r.slot, 1, r.status_reason from public.runs r where r.status = 'missed'
  ) g
  where g.n_slots > 0;

-- What a run planned, and the result of each probe.
create or replace view public.run_probes with (security_invoker = true) as
  select pr.run_id, pr.ordinal, p.name as provider, m.name as model, t.parameters, pr.region, pr.series,
    pr.iteration, pr.status, pr.skip_reason, pr.confirms is not null as is_second_look, b.created_at,
    b.success, b.error_kind, b.fault_domain, b.error_message, b.status_code, b.ttft_ms, b.ttfa_ms, b.tps,
    b.total_latency_ms, b.input_tokens, b.output_tokens, b.cost_usd, b.timing_quality, pr.target_id,
    pr.id as probe_id, b.id as result_id
  from public.probes pr
    join public.targets t on t.id = pr.target_id
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join public.benchmark_results b on b.probe_id = pr.id;

-- ---- 80_triggers.sql

-- Triggers that keep rollups in step with benchmark_results, whoever inserts, updates or deletes, in the same
-- transaction.

-- A row from record_result is added. Any other insert rebuilds, because one statement may both update and
-- insert; rows of final days are added, because those cannot be rebuilt.
create or replace function firsttoken.after_insert_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  if exists (select from new_rows n where n.id::text = current_setting('firsttoken.recording', true)) then
    perform firsttoken.add_to_rollups(n.id) from new_rows n;
  else
    perform firsttoken.rebuild_changed(array_agg(n.created_at),
      array_agg(n.confirms) filter (where n.confirms is not null))
      from new_rows n having count(*) > 0;
    perform firsttoken.add_to_rollups(n.id) from new_rows n
      where n.created_at < (select r.pruned_until from public.retention r);
  end if;
  return null;
end $$;

create or replace function firsttoken.after_update_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  moments timestamptz[];
  rechecked uuid[];
begin
  with changed as (
    select o.created_at as old_moment, n.created_at as new_moment, o.confirms as old_confirms,
      n.confirms as new_confirms
    from old_rows o full join new_rows n on n.id = o.id
    where (o.id, o.created_at, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic, o.confirms,
        o.success, o.fault_domain, o.error_kind, o.timing_quality, o.input_tokens, o.output_tokens,
        o.reasoning_tokens, o.cost_usd, o.ttft_ms, o.ttfa_ms, o.tps, o.total_latency_ms)
      is distinct from
      (n.id, n.created_at, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic, n.confirms,
        n.success, n.fault_domain, n.error_kind, n.timing_quality, n.input_tokens, n.output_tokens,
        n.reasoning_tokens, n.cost_usd, n.ttft_ms, n.ttfa_ms, n.tps, n.total_latency_ms)
  )
  select array_agg(c.old_moment) || array_agg(c.new_moment),
    array_agg(c.old_confirms) || array_agg(c.new_confirms)
    into moments, rechecked from changed c;
  if moments is not null then
    perform firsttoken.rebuild_changed(array_remove(moments, null), array_remove(rechecked, null));
    -- A row that moved into a final day: the rebuild removed it from where it was, and cannot add it there.
    perform firsttoken.add_to_rollups(n.id)
      from new_rows n join old_rows o on o.id = n.id cross join public.retention r
      where n.created_at < r.pruned_until and o.created_at >= r.pruned_until;
  end if;
  return null;
end $$;

create or replace function firsttoken.after_delete_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.rebuild_changed(array_agg(o.created_at),
    array_agg(o.confirms) filter (where o.confirms is not null))
    from old_rows o having count(*) > 0;
  return null;
end $$;

-- Final rollups stay: they cannot be rebuilt.
create or replace function firsttoken.after_truncate_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  delete from public.rollups_hourly h where h.bucket >= (select r.pruned_until from public.retention r);
  delete from public.rollups_daily d where d.bucket >= (select r.pruned_until from public.retention r);
  delete from public.samples_daily s where s.bucket >= (select r.pruned_until from public.retention r);
  delete from public.target_summary;
  return null;
end $$;

create or replace trigger keep_rollups_on_insert after insert on public.benchmark_results
  referencing new table as new_rows
  for each statement execute function firsttoken.after_insert_of_results();
create or replace trigger keep_rollups_on_update after update on public.benchmark_results
  referencing old table as old_rows new table as new_rows
  for each statement execute function firsttoken.after_update_of_results();
create or replace trigger keep_rollups_on_delete after delete on public.benchmark_results
  referencing old table as old_rows
  for each statement execute function firsttoken.after_delete_of_results();
create or replace trigger keep_rollups_on_truncate after truncate on public.benchmark_results
  for each statement execute function firsttoken.after_truncate_of_results();

-- ---- 85_rollups.sql

-- Rolls up the results of an earlier installation, a week at a time.
do $$
declare
  since timestamptz;
  through timestamptz;
  next_week timestamptz;
begin
  if exists (select from public.rollups_hourly) then
    return;
  end if;
  select min(b.created_at), max(b.created_at) into since, through
    from public.benchmark_results b where isfinite(b.created_at);
  while since <= through loop
    next_week := date_trunc('day', since, 'UTC') + interval '7 days';
    perform firsttoken.rebuild_range(since, least(through, next_week - interval '1 microsecond'));
    since := next_week;
  end loop;
end $$;

-- ---- 90_rights.sql

-- Rights: of Supabase's three roles only service_role may use what is ours. Postgres grants execute on every
-- new function to everyone, and an older Supabase project grants everything to anon too; a newer one grants
-- nothing to anyone, service_role included. Row level security without a policy is the second line: a grant
-- made by mistake shows no row. Every migration ends with this file.

-- A plain Postgres lacks the roles. If we may not create them, nobody needs them.
do $$
declare
  missing text;
begin
  for missing in
    select role_name from unnest(array['anon', 'authenticated', 'service_role']) role_name
    where not exists (select from pg_catalog.pg_roles where rolname = role_name)
  loop
    begin
      execute format('create role %I nologin %s', missing,
        case when missing = 'service_role' then 'bypassrls' end);
    exception when insufficient_privilege or duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

do $$
declare
  -- What is ours in the schema public, which may hold objects of others too, also under names of ours: so
  -- functions are named with their arguments. `pnpm schema` writes both lists.
  our_relations constant text[] := array[
    'benchmark_results', 'calibrations', 'checks', 'costs_daily', 'daily_trends', 'errors_daily',
    'hourly_trends', 'latest_results', 'leaderboard', 'models', 'price_changes', 'prices', 'probes',
    'providers', 'retention', 'rollups_daily', 'rollups_hourly', 'run_gaps', 'run_probes', 'run_workers',
    'runs', 'samples_daily', 'spending', 'syncs', 'target_health', 'target_summary', 'targets',
    'timelines', 'tracks', 'uptime_daily'
  ];
  our_functions constant text[] := array[
    'public.claim_probe(jsonb)', 'public.compare_runs(uuid, uuid)', 'public.count_prunable(jsonb)',
    'public.file_missed(jsonb)', 'public.finish_run(jsonb)', 'public.join_run(jsonb)',
    'public.latest_calibration(jsonb)', 'public.latest_price(uuid)', 'public.list_models(jsonb)',
    'public.list_results(jsonb)', 'public.list_syncs(jsonb)', 'public.list_timelines(jsonb)',
    'public.period_start(text)', 'public.plan_confirm(jsonb)', 'public.prune(jsonb)',
    'public.read_catalog(jsonb)', 'public.read_health(jsonb)', 'public.rebuild_rollups(jsonb)',
    'public.record_calibration(jsonb)', 'public.record_result(jsonb)', 'public.rederive_results(jsonb)',
    'public.refresh_summaries(jsonb)', 'public.save_sync(jsonb)', 'public.set_price(jsonb)',
    'public.set_target(jsonb)', 'public.skip_probes(jsonb)', 'public.start_run(jsonb)',
    'public.window_stats(timestamptz, timestamptz, text, text, text, text)'
  ];
  object text;
  privileges text;
  role_name text;
begin
  for object in
    select format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r'
      and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (our_relations))
  loop
    execute format('alter table %s enable row level security', object);
  end loop;
  for object, privileges in
    select 'schema firsttoken', 'usage'
    union all
    select format('table %I.%I', n.nspname, c.relname),
      case c.relkind when 'v' then 'select' else 'select, insert, update, delete' end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v')
      and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (our_relations))
    union all
    -- The sequence of an identity column: nobody needs a right to it.
    select format('sequence %I.%I', n.nspname, s.relname), null
    from pg_catalog.pg_class s
      join pg_catalog.pg_namespace n on n.oid = s.relnamespace
      join pg_catalog.pg_depend d on d.objid = s.oid and d.classid = 'pg_catalog.pg_class'::regclass
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i'
      join pg_catalog.pg_class c on c.oid = d.refobjid
    where s.relkind = 'S' and n.nspname = 'public' and c.relname = any (our_relations)
    union all
    select format('function %s', p.oid::regprocedure), 'execute'
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'firsttoken'
      or p.oid in (select to_regprocedure(signature) from unnest(our_functions) signature)
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if privileges is not null and exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;

-- ---- 99_versions.sql

-- Replaces the first 22 migrations by this one in the list of migrations. If they are not there, whoever
-- applies this file records it: scripts/migrate.ts, supabase db push, or the end of supabase/schema.sql.
do $$
declare
  former constant text[] := array[
    '20261121100000', '20261121100100', '20261121100200', '20261121100300', '20261121100400',
    '20261121110000', '20261121120000', '20261126090000', '20261126090100', '20261126090200',
    '20261126120000', '20261126140000', '20261126140100', '20261126140200', '20261126150000',
    '20261126160000', '20261126170000', '20261126170100', '20261126170200', '20261126170300',
    '20261126170400', '20261126180000'
  ];
begin
  if to_regclass('supabase_migrations.schema_migrations') is null then
    return;
  end if;
  delete from supabase_migrations.schema_migrations where version = any (former);
  if found then
    insert into supabase_migrations.schema_migrations (version, name) values ('20261129000000', 'baseline')
      on conflict do nothing;
  end if;
end $$;
