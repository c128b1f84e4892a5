do $$
declare
  applied integer := 0;
begin
  if to_regclass('public.targets') is null then
    return;
  end if;
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    select count(*) into applied from supabase_migrations.schema_migrations where version in ('20261129062324', '20261129102205', '20261129104517', '20261129113159', '20261129133000', '20261129182631', '20261129190004', '20261129204758', '20261130000821', '20261130020000', '20261130054443', '20261130070506', '20261130075032', '20261130075358', '20261130092149', '20261130094328', '20261130102818', '20261130104829', '20261130121259', '20261130124840', '20261130130446', '20261130130613', '20261130133412', '20261130154000', '20261130160000', '20261130161000', '20261130162000', '20261130163000');
  end if;
  if applied < 28 then
    raise exception 'this database lacks migrations: run scripts/migrate.ts, or paste those files of supabase/migrations that it lacks';
  end if;
end $$;

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

-- ---- 01_json.sql

-- Drops what returned jsonb in an earlier version and returns json now: that cannot be replaced.
do $$
declare
  former constant text[] := array[
    'firsttoken.describe_samples(double precision[])',
    'firsttoken.list_calls(uuid,integer,integer,boolean)', 'firsttoken.summarize_run(uuid)',
    'public.list_results(jsonb)', 'public.list_series(jsonb)', 'public.read_now(jsonb)',
    'public.read_run(jsonb)'
  ];
  former_function record;
begin
  for former_function in
    select p.oid::regprocedure as signature
    from unnest(former) signature join pg_catalog.pg_proc p on p.oid = to_regprocedure(signature)
    where p.prorettype = 'jsonb'::regtype and p.proconfig @> array['search_path=""']
  loop
    execute format('drop function %s', former_function.signature);
  end loop;
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
  penalty_until timestamptz,
  -- How many calls of a fleet it takes at once from a region; null: 4.
  lanes integer constraint providers_lanes_check check (lanes between 1 and 64)
);
alter table public.providers
  add column if not exists id uuid primary key default gen_random_uuid(),
  add column if not exists name text not null unique,
  add column if not exists base_url text,
  add column if not exists logo_url text,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists slug text unique,
  add column if not exists synthetic boolean not null default false,
  add column if not exists penalty_until timestamptz,
  add column if not exists lanes integer constraint providers_lanes_check check (lanes between 1 and 64);
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
  -- What is too slow, whatever is usual: {ttft_ms, latency_ms}, each or none.
  limits jsonb,
  -- What is good enough: {days, availability: share, ttft and latency: {within_ms, share}}, each or none.
  slo jsonb,
  -- How far apart its scheduled calls are at least; null: it is called in every slot of the schedule.
  every_minutes integer constraint targets_every_minutes_check check (every_minutes between 1 and 1440),
  -- The longer interval that a budget leaves it, by the plan of the last slot; null: it is not thinned.
  thinned_minutes integer
    constraint targets_thinned_minutes_check check (thinned_minutes between 1 and 1440),
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
    check (status in ('queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed')),
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
  status_reason text,
  -- Of a run on demand: when it was asked for, by whom, and by which call, both as hashes; started_at is the
  -- moment it left the queue.
  queued_at timestamptz,
  client text,
  idempotency_key text unique,
  -- What its caller allowed it to cost.
  max_cost_usd double precision,
  cancel_requested_at timestamptz
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
    check (status in ('queued', 'running', 'finished', 'cancelled', 'abandoned', 'missed')),
  add column if not exists region text not null default 'local',
  add column if not exists synthetic boolean not null default false,
  add column if not exists settings jsonb not null default '{}',
  add column if not exists n_probes integer not null default 0,
  add column if not exists n_succeeded integer not null default 0,
  add column if not exists n_failed integer not null default 0,
  add column if not exists n_skipped integer not null default 0,
  add column if not exists late_at timestamptz,
  add column if not exists status_reason text,
  add column if not exists queued_at timestamptz,
  add column if not exists client text,
  add column if not exists idempotency_key text unique,
  add column if not exists max_cost_usd double precision,
  add column if not exists cancel_requested_at timestamptz;
-- One run per schedule and slot.
create unique index if not exists runs_schedule_slot_key on public.runs (schedule, slot);
create index if not exists idx_runs_started_at on public.runs (started_at desc);
create index if not exists idx_runs_running on public.runs (started_at) where status = 'running';
create index if not exists idx_runs_queued on public.runs (queued_at, id) where status = 'queued';
create index if not exists idx_runs_client on public.runs (client, queued_at) where queued_at is not null;
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

-- When a concurrent run or a sweep loads a provider from a region: from its first claim until it is closed,
-- or its last claim has expired. Results of that time are no samples.
create table if not exists public.provider_loads (
  run_id uuid not null references public.runs (id) on delete cascade,
  provider_id uuid not null references public.providers (id) on delete cascade,
  region text not null,
  began_at timestamptz not null,
  lease_until timestamptz not null,
  primary key (run_id, provider_id, region)
);
create index if not exists idx_provider_loads on public.provider_loads (provider_id, region, lease_until);

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
  -- The provider of the target, so that claiming by provider is an index lookup.
  provider_id uuid,
  -- Its result is no sample: it only warms caches and connections up.
  warmup boolean not null default false,
  -- The size that filler brings its prompt to; null without filler.
  context_tokens integer,
  -- Of a sweep: the level, from 0, and when it is due, after its level began; null in a closed loop.
  level integer,
  due_ms double precision,
  -- Of a sweep: what it says, by names in the settings of its run; src/core/work.ts has the fields.
  asks jsonb,
  -- Of a fleet: the shard of its run and region that it is made with.
  shard integer,
  unique (run_id, ordinal),
  unique (run_id, claim_id)
);
-- By ordinal as it is, the index of all probes would do for a claim, too: a plan that is made when none is
-- done yet may choose it, and walks over all that are done, at each claim over more.
create index if not exists idx_probes_next on public.probes (run_id, region, (ordinal::bigint))
  where status in ('planned', 'claimed');
create index if not exists idx_probes_next_of_provider
  on public.probes (run_id, region, provider_id, (ordinal::bigint)) where status in ('planned', 'claimed');
-- Whether a run has a probe of a target is one look-up.
create index if not exists idx_probes_target_id_run_id on public.probes (target_id, run_id);
create index if not exists idx_probes_confirms on public.probes (confirms) where confirms is not null;
create index if not exists idx_probes_shard on public.probes (run_id, region, shard) where shard is not null;

-- What the calls of a day (UTC) cost, or may cost while they are in progress, in parts, so that those who
-- record do not wait for each other at one row. A part alone says nothing, and may be negative.
create table if not exists firsttoken.spending_parts (
  day date not null,
  usd double precision not null default 0,
  part integer not null,
  primary key (day, part)
);

create or replace view public.spending with (security_invoker = true) as
  select s.day, sum(s.usd) as usd from firsttoken.spending_parts s group by s.day;

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
  add column if not exists retry_after_ms double precision,
  add column if not exists notes text[],
  add column if not exists own_load boolean not null default false,
  add column if not exists warmup boolean not null default false,
  add column if not exists context_tokens integer,
  add column if not exists context_tokens_counted integer,
  add column if not exists level integer,
  add column if not exists scheduled_at timestamptz,
  add column if not exists late_ms double precision,
  add column if not exists maintenance boolean not null default false;
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

-- The quarters of an hour, for the present alone: n_ttft samples of TTFT and their sum, and the failures that
-- no recheck cleared. Kept for two days, of tracks of a target. The sum is no numeric: it is shown in whole
-- milliseconds, and read by thousands.
create table if not exists firsttoken.quarter_hours (
  track_id integer not null references public.tracks (id) on delete cascade,
  bucket timestamptz not null,
  n_ttft integer not null,
  ttft_sum double precision not null,
  n_failed integer not null,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_quarter_hours_bucket on firsttoken.quarter_hours (bucket);
create index if not exists idx_quarter_hours_failed on firsttoken.quarter_hours (track_id, bucket)
  where n_failed > 0;

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

-- The next leaderboards while they are made, some tracks at a time: what target_summary will hold, without
-- ranks.
create table if not exists firsttoken.summary_drafts (
  period text not null,
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
  drafted_at timestamptz not null,
  primary key (track_id, period, metric)
);

-- ---- 14_text_limits.sql

-- How long each text may be, in bytes: a provider may answer with anything, and one row of megabytes would be
-- in the way of all that read it. src/store/text-limits.ts cuts what is to be recorded, so that nothing is
-- refused for its length. Counted in bytes, which takes no reading of a long text. Tracks and rollups copy
-- what is limited here.

do $$
declare
  -- Of lists, what all entries have together.
  limits constant jsonb := '{
    "providers": {"name": 400, "base_url": 2000, "logo_url": 2000, "slug": 200},
    "models": {
      "name": 1000, "display_name": 400, "input_modalities": 20000, "output_modalities": 20000,
      "supported_parameters": 20000},
    "prices": {"source": 400},
    "targets": {"region": 200},
    "syncs": {"triggered_by": 200, "reason": 4000},
    "runs": {
      "run_name": 200, "triggered_by": 200, "schedule": 200, "mode": 200, "region": 200,
      "status_reason": 4000, "client": 200, "idempotency_key": 200},
    "run_workers": {"region": 200, "owner": 400},
    "provider_loads": {"region": 200},
    "probes": {"region": 200, "series": 200, "lease_owner": 400, "skip_reason": 4000},
    "benchmark_results": {
      "provider": 200, "model": 1000, "error_message": 8000, "response_text": 3145728, "region": 200,
      "series": 200, "prompt_hash": 200, "error_code": 500, "finish_reason": 500, "response_model": 500,
      "request_id": 500, "content_encoding": 200, "http_version": 200, "fault_domain_was": 200,
      "timing_reasons": 20000, "notes": 20000},
    "calibrations": {"host": 400, "node_version": 200}
  }';
  -- What tells rows apart: if it is cut, a hash keeps doing so.
  identities constant text[] := array[
    'name', 'slug', 'provider', 'model', 'schedule', 'region', 'owner', 'idempotency_key'];
  changed record;
begin
  for changed in
    select format('public.%I', l.tab) as tab, string_agg(l.is_long, ' or ') as has_long,
      string_agg(format('%I = case when %s then %s else %1$I end', l.col, l.is_long, l.short), ', ') as cuts,
      string_agg(
        format('add constraint %I check (octet_length(%s) <= %s)', l.conname, l.measured, l.most), ', ')
        as checks
      from (
        select t.key as tab, c.key as col, c.value::integer as most, m.measured,
          format('%s_%s_length', t.key, c.key) as conname,
          format('octet_length(%s) > %s', m.measured, c.value) as is_long,
          -- A character takes four bytes at most.
          case
            when a.atttypid = 'text[]'::regtype then
              format('array(select left(entry, 50) from unnest(%I[:100]) entry)', c.key)
            when c.key = any (identities) then
              format('left(%I, %s) || md5(%1$I)', c.key, (c.value::integer - 32) / 4)
            else format('left(%I, %s)', c.key, c.value::integer / 4)
          end as short
          from jsonb_each(limits) t cross join jsonb_each_text(t.value) c
            join pg_catalog.pg_attribute a
              on a.attrelid = format('public.%I', t.key)::regclass and a.attname = c.key
            cross join lateral (
              select case when a.atttypid = 'text[]'::regtype
                then format('array_to_string(%I, '''')', c.key) else quote_ident(c.key) end as measured) m
      ) l
      where not exists (
        select from pg_catalog.pg_constraint p
          where p.conname = l.conname and p.conrelid = format('public.%I', l.tab)::regclass)
      group by l.tab order by l.tab
  loop
    -- Rows of earlier versions.
    execute format('update %s set %s where %s', changed.tab, changed.cuts, changed.has_long);
    execute format('alter table %s %s', changed.tab, changed.checks);
  end loop;
end $$;

-- ---- 15_fleet.sql

-- A fleet: many workers that make the same run. What one lane makes in one window is a shard; a lane is the
-- right to have one call in flight at a provider from a region.

-- A worker takes a shard with a lane and makes its probes one after another. Whoever finds its lease expired
-- takes it over.
create table if not exists public.shards (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null constraint shards_region_length check (octet_length(region) <= 200),
  -- From 0 within its run and region.
  shard integer not null constraint shards_shard_check check (shard >= 0),
  -- As that of probes: they go with their targets.
  provider_id uuid not null,
  -- It may not be taken before; while it is open again, when it may be next.
  window_at timestamptz not null,
  -- To be called when it was planned; a recheck is one more.
  n_probes integer not null,
  status text not null default 'open'
    constraint shards_status_check check (status in ('open', 'taken', 'done')),
  owner text constraint shards_owner_length check (octet_length(owner) <= 400),
  lane integer,
  claim_id uuid,
  lease_until timestamptz,
  -- How often it was claimed, and how many of these claims lost their lease before it was finished.
  takes integer not null default 0,
  lost integer not null default 0,
  -- When workers were last told of it.
  sent_at timestamptz,
  taken_at timestamptz,
  done_at timestamptz,
  primary key (run_id, region, shard)
);
create unique index if not exists idx_shards_claim_id on public.shards (run_id, claim_id)
  where claim_id is not null;
create index if not exists idx_shards_open on public.shards (region, window_at) where status <> 'done';

-- A row for each call that may be in flight, made with the first shard: there are no more, whoever asks. Free
-- is one without a lease, or whose lease is over.
create table if not exists public.lanes (
  provider_id uuid not null references public.providers (id) on delete cascade,
  region text not null constraint lanes_region_length check (octet_length(region) <= 200),
  lane integer not null,
  owner text constraint lanes_owner_length check (octet_length(owner) <= 400),
  run_id uuid,
  shard integer,
  lease_until timestamptz,
  primary key (provider_id, region, lane)
);

-- Workers of the fleet, as they last said of themselves; those that were silent for a day are forgotten.
create table if not exists public.fleet_workers (
  owner text primary key constraint fleet_workers_owner_length check (octet_length(owner) <= 400),
  region text not null constraint fleet_workers_region_length check (octet_length(region) <= 200),
  host text not null constraint fleet_workers_host_length check (octet_length(host) <= 400),
  version text not null constraint fleet_workers_version_length check (octet_length(version) <= 200),
  started_at timestamptz not null default clock_timestamp(),
  beat_at timestamptz not null,
  -- Lanes that it drives at once, and shards that it has now.
  concurrency integer not null,
  in_hand integer not null,
  -- By how much its event loop is late, in ms.
  lag_ms double precision not null,
  -- Probes since it started.
  made bigint not null,
  leaving boolean not null
);

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

-- ---- 16_incidents.sql

-- Incidents, what happened to each, who is told, and what the public is told. An incident is opened, changed
-- and resolved with its events and its deliveries in one transaction; src/core/incident.ts has the words.

-- Something that was wrong. It names its target and outlives it, so target_id refers to nothing.
create table if not exists public.incidents (
  id uuid primary key,
  -- target/<target id>/<region>, model/<model id>, provider/<slug> or system.
  scope text not null constraint incidents_scope_length check (octet_length(scope) <= 300),
  kind text not null check (kind in (
    'down', 'errors', 'slow', 'limit', 'slo', 'misconfigured', 'drift', 'price_change', 'model_gone',
    'model_swap', 'provider_wide', 'own_outage', 'silent', 'budget', 'calibration')),
  severity text not null check (severity in ('info', 'minor', 'major', 'critical')),
  provider text constraint incidents_provider_length check (octet_length(provider) <= 200),
  model text constraint incidents_model_length check (octet_length(model) <= 1000),
  target_id uuid,
  region text constraint incidents_region_length check (octet_length(region) <= 200),
  -- When the first result of it was made, and when it was judged.
  first_bad_at timestamptz not null,
  opened_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text
    constraint incidents_acknowledged_by_length check (octet_length(acknowledged_by) <= 200),
  resolved_at timestamptz,
  resolve_reason text
    check (resolve_reason in ('recovered', 'superseded', 'gone', 'by_hand', 'expired')),
  -- Shown, and told to nobody.
  shadow boolean not null default false,
  -- The incident of the whole provider, which tells it.
  parent_id uuid references public.incidents (id) on delete set null,
  -- Told by the digest alone, because it opens all the time.
  flapping boolean not null default false,
  evidence jsonb not null default '{}',
  check ((resolved_at is null) = (resolve_reason is null))
);
-- One open incident per scope and kind: whoever opens it second finds it there.
create unique index if not exists incidents_open_key on public.incidents (scope, kind)
  where resolved_at is null;
create index if not exists idx_incidents_scope on public.incidents (scope, opened_at desc);
create index if not exists idx_incidents_scope_resolved_at on public.incidents (scope, resolved_at desc);
create index if not exists idx_incidents_opened_at on public.incidents (opened_at desc, id desc);
create index if not exists idx_incidents_provider on public.incidents (provider, opened_at desc, id desc);
create index if not exists idx_incidents_open_target on public.incidents (target_id)
  where resolved_at is null;
create index if not exists idx_incidents_parent_id on public.incidents (parent_id)
  where parent_id is not null;

-- What happened to incidents. Append-only: whoever changes an incident adds the event in the same
-- transaction.
create table if not exists public.incident_events (
  id bigint generated always as identity primary key,
  incident_id uuid not null references public.incidents (id) on delete cascade,
  at timestamptz not null default now(),
  type text not null
    check (type in ('opened', 'worsened', 'acknowledged', 'noted', 'reminded', 'resolved')),
  -- Who, if a person did it.
  actor text constraint incident_events_actor_length check (octet_length(actor) <= 200),
  detail jsonb not null default '{}'
);
create index if not exists idx_incident_events_incident_id on public.incident_events (incident_id, id);

-- How far a scope is evaluated. Whoever applies transitions says which version it had read: of two that
-- evaluate at once, the second finds another version, applies nothing and evaluates again.
create table if not exists public.alert_states (
  scope text primary key constraint alert_states_scope_length check (octet_length(scope) <= 300),
  version integer not null,
  -- The moment of the latest result that was considered.
  evaluated_until timestamptz not null
);

-- Who is told. Those of the environment are saved at each start, so that their deliveries and failures have a
-- home; no secret is in it: secrets names variables.
create table if not exists public.alert_channels (
  name text primary key constraint alert_channels_name_length check (octet_length(name) <= 400),
  kind text not null check (kind in (
    'webhook', 'slack', 'discord', 'teams', 'telegram', 'ntfy', 'pagerduty', 'email', 'template')),
  source text not null check (source in ('environment', 'entered')),
  enabled boolean not null default true,
  min_severity text not null check (min_severity in ('info', 'minor', 'major', 'critical')),
  -- All kinds of incidents, if empty.
  kinds text[] not null default '{}'
    check (kinds <@ array[
      'down', 'errors', 'slow', 'limit', 'slo', 'misconfigured', 'drift', 'price_change', 'model_gone',
      'model_swap', 'provider_wide', 'own_outage', 'silent', 'budget', 'calibration']),
  settings jsonb not null default '{}',
  secrets jsonb not null default '{}',
  -- Why it is told nothing anymore, such as a 410 of its address.
  disabled_reason text
    constraint alert_channels_disabled_reason_length check (octet_length(disabled_reason) <= 4000),
  consecutive_failures integer not null default 0,
  created_at timestamptz not null default now(),
  -- How many deliveries it took, and how many were given up, those that are deleted by now too.
  n_sent bigint not null default 0,
  n_dead bigint not null default 0,
  -- Since when it is sent the digest of each week; null if it is not. PagerDuty would call somebody.
  weekly_since timestamptz
    constraint alert_channels_weekly_check check (kind <> 'pagerduty' or weekly_since is null)
);

-- The outbox: what happened to an incident, on its way to a channel. It is written with the event and sent
-- after the commit. id stays the same at every attempt, so that receivers know a repetition.
create table if not exists public.notification_deliveries (
  id uuid primary key default gen_random_uuid(),
  -- Null for a test, and for the digest of a week.
  incident_id uuid references public.incidents (id) on delete cascade,
  -- undelivered: another channel could not be told, to the one that is for that.
  event text not null check (event in (
    'opened', 'worsened', 'acknowledged', 'reminded', 'resolved', 'undelivered', 'test', 'weekly')),
  -- Counts the events of a kind that an incident may have several times.
  seq integer not null default 0,
  channel text not null
    constraint notification_deliveries_channel_length check (octet_length(channel) <= 400),
  -- {at, incident}: the incident as it was then, so that every attempt says the same. Of what is undelivered
  -- also {undelivered: {event, seq, channel, error}}; of a digest {week}, as read_week has it.
  payload jsonb not null,
  -- held: waits to be told with others. replaced: something else tells it, or nothing needs to.
  state text not null default 'pending'
    check (state in ('pending', 'held', 'sending', 'sent', 'dead', 'replaced')),
  -- Whether it was held before it was claimed.
  held boolean not null default false,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- Who is sending it, and until when that is believed.
  claim_id uuid,
  locked_until timestamptz,
  last_error text
    constraint notification_deliveries_last_error_length check (octet_length(last_error) <= 4000),
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  -- Of a digest that is sent by itself: 2026-W48.
  week text check (week ~ '^\d{4}-W\d{2}$'),
  constraint notification_deliveries_key unique (incident_id, channel, event, seq)
);
create unique index if not exists notification_deliveries_week_key
  on public.notification_deliveries (week, channel);
create index if not exists idx_notification_deliveries_open
  on public.notification_deliveries (created_at, seq, id) where state in ('pending', 'held', 'sending');
create index if not exists idx_notification_deliveries_sent
  on public.notification_deliveries (channel, sent_at desc) where state = 'sent';
create index if not exists idx_notification_deliveries_created_at
  on public.notification_deliveries (created_at desc, id desc);
create index if not exists idx_notification_deliveries_channel
  on public.notification_deliveries (channel, created_at desc, id desc);

-- When results of a scope ('all', 'provider/<slug>' or 'target/<id>') do not count, and nothing is told of
-- it: once, from starts_at to ends_at; or by a cron expression in a time zone, between these two if given.
create table if not exists public.maintenance_windows (
  id uuid primary key,
  name text not null constraint maintenance_windows_name_length check (octet_length(name) <= 400),
  scope text not null constraint maintenance_windows_scope_length check (octet_length(scope) <= 300),
  starts_at timestamptz,
  ends_at timestamptz,
  cron text constraint maintenance_windows_cron_length check (octet_length(cron) <= 200),
  duration_minutes integer check (duration_minutes between 1 and 10080),
  time_zone text constraint maintenance_windows_time_zone_length check (octet_length(time_zone) <= 200),
  reason text constraint maintenance_windows_reason_length check (octet_length(reason) <= 4000),
  created_at timestamptz not null default now(),
  check (ends_at > starts_at),
  check ((cron is null) = (duration_minutes is null) and (cron is null) = (time_zone is null)),
  check (cron is not null or starts_at is not null and ends_at is not null)
);

-- Numbers by which a kind of incident is judged, if they are not the usual ones: {ratio: 2}. They are set by
-- firsttoken.yaml alone; src/alerts/thresholds.ts has what there is, and leaves alone what it does not know.
create table if not exists public.alert_rules (
  kind text primary key check (octet_length(kind) <= 100),
  thresholds jsonb not null check (jsonb_typeof(thresholds) = 'object'
    and not jsonb_path_exists(thresholds, '$.* ? (@.type() <> "number")'))
);

-- What is usual for a track, in ms: kept for an hour, because two weeks are many samples. tpot is 1000 / tps.
create table if not exists public.baselines (
  track_id integer not null references public.tracks (id) on delete cascade,
  metric text not null check (metric in ('ttft', 'latency', 'tpot')),
  computed_at timestamptz not null,
  n integer not null,
  days integer not null,
  p50 double precision,
  p95 double precision,
  primary key (track_id, metric)
);

-- How a component, or the group of a provider, differs from what it is by itself: null is as it is by itself.
-- key: <provider>/<model>, as firsttoken.name_components writes it, or the short name of a provider.
create table if not exists public.status_components (
  key text primary key check (octet_length(key) <= 1200),
  name text check (octet_length(name) <= 800),
  -- The group of a component; without one, its provider.
  group_name text check (octet_length(group_name) <= 800),
  -- Components and groups with a position come first.
  position integer,
  hidden boolean not null default false,
  description text check (octet_length(description) <= 4000)
);

-- What a person tells everybody. incident_id: what it is about, an incident or the note that began a story of
-- its own; null begins one. It names incidents that may be deleted, so it refers to nothing.
create table if not exists public.status_notes (
  id uuid primary key,
  incident_id uuid,
  state text not null check (state in ('investigating', 'identified', 'monitoring', 'resolved')),
  title text check (octet_length(title) <= 800),
  body text not null check (octet_length(body) <= 8000),
  -- Keys of components.
  components text[] not null default '{}' check (cardinality(components) <= 200),
  author text not null check (octet_length(author) <= 800),
  created_at timestamptz not null default now(),
  check (incident_id is not null or title is not null)
);
create index if not exists idx_status_notes_created_at on public.status_notes (created_at desc, id desc);

-- ---- 17_run_events.sql

-- What happened to runs, in the order in which everybody sees it. Append-only: the functions that change a
-- run add the event in the same transaction.

create table if not exists public.run_events (
  id bigint generated always as identity,
  -- The transaction that added it. By id alone a reader would pass over what commits late: ids are given
  -- before the commit. Below the oldest transaction that is still open nothing is added anymore.
  xid xid8 not null default pg_current_xact_id(),
  run_id uuid not null references public.runs (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  event text not null
    check (event in (
      'run_queued', 'run_started', 'run_joined', 'run_handed_over', 'run_cancelling', 'run_finished',
      'run_missed', 'run_extended', 'probe_started', 'probe_recorded', 'probes_skipped')),
  data jsonb not null default '{}',
  primary key (xid, id)
);
create index if not exists idx_run_events_run_id on public.run_events (run_id, xid, id);

-- Adds an event to a run that somebody else wakes listeners for.
create or replace function firsttoken.note_event(run_id uuid, event text, data jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.run_events (run_id, event, data)
    values (note_event.run_id, note_event.event, coalesce(note_event.data, '{}'));
end $$;

-- Adds an event to a run, and wakes whoever listens once the transaction commits; the event itself is read by
-- list_events. Locks the run against its deletion only: who adds an event after locking a probe or a lease of
-- the run has locked the run `for key share` before.
create or replace function firsttoken.add_event(run_id uuid, event text, data jsonb default '{}')
returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.note_event(run_id, event, data);
  perform pg_notify('firsttoken_events', add_event.run_id::text);
end $$;

-- Wakes whoever shows incidents once the transaction commits. Nothing of them is in it: they are read anew.
create or replace function firsttoken.notify_incidents() returns void
language sql security invoker set search_path = '' as $$
  select pg_notify('firsttoken_events', 'incidents')
$$;

-- Adds what was skipped: {reason: count}.
create or replace function firsttoken.add_skips(run_id uuid, skips jsonb) returns void
language sql security invoker set search_path = '' as $$
  select firsttoken.add_event(add_skips.run_id, 'probes_skipped',
      jsonb_build_object('reason', s.key, 'n', s.value))
    from jsonb_each(skips) s where s.value > '0' order by s.key
$$;

-- The events after a cursor and before a transaction, of one run or of all (null), in order. Each way of
-- asking has an index, and a statement of its own, so that its plan uses it.
create or replace function firsttoken.events_after(run_id uuid, after_xid xid8, after_id bigint, before xid8,
  most integer)
returns setof public.run_events
language plpgsql stable security invoker set search_path = '' as $$
begin
  if events_after.run_id is null then
    return query select e.* from public.run_events e
      where (e.xid, e.id) > (after_xid, after_id) and e.xid < before
      order by e.xid, e.id limit most;
  else
    return query select e.* from public.run_events e
      where e.run_id = events_after.run_id and (e.xid, e.id) > (after_xid, after_id) and e.xid < before
      order by e.xid, e.id limit most;
  end if;
end $$;

-- How many more probes of its run are recorded or skipped by an event.
create or replace function firsttoken.probes_done_by(event text, data jsonb) returns integer
language sql immutable security invoker set search_path = '' as $$
  select case
    when event = 'probe_recorded' and not data ? 'was_skipped' then 1
    when event = 'probes_skipped' then (data ->> 'n')::integer
    else 0
  end
$$;

-- The probe of an event as list_events shows it; null if there is none anymore.
create or replace function firsttoken.describe_probe_of_event(probe_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('id', p.id, 'provider', pr.slug, 'model', m.name, 'region', p.region,
      'iteration', p.iteration, 'context_tokens', p.context_tokens,
      'warmup', p.warmup, 'level', p.level)
    from public.probes p
      join public.targets t on t.id = p.target_id
      join public.models m on m.id = t.model_id
      join public.providers pr on pr.id = t.provider_id
    where p.id = probe_id
$$;

-- The result of an event as list_events shows it; null if there is none anymore.
create or replace function firsttoken.describe_result_of_event(result_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'success', b.success, 'status_code', b.status_code,
      'error_kind', b.error_kind, 'fault_domain', b.fault_domain, 'ttft_ms', b.ttft_ms, 'ttfa_ms', b.ttfa_ms,
      'tps', b.tps, 'input_tps', b.input_tps, 'total_latency_ms', b.total_latency_ms,
      'input_tokens', b.input_tokens, 'output_tokens', b.output_tokens, 'cost_usd', b.cost_usd)
    from public.benchmark_results b where b.id = result_id
$$;

-- in: {run_id or null, after: cursor or null, limit}. out: {rows, next, pending}: the events of one run or of
-- all after the cursor, and the cursor to go on from. Without a cursor: all events of the run, or, of all
-- runs, none and the present. n_done: how many probes of its run are recorded or skipped up to an event. An
-- event shows up once every transaction that began before its own has ended, so none ever comes before one
-- that was read; pending: some are committed and do not show up yet.
create or replace function public.list_events(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  wanted_run constant uuid := (input ->> 'run_id')::uuid;
  after constant text := input ->> 'after';
  most constant integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  -- Everything before this transaction has ended.
  present constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  after_xid xid8 := '0';
  after_id bigint := 0;
  pending constant boolean := exists (select from public.run_events e where e.xid >= present);
  output jsonb;
begin
  if after is null and wanted_run is null then
    return jsonb_build_object('rows', '[]'::jsonb, 'next', present::text || '-0', 'pending', pending);
  elsif after is not null then
    if after !~ '^[0-9]{1,18}-[0-9]{1,18}$' then
      raise exception using errcode = '22023',
        message = format('%L is no cursor of list_events, such as 1234-56', left(after, 50));
    end if;
    after_xid := split_part(after, '-', 1)::xid8;
    after_id := split_part(after, '-', 2)::bigint;
  end if;
  with page as materialized (
    select e.*, firsttoken.probes_done_by(e.event, e.data) as n
    from firsttoken.events_after(wanted_run, after_xid, after_id, present, most) e
  ), done_before as (
    select first_row.run_id, coalesce((
        select sum(firsttoken.probes_done_by(e.event, e.data)) from public.run_events e
        where e.run_id = first_row.run_id and (e.xid, e.id) < (first_row.xid, first_row.id)), 0) as n
    from (select distinct on (p.run_id) p.* from page p order by p.run_id, p.xid, p.id) first_row
  ), counted as (
    select p.*, d.n + sum(p.n) over (partition by p.run_id order by p.xid, p.id) as n_done
    from page p join done_before d on d.run_id = p.run_id
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'id', c.xid::text || '-' || c.id, 'run_id', c.run_id, 'event', c.event, 'created_at', c.created_at,
        'data', c.data,
        'probe', firsttoken.describe_probe_of_event((c.data ->> 'probe_id')::uuid),
        'result', firsttoken.describe_result_of_event((c.data ->> 'result_id')::uuid),
        'n_done', c.n_done) order by c.xid, c.id), '[]'),
      'next', coalesce(
        (array_agg(c.xid::text || '-' || c.id order by c.xid desc, c.id desc))[1],
        case when (present, 0) > (after_xid, after_id) then present::text || '-0' else after end),
      'pending', pending)
    into output
    from counted c;
  return output;
end $$;

-- ---- 18_config_items.sql

-- What firsttoken.yaml has said of the database: the rows that it owns, and what each applying changed.

create table if not exists public.config_items (
  kind text not null check (kind in (
    'target', 'component', 'price', 'prompt', 'rule', 'channel', 'maintenance')),
  key text not null constraint config_items_key_length check (octet_length(key) <= 2000),
  value jsonb not null,
  -- The target, the model of the price, the prompt or the window; null of the others: their key is all.
  row_id uuid,
  applied_at timestamptz not null default now(),
  primary key (kind, key)
);
create index if not exists config_items_row on public.config_items (row_id);
create table if not exists public.config_files (
  id bigint generated always as identity primary key,
  -- SHA-256 of what it says of the database.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  applied_at timestamptz not null default now(),
  owner text not null constraint config_files_owner_length check (octet_length(owner) <= 400),
  -- [{kind, key, change, before, after}]
  changes jsonb not null
);

-- A target in one line, as the file and its readers name it: what is usual is left out.
create or replace function firsttoken.target_name(provider text, model text, parameters jsonb, region text)
returns text language sql immutable security invoker set search_path = '' as $$
  select concat_ws(' ', provider || '/' || model,
    case when parameters ->> 'reasoning' <> 'least' then 'reasoning=' || (parameters ->> 'reasoning') end,
    'max_tokens=' || (parameters ->> 'max_tokens'), 'pin=' || (parameters ->> 'pin'), 'region=' || region)
$$;

-- The window that the file means by a name: a UUID of version 3.
create or replace function firsttoken.config_window_id(name text) returns uuid
language sql immutable security invoker set search_path = '' as $$
  select overlay(overlay(md5('firsttoken.yaml/maintenance/' || name)
    placing '3' from 13 for 1) placing '8' from 17 for 1)::uuid
$$;

-- What a kind of item is told apart by.
create or replace function firsttoken.config_key(kind text, value jsonb) returns text
language sql immutable security invoker set search_path = '' as $$
  select case kind
    when 'target' then firsttoken.target_name(
      value ->> 'provider', value ->> 'model', value -> 'parameters', value ->> 'region')
    when 'price' then (value ->> 'provider') || '/' || (value ->> 'model')
    when 'component' then value ->> 'key'
    when 'rule' then value ->> 'kind'
    else value ->> 'name' end
$$;

-- Whether the file owns a row, and what the API shows of that: file, or null.
create or replace function firsttoken.is_owned(item_kind text, row_id uuid) returns boolean
language sql stable security invoker set search_path = '' as $$
  select exists (
    select from public.config_items i where i.kind = item_kind and i.row_id = is_owned.row_id)
$$;
create or replace function firsttoken.owner_of(item_kind text, row_id uuid) returns text
language sql stable security invoker set search_path = '' as $$
  select case when firsttoken.is_owned(item_kind, row_id) then 'file' end
$$;

-- Refuses to change what the file owns, by its key or its row, unless the file itself is applied.
create or replace function firsttoken.check_unowned(item_kind text, item_key text, row_ids uuid[])
returns void language plpgsql stable security invoker set search_path = '' as $$
declare
  owned text;
begin
  if coalesce(current_setting('firsttoken.applying', true), '') = 'on' then
    return;
  end if;
  select i.key into owned from public.config_items i
    where i.kind = item_kind and (i.key = item_key or i.row_id = any (row_ids)) limit 1;
  if owned is not null then
    raise exception using errcode = '23001',
      message = format('%s %s is kept in firsttoken.yaml: change it there', case item_kind
        when 'maintenance' then 'maintenance window' else item_kind end, owned);
  end if;
end $$;

-- The last file that was applied, null if none was.
create or replace function firsttoken.last_config_hash() returns text
language sql stable security invoker set search_path = '' as $$
  select f.hash from public.config_files f order by f.id desc limit 1
$$;

-- ---- 18_official_status.sql

-- What providers say of themselves on their status pages. Both tables name a provider by its short name and
-- outlive it; src/core/official-status.ts has the words.

create table if not exists public.official_statuses (
  provider text primary key
    constraint official_statuses_provider_length check (octet_length(provider) <= 200),
  -- When somebody last began to ask, which keeps others from asking at once.
  claimed_at timestamptz not null,
  -- When the page was last asked to the end, and when its answer was last understood.
  checked_at timestamptz,
  ok_at timestamptz,
  indicator text not null default 'unknown' check (indicator in (
    'operational', 'under_maintenance', 'unknown', 'degraded_performance', 'partial_outage',
    'major_outage')),
  -- In the words of the page, or the components that are not well.
  summary text constraint official_statuses_summary_length check (octet_length(summary) <= 4000),
  -- Why the last answer was not understood; null if it was.
  error text check (error in ('unreachable', 'http_error', 'redirected', 'unreadable')),
  -- [{id, name, starts_at, ends_at, url}]: work that is announced.
  maintenances jsonb not null default '[]',
  -- {url: {header: value}}: with what each document is asked for only if it changed.
  validators jsonb not null default '{}'
);

create table if not exists public.official_incidents (
  provider text not null
    constraint official_incidents_provider_length check (octet_length(provider) <= 200),
  -- What the status page calls it.
  external_id text not null
    constraint official_incidents_external_id_length check (octet_length(external_id) <= 400),
  name text not null constraint official_incidents_name_length check (octet_length(name) <= 400),
  impact text not null check (impact in ('none', 'minor', 'major', 'critical', 'maintenance', 'unknown')),
  status text not null
    check (status in ('investigating', 'identified', 'monitoring', 'resolved', 'postmortem', 'unknown')),
  -- When it began, as they say, often later than they publish it.
  started_at timestamptz not null,
  -- It was published after not_seen_at, when the page was last read without it (null if it never was), and
  -- before first_seen_at.
  not_seen_at timestamptz,
  first_seen_at timestamptz not null default now(),
  -- Their own moment, or when it was no longer listed.
  resolved_at timestamptz,
  page_url text constraint official_incidents_page_url_length check (octet_length(page_url) <= 2000),
  components text[] not null default '{}'
    constraint official_incidents_components_length check (octet_length(components::text) <= 20000),
  primary key (provider, external_id)
);
create index if not exists idx_official_incidents_started_at
  on public.official_incidents (provider, started_at desc);
create index if not exists idx_official_incidents_open on public.official_incidents (provider)
  where resolved_at is null;

-- ---- 19_prompts.sql

-- Prompts of one's own, as templates for benchmarks on demand.

-- name: how people call it. The limits of texts are refusals: a prompt that was cut is another prompt.
create table if not exists public.prompts (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (name ~ '\S' and char_length(name) <= 100),
  category text not null check (category in ('reasoning', 'code', 'creative', 'qa', 'other')),
  text text not null check (text ~ '\S' and char_length(text) <= 100000),
  created_at timestamptz not null default now()
);

-- in: {category or null, with_texts or none}. out: {rows}, by category and name, with who keeps each; with
-- their texts if asked, else with their lengths in characters alone.
create or replace function public.list_prompts(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'list_prompts', array['category', 'with_texts']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg((to_jsonb(p) - 'text')
        || jsonb_build_object('n_characters', char_length(p.text),
          'owned_by', firsttoken.owner_of('prompt', p.id))
        || case when texts then jsonb_build_object('text', p.text) else '{}' end
        order by p.category, p.name), '[]')
    from public.prompts p where input ->> 'category' is null or p.category = input ->> 'category'));
end $$;

-- in: {name, category, text}. out: {created, id}. Replaces the prompt of that name if there is one.
create or replace function public.save_prompt(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  saved uuid;
  is_new boolean;
begin
  perform firsttoken.check_keys(input, 'save_prompt', array['name', 'category', 'text']);
  perform firsttoken.check_name(input -> 'name', 'the name of a prompt');
  perform firsttoken.check_name(input -> 'text', 'the text of a prompt');
  if char_length(input ->> 'name') > 100 or char_length(input ->> 'text') > 100000 then
    raise exception using errcode = '22001',
      message = 'a prompt has a name of up to 100 characters and a text of up to 100,000';
  end if;
  if coalesce(input ->> 'category', '') not in ('reasoning', 'code', 'creative', 'qa', 'other') then
    raise exception using errcode = '22023',
      message = 'the category of a prompt is reasoning, code, creative, qa or other';
  end if;
  perform firsttoken.check_unowned('prompt', input ->> 'name', null);
  is_new := not exists (select from public.prompts p where p.name = input ->> 'name');
  insert into public.prompts as p (name, category, text)
    values (input ->> 'name', input ->> 'category', input ->> 'text')
    on conflict (name) do update set category = excluded.category, text = excluded.text
    returning p.id into saved;
  return jsonb_build_object('created', is_new, 'id', saved);
end $$;

-- in: {name}. out: {deleted}: whether there was one.
create or replace function public.delete_prompt(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_prompt', array['name']);
  perform firsttoken.check_unowned('prompt', input ->> 'name', null);
  delete from public.prompts p where p.name = input ->> 'name';
  return jsonb_build_object('deleted', found);
end $$;

-- ---- 19_proxy_requests.sql

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

-- Copies the active targets of a model to its successor, with parameters, region and interval, and turns the
-- old ones off, which keep their results. Pinned targets stay, and those of firsttoken.yaml.
create or replace function firsttoken.move_targets(provider_id uuid, old_model text, new_model text)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  successor constant uuid := firsttoken.get_or_create_model(move_targets.provider_id, new_model);
  moving constant uuid[] := array(
    select t.id from public.targets t join public.models m on m.id = t.model_id
    where m.provider_id = move_targets.provider_id and m.name = old_model and t.active
      and not t.parameters ? 'pin' and not firsttoken.is_owned('target', t.id));
begin
  insert into public.targets as known (provider_id, model_id, parameters, region, active, every_minutes)
    select t.provider_id, successor, t.parameters, t.region, true, t.every_minutes
      from public.targets t where t.id = any (moving)
    on conflict (model_id, parameters, region) do update set active = true,
      every_minutes = case when known.active then known.every_minutes else excluded.every_minutes end;
  update public.targets t set active = false where t.id = any (moving);
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
      'price_owned_by', firsttoken.owner_of('price', model.id),
      'targets', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', t.id, 'provider', p.slug, 'model', model.name, 'parameters', t.parameters,
            'region', t.region, 'active', t.active, 'limits', coalesce(t.limits, '{}'),
            'owned_by', firsttoken.owner_of('target', t.id),
            'slo', t.slo, 'every_minutes', t.every_minutes, 'thinned_minutes', t.thinned_minutes)
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

-- The slot of the latest scheduled call of a target from a region, of these two days; null if there is none.
create or replace function firsttoken.last_slot(target_id uuid, region text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select r.slot from public.benchmark_results b join public.runs r on r.id = b.run_id
  where b.target_id = last_slot.target_id and b.region is not distinct from last_slot.region
    and b.level is null and b.created_at > now() - interval '2 days' and b.created_at < 'infinity'
    and r.slot is not null
  order by b.created_at desc limit 1
$$;

-- What calls of a target usually cost, by the latest five of a week that succeeded; null if nobody knows.
create or replace function firsttoken.typical_usd(target_id uuid) returns double precision
language sql stable security invoker set search_path = '' as $$
  select percentile_cont(0.5) within group (order by recent.cost_usd)
  from (
    select b.cost_usd from public.benchmark_results b
    where b.target_id = typical_usd.target_id and b.level is null and b.context_tokens is null
      and b.success and b.cost_usd is not null and not b.warmup
      and b.created_at > now() - interval '7 days' and b.created_at < 'infinity'
    order by b.created_at desc limit 5
  ) recent
$$;

-- in: {providers: [slug], region: that of the caller, costs: whether targets are thinned by what they cost}.
-- out: {targets: active ones, with the slot of the last call from there of those that have an interval, and,
-- if costs are asked for, of all, with what a call costs, paused: those switched off by hand, models: all,
-- with the price in force, pace: [{provider, typical_ms}], from the latest five calls of each active target,
-- regions: if costs are asked for, those of the last three slots with calls, lanes: [{provider, lanes}] of
-- providers that have not as many as usual}.
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
        where b.target_id = k.id and not (b.own_load or b.warmup or b.maintenance)
        order by b.created_at desc limit 5
      ) recent
    where k.active
    group by k.slug
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', k.slug, 'model', k.name, 'parameters', k.parameters, 'region', k.region,
          'id', k.id, 'every_minutes', k.every_minutes, 'thinned_minutes', k.thinned_minutes,
          'last_slot', case when k.every_minutes is not null or asks.costs
            then firsttoken.last_slot(k.id, input ->> 'region') end,
          'typical_usd', case when asks.costs then firsttoken.typical_usd(k.id) end)
        order by k.slug, k.created_at, k.name, k.id), '[]')
      from known_targets k
        cross join (select coalesce((input ->> 'costs')::boolean, false) as costs) asks
      where k.active),
    'regions', (
      select coalesce(jsonb_agg(distinct p.region), '[]')
      from (
        select r.id from public.runs r
        where (input ->> 'costs')::boolean and r.slot is not null and r.n_probes > 0
        order by r.started_at desc limit 3) r
        join public.probes p on p.run_id = r.id),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', k.slug, 'model', k.name)
        order by k.slug, k.name), '[]')
      from known_targets k where not k.active),
    'pace', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'typical_ms', p.typical_ms)
        order by p.slug), '[]')
      from pace p),
    'lanes', (
      select coalesce(
        jsonb_agg(jsonb_build_object('provider', p.slug, 'lanes', p.lanes) order by p.slug), '[]')
      from wanted w join public.providers p on p.id = w.id
      where p.lanes is not null),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', firsttoken.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;

-- ---- 22_prices.sql

-- Manual prices, with the checks of what comes in.

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
      when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end) not valid,
  drop constraint if exists targets_limits_check,
  add constraint targets_limits_check check (
    jsonb_typeof(limits) = 'object' and limits - array['ttft_ms', 'latency_ms'] = '{}'
    and coalesce((limits ->> 'ttft_ms')::double precision > 0, true)
    and coalesce((limits ->> 'latency_ms')::double precision > 0, true));

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

-- Whether a price replaces the one in force: its rates differ, or it is manual and the other is not. Only a
-- manual price replaces a manual one.
create or replace function firsttoken.replaces_price(latest public.prices, price jsonb) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
declare
  origin constant text[] := array['source', 'as_of'];
  -- A manual price, or a plan of an earlier version, may leave these out.
  defaults constant jsonb :=
    '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}';
  is_manual constant boolean := coalesce(price ->> 'source', 'manual') = 'manual';
  latest_is_manual constant boolean := latest.id is not null and coalesce(latest.source, 'manual') = 'manual';
begin
  if latest_is_manual <> is_manual then
    return is_manual;
  end if;
  return firsttoken.describe_price(latest) - origin is distinct from (defaults || price) - origin;
end $$;

-- Adds a row to the price history if the price replaces the one in force. The row lock keeps two runs from
-- both adding a row.
create or replace function firsttoken.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  if not firsttoken.replaces_price(public.latest_price(save_price.model_id), price) then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m,
      cache_write_price_per_m, reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (price ->> 'input_per_m')::double precision,
        (price ->> 'output_per_m')::double precision, (price ->> 'cached_per_m')::double precision,
        (price ->> 'cache_write_per_m')::double precision, (price ->> 'reasoning_per_m')::double precision,
        coalesce(price -> 'overrides', '[]'), price ->> 'source', (price ->> 'as_of')::timestamptz,
        clock_timestamp()
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
  perform firsttoken.check_unowned('price', (input ->> 'provider') || '/' || (input ->> 'model'), '{}');
  known_model := firsttoken.get_or_create_model(firsttoken.get_provider(input), input ->> 'model');
  if input -> 'price' <> 'null' then
    perform firsttoken.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', firsttoken.describe_price(public.latest_price(known_model)));
end $$;

-- ---- 22_targets.sql

-- Targets: what they may be, and setting them.

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

-- Refuses limits that no target can have: {ttft_ms, latency_ms}, each a whole number, null or left out.
create or replace function firsttoken.check_limits(limits jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  wrong text;
begin
  perform firsttoken.check_keys(limits, 'limits', array['ttft_ms', 'latency_ms']);
  select key into wrong from jsonb_each(limits) each (key, value)
    where value <> 'null' and not case jsonb_typeof(value)
      when 'number' then value::numeric between 1 and 3600000 and value::numeric % 1 = 0 else false end
    limit 1;
  if wrong is not null then
    raise exception using errcode = '22023',
      message = format('%s must be a whole number of ms, 1 to 3600000, or null for no limit', wrong);
  end if;
end $$;

-- Limits with those that are given instead; one that is null is taken away. Null if none is left.
create or replace function firsttoken.merge_limits(limits jsonb, given jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select nullif(jsonb_strip_nulls(coalesce(limits, '{}') || given), '{}')
$$;

-- Refuses an interval that no target can have; null is every slot of the schedule.
create or replace function firsttoken.check_every(every_minutes jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if not (case jsonb_typeof(every_minutes)
      when 'number' then every_minutes::numeric between 1 and 1440 and every_minutes::numeric % 1 = 0
      else coalesce(every_minutes, 'null') = 'null' end) then
    raise exception using errcode = '22023',
      message = 'every_minutes must be a whole number, 1 to 1440, or null for every slot of the schedule';
  end if;
end $$;

-- in: {provider, model, active: true, false or none to leave it, parameters or null, region, limits or none,
-- slo or none, every_minutes, null for every slot, or none to leave it, about}. out: {rows: [target],
-- changed}.
-- With parameters: that one target, created if it does not exist and is to be active. Without: every target
-- of the model, or, if it has none and is to be active, one with reasoning turned down. Changing a target
-- that does not exist is an error, except deactivating the first target of a provider: a run would choose it
-- by itself, and an inactive row prevents that.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  usual constant jsonb := '{"reasoning": "least"}';
  wanted jsonb := nullif(input -> 'parameters', 'null');
  wanted_region text := input ->> 'region';
  wanted_limits constant jsonb := coalesce(nullif(input -> 'limits', 'null'), '{}');
  wanted_slo constant jsonb := coalesce(nullif(input -> 'slo', 'null'), '{}');
  sets_every constant boolean := input ? 'every_minutes';
  activate boolean;
  provider uuid;
  known_model uuid;
  meant uuid[];
  is_first boolean;
  changed integer := 0;
  n_rows integer;
begin
  perform firsttoken.check_keys(input, 'set_target',
    array['provider', 'model', 'active', 'parameters', 'region', 'limits', 'slo', 'every_minutes', 'about']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  perform firsttoken.check_name(input -> 'model', 'model');
  if wanted_region is not null then
    perform firsttoken.check_name(input -> 'region', 'region');
  end if;
  perform firsttoken.check_limits(wanted_limits);
  perform firsttoken.check_slo(wanted_slo);
  perform firsttoken.check_every(input -> 'every_minutes');
  if jsonb_typeof(input -> 'active') is distinct from 'boolean'
    and (wanted_limits || wanted_slo = '{}' and not sets_every or input -> 'active' <> 'null') then
    raise exception using errcode = '22023', message = 'active must be true or false';
  end if;
  activate := (input ->> 'active')::boolean;
  if wanted is not null then
    wanted := firsttoken.parse_parameters(wanted);
  end if;
  provider := firsttoken.get_provider(input);
  known_model := firsttoken.get_or_create_model(provider, input ->> 'model');
  meant := array(
    select t.id from public.targets t where t.model_id = known_model
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region)));
  perform firsttoken.check_unowned('target', null, meant);
  is_first := not exists (select from public.targets t where t.provider_id = provider);
  if wanted is null and (activate or activate is false and is_first)
    and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := usual;
  end if;
  if activate is not true
    and not (activate is false and is_first and wanted = usual and wanted_region is null)
    and cardinality(meant) = 0 then
    raise exception using errcode = 'P0002',
      message = format('%s has no target %s%s%s: list_models shows those that there are',
        input ->> 'provider', input ->> 'model', ' with ' || wanted::text, ' in ' || wanted_region);
  end if;
  if wanted is not null and activate is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active, limits, slo, every_minutes)
      values (provider, known_model, wanted, wanted_region, activate,
        firsttoken.merge_limits(null, wanted_limits), firsttoken.merge_slo(null, wanted_slo),
        (input ->> 'every_minutes')::integer)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t
    set active = coalesce(activate, t.active), limits = firsttoken.merge_limits(t.limits, wanted_limits),
      slo = firsttoken.merge_slo(t.slo, wanted_slo),
      every_minutes = case when sets_every then (input ->> 'every_minutes')::integer else t.every_minutes end
    where t.model_id = known_model
      and (t.active, t.limits, t.slo, t.every_minutes) is distinct from (coalesce(activate, t.active),
        firsttoken.merge_limits(t.limits, wanted_limits), firsttoken.merge_slo(t.slo, wanted_slo),
        case when sets_every then (input ->> 'every_minutes')::integer else t.every_minutes end)
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select firsttoken.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- in: {rows: [{id, minutes: or null}]}. out: {changed}. The intervals that a budget leaves to targets; null:
-- it does not thin them.
create or replace function public.thin_targets(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  changed integer;
begin
  perform firsttoken.check_keys(input, 'thin_targets', array['rows']);
  with wanted as materialized (
    select (each ->> 'id')::uuid as id, (each ->> 'minutes')::integer as minutes
    from jsonb_array_elements(input -> 'rows') each
  ), locked as materialized (
    -- In one order, so that two planners wait for each other.
    select t.id from public.targets t join wanted w on w.id = t.id order by t.id for no key update of t
  )
  update public.targets t set thinned_minutes = w.minutes
    from wanted w join locked l on l.id = w.id
    where t.id = w.id and t.thinned_minutes is distinct from w.minutes;
  get diagnostics changed = row_count;
  return jsonb_build_object('changed', changed);
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
-- by hand stays off. A lateral `limit 1` finds models one by one, through their index: a join is planned by
-- what is known of the tables, and took the square of the probes on new ones.
create or replace function firsttoken.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.models (provider_id, name)
    select distinct p.id, probe ->> 'model'
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by 1, 2
    on conflict do nothing;
  perform firsttoken.save_planned_price(changed.model_id, changed.price)
    from (
      select distinct on (known.provider_id, known.name) known.id as model_id, probe -> 'price' as price
      from jsonb_array_elements(probes) probe
        cross join lateral (
          select m.* from public.providers p join public.models m on m.provider_id = p.id
          where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
      where jsonb_typeof(probe -> 'price') = 'object'
      order by known.provider_id, known.name) changed
    where firsttoken.replaces_price(public.latest_price(changed.model_id), changed.price);
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct known.provider_id, known.id, probe -> 'parameters', probe ->> 'target_region',
      save_targets.active
    from jsonb_array_elements(probes) probe
      cross join lateral (
        select m.* from public.providers p join public.models m on m.provider_id = p.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- Inserts the planned probes of a run, numbered after those it has. One with a skip_reason was asked for, but
-- the plan says why it is not called.
create or replace function firsttoken.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
  skips jsonb;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, region,
    series, price, estimate_usd, input_usd, warmup, context_tokens, level, due_ms, asks, shard, status,
    skip_reason)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.provider_id, t.id, (probe ->> 'result_id')::uuid,
      n_before + position, (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series',
      nullif(probe -> 'price', 'null'), (probe ->> 'estimate_usd')::double precision,
      (probe ->> 'input_usd')::double precision, coalesce((probe ->> 'warmup')::boolean, false),
      (probe ->> 'context_tokens')::integer, (probe ->> 'level')::integer,
      (probe ->> 'due_ms')::double precision, nullif(probe -> 'asks', 'null'), (probe ->> 'shard')::integer,
      case when probe ->> 'skip_reason' is null then 'planned' else 'skipped' end, probe ->> 'skip_reason'
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      cross join lateral (
        select t.*
        from public.providers p
          join public.models m on m.provider_id = p.id
          join public.targets t on t.model_id = m.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model'
          and t.parameters = probe -> 'parameters' and t.region is not distinct from probe ->> 'target_region'
        limit 1) t;
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted,
        jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
  select jsonb_object_agg(planned.reason, planned.n) into skips
    from (
      select probe ->> 'skip_reason' as reason, count(*) as n from jsonb_array_elements(probes) probe
      where probe ->> 'skip_reason' is not null group by 1) planned;
  perform firsttoken.add_skips(insert_probes.run_id, coalesce(skips, '{}'));
end $$;

-- Inserts the shards of a region: [{shard, region, provider, window_at}], to which its probes are assigned.
create or replace function firsttoken.insert_shards(run_id uuid, shards jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.shards (run_id, region, shard, provider_id, window_at, n_probes, status, done_at)
    select insert_shards.run_id, s.region, s.shard, p.id, s.window_at, of.n,
      case when of.n = 0 then 'done' else 'open' end, case when of.n = 0 then clock_timestamp() end
    from jsonb_to_recordset(shards) s (shard integer, region text, provider text, window_at timestamptz)
      join public.providers p on p.slug = s.provider
      cross join lateral (
        select count(*) as n from public.probes b
        where b.run_id = insert_shards.run_id and b.region = s.region and b.shard = s.shard
          and b.status = 'planned') of;
  perform firsttoken.make_lanes(o.provider_id, o.region)
    from (
      select distinct s.provider_id, s.region from public.shards s where s.run_id = insert_shards.run_id
      order by 1, 2) o;
  if exists (
      select from public.probes b
      where b.run_id = insert_shards.run_id and b.shard is not null and not exists (
        select from public.shards s
        where s.run_id = b.run_id and s.region = b.region and s.shard = b.shard
          and s.provider_id = b.provider_id)) then
    raise exception using errcode = '22023',
      message = 'a probe is assigned to a shard that its plan lacks, or that is of another provider';
  end if;
end $$;

-- Saves everything that a plan names for its run. plan: {adhoc, providers: [...], probes: [...], shards:
-- [...] or none}.
create or replace function firsttoken.save_plan(run_id uuid, plan jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.get_or_create_provider(provider)
    from (select provider from jsonb_array_elements(plan -> 'providers') provider
      order by provider ->> 'slug') ordered;
  perform firsttoken.save_targets(plan -> 'probes',
    case when (plan ->> 'adhoc')::boolean then null else true end);
  perform firsttoken.insert_probes(save_plan.run_id, plan -> 'probes');
  if plan ? 'shards' then
    perform firsttoken.insert_shards(save_plan.run_id, plan -> 'shards');
  end if;
end $$;

-- in: {run_id, region, owner or none, levels: all that the run then has, probes: [...]}. out: {extended}.
-- Adds probes of models that the run calls already, all or none; a repeated call adds none. False, and
-- nothing is added, if the run is over, somebody cancels it, or another worker has the region. Without an
-- owner they were planned while the database was away and are made already, so that they are added in any
-- case: to a closed run as skipped, until their results arrive.
create or replace function public.extend_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  most_probes constant integer := 100000;
  probes jsonb := input -> 'probes';
begin
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  if exists (
      select from public.probes p
      where p.id = (probes -> 0 ->> 'id')::uuid and p.run_id = run.id) then
    return '{"extended": true}';
  end if;
  if input ->> 'owner' is not null and (run.status <> 'running' or run.cancel_requested_at is not null
    or firsttoken.is_taken(run.id, input)) then
    return '{"extended": false}';
  end if;
  if run.n_probes + jsonb_array_length(probes) > most_probes then
    raise exception using errcode = '22023',
      message = format('run %s would have more than %s probes', run.id, most_probes);
  end if;
  if run.status <> 'running' then
    select jsonb_agg(probe || '{"skip_reason": "abandoned"}' order by position) into probes
      from jsonb_array_elements(probes) with ordinality as added (probe, position);
  end if;
  perform firsttoken.insert_probes(run.id, probes);
  update public.runs r set settings = r.settings || jsonb_build_object('levels', input -> 'levels')
    where r.id = run.id;
  perform firsttoken.count_run(run.id) where run.status <> 'running';
  perform firsttoken.add_event(run.id, 'run_extended', jsonb_build_object(
    'levels', jsonb_array_length(input -> 'levels')
      - coalesce(jsonb_array_length(nullif(run.settings -> 'levels', 'null')), 0),
    'probes', jsonb_array_length(probes), 'n_probes', run.n_probes + jsonb_array_length(probes)));
  return '{"extended": true}';
end $$;

-- ---- 25_config.sql

-- What firsttoken.yaml would change: what it wants, beside what the database has.

-- The items that were given to apply_config or diff_config, in the order in which they are applied: windows
-- name targets.
create or replace function firsttoken.config_wanted(items jsonb)
returns table (kind text, key text, value jsonb)
language sql immutable security invoker set search_path = '' as $$
  select each ->> 'kind', firsttoken.config_key(each ->> 'kind', each -> 'value'), each -> 'value'
  from jsonb_array_elements(items) each
$$;

-- A moment as the file is read.
create or replace function firsttoken.config_moment(moment timestamptz) returns text
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- All that the file may say of, as the database has it. A window that no file made has its id for a key.
create or replace function firsttoken.config_state()
returns table (kind text, key text, value jsonb, row_id uuid)
language sql stable security invoker set search_path = '' as $$
  select 'target', firsttoken.target_name(p.slug, m.name, t.parameters, t.region),
    jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region,
      'active', t.active, 'limits', jsonb_strip_nulls(coalesce(t.limits, '{}')),
      'slo', coalesce(t.slo, '{}'))
      || case when t.every_minutes is null then '{}'
        else jsonb_build_object('every_minutes', t.every_minutes) end, t.id
  from public.targets t join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where p.slug is not null
  union all
  select 'price', p.slug || '/' || m.name, jsonb_build_object('provider', p.slug, 'model', m.name,
      'price', firsttoken.describe_price(latest) - array['source', 'as_of']), m.id
  from public.models m join public.providers p on p.id = m.provider_id,
    lateral public.latest_price(m.id) latest
  where p.slug is not null and latest.id is not null and coalesce(latest.source, 'manual') = 'manual'
    and exists (
      select from public.prices x where x.model_id = m.id and coalesce(x.source, 'manual') = 'manual')
  union all
  select 'prompt', t.name, jsonb_build_object('name', t.name, 'category', t.category, 'text', t.text), t.id
  from public.prompts t
  union all
  select 'rule', r.kind, jsonb_build_object('kind', r.kind) || r.thresholds, null from public.alert_rules r
  union all
  select 'channel', c.name, jsonb_build_object('name', c.name, 'kind', c.kind, 'enabled', c.enabled,
      'min_severity', c.min_severity, 'kinds', to_jsonb(array(
        select each from unnest(c.kinds) each order by each collate "C")),
      'weekly', c.weekly_since is not null, 'settings', c.settings, 'secrets', c.secrets), null
  from public.alert_channels c where c.source = 'entered'
  union all
  select 'component', c.key, to_jsonb(c) - 'group_name' || jsonb_build_object('group', c.group_name), null
  from public.status_components c
  union all
  select 'maintenance', case when w.id = firsttoken.config_window_id(w.name) then w.name else w.id::text end,
    jsonb_build_object('name', w.name, 'cron', w.cron, 'duration_minutes', w.duration_minutes,
      'time_zone', w.time_zone, 'reason', w.reason,
      'starts_at', firsttoken.config_moment(w.starts_at), 'ends_at', firsttoken.config_moment(w.ends_at),
      'scope', coalesce((
        select 'target/' || firsttoken.target_name(p.slug, m.name, t.parameters, t.region)
        from public.targets t join public.models m on m.id = t.model_id
          join public.providers p on p.id = t.provider_id
        where t.id = case when w.scope ~ '^target/[0-9a-f-]{36}$' then substr(w.scope, 8)::uuid end),
      w.scope)), w.id
  from public.maintenance_windows w
$$;

-- What applying these items would change. added, changed; taken: it is so already, and the file owns it from
-- now on; released: the file owned it and no longer says it; removed: the same, or of a section that the file
-- has, and so it is switched off or deleted, if asked to prune. Nobody else could change a rule back, so one
-- that the file no longer says is always removed.
create or replace function firsttoken.config_changes(items jsonb, sections text[], prune boolean)
returns table (kind text, key text, change text, before jsonb, after jsonb, row_id uuid)
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select w.*, row_number() over () as place from firsttoken.config_wanted(items) w
  ), compared as (
    select kind, key, s.value as before, w.value as after, coalesce(s.row_id, o.row_id) as row_id, w.place,
      case
        when w.key is not null then case
          when s.key is null then 'added' when s.value <> w.value then 'changed'
          when o.key is null then 'taken' end
        when s.key is not null and s.value -> 'active' is distinct from 'false'
          and s.value -> 'active' is distinct from 'null'
          and (prune and (o.key is not null or kind = any (sections)) or kind = 'rule' and o.key is not null)
          then 'removed'
        when o.key is not null then 'released' end as change
    from wanted w full join firsttoken.config_state() s using (kind, key)
      full join public.config_items o using (kind, key)
  )
  select c.kind, c.key, c.change, c.before, c.after, c.row_id from compared c where c.change is not null
  -- Windows name targets; what goes goes last.
  order by c.place is null, c.kind = 'maintenance', c.place, c.kind, c.key
$$;

-- The same as the API shows it.
create or replace function firsttoken.list_config_changes(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(c) - 'row_id'), '[]') from firsttoken.config_changes(
    input -> 'items', array(select jsonb_array_elements_text(input -> 'sections')),
    coalesce((input ->> 'prune')::boolean, false)) c
$$;

-- ---- 26_apply_config.sql

-- Applying firsttoken.yaml, through the same functions that a person's commands call.

-- in: {}. out: {hash of the last file applied or null, items: [{kind, key, value, owned}]}: what the database
-- has of all that a file may say.
create or replace function public.read_config(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'read_config', '{}');
  return jsonb_build_object('hash', firsttoken.last_config_hash(), 'items', (
    select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'key', s.key, 'value', s.value,
        'owned', o.key is not null) order by s.kind, s.key), '[]')
    from firsttoken.config_state() s left join public.config_items o using (kind, key)));
end $$;

-- in: {items: [{kind, value}], sections: [kind], prune}. out: {changes}: what apply_config would change.
create or replace function public.diff_config(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'diff_config', array['items', 'sections', 'prune']);
  return jsonb_build_object('changes', firsttoken.list_config_changes(input));
end $$;

-- The scope of a window, which names a target as the file does.
create or replace function firsttoken.config_scope(scope text) returns text
language plpgsql stable security invoker set search_path = '' as $$
declare
  target uuid;
begin
  if scope !~ '^target/' then
    return scope;
  end if;
  select t.id into target
    from public.targets t join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where 'target/' || firsttoken.target_name(p.slug, m.name, t.parameters, t.region) = scope;
  if target is null then
    raise exception using errcode = 'P0002',
      message = format('there is no %s: name it as an export does', scope);
  end if;
  return 'target/' || target;
end $$;

-- Makes one change. `abouts`: columns of providers by slug, for those that are not there yet.
create or replace function firsttoken.apply_config_change(
  item_kind text, change text, value jsonb, row_id uuid, abouts jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  of_model constant jsonb := jsonb_build_object('provider', value -> 'provider', 'model', value -> 'model',
    'about', abouts -> (value ->> 'provider'));
  target constant jsonb := of_model || jsonb_build_object(
    'parameters', value -> 'parameters', 'region', value -> 'region');
begin
  if change in ('taken', 'released') then
    return;
  elsif item_kind = 'target' and change = 'removed' then
    perform public.set_target(target || '{"active": false}');
  elsif item_kind = 'target' then
    -- Only what is active is created.
    if change = 'added' then
      perform public.set_target(target || '{"active": true}');
    end if;
    perform public.set_target(target || jsonb_build_object('active', value -> 'active',
      'every_minutes', value -> 'every_minutes',
      'limits', '{"ttft_ms": null, "latency_ms": null}' || (value -> 'limits'),
      'slo', '{"days": null, "availability": null, "ttft": null, "latency": null}' || (value -> 'slo')));
  elsif item_kind = 'price' then
    perform public.set_price(of_model || jsonb_build_object(
      'price', case when change <> 'removed' then value -> 'price' end));
  elsif item_kind = 'prompt' and change = 'removed' then
    perform public.delete_prompt(jsonb_build_object('name', value -> 'name'));
  elsif item_kind = 'prompt' then
    perform public.save_prompt(value);
  elsif item_kind = 'rule' and change = 'removed' then
    delete from public.alert_rules r where r.kind = value ->> 'kind';
  elsif item_kind = 'rule' then
    insert into public.alert_rules as r (kind, thresholds) values (value ->> 'kind', value - 'kind')
      on conflict (kind) do update set thresholds = excluded.thresholds;
  elsif item_kind = 'channel' and change = 'removed' then
    perform public.delete_channel(jsonb_build_object('name', value -> 'name'));
  elsif item_kind = 'channel' then
    perform public.save_channel(value);
  elsif item_kind = 'component' and change = 'removed' then
    delete from public.status_components c where c.key = value ->> 'key';
  elsif item_kind = 'component' then
    perform public.save_status_component(
      value - 'group' || jsonb_build_object('group_name', value -> 'group'));
  elsif change = 'removed' then
    perform public.delete_maintenance(jsonb_build_object('id', row_id));
  else
    perform public.save_maintenance(value || jsonb_build_object(
      'id', firsttoken.config_window_id(value ->> 'name'),
      'scope', firsttoken.config_scope(value ->> 'scope')));
  end if;
end $$;

-- Makes the items those that the file owns. An item that the database does not have now as the file says it
-- was not applied, which must not happen silently.
create or replace function firsttoken.own_config_items(items jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  differs text;
begin
  select w.kind || ' ' || w.key into differs
    from firsttoken.config_wanted(items) w left join firsttoken.config_state() s using (kind, key)
    where s.value is distinct from w.value limit 1;
  if differs is not null then
    raise exception using errcode = '22023', message = format('%s cannot be kept as the file says', differs);
  end if;
  delete from public.config_items i
    where not exists (
      select from firsttoken.config_wanted(items) w where w.kind = i.kind and w.key = i.key);
  insert into public.config_items as i (kind, key, value, row_id)
    select s.kind, s.key, s.value, s.row_id
    from firsttoken.config_wanted(items) w join firsttoken.config_state() s using (kind, key)
    on conflict (kind, key) do update
      set value = excluded.value, row_id = excluded.row_id, applied_at = excluded.applied_at
      where i.value <> excluded.value or i.row_id is distinct from excluded.row_id;
end $$;

-- in: {hash, items: [{kind, value}], sections: [kind], prune, abouts: {slug: columns of providers}, owner,
-- unless_applied}. out: {applied, changes}. Makes the database what the items say, in one transaction, one
-- caller after another: whoever comes later finds it done. With `unless_applied` what was changed since the
-- same file was applied is left as it is.
create or replace function public.apply_config(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  items constant jsonb := input -> 'items';
  is_last boolean;
  changes jsonb;
  each record;
begin
  perform firsttoken.check_keys(input, 'apply_config',
    array['hash', 'items', 'sections', 'prune', 'abouts', 'owner', 'unless_applied']);
  perform firsttoken.check_name(input -> 'hash', 'hash');
  -- Distinguishes this advisory lock from others of the database.
  perform pg_advisory_xact_lock(702418, 5);
  is_last := firsttoken.last_config_hash() is not distinct from input ->> 'hash';
  if is_last and coalesce((input ->> 'unless_applied')::boolean, false) then
    return jsonb_build_object('applied', false, 'changes', '[]'::jsonb);
  end if;
  changes := firsttoken.list_config_changes(input);
  if changes = '[]' and (is_last or items = '[]') then
    return jsonb_build_object('applied', false, 'changes', changes);
  end if;
  perform set_config('firsttoken.applying', 'on', true);
  for each in
    select * from firsttoken.config_changes(items,
      array(select jsonb_array_elements_text(input -> 'sections')),
      coalesce((input ->> 'prune')::boolean, false))
  loop
    perform firsttoken.apply_config_change(each.kind, each.change, coalesce(each.after, each.before),
      each.row_id, coalesce(input -> 'abouts', '{}'));
  end loop;
  perform firsttoken.own_config_items(items);
  perform set_config('firsttoken.applying', 'off', true);
  insert into public.config_files (hash, owner, changes)
    values (input ->> 'hash', input ->> 'owner', changes);
  return jsonb_build_object('applied', true, 'changes', changes);
end $$;

-- ---- 27_spending.sql

-- Spending: what calls cost, or may cost while they are in progress, and the budget over it.

-- Adds to what a day cost. A session adds to one part of a day alone, which is hardly ever that of another.
create or replace function firsttoken.spend(day date, usd double precision) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into firsttoken.spending_parts as s (day, part, usd)
    values (spend.day, pg_backend_pid() % 16, spend.usd)
    on conflict on constraint spending_parts_pkey do update set usd = s.usd + excluded.usd;
end $$;

-- What may yet be spent under a budget, {usd_per_day, usd_per_month}, each or null. Until the end of the
-- transaction nobody else is told, so that workers cannot overspend together.
create or replace function firsttoken.lock_budget(budget jsonb) returns double precision
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  per_day constant double precision := (budget ->> 'usd_per_day')::double precision;
  per_month constant double precision := (budget ->> 'usd_per_month')::double precision;
  spent_today double precision;
  spent_this_month double precision;
begin
  if per_day is null and per_month is null then
    return 'infinity';
  end if;
  perform pg_advisory_xact_lock(702418, 7);
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0)
    into spent_today, spent_this_month
    from firsttoken.spending_parts s
    where s.day >= case when per_month is null then today
      else date_trunc('month', today::timestamp)::date end;
  return least(per_day - spent_today, per_month - spent_this_month);
end $$;

-- What a recorded call counts: if its cost is unknown, the whole estimate, or the input of one that failed.
create or replace function firsttoken.cost_of(cost_usd double precision, success boolean,
  estimate_usd double precision, input_usd double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return coalesce(cost_usd, case when success then estimate_usd else input_usd end, 0);
end $$;

-- Why a probe may not be called now, or null: its slot is over, its provider asked for a pause, or it exceeds
-- the budget. budget: {usd_per_day, usd_per_month, max_price_per_m}, each or null.
create or replace function firsttoken.find_skip_reason(run public.runs, probe public.probes, budget jsonb)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  penalty timestamptz;
begin
  if run.late_at < clock_timestamp() then
    return 'late';
  end if;
  select p.penalty_until into penalty from public.providers p where p.id = probe.provider_id;
  if penalty > clock_timestamp() then
    return firsttoken.rate_limited_until(penalty);
  elsif budget is null then
    return null;
  elsif probe.estimate_usd is null then
    return 'unpriced';
  elsif probe.estimate_usd > firsttoken.lock_budget(budget) then
    return 'budget';
  end if;
  return null;
end $$;

-- The reason of a skip while a provider pauses us.
create or replace function firsttoken.rate_limited_until(penalty timestamptz) returns text
language sql stable security invoker set search_path = '' as $$
  select format('rate limited until %s', to_char(penalty at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
$$;

-- Gives claimed probes back, which the caller has locked, with what they reserved.
create or replace function firsttoken.release_probes(ids uuid[]) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  reserved record;
begin
  for reserved in
    with given_back as materialized (
      select p.id, p.reserved_on, p.reserved_usd from public.probes p where p.id = any (ids)
    ), updated as (
      update public.probes p
        set status = 'planned', lease_until = null, reserved_usd = null, reserved_on = null
        where p.id = any (ids)
    )
    select g.reserved_on as day, sum(g.reserved_usd) as usd from given_back g
      where g.reserved_on is not null group by 1 order by 1
  loop
    perform firsttoken.spend(reserved.day, -reserved.usd);
  end loop;
end $$;

-- Replaces what closed probes of shards reserved by what they cost, which is nothing if they were skipped.
create or replace function firsttoken.settle_shards(run_id uuid, region text, shards integer[]) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  settled record;
begin
  for settled in
    with closed as materialized (
      select p.id, p.reserved_on, p.reserved_usd, case when p.status = 'skipped' then 0
          else firsttoken.cost_of(b.cost_usd, b.success, p.estimate_usd, p.input_usd) end as usd
      from public.probes p left join lateral (
          select r.* from public.benchmark_results r where r.probe_id = p.id limit 1) b on true
      where p.run_id = settle_shards.run_id and p.region = settle_shards.region and p.shard = any (shards)
        and p.reserved_on is not null
        and (p.status = 'skipped' or p.status in ('done', 'failed') and b.id is not null)
      order by p.id for no key update of p
    ), updated as (
      update public.probes p set reserved_usd = c.usd
        from closed c where p.id = c.id and c.usd <> c.reserved_usd
    )
    select c.reserved_on as day, sum(c.usd - c.reserved_usd) as usd from closed c
      where c.usd <> c.reserved_usd group by 1 order by 1
  loop
    perform firsttoken.spend(settled.day, settled.usd);
  end loop;
end $$;

-- ---- 28_loads.sql

-- Our own load: while a concurrent run or a sweep calls a provider from a region, whatever else is measured
-- there is slower than it would be. Such results are kept and marked, and count neither for the provider nor
-- against it.

-- Whether runs of a mode load what they call.
create or replace function firsttoken.is_load(mode text) returns boolean
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return coalesce(mode in ('concurrent', 'sweep'), false);
end $$;

-- Begins or prolongs the load of a run, at each of its claims.
create or replace function firsttoken.begin_load(run public.runs, probe public.probes) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  if firsttoken.is_load(run.mode) and probe.provider_id is not null then
    insert into public.provider_loads as l (run_id, provider_id, region, began_at, lease_until)
      values (run.id, probe.provider_id, probe.region, clock_timestamp(), probe.lease_until)
      on conflict (run_id, provider_id, region) do update
        set lease_until = greatest(l.lease_until, excluded.lease_until);
  end if;
end $$;

-- Ends the loads of a run that is closed. Its rows stay: a result of that time may be recorded later.
create or replace function firsttoken.end_loads(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.provider_loads l set lease_until = clock_timestamp()
    where l.run_id = end_loads.run_id and l.lease_until > clock_timestamp();
end $$;

-- Whether a call of this run loads its provider, or another run does at some moment from since to until.
create or replace function firsttoken.is_own_load(run public.runs, provider_id uuid, region text,
  since timestamptz, until timestamptz)
returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return firsttoken.is_load(run.mode) or exists (
    select from public.provider_loads l
    where l.provider_id = is_own_load.provider_id and l.region = is_own_load.region
      and l.lease_until >= is_own_load.since and l.began_at <= is_own_load.until and l.run_id <> run.id);
end $$;

-- What a new result must be marked as: {own_load, warmup, maintenance}. Load is judged by the times of the
-- result, whenever it arrives; what its claim said holds too, because the clock of the machine that measured
-- may differ. Maintenance is judged by whoever measured.
create or replace function firsttoken.mark_result(run public.runs, result jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  began constant timestamptz := coalesce((result ->> 'started_at')::timestamptz, clock_timestamp());
  ended constant timestamptz := began
    + coalesce((result ->> 'total_latency_ms')::double precision, 0) * interval '1 millisecond';
begin
  return jsonb_build_object(
    'own_load', coalesce((result ->> 'own_load')::boolean, false) or firsttoken.is_own_load(run,
      (result ->> 'provider_id')::uuid, result ->> 'region', began, ended)
      or result ->> 'level' is not null,
    'warmup', coalesce((result ->> 'warmup')::boolean, false),
    'maintenance', coalesce((result ->> 'maintenance')::boolean, false));
end $$;

-- ---- 29_workers.sql

-- Workers of a run: each region has one at a time, which holds its lease.

-- Until when a worker that asks now has its region.
create or replace function firsttoken.lease_end(worker jsonb) returns timestamptz
language sql volatile security invoker set search_path = '' as $$
  select clock_timestamp() + (worker ->> 'lease_ms')::double precision * interval '1 millisecond'
$$;

-- Leases the region to a worker that does not have it, if nobody has it, next_job keeps it for whoever comes,
-- or the lease expired. True if this worker has it now and had not before.
create or replace function firsttoken.lease_region(run_id uuid, worker jsonb) returns boolean
language sql security invoker set search_path = '' as $$
  with taken as (
    insert into public.run_workers as w (run_id, region, owner, lease_until)
      values (lease_region.run_id, worker ->> 'region', worker ->> 'owner', firsttoken.lease_end(worker))
      on conflict on constraint run_workers_pkey
        do update set owner = excluded.owner, lease_until = excluded.lease_until
        where (w.lease_until < clock_timestamp() or starts_with(w.owner, 'next_job'))
          and w.owner <> excluded.owner
      returning 1
  )
  select exists (select from taken)
$$;

-- Whether another worker than this one, {region, owner}, has its region of a run; false without an owner.
create or replace function firsttoken.is_taken(run_id uuid, worker jsonb) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return exists (
    select from public.run_workers w
    where w.run_id = is_taken.run_id and w.region = worker ->> 'region' and w.owner <> worker ->> 'owner');
end $$;

-- Probes of a run that nobody has claimed or whose lease expired, in one region or all (null).
create or replace function firsttoken.open_probes(run_id uuid, region text) returns setof public.probes
language sql stable security invoker set search_path = '' as $$
  select p.* from public.probes p
    where p.run_id = open_probes.run_id and (open_probes.region is null or p.region = open_probes.region)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
$$;

-- Makes this worker the one of its region if that has open probes, no shards, and no other worker holds it;
-- true if it has the region now. is_new: it has created the run. Who had the region already renews its lease.
create or replace function firsttoken.join_region(run public.runs, worker jsonb, is_new boolean)
returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  -- Before the lease: a session that deletes the run locks them in this order, too.
  perform 1 from public.runs r where r.id = run.id for key share;
  if run.status <> 'running'
    or not exists (select from firsttoken.open_probes(run.id, worker ->> 'region'))
    or exists (
      select from public.shards s where s.run_id = run.id and s.region = worker ->> 'region') then
    return false;
  end if;
  update public.run_workers w set lease_until = firsttoken.lease_end(worker)
    where w.run_id = run.id and w.region = worker ->> 'region' and w.owner = worker ->> 'owner';
  if found then
    return true;
  end if;
  if firsttoken.lease_region(run.id, worker) then
    perform firsttoken.add_event(run.id, 'run_joined', jsonb_build_object('owner', worker -> 'owner'))
      where not is_new;
    return true;
  end if;
  -- The same call, made a moment ago, may have it.
  return exists (
    select from public.run_workers w
    where w.run_id = run.id and w.region = worker ->> 'region' and w.owner = worker ->> 'owner');
end $$;

-- What the calls of a run that were recorded count against its limits: {usd, errors}. As in the budget, a
-- cost that is unknown is what the call may have cost.
create or replace function firsttoken.count_made(run_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_build_object('errors', count(*) filter (where not r.success), 'usd',
      coalesce(sum(coalesce(r.cost_usd, case when r.success then p.estimate_usd else p.input_usd end)), 0))
    from public.benchmark_results r join public.probes p on p.id = r.probe_id
    where r.run_id = count_made.run_id);
end $$;

-- When the open probes of a trace are due, in order: [[level, due_ms]]; null of any other run, whose settings
-- tell. Whoever takes a trace over would otherwise claim them long before, and lose them with their lease.
create or replace function firsttoken.due_of_trace(run public.runs, region text) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_agg(jsonb_build_array(p.level, p.due_ms) order by p.ordinal)
    from firsttoken.open_probes(run.id, region) p
    where run.settings #> '{work,trace}' is not null and p.due_ms is not null);
end $$;

-- in: {run_id, worker: {region, owner, lease_ms}}. out: {joined, run, settings, made: {usd, errors}, left: of
-- due_of_trace}. Resumes a run: joined is true if its region has open probes and no other worker holds it.
create or replace function public.join_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
begin
  return jsonb_build_object('joined', firsttoken.join_region(run, input -> 'worker', false),
    'run', firsttoken.describe_run(run), 'settings', run.settings, 'made', firsttoken.count_made(run.id),
    'left', firsttoken.due_of_trace(run, input #>> '{worker,region}'));
end $$;

-- ---- 30_fleet.sql

-- The fleet beside its shards: which of them workers are to be told of, its workers, the lanes of a provider,
-- and what closing a run takes.

-- in: {region, limit}. out: {rows: [{run_id, region, shard, provider, window_at}]}: shards that no worker was
-- told of, also ahead of their windows; those whose lease is over, once; and those that are overdue: 30 s
-- after their window, their lease and the last time that workers were told.
create or replace function public.list_shards_to_send(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_shards_to_send', array['region', 'limit']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(to_jsonb(due) order by due.window_at, due.run_id, due.shard), '[]')
    from (
      select s.run_id, s.region, s.shard, p.slug as provider, s.window_at
      from public.shards s
        join public.runs r on r.id = s.run_id
        join public.providers p on p.id = s.provider_id
      where s.region = input ->> 'region' and s.status <> 'done'
        and r.status = 'running' and r.cancel_requested_at is null
        and (s.sent_at is null
          or s.lease_until > s.sent_at and s.lease_until < clock_timestamp()
          or greatest(s.window_at, s.lease_until, s.sent_at) < clock_timestamp() - interval '30 seconds')
      order by s.window_at, s.run_id, s.shard
      limit least(greatest((input ->> 'limit')::integer, 1), 10000)) due));
end $$;

-- in: {shards: [{run_id, region, shard}]}. out: {marked}. Notes that workers were told of them. One that
-- somebody has locked meanwhile is left out: workers are told again.
create or replace function public.mark_shards_sent(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  marked integer;
begin
  perform firsttoken.check_keys(input, 'mark_shards_sent', array['shards']);
  with told as (
    select s.run_id, s.region, s.shard
    from jsonb_to_recordset(input -> 'shards') given (run_id uuid, region text, shard integer)
      join public.shards s
        on s.run_id = given.run_id and s.region = given.region and s.shard = given.shard
    for update of s skip locked
  )
  update public.shards s set sent_at = clock_timestamp() from told t
    where s.run_id = t.run_id and s.region = t.region and s.shard = t.shard;
  get diagnostics marked = row_count;
  return jsonb_build_object('marked', marked);
end $$;

-- in: {owner, region, host, version, concurrency, in_hand, lag_ms, made, leaving}. out: {}. Notes how a
-- worker is.
create or replace function public.beat_worker(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  beat public.fleet_workers := jsonb_populate_record(null::public.fleet_workers,
    input || jsonb_build_object('started_at', clock_timestamp(), 'beat_at', clock_timestamp()));
begin
  perform firsttoken.check_keys(input, 'beat_worker', array['owner', 'region', 'host', 'version',
    'concurrency', 'in_hand', 'lag_ms', 'made', 'leaving']);
  insert into public.fleet_workers as w select beat.*
    on conflict (owner) do update set region = excluded.region, host = excluded.host,
      version = excluded.version, beat_at = excluded.beat_at, concurrency = excluded.concurrency,
      in_hand = excluded.in_hand, lag_ms = excluded.lag_ms, made = excluded.made, leaving = excluded.leaving;
  delete from public.fleet_workers w where w.owner in (
    select silent.owner from public.fleet_workers silent
    where silent.beat_at < clock_timestamp() - interval '1 day' for update skip locked);
  return '{}';
end $$;

-- Makes the lanes of a provider in a region that are missing.
create or replace function firsttoken.make_lanes(provider_id uuid, region text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.lanes (provider_id, region, lane)
    select make_lanes.provider_id, make_lanes.region, lane
    from public.providers p cross join generate_series(0, coalesce(p.lanes, 4) - 1) lane
    where p.id = make_lanes.provider_id
    on conflict do nothing;
end $$;

-- in: {provider, lanes: 1 to 64, or null for 4}. out: {provider, lanes}. How many calls of a fleet a provider
-- takes at once from a region. Those that are in flight beyond fewer lanes end as they are.
create or replace function public.set_lanes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted constant integer := (input ->> 'lanes')::integer;
  of_provider uuid;
begin
  perform firsttoken.check_keys(input, 'set_lanes', array['provider', 'lanes']);
  if wanted not between 1 and 64 then
    raise exception using errcode = '22023', message = format('a provider has 1 to 64 lanes, not %s', wanted);
  end if;
  update public.providers p set lanes = wanted where p.slug = input ->> 'provider'
    returning p.id into of_provider;
  perform firsttoken.make_lanes(of_provider, known.region)
    from (select distinct l.region from public.lanes l where l.provider_id = of_provider order by 1) known;
  if of_provider is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: it appears with the first run that calls it',
        coalesce(input ->> 'provider', 'without a name'));
  end if;
  return jsonb_build_object('provider', input -> 'provider', 'lanes', wanted);
end $$;

-- Whoever may close a run with its last shard takes turns, so that of two at once the second sees that
-- nothing is left. Taken before the run is locked.
create or replace function firsttoken.lock_closing(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  -- Distinguishes these advisory locks from others of the database.
  perform pg_advisory_xact_lock(702419, hashtext(run_id::text));
end $$;

-- Whether no probe of a run is open but those of this shard.
create or replace function firsttoken.is_last(shard public.shards) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return not exists (
    select from public.probes p
    where p.run_id = is_last.shard.run_id and p.status in ('planned', 'claimed')
      and (p.region, p.shard) is distinct from (is_last.shard.region, is_last.shard.shard));
end $$;

-- Takes turns, and locks the run if no probe of it is open but those of this shard, which the caller closes
-- next: as whoever cancels the run, it locks the run before its probes.
create or replace function firsttoken.lock_if_last(shard public.shards) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.lock_closing(shard.run_id);
  if not firsttoken.is_last(shard) then
    return false;
  end if;
  perform 1 from public.runs r where r.id = shard.run_id for no key update;
  -- Whoever had the lock may have added the probes of a region.
  return firsttoken.is_last(shard);
end $$;

-- Settles the shards of a run that is closed. One that somebody works on ends by itself.
create or replace function firsttoken.end_shards(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.settle_shards(end_shards.run_id, s.region, array_agg(s.shard))
    from public.shards s where s.run_id = end_shards.run_id group by s.region;
  update public.shards s set status = 'done', done_at = clock_timestamp()
    where (s.run_id, s.region, s.shard) in (
      select o.run_id, o.region, o.shard from public.shards o
      where o.run_id = end_shards.run_id and o.status = 'open' for update skip locked);
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
  select to_jsonb(run) - array['settings', 'client', 'idempotency_key']
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

-- Closes and counts a run, which ends its loads and shards. A closed run keeps the status it was closed with.
create or replace function firsttoken.close_run(run_id uuid, status text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.runs r set status = close_run.status, finished_at = clock_timestamp()
    where r.id = close_run.run_id and r.status in ('queued', 'running');
  if found then
    perform firsttoken.end_loads(close_run.run_id);
    perform firsttoken.end_shards(close_run.run_id);
    perform firsttoken.relabel_own_outage(close_run.run_id);
    perform firsttoken.count_run(close_run.run_id);
    perform firsttoken.add_event(close_run.run_id, 'run_finished', jsonb_build_object('status', status));
  end if;
end $$;

-- Whether the worker of a run stopped responding: nobody holds a lease on it, and if it is scheduled, its
-- probes are late; one on demand is left to next_job for an hour.
create or replace function firsttoken.is_abandoned(run public.runs) returns boolean
language sql stable security invoker set search_path = '' as $$
  select run.status = 'running' and run.started_at < now() - greatest(left_for.patience, interval '5 minutes')
    and (run.late_at is null or run.late_at < now())
    and not exists (
      select from public.run_workers w
      where w.run_id = run.id and w.lease_until > clock_timestamp() - left_for.patience)
    and not exists (
      select from public.probes p
      where p.run_id = run.id and p.status = 'claimed'
        and p.lease_until > clock_timestamp() - left_for.patience)
  from (select case when run.triggered_by = 'api' then interval '1 hour' else '0' end as patience) left_for
$$;

-- Closes runs that are abandoned, with what they have.
create or replace function firsttoken.close_abandoned_runs() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  abandoned record;
  reason text;
  n_skipped integer;
begin
  for abandoned in
    select r.id, r.slot, r.n_probes from public.runs r
    where r.status = 'running' and firsttoken.is_abandoned(r)
    order by r.id for update of r skip locked
  loop
    -- A claim may have come before the lock, and none can come after it.
    continue when not firsttoken.is_abandoned(firsttoken.get_run(abandoned.id));
    reason := case when abandoned.slot is null then 'abandoned' else 'late' end;
    update public.probes p set status = 'skipped', lease_until = null, skip_reason = reason
      where p.run_id = abandoned.id and p.status in ('planned', 'claimed');
    get diagnostics n_skipped = row_count;
    perform firsttoken.add_skips(abandoned.id, jsonb_build_object(reason, n_skipped));
    if n_skipped > 0 or abandoned.n_probes = 0 then
      update public.runs r set status = 'abandoned', finished_at = clock_timestamp(),
          status_reason = 'its worker stopped answering before every probe was made'
        where r.id = abandoned.id;
      perform firsttoken.end_shards(abandoned.id);
      perform firsttoken.count_run(abandoned.id);
      perform firsttoken.add_event(abandoned.id, 'run_finished', '{"status": "abandoned"}');
    else
      perform firsttoken.close_run(abandoned.id, 'finished');
    end if;
  end loop;
end $$;

-- Whether a region may still add its probes to a run: it has none yet, and the slot is not over.
create or replace function firsttoken.accepts_region(run public.runs, region text) returns boolean
language sql stable security invoker set search_path = '' as $$
  select region is not null and run.status in ('running', 'finished') and run.slot is not null
    and (run.late_at is null or run.late_at > now())
    and not exists (select from public.probes p where p.run_id = run.id and p.region = accepts_region.region)
$$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or
-- none, shards: [{shard, region, provider, window_at}] or none}.
-- out: {created, joined, run}. One run per schedule and slot. A later caller gets the existing run, and joins
-- it if its region has no probes yet, which are then added, or if the lease of its region expired. A slot
-- that was recorded as missed is run after all if it is not too late. A plan without probes, of a slot in
-- which no target is due, makes a run that is finished at once: the slot was not missed. A plan with shards
-- has no worker: the region of its run is planned once, and any worker of it claims them.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  wanted_region constant text := case when input ? 'shards' then planned.region else worker ->> 'region' end;
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform firsttoken.close_abandoned_runs();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic,
    settings, started_at)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot,
      planned.late_at, planned.region, planned.synthetic, planned.settings,
      coalesce(planned.started_at, now()))
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
    if run.status = 'missed' and run.id <> planned.id and wanted_region is not null
      and planned.late_at > now() then
      update public.runs r
        set status = 'running', status_reason = null, finished_at = null, started_at = now(),
          late_at = planned.late_at, triggered_by = planned.triggered_by, mode = planned.mode,
          region = planned.region, synthetic = planned.synthetic, settings = planned.settings
        where r.id = run.id returning * into run;
      perform firsttoken.add_event(run.id, 'run_started');
    end if;
  else
    perform firsttoken.add_event(run.id, 'run_started');
  end if;
  if is_new or (run.id <> planned.id and jsonb_array_length(input -> 'probes') > 0
    and firsttoken.accepts_region(run, wanted_region)) then
    perform firsttoken.save_plan(run.id, input);
    update public.runs r set status = 'running', finished_at = null
      where r.id = run.id and r.status = 'finished';
    -- A plan that skips all of its probes leaves nobody anything to end the run with.
    perform firsttoken.close_run(run.id, 'finished')
      where input ? 'shards' and not exists (select from firsttoken.open_probes(run.id, null));
  end if;
  if jsonb_array_length(input -> 'probes') = 0 then
    perform firsttoken.close_run(r.id, 'finished') from public.runs r where r.id = run.id and r.n_probes = 0;
  end if;
  if worker is not null then
    joined := firsttoken.join_region(firsttoken.get_run(run.id), worker, is_new);
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new,
    'run', firsttoken.describe_run(firsttoken.get_run(run.id)));
end $$;

-- in: {run_id, status, region and owner or none}. out: the run, with skip_reasons: {reason: count}. Releases
-- the region of the worker, and closes the run if no probe is open or no worker is named. A closed run keeps
-- its status; one that somebody cancels is `cancelled`.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  is_released boolean;
begin
  perform firsttoken.lock_closing(run.id);
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  delete from public.run_workers w
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  is_released := found;
  if input ->> 'region' is null or not exists (
      select from public.probes p where p.run_id = run.id and p.status in ('planned', 'claimed')) then
    perform firsttoken.close_run(run.id,
      case when run.cancel_requested_at is null then input ->> 'status' else 'cancelled' end);
  elsif is_released and exists (
      select from public.probes p
      where p.run_id = run.id and p.region = input ->> 'region' and p.status in ('planned', 'claimed')) then
    perform firsttoken.add_event(run.id, 'run_handed_over');
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id)) || jsonb_build_object('skip_reasons', (
    select coalesce(jsonb_object_agg(skips.skip_reason, skips.n), '{}')
    from (
      select p.skip_reason, count(*) as n from public.probes p
      where p.run_id = run.id and p.status = 'skipped' group by p.skip_reason) skips));
end $$;

-- Closes a run whose worker in a region was given up, with the reason, unless another worker took over or
-- another region has something left to do.
create or replace function firsttoken.abandon_run(run_id uuid, region text, reason text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_skipped integer;
begin
  -- Nobody can join or claim meanwhile: both lock the run `for key share`.
  perform 1 from public.runs r where r.id = abandon_run.run_id for update;
  if exists (
      select from public.run_workers w
      where w.run_id = abandon_run.run_id and w.region = abandon_run.region
        and w.lease_until > clock_timestamp()) then
    return;
  end if;
  update public.probes p set status = 'skipped', lease_until = null, skip_reason = 'abandoned'
    where p.run_id = abandon_run.run_id and p.region = abandon_run.region
      and p.status in ('planned', 'claimed');
  get diagnostics n_skipped = row_count;
  perform firsttoken.add_skips(abandon_run.run_id, jsonb_build_object('abandoned', n_skipped));
  if not exists (
      select from public.probes p
      where p.run_id = abandon_run.run_id and p.status in ('planned', 'claimed')) then
    update public.runs r set status = 'abandoned', status_reason = abandon_run.reason,
        finished_at = coalesce(r.finished_at, clock_timestamp())
      where r.id = abandon_run.run_id and r.status in ('running', 'cancelled');
    if found then
      perform firsttoken.end_shards(abandon_run.run_id);
      perform firsttoken.add_event(abandon_run.run_id, 'run_finished', '{"status": "abandoned"}');
    end if;
    perform firsttoken.count_run(abandon_run.run_id);
  end if;
end $$;

-- in: {run: id, run_name, triggered_by, schedule, slot, region; reason; abandoned or none}. out: the run.
-- Records a slot without a run as missed, so that the gap shows; returns the run of the slot if there is one
-- after all. abandoned: the slot did begin, but its worker was given up, so its run is closed.
create or replace function public.file_missed(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  missed public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  abandoned constant boolean := coalesce((input ->> 'abandoned')::boolean, false);
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, status, status_reason,
    started_at, finished_at)
    values (missed.id, missed.run_name, missed.triggered_by, 'scheduled', missed.schedule, missed.slot,
      missed.region, case when abandoned then 'abandoned' else 'missed' end, input ->> 'reason',
      coalesce(missed.started_at, now()), coalesce(missed.started_at, now()))
    on conflict do nothing;
  if found and abandoned then
    perform firsttoken.add_event(missed.id, 'run_finished', '{"status": "abandoned"}');
  elsif found then
    perform firsttoken.add_event(missed.id, 'run_missed', jsonb_build_object('reason', input -> 'reason'));
  end if;
  select r.* into strict run from public.runs r
    where r.id = missed.id or (r.schedule = missed.schedule and r.slot = missed.slot)
    order by r.id = missed.id desc limit 1;
  if abandoned then
    perform firsttoken.abandon_run(run.id, missed.region, input ->> 'reason');
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id));
end $$;

-- ---- 31_probes.sql

-- Probes: claiming under a lease and a budget, skipping, rechecking.

-- The settings that a probe is called with: those of its run, with its own prompt of several, and without the
-- others.
create or replace function firsttoken.settings_for(settings jsonb, asks jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  own constant jsonb := settings #> array['work', 'prompts', asks ->> 'prompt'];
begin
  return case when asks ->> 'prompt' is null then settings
    else (settings #- '{work,prompts}')
      || jsonb_build_object('prompt', own -> 'text', 'prompt_hash', own -> 'hash') end;
end $$;

-- A probe as a claim hands it out.
create or replace function firsttoken.describe_probe(probe public.probes, provider text, model text,
  target public.targets)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return jsonb_build_object(
    'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
    'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd,
    'input_usd', probe.input_usd, 'warmup', probe.warmup, 'context_tokens', probe.context_tokens,
    'level', probe.level, 'due_ms', probe.due_ms, 'asks', probe.asks,
    'target', jsonb_build_object(
      'provider', provider, 'model', model, 'parameters', target.parameters, 'region', target.region));
end $$;

-- A claimed probe with everything needed to call it.
create or replace function firsttoken.describe_claim(probe public.probes, run public.runs) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'probe', firsttoken.describe_probe(probe, p.slug, m.name, t),
      'settings', firsttoken.settings_for(run.settings, probe.asks),
      'claims', probe.claims, 'lease_until', probe.lease_until, 'target_id', probe.target_id,
      'own_load', firsttoken.is_own_load(run, probe.provider_id, probe.region,
        clock_timestamp(), clock_timestamp()))
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where t.id = probe.target_id);
end $$;

-- Locks the first probe that a claim of this input may take, null if there is none. One of a shard is found
-- by its id alone: it is claimed with its shard, but for a recheck. Each way of asking has an index, and a
-- statement of its own, so that its plan uses it.
create or replace function firsttoken.lock_next_probe(run_id uuid, input jsonb) returns public.probes
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_region constant text := input ->> 'region';
  probe public.probes;
begin
  if input ->> 'probe_id' is not null then
    select p.* into probe from public.probes p
      where p.id = (input ->> 'probe_id')::uuid and p.run_id = lock_next_probe.run_id
        and p.region = wanted_region
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
        and (input ->> 'provider' is null or p.provider_id = (
          select pr.id from public.providers pr where pr.slug = input ->> 'provider'))
      for update skip locked;
  elsif input ->> 'provider' is not null then
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.provider_id = (select pr.id from public.providers pr where pr.slug = input ->> 'provider')
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  elsif input ->> 'level' is not null then
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.level = (input ->> 'level')::integer
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  else
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  end if;
  return probe;
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region, provider, probe_id, level, budget: each or none}.
-- out: {probe, settings, claims, lease_until, own_load} or null. Claims the next open probe of the region,
-- optionally of one provider or one level. A probe that may not be called is skipped with the reason. The
-- same claim_id gets the same probe, so a lost answer loses no probe. Null also if the worker lost its
-- region, or somebody cancels the run.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  lease interval := (input ->> 'lease_ms')::double precision * interval '1 millisecond';
  today constant date := (now() at time zone 'UTC')::date;
  claimed public.probes;
  is_new boolean := false;
  reason text;
  skips jsonb := '{}';
begin
  if run.status <> 'running' or run.cancel_requested_at is not null or firsttoken.is_taken(run.id, input) then
    return null;
  end if;
  -- Before its probes: a session that deletes the run locks them in this order, too.
  perform 1 from public.runs r where r.id = run.id for key share;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  while claimed.id is null loop
    claimed := firsttoken.lock_next_probe(run.id, input);
    exit when claimed.id is null;
    reason := firsttoken.find_skip_reason(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease,
            reserved_usd = coalesce(p.estimate_usd, p.reserved_usd),
            reserved_on = case when p.estimate_usd is null then p.reserved_on else today end
          where p.id = claimed.id returning p.* into claimed;
        perform firsttoken.spend(today, claimed.estimate_usd) where claimed.estimate_usd is not null;
        is_new := true;
      exception when unique_violation then
        -- The first call with this claim_id was still in progress, and has the probe now.
        select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
      end;
    else
      update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
        where p.id = claimed.id;
      skips := skips || jsonb_build_object(reason, coalesce((skips ->> reason)::integer, 0) + 1);
      claimed := null;
    end if;
  end loop;
  perform firsttoken.add_skips(run.id, skips);
  if is_new then
    perform firsttoken.add_event(run.id, 'probe_started', jsonb_build_object('probe_id', claimed.id));
  end if;
  if claimed.id is null then
    return null;
  end if;
  update public.run_workers w set lease_until = greatest(w.lease_until, claimed.lease_until)
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  perform firsttoken.begin_load(run, claimed);
  return firsttoken.describe_claim(claimed, run);
end $$;

-- Gives back probes of a run that an owner has claimed and does not call, with what they reserved in the
-- budget.
create or replace function firsttoken.release_claims(run_id uuid, owner text, unmade jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.release_probes(array(
    select p.id from public.probes p
    where p.run_id = release_claims.run_id and p.status = 'claimed' and p.lease_owner = owner
      and p.id in (select each::uuid from jsonb_array_elements_text(unmade) each)
    order by p.ordinal for update));
end $$;

-- in: {run_id, reason, region or none, owner or none, level or none, unmade: ids or none}. out: {skipped}.
-- Skips open probes, none if another worker has the region of the owner. Those under a lease stay, but for
-- the unmade, which the owner has claimed and does not call. The reason of a run that somebody cancels is
-- `cancelled`.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  reason constant text := case when run.cancel_requested_at is null
    then coalesce(input ->> 'reason', 'no reason') else 'cancelled' end;
  skipped integer;
begin
  perform 1 from public.runs r where r.id = run.id for key share;
  if firsttoken.is_taken(run.id, input) then
    return '{"skipped": 0}';
  end if;
  perform firsttoken.release_claims(run.id, input ->> 'owner', nullif(input -> 'unmade', 'null'));
  -- Whether a probe is open stands in the update itself: one that somebody claims or records is judged again
  -- once its lock is free, and by a list of ids it would not be.
  update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
    where p.run_id = run.id and (input ->> 'region' is null or p.region = input ->> 'region')
      and (input ->> 'level' is null or p.level = (input ->> 'level')::integer)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()));
  get diagnostics skipped = row_count;
  perform firsttoken.add_skips(run.id, jsonb_build_object(reason, skipped));
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
  insert into public.probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, region,
    series, price, estimate_usd, input_usd, warmup, context_tokens, shard, confirms)
    select (input ->> 'id')::uuid, first_probe.run_id, first_probe.provider_id, first_probe.target_id,
      (input ->> 'result_id')::uuid,
      max(p.ordinal) + 1, first_probe.iteration, first_probe.region, first_probe.series, first_probe.price,
      first_probe.estimate_usd, first_probe.input_usd, first_probe.warmup, first_probe.context_tokens,
      first_probe.shard, first_probe.id
    from public.probes p where p.run_id = first_probe.run_id
    on conflict (id) do nothing;
  if found then
    update public.runs r set n_probes = r.n_probes + 1 where r.id = first_probe.run_id;
  end if;
  return jsonb_build_object('planned', found);
end $$;

-- ---- 31_shard_claims.sql

-- What workers do with shards: claim one, renew its lease, finish it. 31_shards.sql has the parts.

-- Which probes of a shard fit the budget, in order: {chosen: [ids], budget: [ids], unpriced: [ids]}.
create or replace function firsttoken.choose_probes(shard public.shards, budget jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  usd_left double precision;
  probe record;
  verdict text;
  chosen jsonb := '{"chosen": [], "budget": [], "unpriced": []}';
begin
  usd_left := case when budget is not null then firsttoken.lock_budget(budget) end;
  for probe in
    select p.id, p.estimate_usd,
      case when p.reserved_on = today then p.reserved_usd else 0 end as reserved_usd
    from public.probes p
    where p.run_id = choose_probes.shard.run_id and p.region = choose_probes.shard.region
      and p.shard = choose_probes.shard.shard
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
    order by p.ordinal
  loop
    usd_left := usd_left + coalesce(probe.reserved_usd, 0);
    verdict := case
      when budget is null then 'chosen'
      when probe.estimate_usd is null then 'unpriced'
      when probe.estimate_usd > usd_left then 'budget'
      else 'chosen' end;
    if verdict = 'chosen' then
      usd_left := usd_left - coalesce(probe.estimate_usd, 0);
    end if;
    chosen := jsonb_insert(chosen, array[verdict, '-1'], to_jsonb(probe.id), true);
  end loop;
  return chosen;
end $$;

-- A claimed shard with everything needed to make it.
create or replace function firsttoken.describe_shard(run public.runs, shard public.shards) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
begin
  return jsonb_build_object('claimed', jsonb_build_object(
    'shard', shard.shard, 'lane', shard.lane, 'lease_until', shard.lease_until, 'takes', shard.takes,
    'provider', (select p.slug from public.providers p where p.id = shard.provider_id),
    'settings', firsttoken.settings_for(run.settings, null),
    'own_load', firsttoken.is_own_load(run, shard.provider_id, shard.region,
      clock_timestamp(), clock_timestamp()),
    'probes', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'probe', firsttoken.describe_probe(p, pr.slug, m.name, t),
          'claims', p.claims, 'target_id', p.target_id) order by p.ordinal), '[]')
      from public.probes p
        join public.targets t on t.id = p.target_id
        join public.models m on m.id = t.model_id
        join public.providers pr on pr.id = t.provider_id
      where p.run_id = describe_shard.shard.run_id and p.region = describe_shard.shard.region
        and p.shard = describe_shard.shard.shard and p.status = 'claimed'
        and p.lease_owner = describe_shard.shard.owner)));
end $$;

-- Takes a shard that the caller has locked and that need not wait. Null if nothing of it may be called
-- anymore, and all was skipped.
create or replace function firsttoken.take_shard(run public.runs, shard public.shards, input jsonb)
returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  lease constant timestamptz := firsttoken.lease_end(input);
  pause constant timestamptz := firsttoken.pause_until(shard.provider_id);
  is_last boolean := false;
  free_lane integer;
  choice jsonb;
begin
  if run.late_at < clock_timestamp() or pause >= run.late_at then
    perform firsttoken.skip_shard(shard, case when run.late_at < clock_timestamp() then 'late'
      else firsttoken.rate_limited_until(pause) end);
    return null;
  end if;
  -- That of a worker that was lost.
  perform firsttoken.free_lane(shard);
  free_lane := firsttoken.take_lane(shard, input ->> 'owner', lease);
  if free_lane is null then
    return coalesce(firsttoken.shard_wait(run, shard),
      jsonb_build_object('wait_until', clock_timestamp(), 'reason', 'no lane'));
  end if;
  choice := firsttoken.choose_probes(shard, nullif(input -> 'budget', 'null'));
  if choice -> 'chosen' = '[]' then
    shard.lane := free_lane;
    shard.owner := input ->> 'owner';
    perform firsttoken.free_lane(shard);
    is_last := firsttoken.lock_if_last(shard);
  end if;
  perform firsttoken.skip_of_shard(shard, firsttoken.ids_in(choice -> reason), reason)
    from unnest(array['budget', 'unpriced']) reason where choice -> reason <> '[]';
  if choice -> 'chosen' = '[]' then
    perform firsttoken.end_shard(shard, is_last, clock_timestamp());
    return null;
  end if;
  perform firsttoken.claim_probes(firsttoken.ids_in(choice -> 'chosen'), input ->> 'owner', lease);
  update public.shards s
    set status = 'taken', owner = input ->> 'owner', lane = free_lane, lease_until = lease,
      claim_id = (input ->> 'claim_id')::uuid, takes = s.takes + 1,
      lost = s.lost + (s.status = 'taken')::integer, taken_at = clock_timestamp()
    where s.run_id = take_shard.shard.run_id and s.region = take_shard.shard.region
      and s.shard = take_shard.shard.shard
    returning s.* into shard;
  return firsttoken.describe_shard(run, shard);
end $$;

-- Ids in a list.
create or replace function firsttoken.ids_in(list jsonb) returns uuid[]
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return array(select jsonb_array_elements_text(list)::uuid);
end $$;

-- The next shard that a claim may take, without those that were tried; null if there is none. It is not
-- locked.
create or replace function firsttoken.next_shard(run public.runs, input jsonb, tried integer[])
returns integer
language plpgsql security invoker set search_path = '' as $$
begin
  return (
    select s.shard from public.shards s
    where s.run_id = next_shard.run.id and s.region = input ->> 'region' and s.status <> 'done'
      and (input ->> 'provider' is null or s.provider_id = (
        select p.id from public.providers p where p.slug = input ->> 'provider'))
      and (s.window_at <= clock_timestamp() or next_shard.run.late_at < clock_timestamp())
      and s.shard <> all (tried) and firsttoken.shard_wait(run, s) is null
    order by s.window_at, s.shard limit 1);
end $$;

-- What a claim that got no shard is told: when to ask again, and why; or that all are done.
create or replace function firsttoken.soonest_wait(run public.runs, input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  return coalesce((
    -- Those that could be taken are being claimed by others.
    select coalesce(w.wait, jsonb_build_object('wait_until', clock_timestamp() + interval '1 second',
      'reason', 'taken'))
    from public.shards s cross join lateral (select firsttoken.shard_wait(run, s) as wait) w
    where s.run_id = soonest_wait.run.id and s.region = input ->> 'region' and s.status <> 'done'
      and (input ->> 'provider' is null or s.provider_id = (
        select p.id from public.providers p where p.slug = input ->> 'provider'))
    order by (w.wait ->> 'wait_until')::timestamptz nulls first limit 1),
    '{"over": true}');
end $$;

-- in: {run_id, region, shard or null, provider or null, owner, claim_id, lease_ms, budget or null}. out:
-- {claimed: {shard, provider, lane, lease_until, settings, own_load, takes, probes: [{probe, claims,
-- target_id}]}}, or {wait_until, reason: 'not due', 'no lane', 'paused' or 'taken'}, or {over: true, run or
-- none}. Claims a shard, or the next one that is due and has a free lane, of one provider or of all. What may
-- not be called anymore, or exceeds the budget, is skipped with the reason; run is there if that closed it.
-- The same claim_id gets the same shard, so a lost answer loses none.
create or replace function public.claim_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim constant uuid := (input ->> 'claim_id')::uuid;
  wanted constant integer := (input ->> 'shard')::integer;
  shard public.shards;
  candidate integer;
  tried integer[] := '{}';
  answer jsonb;
  ended public.runs;
begin
  perform firsttoken.check_keys(input, 'claim_shard',
    array['run_id', 'region', 'shard', 'provider', 'owner', 'claim_id', 'lease_ms', 'budget']);
  if run.status <> 'running' or run.cancel_requested_at is not null then
    return '{"over": true}';
  end if;
  perform 1 from public.runs r where r.id = run.id for key share;
  loop
    select s.* into shard from public.shards s
      where s.run_id = run.id and s.claim_id = claim and s.status = 'taken';
    if found then
      return firsttoken.describe_shard(run, shard);
    end if;
    candidate := coalesce(wanted, firsttoken.next_shard(run, input, tried));
    if candidate is null then
      return firsttoken.soonest_wait(run, input);
    end if;
    answer := null;
    shard := firsttoken.lock_shard(run.id, input ->> 'region', candidate, wanted is null);
    begin
      if shard.status <> 'done' and shard.claim_id is distinct from claim then
        answer := coalesce(firsttoken.shard_wait(run, shard), firsttoken.take_shard(run, shard, input));
        ended := firsttoken.get_run(run.id);
        if answer is null and ended.status <> 'running' then
          return jsonb_build_object('over', true, 'run', firsttoken.describe_run(ended));
        end if;
      elsif shard.claim_id = claim then
        answer := firsttoken.describe_shard(run, shard);
      end if;
    exception when unique_violation then
      -- The first call with this claim_id was still in progress, and has a shard now.
      continue;
    end;
    if wanted is not null or answer ? 'claimed' then
      return coalesce(answer, '{"over": true}');
    end if;
    tried := tried || candidate;
  end loop;
end $$;

-- Locks a shard, or finds it locked by somebody else, if they may be passed over: null.
create or replace function firsttoken.lock_shard(run_id uuid, region text, shard integer, skips boolean)
returns public.shards
language plpgsql security invoker set search_path = '' as $$
declare
  locked public.shards;
begin
  if skips then
    select s.* into locked from public.shards s
      where s.run_id = lock_shard.run_id and s.region = lock_shard.region and s.shard = lock_shard.shard
      for update skip locked;
    return locked;
  end if;
  select s.* into locked from public.shards s
    where s.run_id = lock_shard.run_id and s.region = lock_shard.region and s.shard = lock_shard.shard
    for update;
  if locked.shard is null then
    raise exception using errcode = 'P0002',
      message = format('run %s has no shard %s in %s', run_id, coalesce(shard::text, 'without a number'),
        coalesce(region, 'a region without a name'));
  end if;
  return locked;
end $$;

-- ---- 31_shard_ends.sql

-- What a worker does with a shard that it has: renew its lease, and finish it.

-- Whether who asks has a shard: the claim counts too, as one worker may claim a shard whose lease it lost.
create or replace function firsttoken.has_shard(shard public.shards, input jsonb) returns boolean
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return shard.status = 'taken' and shard.owner = input ->> 'owner'
    and (input ->> 'claim_id' is null or shard.claim_id = (input ->> 'claim_id')::uuid);
end $$;

-- in: {run_id, region, shard, owner, claim_id or none, lease_ms}. out: {held, lease_until, pause_until,
-- cancelled}. Renews the lease of a shard, its lane and its claimed probes; held is false if this worker has
-- them no more, also if it has claimed them again meanwhile.
-- pause_until: until when the provider asks us to pause, or null. cancelled: nothing more of the run is to be
-- called.
create or replace function public.renew_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  until constant timestamptz := firsttoken.lease_end(input);
  shard public.shards;
  is_held boolean := false;
begin
  perform firsttoken.check_keys(input, 'renew_shard',
    array['run_id', 'region', 'shard', 'owner', 'claim_id', 'lease_ms']);
  perform 1 from public.runs r where r.id = run.id for key share;
  shard := firsttoken.lock_shard(run.id, input ->> 'region', (input ->> 'shard')::integer, false);
  if firsttoken.has_shard(shard, input) then
    update public.lanes l set lease_until = until
      where l.provider_id = shard.provider_id and l.region = shard.region and l.lane = shard.lane
        and l.owner = shard.owner and l.run_id = run.id and l.shard = shard.shard;
    is_held := found;
  end if;
  if is_held then
    update public.shards s set lease_until = until
      where s.run_id = run.id and s.region = shard.region and s.shard = shard.shard;
    update public.probes p set lease_until = until
      where p.run_id = run.id and p.region = shard.region and p.shard = shard.shard
        and p.status = 'claimed' and p.lease_owner = shard.owner;
  end if;
  return jsonb_build_object('held', is_held, 'lease_until', case when is_held then until end,
    'pause_until', firsttoken.pause_until(shard.provider_id),
    'cancelled', run.status <> 'running' or run.cancel_requested_at is not null);
end $$;

-- Why what a worker gives back is not called anymore, or null: until is when it may be called next, or null.
create or replace function firsttoken.end_reason(run public.runs, provider_id uuid, until timestamptz)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  pause constant timestamptz := firsttoken.pause_until(provider_id);
begin
  return case
    when run.cancel_requested_at is not null then 'cancelled'
    when run.status <> 'running' then 'abandoned'
    when run.late_at > greatest(until, clock_timestamp()) or run.late_at is null then null
    when run.late_at > clock_timestamp() and pause >= run.late_at then firsttoken.rate_limited_until(pause)
    else 'late' end;
end $$;

-- in: {run_id, region, shard, owner, claim_id or none, unmade: [probe ids], until: a moment or null}. out:
-- {done, run}. Frees the shard and its lane, and replaces what it reserved by what it cost. What is unmade
-- may be claimed again, from until on, or is skipped if that is too late. Closes the run if none of its
-- probes is open. If the worker has the shard no more, nothing changes.
create or replace function public.finish_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  until constant timestamptz := (input ->> 'until')::timestamptz;
  shard public.shards;
  is_last boolean;
  reason text;
  is_done boolean;
begin
  perform firsttoken.check_keys(input, 'finish_shard',
    array['run_id', 'region', 'shard', 'owner', 'claim_id', 'unmade', 'until']);
  perform 1 from public.runs r where r.id = run.id for key share;
  shard := firsttoken.lock_shard(run.id, input ->> 'region', (input ->> 'shard')::integer, false);
  is_done := shard.status = 'done';
  if firsttoken.has_shard(shard, input) then
    perform firsttoken.free_lane(shard);
    is_last := firsttoken.lock_if_last(shard);
    run := firsttoken.get_run(run.id);
    perform firsttoken.release_probes(array(
      select p.id from public.probes p
      where p.run_id = run.id and p.region = shard.region and p.shard = shard.shard
        and p.status = 'claimed' and p.lease_owner = shard.owner
        and p.id = any (firsttoken.ids_in(input -> 'unmade'))
      order by p.ordinal for update));
    reason := firsttoken.end_reason(run, shard.provider_id, until);
    if reason is not null then
      perform firsttoken.skip_of_shard(shard, null, reason);
    end if;
    is_done := firsttoken.end_shard(shard, is_last, coalesce(until, clock_timestamp()));
  end if;
  return jsonb_build_object('done', is_done, 'run', firsttoken.describe_run(firsttoken.get_run(run.id)));
end $$;

-- ---- 31_shards.sql

-- Claiming a shard: its lane, its probes, and their part of the budget, all or none.
-- Locks are taken in this order: run (against its deletion), shard, lane, budget, closing, run (to close it),
-- probes, spending. Whoever holds a run to close it waits for probes alone, and a claim waits for none.
-- What is asked once a shard is planned each time: a plan that was kept from when the tables were empty would
-- read all of them.

-- Why a shard that is not done cannot be taken now: {wait_until, reason}, or null if it can be, or is to be
-- skipped because its slot is over, or will be when its provider takes calls again.
create or replace function firsttoken.shard_wait(run public.runs, shard public.shards) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider public.providers;
  n_lanes integer;
  free_at timestamptz;
begin
  if shard.status = 'taken' and shard.lease_until > clock_timestamp() then
    return jsonb_build_object('wait_until', shard.lease_until, 'reason', 'taken');
  elsif run.late_at < clock_timestamp() then
    return null;
  elsif shard.status = 'open' and shard.window_at > clock_timestamp() then
    return jsonb_build_object('wait_until', shard.window_at, 'reason', 'not due');
  end if;
  select p.* into provider from public.providers p where p.id = shard.provider_id;
  if provider.penalty_until > clock_timestamp() then
    return case when provider.penalty_until < coalesce(run.late_at, 'infinity')
      then jsonb_build_object('wait_until', provider.penalty_until, 'reason', 'paused') end;
  end if;
  select count(*), min(l.lease_until) into n_lanes, free_at from public.lanes l
    where l.provider_id = shard.provider_id and l.region = shard.region and l.lease_until > clock_timestamp();
  return case when n_lanes >= coalesce(provider.lanes, 4)
    then jsonb_build_object('wait_until', free_at, 'reason', 'no lane') end;
end $$;

-- Takes a free lane for a shard; null if there is none after all. Waits for nobody.
create or replace function firsttoken.take_lane(shard public.shards, owner text, lease_until timestamptz)
returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  free_lane integer;
begin
  update public.lanes l set owner = take_lane.owner, run_id = take_lane.shard.run_id,
      shard = take_lane.shard.shard, lease_until = take_lane.lease_until
    where l.provider_id = take_lane.shard.provider_id and l.region = take_lane.shard.region and l.lane = (
      select free.lane from public.lanes free join public.providers p on p.id = free.provider_id
      where free.provider_id = take_lane.shard.provider_id and free.region = take_lane.shard.region
        and free.lane < coalesce(p.lanes, 4)
        and (free.lease_until is null or free.lease_until < clock_timestamp())
      order by free.lane limit 1 for update of free skip locked)
    returning l.lane into free_lane;
  return free_lane;
end $$;

-- Frees the lane of a shard, if it has that still; false if it has not.
create or replace function firsttoken.free_lane(shard public.shards) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  update public.lanes l set owner = null, run_id = null, shard = null, lease_until = null
    where l.provider_id = free_lane.shard.provider_id and l.region = free_lane.shard.region
      and l.lane = free_lane.shard.lane and l.owner = free_lane.shard.owner
      and l.run_id = free_lane.shard.run_id and l.shard = free_lane.shard.shard;
  return found;
end $$;

-- Skips probes of a shard that nobody is calling: those with these ids, or all (null).
create or replace function firsttoken.skip_of_shard(shard public.shards, ids uuid[], reason text) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  n_skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
    where p.id in (
      select o.id from public.probes o
      where o.run_id = skip_of_shard.shard.run_id and o.region = skip_of_shard.shard.region
        and o.shard = skip_of_shard.shard.shard and (ids is null or o.id = any (ids))
        and (o.status = 'planned' or (o.status = 'claimed' and o.lease_until < clock_timestamp()))
      for update skip locked);
  get diagnostics n_skipped = row_count;
  perform firsttoken.add_skips(shard.run_id, jsonb_build_object(reason, n_skipped));
end $$;

-- Ends a shard that the caller has locked, after its probes were closed or given back: done, or open again
-- from a moment on. Closes the run if is_last, of lock_if_last, and none of its probes is open.
create or replace function firsttoken.end_shard(shard public.shards, is_last boolean, again_at timestamptz)
returns boolean
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  -- What was made but not recorded is made again once its lease is over.
  n_open integer;
  free_at timestamptz;
begin
  perform firsttoken.settle_shards(shard.run_id, shard.region, array[shard.shard]);
  select count(*), max(p.lease_until) filter (where p.status = 'claimed') into n_open, free_at
    from public.probes p
    where p.run_id = end_shard.shard.run_id and p.region = end_shard.shard.region
      and p.shard = end_shard.shard.shard and p.status in ('planned', 'claimed');
  update public.shards s
    set status = case when n_open = 0 then 'done' else 'open' end,
      done_at = case when n_open = 0 then clock_timestamp() end,
      window_at = case when n_open = 0 then s.window_at else greatest(again_at, free_at) end,
      owner = null, lane = null, claim_id = null, lease_until = null, sent_at = null
    where s.run_id = end_shard.shard.run_id and s.region = end_shard.shard.region
      and s.shard = end_shard.shard.shard;
  perform pg_notify('firsttoken_events', shard.run_id::text);
  if is_last and n_open = 0 then
    perform firsttoken.close_run(r.id,
        case when r.cancel_requested_at is null then 'finished' else 'cancelled' end)
      from public.runs r where r.id = shard.run_id;
  end if;
  return n_open = 0;
end $$;

-- Skips all of a shard that may not be called anymore.
create or replace function firsttoken.skip_shard(shard public.shards, reason text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  is_last constant boolean := firsttoken.lock_if_last(shard);
begin
  perform firsttoken.skip_of_shard(shard, null, reason);
  perform firsttoken.end_shard(shard, is_last, clock_timestamp());
end $$;

-- Claims probes of a shard and reserves their estimates. Returns how many: one that somebody has locked, who
-- cancels the run, is not claimed.
create or replace function firsttoken.claim_probes(ids uuid[], owner text, lease_until timestamptz)
returns integer
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  reserved record;
  n_claimed integer := 0;
begin
  for reserved in
    with free as materialized (
      select p.id, p.estimate_usd, p.reserved_on, p.reserved_usd from public.probes p
      where p.id = any (ids)
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      for update skip locked
    ), updated as (
      update public.probes p
        set status = 'claimed', claims = p.claims + 1, lease_owner = claim_probes.owner,
          lease_until = claim_probes.lease_until, reserved_usd = f.estimate_usd,
          reserved_on = case when f.estimate_usd is not null then today end
        from free f where p.id = f.id
    ), changes as (
      select today as day, f.estimate_usd as usd, 1 as n from free f
      union all
      -- Of a worker that was lost: the same call is not reserved twice.
      select f.reserved_on, -f.reserved_usd, 0 from free f where f.reserved_on is not null
    )
    select c.day, coalesce(sum(c.usd), 0) as usd, sum(c.n) as n from changes c group by c.day order by c.day
  loop
    n_claimed := n_claimed + reserved.n;
    perform firsttoken.spend(reserved.day, reserved.usd) where reserved.usd <> 0;
  end loop;
  return n_claimed;
end $$;

-- ---- 32_results.sql

-- Recording a result: its row, its timeline, its probe, its cost, in one transaction.

-- timeline: {version, data in base64}, or none if it was too large to send.
create or replace function firsttoken.insert_timeline(result_id uuid, timeline jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  if timeline ->> 'data' is not null then
    insert into public.timelines (result_id, version, data)
      values (insert_timeline.result_id, (timeline ->> 'version')::integer,
        decode(timeline ->> 'data', 'base64'));
  end if;
end $$;

-- Closes the probe of a result, which the caller has locked, and replaces the reserved estimate by what the
-- call cost. A call made while the database was unreachable has no reservation, so its cost is added to the
-- day of the call. That of a shard stays reserved, if it is enough, until the shard is settled as a whole.
create or replace function firsttoken.close_probe(probe public.probes, result jsonb, is_running boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  success constant boolean := (result ->> 'success')::boolean;
  cost constant double precision := firsttoken.cost_of((result ->> 'cost_usd')::double precision, success,
    probe.estimate_usd, probe.input_usd);
  is_settled_later constant boolean := coalesce(
    is_running and probe.shard is not null and cost <= probe.reserved_usd, false);
  day constant date := coalesce(probe.reserved_on,
    case when cost > 0 then ((result ->> 'started_at')::timestamptz at time zone 'UTC')::date end);
begin
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null,
      reserved_usd = case when is_settled_later or day is null then p.reserved_usd else cost end,
      reserved_on = day
    where p.id = probe.id;
  if day is not null and not is_settled_later then
    perform firsttoken.spend(day, cost - coalesce(probe.reserved_usd, 0));
  end if;
end $$;

-- The ids of a new result: its probe, target, provider, model, and the result it rechecks. The probe may have
-- been deleted with its provider; the measurement is kept anyway.
create or replace function firsttoken.resolve_result(probe public.probes, result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object(
      'probe_id', probe.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', case when probe.confirms is not null then (
        select f.result_id from public.probes f where f.id = probe.confirms) end)
    into resolved
    from public.targets t where t.id = probe.target_id and probe.run_id = (result ->> 'run_id')::uuid;
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
language plpgsql security invoker set search_path = '' as $$
begin
  if result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded')
    and result ->> 'retry_after_ms' is not null then
    update public.providers p
      set penalty_until = greatest(p.penalty_until,
        clock_timestamp()
          + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
      where p.id = (result ->> 'provider_id')::uuid;
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

-- Until when a provider asked us to pause; null if it does not (any more).
create or replace function firsttoken.pause_until(provider_id uuid) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select p.penalty_until from public.providers p
    where p.id = pause_until.provider_id and p.penalty_until > clock_timestamp());
end $$;

-- in: {result: columns of benchmark_results, timeline or none, owner or none}. out: {recorded, id,
-- target_id, provider_id, model_id, created_at, own_load, pause_until}. A trigger adds a new result to the
-- rollups. Repeating the same result changes nothing. A result that arrives after its run was closed is
-- counted then. One whose worker slept through its lease, so that another makes the probe, is not recorded:
-- the other's is. pause_until: until when its provider asks us to pause, or null.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs := firsttoken.get_run((result ->> 'run_id')::uuid);
  probe public.probes;
  is_new boolean := false;
  event jsonb;
  recorded jsonb := jsonb_build_object('recorded', false, 'id', result ->> 'id', 'target_id', null,
    'provider_id', null, 'model_id', null, 'created_at', now(), 'own_load', false, 'pause_until', null);
begin
  -- The lock orders this before or after closing the run, so exactly one of the two counts this result. A
  -- late result will update the run, so it may not start with a shared lock: two of them would deadlock.
  if run.status = 'running' then
    select r.* into run from public.runs r where r.id = run.id for share;
  else
    select r.* into run from public.runs r where r.id = run.id for no key update;
  end if;
  if run.id is null then
    run := firsttoken.get_run((result ->> 'run_id')::uuid);
  end if;
  -- Locked, so that no other worker begins to make it meanwhile.
  select p.* into probe from public.probes p
    where p.id = (result ->> 'probe_id')::uuid for no key update;
  if probe.status = 'claimed' and probe.lease_owner <> input ->> 'owner'
    and probe.lease_until > clock_timestamp() then
    return recorded;
  end if;
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || firsttoken.resolve_result(probe, result)
      || jsonb_build_object('created_at', firsttoken.result_created_at(result));
    result := result || firsttoken.mark_result(run, result);
    is_new := firsttoken.insert_result(result);
  end if;
  if is_new then
    perform firsttoken.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    if result ->> 'probe_id' is not null then
      perform firsttoken.close_probe(probe, result, run.status = 'running');
    end if;
    perform firsttoken.apply_rate_limit(result);
    perform firsttoken.count_run(run.id) where run.status <> 'running';
    event := jsonb_build_object('probe_id', result -> 'probe_id', 'result_id', result -> 'id')
      || case when probe.status = 'skipped' then '{"was_skipped": true}' else '{}' end::jsonb;
    if probe.status = 'claimed' and probe.shard is not null then
      -- Transactions that notify are committed one after another: a fleet's listeners wait for the shard.
      perform firsttoken.note_event(run.id, 'probe_recorded', event);
    else
      perform firsttoken.add_event(run.id, 'probe_recorded', event);
    end if;
  end if;
  if is_new then
    select jsonb_object_agg(shown.key, result -> shown.key) into recorded
      from jsonb_object_keys(recorded) shown (key);
  else
    select recorded || jsonb_build_object('target_id', b.target_id, 'provider_id', b.provider_id,
        'model_id', b.model_id, 'created_at', b.created_at, 'own_load', b.own_load)
      into strict recorded
      from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  end if;
  return recorded || jsonb_build_object('recorded', is_new,
    'pause_until', firsttoken.pause_until((recorded ->> 'provider_id')::uuid));
end $$;

-- ---- 33_reading.sql

-- Reading results, re-deriving their metrics, and calibrations.

-- Results as lists show them, without the text of the answer: to take that away from a whole row takes longer
-- than to write one.
create or replace view firsttoken.listed_results with (security_invoker = true) as
  select b.id, b.run_id, b.provider_id, b.model_id, b.provider, b.model, b.input_tokens, b.output_tokens,
    b.total_latency_ms, b.ttft_ms, b.tps, b.status_code, b.success, b.error_message, b.cost_usd,
    b.created_at, b.probe_id, b.target_id, b.started_at, b.synthetic, b.region, b.iteration, b.series,
    b.prompt_hash, b.parameters, b.error_kind, b.fault_domain, b.error_code, b.finish_reason,
    b.response_model, b.request_id, b.reasoning_tokens, b.cached_tokens, b.token_source, b.prices,
    b.cost_source, b.dns_ms, b.tcp_ms, b.tls_ms, b.connect_ms, b.ttfb_ms, b.cold_ttft_ms, b.ttfa_ms,
    b.tpot_ms, b.itl_p50_ms, b.itl_p95_ms, b.itl_max_ms, b.e2e_ms, b.stall_count, b.stall_ms, b.input_tps,
    b.server_timings, b.response_bytes, b.event_count, b.timing_quality, b.timing_reasons, b.lag_max_ms,
    b.lag_p99_ms, b.lag_first_token_ms, b.events_per_read, b.tokens_per_event, b.content_encoding,
    b.http_version, b.queue_ms, b.formula_version, b.cache_write_tokens, b.charged_usd, b.computed_usd,
    b.confirms, b.fault_domain_was, b.rate_limits, b.retry_after_ms, b.notes, b.own_load, b.warmup,
    b.context_tokens, b.context_tokens_counted, b.level, b.scheduled_at, b.late_ms, b.maintenance,
    coalesce(p.name, b.provider) as provider_name
  from public.benchmark_results b left join public.providers p on p.id = b.provider_id;

-- in: {run_id, target_id, since, until, provider, model, success, error_kind, mode, synthetic: each or null
-- or none, with_texts or none for true, after: `next` of the previous page or null, limit}; since is
-- inclusive, until exclusive. out: {rows, next, columns}, oldest first; columns are the names in a row, in
-- table order; response_text and what somebody added to the table are not among them if with_texts is false.
-- A page has fewer rows than asked for if their texts have more than 4 MB, but one at least. `next` is a
-- position in time, so the following page is found even if the last row is gone. The id of a row works as
-- `after` too, while the row exists.
create or replace function public.list_results(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, true);
  seen_at timestamptz := '-infinity';
  seen_id uuid := '00000000-0000-0000-0000-000000000000';
  ids uuid[];
  page json;
begin
  perform firsttoken.check_keys(input, 'list_results', array['run_id', 'target_id', 'since', 'until',
    'provider', 'model', 'success', 'error_kind', 'mode', 'synthetic', 'with_texts', 'after', 'limit']);
  if input ->> 'run_id' is not null then
    perform firsttoken.get_run((input ->> 'run_id')::uuid);
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
  ids := firsttoken.find_results(input, seen_at, seen_id, page_size + 1);
  select least(page_size, greatest(1, count(*) filter (where sized.bytes <= 4000000))) into page_size
    from (
      select sum(case when texts then coalesce(octet_length(b.response_text), 0) else 0 end
          + coalesce(octet_length(b.error_message), 0)
          + coalesce(octet_length(b.error_code), 0) + coalesce(octet_length(b.finish_reason), 0)
          + coalesce(octet_length(b.response_model), 0) + coalesce(octet_length(b.request_id), 0)
          + coalesce(octet_length(b.provider), 0) + coalesce(octet_length(b.model), 0)
          + coalesce(octet_length(b.content_encoding), 0) + coalesce(octet_length(b.http_version), 0)
          + coalesce(octet_length(b.region), 0) + coalesce(octet_length(b.series), 0)
          + coalesce(octet_length(b.prompt_hash), 0)) over (order by b.created_at, b.id) as bytes
        from public.benchmark_results b where b.id = any (ids)
    ) sized;
  if texts then
    select json_agg(r order by r.created_at, r.id) into page
      from (
        select b.*, coalesce(p.name, b.provider) as provider_name
        from public.benchmark_results b left join public.providers p on p.id = b.provider_id
        where b.id = any (ids[:page_size])) r;
  else
    select json_agg(l order by l.created_at, l.id) into page
      from firsttoken.listed_results l where l.id = any (ids[:page_size]);
  end if;
  return json_build_object(
    'rows', coalesce(page, '[]'),
    'next', (
      select (to_jsonb(b.created_at) #>> '{}') || '/' || b.id from public.benchmark_results b
      where b.id = ids[page_size] and cardinality(ids) > page_size),
    'columns', (
      select jsonb_agg(a.attname order by a.attnum) || '["provider_name"]'
      from pg_catalog.pg_attribute a
      where a.attrelid = 'public.benchmark_results'::regclass and a.attnum > 0 and not a.attisdropped
        and (texts or exists (
          select from pg_catalog.pg_attribute l
          where l.attrelid = 'firsttoken.listed_results'::regclass and l.attname = a.attname))));
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

-- When a run of a schedule last finished. One whose every probe came too late measured nothing: the clock of
-- its worker is behind.
create or replace function firsttoken.last_finished_at(schedule text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select r.finished_at from public.runs r
  where r.schedule = last_finished_at.schedule and r.status = 'finished' and r.finished_at is not null
    and not (r.n_skipped > 0 and r.n_succeeded + r.n_failed = 0
      and r.finished_at > coalesce(r.late_at, 'infinity'))
  order by r.finished_at desc limit 1
$$;

-- in: {schedule}. out: {last_finished_at, last_status, last_synced_at, now, abandoned or none}: when a
-- run of the schedule last finished, the status of its latest slot's run, when a provider was last asked
-- for its models, each null if there is none, and the clock of the database. abandoned: {run_name, slot}
-- of the last of the twenty latest runs, of any schedule, whose worker was lost.
create or replace function public.read_health(input jsonb) returns jsonb
language sql security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'last_finished_at', firsttoken.last_finished_at(input ->> 'schedule'),
    'last_status', (
      select r.status from public.runs r
        where r.schedule = input ->> 'schedule' and r.slot is not null
        order by r.slot desc limit 1),
    'last_synced_at', (
      -- Providers are asked side by side: who began last need not end last.
      select max(latest.finished_at) from (
        select s.finished_at from public.syncs s order by s.started_at desc limit 50) latest),
    'now', clock_timestamp())
  || coalesce((
    select jsonb_build_object('abandoned', to_jsonb(lost))
    from (
      select latest.run_name, latest.slot
      from (
        select r.run_name, r.slot, r.status from public.runs r order by r.started_at desc limit 20) latest
      where latest.status = 'abandoned' limit 1) lost), '{}')
$$;

-- ---- 34_jobs.sql

-- Runs on demand: they wait in a queue, and a few run at once. Every function can be repeated.

-- Whoever changes the queue takes turns, so that no two see room for one.
create or replace function firsttoken.lock_queue() returns void
language sql security invoker set search_path = '' as $$
  -- Distinguishes this advisory lock from others of the database.
  select pg_advisory_xact_lock(702418, 1)
$$;

-- A run on demand as the API shows it. place: 1 is the next to start; null if it does not wait.
create or replace function firsttoken.describe_job(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('run', firsttoken.describe_run(run),
    'is_cancelling', run.cancel_requested_at is not null,
    'place', case when run.status = 'queued' then (
      select count(*) from public.runs r
      where r.status = 'queued' and r.region = run.region
        and (r.queued_at, r.id) <= (run.queued_at, run.id)) end)
$$;

-- How many starts a client has left of those it may make within any hour: {limit, remaining, reset_s}.
-- reset_s: until it has one more than now, 0 if it has all. Null is no limit.
create or replace function firsttoken.describe_rate(client text, per_hour integer) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('limit', per_hour,
    'remaining', case when per_hour is not null then greatest(0, per_hour - s.n) end,
    'reset_s', coalesce(greatest(1, ceil(extract(epoch from s.leaves_at - clock_timestamp()))), 0)::integer)
  from (
    select count(*)::integer as n,
      -- With more starts than the limit, which may have been lowered, several must leave.
      (array_agg(r.queued_at order by r.queued_at))[greatest(1, count(*) - per_hour + 1)]
        + interval '1 hour' as leaves_at
    from public.runs r
    where r.client is not distinct from describe_rate.client
      and r.queued_at > clock_timestamp() - interval '1 hour') s
$$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], limits: {per_hour, client, max_queued}}.
-- out: {created, run, place, is_cancelling, rate: {limit, remaining, reset_s}}, or {refused: 'rate_limited'
-- or 'queue_full', rate}. Queues a run. The same id or idempotency_key gets the same run, and counts once.
create or replace function public.queue_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  asker constant text := input #>> '{limits,client}';
  per_hour constant integer := (input #>> '{limits,per_hour}')::integer;
  rate jsonb;
  run public.runs;
  is_new boolean;
begin
  perform firsttoken.lock_queue();
  rate := firsttoken.describe_rate(asker, per_hour);
  select r.* into run from public.runs r
    where r.id = planned.id or r.idempotency_key = planned.idempotency_key
    order by r.id = planned.id desc limit 1;
  is_new := run.id is null;
  if is_new and (rate ->> 'remaining')::integer = 0 then
    return jsonb_build_object('refused', 'rate_limited', 'rate', rate);
  elsif is_new and (select count(*) from public.runs r where r.status = 'queued')
      >= (input #>> '{limits,max_queued}')::integer then
    return jsonb_build_object('refused', 'queue_full', 'rate', rate);
  elsif is_new then
    insert into public.runs (id, run_name, triggered_by, mode, region, synthetic, settings, max_cost_usd,
      idempotency_key, status, client, queued_at)
      values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.region,
        planned.synthetic, planned.settings, planned.max_cost_usd, planned.idempotency_key, 'queued', asker,
        clock_timestamp());
    perform firsttoken.add_event(planned.id, 'run_queued');
    perform firsttoken.save_plan(planned.id, input);
    run := firsttoken.get_run(planned.id);
    rate := firsttoken.describe_rate(asker, per_hour);
  end if;
  return firsttoken.describe_job(run) || jsonb_build_object('created', is_new, 'rate', rate);
end $$;

-- in: {run_id}. out: {run, place, is_cancelling}.
create or replace function public.read_job(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select firsttoken.describe_job(firsttoken.get_run((input ->> 'run_id')::uuid))
$$;

-- Whether a worker, or one that next_job waits for, has a run.
create or replace function firsttoken.has_worker(run_id uuid) returns boolean
language sql stable security invoker set search_path = '' as $$
  select exists (
    select from public.run_workers w
    where w.run_id = has_worker.run_id and w.lease_until > clock_timestamp())
$$;

-- Skips what nobody is calling of a run that is cancelled, and closes it unless a call is in progress.
create or replace function firsttoken.end_cancelled(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform public.skip_probes(jsonb_build_object('run_id', end_cancelled.run_id));
  if not exists (
      select from public.probes p
      where p.run_id = end_cancelled.run_id and p.status = 'claimed')
    and not exists (
      select from public.run_workers w
      where w.run_id = end_cancelled.run_id and w.lease_until > clock_timestamp()
        and not starts_with(w.owner, 'next_job')) then
    perform firsttoken.close_run(end_cancelled.run_id, 'cancelled');
  end if;
end $$;

-- in: {run_id}. out: the run. Cancels it: what has not begun is skipped; a worker learns of it, and closes it
-- once its calls have ended; without a worker it is closed here. A closed run stays as it is.
create or replace function public.cancel_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
begin
  perform firsttoken.lock_closing(run.id);
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  if run.status in ('queued', 'running') then
    if run.cancel_requested_at is null then
      update public.runs r set cancel_requested_at = clock_timestamp() where r.id = run.id;
      perform firsttoken.add_event(run.id, 'run_cancelling');
    end if;
    perform firsttoken.end_cancelled(run.id);
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id));
end $$;

-- Closes runs on demand that have lost their worker and have nothing left to do.
create or replace function firsttoken.close_lost_jobs() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  lost public.runs;
begin
  for lost in
    select r.* from public.runs r
    where r.status = 'running' and r.triggered_by = 'api' and not firsttoken.has_worker(r.id)
    order by r.id for update of r skip locked
  loop
    -- A claim may have come before the lock, and none can come after it.
    continue when firsttoken.has_worker(lost.id);
    if lost.cancel_requested_at is not null then
      perform firsttoken.end_cancelled(lost.id);
    elsif not exists (
        select from public.probes p where p.run_id = lost.id and p.status in ('planned', 'claimed')) then
      perform firsttoken.close_run(lost.id, 'finished');
    end if;
  end loop;
end $$;

-- Keeps the region of a run for the worker that is about to join it; false if another has it after all.
create or replace function firsttoken.keep_region(run_id uuid, region text, caller text) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.run_workers as w (run_id, region, owner, lease_until)
    values (keep_region.run_id, keep_region.region, concat_ws(':', 'next_job', caller),
      clock_timestamp() + interval '30 seconds')
    on conflict on constraint run_workers_pkey
      do update set owner = excluded.owner, lease_until = excluded.lease_until
      where w.lease_until < clock_timestamp();
  return found;
end $$;

-- in: {limit, region, owner or none}. out: {run_id or null}: the run on demand that the caller is to join
-- now: one whose worker died, else the oldest of the queue, which starts. Never are more than limit at work
-- in a region. It is kept for the caller for half a minute, then given to another.
create or replace function public.next_job(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_region constant text := input ->> 'region';
  most constant integer := coalesce((input ->> 'limit')::integer, 1);
  job public.runs;
begin
  perform firsttoken.lock_queue();
  perform firsttoken.close_lost_jobs();
  select r.* into job from public.runs r
    where r.status = 'running' and r.triggered_by = 'api' and not firsttoken.has_worker(r.id)
      and exists (select from firsttoken.open_probes(r.id, wanted_region))
      and most > (
        select count(*) from public.runs w
        where w.status = 'running' and w.triggered_by = 'api' and w.region = r.region
          and firsttoken.has_worker(w.id))
    order by r.started_at, r.id limit 1;
  while job.id is null and most > (
      select count(*) from public.runs r
      where r.status = 'running' and r.triggered_by = 'api' and r.region = wanted_region)
  loop
    select r.* into job from public.runs r where r.status = 'queued' and r.region = wanted_region
      order by r.queued_at, r.id limit 1 for no key update;
    exit when job.id is null;
    update public.runs r set status = 'running', started_at = clock_timestamp() where r.id = job.id;
    perform firsttoken.add_event(job.id, 'run_started');
    -- Its plan may have skipped everything.
    if not exists (select from firsttoken.open_probes(job.id, null)) then
      perform firsttoken.close_run(job.id, 'finished');
      job := null;
    end if;
  end loop;
  if job.id is not null and not firsttoken.keep_region(job.id, wanted_region, input ->> 'owner') then
    job := null;
  end if;
  return jsonb_build_object('run_id', job.id);
end $$;

-- in: {owners}. out: {owners}: those who hold leases still. Ends the leases of workers that are known to be
-- dead.
create or replace function public.free_leases(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  dead constant text[] := array(select jsonb_array_elements_text(input -> 'owners'));
begin
  update public.shards s set lease_until = clock_timestamp()
    where s.status = 'taken' and s.owner = any (dead) and s.lease_until > clock_timestamp();
  update public.lanes l set lease_until = clock_timestamp()
    where l.owner = any (dead) and l.lease_until > clock_timestamp();
  update public.probes p set lease_until = clock_timestamp()
    where p.status = 'claimed' and p.lease_owner = any (dead) and p.lease_until > clock_timestamp();
  update public.run_workers w set lease_until = clock_timestamp()
    where w.owner = any (dead) and w.lease_until > clock_timestamp();
  return jsonb_build_object('owners', (
    select coalesce(jsonb_agg(distinct held.owner), '[]')
    from (
      select w.owner, w.lease_until from public.run_workers w
      union all select l.owner, l.lease_until from public.lanes l) held
    where held.lease_until > clock_timestamp()));
end $$;

-- ---- 35_incidents.sql

-- Incidents: opening, changing and resolving them, with their events and what is told of them.

-- The place of a severity, from the mildest.
create or replace function firsttoken.severity_rank(severity text) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select array_position(array['info', 'minor', 'major', 'critical'], severity)
$$;

-- Adds what happened to an incident. actor: who, if a person did it.
create or replace function firsttoken.add_incident_event(incident_id uuid, type text, detail jsonb,
  actor text default null)
returns void
language sql security invoker set search_path = '' as $$
  insert into public.incident_events (incident_id, type, actor, detail)
    values (add_incident_event.incident_id, add_incident_event.type, add_incident_event.actor,
      add_incident_event.detail);
  select firsttoken.notify_incidents()
$$;

-- Puts an event of an incident into the outbox, once for every channel that is on and takes its kind and
-- severity, or for one channel alone. Nobody is told of what is in shadow, or told by another incident.
create or replace function firsttoken.announce(incident public.incidents, event text, seq integer default 0,
  only_channel text default null)
returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries as d (incident_id, event, seq, channel, payload)
    select incident.id, announce.event, announce.seq, c.name,
      jsonb_build_object('at', now(), 'incident', to_jsonb(incident))
    from public.alert_channels c
    where c.enabled and not incident.shadow and incident.parent_id is null
      and firsttoken.severity_rank(c.min_severity) <= firsttoken.severity_rank(incident.severity)
      and (c.kinds = '{}' or incident.kind = any (c.kinds))
      and (only_channel is null or c.name = only_channel)
    order by c.name
    -- It was withdrawn, and is to be told after all.
    on conflict on constraint notification_deliveries_key do update
      set state = 'pending', payload = excluded.payload, next_attempt_at = now() where d.state = 'replaced';
end $$;

-- Tells what became of an incident, only where it was told or waits to be told that it began: a delivery that
-- is dead, or was replaced, told nothing. Of these channels, those of some kinds alone if given.
create or replace function firsttoken.announce_to_told(incident public.incidents, event text,
  only_kinds text[] default null)
returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries (incident_id, event, channel, payload)
    select incident.id, announce_to_told.event, told.channel,
      jsonb_build_object('at', now(), 'incident', to_jsonb(incident))
    from (
      select distinct d.channel from public.notification_deliveries d
      where d.incident_id = incident.id and d.state not in ('dead', 'replaced')) told
    where only_kinds is null or exists (
      select from public.alert_channels c where c.name = told.channel and c.kind = any (only_kinds))
    order by told.channel
    on conflict on constraint notification_deliveries_key do nothing;
end $$;

-- Tells that an incident has ended. Which of two that wait is sent, claim_deliveries decides. Of what another
-- incident tells, and of a change of price, which has no end that is news, only PagerDuty hears: it would
-- keep its own alert open.
create or replace function firsttoken.announce_end(incident public.incidents) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  is_told_elsewhere constant boolean :=
    incident.resolve_reason = 'superseded' or incident.parent_id is not null;
  is_no_news constant boolean := incident.kind = 'price_change' and incident.resolve_reason = 'expired';
begin
  if is_told_elsewhere then
    perform firsttoken.withdraw(incident.id);
  end if;
  perform firsttoken.announce_to_told(incident, 'resolved',
    case when is_told_elsewhere or is_no_news then array['pagerduty'] end);
end $$;

-- Takes out of the outbox what waits to be told of an incident.
create or replace function firsttoken.withdraw(incident_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.notification_deliveries d set state = 'replaced'
    where d.incident_id = withdraw.incident_id and d.state in ('pending', 'held');
end $$;

-- The open incident of the whole provider, which tells those of its targets. Locked against its end: an
-- incident that begins meanwhile belongs to it until then.
create or replace function firsttoken.lock_parent(scope text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  parent uuid;
begin
  select i.id into parent from public.incidents i
    where i.scope = lock_parent.scope and i.kind = 'provider_wide' and i.resolved_at is null
    for share;
  return parent;
end $$;

-- Opens an incident, or finds it open. Not of a target that was deleted or switched off since it was judged:
-- the lock makes that wait until the incident is there to be resolved. A target that is down while its whole
-- provider is adds to the incident of the provider, silently.
create or replace function firsttoken.open_incident(wanted jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents := jsonb_populate_record(null::public.incidents, wanted);
begin
  if incident.target_id is not null then
    perform 1 from public.targets t where t.id = incident.target_id and t.active for share;
    if not found then
      return;
    end if;
  end if;
  if incident.kind = 'down' then
    incident.parent_id := firsttoken.lock_parent('provider/' || incident.provider);
  end if;
  insert into public.incidents (id, scope, kind, severity, provider, model, target_id, region, first_bad_at,
    shadow, parent_id, flapping, evidence)
    values (gen_random_uuid(), incident.scope, incident.kind, incident.severity, incident.provider,
      incident.model, incident.target_id, incident.region, incident.first_bad_at,
      coalesce(incident.shadow, false), incident.parent_id, coalesce(incident.flapping, false),
      coalesce(incident.evidence, '{}'))
    on conflict (scope, kind) where resolved_at is null do nothing
    returning * into incident;
  if found then
    perform firsttoken.add_incident_event(incident.id, 'opened',
      jsonb_build_object('severity', incident.severity, 'evidence', incident.evidence));
    perform firsttoken.announce(incident, 'opened');
  end if;
end $$;

-- Makes an open incident worse. What is new in its evidence is added to what it opened with, which has the
-- baseline that it is judged by until it ends.
create or replace function firsttoken.worsen_incident(incident_id uuid, severity text, evidence jsonb)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
  n_before integer;
begin
  update public.incidents i
    set severity = worsen_incident.severity,
      evidence = i.evidence || worsen_incident.evidence
    where i.id = worsen_incident.incident_id and i.resolved_at is null
      and firsttoken.severity_rank(i.severity) < firsttoken.severity_rank(worsen_incident.severity)
    returning * into incident;
  if found then
    select count(*) into n_before from public.incident_events e
      where e.incident_id = incident.id and e.type = 'worsened';
    perform firsttoken.add_incident_event(incident.id, 'worsened',
      jsonb_build_object('severity', incident.severity, 'evidence', worsen_incident.evidence));
    perform firsttoken.announce(incident, 'worsened', n_before);
  end if;
end $$;

-- Gives an open incident to that of its provider, which tells it from now on.
create or replace function firsttoken.adopt_incident(incident_id uuid, parent_scope text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  parent constant uuid := firsttoken.lock_parent(parent_scope);
begin
  update public.incidents i set parent_id = parent
    where i.id = adopt_incident.incident_id and i.resolved_at is null and i.parent_id is distinct from parent
      and parent is not null;
  if found then
    perform firsttoken.add_incident_event(incident_id, 'noted', jsonb_build_object('parent_id', parent));
    perform firsttoken.withdraw(incident_id);
  end if;
end $$;

-- Resolves an open incident. detail: {evidence, note}, each or none. Those that it told and that are open
-- still are told by themselves from now on.
create or replace function firsttoken.resolve(incident_id uuid, reason text, detail jsonb default '{}',
  actor text default null)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
  child public.incidents;
begin
  update public.incidents i
    set resolved_at = now(), resolve_reason = resolve.reason,
      evidence = i.evidence || coalesce(resolve.detail -> 'evidence', '{}')
    where i.id = resolve.incident_id and i.resolved_at is null
    returning * into incident;
  if not found then
    return;
  end if;
  perform firsttoken.add_incident_event(incident.id, 'resolved',
    jsonb_build_object('reason', reason) || detail, actor);
  perform firsttoken.announce_end(incident);
  for child in
    update public.incidents i set parent_id = null
      where i.parent_id = incident.id and i.resolved_at is null returning *
  loop
    perform firsttoken.announce(child, 'opened');
  end loop;
end $$;

-- Resolves what is open of targets, models and providers of which nothing is benchmarked anymore, however
-- that came about. Open incidents are few: looking at all of them takes less than following each way.
create or replace function firsttoken.resolve_gone() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.resolve(gone.id, 'gone')
    from (
      select i.id from public.incidents i
      where i.resolved_at is null and i.scope <> 'system' and not exists (
        select from public.targets t join public.providers p on p.id = t.provider_id
        where t.active and (t.id = i.target_id or i.scope = 'model/' || t.model_id
          or i.scope = 'provider/' || p.slug))
      order by i.id) gone;
  return null;
end $$;
create or replace trigger resolve_gone_on_update after update of active on public.targets
  for each statement execute function firsttoken.resolve_gone();
create or replace trigger resolve_gone_on_delete after delete on public.targets
  for each statement execute function firsttoken.resolve_gone();
create or replace trigger resolve_gone_on_truncate after truncate on public.targets
  for each statement execute function firsttoken.resolve_gone();

-- in: {scope, expected_version, evaluated_until, transitions: [{do: open, and columns of incidents}, {do:
-- worsen, id, severity, evidence}, {do: adopt, id, parent_scope}, {do: resolve, id, reason, evidence}]}.
-- out: {applied, version}. Applies what evaluating a scope decided, all or nothing, unless the scope was
-- evaluated meanwhile: then the caller reads again. So a repetition changes nothing either. What does not fit
-- anymore (an incident that a person resolved, a target that is gone) is passed over.
create or replace function public.apply_transitions(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_scope constant text := input ->> 'scope';
  state public.alert_states;
  transition jsonb;
begin
  perform firsttoken.check_keys(input, 'apply_transitions',
    array['scope', 'expected_version', 'evaluated_until', 'transitions']);
  insert into public.alert_states (scope, version, evaluated_until)
    values (wanted_scope, 0, '-infinity') on conflict do nothing;
  select s.* into strict state from public.alert_states s where s.scope = wanted_scope for update;
  if state.version <> (input ->> 'expected_version')::integer then
    return jsonb_build_object('applied', false, 'version', state.version);
  end if;
  for transition in select jsonb_array_elements(input -> 'transitions') loop
    case transition ->> 'do'
      when 'open' then perform firsttoken.open_incident(transition);
      when 'worsen' then
        perform firsttoken.worsen_incident((transition ->> 'id')::uuid, transition ->> 'severity',
          transition -> 'evidence');
      when 'adopt' then
        perform firsttoken.adopt_incident((transition ->> 'id')::uuid, transition ->> 'parent_scope');
      when 'resolve' then
        perform firsttoken.resolve((transition ->> 'id')::uuid, transition ->> 'reason',
          jsonb_build_object('evidence', transition -> 'evidence'));
    end case;
  end loop;
  update public.alert_states s
    set version = s.version + 1,
      evaluated_until = greatest(s.evaluated_until, (input ->> 'evaluated_until')::timestamptz)
    where s.scope = wanted_scope returning * into state;
  return jsonb_build_object('applied', true, 'version', state.version);
end $$;

-- in: {scopes: [{scope, expected_version, evaluated_until}]}. out: {marked}. Notes that scopes were evaluated
-- and nothing came of it; not of those that were evaluated meanwhile.
create or replace function public.mark_evaluated(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  n_marked integer;
begin
  perform firsttoken.check_keys(input, 'mark_evaluated', array['scopes']);
  insert into public.alert_states as s (scope, version, evaluated_until)
    select given.scope, 1, given.evaluated_until
    from jsonb_to_recordset(input -> 'scopes')
      as given (scope text, expected_version integer, evaluated_until timestamptz)
    order by given.scope
    on conflict (scope) do update
      set version = s.version + 1, evaluated_until = greatest(s.evaluated_until, excluded.evaluated_until)
      where s.version = (
        select (given ->> 'expected_version')::integer
        from jsonb_array_elements(input -> 'scopes') given where given ->> 'scope' = s.scope);
  get diagnostics n_marked = row_count;
  return jsonb_build_object('marked', n_marked);
end $$;

-- ---- 36_deliveries.sql

-- Deliveries: claiming what is due under a lease, settling what became of it, and reminders.

-- Whoever decides what is sent next takes turns, which keeps the order of an incident's messages.
create or replace function firsttoken.lock_outbox() returns void
language sql security invoker set search_path = '' as $$
  -- Distinguishes this advisory lock from others of the database.
  select pg_advisory_xact_lock(702418, 3)
$$;

-- What may be sent now, oldest first. Of an incident and a channel that is one delivery at most, and none
-- while another of them is being sent: the one that tells its end if there is one, because whatever else
-- waits is over; else the first. Of these channels alone, if given: others are sent to by who has their
-- secrets; but after a day by anyone, who then says why it could not be told.
create or replace function firsttoken.due_deliveries(most integer, channels text[]) returns setof uuid
language sql stable security invoker set search_path = '' as $$
  select o.id
  from (
    select d.id, d.created_at, d.seq, d.channel,
      case when d.state = 'sending' then d.locked_until else d.next_attempt_at end <= now() as is_free,
      bool_or(d.state = 'sending' and d.locked_until > now()) over of_incident as is_told,
      row_number() over (of_incident order by (d.event = 'resolved') desc, d.created_at, d.seq, d.id) as place
    from public.notification_deliveries d where d.state in ('pending', 'held', 'sending')
    -- A test is of no incident, and waits for nothing.
    window of_incident as (partition by coalesce(d.incident_id, d.id), d.channel)
  ) o
  where o.place = 1 and o.is_free and not o.is_told
    and (channels is null or o.channel = any (channels) or o.created_at < now() - interval '1 day'
      or not exists (select from public.alert_channels c where c.name = o.channel and c.enabled))
  order by o.created_at, o.seq, o.channel, o.id limit most
$$;

-- A claimed delivery. unannounced: nothing of its incident was sent to its channel yet. undelivered: which
-- event another channel could not be told, and why. week: what a digest tells.
create or replace function firsttoken.describe_delivery(delivery public.notification_deliveries) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('id', delivery.id, 'channel', delivery.channel, 'event', delivery.event,
    'seq', delivery.seq, 'at', delivery.payload -> 'at', 'incident', delivery.payload -> 'incident',
    'attempts', delivery.attempts, 'held', delivery.held,
    'undelivered', delivery.payload -> 'undelivered', 'week', delivery.payload -> 'week',
    'unannounced', delivery.incident_id is not null and not exists (
      select from public.notification_deliveries d
      where d.incident_id = delivery.incident_id and d.channel = delivery.channel and d.state = 'sent'))
$$;

-- in: {claim_id, limit, lock_ms, channels: names or none for all}. out: {rows: [{id, channel, event, seq, at,
-- incident, attempts, held, undelivered, week, unannounced}], traffic: [{channel, messages, since, latest}],
-- now}.
-- Claims what is due for lock_ms; then it is due again, because whoever had it may be dead: a message may be
-- sent twice, and none is lost. The same claim_id gets what it holds still. traffic: the messages that the
-- channels of these rows took in ten minutes; what was settled together was one.
create or replace function public.claim_deliveries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  claim constant uuid := (input ->> 'claim_id')::uuid;
  channels constant text[] := case when jsonb_typeof(input -> 'channels') = 'array'
    then array(select jsonb_array_elements_text(input -> 'channels')) end;
  claimed uuid[];
begin
  perform firsttoken.check_keys(input, 'claim_deliveries', array['claim_id', 'limit', 'lock_ms', 'channels']);
  perform firsttoken.lock_outbox();
  if not exists (
      select from public.notification_deliveries d where d.state = 'sending' and d.claim_id = claim) then
    -- Whatever is locked is being settled, or withdrawn.
    claimed := array(
      select d.id from public.notification_deliveries d
      where d.id in (
          select firsttoken.due_deliveries(firsttoken.page_size(input, 50, 1000), channels))
        and (d.state in ('pending', 'held') or d.state = 'sending' and d.locked_until <= now())
      for update skip locked);
    update public.notification_deliveries d
      set state = 'sending', claim_id = claim,
        locked_until = clock_timestamp() + (input ->> 'lock_ms')::double precision * interval '1 millisecond'
      where d.id = any (claimed);
    update public.notification_deliveries d set state = 'replaced'
      from public.notification_deliveries over
      where over.id = any (claimed) and over.event = 'resolved' and d.incident_id = over.incident_id
        and d.channel = over.channel and d.id <> over.id
        and (d.state in ('pending', 'held') or d.state = 'sending' and d.locked_until <= now());
  end if;
  return (
    with mine as materialized (
      select d.* from public.notification_deliveries d where d.state = 'sending' and d.claim_id = claim
    )
    select jsonb_build_object('now', now(),
      'rows', coalesce((
        select jsonb_agg(firsttoken.describe_delivery(d) order by d.created_at, d.seq, d.channel, d.id)
        from public.notification_deliveries d where d.id in (select m.id from mine m)), '[]'),
      'traffic', coalesce((
        select jsonb_agg(to_jsonb(t) order by t.channel)
        from (
          select d.channel, count(distinct d.sent_at) as messages, min(d.sent_at) as since,
            max(d.sent_at) as latest
          from public.notification_deliveries d
          where d.state = 'sent' and d.channel in (select m.channel from mine m)
            and d.sent_at > now() - interval '10 minutes'
          group by d.channel) t), '[]')));
end $$;

-- Tells a channel that others could not be told: once of each event of an incident, and of a test nothing.
-- What it could not be told itself goes nowhere.
create or replace function firsttoken.announce_undelivered(dead_ids uuid[], fallback text) returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries (incident_id, event, seq, channel, payload)
    select dead.incident_id, 'undelivered', (
        select count(*) from public.notification_deliveries d
        where d.incident_id = dead.incident_id and d.event = 'undelivered'
      ) + row_number() over (partition by dead.incident_id order by dead.created_at, dead.seq, dead.id) - 1,
      c.name, jsonb_build_object('at', now(), 'incident', dead.payload -> 'incident', 'undelivered',
        jsonb_build_object('event', dead.event, 'seq', dead.seq, 'channel', dead.channel,
          'error', dead.last_error))
    from public.notification_deliveries dead
      join public.alert_channels c on c.name = announce_undelivered.fallback and c.enabled
    where dead.id = any (dead_ids) and dead.state = 'dead' and dead.channel <> c.name
      and dead.incident_id is not null and not exists (
        select from public.notification_deliveries d
        where d.incident_id = dead.incident_id and d.event = 'undelivered' and d.channel = c.name
          and d.payload -> 'undelivered' @> jsonb_build_object('event', dead.event, 'seq', dead.seq));
end $$;

-- in: {claim_id, ids, state: sent, pending, held or dead, in_ms or null, attempts, error or null, disable,
-- fallback: the channel that is told of what is given up, or none}. out: {settled}. What became of deliveries
-- of one channel that this claim holds: sent; to be tried again in in_ms, by itself or with others (held); or
-- given up. A channel that is disabled is told nothing anymore.
create or replace function public.settle_deliveries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted constant uuid[] := array(select jsonb_array_elements_text(input -> 'ids'));
  new_state constant text := input ->> 'state';
  n_attempts constant integer := coalesce((input ->> 'attempts')::integer, 0);
  settled integer;
begin
  perform firsttoken.check_keys(input, 'settle_deliveries',
    array['claim_id', 'ids', 'state', 'in_ms', 'attempts', 'error', 'disable', 'fallback']);
  if new_state is null or new_state not in ('sent', 'pending', 'held', 'dead') then
    raise exception using errcode = '22023', message = 'state must be sent, pending, held or dead';
  end if;
  perform firsttoken.lock_outbox();
  -- Before its deliveries, as whoever resolves an incident does: an end is told to a channel only if its
  -- beginning was, or still may be.
  perform 1 from public.incidents i
    where i.id in (select d.incident_id from public.notification_deliveries d where d.id = any (wanted))
    order by i.id for no key update;
  update public.notification_deliveries d
    set state = new_state, held = new_state = 'held', claim_id = null, locked_until = null,
      attempts = d.attempts + n_attempts,
      next_attempt_at = now() + coalesce((input ->> 'in_ms')::double precision, 0) * interval '1 millisecond',
      last_error = case when new_state <> 'sent' then coalesce(input ->> 'error', d.last_error) end,
      sent_at = case when new_state = 'sent' then now() end
    where d.id = any (wanted) and d.state = 'sending' and d.claim_id = (input ->> 'claim_id')::uuid;
  get diagnostics settled = row_count;
  if settled > 0 then
    if new_state = 'dead' then
      update public.notification_deliveries d set state = 'replaced'
        from public.notification_deliveries dead
        where dead.id = any (wanted) and dead.event = 'opened' and d.incident_id = dead.incident_id
          and d.channel = dead.channel and d.state in ('pending', 'held');
      perform firsttoken.announce_undelivered(wanted, input ->> 'fallback');
    end if;
    update public.alert_channels c
      set consecutive_failures = case when new_state = 'sent' then 0
          else c.consecutive_failures + (n_attempts > 0 and input ->> 'error' is not null)::integer end,
        n_sent = c.n_sent + case when new_state = 'sent' then settled else 0 end,
        n_dead = c.n_dead + case when new_state = 'dead' then settled else 0 end,
        enabled = c.enabled and not coalesce((input ->> 'disable')::boolean, false),
        disabled_reason = case when (input ->> 'disable')::boolean then input ->> 'error'
          else c.disabled_reason end
      where c.name in (select d.channel from public.notification_deliveries d where d.id = any (wanted));
    perform firsttoken.notify_incidents();
  end if;
  return jsonb_build_object('settled', settled);
end $$;

-- in: {ids or null for all, every_ms, most, maintained: scopes of maintenance windows or none}. out:
-- {reminded}. Reminds of incidents that are critical or major, open, and acknowledged by nobody: every_ms
-- after each was last told, and so often at most. Not of those that nobody was told of one by one, nor of
-- what is in maintenance.
create or replace function public.remind_incidents(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  only_ids constant uuid[] := case when jsonb_typeof(input -> 'ids') = 'array'
    then array(select jsonb_array_elements_text(input -> 'ids'))::uuid[] end;
  maintained constant text[] := array(
    select jsonb_array_elements_text(coalesce(input -> 'maintained', '[]')));
  due record;
  reminded integer := 0;
begin
  perform firsttoken.check_keys(input, 'remind_incidents', array['ids', 'every_ms', 'most', 'maintained']);
  perform firsttoken.lock_outbox();
  for due in
    select i as incident, told.n_reminded
    from public.incidents i
      cross join lateral (
        select max(e.at) as last_at, count(*) filter (where e.type = 'reminded')::integer as n_reminded
        from public.incident_events e
        where e.incident_id = i.id and e.type in ('opened', 'worsened', 'reminded')) told
    where i.resolved_at is null and i.severity in ('critical', 'major') and i.acknowledged_at is null
      and not i.shadow and not i.flapping and i.parent_id is null
      and (only_ids is null or i.id = any (only_ids))
      and not maintained && array['all', 'provider/' || i.provider, 'target/' || i.target_id]
      and told.last_at <= now() - (input ->> 'every_ms')::double precision * interval '1 millisecond'
      and told.n_reminded < (input ->> 'most')::integer
    order by i.id for no key update of i skip locked
  loop
    perform firsttoken.add_incident_event((due.incident).id, 'reminded', '{}');
    perform firsttoken.announce(due.incident, 'reminded', due.n_reminded);
    reminded := reminded + 1;
  end loop;
  return jsonb_build_object('reminded', reminded);
end $$;

-- ---- 37_channels.sql

-- Channels: those of the environment, and those that a person entered.

-- Tells a channel that is new, or on again, what is open. What it was told of before, it is not told again.
create or replace function firsttoken.announce_open(channel text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.announce(i, 'opened', 0, announce_open.channel)
    from public.incidents i where i.resolved_at is null order by i.opened_at, i.id;
end $$;

-- Why a channel of the environment is off: it may have other variables in another process, or be gone.
create or replace function firsttoken.channel_is_gone() returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'its variables are gone from the environment'
$$;

-- Why a channel is off that a person switched off: nothing is wrong with it.
create or replace function firsttoken.channel_is_off() returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'switched off by a person'
$$;

-- Since when a channel is sent digests: what was switched on before stays since then.
create or replace function firsttoken.kept_since(before timestamptz, wanted timestamptz) returns timestamptz
language sql immutable security invoker set search_path = '' as $$
  select case when wanted is not null then coalesce(before, wanted) end
$$;

-- A channel as the API shows it, with what became of what it was sent: since when the oldest delivery waits,
-- and how many were given up in 24 hours, which was when they were settled last.
create or replace function firsttoken.describe_channel(channel public.alert_channels) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(channel) - 'weekly_since') || jsonb_build_object(
    'weekly', channel.weekly_since is not null,
    'owned_by', (
      select 'file' from public.config_items i
      where i.kind = 'channel' and i.key = channel.name and channel.source = 'entered'),
    'last_sent_at', (
      select d.sent_at from public.notification_deliveries d
      where d.channel = channel.name and d.state = 'sent' order by d.sent_at desc limit 1),
    'n_waiting', waiting.n, 'waiting_since', waiting.since, 'n_dead_lately', (
      select count(*) from public.notification_deliveries d
      where d.channel = channel.name and d.state = 'dead' and d.created_at > now() - interval '14 days'
        and d.next_attempt_at > now() - interval '24 hours'))
  from (
    select count(*) as n, min(d.created_at) as since from public.notification_deliveries d
    where d.channel = channel.name and d.state in ('pending', 'held', 'sending')) waiting
$$;

-- in: {}. out: {rows}: every channel, those that are off too, by name.
create or replace function public.read_channels(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'read_channels', '{}');
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(firsttoken.describe_channel(c) order by c.name), '[]')
    from public.alert_channels c));
end $$;

-- in: {channels: [{name, kind, min_severity, kinds, settings, secrets, weekly}]}. out: {added, gone: [name]}.
-- Saves all channels of the environment. One that is gone from it is switched off until it is there again;
-- one that was switched off for another reason stays so. A name that the environment has is its own.
create or replace function public.save_channels(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  left_reason constant text := firsttoken.channel_is_gone();
  added text[];
  left_names text[];
  back text[];
begin
  perform firsttoken.check_keys(input, 'save_channels', array['channels']);
  perform firsttoken.lock_outbox();
  with given as (
    select c.name, c.kind, c.min_severity, c.kinds, c.settings, c.secrets,
      case when (each ->> 'weekly')::boolean then now() end as weekly_since
    from jsonb_array_elements(input -> 'channels') each,
      jsonb_populate_record(null::public.alert_channels, each) c
  ), saved as (
    insert into public.alert_channels as c
        (name, kind, source, min_severity, kinds, settings, secrets, weekly_since)
      select g.name, g.kind, 'environment', g.min_severity, coalesce(g.kinds, '{}'),
        coalesce(g.settings, '{}'), coalesce(g.secrets, '{}'), g.weekly_since
      from given g order by g.name
      on conflict (name) do update set kind = excluded.kind, source = excluded.source,
        min_severity = excluded.min_severity, kinds = excluded.kinds, settings = excluded.settings,
        secrets = excluded.secrets,
        weekly_since = firsttoken.kept_since(c.weekly_since, excluded.weekly_since)
      returning c.name, c.disabled_reason
  )
  -- What there was before, the statement still sees.
  select array_agg(s.name) filter (where not exists (
        select from public.alert_channels c where c.name = s.name)),
      array_agg(s.name) filter (where s.disabled_reason = left_reason)
    into added, back from saved s;
  update public.alert_channels c set enabled = true, disabled_reason = null where c.name = any (back);
  with switched as (
    update public.alert_channels c set enabled = false, disabled_reason = left_reason
      where c.source = 'environment' and c.enabled and not exists (
        select from jsonb_array_elements(input -> 'channels') each where each ->> 'name' = c.name)
      returning c.name
  )
  select array_agg(s.name) into left_names from switched s;
  perform firsttoken.announce_open(name) from unnest(added || back) name order by name;
  return jsonb_build_object('added', to_jsonb(coalesce(added, '{}')),
    'gone', to_jsonb(coalesce(left_names, '{}')));
end $$;

-- Refuses a channel that is none, and one that the environment has.
create or replace function firsttoken.check_channel(given jsonb) returns void
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(given, 'a channel',
    array['name', 'kind', 'enabled', 'min_severity', 'kinds', 'settings', 'secrets', 'weekly']);
  perform firsttoken.check_name(given -> 'name', 'the name of a channel');
  perform firsttoken.check_name(given -> 'kind', 'the kind of a channel');
  if jsonb_typeof(coalesce(given -> 'enabled', 'true')) <> 'boolean'
    or jsonb_typeof(coalesce(given -> 'weekly', 'true')) <> 'boolean' then
    raise exception using errcode = '22023', message = 'enabled and weekly must be true or false';
  end if;
  if exists (
      select from public.alert_channels c
      where c.name = given ->> 'name' and c.source = 'environment') then
    raise exception using errcode = '23505',
      message = format('channel %s is that of the environment: choose another name', given ->> 'name');
  end if;
end $$;

-- in: {name, kind, enabled, min_severity, kinds, settings, secrets, weekly}. out: {created, channel}. Saves a
-- channel that a person entered; replaces the one of that name, and forgets its failures.
create or replace function public.save_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.alert_channels := jsonb_populate_record(null::public.alert_channels, input);
  saved public.alert_channels;
  is_new boolean;
begin
  perform firsttoken.lock_outbox();
  perform firsttoken.check_channel(input);
  perform firsttoken.check_unowned('channel', given.name, '{}');
  is_new := not exists (select from public.alert_channels c where c.name = given.name);
  insert into public.alert_channels as c
      (name, kind, source, enabled, min_severity, kinds, settings, secrets, weekly_since)
    values (given.name, given.kind, 'entered', coalesce(given.enabled, true),
      coalesce(given.min_severity, 'info'), coalesce(given.kinds, '{}'), coalesce(given.settings, '{}'),
      coalesce(given.secrets, '{}'), case when (input ->> 'weekly')::boolean then now() end)
    on conflict (name) do update set kind = excluded.kind, enabled = excluded.enabled,
      min_severity = excluded.min_severity, kinds = excluded.kinds, settings = excluded.settings,
      secrets = excluded.secrets, disabled_reason = null, consecutive_failures = 0,
      weekly_since = firsttoken.kept_since(c.weekly_since, excluded.weekly_since)
    returning * into saved;
  perform firsttoken.announce_open(saved.name);
  return jsonb_build_object('created', is_new, 'channel', firsttoken.describe_channel(saved));
end $$;

-- The channel of a name, locked, or an error that names it.
create or replace function firsttoken.get_channel(name jsonb) returns public.alert_channels
language plpgsql security invoker set search_path = '' as $$
declare
  channel public.alert_channels;
begin
  select c.* into channel from public.alert_channels c where c.name = get_channel.name #>> '{}' for update;
  if channel.name is null then
    raise exception using errcode = 'P0002',
      message = format('there is no channel %s', coalesce(get_channel.name #>> '{}', 'without a name'));
  end if;
  return channel;
end $$;

-- in: {name, enabled, weekly: either or both}. out: {channel}. Switches a channel on, which forgets its
-- failures, or off; and whether it is sent the digest of each week. One that the file owns: to what it says.
create or replace function public.switch_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  turned_on constant boolean := (input ->> 'enabled')::boolean;
  wants_weekly constant boolean := (input ->> 'weekly')::boolean;
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'switch_channel', array['name', 'enabled', 'weekly']);
  if num_nulls(turned_on, wants_weekly) = 2 then
    raise exception using errcode = '22023', message = 'enabled must be true or false';
  end if;
  channel := firsttoken.get_channel(input -> 'name');
  if input ? 'weekly' or not exists (
      select from public.config_items i
      where i.kind = 'channel' and i.key = channel.name and i.value -> 'enabled' = input -> 'enabled') then
    perform firsttoken.check_unowned('channel', channel.name, '{}');
  end if;
  update public.alert_channels c
    set enabled = coalesce(turned_on, c.enabled),
      disabled_reason = case turned_on when true then null
        when false then coalesce(c.disabled_reason, firsttoken.channel_is_off()) else c.disabled_reason end,
      consecutive_failures = case when turned_on then 0 else c.consecutive_failures end,
      weekly_since = case wants_weekly when true then coalesce(c.weekly_since, now())
        when false then null else c.weekly_since end
    where c.name = channel.name returning * into channel;
  if turned_on is not null then
    perform firsttoken.announce_open(channel.name);
  end if;
  return jsonb_build_object('channel', firsttoken.describe_channel(channel));
end $$;

-- in: {name}. out: {deleted}. Deletes a channel that a person entered. What waits for it is given up; what it
-- was sent stays in the history.
create or replace function public.delete_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  deleted boolean;
begin
  perform firsttoken.check_keys(input, 'delete_channel', array['name']);
  perform firsttoken.check_unowned('channel', input ->> 'name', '{}');
  if exists (
      select from public.alert_channels c where c.name = input ->> 'name' and c.source = 'environment') then
    raise exception using errcode = '22023',
      message = format('channel %s is that of the environment: switch it off, or remove its variables',
        input ->> 'name');
  end if;
  delete from public.alert_channels c where c.name = input ->> 'name';
  deleted := found;
  update public.notification_deliveries d set state = 'dead', last_error = 'its channel was deleted'
    where d.channel = input ->> 'name' and d.state in ('pending', 'held');
  return jsonb_build_object('deleted', deleted);
end $$;

-- in: {name, id}. out: {queued}. Puts a test into the outbox, once per id.
create or replace function public.test_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'test_channel', array['name', 'id']);
  channel := firsttoken.get_channel(input -> 'name');
  insert into public.notification_deliveries (id, event, channel, payload)
    values ((input ->> 'id')::uuid, 'test', channel.name, jsonb_build_object('at', now(), 'incident', null))
    on conflict (id) do nothing;
  return jsonb_build_object('queued', found);
end $$;

-- ---- 38_maintenance.sql

-- Maintenance windows, and what a person does with an incident.

-- in: {ended: true or none}. out: {rows}, by their beginning: windows, those that are over only if asked for.
create or replace function public.list_maintenance(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_maintenance', array['ended']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(
        to_jsonb(w) || jsonb_build_object('owned_by', firsttoken.owner_of('maintenance', w.id))
        order by w.starts_at nulls first, w.created_at, w.id), '[]')
    from public.maintenance_windows w
    where coalesce((input ->> 'ended')::boolean, false) or coalesce(w.ends_at > now(), true)));
end $$;

-- in: {id, name, scope, starts_at, ends_at, cron, duration_minutes, time_zone, reason}. out: {created}. Saves
-- a window; replaces the one of that id. Whether a cron expression or a time zone is one, the caller says.
create or replace function public.save_maintenance(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.maintenance_windows := jsonb_populate_record(null::public.maintenance_windows, input);
  is_new constant boolean := not exists (
    select from public.maintenance_windows w where w.id = (input ->> 'id')::uuid);
begin
  perform firsttoken.check_keys(input, 'save_maintenance', array['id', 'name', 'scope', 'starts_at',
    'ends_at', 'cron', 'duration_minutes', 'time_zone', 'reason']);
  perform firsttoken.check_name(input -> 'name', 'the name of a maintenance window');
  if given.scope is null or given.scope !~ '^(all|provider/.+|target/[0-9a-f-]{36})$' then
    raise exception using errcode = '22023',
      message = 'the scope of a maintenance window is all, provider/<its short name> or target/<its id>';
  end if;
  if given.cron is null and (given.starts_at is null or given.ends_at is null) then
    raise exception using errcode = '22023',
      message = 'a maintenance window needs starts_at and ends_at, or cron, duration_minutes and time_zone';
  end if;
  if (given.cron is null) <> (given.duration_minutes is null)
    or (given.cron is null) <> (given.time_zone is null) then
    raise exception using errcode = '22023',
      message = 'cron, duration_minutes and time_zone of a maintenance window come together';
  end if;
  if given.ends_at <= given.starts_at then
    raise exception using errcode = '22023', message = 'a maintenance window ends after it starts';
  end if;
  perform firsttoken.check_unowned('maintenance', null, array[given.id]);
  insert into public.maintenance_windows as w (id, name, scope, starts_at, ends_at, cron, duration_minutes,
      time_zone, reason)
    values (given.id, given.name, given.scope, given.starts_at, given.ends_at, given.cron,
      given.duration_minutes, given.time_zone, given.reason)
    on conflict (id) do update set name = excluded.name, scope = excluded.scope,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, cron = excluded.cron,
      duration_minutes = excluded.duration_minutes, time_zone = excluded.time_zone,
      reason = excluded.reason;
  return jsonb_build_object('created', is_new);
end $$;

-- in: {id}. out: {deleted}: whether there was one.
create or replace function public.delete_maintenance(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_maintenance', array['id']);
  perform firsttoken.check_unowned('maintenance', null, array[(input ->> 'id')::uuid]);
  delete from public.maintenance_windows w where w.id = (input ->> 'id')::uuid;
  return jsonb_build_object('deleted', found);
end $$;

-- The incident, locked, or an error that names it.
create or replace function firsttoken.lock_incident(incident_id uuid) returns public.incidents
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  select i.* into incident from public.incidents i where i.id = lock_incident.incident_id for no key update;
  if incident.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no incident %s', coalesce(lock_incident.incident_id::text, 'without an id'));
  end if;
  return incident;
end $$;

-- Refuses an act on an incident without a name, or with a note that is too long.
create or replace function firsttoken.check_act(input jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, what, array['id', 'actor', 'note']);
  perform firsttoken.check_name(input -> 'actor', 'actor');
  if what = 'note_incident' or input ->> 'note' is not null then
    perform firsttoken.check_name(input -> 'note', 'note');
  end if;
  if char_length(input ->> 'note') > 4000 then
    raise exception using errcode = '22001', message = 'a note has up to 4,000 characters';
  end if;
end $$;

-- in: {id, actor, note or none}. out: the incident. Somebody takes care of it: nobody is reminded. Programs
-- that keep incidents of their own are told. A second time, and of an incident that is over, changes nothing.
create or replace function public.acknowledge_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'acknowledge_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  if incident.acknowledged_at is null and incident.resolved_at is null then
    update public.incidents i set acknowledged_at = now(), acknowledged_by = input ->> 'actor'
      where i.id = incident.id returning * into incident;
    perform firsttoken.add_incident_event(incident.id, 'acknowledged', firsttoken.note_of(input),
      input ->> 'actor');
    perform firsttoken.announce_to_told(incident, 'acknowledged', array['pagerduty', 'webhook']);
  end if;
  return firsttoken.describe_incident(firsttoken.lock_incident(incident.id));
end $$;

-- What a person wrote, as the detail of an event.
create or replace function firsttoken.note_of(input jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when input ->> 'note' is null then '{}' else jsonb_build_object('note', input -> 'note') end
$$;

-- in: {id, actor, note}. out: the incident. Adds what somebody found out, also to one that is over.
create or replace function public.note_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'note_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  -- The same again within a minute is a repeated call.
  if not exists (
      select from public.incident_events e
      where e.incident_id = incident.id and e.type = 'noted' and e.actor = input ->> 'actor'
        and e.detail = firsttoken.note_of(input) and e.at > now() - interval '1 minute') then
    perform firsttoken.add_incident_event(incident.id, 'noted', firsttoken.note_of(input), input ->> 'actor');
  end if;
  return firsttoken.describe_incident(incident);
end $$;

-- in: {id, actor, note or none}. out: the incident. Resolves it by hand. What was slow is accepted as usual
-- by that: compute_baselines begins anew. It opens again if it is judged so again.
create or replace function public.resolve_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'resolve_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  perform firsttoken.resolve(incident.id, 'by_hand', firsttoken.note_of(input), input ->> 'actor');
  return firsttoken.describe_incident(firsttoken.lock_incident(incident.id));
end $$;

-- ---- 39_tracks.sql

-- Tracks: finding and creating them, and the locks under which their rollups change.

-- Locks the days (UTC) from since to through, in order: shared to change some tracks of a day, exclusive to
-- rebuild all of them, because a rebuild would lose what is added meanwhile.
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

-- Locks a track on the day (UTC) of a moment, which is locked before: shared to add to it, exclusive to
-- rebuild it.
create or replace function firsttoken.lock_track(track_id integer, moment timestamptz, exclusive boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  -- 27 bits for the day. Locks named by one number are apart from those named by two, such as lock_days.
  name constant bigint := track_id * 134217728::bigint + floor(extract(epoch from moment) / 86400)::bigint;
begin
  if exclusive then
    perform pg_advisory_xact_lock(name);
  else
    perform pg_advisory_xact_lock_shared(name);
  end if;
end $$;

-- Locks tracks on the days (UTC) of some moments, to rebuild them; null is all tracks. Many are locked by
-- their days alone: the server has room for some thousand locks in all.
create or replace function firsttoken.lock_to_rebuild(moments timestamptz[], tracks integer[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  days constant timestamptz[] := array(
    select distinct date_trunc('day', moment, 'UTC') from unnest(moments) moment where isfinite(moment)
    order by 1);
  is_whole constant boolean := tracks is null or cardinality(tracks) * cardinality(days) > 64;
begin
  perform firsttoken.lock_days(day, day, is_whole) from unnest(days) day;
  if not is_whole then
    perform firsttoken.lock_track(touched.track, touched.day, true)
      from (select track, day from unnest(tracks) track, unnest(days) day order by 1, 2) touched;
  end if;
end $$;

-- The id of a track, which is created if it is new. One that exists is not locked: whoever rebuilds it
-- inserts rollups that refer to it while others wait for the rebuild.
create or replace function firsttoken.get_or_create_track(wanted public.tracks) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  known integer;
begin
  while known is null loop
    -- Each way of asking is an index lookup.
    if wanted.target_id is null then
      select t.id into known from public.tracks t
        where t.target_id is null
          and (t.provider, t.model, t.series, t.region, t.synthetic)
            is not distinct from (wanted.provider, wanted.model, wanted.series, wanted.region,
              wanted.synthetic);
    else
      select t.id into known from public.tracks t
        where t.target_id = wanted.target_id
          and (t.provider, t.model, t.series, t.region, t.synthetic)
            is not distinct from (wanted.provider, wanted.model, wanted.series, wanted.region,
              wanted.synthetic);
    end if;
    if known is null then
      -- A conflict waits until the other transaction has ended, and the row is found next time.
      insert into public.tracks (target_id, provider, model, series, region, synthetic)
        values (wanted.target_id, wanted.provider, wanted.model, wanted.series, wanted.region,
          wanted.synthetic)
        on conflict (target_id, provider, model, series, region, synthetic) do nothing
        returning id into known;
    end if;
  end loop;
  return known;
end $$;

-- ---- 40_add_to_rollups.sql

-- Adding one new result to the rollups of its hour and day.

-- The one definition of what a result adds to its hour. A sample is a success that is no recheck and was
-- timed well enough; a value that does not fit into a real is none. What we made slow ourselves, called
-- only to warm up, or called in maintenance, is a call with its tokens and its cost, and nothing else. What
-- a sweep called adds nothing.
create or replace view firsttoken.rollup_input with (security_invoker = true) as
  select b.id, b.created_at, date_trunc('hour', b.created_at, 'UTC') as bucket,
    b.target_id, b.provider, b.model, b.series, b.region, b.synthetic, b.confirms,
    kind.is_first and b.success as is_ok,
    kind.has_failed and b.fault_domain = 'provider' as is_provider,
    kind.has_failed and b.fault_domain = 'provider' and exists (
      select from public.benchmark_results again
      where again.confirms = b.id and again.success
        and not (again.own_load or again.warmup or again.maintenance)) as is_cleared,
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
      select first.is_first, first.is_first and not b.success as has_failed,
        first.is_first and b.success and b.timing_quality is distinct from 'untrusted' as is_sample
      from (select b.confirms is null and not (b.own_load or b.warmup or b.maintenance) as is_first) first
    ) kind
  where isfinite(b.created_at) and b.level is null;

-- The beginning of the quarter of an hour that has a moment (UTC).
create or replace function firsttoken.quarter_hour_of(moment timestamptz) returns timestamptz
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return date_bin('15 minutes', moment, '2000-01-01T00:00:00Z');
end $$;

-- How long quarters of an hour are kept.
create or replace function firsttoken.quarter_hours_kept() returns interval
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return interval '48 hours';
end $$;

-- A single result as an hourly rollup of its own.
create or replace function firsttoken.rollup_of_result(track_id integer, added firsttoken.rollup_input)
returns public.rollups_hourly
language plpgsql security invoker set search_path = '' as $$
declare
  hour public.rollups_hourly;
begin
  hour.track_id := track_id;
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

-- Adds to a quarter of an hour, if that is recent.
create or replace function firsttoken.add_quarter_hour(track_id integer, added firsttoken.rollup_input)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_ttft constant integer := (added.ttft is not null)::integer;
  n_failed constant integer := coalesce(added.is_provider and not added.is_cleared, false)::integer;
begin
  if added.target_id is null or n_ttft + n_failed = 0
      or added.created_at < now() - firsttoken.quarter_hours_kept() then
    return;
  end if;
  insert into firsttoken.quarter_hours as q
    values (add_quarter_hour.track_id, firsttoken.quarter_hour_of(added.created_at), n_ttft,
      coalesce(added.ttft, 0), n_failed)
    on conflict on constraint quarter_hours_pkey do update set
      n_ttft = q.n_ttft + excluded.n_ttft,
      ttft_sum = q.ttft_sum + excluded.ttft_sum,
      n_failed = q.n_failed + excluded.n_failed;
end $$;

-- Adds a new result to its hour and day. A recheck may clear the failure it rechecks, so the hour of that is
-- rebuilt, for its track alone. Locks are taken before anything is read, so a result
-- and its recheck that are added at the same time wait for each other.
create or replace function firsttoken.add_to_rollups(result_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  result record;
  track integer;
  rechecked_at timestamptz;
  rechecked_track integer;
  added firsttoken.rollup_input;
  hour public.rollups_hourly;
begin
  select b.created_at, b.confirms, b.level, row(null, b.target_id, b.provider, b.model, b.series, b.region,
      b.synthetic)::public.tracks as track
    into strict result from public.benchmark_results b where b.id = add_to_rollups.result_id;
  if not isfinite(result.created_at) or result.level is not null then
    return;
  end if;
  perform firsttoken.lock_days(
    case when result.confirms is null then result.created_at else result.created_at - interval '24 hours' end,
    result.created_at, false);
  track := firsttoken.get_or_create_track(result.track);
  if result.confirms is null then
    perform firsttoken.lock_track(track, result.created_at, false);
  else
    -- Of the same track, unless somebody has changed it meanwhile.
    select b.created_at, firsttoken.get_or_create_track(row(null, b.target_id, b.provider, b.model, b.series,
        b.region, b.synthetic)::public.tracks)
      into rechecked_at, rechecked_track
      from public.benchmark_results b where b.id = result.confirms and isfinite(b.created_at);
    perform firsttoken.lock_to_rebuild(
      array[result.created_at - interval '24 hours', result.created_at,
        coalesce(rechecked_at, result.created_at)],
      array(select distinct t from unnest(array[track, rechecked_track]) t where t is not null));
  end if;
  select i.* into strict added from firsttoken.rollup_input i where i.id = add_to_rollups.result_id;
  hour := firsttoken.rollup_of_result(track, added);
  perform firsttoken.add_hour(hour);
  perform firsttoken.add_day(hour);
  perform firsttoken.add_quarter_hour(track, added);
  if rechecked_at is not null then
    perform firsttoken.rebuild_range(rechecked_at, rechecked_at, array[rechecked_track]);
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
    -- Without those that exist: a conflict takes a number too, and there are two billion.
    except
    select t.target_id, t.provider, t.model, t.series, t.region, t.synthetic from public.tracks t
    on conflict (target_id, provider, model, series, region, synthetic) do nothing
$$;

-- The hourly rollups of some tracks from since to until, computed from the raw rows: what rollups_hourly must
-- hold. Null is all tracks. Planned for what is asked: a few tracks are a few index lookups.
create or replace function firsttoken.compute_hours(since timestamptz, until timestamptz, tracks integer[])
returns setof public.rollups_hourly
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
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
    where tracks is null and i.created_at >= since and i.created_at < until
    union all
    select t.id, i.*
    from public.tracks t
      join firsttoken.rollup_input i on i.target_id = t.target_id
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where t.id = any (tracks) and i.created_at >= since and i.created_at < until
    union all
    select t.id, i.*
    from public.tracks t
      join firsttoken.rollup_input i
        on (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where t.id = any (tracks) and t.target_id is null and i.target_id is null and i.created_at >= since
      and i.created_at < until
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
  from found_rows f group by f.track_id, f.bucket;
end $$;

-- The quarters of an hour of some tracks (null: all) from since to until: what quarter_hours must hold.
create or replace function firsttoken.compute_quarter_hours(since timestamptz, until timestamptz,
  tracks integer[])
returns setof firsttoken.quarter_hours
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  select t.id, firsttoken.quarter_hour_of(i.created_at), count(i.ttft)::integer,
    coalesce(sum(i.ttft), 0), (count(*) filter (where i.is_provider and not i.is_cleared))::integer
  from public.tracks t
    join firsttoken.rollup_input i on i.target_id = t.target_id
      and (t.provider, t.model, t.series, t.region, t.synthetic)
        is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
  where (tracks is null or t.id = any (tracks)) and i.created_at < until
    and i.created_at >= greatest(since, now() - firsttoken.quarter_hours_kept())
    and (i.ttft is not null or i.is_provider and not i.is_cleared)
  group by 1, 2;
end $$;

-- The daily rollups (UTC) of some tracks (null: all) from since to until, computed from the hourly ones: what
-- rollups_daily must hold. A day can be rebuilt although some of its hours are final and their raw rows
-- deleted.
create or replace function firsttoken.compute_days(since timestamptz, until timestamptz, tracks integer[])
returns setof public.rollups_daily
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
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
  where h.bucket >= since and h.bucket < until and (tracks is null or h.track_id = any (tracks))
  group by 1, 2;
end $$;

-- The samples of some tracks (null: all) on the days from since to until, collected from the hourly rollups.
create or replace function firsttoken.compute_samples(since timestamptz, until timestamptz, tracks integer[])
returns setof public.samples_daily
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  select h.track_id, date_trunc('day', h.bucket, 'UTC'),
    coalesce(array_agg(v.ttft order by v.ttft) filter (where v.ttft is not null), '{}'),
    coalesce(array_agg(v.ttfa order by v.ttfa) filter (where v.ttfa is not null), '{}'),
    coalesce(array_agg(v.tps order by v.tps) filter (where v.tps is not null), '{}'),
    coalesce(array_agg(v.latency order by v.latency) filter (where v.latency is not null), '{}')
  from public.rollups_hourly h
    cross join lateral unnest(h.ttft, h.ttfa, h.tps, h.latency) v (ttft, ttfa, tps, latency)
  where h.bucket >= since and h.bucket < until and (tracks is null or h.track_id = any (tracks))
  group by 1, 2;
end $$;

-- Rebuilds all hours of some tracks (null: all) from since to through (both included) from the raw rows, and
-- their days from the hours, once lock_to_rebuild has them. Hours whose raw rows may be pruned stay as they
-- are. Returns the first rebuilt hour, null if all are final.
create or replace function firsttoken.rebuild_range(since timestamptz, through timestamptz, tracks integer[])
returns timestamptz
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  first_hour timestamptz;
  end_hour constant timestamptz := date_trunc('hour', through, 'UTC') + interval '1 hour';
  first_day timestamptz;
  end_day timestamptz;
begin
  select greatest(date_trunc('hour', since, 'UTC'), r.pruned_until) into strict first_hour
    from public.retention r;
  if first_hour >= end_hour then
    return null;
  end if;
  first_day := date_trunc('day', first_hour, 'UTC');
  end_day := date_trunc('day', end_hour - interval '1 hour', 'UTC') + interval '24 hours';
  if tracks is null then
    perform firsttoken.create_tracks(first_hour, end_hour);
  end if;
  delete from public.rollups_hourly h
    where h.bucket >= first_hour and h.bucket < end_hour and (tracks is null or h.track_id = any (tracks));
  -- Ordered by time, as recording writes them: rows that are queried together are stored together.
  insert into public.rollups_hourly select h.* from firsttoken.compute_hours(first_hour, end_hour, tracks) h
    order by h.bucket, h.track_id;
  delete from firsttoken.quarter_hours q
    where q.bucket >= first_hour and q.bucket < end_hour and (tracks is null or q.track_id = any (tracks));
  insert into firsttoken.quarter_hours
    select q.* from firsttoken.compute_quarter_hours(first_hour, end_hour, tracks) q
    order by q.bucket, q.track_id;
  delete from public.rollups_daily d
    where d.bucket >= first_day and d.bucket < end_day and (tracks is null or d.track_id = any (tracks));
  insert into public.rollups_daily select d.* from firsttoken.compute_days(first_day, end_day, tracks) d
    order by d.bucket, d.track_id;
  delete from public.samples_daily s
    where s.bucket >= first_day and s.bucket < end_day and (tracks is null or s.track_id = any (tracks));
  insert into public.samples_daily select s.* from firsttoken.compute_samples(first_day, end_day, tracks) s
    order by s.bucket, s.track_id;
  return first_hour;
end $$;

-- Rebuilds the hours of results that were changed or deleted, for their tracks alone, day by day, and of the
-- results they recheck, for which the day before is locked too. Pruned hours are final: deleting their rows
-- changes nothing here.
create or replace function firsttoken.rebuild_changed(moments timestamptz[], changed public.tracks[],
  rechecked uuid[])
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  before constant interval :=
    case when cardinality(rechecked) > 0 then interval '24 hours' else interval '0' end;
  open_moments timestamptz[];
  tracks integer[];
  touched record;
begin
  -- Nothing becomes final until this transaction ends.
  perform 1 from public.retention for share;
  open_moments := array(
    select m.moment
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (rechecked)) m
    where m.moment >= (select r.pruned_until from public.retention r));
  if open_moments = '{}' then
    return;
  end if;
  select array_agg(firsttoken.get_or_create_track(wanted.track)) into tracks
    from (
      select c as track from unnest(changed) c
      union
      select row(null, b.target_id, b.provider, b.model, b.series, b.region, b.synthetic)::public.tracks
        from public.benchmark_results b where b.id = any (rechecked)
      order by 1) wanted;
  perform firsttoken.lock_to_rebuild(
    array(select unnest(array[moment - before, moment]) from unnest(open_moments) moment), tracks);
  for touched in
    select min(found.moment) as since, max(found.moment) as through
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (rechecked)) found
    where isfinite(found.moment) and found.moment >= (select r.pruned_until from public.retention r)
    group by date_trunc('day', found.moment, 'UTC') order by 1
  loop
    perform firsttoken.rebuild_range(touched.since, touched.through, tracks);
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
  perform firsttoken.lock_days(since, until - interval '1 microsecond', true);
  return jsonb_build_object('since', since, 'until', until,
    'rebuilt_from', firsttoken.rebuild_range(since, until - interval '1 microsecond', null));
end $$;

-- ---- 50_leaderboards.sql

-- Leaderboards: medians and ratios with confidence intervals, ranks, and the table that holds them.

-- The sorted samples of some tracks in each block of a period: hours for 24h, else days. Calls within a block
-- are correlated, so the intervals treat blocks, not samples, as independent.
create or replace function firsttoken.sample_blocks(period text, tracks integer[])
returns table (track_id integer, metric text, samples real[])
language sql stable security invoker set search_path = '' as $$
  select b.track_id, m.metric, m.samples
  from (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where period = '24h' and h.track_id = any (tracks) and h.bucket >= public.period_start(period)
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where period <> '24h' and s.track_id = any (tracks) and s.bucket >= public.period_start(period)
  ) b cross join lateral (values
    ('ttft', b.ttft), ('ttfa', b.ttfa), ('tps', b.tps), ('latency', b.latency)
  ) m (metric, samples)
  where cardinality(m.samples) > 0
$$;

-- How much of a period some tracks cover: hours and days (UTC) with at least one sample, check or answer.
create or replace function firsttoken.coverage(period text, tracks integer[])
returns table (track_id integer, metric text, n_hours integer, n_days integer)
language sql stable security invoker set search_path = '' as $$
  select h.track_id, m.metric, count(*)::integer, count(distinct date_trunc('day', h.bucket, 'UTC'))::integer
  from public.rollups_hourly h cross join lateral (values
    ('ttft', cardinality(h.ttft)), ('ttfa', cardinality(h.ttfa)), ('tps', cardinality(h.tps)),
    ('latency', cardinality(h.latency)), ('uptime', h.n_ok + h.n_provider),
    ('cost', h.n_answers - h.n_cost_unknown)
  ) m (metric, n)
  where h.track_id = any (tracks) and h.bucket >= public.period_start(period) and m.n > 0
  group by h.track_id, m.metric
$$;

-- Medians with Woodruff's interval (1952): the uncertainty of the share of samples below the median, from the
-- variance of that share between blocks (linearized, Student's t), read off the samples themselves.
create or replace function firsttoken.summarize_samples(period text, tracks integer[])
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision, mean double precision, sd double precision, p90 double precision,
  p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with blocks as materialized (
    select * from firsttoken.sample_blocks(summarize_samples.period, tracks)
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
create or replace function firsttoken.summarize_counts(period text, tracks integer[])
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with counts as (
    select h.track_id, h.n_ok, h.n_provider, h.n_cleared, h.n_answers, h.n_cost_unknown, h.cost_usd
    from public.rollups_hourly h
    where period = '24h' and h.track_id = any (tracks) and h.bucket >= public.period_start(period)
    union all
    select d.track_id, d.n_ok, d.n_provider, d.n_cleared, d.n_answers, d.n_cost_unknown, d.cost_usd
    from public.rollups_daily d
    where period <> '24h' and d.track_id = any (tracks) and d.bucket >= public.period_start(period)
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

-- Summarizes some tracks over a period, without ranks.
create or replace function firsttoken.draft_summaries(period text, tracks integer[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  delete from firsttoken.summary_drafts d
    where d.period = draft_summaries.period and d.track_id = any (tracks);
  insert into firsttoken.summary_drafts
    with covered as materialized (
      select * from firsttoken.coverage(draft_summaries.period, tracks)
    ), found_rows as (
      select s.track_id, s.metric, s.n, s.value, s.low, s.high, s.mean, s.sd, s.p90, s.p95, s.p99
        from firsttoken.summarize_samples(draft_summaries.period, tracks) s
      union all
      select c.track_id, c.metric, c.n, c.value, c.low, c.high, null, null, null, null, null
        from firsttoken.summarize_counts(draft_summaries.period, tracks) c
    )
    select draft_summaries.period, f.metric, f.track_id, f.n, coalesce(c.n_hours, 0), coalesce(c.n_days, 0),
      f.value, f.low, f.high, f.mean, f.sd, f.p90, f.p95, f.p99, now()
    from found_rows f left join covered c on c.track_id = f.track_id and c.metric = f.metric;
end $$;

-- Replaces the leaderboard of a period and metric by its drafts, with ranks. Published: 29 samples in half of
-- the hours of a day, or 59 in more than half of the days of a week or a third of those of a month. Tracks
-- are ranked within their region and series only, and one ranks behind another only if its whole interval
-- does: rank to rank_to are its possible places.
create or replace function firsttoken.publish_leaderboard(period text, metric text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  delete from public.target_summary s
    where s.period = publish_leaderboard.period and s.metric = publish_leaderboard.metric;
  insert into public.target_summary
    with published as (
      select d.track_id, t.region, t.series, t.synthetic,
        -- Negated where higher is better, so that lower is better for all.
        case when d.metric in ('tps', 'uptime') then -d.high else d.low end as best,
        case when d.metric in ('tps', 'uptime') then -d.low else d.high end as worst
      from firsttoken.summary_drafts d join public.tracks t on t.id = d.track_id
      where d.period = publish_leaderboard.period and d.metric = publish_leaderboard.metric
        and d.low is not null and d.high is not null
        and case d.period
          when '24h' then d.n >= 29 and d.n_hours >= 12
          when '7d' then d.n >= 59 and d.n_days >= 4
          else d.n >= 59 and d.n_days >= 10 end
    ), ends as (
      select p.track_id, p.region, p.series, p.synthetic, p.best as place, true as is_best from published p
      union all
      select p.track_id, p.region, p.series, p.synthetic, p.worst, false from published p
    ), counted as (
      -- One sort for both: before the best end of an interval are the intervals that end below it; before its
      -- worst end, or at the same place, are those that begin.
      select e.track_id, e.is_best,
        count(*) filter (where e.is_best) over places as n_begun,
        count(*) filter (where not e.is_best) over places as n_ended
      from ends e
      window places as (partition by e.region, e.series, e.synthetic order by e.place, e.is_best desc
        rows unbounded preceding)
    ), ranked as (
      select c.track_id, max(c.n_ended) filter (where c.is_best) + 1 as rank,
        max(c.n_begun) filter (where not c.is_best) as rank_to
      from counted c group by c.track_id
    )
    select d.period, d.metric, d.track_id, d.n, d.n_hours, d.n_days, d.value, d.low, d.high, d.mean, d.sd,
      d.p90, d.p95, d.p99, r.rank, r.rank_to, now()
    from firsttoken.summary_drafts d left join ranked r on r.track_id = d.track_id
    where d.period = publish_leaderboard.period and d.metric = publish_leaderboard.metric;
end $$;

-- When the turn of a leaderboard began: those of the day and the week are made once an hour, that of the
-- month once a day (UTC).
create or replace function firsttoken.turn_of(period text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select date_trunc(case when period = '30d' then 'day' else 'hour' end, now(), 'UTC')
$$;

-- The leaderboards that were not made in their turn. The metric is the one that is published last.
create or replace function firsttoken.due_periods() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(p.period order by p.position), '[]')
  from unnest(array['24h', '7d', '30d']) with ordinality p (period, position)
  where not exists (
    select from public.target_summary s
    where s.period = p.period and s.metric = 'uptime' and s.refreshed_at >= firsttoken.turn_of(p.period))
$$;

-- Makes the next step of a leaderboard, and returns what is left of it, null if it is made. step: {track},
-- the last that was summarized, then {metric}, the next to be published.
create or replace function firsttoken.make_leaderboard(period text, step jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  metrics constant text[] := array['cost', 'latency', 'tps', 'ttfa', 'ttft', 'uptime'];
  metric constant text := step ->> 'metric';
  tracks integer[];
begin
  if metric is not null then
    perform firsttoken.publish_leaderboard(period, metric);
    return case when metric <> metrics[cardinality(metrics)]
      then jsonb_build_object('metric', metrics[array_position(metrics, metric) + 1]) end;
  end if;
  tracks := array(
    select t.id from public.tracks t where t.id > (step ->> 'track')::integer order by t.id
    -- As many as have some ten thousand samples.
    limit case period when '24h' then 500 when '7d' then 100 else 25 end);
  if tracks = '{}' then
    return jsonb_build_object('metric', metrics[1]);
  end if;
  perform firsttoken.draft_summaries(period, tracks);
  return jsonb_build_object('track', tracks[cardinality(tracks)]);
end $$;

-- in: {periods to make anew, or none: those that are due, after: next of the call before, or none}. out:
-- {refreshed: [period], next or null}. Takes one step, a fraction of a second, so that no query is long and
-- nobody waits; repeat it with after until next is null. What is due continues where it was left in the same
-- turn. Reads rollups, and locks nothing that recording needs.
create or replace function public.refresh_summaries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  after constant jsonb := coalesce(nullif(input -> 'after', 'null'), case
    when jsonb_typeof(input -> 'periods') = 'array'
      then jsonb_build_object('periods', input -> 'periods', 'anew', true)
    else jsonb_build_object('periods', firsttoken.due_periods(), 'anew', false) end);
  due constant text := after #>> '{periods,0}';
  step jsonb := after -> 'step';
begin
  if due is null then
    return '{"refreshed": [], "next": null}';
  end if;
  perform pg_advisory_xact_lock(702418, 1);
  if step is null then
    step := jsonb_build_object('track', coalesce((
      select max(d.track_id) from firsttoken.summary_drafts d
      where d.period = due and d.drafted_at >= firsttoken.turn_of(due)
        and not (after ->> 'anew')::boolean), 0));
  end if;
  step := firsttoken.make_leaderboard(due, step);
  if step is not null then
    return jsonb_build_object('refreshed', '[]'::jsonb, 'next', after || jsonb_build_object('step', step));
  end if;
  return jsonb_build_object('refreshed', jsonb_build_array(due),
    'next', case when jsonb_array_length(after -> 'periods') > 1
      then (after - 'step') || jsonb_build_object('periods', (after -> 'periods') - 0) end);
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

-- Deletes a batch of events that are older than two weeks, which nobody goes on from anymore, and returns how
-- many. The oldest by (xid, id) are the oldest by time, near enough, and found by the primary key.
create or replace function firsttoken.prune_events(batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from public.run_events e
    using (select o.xid, o.id, o.created_at from public.run_events o order by o.xid, o.id limit batch) oldest
    where e.xid = oldest.xid and e.id = oldest.id and oldest.created_at < now() - interval '14 days';
  get diagnostics n = row_count;
  return n;
end $$;

-- Deletes a batch of old quarters of an hour and returns how many.
create or replace function firsttoken.prune_quarter_hours(batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from firsttoken.quarter_hours q
    using (
      select o.track_id, o.bucket from firsttoken.quarter_hours o
      where o.bucket < now() - firsttoken.quarter_hours_kept() order by o.bucket limit batch) oldest
    where q.track_id = oldest.track_id and q.bucket = oldest.bucket;
  get diagnostics n = row_count;
  return n;
end $$;

-- Deletes a batch of deliveries that have been over for 90 days, and returns how many. Incidents stay.
create or replace function firsttoken.prune_deliveries(batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from public.notification_deliveries d
    using (
      select o.id, o.created_at, o.state from public.notification_deliveries o
      order by o.created_at, o.id limit batch) oldest
    where d.id = oldest.id and oldest.created_at < now() - interval '90 days'
      and oldest.state in ('sent', 'dead', 'replaced');
  get diagnostics n = row_count;
  return n;
end $$;

-- Finalizes the oldest hour with results before a moment: compares its rollups with its rows and rebuilds the
-- tracks that differ. Returns from when on results are not final, null if there was nothing to finalize: if
-- that is midnight, the day is over, and its skipped probes are deleted. By the hour, because the day is
-- locked meanwhile, and may have millions of results.
create or replace function firsttoken.finalize_hour(before timestamptz) returns timestamptz
language plpgsql security invoker set search_path = '' as $$
declare
  hour timestamptz;
  hour_after timestamptz;
  day timestamptz;
  day_after timestamptz;
  damaged integer[];
  open_from timestamptz;
begin
  -- Sessions that change results have read which days are final; this must not change meanwhile.
  perform 1 from public.retention for update;
  select date_trunc('hour', b.created_at, 'UTC') into hour from public.benchmark_results b
    where b.created_at >= (select r.pruned_until from public.retention r)
      and b.created_at < finalize_hour.before and isfinite(b.created_at)
    order by b.created_at limit 1;
  if hour is null then
    return null;
  end if;
  hour_after := hour + interval '1 hour';
  day := date_trunc('day', hour, 'UTC');
  day_after := day + interval '24 hours';
  -- Waits for sessions that change this day; from here on results can only be added.
  perform firsttoken.lock_days(day, day, true);
  perform firsttoken.create_tracks(hour, hour_after);
  with counted as materialized (
    select * from firsttoken.compute_hours(hour, hour_after, null)
  ), kept as materialized (
    select * from public.rollups_hourly h where h.bucket = hour
  )
  select array_agg(distinct differing.track_id) into damaged
    from (
      (select * from counted except select * from kept)
      union all (select * from kept except select * from counted)) differing;
  if damaged is not null then
    perform firsttoken.rebuild_range(hour, hour, damaged);
  end if;
  select date_trunc('hour', min(b.created_at), 'UTC') into open_from from public.benchmark_results b
    where b.created_at >= hour_after and b.created_at < day_after;
  open_from := coalesce(open_from, day_after);
  if open_from = day_after then
    delete from public.probes p using public.runs r
      where r.id = p.run_id and r.started_at >= day and r.started_at < day_after and p.status = 'skipped';
  end if;
  update public.retention r set pruned_until = open_from;
  return open_from;
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

-- in: {texts_before, results_before, proxy_before, proxy_texts_before: each or null, archived: rows or none,
-- limit}; null keeps forever. out: {texts, results, proxy_requests, proxy_texts, closed, pruned_until, done}:
-- what this batch deleted, or that it finalized an hour, whose rows are next; closed is the day if that was
-- its last hour; done if nothing is left. Events, quarters of an hour and deliveries are deleted on the way.
-- With archived, of results of finalized days only those are deleted that are among these rows of an archive.
create or replace function public.prune(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  batch constant integer := least(greatest((input ->> 'limit')::integer, 1), 100000);
  -- supabase/optional/partition.sql has been run.
  is_partitioned constant boolean := to_regprocedure('firsttoken.tend_months(integer)') is not null;
  n_passing integer;
  n_texts integer := 0;
  n_results integer := 0;
  n_proxied integer;
  n_proxy_texts integer;
  finalized timestamptz;
begin
  -- One session at a time.
  perform pg_advisory_xact_lock(702418, 2);
  n_passing := firsttoken.prune_events(batch) + firsttoken.prune_quarter_hours(batch)
    + firsttoken.prune_deliveries(batch);
  if is_partitioned then
    n_passing := n_passing + firsttoken.tend_months(batch);
  end if;
  n_proxy_texts := firsttoken.prune_proxy_texts((input ->> 'proxy_texts_before')::timestamptz, batch);
  n_proxied := firsttoken.prune_proxy_requests((input ->> 'proxy_before')::timestamptz, batch);
  if input ->> 'texts_before' is not null then
    n_texts := firsttoken.prune_texts((input ->> 'texts_before')::timestamptz, batch);
  end if;
  if n_texts = 0 then
    if jsonb_typeof(input -> 'archived') = 'array' then
      n_results := firsttoken.delete_archived(input -> 'archived');
    elsif is_partitioned then
      n_results := firsttoken.prune_months(batch);
    else
      n_results := firsttoken.delete_finalized(batch);
    end if;
    if n_results = 0 then
      finalized := firsttoken.finalize_hour(date_trunc('day', (input ->> 'results_before')::timestamptz));
    end if;
  end if;
  return jsonb_build_object('texts', n_texts, 'results', n_results, 'proxy_requests', n_proxied,
    'proxy_texts', n_proxy_texts,
    'closed', case when finalized = date_trunc('day', finalized) then finalized - interval '24 hours' end,
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'done', n_passing = 0 and n_texts = 0 and n_results = 0 and n_proxied = 0 and n_proxy_texts = 0
      and finalized is null);
end $$;

-- in: {texts_before, results_before, proxy_before, proxy_texts_before}, each or null. out: {texts, results,
-- proxy_requests, proxy_texts, pruned_until}: what prune would delete.
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
    'proxy_requests', (
      select count(*) from public.proxy_requests q
      where q.received_at < (input ->> 'proxy_before')::timestamptz),
    'proxy_texts', (
      select count(*) from public.proxy_texts t
      where t.captured_at < (input ->> 'proxy_texts_before')::timestamptz),
    'pruned_until', nullif(r.pruned_until, '-infinity'))
  from public.retention r
$$;

-- ---- 53_upkeep.sql

-- Upkeep: what is kept, and how current what is made of it is.

-- How old each leaderboard is: refreshed_at, null if it has no rows, and since when there is something to
-- rank in its period, to the hour.
create or replace function firsttoken.describe_leaderboards() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_agg(jsonb_build_object('period', p.period,
      'refreshed_at', (
        select s.refreshed_at from public.target_summary s
        where s.period = p.period and s.metric = 'uptime' limit 1),
      'rankable_since', (
        select h.bucket from public.rollups_hourly h
        where h.bucket >= public.period_start(p.period) and h.n_ok + h.n_provider > 0
        order by h.bucket limit 1)) order by p.position)
  from unnest(array['24h', '7d', '30d']) with ordinality p (period, position)
$$;

-- The size of a table with its indexes, in bytes, and of its partitions if it has some.
create or replace function firsttoken.size_on_disk(name regclass) returns bigint
language sql stable security invoker set search_path = '' as $$
  select pg_total_relation_size(name)
    + coalesce(sum(pg_total_relation_size(p.relid)) filter (where p.isleaf), 0)::bigint
  from pg_partition_tree(name) p
$$;

-- in: {}. out: {now, pruned_until, leaderboards, kept: [{what, oldest_at, bytes, kept_days}],
-- bytes}: the size on disk of what is kept, with its indexes, and since when there is some. Texts are part of
-- the results, as are timelines and probes. kept_days of what no setting says, null forever; bytes of the
-- whole database.
create or replace function public.read_upkeep(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'read_upkeep', '{}');
  return jsonb_build_object('now', now(),
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'leaderboards', firsttoken.describe_leaderboards(),
    'kept', (
      select jsonb_agg(to_jsonb(k)) from (values
        ('texts', (
          select b.created_at from public.benchmark_results b
          where b.response_text is not null and isfinite(b.created_at) order by b.created_at limit 1),
          null::bigint, null::integer),
        ('results', (
          select b.created_at from public.benchmark_results b
          where isfinite(b.created_at) order by b.created_at limit 1),
          firsttoken.size_on_disk('public.benchmark_results') + firsttoken.size_on_disk('public.timelines')
            + pg_total_relation_size('public.probes'), null),
        ('events', (select e.created_at from public.run_events e order by e.xid, e.id limit 1),
          pg_total_relation_size('public.run_events'), 14),
        ('runs', (select r.started_at from public.runs r order by r.started_at limit 1),
          pg_total_relation_size('public.runs'), null),
        ('rollups', (select d.bucket from public.rollups_daily d order by d.bucket limit 1),
          pg_total_relation_size('public.rollups_hourly') + pg_total_relation_size('public.rollups_daily')
            + pg_total_relation_size('public.samples_daily'), null),
        ('proxy_requests', (select min(q.received_at) from public.proxy_requests q),
          pg_total_relation_size('public.proxy_requests'), null),
        ('proxy_texts', (select min(t.captured_at) from public.proxy_texts t),
          pg_total_relation_size('public.proxy_texts'), null),
        ('proxy_rollups', (select min(m.bucket) from public.proxy_minutes m),
          pg_total_relation_size('public.proxy_minutes'), null),
        ('incidents', (select i.opened_at from public.incidents i order by i.opened_at limit 1),
          pg_total_relation_size('public.incidents') + pg_total_relation_size('public.incident_events'),
          null),
        ('deliveries', (
          select d.created_at from public.notification_deliveries d order by d.created_at limit 1),
          pg_total_relation_size('public.notification_deliveries'), 90)
      ) k (what, oldest_at, bytes, kept_days)
    ),
    'bytes', pg_database_size(current_database()));
end $$;

-- ---- 54_proxy_requests.sql

-- Recording what the proxy measured, and its rollups by the minute.

-- The class of a number of uncached input tokens: the least of it. Each is four times as wide as the one
-- before, because TTFT grows with the length of a prompt.
create or replace function firsttoken.input_size(tokens integer) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select classes.least[width_bucket(tokens, classes.least)]
  from (select array[0, 256, 1024, 4096, 16384, 65536, 262144] as least) classes
$$;

-- A value as a sample: null if it does not fit into a real.
create or replace function firsttoken.as_sample(value double precision) returns real
language sql immutable parallel safe security invoker set search_path = '' as $$
  select case when value = 0 or abs(value) between 1e-37 and 1e38 then value::real end
$$;

-- Two sorted arrays as one.
create or replace function firsttoken.merge_samples(one real[], other real[]) returns real[]
language sql immutable parallel safe security invoker set search_path = '' as $$
  select array(select v from unnest(one || other) v order by v)
$$;

-- The one definition of what a request adds to its minute.
create or replace view firsttoken.proxy_input with (security_invoker = true) as
  select q.id, q.received_at, date_trunc('minute', q.received_at, 'UTC') as bucket,
    q.provider, q.host, q.synthetic, q.model_asked as model, q.client,
    firsttoken.input_size(q.input_tokens - coalesce(q.cached_tokens, 0)) as input_size,
    q.stream, q.reasoning,
    q.success as is_ok,
    not q.success and q.client_left is not null as is_client_left,
    case when kind.has_failed then q.fault_domain end as fault,
    case when kind.has_failed then concat(q.fault_domain, '.', coalesce(q.error_kind, 'unknown')) end
      as error,
    q.success and not kind.is_timed as is_untrusted,
    q.success and q.cost_usd is null as is_cost_unknown,
    q.input_tokens, q.output_tokens, q.reasoning_tokens, q.cached_tokens,
    case when q.cost_usd between -1e300 and 1e300 then q.cost_usd::numeric end as cost_usd,
    q.request_bytes, q.response_bytes,
    firsttoken.as_sample(q.overhead_before_ms) as overhead_before,
    firsttoken.as_sample(q.overhead_first_ms) as overhead_first,
    case when kind.is_timed then firsttoken.as_sample(q.ttft_ms) end as ttft,
    case when kind.is_timed then firsttoken.as_sample(q.ttfa_ms) end as ttfa,
    -- Its time is the client's own, if the client did not read.
    case when kind.is_timed and q.client_stalled_ms = 0 then firsttoken.as_sample(q.tps) end as tps,
    case when kind.is_timed and q.client_stalled_ms = 0
      then firsttoken.as_sample(q.total_latency_ms) end as latency
  from public.proxy_requests q
    cross join lateral (
      select not q.success and q.client_left is null as has_failed,
        q.success and q.timing_quality <> 'untrusted' as is_timed) kind;

-- A label as the rollups of a day have it: its own, if it is among the first of its kind, else `other`. A
-- client may send any: each would be a series. The caller holds the lock of the recorders.
create or replace function firsttoken.proxy_label(moment timestamptz, kind text, label text, most integer)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (moment at time zone 'UTC')::date;
begin
  if label is null or exists (
    select from firsttoken.proxy_labels l
    where l.day = today and l.kind = proxy_label.kind and l.label = proxy_label.label) then
    return label;
  elsif (
    select count(*) from firsttoken.proxy_labels l
    where l.day = today and l.kind = proxy_label.kind) >= most then
    return 'other';
  end if;
  insert into firsttoken.proxy_labels values (today, kind, label);
  return label;
end $$;

-- A series with the labels that the rollups of a day have it by.
create or replace function firsttoken.labelled_series(moment timestamptz, series public.proxy_series)
returns public.proxy_series
language plpgsql security invoker set search_path = '' as $$
begin
  series.model := firsttoken.proxy_label(moment, 'model', series.model, 200);
  series.client := firsttoken.proxy_label(moment, 'client', series.client, 50);
  series.reasoning := firsttoken.proxy_label(moment, 'reasoning', series.reasoning, 20);
  return series;
end $$;

-- The id of a series, which is created if it is new.
create or replace function firsttoken.get_or_create_proxy_series(series public.proxy_series) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  series_id integer;
begin
  select s.id into series_id from public.proxy_series s
    where s.provider = series.provider and s.model = series.model and s.host = series.host
      and s.synthetic = series.synthetic and s.client is not distinct from series.client
      and s.input_size is not distinct from series.input_size and s.stream = series.stream
      and s.reasoning is not distinct from series.reasoning;
  if series_id is null then
    insert into public.proxy_series
        (provider, model, host, synthetic, client, input_size, stream, reasoning)
      values (series.provider, series.model, series.host, series.synthetic, series.client,
        series.input_size, series.stream, series.reasoning)
      returning id into series_id;
  end if;
  return series_id;
end $$;

-- Adds new requests to their minutes. The caller holds the lock of the recorders.
create or replace function firsttoken.add_to_proxy_minutes(ids uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  with arrived as materialized (
    select i.*, row(null, i.provider, i.model, i.host, i.synthetic, i.client, i.input_size, i.stream,
      i.reasoning)::public.proxy_series as own
    from firsttoken.proxy_input i where i.id = any (ids)
  ), groups as materialized (
    -- Once for all that are alike, in the order in which they came.
    select a.bucket, a.own from arrived a group by a.bucket, a.own
      order by min(a.received_at), a.own
  ), series as materialized (
    select g.bucket, g.own,
      firsttoken.get_or_create_proxy_series(firsttoken.labelled_series(g.bucket, g.own)) as series_id
    from groups g
  ), placed as materialized (
    select a.*, s.series_id from arrived a join series s on s.bucket = a.bucket and s.own = a.own
  )
  insert into public.proxy_minutes as m
    select p.series_id, p.bucket, count(*), count(*) filter (where p.is_ok),
      count(*) filter (where p.is_client_left), count(*) filter (where p.fault = 'provider'),
      count(*) filter (where p.fault = 'account'), count(*) filter (where p.fault = 'config'),
      count(*) filter (where p.fault = 'excluded'), count(*) filter (where p.fault = 'self'),
      count(*) filter (where p.is_untrusted), count(*) filter (where p.is_cost_unknown),
      coalesce(sum(p.input_tokens), 0), coalesce(sum(p.output_tokens), 0),
      coalesce(sum(p.reasoning_tokens), 0), coalesce(sum(p.cached_tokens), 0),
      coalesce(sum(p.cost_usd), 0), sum(p.request_bytes), sum(p.response_bytes),
      count(p.overhead_before), coalesce(sum(p.overhead_before::numeric), 0),
      count(p.overhead_first), coalesce(sum(p.overhead_first::numeric), 0),
      (
        select jsonb_object_agg(e.error, e.n)
        from (
          select f.error, count(*) as n from placed f
          where f.series_id = p.series_id and f.bucket = p.bucket and f.error is not null
          group by f.error) e),
      coalesce(array_agg(p.ttft order by p.ttft) filter (where p.ttft is not null), '{}'),
      coalesce(array_agg(p.ttfa order by p.ttfa) filter (where p.ttfa is not null), '{}'),
      coalesce(array_agg(p.tps order by p.tps) filter (where p.tps is not null), '{}'),
      coalesce(array_agg(p.latency order by p.latency) filter (where p.latency is not null), '{}')
    from placed p group by p.series_id, p.bucket
    on conflict (series_id, bucket) do update set
      n_requests = m.n_requests + excluded.n_requests,
      n_ok = m.n_ok + excluded.n_ok,
      n_client_left = m.n_client_left + excluded.n_client_left,
      n_provider = m.n_provider + excluded.n_provider,
      n_account = m.n_account + excluded.n_account,
      n_config = m.n_config + excluded.n_config,
      n_excluded = m.n_excluded + excluded.n_excluded,
      n_self = m.n_self + excluded.n_self,
      n_untrusted = m.n_untrusted + excluded.n_untrusted,
      n_cost_unknown = m.n_cost_unknown + excluded.n_cost_unknown,
      input_tokens = m.input_tokens + excluded.input_tokens,
      output_tokens = m.output_tokens + excluded.output_tokens,
      reasoning_tokens = m.reasoning_tokens + excluded.reasoning_tokens,
      cached_tokens = m.cached_tokens + excluded.cached_tokens,
      cost_usd = m.cost_usd + excluded.cost_usd,
      request_bytes = m.request_bytes + excluded.request_bytes,
      response_bytes = m.response_bytes + excluded.response_bytes,
      n_overhead_before = m.n_overhead_before + excluded.n_overhead_before,
      overhead_before_sum = m.overhead_before_sum + excluded.overhead_before_sum,
      n_overhead_first = m.n_overhead_first + excluded.n_overhead_first,
      overhead_first_sum = m.overhead_first_sum + excluded.overhead_first_sum,
      errors = firsttoken.add_counts(m.errors, excluded.errors),
      ttft = firsttoken.merge_samples(m.ttft, excluded.ttft),
      ttfa = firsttoken.merge_samples(m.ttfa, excluded.ttfa),
      tps = firsttoken.merge_samples(m.tps, excluded.tps),
      latency = firsttoken.merge_samples(m.latency, excluded.latency);
end $$;

-- Inserts requests and returns the ids of those that are new.
create or replace function firsttoken.insert_proxy_requests(given jsonb) returns uuid[]
language plpgsql security invoker set search_path = '' as $$
declare
  ids uuid[];
begin
  with inserted as (
    insert into public.proxy_requests
      select q.* from jsonb_array_elements(given) each
        cross join jsonb_populate_record(null::public.proxy_requests, each || '{"source": "proxy"}') q
      on conflict (id) do nothing returning id
  )
  select coalesce(array_agg(i.id), '{}') into ids from inserted i;
  return ids;
end $$;

-- Keeps the texts of these requests, which are new.
create or replace function firsttoken.insert_proxy_texts(given jsonb, ids uuid[]) returns void
language sql security invoker set search_path = '' as $$
  insert into public.proxy_texts
    select t.* from jsonb_array_elements(given) each
      cross join jsonb_populate_record(null::public.proxy_texts, each) t
    where each ->> 'request_id' = any (ids::text[])
    on conflict (request_id) do nothing
$$;

-- Adds what these requests cost to the spending of their days.
create or replace function firsttoken.spend_on_requests(ids uuid[]) returns void
language sql security invoker set search_path = '' as $$
  select firsttoken.spend(each.day, each.usd)
    from (
      select (q.received_at at time zone 'UTC')::date as day, sum(q.cost_usd) as usd
      from public.proxy_requests q
      where q.id = any (ids) and q.cost_usd > 0 and not q.synthetic
      group by 1 order by 1) each
$$;

-- in: {rows: [columns of proxy_requests], texts: [columns of proxy_texts], spends}; the last two may be left
-- out. out: {recorded, refused: [{id, reason}]}: how many are new; those whose values, or whose texts, are
-- not taken, which keep none of the others out. A row that was recorded before changes nothing, so a batch
-- may be repeated. What they cost counts in the budget if spends is true, as that of the dashboard's chats.
create or replace function public.record_proxy_requests(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  given jsonb;
  added uuid[];
  ids uuid[] := '{}';
  refused jsonb := '[]';
begin
  perform firsttoken.check_keys(input, 'record_proxy_requests', array['rows', 'texts', 'spends']);
  -- One recorder at a time, so that none waits for another's minutes, nor goes beyond the number of labels.
  perform pg_advisory_xact_lock(702418, 6);
  begin
    ids := firsttoken.insert_proxy_requests(input -> 'rows');
    perform firsttoken.insert_proxy_texts(input -> 'texts', ids);
  exception when data_exception or integrity_constraint_violation then
    ids := '{}';
    for given in select jsonb_array_elements(input -> 'rows') loop
      begin
        added := firsttoken.insert_proxy_requests(jsonb_build_array(given));
        perform firsttoken.insert_proxy_texts(input -> 'texts', added);
        ids := ids || added;
      exception when data_exception or integrity_constraint_violation then
        refused := refused || jsonb_build_object('id', given -> 'id', 'reason', sqlerrm);
      end;
    end loop;
  end;
  perform firsttoken.add_to_proxy_minutes(ids);
  if (input ->> 'spends')::boolean then
    perform firsttoken.spend_on_requests(ids);
  end if;
  return jsonb_build_object('recorded', cardinality(ids), 'refused', refused);
end $$;

-- Deletes a batch of requests from before a moment and returns how many. Their rollups stay; of labels, those
-- of days that nothing is added to any more go; of what tokens were used for, the days before the moment, but
-- the last of each token, which says when it was used.
create or replace function firsttoken.prune_proxy_requests(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from firsttoken.proxy_labels l where l.day < (now() at time zone 'UTC')::date - 2;
  delete from public.proxy_token_days d
    where d.day < (prune_proxy_requests.before at time zone 'UTC')::date and d.day < (
      select max(l.day) from public.proxy_token_days l where l.token_id = d.token_id);
  delete from public.proxy_requests q
    using (
      select o.id from public.proxy_requests o
      where o.received_at < prune_proxy_requests.before order by o.received_at, o.id limit batch) oldest
    where q.id = oldest.id;
  get diagnostics n = row_count;
  return n;
end $$;

-- Deletes a batch of texts from before a moment and returns how many. Their requests stay.
create or replace function firsttoken.prune_proxy_texts(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  delete from public.proxy_texts t
    using (
      select o.request_id from public.proxy_texts o
      where o.captured_at < prune_proxy_texts.before order by o.captured_at, o.request_id limit batch) oldest
    where t.request_id = oldest.request_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- ---- 55_archive.sql

-- Archives: files outside of the database, one for each day and region, with its results as they are. What is
-- in one is deleted only if it is alike in both.

-- in: {since, before}. out: {hour, regions: [{region, rows, texts, timelines, digest}], pruned_until}: the
-- first hour with results from since on and before another moment, null if there is none. digest is a sum
-- over the rows, so that of a day is the sum of its hours. A text does not change it; a new column does.
create or replace function public.read_archive_hour(input jsonb) returns jsonb
language plpgsql stable security invoker
set search_path = '' set timezone = 'UTC' set plan_cache_mode = 'force_custom_plan' as $$
declare
  hour timestamptz;
begin
  perform firsttoken.check_keys(input, 'read_archive_hour', array['since', 'before']);
  select date_trunc('hour', b.created_at) into hour from public.benchmark_results b
    where b.created_at >= (input ->> 'since')::timestamptz
      and b.created_at < (input ->> 'before')::timestamptz and isfinite(b.created_at)
    order by b.created_at limit 1;
  return jsonb_build_object('hour', hour,
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'regions', (
      select coalesce(jsonb_agg(to_jsonb(counted)), '[]')
      from (
        select b.region, count(*) as rows, count(b.response_text) as texts, count(t.result_id) as timelines,
          sum(hash_record_extended(
            jsonb_populate_record(b, '{"response_text": null}'), 0)::numeric)::text as digest
        from public.benchmark_results b left join public.timelines t on t.result_id = b.id
        where b.created_at >= hour and b.created_at < hour + interval '1 hour'
        group by b.region) counted));
end $$;

-- in: {since, before, region or null, texts, timelines, after: `next` of the previous page or null, limit}.
-- out: {columns: [{name, type}], rows: [{result, timeline, timeline_version}], next}: results as the table
-- has them, oldest first, with response_text and a timeline (base64) if asked for, else null. A page is
-- shorter if it would have more than 4 MB of texts and timelines.
create or replace function public.list_archive(input jsonb) returns json
language plpgsql stable security invoker
set search_path = '' set timezone = 'UTC' set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  texts constant boolean := (input ->> 'texts')::boolean;
  timelines constant boolean := (input ->> 'timelines')::boolean;
  seen_at constant timestamptz :=
    coalesce(split_part(input ->> 'after', '/', 1)::timestamptz, '-infinity');
  seen_id constant uuid :=
    coalesce(split_part(input ->> 'after', '/', 2)::uuid, '00000000-0000-0000-0000-000000000000');
  ids uuid[];
begin
  perform firsttoken.check_keys(input, 'list_archive',
    array['since', 'before', 'region', 'texts', 'timelines', 'after', 'limit']);
  ids := array(
    select b.id from public.benchmark_results b
    where b.created_at >= greatest((input ->> 'since')::timestamptz, seen_at)
      and b.created_at < (input ->> 'before')::timestamptz
      and b.region is not distinct from input ->> 'region'
      and (b.created_at, b.id) > (seen_at, seen_id)
    order by b.created_at, b.id limit page_size + 1);
  select least(page_size, greatest(1, count(*) filter (where sized.bytes <= 4000000))) into page_size
    from (
      select sum(case when texts then coalesce(octet_length(b.response_text), 0) else 0 end
          + case when timelines then coalesce(octet_length(t.data), 0) else 0 end)
          over (order by b.created_at, b.id) as bytes
      from public.benchmark_results b left join public.timelines t on t.result_id = b.id
      where b.id = any (ids)) sized;
  return json_build_object(
    'columns', (
      select json_agg(json_build_object('name', a.attname,
          'type', format_type(a.atttypid, null)) order by a.attnum)
      from pg_catalog.pg_attribute a
      where a.attrelid = 'public.benchmark_results'::regclass and a.attnum > 0 and not a.attisdropped),
    'rows', (
      select coalesce(json_agg(json_build_object(
          'result', case when texts then b
            else jsonb_populate_record(b, '{"response_text": null}') end,
          'timeline_version', t.version,
          -- encode() wraps its lines after 76 characters.
          'timeline', replace(encode(t.data, 'base64'), e'\n', '')) order by b.created_at, b.id), '[]')
      from public.benchmark_results b left join public.timelines t on timelines and t.result_id = b.id
      where b.id = any (ids[:page_size])),
    'next', (
      select (to_jsonb(b.created_at) #>> '{}') || '/' || b.id from public.benchmark_results b
      where b.id = ids[page_size] and cardinality(ids) > page_size));
end $$;

-- The results that are alike in an archive and here; has_text if the archive has the text too, or there is
-- none here. archived: rows, each as a text: columns of benchmark_results, and timeline and timeline_version
-- if the archive has them. A column that a row lacks is null in it.
create or replace function firsttoken.match_rows(archived jsonb)
returns table (id uuid, has_text boolean)
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select b.id, b.response_text is null or b.response_text is not distinct from r.response_text
  from jsonb_array_elements_text(archived) line
    cross join lateral json_populate_record(null::public.benchmark_results, line::json) r
    join public.benchmark_results b on b.id = r.id
    left join public.timelines t on t.result_id = b.id
  where jsonb_populate_record(b, '{"response_text": null}')
      is not distinct from jsonb_populate_record(r, '{"response_text": null}')
    and (line::jsonb -> 'timeline' is null or (t.version, t.data) is not distinct from
      ((line::jsonb ->> 'timeline_version')::integer, decode(line::jsonb ->> 'timeline', 'base64')))
$$;

-- in: {rows: as they were read back from an archive, each as a text}. out: {matched}:
-- how many of them the database has, and all alike.
create or replace function public.match_archive(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'match_archive', array['rows']);
  return jsonb_build_object('matched', (select count(*) from firsttoken.match_rows(input -> 'rows')));
end $$;

-- Deletes what an archive has alike of finalized days, with timelines and probes. Returns the number of
-- results.
create or replace function firsttoken.delete_archived(archived jsonb) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  probes uuid[];
  n integer;
begin
  -- What is locked here stays as it is until it is compared.
  perform 1 from public.benchmark_results b
    where b.id in (select (line::jsonb ->> 'id')::uuid from jsonb_array_elements_text(archived) line)
    for update;
  with deleted as (
    delete from public.benchmark_results b using firsttoken.match_rows(archived) m
    where b.id = m.id and m.has_text and b.created_at < (select r.pruned_until from public.retention r)
    returning b.probe_id
  )
  select count(*), array_agg(d.probe_id) into n, probes from deleted d;
  delete from public.probes p where p.id = any (probes);
  return n;
end $$;

-- ---- 60_target_views.sql

-- Views of targets: the latest result, checks and health.

-- The latest result of every active target, sweeps left out: one index lookup per target, however many
-- results there are.
create or replace view public.latest_results with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, r.created_at,
    r.success, r.error_kind, r.fault_domain, r.error_message, r.ttft_ms, r.ttfa_ms, r.tps, r.total_latency_ms,
    r.input_tokens, r.output_tokens, r.cost_usd, r.timing_quality, r.synthetic, r.id as result_id, r.run_id
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (
      select * from public.benchmark_results b
      where b.target_id = t.id and b.level is null order by b.created_at desc limit 1
    ) r
  where t.active;

-- Checks: first attempts that succeeded or that the provider failed; ok if the attempt or its recheck
-- succeeded. What we made slow ourselves, as in a sweep, called only to warm up, or called in maintenance,
-- is none.
create or replace view public.checks with (security_invoker = true) as
  select b.id, b.target_id, b.region, b.created_at, b.error_kind, b.error_message,
    b.success or exists (
      select from public.benchmark_results again
      where again.confirms = b.id and again.success
        and not (again.own_load or again.warmup or again.maintenance)) as ok
  from public.benchmark_results b
  where b.confirms is null and b.level is null and not (b.own_load or b.warmup or b.maintenance)
    and (b.success or b.fault_domain = 'provider');

-- How far apart checks of a target are at most: the interval of the schedule, or the least number of those
-- that is not shorter than the interval of its own.
create or replace function firsttoken.check_interval(pace interval, every_minutes integer) returns interval
language sql immutable parallel safe security invoker set search_path = '' as $$
  select pace * greatest(1, ceil(60 * every_minutes / extract(epoch from pace)))::double precision
$$;

-- Every target in every region where it was called in the week before its last call. state: up; failing, if
-- the last check failed; down, if the last two or more did; stale, if there was no check for 2.5 intervals,
-- of the schedule or its own; paused; unknown, if it was never called. since: the first check of that state.
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
        and b.confirms is null and b.level is null and not (b.own_load or b.warmup or b.maintenance)
        and b.created_at >= r.last_day - interval '7 days'
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
        and not b.success and b.fault_domain = 'provider' and b.confirms is null and b.level is null
        and not (b.own_load or b.warmup or b.maintenance)
        and b.created_at > coalesce(last_ok.created_at, '-infinity')
    ) failures on true
    left join lateral (
      -- A failed check is the provider's: said again, it makes the planner expect one row, and sort them all.
      select c.created_at from public.checks c
        join public.benchmark_results b on b.id = c.id and not b.success and b.level is null
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
      select firsttoken.check_interval(s.late_at - s.slot, greatest(t.every_minutes, t.thinned_minutes))
        as interval from public.runs s
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

-- ---- 63_objectives.sql

-- Objectives of targets: which share of the checks must be good, how many may be bad, and how many were.

-- Refuses objectives that no target can have; true otherwise. Each part may be null or left out.
create or replace function firsttoken.check_slo(slo jsonb) returns boolean
language plpgsql immutable strict security invoker set search_path = '' as $$
declare
  days constant jsonb := coalesce(slo -> 'days', 'null');
  part text;
  timing jsonb;
begin
  perform firsttoken.check_keys(slo, 'slo', array['days', 'availability', 'ttft', 'latency']);
  if not (case jsonb_typeof(days)
      when 'number' then days::numeric between 7 and 90 and days::numeric % 1 = 0
      else days = 'null' end) then
    raise exception using errcode = '22023', message = 'days must be a whole number, 7 to 90, or null for 30';
  end if;
  perform firsttoken.check_share(nullif(slo -> 'availability', 'null'), 'availability');
  foreach part in array array['ttft', 'latency'] loop
    timing := nullif(slo -> part, 'null');
    continue when timing is null;
    perform firsttoken.check_keys(timing, part, array['within_ms', 'share']);
    perform firsttoken.check_share(coalesce(timing -> 'share', 'null'), 'share of ' || part);
    if not (case jsonb_typeof(timing -> 'within_ms')
        when 'number' then (timing -> 'within_ms')::numeric between 1 and 3600000
          and (timing -> 'within_ms')::numeric % 1 = 0
        else false end) then
      raise exception using errcode = '22023',
        message = format('within_ms of %s must be a whole number of ms, 1 to 3600000', part);
    end if;
  end loop;
  return true;
end $$;

-- Refuses what is no share that an objective can have; no share is none.
create or replace function firsttoken.check_share(share jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if not (case jsonb_typeof(share)
      when 'number' then share::numeric > 0.5 and share::numeric < 1 else share is null end) then
    raise exception using errcode = '22023',
      message = format('%s must be a share such as 0.99: above 0.5 and below 1', what);
  end if;
end $$;

-- Objectives with those that are given instead; one that is null is taken away. Null if none is left.
create or replace function firsttoken.merge_slo(slo jsonb, given jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when merged.slo ?| array['availability', 'ttft', 'latency'] then merged.slo end
  from (select jsonb_strip_nulls(coalesce(merge_slo.slo, '{}') || given) as slo) merged
$$;

alter table public.targets
  drop constraint if exists targets_slo_check,
  add constraint targets_slo_check check (firsttoken.check_slo(slo));

-- The lower end of Wilson's interval (1927), with 95 % confidence, for the share of n that is good; null of
-- none.
create or replace function firsttoken.wilson_low(n integer, bad integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select (1 - share + z ^ 2 / (2 * total) - z * sqrt(share * (1 - share) / total + z ^ 2 / (4 * total ^ 2)))
    / (1 + z ^ 2 / total)
  from (select 1.959963984540054::double precision as z, nullif(n, 0)::double precision as total) sample
    cross join lateral (select bad / total as share) of_bad
$$;

-- What counts for each objective of a target in a region, and what of that was bad: in n_days, 24 hours and 7
-- days, each of whole hours and the one that has begun, and since which hour. For availability these are
-- checks, as for uptime; for a timing the samples, bad if slower than within_ms: a failure is none, for it
-- counts for availability. Series are added up. From rollups, whose samples are exact to seven digits.
create or replace function firsttoken.count_objectives(target_id uuid, region text, slo jsonb, n_days integer)
returns table (objective text, share numeric, within_ms integer, n integer, bad integer, n_24h integer,
  bad_24h integer, since_24h timestamptz, n_7d integer, bad_7d integer, since_7d timestamptz)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  this_hour constant timestamptz := date_trunc('hour', now());
  day_ago constant timestamptz := this_hour - interval '24 hours';
  week_ago constant timestamptz := this_hour - interval '168 hours';
begin
  return query
  select o.objective, o.share, o.within_ms, coalesce(sum(c.n), 0)::integer, coalesce(sum(c.bad), 0)::integer,
    coalesce(sum(c.n) filter (where c.bucket >= day_ago), 0)::integer,
    coalesce(sum(c.bad) filter (where c.bucket >= day_ago), 0)::integer,
    min(c.bucket) filter (where c.bucket >= day_ago and c.bad > 0),
    coalesce(sum(c.n) filter (where c.bucket >= week_ago), 0)::integer,
    coalesce(sum(c.bad) filter (where c.bucket >= week_ago), 0)::integer,
    min(c.bucket) filter (where c.bucket >= week_ago and c.bad > 0)
  from (values
      (1, 'availability', (slo ->> 'availability')::numeric, null::integer),
      (2, 'ttft', (slo #>> '{ttft,share}')::numeric, (slo #>> '{ttft,within_ms}')::integer),
      (3, 'latency', (slo #>> '{latency,share}')::numeric, (slo #>> '{latency,within_ms}')::integer)
    ) o (position, objective, share, within_ms)
    left join lateral (
      select h.bucket,
        case when o.within_ms is null then h.n_ok + h.n_provider else cardinality(timed.samples) end as n,
        case when o.within_ms is null then h.n_provider - h.n_cleared
          else cardinality(timed.samples) - width_bucket(o.within_ms::real, timed.samples) end as bad
      from public.tracks k
        join public.rollups_hourly h on h.track_id = k.id
          and h.bucket >= this_hour - n_days * interval '24 hours'
        cross join lateral (
          select case o.objective when 'ttft' then h.ttft else h.latency end as samples) timed
      where k.target_id = count_objectives.target_id
        and k.region is not distinct from count_objectives.region
    ) c on true
  where o.share is not null
  group by o.position, o.objective, o.share, o.within_ms
  order by o.position;
end $$;

-- How each objective of a target fares in each region where it was called in its window: n counted, bad of
-- them; budget, how many may be bad, and which share of that is left, below 0 if it is overspent; how many
-- times as fast as it allows the budget was spent in 24 hours and 7 days; good_percent, rounded down; the
-- share of good ones that is proven with 95 % confidence, and what as many would prove if none were bad, so
-- that below the objective nobody can say that it was kept; and how many that takes.
create or replace view public.slo_status with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, c.objective,
    c.share::double precision as share, c.within_ms, w.days, c.n, c.bad,
    floor(10000.0 * (c.n - c.bad) / nullif(c.n, 0)) / 100 as good_percent,
    ((1 - c.share) * c.n)::double precision as budget,
    (1 - c.bad / nullif((1 - c.share) * c.n, 0))::double precision as budget_left,
    c.n_24h, c.bad_24h, (c.bad_24h / nullif((1 - c.share) * c.n_24h, 0))::double precision as burn_24h,
    c.n_7d, c.bad_7d, (c.bad_7d / nullif((1 - c.share) * c.n_7d, 0))::double precision as burn_7d,
    firsttoken.wilson_low(c.n, c.bad) as proven, firsttoken.wilson_low(c.n, 0) as provable,
    -- n / (n + z ^ 2) is what n of n prove.
    ceil(3.841458820694124 * c.share / (1 - c.share))::integer as n_needed
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (select coalesce((t.slo ->> 'days')::integer, 30) as days) w
    left join lateral (
      select distinct k.region from public.tracks k
      where k.target_id = t.id and exists (
        select from public.rollups_hourly h
        where h.track_id = k.id
          and h.bucket >= date_trunc('hour', now(), 'UTC') - w.days * interval '24 hours')) r on true
    cross join lateral firsttoken.count_objectives(t.id, r.region, t.slo, w.days) c
  where t.slo is not null;

-- in: {target_id, provider, model, region: each or null}. out: {rows}: slo_status with the short names of
-- providers.
create or replace function public.list_objectives(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  only_target constant uuid := input ->> 'target_id';
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_region constant text := input ->> 'region';
begin
  perform firsttoken.check_keys(input, 'list_objectives', array['target_id', 'provider', 'model', 'region']);
  return (
    select jsonb_build_object('rows', coalesce(jsonb_agg(
        to_jsonb(s) || jsonb_build_object('provider', p.slug)
        order by p.slug, s.model, s.target_id, s.region,
          array_position(array['availability', 'ttft'], s.objective)), '[]'))
    from public.slo_status s
      join public.targets t on t.id = s.target_id
      join public.providers p on p.id = t.provider_id
    where (only_target is null or s.target_id = only_target)
      and (only_provider is null or p.slug = only_provider)
      and (only_model is null or s.model = only_model) and (only_region is null or s.region = only_region));
end $$;

-- ---- 64_alert_inputs.sql

-- What the rules of alerts judge of targets: their last results, what is usual, and what is open.

-- The numbers of rules that are set, by kind.
create or replace function firsttoken.alert_rules() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_object_agg(r.kind, r.thresholds), '{}') from public.alert_rules r
$$;

create or replace function firsttoken.target_scope(target_id uuid, region text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'target/' || target_id || '/' || coalesce(region, '')
$$;

-- What is known of scopes themselves: how far each is evaluated, its open incidents, and by kind what was
-- before: how often it opened in 24 hours, and the last end of these 30 days.
create or replace function firsttoken.watch(scopes text[])
returns table (scope text, version integer, evaluated_until timestamptz, open jsonb, past jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
  select s.scope, coalesce(e.version, 0), e.evaluated_until,
    (
      select coalesce(jsonb_agg(to_jsonb(i) order by i.kind), '[]') from public.incidents i
      where i.scope = s.scope and i.resolved_at is null),
    (
      select coalesce(jsonb_object_agg(p.kind, jsonb_build_object('opened', p.opened, 'last', p.last)), '{}')
      from (
        select i.kind, count(*) filter (where i.opened_at > now() - interval '24 hours') as opened,
          (array_agg(jsonb_build_object('resolved_at', i.resolved_at, 'reason', i.resolve_reason,
            'severity', i.severity) order by i.resolved_at desc) filter (where i.resolved_at is not null))[1]
            as last
        from public.incidents i
        where i.scope = s.scope and (i.resolved_at is null or i.resolved_at > now() - interval '30 days')
        group by i.kind) p)
  from (select distinct unnest(scopes) as scope) s
    left join public.alert_states e on e.scope = s.scope;
end $$;

-- The samples that rules look at, latest first: first attempts of scheduled runs that succeeded and were
-- timed well.
create or replace function firsttoken.last_samples(target_id uuid, region text, most integer)
returns table (at timestamptz, series text, ttft_ms double precision, latency_ms double precision,
  tps double precision, output_tokens integer)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select b.created_at, b.series, b.ttft_ms, b.total_latency_ms, b.tps, b.output_tokens
  from public.benchmark_results b
  where b.target_id = last_samples.target_id and b.region is not distinct from last_samples.region
    and b.level is null and b.success and b.confirms is null and b.timing_quality = 'ok'
    and b.series is not null and not (b.own_load or b.warmup or b.maintenance)
    and b.created_at > now() - interval '14 days' and b.created_at < 'infinity'
    and (select r.mode = 'scheduled' from public.runs r where r.id = b.run_id)
  order by b.created_at desc limit most;
end $$;

-- What is usual for tracks: percentiles of their samples from 15 days ago until a day ago, by the hour and
-- without the hours in which `slow` was open. A person who resolves that by hand accepts it as usual: what
-- was before it began counts no more, and what was meanwhile does.
create or replace function firsttoken.compute_baselines(tracks integer[], scopes text[])
returns setof public.baselines
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  with hours as materialized (
    select d.track_id, h.bucket, h.ttft, h.latency, h.tps
    from unnest(tracks, scopes) d (track_id, scope)
      left join lateral (
        select i.first_bad_at from public.incidents i
        where i.scope = d.scope and i.kind = 'slow' and i.resolve_reason = 'by_hand'
        order by i.resolved_at desc limit 1) accepted on true
      join public.rollups_hourly h on h.track_id = d.track_id
        and h.bucket >= date_trunc('hour', greatest(now() - interval '15 days', accepted.first_bad_at), 'UTC')
        and h.bucket < date_trunc('hour', now() - interval '1 day', 'UTC')
    where not exists (
      select from public.incidents i
      where i.scope = d.scope and i.kind = 'slow' and i.resolve_reason is distinct from 'by_hand'
        and i.first_bad_at < h.bucket + interval '1 hour' and coalesce(i.resolved_at, now()) >= h.bucket)
  ), counted as (
    select h.track_id, m.metric, sum(m.n)::integer as n,
      count(distinct date_trunc('day', h.bucket, 'UTC')) filter (where m.n > 0)::integer as days
    from hours h cross join lateral (values
      ('ttft', cardinality(h.ttft)), ('latency', cardinality(h.latency)), ('tpot', cardinality(h.tps))
    ) m (metric, n)
    group by h.track_id, m.metric
  ), measured as (
    select s.track_id,
      percentile_cont(array[0.5, 0.95]) within group (order by s.ttft) as ttft,
      percentile_cont(array[0.5, 0.95]) within group (order by s.latency) as latency,
      percentile_cont(array[0.5, 0.95]) within group (order by 1000 / nullif(s.tps, 0)) as tpot
    from (
      select h.track_id, unnest(h.ttft)::double precision as ttft,
        unnest(h.latency)::double precision as latency, unnest(h.tps)::double precision as tps
      from hours h) s
    group by s.track_id
  )
  select d.track_id, w.metric, now(), coalesce(c.n, 0), coalesce(c.days, 0), p.both[1], p.both[2]
  from (select distinct unnest(tracks) as track_id) d
    cross join unnest(array['ttft', 'latency', 'tpot']) w (metric)
    left join counted c on c.track_id = d.track_id and c.metric = w.metric
    left join measured m on m.track_id = d.track_id
    cross join lateral (
      select case w.metric when 'ttft' then m.ttft when 'latency' then m.latency else m.tpot end as both) p;
end $$;

-- Computes baselines of tracks anew: those that there are none of, or that are older than what a person
-- accepted, then those that are older than an hour. 50 at most, for each takes some milliseconds; what is
-- left comes next time, and two weeks have not changed much until then.
create or replace function firsttoken.renew_baselines(tracks integer[], scopes text[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  old_tracks integer[];
  old_scopes text[];
begin
  select array_agg(d.track_id), array_agg(d.scope) into old_tracks, old_scopes
    from (
      select w.track_id, w.scope
      from unnest(tracks, scopes) w (track_id, scope)
        left join public.baselines b on b.track_id = w.track_id and b.metric = 'ttft'
          and not exists (
            select from public.incidents i
            where i.scope = w.scope and i.resolve_reason = 'by_hand' and i.resolved_at >= b.computed_at)
      where w.track_id is not null and coalesce(b.computed_at < now() - interval '1 hour', true)
      order by b.computed_at nulls first limit 50) d;
  if old_tracks is not null then
    insert into public.baselines
      select c.* from firsttoken.compute_baselines(old_tracks, old_scopes) c order by c.track_id, c.metric
      on conflict (track_id, metric) do update set computed_at = excluded.computed_at, n = excluded.n,
        days = excluded.days, p50 = excluded.p50, p95 = excluded.p95;
  end if;
end $$;

-- The targets and regions to be evaluated, those that wait longest first: of one target if it is named, else
-- of all that are benchmarked and have results that were not evaluated. latest_at: of the latest of these
-- 14 days.
create or replace function firsttoken.find_alert_scopes(only_target uuid, only_region text, most integer)
returns table (target_id uuid, region text, scope text, latest_at timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select t.id, k.region, s.scope, latest.created_at
  from unnest(case when only_target is not null then array[only_target]
      else array(select a.id from public.targets a where a.active) end) t (id)
    cross join lateral (select distinct k.region from public.tracks k where k.target_id = t.id) k
    cross join lateral (select firsttoken.target_scope(t.id, k.region) as scope) s
    left join public.alert_states e on e.scope = s.scope
    left join lateral (
      select b.created_at from public.benchmark_results b
      where b.target_id = t.id and b.region is not distinct from k.region and b.level is null
        and b.created_at < 'infinity' and b.created_at > case
          when only_target is null then greatest(e.evaluated_until, now() - interval '14 days')
          else now() - interval '14 days' end
      order by b.created_at desc limit 1) latest on true
  where case when only_target is null then latest.created_at is not null
      else only_region is null or k.region = only_region end
  order by e.evaluated_until nulls first, t.id, k.region
  limit most;
end $$;

-- in: {target_id, region, limit: each or null}. out: {now, rules, rows, more}: what is known of a target in a
-- region, of a target everywhere, or of all that have results which were not evaluated; src/alerts/window.ts
-- has the fields. version and evaluated_until are for apply_transitions. more: the limit left some out; once
-- the others are evaluated, they are next. Baselines are renewed on the way. Planned once: planning takes as
-- long as reading.
create or replace function public.read_alert_inputs(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_generic_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  targets uuid[];
  regions text[];
  scopes text[];
  moments timestamptz[];
  tracks integer[];
  n_found integer;
  rows jsonb;
begin
  perform firsttoken.check_keys(input, 'read_alert_inputs', array['target_id', 'region', 'limit']);
  select array_agg(f.target_id), array_agg(f.region), array_agg(f.scope), array_agg(f.latest_at),
      array_agg(track.id)
    into targets, regions, scopes, moments, tracks
    from firsttoken.find_alert_scopes((input ->> 'target_id')::uuid, input ->> 'region', page_size + 1) f
      left join lateral firsttoken.last_samples(f.target_id, f.region, 1) latest on true
      left join lateral (
        select k.id from public.tracks k
        where k.target_id = f.target_id and k.region is not distinct from f.region
          and k.series = latest.series
        order by k.id desc limit 1) track on true;
  n_found := coalesce(cardinality(targets), 0);
  perform firsttoken.renew_baselines(tracks[:page_size], scopes[:page_size]);
  with found_scopes as (
    select f.* from unnest(targets[:page_size], regions[:page_size], scopes[:page_size], moments[:page_size],
      tracks[:page_size]) with ordinality f (target_id, region, scope, latest_at, track_id, position)
  ), health as materialized (
    select h.target_id, h.region, h.state, h.since from public.target_health h
    where h.target_id = any (targets[:page_size])
  ), watched as materialized (
    select w.* from firsttoken.watch(scopes[:page_size]) w
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'scope', f.scope, 'version', w.version,
      'evaluated_until', coalesce(f.latest_at, w.evaluated_until, now()),
      'subject', jsonb_build_object(
        'provider', p.slug, 'model', m.name, 'target_id', f.target_id, 'region', f.region),
      'open', w.open, 'past', w.past, 'state', coalesce(h.state, 'stale'), 'since', h.since,
      'last_check_at', firsttoken.last_check_at(f.target_id, f.region),
      'first_check_at', firsttoken.first_check_at(f.target_id, f.region),
      'interval_ms', pace.ms,
      'checks', seen.checks, 'attempts', seen.attempts, 'samples', seen.samples,
      'baseline', usual.by_metric, 'limits', coalesce(t.limits, '{}'),
      'objectives', case when t.slo is null then '[]'
        else firsttoken.objective_inputs(f.target_id, f.region, t.slo) end) order by f.position), '[]')
    into rows
    from found_scopes f
      join public.targets t on t.id = f.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      join watched w on w.scope = f.scope
      left join health h on h.target_id = f.target_id and h.region is not distinct from f.region
      left join lateral (
        select extract(epoch from firsttoken.check_interval(s.late_at - s.slot,
            greatest(t.every_minutes, t.thinned_minutes))) * 1000 as ms
        from public.runs s
        where s.slot is not null and s.late_at is not null order by s.started_at desc limit 1) pace on true
      cross join lateral firsttoken.last_seen(f.target_id, f.region) seen
      cross join lateral (
        select coalesce(jsonb_object_agg(b.metric, jsonb_build_object(
            'n', b.n, 'days', b.days, 'p50', b.p50, 'p95', b.p95)), '{}') as by_metric
        from public.baselines b where b.track_id = f.track_id and b.n > 0) usual;
  return jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(), 'rows', rows,
    'more', n_found > page_size);
end $$;

-- What judging objectives of a target in a region takes: their last 24 hours and 7 days.
create or replace function firsttoken.objective_inputs(target_id uuid, region text, slo jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('objective', c.objective, 'share', c.share, 'within_ms', c.within_ms,
      'day', jsonb_build_object('n', c.n_24h, 'bad', c.bad_24h, 'since', c.since_24h),
      'week', jsonb_build_object('n', c.n_7d, 'bad', c.bad_7d, 'since', c.since_7d)))
    from firsttoken.count_objectives(target_id, region, slo, 7) c);
end $$;

-- The last check of a target in a region, also one that was made in maintenance.
create or replace function firsttoken.last_check_at(target_id uuid, region text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select b.created_at from public.benchmark_results b
    where b.target_id = last_check_at.target_id and b.region is not distinct from last_check_at.region
      and b.level is null and b.confirms is null and not (b.own_load or b.warmup)
      and (b.success or b.fault_domain = 'provider') and b.created_at < 'infinity'
      and b.created_at > now() - interval '14 days'
    order by b.created_at desc limit 1);
end $$;

-- The hour of the first check of a target in a region, however long ago.
create or replace function firsttoken.first_check_at(target_id uuid, region text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select min(first_hour.bucket) from public.tracks k
      cross join lateral (
        select h.bucket from public.rollups_hourly h
        where h.track_id = k.id and h.n_ok + h.n_provider > 0 order by h.bucket limit 1) first_hour
    where k.target_id = first_check_at.target_id and k.region is not distinct from first_check_at.region);
end $$;

-- The last results of a target in a region, of these 14 days: 12 checks, 24 first attempts, 24 samples.
create or replace function firsttoken.last_seen(target_id uuid, region text)
returns table (checks jsonb, attempts jsonb, samples jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
  select (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from (
        select c.created_at as at, c.ok, c.error_kind from public.checks c
        where c.target_id = last_seen.target_id and c.region is not distinct from last_seen.region
          and c.created_at > now() - interval '14 days' and c.created_at < 'infinity'
        order by c.created_at desc limit 12) s),
    (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from (
        select b.created_at as at, b.success, b.fault_domain, b.error_kind from public.benchmark_results b
        where b.target_id = last_seen.target_id and b.region is not distinct from last_seen.region
          and b.level is null and b.confirms is null and not (b.own_load or b.warmup or b.maintenance)
          and b.created_at > now() - interval '14 days' and b.created_at < 'infinity'
        order by b.created_at desc limit 24) s),
    (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from firsttoken.last_samples(last_seen.target_id, last_seen.region, 24) s);
end $$;

-- ---- 65_system_inputs.sql

-- What the rules of alerts judge of providers, models and the installation, and of targets day by day.

-- in: {provider: slug or null for all}. out: {now, rules, rows}: providers with the state of each of their
-- targets in each region, and its open incident of kind down.
create or replace function public.read_provider_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets constant uuid[] := array(
    select t.id from public.targets t join public.providers p on p.id = t.provider_id
    where t.active is not null and p.slug is not null
      and (input ->> 'provider' is null or p.slug = input ->> 'provider'));
begin
  perform firsttoken.check_keys(input, 'read_provider_inputs', array['provider']);
  return (
    with seen as materialized (
      select p.slug, h.target_id, h.model, h.region, h.state, h.since,
        firsttoken.target_scope(h.target_id, h.region) as scope
      from public.target_health h
        join public.targets t on t.id = h.target_id
        join public.providers p on p.id = t.provider_id
      where h.target_id = any (targets)
    ), grouped as (
      select s.slug, jsonb_agg(jsonb_build_object('scope', s.scope, 'target_id', s.target_id,
          'model', s.model, 'state', s.state, 'since', s.since, 'down', to_jsonb(i)) order by s.scope)
        as targets
      from seen s left join public.incidents i
        on i.scope = s.scope and i.kind = 'down' and i.resolved_at is null
      group by s.slug
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select 'provider/' || g.slug from grouped g)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', w.scope, 'version', w.version, 'evaluated_until', now(),
        'subject', jsonb_build_object(
          'provider', g.slug, 'model', null, 'target_id', null, 'region', null),
        'open', w.open, 'past', w.past, 'targets', g.targets) order by g.slug), '[]'))
    from grouped g join watched w on w.scope = 'provider/' || g.slug);
end $$;

-- in: {schedule, host}. out: {now, rules, scope, version, evaluated_until, subject, open, past,
-- last_finished_at, last_run: {id, finished_at, own_outage} or null, spent: {day, month: {since, usd}},
-- calibration: {at, host, p99_ms} or null}: the installation. last_run: the last scheduled one that finished,
-- and why it does not count; one in which nothing succeeded, as if no target was due, says nothing of our
-- network, unless that was to blame. calibration: the latest of this host at concurrency 1.
create or replace function public.read_system_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  today constant date := now()::date;
  this_month constant date := date_trunc('month', now())::date;
  watched record;
begin
  perform firsttoken.check_keys(input, 'read_system_inputs', array['schedule', 'host']);
  select * into strict watched from firsttoken.watch(array['system']);
  return jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(), 'scope', 'system',
    'version', watched.version, 'evaluated_until', now(),
    'subject', jsonb_build_object('provider', null, 'model', null, 'target_id', null, 'region', null),
    'open', watched.open, 'past', watched.past,
    'last_finished_at', firsttoken.last_finished_at(input ->> 'schedule'),
    'last_run', (
      select jsonb_build_object('id', r.id, 'finished_at', r.finished_at, 'own_outage', r.status_reason)
      from public.runs r
      where r.schedule = input ->> 'schedule' and r.status = 'finished' and r.finished_at is not null
        and (r.n_succeeded > 0 or r.status_reason is not null)
      order by r.finished_at desc limit 1),
    'spent', (
      select jsonb_build_object(
        'day', jsonb_build_object('since', today::timestamptz,
          'usd', coalesce(sum(s.usd) filter (where s.day = today), 0)),
        'month', jsonb_build_object('since', this_month::timestamptz, 'usd', coalesce(sum(s.usd), 0)))
      from public.spending s where s.day >= this_month),
    'calibration', (
      select jsonb_build_object('at', c.created_at, 'host', c.host,
        'p99_ms', greatest(c.ttft_p99_ms, c.chunk_p99_ms))
      from public.calibrations c where c.host = input ->> 'host' and c.concurrency = 1
      order by c.created_at desc limit 1));
end $$;

-- The last saved sync of a provider, and what it changed in the price of a model; a person's price is none of
-- its business.
create or replace function firsttoken.describe_last_sync(provider_id uuid, model_id uuid, name text)
returns table (last_sync jsonb, price_change jsonb)
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('id', s.id, 'at', s.finished_at), (
      select jsonb_build_object('at', s.finished_at,
        'before', jsonb_build_object('input_per_m', each #> '{before,input_per_m}',
          'output_per_m', each #> '{before,output_per_m}'),
        'after', jsonb_build_object('input_per_m', each #> '{price,input_per_m}',
          'output_per_m', each #> '{price,output_per_m}'),
        'source', each #>> '{price,source}')
      from jsonb_array_elements(s.details -> 'prices') each
      where each ->> 'model' = describe_last_sync.name and jsonb_typeof(each -> 'before') = 'object'
        and coalesce((public.latest_price(describe_last_sync.model_id)).source, 'manual') <> 'manual'
      limit 1)
  from public.syncs s
  where s.provider_id = describe_last_sync.provider_id and s.status = 'saved'
  order by s.started_at desc limit 1
$$;

-- in: {provider: slug or null for all}. out: {now, rules, rows}: models that an active target is of, or that
-- have an open incident: has_active_target; missed_syncs, saved ones in a row that lacked it after it had
-- been listed; last_sync; price_change or null; answers: which model the last 48 answers named, over all
-- targets.
create or replace function public.read_model_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
begin
  perform firsttoken.check_keys(input, 'read_model_inputs', array['provider']);
  return (
    with found_models as materialized (
      select m.id, m.name, m.provider_id, m.available, m.left_at, p.slug, 'model/' || m.id as scope,
        exists (select from public.targets t where t.model_id = m.id and t.active) as has_active_target
      from public.models m join public.providers p on p.id = m.provider_id
      where (input ->> 'provider' is null or p.slug = input ->> 'provider') and (
        m.id in (select t.model_id from public.targets t where t.active)
        or 'model/' || m.id in (select i.scope from public.incidents i where i.resolved_at is null))
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select f.scope from found_models f)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', f.scope, 'version', w.version, 'evaluated_until', now(),
        'subject', jsonb_build_object(
          'provider', f.slug, 'model', f.name, 'target_id', null, 'region', null),
        'open', w.open, 'past', w.past, 'has_active_target', f.has_active_target,
        'missed_syncs', case when f.available or f.left_at is null then 0 else (
          -- That which found it missing ended before it was saved.
          select 1 + count(*) from public.syncs s
          where s.provider_id = f.provider_id and s.status = 'saved' and s.started_at > f.left_at) end,
        'last_sync', synced.last_sync, 'price_change', synced.price_change,
        'answers', (
          select coalesce(jsonb_agg(jsonb_build_object('at', a.created_at,
            'response_model', a.response_model) order by a.created_at desc), '[]')
          from (
            select b.created_at, b.response_model
            from public.targets t
              cross join lateral (
                select r.created_at, r.response_model from public.benchmark_results r
                where r.target_id = t.id and r.level is null and r.success and r.confirms is null
                  and r.response_model is not null and r.created_at > now() - interval '14 days'
                  and r.created_at < 'infinity'
                order by r.created_at desc limit 48) b
            where t.model_id = f.id
            order by b.created_at desc limit 48) a)) order by f.slug, f.name), '[]'))
    from found_models f
      join watched w on w.scope = f.scope
      left join lateral firsttoken.describe_last_sync(f.provider_id, f.id, f.name) synced on true);
end $$;

-- in: {after: next of the page before or null, limit}. out: {now, rules, rows, next}: active targets in each
-- of their regions: the medians of the last 45 days that are over, of the series of the latest sample. A
-- page is of so many targets.
create or replace function public.read_drift_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 100, 500);
  today constant timestamptz := date_trunc('day', now());
  targets uuid[];
begin
  perform firsttoken.check_keys(input, 'read_drift_inputs', array['after', 'limit']);
  targets := array(
    select t.id from public.targets t
    where t.active and (input ->> 'after' is null or t.id > (input ->> 'after')::uuid)
    order by t.id limit page_size + 1);
  return (
    with health as materialized (
      select h.target_id, h.region, h.state, firsttoken.target_scope(h.target_id, h.region) as scope
      from public.target_health h
      where h.target_id = any (targets[:page_size]) and h.state <> 'unknown'
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select h.scope from health h)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'next', case when cardinality(targets) > page_size then targets[page_size]::text end,
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', h.scope, 'version', w.version, 'evaluated_until', coalesce(w.evaluated_until, now()),
        'subject', jsonb_build_object(
          'provider', p.slug, 'model', m.name, 'target_id', h.target_id, 'region', h.region),
        'open', w.open, 'past', w.past, 'state', h.state,
        'first_check_at', firsttoken.first_check_at(h.target_id, h.region),
        'series', latest.series, 'days', daily.medians) order by h.scope), '[]'))
    from health h
      join watched w on w.scope = h.scope
      join public.targets t on t.id = h.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      left join lateral firsttoken.last_samples(h.target_id, h.region, 1) latest on true
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('day', s.bucket, 'n', cardinality(s.latency),
            'ttft_ms', firsttoken.percentile_of(s.ttft, 0.5),
            'latency_ms', firsttoken.percentile_of(s.latency, 0.5),
            'tpot_ms', 1000 / nullif(firsttoken.percentile_of(s.tps, 0.5), 0)) order by s.bucket), '[]')
          as medians
        from public.tracks k
          join public.samples_daily s on s.track_id = k.id
            and s.bucket >= today - 45 * interval '24 hours' and s.bucket < today
        where k.target_id = h.target_id and k.region is not distinct from h.region
          and k.series = latest.series) daily);
end $$;

-- ---- 66_official_status.sql

-- What providers say of themselves: asking their status pages in turn, and who said first that something is
-- wrong.

-- in: {providers: [slug], min_age_ms}. out: {rows: [{provider, validators}]}: those of the given ones that
-- are benchmarked and that nobody asked for so long; they are now this caller's. Of two that ask at once, one
-- gets a provider.
create or replace function public.claim_official_statuses(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  claimed jsonb;
begin
  perform firsttoken.check_keys(input, 'claim_official_statuses', array['providers', 'min_age_ms']);
  with due as (
    insert into public.official_statuses as s (provider, claimed_at)
    select p.slug, now() from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers')) and not p.synthetic
      and exists (select from public.targets t where t.provider_id = p.id and t.active)
    order by p.slug
    on conflict (provider) do update set claimed_at = now()
      where s.claimed_at <= now() - make_interval(secs => (input ->> 'min_age_ms')::double precision / 1000)
    returning s.provider, s.validators
  )
  select coalesce(jsonb_agg(to_jsonb(d) order by d.provider), '[]') into claimed from due d;
  return jsonb_build_object('rows', claimed);
end $$;

-- in: {provider, indicator, summary, incidents: [{external_id, name, impact, status, started_at,
-- resolved_at, page_url, components}], maintenances, validators}, {provider, unchanged: true} if the page
-- says that nothing changed, or {provider, error} if it said nothing that can be believed. out: {opened}: how
-- many incidents are new. An open incident that a page no longer lists is over.
create or replace function public.save_official_status(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  of_provider constant text := input ->> 'provider';
  known public.official_statuses;
  opened integer;
begin
  perform firsttoken.check_keys(input, 'save_official_status', array['provider', 'indicator', 'summary',
    'incidents', 'maintenances', 'validators', 'unchanged', 'error']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  insert into public.official_statuses (provider, claimed_at) values (of_provider, now())
    on conflict (provider) do nothing;
  select s.* into known from public.official_statuses s where s.provider = of_provider for no key update;
  if input ->> 'error' is not null then
    -- Without validators, the next answer is a whole one.
    update public.official_statuses s
      set checked_at = now(), error = input ->> 'error', validators = '{}' where s.provider = of_provider;
    return jsonb_build_object('opened', 0);
  end if;
  update public.official_statuses s
    set checked_at = now(), ok_at = now(), error = null
    where s.provider = of_provider;
  if (input ->> 'unchanged')::boolean then
    return jsonb_build_object('opened', 0);
  end if;
  update public.official_statuses s
    set indicator = input ->> 'indicator', summary = input ->> 'summary',
      maintenances = input -> 'maintenances', validators = input -> 'validators'
    where s.provider = of_provider;
  with given as (
    select g ->> 'external_id' as external_id, g ->> 'name' as name, g ->> 'impact' as impact,
      g ->> 'status' as status, (g ->> 'started_at')::timestamptz as started_at,
      (g ->> 'resolved_at')::timestamptz as resolved_at, g ->> 'page_url' as page_url,
      array(select jsonb_array_elements_text(g -> 'components')) as components
    from jsonb_array_elements(input -> 'incidents') g
  ), saved as (
    insert into public.official_incidents as o (provider, external_id, name, impact, status, started_at,
      not_seen_at, resolved_at, page_url, components)
    select of_provider, g.external_id, g.name, g.impact, g.status, g.started_at, known.ok_at, g.resolved_at,
      g.page_url, g.components
    from given g order by g.external_id
    on conflict (provider, external_id) do update set name = excluded.name, impact = excluded.impact,
      status = excluded.status, started_at = excluded.started_at, resolved_at = excluded.resolved_at,
      page_url = excluded.page_url, components = excluded.components
    returning o.first_seen_at = now() as is_new
  ), gone as (
    update public.official_incidents o set resolved_at = now(), status = 'resolved'
    where o.provider = of_provider and o.resolved_at is null
      and o.external_id not in (select g.external_id from given g)
  )
  select count(*) filter (where s.is_new) into opened from saved s;
  return jsonb_build_object('opened', opened);
end $$;

-- out: {rows: [{provider, indicator, summary, error, checked_at, ok_at, maintenances, incidents: open
-- ones, latest first}]}, by provider. An answer that is older than 30 minutes is none.
create or replace function public.list_official_statuses(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_official_statuses', array[]::text[]);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'provider', s.provider,
        'indicator', case when o.is_fresh then s.indicator else 'unknown' end,
        'summary', case when o.is_fresh then s.summary end,
        'error', s.error, 'checked_at', s.checked_at, 'ok_at', s.ok_at,
        'maintenances', case when o.is_fresh then s.maintenances else '[]' end,
        'incidents', (
          select coalesce(jsonb_agg(to_jsonb(i) - array['provider', 'not_seen_at', 'resolved_at']
            order by i.started_at desc, i.external_id), '[]')
          from public.official_incidents i
          where i.provider = s.provider and i.resolved_at is null and o.is_fresh)
      ) order by s.provider), '[]')
    from public.official_statuses s
      cross join lateral (select coalesce(s.ok_at > now() - interval '30 minutes', false) as is_fresh) o
    where s.checked_at is not null));
end $$;

-- Who said first that something was wrong with a provider: each incident of ours beside the incident of the
-- provider that overlaps it and began closest to it, at most 6 hours before. lead: how long after us they
-- published it, negative if they did before us; null if that was not watched, which needs a look at their
-- page within the 30 minutes before. claimed_lead: the same by the moment that they say it began.
create or replace view public.official_leads with (security_invoker = true) as
  select i.provider, i.kind, i.severity, i.model, i.first_bad_at, i.opened_at, i.resolved_at,
    o.name as their_name, o.impact as their_impact, o.started_at as their_started_at,
    o.first_seen_at as their_first_seen_at, o.resolved_at as their_resolved_at,
    case when o.not_seen_at >= o.first_seen_at - interval '30 minutes'
      then o.first_seen_at - i.opened_at end as lead,
    o.started_at - i.opened_at as claimed_lead, o.page_url as their_url, o.external_id, i.id as incident_id
  from public.incidents i
    cross join lateral (
      select o.* from public.official_incidents o
      where o.provider = i.provider
        and o.started_at >= i.first_bad_at - interval '6 hours'
        and o.started_at <= coalesce(i.resolved_at, now())
        and coalesce(o.resolved_at, now()) >= i.first_bad_at
      order by abs(extract(epoch from o.started_at - i.first_bad_at)), o.external_id limit 1) o
  where i.kind in ('down', 'errors', 'provider_wide') and not i.shadow;

-- ---- 66_weeks.sql

-- What changed in a week (ISO 8601, UTC): what a digest tells. Real and synthetic targets are never together.

-- The Monday of a week by its name, 2026-W48.
create or replace function firsttoken.week_start(week text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
declare
  monday date;
begin
  if week ~ '^[12]\d{3}-W(0[1-9]|[1-4]\d|5[0-3])$' then
    monday := to_date(week, 'IYYY"-W"IW');
  end if;
  -- Most years have no week 53.
  if monday is null or to_char(monday, 'IYYY"-W"IW') <> week then
    raise exception using errcode = '22023',
      message = format('week must be one such as 2026-W48, not %s', coalesce(week, 'missing'));
  end if;
  return monday::timestamp at time zone 'UTC';
end $$;

-- What was wrong: {opened, open, down_s, worst}. Counted is what is minor or worse, and told: opened in the
-- week, and open at its end. down_s: how long at least one target was down. worst: the incident that is to be
-- named, null if there is none.
create or replace function firsttoken.incidents_of_week(since timestamptz, until timestamptz,
  synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with seen as materialized (
    select i.*, bad.began_at, greatest(bad.began_at, bad.ended_at) as ended_at
    from public.incidents i
      cross join lateral (
        select greatest(i.first_bad_at, since) as began_at,
          least(coalesce(i.resolved_at, now()), until) as ended_at) bad
    where i.opened_at < until and coalesce(i.resolved_at, 'infinity') >= since and not i.shadow
      and not exists (
        select from public.providers p
        where coalesce(p.slug, p.name) = i.provider and p.synthetic <> incidents_of_week.synthetic)
  ), told as (
    select s.* from seen s where s.severity <> 'info' and s.parent_id is null
  )
  select jsonb_build_object(
    'opened', (select count(*) from told t where t.opened_at >= since),
    'open', (select count(*) from told t where coalesce(t.resolved_at, 'infinity') >= least(until, now())),
    'down_s', (
      select coalesce(round(extract(epoch from sum(upper(r) - lower(r)))), 0)::integer
      from (
        select unnest(range_agg(tstzrange(s.began_at, s.ended_at))) as r
        from seen s where s.kind in ('down', 'provider_wide')) down),
    'worst', (
      select jsonb_build_object('kind', t.kind, 'severity', t.severity, 'provider', t.provider,
        'model', t.model, 'region', t.region, 'first_bad_at', t.first_bad_at, 'resolved_at', t.resolved_at,
        'lasts_s', round(extract(epoch from t.ended_at - t.began_at))::integer)
      from told t
      order by firsttoken.severity_rank(t.severity) desc, t.ended_at - t.began_at desc, t.id limit 1))
$$;

-- Checks: {n_checks, n_failed, n_silent, silent, worst}. silent: active targets without a check; worst: those
-- that failed, the lowest uptime first. Of each list the first five.
create or replace function firsttoken.uptime_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with checked as materialized (
    select k.target_id, k.provider, k.model, k.region, sum(d.n_ok + d.n_provider)::integer as n_checks,
      sum(d.n_provider - d.n_cleared)::integer as n_failed
    from public.rollups_daily d join public.tracks k on k.id = d.track_id
    where d.bucket >= since and d.bucket < until and k.synthetic = uptime_of_week.synthetic
      and d.n_ok + d.n_provider > 0
    group by k.target_id, k.provider, k.model, k.region
  ), silent as materialized (
    select p.slug as provider, m.name as model, t.id
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where t.active and p.synthetic = uptime_of_week.synthetic and t.created_at < until
      and t.id not in (select c.target_id from checked c where c.target_id is not null)
  )
  select jsonb_build_object(
    'n_checks', (select coalesce(sum(c.n_checks), 0) from checked c),
    'n_failed', (select coalesce(sum(c.n_failed), 0) from checked c),
    'n_silent', (select count(*) from silent),
    'silent', (
      select coalesce(jsonb_agg(to_jsonb(s) - 'id' order by s.provider, s.model, s.id), '[]')
      from (select * from silent order by provider, model, id limit 5) s),
    'worst', (
      select coalesce(jsonb_agg(to_jsonb(w) - 'target_id'
        order by w.n_failed::double precision / w.n_checks desc, w.provider, w.model, w.region), '[]')
      from (
        select * from checked c where c.n_failed > 0
        order by c.n_failed::double precision / c.n_checks desc, c.provider, c.model, c.region limit 5) w))
$$;

-- The median TTFT of tracks over whole days with its bounds, as leaderboards have them: Woodruff's interval,
-- in which days, not samples, are independent.
create or replace function firsttoken.median_of_days(since timestamptz, until timestamptz, synthetic boolean)
returns table (track_id integer, n integer, n_days integer, median double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with days as materialized (
    select s.track_id, s.ttft
    from public.samples_daily s join public.tracks k on k.id = s.track_id
    where s.bucket >= since and s.bucket < until and k.synthetic = median_of_days.synthetic
      and cardinality(s.ttft) > 0
  ), whole as materialized (
    select d.track_id, array_agg(v order by v) as sorted, count(*)::integer as n
    from days d cross join lateral unnest(d.ttft) v group by d.track_id
  ), medians as (
    select w.*, firsttoken.percentile_of(w.sorted, 0.5) as median from whole w
  ), spread as (
    select m.track_id, m.n, m.median, m.sorted, count(*)::integer as n_days,
      firsttoken.student_t(count(*)::integer - 1) * sqrt(count(*) / nullif(count(*) - 1, 0)::double precision
        * sum((width_bucket(m.median::real, d.ttft) - 0.5 * cardinality(d.ttft)) ^ 2)) / m.n as margin
    from medians m join days d on d.track_id = m.track_id
    group by m.track_id, m.n, m.median, m.sorted
  )
  select s.track_id, s.n, s.n_days, s.median, firsttoken.percentile_of(s.sorted, greatest(0, 0.5 - s.margin)),
    firsttoken.percentile_of(s.sorted, least(1, 0.5 + s.margin))
  from spread s where s.margin is not null
$$;

-- Which active targets became faster or slower than in the four weeks before: {n_compared, n_slower, slower,
-- n_faster, faster}, the largest changes first, ten at most. Compared are tracks with 59 samples on four days
-- of the week, and on ten days before. Told is what is beyond chance, its 95 % interval without zero, and
-- 10 % or more. The interval of the ratio is made of those of both medians (Zou and Donner, 2008: MOVER, on
-- logarithms).
create or replace function firsttoken.speed_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with compared as materialized (
    select k.provider, k.model, k.region, k.id, w.n, w.median as ttft_ms, b.median as before_ms,
      ln(w.median / b.median) as ratio,
      sqrt(ln(w.median / w.low) ^ 2 + ln(b.high / b.median) ^ 2) as below,
      sqrt(ln(w.high / w.median) ^ 2 + ln(b.median / b.low) ^ 2) as above
    from firsttoken.median_of_days(since, until, synthetic) w
      join firsttoken.median_of_days(since - interval '672 hours', since, synthetic) b
        on b.track_id = w.track_id
      join public.tracks k on k.id = w.track_id
      join public.targets t on t.id = k.target_id and t.active
    where w.n >= 59 and w.n_days >= 4 and b.n >= 59 and b.n_days >= 10 and w.low > 0 and b.low > 0
  ), changed as materialized (
    select c.provider, c.model, c.region, c.n, c.ttft_ms, c.before_ms, exp(c.ratio) - 1 as change,
      exp(c.ratio - c.below) - 1 as low, exp(c.ratio + c.above) - 1 as high,
      row_number() over (partition by c.ratio > 0 order by abs(c.ratio) desc, c.id) as place
    from compared c
    where (c.ratio > c.below or c.ratio < -c.above) and abs(exp(c.ratio) - 1) >= 0.1
  )
  select jsonb_build_object('n_compared', (select count(*) from compared),
    'n_slower', count(*) filter (where c.change > 0),
    'slower', coalesce(jsonb_agg(to_jsonb(c) - 'place' order by c.place)
      filter (where c.change > 0 and c.place <= 10), '[]'),
    'n_faster', count(*) filter (where c.change < 0),
    'faster', coalesce(jsonb_agg(to_jsonb(c) - 'place' order by c.place)
      filter (where c.change < 0 and c.place <= 10), '[]'))
  from changed c
$$;

-- The price that price lists had before a moment.
create or replace function firsttoken.listed_price(model_id uuid, until timestamptz)
returns setof public.prices
language sql stable rows 1 security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = listed_price.model_id and coalesce(p.source, 'manual') <> 'manual'
      and p."timestamp" < listed_price.until
    order by p."timestamp" desc, p.id desc limit 1
$$;

-- Prices, and models that come and go: {n_prices, prices, n_leaving, leaving, n_arrived, arrived}, ten of
-- each at most. prices: those of models with an active target that differ from those before the week, the
-- largest changes first; what a person sets is none. leaving: such models that are shut down within 30 days,
-- are no longer listed, not even as a dated snapshot, or were deprecated in the week. arrived: models that
-- their provider did not list before.
create or replace function firsttoken.models_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with used as materialized (
    select m.*, p.slug from public.models m join public.providers p on p.id = m.provider_id
    where p.synthetic = models_of_week.synthetic
      and exists (select from public.targets t where t.model_id = m.id and t.active)
  ), priced as (
    select u.slug as provider, u.name as model, b.input_price_per_m as input_before,
      b.output_price_per_m as output_before, a.input_price_per_m as input_now,
      a.output_price_per_m as output_now,
      row_number() over (order by abs(a.input_price_per_m + a.output_price_per_m - b.input_price_per_m
        - b.output_price_per_m) / nullif(b.input_price_per_m + b.output_price_per_m, 0) desc nulls first,
        u.slug, u.name) as place
    from used u
      cross join lateral firsttoken.listed_price(u.id, since) b
      cross join lateral firsttoken.listed_price(u.id, until) a
    where (a.input_price_per_m, a.output_price_per_m) <> (b.input_price_per_m, b.output_price_per_m)
  ), leaving as (
    select u.slug as provider, u.name as model, u.shutdown_on, u.deprecated_on, found.gone, u.left_at,
      row_number() over (order by not found.gone, u.shutdown_on, u.slug, u.name) as place
    from used u
      cross join lateral (
        select u.available is false and not exists (
          select from public.models snapshot
          where snapshot.provider_id = u.provider_id and snapshot.available and snapshot.name <> u.name
            and regexp_replace(snapshot.name, '-(\d{8}|\d{4}-\d{2}-\d{2})$', '') = u.name) as gone) found
    where found.gone or u.shutdown_on <= until::date + 30
      or u.deprecated_on >= since::date and u.deprecated_on < until::date
  ), arrived as (
    select p.slug as provider, m.name as model, row_number() over (order by m.created_at, p.slug, m.name)
      as place
    from public.models m join public.providers p on p.id = m.provider_id
    where m.created_at >= since and m.created_at < until and m.available
      and coalesce(m.type, 'chat') in ('chat', 'responses') and p.synthetic = models_of_week.synthetic
      and exists (
        select from public.syncs s
        where s.provider_id = p.id and s.status = 'saved' and s.started_at < since)
  )
  select jsonb_build_object(
    'n_prices', (select count(*) from priced),
    'prices', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'place' order by p.place), '[]') from priced p
      where p.place <= 10),
    'n_leaving', (select count(*) from leaving),
    'leaving', (
      select coalesce(jsonb_agg(to_jsonb(l) - 'place' order by l.place), '[]') from leaving l
      where l.place <= 10),
    'n_arrived', (select count(*) from arrived),
    'arrived', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'place' order by a.place), '[]') from arrived a
      where a.place <= 10))
$$;

-- ---- 67_digests.sql

-- The digest of a week: what it tells, and who is sent it.

-- What calls cost: {usd, before_usd: in the week before, n_cost_unknown: answers, month, month_usd: from its
-- first day until the end of the week, projected_usd: the whole month at the pace of the week, null once it
-- is over, limit_usd: what may be spent, null if nothing limits it}. The month is that of the last day.
create or replace function firsttoken.spending_of_week(since timestamptz, until timestamptz,
  synthetic boolean, limit_usd double precision)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with ends as (
    select date_trunc('month', until - interval '1 second') as month,
      date_trunc('month', until - interval '1 second') + interval '1 month' as month_until
  ), spent as materialized (
    select e.month, e.month_until,
      coalesce(sum(d.cost_usd) filter (where d.bucket >= since), 0)::double precision as usd,
      coalesce(sum(d.cost_usd) filter (where d.bucket < since and d.bucket >= since - interval '168 hours'),
        0)::double precision as before_usd,
      coalesce(sum(d.n_cost_unknown) filter (where d.bucket >= since), 0)::integer as n_cost_unknown,
      coalesce(sum(d.cost_usd) filter (where d.bucket >= e.month), 0)::double precision as month_usd
    from ends e
      left join (
        select r.bucket, r.cost_usd, r.n_cost_unknown
        from public.rollups_daily r join public.tracks k on k.id = r.track_id
        where k.synthetic = spending_of_week.synthetic) d
        on d.bucket >= least(e.month, since - interval '168 hours') and d.bucket < until
    group by e.month, e.month_until
  )
  select jsonb_build_object('usd', s.usd, 'before_usd', s.before_usd, 'n_cost_unknown', s.n_cost_unknown,
    'month', to_char(s.month, 'YYYY-MM'), 'month_usd', s.month_usd,
    'projected_usd', case when until < s.month_until then
      s.month_usd + s.usd * extract(epoch from s.month_until - until)
        / extract(epoch from until - since) end,
    'limit_usd', limit_usd)
  from spent s
$$;

-- What needs a person: {n_misconfigured, misconfigured, channels_off, n_undelivered, n_missed}.
-- misconfigured: targets that refuse our calls, the first five; channels_off: those that their receiver
-- switched off; both as they are now. n_undelivered: messages that were given up; n_missed: scheduled runs
-- that did not happen, or did not end.
create or replace function firsttoken.attention_of_week(since timestamptz, until timestamptz,
  synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with refused as materialized (
    select i.provider, i.model, i.region, i.opened_at, i.id
    from public.incidents i join public.providers p on coalesce(p.slug, p.name) = i.provider
    where i.kind = 'misconfigured' and i.resolved_at is null and not i.shadow
      and p.synthetic = attention_of_week.synthetic
  )
  select jsonb_build_object(
    'n_misconfigured', (select count(*) from refused),
    'misconfigured', (
      select coalesce(jsonb_agg(to_jsonb(r) - array['opened_at', 'id'] order by r.opened_at, r.id), '[]')
      from (select * from refused order by opened_at, id limit 5) r),
    'channels_off', (
      select coalesce(jsonb_agg(c.name order by c.name), '[]') from public.alert_channels c
      where not c.enabled and c.disabled_reason not in
        (firsttoken.channel_is_off(), firsttoken.channel_is_gone())),
    'n_undelivered', (
      select count(*) from public.notification_deliveries d
      where d.state = 'dead' and d.created_at >= since and d.created_at < until),
    'n_missed', (
      select count(*) from public.runs r
      where r.slot >= since and r.slot < until and r.status in ('missed', 'abandoned')))
$$;

-- in: {week: 2026-W48, limit_usd: what may be spent in a month, n_unkept: calls that wait on a disk, each or
-- none}. out: {week, since, until, is_over, synthetic, incidents, uptime, speed, models, spent, attention}:
-- what changed in a week, or so far. Of the synthetic provider alone, if no other has an active target.
create or replace function public.read_week(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  since timestamptz;
  until timestamptz;
  synthetic constant boolean := coalesce((
    select bool_and(p.synthetic) from public.targets t join public.providers p on p.id = t.provider_id
    where t.active), false);
begin
  perform firsttoken.check_keys(input, 'read_week', array['week', 'limit_usd', 'n_unkept']);
  since := firsttoken.week_start(input ->> 'week');
  if since > now() then
    raise exception using errcode = '22023',
      message = format('the week %s has not begun', input ->> 'week');
  end if;
  until := least(since + interval '168 hours', now());
  return jsonb_build_object('week', input ->> 'week', 'since', since, 'until', since + interval '168 hours',
    'is_over', since + interval '168 hours' <= now(), 'synthetic', synthetic,
    'incidents', firsttoken.incidents_of_week(since, until, synthetic),
    'uptime', firsttoken.uptime_of_week(since, until, synthetic),
    'speed', firsttoken.speed_of_week(since, until, synthetic),
    'models', firsttoken.models_of_week(since, until, synthetic),
    'spent', firsttoken.spending_of_week(since, until, synthetic, (input ->> 'limit_usd')::double precision),
    'attention', firsttoken.attention_of_week(since, until, synthetic)
      || jsonb_build_object('n_unkept', (input ->> 'n_unkept')::integer));
end $$;

-- Puts the digest of the week before a moment into the outbox, once for each channel that was to have it when
-- the week ended: from Monday 06:00 (UTC) on, when what was recorded late is there, until Thursday. Later it
-- is given up, because nobody would act on it.
create or replace function firsttoken.queue_digests_at(input jsonb, at timestamptz) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  ended constant timestamptz := date_trunc('week', at);
  of_week constant text := to_char(ended - interval '1 day', 'IYYY"-W"IW');
  is_late constant boolean := at >= ended + interval '72 hours';
  digest jsonb;
  done jsonb;
begin
  perform firsttoken.check_keys(input, 'queue_digests', array['limit_usd', 'n_unkept']);
  if at >= ended + interval '6 hours' and exists (
      select from public.alert_channels c
      where c.weekly_since <= ended and not exists (
        select from public.notification_deliveries d where d.week = of_week and d.channel = c.name)) then
    digest := public.read_week(input || jsonb_build_object('week', of_week));
    with added as (
      insert into public.notification_deliveries (id, event, week, channel, payload, state, last_error)
        -- The id is made of both, so that receivers know a repetition whatever became of the row.
        select md5(of_week || ' ' || c.name)::uuid, 'weekly', of_week, c.name,
          jsonb_build_object('at', now(), 'incident', null, 'week', digest),
          case when not c.enabled then 'replaced' when is_late then 'dead' else 'pending' end,
          case when c.enabled and is_late
            then 'was not told of the week: nothing ran in the three days after it' end
        from public.alert_channels c where c.weekly_since <= ended order by c.name
        on conflict do nothing
        returning state
    )
    select jsonb_build_object('queued', count(*) filter (where a.state = 'pending'),
        'skipped', count(*) filter (where a.state = 'dead')) into done from added a;
  end if;
  return jsonb_build_object('week', of_week, 'queued', 0, 'skipped', 0) || coalesce(done, '{}');
end $$;

-- in: {limit_usd, n_unkept, as read_week has them}. out: {week, queued, skipped}: how many channels are to be
-- sent the digest of the last week, and how many will not, because it is too late. Whoever looks again, or at
-- the same time, finds nothing left to do.
create or replace function public.queue_digests(input jsonb) returns jsonb
language sql security invoker set search_path = '' as $$
  select firsttoken.queue_digests_at(input, now())
$$;

-- in: {name, id, and what read_week takes}. out: {queued}. Puts the digest of any week into the outbox for
-- one channel, once per id.
create or replace function public.send_digest(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'send_digest',
    array['name', 'id', 'week', 'limit_usd', 'n_unkept']);
  channel := firsttoken.get_channel(input -> 'name');
  if channel.kind = 'pagerduty' then
    raise exception using errcode = '22023',
      message = format('channel %s is one of PagerDuty, which calls people: no digest is sent there',
        channel.name);
  end if;
  insert into public.notification_deliveries (id, event, channel, payload)
    values ((input ->> 'id')::uuid, 'weekly', channel.name, jsonb_build_object('at', now(), 'incident', null,
      'week', public.read_week(input - array['name', 'id'])))
    on conflict (id) do nothing;
  return jsonb_build_object('queued', found);
end $$;

-- ---- 70_now.sql

-- The present state of everything that is benchmarked, in one call.

-- Refuses a wish for anything but real or synthetic results, or both apart: a boolean or null.
create or replace function firsttoken.check_synthetic(input jsonb) returns boolean
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if coalesce(jsonb_typeof(input -> 'synthetic'), 'null') not in ('boolean', 'null') then
    raise exception using errcode = '22023', message = 'synthetic must be true, false or null';
  end if;
  return (input ->> 'synthetic')::boolean;
end $$;

-- The track that a target shows in a region: that of the series which its first probe has in the latest run
-- of a schedule, or of its last sample, if it has an interval of its own and was not due then, so that a
-- benchmark of another prompt by hand does not replace it; without one, the latest track. Null is all
-- targets.
create or replace function firsttoken.current_tracks(targets uuid[])
returns table (target_id uuid, region text, track_id integer, series text, synthetic boolean)
language plpgsql stable rows 100 security invoker set search_path = '' as $$
begin
  return query
  with recursive schedules (schedule) as (
    -- One step into the index for each schedule, however many runs it has.
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  ), latest_runs as (
    select latest.id, latest.slot
    from schedules s
      cross join lateral (
        select r.id, r.slot from public.runs r
        where r.schedule = s.schedule and r.slot is not null and r.status in ('running', 'finished')
        order by r.slot desc limit 1
      ) latest
  ), planned as (
    select distinct on (p.target_id, p.region) p.target_id, p.region, p.series
    from latest_runs l join public.probes p on p.run_id = l.id
    order by p.target_id, p.region, l.slot desc, p.ordinal
  )
  select distinct on (k.target_id, k.region) k.target_id, k.region, k.id, k.series, k.synthetic
  from public.tracks k
    left join planned p on p.target_id = k.target_id and p.region = k.region
    left join lateral (
      select s.series
      from public.targets t cross join lateral firsttoken.last_samples(k.target_id, k.region, 1) s
      where p.series is null and t.id = k.target_id
        and coalesce(t.every_minutes, t.thinned_minutes) is not null
    ) own on true
    left join lateral (
      select d.bucket, d.n_calls from public.rollups_daily d
      where d.track_id = k.id order by d.bucket desc limit 1
    ) latest on true
  where k.target_id is not null and (targets is null or k.target_id = any (targets))
  order by k.target_id, k.region, coalesce(k.series = coalesce(p.series, own.series), false) desc,
    latest.bucket desc nulls last, latest.n_calls desc, k.id desc;
end $$;

-- Values at their places in an array of n, counted from 0 and in ascending order, and a filler everywhere
-- else. Most often there is no gap between them: assigned at once, they take a tenth of the time.
create or replace function firsttoken.spread(places integer[], given anyarray, n integer, filler anyelement)
returns anyarray
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  whole given%type := array_fill(filler, array[n], array[0]);
  last constant integer := cardinality(places);
begin
  if last > 0 and places[last] - places[1] = last - 1 then
    whole[places[1] : places[last]] := given;
    return whole;
  end if;
  for at in 1 .. last loop
    whole[places[at]] := given[at];
  end loop;
  return whole;
end $$;

-- For a screen: tenths below 100, whole numbers from there on.
create or replace function firsttoken.rounded(value double precision) returns numeric
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return case when abs(value) < 100 then trim_scale(round(value::numeric, 1)) else round(value::numeric) end;
end $$;

-- Three digits that count, however cheap a call was. The logarithm of a numeric takes six times as long.
create or replace function firsttoken.rounded_cost(cost numeric) returns numeric
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return case when cost > 0 then to_char(cost, '9.99EEEE')::numeric else cost end;
end $$;

-- A moment to the second, in UTC.
create or replace function firsttoken.to_second(moment timestamptz) returns text
language plpgsql stable parallel safe security invoker set search_path = '' as $$
begin
  return to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
end $$;

-- The schedules, each with its latest slot, when the next one is due, and how late that is in seconds.
create or replace function firsttoken.describe_schedules() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with recursive schedules (schedule) as (
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'schedule', s.schedule, 'last_slot', latest.slot, 'last_status', latest.status,
      'last_finished_at', firsttoken.last_finished_at(s.schedule),
      'next_slot', latest.late_at,
      'late_s', greatest(0, floor(extract(epoch from now() - latest.late_at)))) order by s.schedule), '[]')
    from schedules s
      cross join lateral (
        select r.slot, r.status, r.late_at from public.runs r
        where r.schedule = s.schedule and r.slot is not null order by r.slot desc limit 1
      ) latest
$$;

-- in: {synthetic: true or false for these alone or null, region or null for all}. out: {generated_at, slots:
-- {t0, step_s, n}, days: {t0, n}, schedules, last_run, providers, rows}. A row for each target and region of
-- target_health, some 1,300 bytes: its state; its parameters, unless they are the usual ones; last, the last
-- call that counts; typical, medians of its n samples in the hours of these 24, with what an answer costs
-- since yesterday, null without; ttft_24h, mean TTFT (nearly always of one sample) by slot of 15 minutes,
-- null without; failed_24h, [slot, failures] if there are any; checks_90d and failed_90d by day. A failure is
-- a check that no recheck cleared. Latencies are of one series, states and failures of all. Whether a row is
-- synthetic is said of its provider. Planned once for any wish: planning takes as long as reading.
create or replace function public.read_now(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_generic_plan' as $$
declare
  step constant integer := 900;
  n_slots constant integer := 96;
  n_days constant integer := 90;
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  only_region constant text := input ->> 'region';
  slots_epoch constant double precision := (floor(date_part('epoch', now()) / step) + 1 - n_slots) * step;
  slots_since constant timestamptz := to_timestamp(slots_epoch);
  days_since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  described json;
begin
  perform firsttoken.check_keys(input, 'read_now', array['synthetic', 'region']);
  with lines as materialized (
    -- region_key, because only an equality can be hashed.
    select c.*, coalesce(c.region, '') as region_key from firsttoken.current_tracks(null) c
    -- As a case it is expected to keep half of them, not one, for which nested loops would do.
    where case when only_region is null then true else c.region = only_region end
  ), days as (
    select l.track_id as line, d.bucket, (date_part('epoch', d.bucket - days_since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed,
      sum(d.cost_usd) as cost, sum(d.n_answers - d.n_cost_unknown) as n_priced
    from public.rollups_daily d
      join public.tracks k on k.id = d.track_id
      join lines l on l.target_id = k.target_id and l.region_key = coalesce(k.region, '')
    where d.bucket >= days_since and d.bucket < days_since + n_days * interval '24 hours'
    group by l.track_id, d.bucket
  ), uptimes as (
    select d.line,
      firsttoken.spread(
        array_agg(d.day order by d.bucket), array_agg(d.n_checks order by d.bucket), n_days, 0) as n_checks,
      firsttoken.spread(
        array_agg(d.day order by d.bucket), array_agg(d.n_failed order by d.bucket), n_days, 0) as n_failed,
      sum(d.cost) filter (where d.day >= n_days - 2)
        / nullif(sum(d.n_priced) filter (where d.day >= n_days - 2), 0) as answer_cost
    from days d group by d.line
  )
  select json_agg(
      case when h.parameters = '{"reasoning": "least"}' then to_json(present)
        else (to_jsonb(present) || jsonb_build_object('parameters', h.parameters))::json end
      order by p.slug, h.model, h.region, h.target_id)
    into described
    from public.target_health h
      join public.targets target on target.id = h.target_id
      join public.providers p on p.id = target.provider_id
      left join lines l on l.target_id = h.target_id and l.region_key = coalesce(h.region, '')
      left join uptimes u on u.line = l.track_id
      cross join lateral (
        select case when count(*) > 0 then jsonb_build_object('n', count(v.latency),
            'ttft_ms', firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttft)),
            'ttfa_ms', firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttfa)),
            'tps', firsttoken.rounded(percentile_cont(0.5) within group (order by v.tps)),
            'total_latency_ms', firsttoken.rounded(
              percentile_cont(0.5) within group (order by v.latency)),
            'cost_usd', firsttoken.rounded_cost(u.answer_cost)) end as medians
        from (
          select unnest(r.ttft) as ttft, unnest(r.ttfa) as ttfa, unnest(r.tps) as tps,
            unnest(r.latency) as latency
          from public.rollups_hourly r
          where r.track_id = l.track_id and r.bucket >= date_trunc('hour', slots_since)) v
      ) typical
      cross join lateral (
        select firsttoken.spread(
            coalesce(array_agg(
              ((date_part('epoch', q.bucket) - slots_epoch) / step)::integer order by q.bucket), '{}'),
            coalesce(array_agg(round(q.ttft_sum / q.n_ttft) order by q.bucket), '{}'), n_slots,
            null::double precision) as ttft
        from firsttoken.quarter_hours q
        where q.track_id = l.track_id and q.bucket >= slots_since and q.n_ttft > 0
          and q.bucket < slots_since + n_slots * step * interval '1 second'
      ) sparkline
      cross join lateral (
        select jsonb_agg(jsonb_build_array(f.slot, f.n) order by f.slot) as by_slot
        from (
          select ((date_part('epoch', q.bucket) - slots_epoch) / step)::integer as slot, sum(q.n_failed) as n
          from public.tracks k
            join firsttoken.quarter_hours q on q.track_id = k.id and q.n_failed > 0
          where k.target_id = l.target_id and coalesce(k.region, '') = l.region_key
            and q.bucket >= slots_since and q.bucket < slots_since + n_slots * step * interval '1 second'
          group by q.bucket) f
      ) failures
      left join lateral (
        select jsonb_build_object('at', firsttoken.to_second(b.created_at),
          'error_kind', b.error_kind, 'ttft_ms', firsttoken.rounded(b.ttft_ms),
          'ttfa_ms', firsttoken.rounded(b.ttfa_ms), 'tps', firsttoken.rounded(b.tps),
          'total_latency_ms', firsttoken.rounded(b.total_latency_ms),
          'cost_usd', firsttoken.rounded_cost(b.cost_usd::numeric)) as described
        from public.benchmark_results b
        where b.target_id = h.target_id and b.region is not distinct from h.region
          and b.series is not distinct from l.series and b.confirms is null and b.level is null
          and not (b.own_load or b.warmup or b.maintenance) and isfinite(b.created_at)
        order by b.created_at desc limit 1
      ) last_call on true
      cross join lateral (
        select h.target_id, p.slug as provider, h.model, h.region, h.state,
          firsttoken.to_second(h.since) as since, last_call.described as last, typical.medians as typical,
          sparkline.ttft as ttft_24h,
          coalesce(failures.by_slot, '[]') as failed_24h,
          coalesce(u.n_checks, array_fill(0, array[n_days])) as checks_90d,
          coalesce(u.n_failed, array_fill(0, array[n_days])) as failed_90d) present
    where (only_region is null or h.region = only_region)
      and (only_synthetic is null or only_synthetic = p.synthetic);
  return json_build_object(
    'generated_at', now(),
    'slots', jsonb_build_object('t0', slots_since, 'step_s', step, 'n', n_slots),
    'days', jsonb_build_object('t0', days_since, 'n', n_days),
    'schedules', firsttoken.describe_schedules(),
    'last_run', (
      select firsttoken.describe_run(r) from public.runs r
      where only_synthetic is null or r.synthetic = only_synthetic order by r.started_at desc limit 1),
    'providers', (
      select coalesce(
        jsonb_object_agg(p.slug, jsonb_build_object('name', p.name, 'synthetic', p.synthetic)), '{}')
      from public.providers p
      where exists (select from public.targets t where t.provider_id = p.id and t.active is not null)),
    'rows', coalesce(described, '[]'));
end $$;

-- ---- 71_run_lists.sql

-- Lists of runs, newest first, and what pages of lists share.

-- The size of a page: what is asked for, within 1 and most, or the usual.
create or replace function firsttoken.page_size(input jsonb, usual integer, most integer) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select least(greatest(coalesce((input ->> 'limit')::integer, usual), 1), most)
$$;

-- Where a page ended: `next`, a moment and an id. The following page is found even if that row is gone.
create or replace function firsttoken.cursor_of(moment timestamptz, id uuid) returns text
language sql stable parallel safe security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(moment) #>> '{}') || '/' || id
$$;

-- Where a page begins that goes on after one; (infinity, the last id) for the first page of those that run
-- from the newest to the oldest.
create or replace function firsttoken.parse_cursor(after text, out moment timestamptz, out id uuid)
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  moment := coalesce(split_part(after, '/', 1)::timestamptz, 'infinity');
  id := coalesce(split_part(after, '/', 2)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
end $$;

-- The targets of a provider, of a model, or of both; null if neither is asked for.
create or replace function firsttoken.find_targets(provider text, model text) returns uuid[]
language plpgsql stable security invoker set search_path = '' as $$
begin
  if provider is null and model is null then
    return null;
  end if;
  return array(
    select t.id
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where (find_targets.provider is null or p.slug = find_targets.provider)
      and (find_targets.model is null or m.name = find_targets.model));
end $$;

-- The names of what runs call, of the first 25 targets of each: {providers: [slug], models: [name]}. All of a
-- page at once, which takes a fourth of the time of one after another.
create or replace function firsttoken.names_of_runs(ids uuid[]) returns table (run_id uuid, names jsonb)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select called.run_id, jsonb_build_object(
      'providers', coalesce(jsonb_agg(distinct p.slug) filter (where p.slug is not null), '[]'),
      'models', coalesce(jsonb_agg(distinct m.name) filter (where m.name is not null), '[]'))
    from (
      select wanted as run_id, first_ones.target_id
      from unnest(ids) wanted left join lateral (
        select planned.target_id from public.probes planned
        where planned.run_id = wanted and planned.iteration = 1 order by planned.ordinal limit 25
      ) first_ones on true
    ) called
      left join public.targets t on t.id = called.target_id
      left join public.models m on m.id = t.model_id
      left join public.providers p on p.id = t.provider_id
    group by called.run_id;
end $$;

-- The words of a search, each with the targets whose provider or model it is in. The rarest come first: with
-- them most runs are ruled out.
create or replace function firsttoken.words_of(q text) returns table (word text, targets uuid[])
language sql stable security invoker set search_path = '' as $$
  select w.word, array_agg(t.id) filter (where t.id is not null)
  from (select distinct regexp_split_to_table(lower(trim(q)), '\s+') as word) w
    left join (public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id)
      on strpos(lower(concat_ws(' ', p.slug, p.name, m.name)), w.word) > 0
  where w.word <> ''
  group by w.word order by count(t.id)
$$;

-- in: {provider, model, mode, trigger, status, synthetic, since, until: each or null, q: text or null, after:
-- next of the page before or null, limit}; since is inclusive, until exclusive, both of started_at. q: words
-- that must all be in what a run is called, in its id, schedule, mode, trigger, region, status or its reason,
-- in a provider or model that it calls, or in the kind of one of its errors. out: {rows, next}, newest first:
-- runs with the providers and models they call, without settings.
create or replace function public.list_runs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  targets constant uuid[] := firsttoken.find_targets(input ->> 'provider', input ->> 'model');
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_runs', array['provider', 'model', 'mode', 'trigger', 'status',
    'synthetic', 'since', 'until', 'q', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with words as materialized (
    select w.* from firsttoken.words_of(input ->> 'q') w
  ), found_rows as materialized (
    select r as run, r.started_at, r.id from public.runs r
    where (r.started_at, r.id) < (seen.moment, seen.id)
      and r.started_at >= coalesce((input ->> 'since')::timestamptz, '-infinity')
      and r.started_at < coalesce((input ->> 'until')::timestamptz, 'infinity')
      and (input ->> 'mode' is null or r.mode = input ->> 'mode')
      and (input ->> 'trigger' is null or r.triggered_by = input ->> 'trigger')
      and (input ->> 'status' is null or r.status = input ->> 'status')
      and (only_synthetic is null or r.synthetic = only_synthetic)
      -- A subquery and no join, which would read every probe of these targets for a page of runs.
      and (targets is null or (
        select true from public.probes p where p.run_id = r.id and p.target_id = any (targets) limit 1))
      -- No word is nowhere. Each place is one look-up, and the next is looked at only if it is not there.
      and (
        select true from words w
        where strpos(lower(concat_ws(' ', r.id, r.run_name, r.schedule, r.mode, r.triggered_by, r.region,
            r.status, r.status_reason)), w.word) = 0
          and (select true from public.probes p
            where p.run_id = r.id and p.target_id = any (w.targets) limit 1) is null
          and (select true from public.benchmark_results b
            where b.run_id = r.id and not b.success and strpos(b.error_kind, w.word) > 0 limit 1) is null
        limit 1) is null
    order by r.started_at desc, r.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_run(n.run) || called.names order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.started_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page
    from numbered n
      join firsttoken.names_of_runs(array(select f.id from found_rows f)) called on called.run_id = n.id
    where n.position <= page_size;
  return page;
end $$;

-- The level of a sweep that gave most answers per second, from when the first call that counts was due or
-- sent to the last end: {level, requests_per_s}; null without an answer.
create or replace function firsttoken.best_level(run_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('level', l.level, 'requests_per_s', l.n * 1000 / l.ms)
  from (
    select b.level, count(*) filter (where b.success) as n,
      max(c.sent_ms + b.total_latency_ms)
        - min(coalesce(extract(epoch from b.scheduled_at) * 1000, c.sent_ms)) as ms
    from public.benchmark_results b,
      lateral (select extract(epoch from b.started_at) * 1000 + coalesce(b.queue_ms, 0)
        + coalesce(b.connect_ms, 0) as sent_ms) c
    where b.run_id = best_level.run_id and not b.warmup and b.level is not null
    group by b.level
  ) l
  where l.n > 0 and l.ms > 0
  order by l.n / l.ms desc, l.level limit 1
$$;

-- in: {provider, model, status, synthetic, since, until, after, limit} as list_runs takes them. out: {rows,
-- next}, newest first: each {run, providers, models, objectives, levels, best}.
create or replace function public.list_sweeps(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_sweeps', array['provider', 'model', 'status', 'synthetic',
    'since', 'until', 'after', 'limit']);
  page := public.list_runs(input || jsonb_build_object('mode', 'sweep',
    'limit', firsttoken.page_size(input, 20, 50)));
  return page || jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'run', listed.run - 'providers' - 'models',
        'providers', listed.run -> 'providers', 'models', listed.run -> 'models',
        'objectives', coalesce(r.settings -> 'objectives', '{}'),
        'levels', coalesce(r.settings -> 'levels', '[]'),
        'best', firsttoken.best_level(r.id)) order by listed.position), '[]')
      from jsonb_array_elements(page -> 'rows') with ordinality listed (run, position)
        join public.runs r on r.id = (listed.run ->> 'id')::uuid));
end $$;

-- in: {id, after: next of the page before or null, limit}. out: {columns: names, rows: [[value of each
-- column]], next}: what describes the results of a sweep, by level. Names and the rest of each row would be
-- most of what is read of 100,000 results. worker tells those of one worker from those of another.
create or replace function public.list_sweep_results(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'id')::uuid);
  seen_level constant integer := coalesce(split_part(input ->> 'after', '/', 1)::integer, -1);
  seen_id constant uuid := coalesce(split_part(input ->> 'after', '/', 2)::uuid,
    'ffffffff-ffff-ffff-ffff-ffffffffffff');
  page_size constant integer := firsttoken.page_size(input, 20000, 20000);
  page json;
begin
  perform firsttoken.check_keys(input, 'list_sweep_results', array['id', 'after', 'limit']);
  select json_build_object(
      'columns', json_build_array(
        'level', 'iteration', 'series', 'warmup', 'scheduled_at', 'late_ms', 'started_at', 'queue_ms',
        'connect_ms', 'success', 'error_kind', 'ttft_ms', 'ttfa_ms', 'tpot_ms', 'itl_p95_ms',
        'total_latency_ms', 'input_tokens', 'output_tokens', 'cached_tokens', 'context_tokens',
        'context_tokens_counted', 'parameters', 'prompt_hash', 'cost_usd', 'timing_quality', 'lag_p99_ms',
        'region', 'itl_p50_ms', 'error_message', 'worker'),
      'rows', coalesce(json_agg(p.cells order by p.level, p.id), '[]'),
      'next', case when count(*) = page_size then max(p.level) || '/' || (
        array_agg(p.id order by p.level desc, p.id desc))[1] end)
    into page
    from (
      select b.level, b.id, json_build_array(
          b.level, b.iteration, b.series, b.warmup, b.scheduled_at, b.late_ms, b.started_at, b.queue_ms,
          b.connect_ms, b.success, b.error_kind, b.ttft_ms, b.ttfa_ms, b.tpot_ms, b.itl_p95_ms,
          b.total_latency_ms, b.input_tokens, b.output_tokens, b.cached_tokens, b.context_tokens,
          b.context_tokens_counted, b.parameters, b.prompt_hash, b.cost_usd, b.timing_quality, b.lag_p99_ms,
          b.region, b.itl_p50_ms, b.error_message, (
            select left(md5(p.lease_owner), 8) from public.probes p where p.id = b.probe_id)) as cells
      from public.benchmark_results b
      where b.run_id = run.id and (b.level, b.id) > (seen_level, seen_id)
      order by b.level, b.id limit page_size) p;
  return page;
end $$;

-- ---- 72_run_reads.sql

-- One run in full, and deleting it.

-- The results of runs for their own figures: the metrics of answers to first attempts, null of any other.
-- Unlike the samples of rollups these may have been timed under a load of the run itself, which is what a
-- concurrent run is about.
create or replace view firsttoken.run_figures with (security_invoker = true) as
  select b.id, b.run_id, b.success, b.error_kind, b.confirms is null and not b.warmup as is_first,
    b.input_tokens, b.output_tokens, b.cost_usd,
    case when kind.is_figure then b.ttft_ms end as ttft_ms,
    case when kind.is_figure then b.ttfa_ms end as ttfa_ms,
    case when kind.is_figure then b.tps end as tps,
    case when kind.is_figure then b.total_latency_ms end as total_latency_ms
  from public.benchmark_results b
    cross join lateral (select b.success and b.confirms is null and not b.warmup as is_figure) kind;

-- Statistics of the samples of a run, null without one. As in a run's report, percentiles are given whatever
-- n is; p95 means something from 59 samples on, p99 from 299.
create or replace function firsttoken.describe_samples(samples double precision[]) returns json
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  one constant double precision := samples[1];
begin
  -- The usual case of a scheduled run, which has many.
  if cardinality(samples) = 1 then
    return case when one is not null then json_build_object('n', 1, 'min', one, 'mean', one, 'sd', null,
      'p50', one, 'p95', one, 'p99', one, 'max', one) end;
  end if;
  return (
    select case when count(v) > 0 then json_build_object(
        'n', count(v), 'min', min(v), 'mean', avg(v), 'sd', stddev_samp(v),
        'p50', percentile_cont(0.5) within group (order by v),
        'p95', percentile_cont(0.95) within group (order by v),
        'p99', percentile_cont(0.99) within group (order by v), 'max', max(v)) end
      from unnest(samples) v);
end $$;

-- Counts of texts: {"a": 2, "b": 1}; null without any.
create or replace function firsttoken.count_texts(texts text[]) returns jsonb
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(counted.each, counted.n), '{}')
    from (
      select t.each, count(*) as n from unnest(texts) t (each) where t.each is not null group by 1) counted);
end $$;

-- What a run planned and what came of it, with results whose probe is gone; names as in results.
create or replace function firsttoken.calls_of_run(run_id uuid)
returns table (ordinal integer, probe_id uuid, target_id uuid, provider text, model text, parameters jsonb,
  region text, series text, iteration integer, status text, skip_reason text, is_recheck boolean,
  result_id uuid)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select pr.ordinal, pr.id, pr.target_id, p.slug, m.name, t.parameters, pr.region, pr.series, pr.iteration,
    pr.status, pr.skip_reason, pr.confirms is not null, b.id
  from public.probes pr
    join public.targets t on t.id = pr.target_id
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join public.benchmark_results b on b.probe_id = pr.id
  where pr.run_id = calls_of_run.run_id
  union all
  select null, null, b.target_id, b.provider, b.model, null, b.region, b.series, b.iteration,
    case when b.success then 'done' else 'failed' end, null, b.confirms is not null, b.id
  from public.benchmark_results b where b.run_id = calls_of_run.run_id and b.probe_id is null;
end $$;

-- A run by target, region and series: counts, reasons, and statistics of each metric.
create or replace function firsttoken.summarize_run(run_id uuid) returns json
language plpgsql stable security invoker set search_path = '' as $$
declare
  summary json;
begin
  with summed as (
    select min(c.ordinal) as place, c.target_id, c.provider, c.model, c.parameters, c.region, c.series,
      count(*) as n, count(*) filter (where c.status = 'done') as n_ok,
      count(*) filter (where c.status = 'failed') as n_failed,
      count(*) filter (where c.status = 'skipped') as n_skipped,
      coalesce(firsttoken.count_texts(array_agg(c.skip_reason) filter (where c.status = 'skipped')), '{}')
        as skip_reasons,
      coalesce(firsttoken.count_texts(array_agg(f.error_kind) filter (where not f.success)), '{}')
        as error_kinds,
      array_agg(f.ttft_ms) as ttft, array_agg(f.ttfa_ms) as ttfa, array_agg(f.tps) as tps,
      array_agg(f.total_latency_ms) as latency, coalesce(sum(f.input_tokens), 0) as input_tokens,
      coalesce(sum(f.output_tokens), 0) as output_tokens, coalesce(sum(f.cost_usd), 0) as cost_usd,
      count(*) filter (where f.success and f.cost_usd is null) as n_cost_unknown
    from firsttoken.calls_of_run(summarize_run.run_id) c
      left join firsttoken.run_figures f on f.id = c.result_id
    group by c.target_id, c.provider, c.model, c.parameters, c.region, c.series
  )
  select coalesce(json_agg(json_build_object(
      'target_id', s.target_id, 'provider', s.provider, 'model', s.model, 'parameters', s.parameters,
      'region', s.region, 'series', s.series, 'n', s.n, 'n_ok', s.n_ok, 'n_failed', s.n_failed,
      'n_skipped', s.n_skipped, 'skip_reasons', s.skip_reasons, 'error_kinds', s.error_kinds,
      'ttft_ms', firsttoken.describe_samples(s.ttft), 'ttfa_ms', firsttoken.describe_samples(s.ttfa),
      'tps', firsttoken.describe_samples(s.tps), 'total_latency_ms', firsttoken.describe_samples(s.latency),
      'input_tokens', s.input_tokens, 'output_tokens', s.output_tokens, 'cost_usd', s.cost_usd,
      'n_cost_unknown', s.n_cost_unknown)
      order by s.place nulls last, s.provider, s.model, s.region, s.series), '[]')
    into summary from summed s;
  return summary;
end $$;

-- A page of the calls of a run: its probes in order, each with its result. Fewer if they are long, as of
-- list_results.
create or replace function firsttoken.list_calls(run_id uuid, after integer, page_size integer, texts boolean)
returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page json;
begin
  with numbered as (
    select c.*, row_number() over (order by c.ordinal, c.result_id) as position
    from firsttoken.calls_of_run(list_calls.run_id) c
  ), sized as (
    select n.*, n.position <= after + page_size and (n.position = after + 1
        or sum(coalesce(octet_length(b.error_message), 0)
          + case when texts then coalesce(octet_length(b.response_text), 0) else 0 end)
          over (order by n.position) <= 4000000) as fits
      from numbered n left join public.benchmark_results b on b.id = n.result_id
      where n.position > after and n.position <= after + page_size + 1
  )
  select json_build_object(
      'rows', coalesce(json_agg(
        case when texts then (to_jsonb(call) || jsonb_build_object('response_text', b.response_text))::json
          else to_json(call) end
        order by s.position) filter (where s.fits), '[]'),
      'next', case when bool_or(not s.fits) then max(s.position) filter (where s.fits) end)
    into page
    from sized s left join public.benchmark_results b on b.id = s.result_id
      cross join lateral (
        select s.ordinal, s.probe_id, s.target_id, s.provider, s.model, s.parameters, s.region, s.series,
          s.iteration, s.status, s.skip_reason, s.is_recheck, s.result_id, b.created_at, b.started_at,
          b.success, b.status_code, b.error_kind, b.fault_domain, b.error_message, b.ttft_ms, b.ttfa_ms,
          b.tps, b.total_latency_ms, b.input_tokens, b.output_tokens, b.cost_usd, b.timing_quality) call;
  return page;
end $$;

-- Settings of a run without the texts of its prompts; of several, names and hashes stay.
create or replace function firsttoken.without_texts(settings jsonb) returns jsonb
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  prompts constant jsonb := settings #> '{work,prompts}';
begin
  return case when prompts is null then settings - 'prompt' else
    jsonb_set(settings - 'prompt', '{work,prompts}', (
      select coalesce(jsonb_agg(each.prompt - 'text' order by each.place), '[]')
      from jsonb_array_elements(prompts) with ordinality each (prompt, place))) end;
end $$;

-- in: {id, with_texts or none, after: next of the page before or null, limit}. out: {run, settings, targets,
-- probes: {rows, next}}: the run with its skip_reasons, its settings (with its prompts if with_texts), a
-- summary by target, region and series, and a page of its probes with their results (with answers if
-- with_texts). A following page has no targets.
create or replace function public.read_run(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
  after constant integer := coalesce((input ->> 'after')::integer, 0);
begin
  perform firsttoken.check_keys(input, 'read_run', array['id', 'with_texts', 'after', 'limit']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  return json_build_object(
    'run', firsttoken.describe_run(run) || jsonb_build_object('skip_reasons', (
      select coalesce(firsttoken.count_texts(array_agg(p.skip_reason)), '{}')
      from public.probes p where p.run_id = run.id and p.status = 'skipped')),
    'settings', case when texts then run.settings else firsttoken.without_texts(run.settings) end,
    'targets', case when after = 0 then firsttoken.summarize_run(run.id) else '[]' end,
    'probes', firsttoken.list_calls(run.id, after, firsttoken.page_size(input, 100, 500), texts));
end $$;

-- in: {id}. out: {id, n_probes, n_results, n_timelines}: what was deleted with the run. A run that is not
-- closed is refused. Triggers rebuild the rollups of its hours unless those are final; what it spent stays
-- spent.
create or replace function public.delete_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs;
  deleted jsonb;
begin
  perform firsttoken.check_keys(input, 'delete_run', array['id']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  select r.* into run from public.runs r where r.id = run.id for update;
  if run.status in ('running', 'queued') then
    raise exception using errcode = '23001',
      message = format('run %s is %s: cancel it, and delete it once it is closed', run.id, run.status);
  end if;
  select jsonb_build_object('id', run.id,
      'n_probes', (select count(*) from public.probes p where p.run_id = run.id),
      'n_results', count(*), 'n_timelines', count(t.result_id))
    into deleted
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.run_id = run.id;
  delete from public.runs r where r.id = run.id;
  return deleted;
end $$;

-- ---- 73_suites.sql

-- Runs as suites, for clients of an earlier API: the same runs under other names. What such clients call ttfb
-- is the time to the first token, so the fields of that name hold TTFT.

-- completed: it ended by itself, with whatever results. failed: cancelled, abandoned or missed.
create or replace function firsttoken.suite_status(status text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select case when status in ('running', 'queued') then 'running'
    when status = 'finished' then 'completed' else 'failed' end
$$;

-- A run as a suite. Of several providers or models the name is `multi`. Percentiles are given whatever the
-- number of samples is, as in a run's report: p95 means something from 59 on, p99 from 299.
create or replace function firsttoken.describe_suite(run public.runs, with_texts boolean) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  names constant jsonb := (select n.names from firsttoken.names_of_runs(array[run.id]) n);
  figures record;
begin
  select avg(f.ttft_ms) as avg_ttft, avg(f.tps) as avg_tps, avg(f.total_latency_ms) as avg_latency,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by f.ttft_ms) as ttft,
      sum(f.input_tokens) as input_tokens, sum(f.output_tokens) as output_tokens,
      count(*) filter (where not f.success and f.is_first) as n_failed
    into figures
    from firsttoken.run_figures f where f.run_id = run.id;
  return jsonb_build_object(
    'id', run.id, 'mode', run.mode,
    'provider_id', case when jsonb_array_length(names -> 'providers') > 1 then 'multi'
      else names #>> '{providers,0}' end,
    'model', case when jsonb_array_length(names -> 'models') > 1 then 'multi' else names #>> '{models,0}' end,
    'num_runs', (
      select coalesce(max(p.iteration), 0) from public.probes p
      where p.run_id = run.id and p.confirms is null),
    'concurrency', coalesce((run.settings ->> 'concurrency')::integer, 1),
    'max_tokens', run.settings -> 'max_tokens', 'temperature', run.settings -> 'temperature',
    'status', firsttoken.suite_status(run.status), 'created_at', run.started_at,
    'completed_at', run.finished_at, 'synthetic', run.synthetic,
    'avg_ttfb_ms', figures.avg_ttft, 'p50_ttfb_ms', figures.ttft[1], 'p95_ttfb_ms', figures.ttft[2],
    'p99_ttfb_ms', figures.ttft[3], 'avg_tps', figures.avg_tps, 'avg_latency_ms', figures.avg_latency,
    'total_input_tokens', figures.input_tokens, 'total_output_tokens', figures.output_tokens,
    'error_count', figures.n_failed)
    || case when with_texts then jsonb_build_object('prompt', run.settings -> 'prompt') else '{}' end;
end $$;

-- in: {provider_id, model, mode, status, synthetic: each or null, with_texts or none, limit, offset}. out:
-- {rows, next}, newest first; next is the offset of the following page. provider_id and model find every run
-- that calls it, `multi` those of several.
create or replace function public.list_history(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  start constant integer := greatest(coalesce((input ->> 'offset')::integer, 0), 0);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  provider constant text := nullif(input ->> 'provider_id', 'multi');
  model constant text := nullif(input ->> 'model', 'multi');
  targets constant uuid[] := firsttoken.find_targets(provider, model);
  is_multi constant boolean := 'multi' in (input ->> 'provider_id', input ->> 'model');
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_history', array['provider_id', 'model', 'mode', 'status',
    'synthetic', 'with_texts', 'limit', 'offset']);
  with found_rows as materialized (
    select r as run, r.started_at, r.id from public.runs r
    where (input ->> 'mode' is null or r.mode = input ->> 'mode')
      and (input ->> 'status' is null or firsttoken.suite_status(r.status) = input ->> 'status')
      and (only_synthetic is null or r.synthetic = only_synthetic)
      and (targets is null or (
        select true from public.probes p where p.run_id = r.id and p.target_id = any (targets) limit 1))
      and (is_multi is not true or (
        select count(distinct t.provider_id) > 1 and input ->> 'provider_id' = 'multi'
            or count(distinct t.model_id) > 1 and input ->> 'model' = 'multi'
          from public.probes p join public.targets t on t.id = p.target_id where p.run_id = r.id))
    order by r.started_at desc, r.id desc offset start limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(
        firsttoken.describe_suite(n.run, coalesce((input ->> 'with_texts')::boolean, false))
          order by n.position)
          filter (where n.position <= page_size), '[]'),
      'next', (max(start + page_size) filter (where n.position > page_size))::text)
    into page from numbered n;
  return page;
end $$;

-- in: {id, with_texts or none}. out: the suite, with runs: [{id, run_number, provider_id, model, status,
-- ...}], at most 1,000 of its results in the order of its plan; with_texts adds the prompt and the beginning
-- of each answer.
create or replace function public.read_history(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'read_history', array['id', 'with_texts']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  return firsttoken.describe_suite(run, texts) || jsonb_build_object('runs', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', b.id, 'run_number', made.run_number, 'provider_id', b.provider, 'model', b.model,
        'status', case when b.success then 'success' else 'error' end, 'ttfb_ms', b.ttft_ms,
        'total_latency_ms', b.total_latency_ms, 'tokens_per_second', b.tps, 'input_tokens', b.input_tokens,
        'output_tokens', b.output_tokens, 'error_message', b.error_message, 'recorded_at', b.created_at)
        || case when texts then jsonb_build_object('response_preview', left(b.response_text, 500))
          else '{}' end
        order by made.run_number), '[]')
      from (
        select c.result_id, row_number() over (order by c.ordinal, c.result_id) as run_number
        from firsttoken.calls_of_run(run.id) c where c.result_id is not null
        order by 2 limit 1000
      ) made join public.benchmark_results b on b.id = made.result_id));
end $$;

-- ---- 74_distribution.sql

-- A target over a time as a whole: how a metric is distributed, and what calls spent their time on.

-- The samples of some tracks, merged: by track, how many, and the value at each percent from 0 to 100,
-- interpolated as percentile_cont does. Both ends are whole hours: full days are read by day, the rest by
-- hour.
create or replace function firsttoken.distribution_of(tracks integer[], metric text, since timestamptz,
  until timestamptz)
returns table (track_id integer, n integer, percentiles double precision[])
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  first_day constant timestamptz :=
    least(date_trunc('day', since + interval '24 hours' - interval '1 microsecond'), until);
  end_day constant timestamptz := greatest(date_trunc('day', until), first_day);
begin
  return query
  with parts as (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= since and h.bucket < first_day
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where s.track_id = any (tracks) and s.bucket >= first_day and s.bucket < end_day
    union all
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= end_day and h.bucket < until
  )
  select p.track_id, count(*)::integer,
    percentile_cont(array(select i / 100.0 from generate_series(0, 100) i)) within group (order by v)
  from parts p
    cross join lateral unnest(case metric when 'ttft' then p.ttft when 'ttfa' then p.ttfa
      when 'tps' then p.tps else p.latency end) v
  group by p.track_id;
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, metric: ttft, ttfa,
-- tps or latency, since, until: as in list_series}. out: {metric, since, until, lines}: by target, region and
-- series n samples, the values at 0, 1, ... 100 percent, and of these p50, p95 and p99, the last two null
-- below 59 and 299 samples. The time is widened to whole hours. A track without a sample has no line.
create or replace function public.list_distribution(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  metric constant text := coalesce(input ->> 'metric', 'ttft');
  span record;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_distribution', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'metric', 'since', 'until']);
  if metric not in ('ttft', 'ttfa', 'tps', 'latency') then
    raise exception using errcode = '22023', message = 'metric must be ttft, ttfa, tps or latency';
  end if;
  select date_trunc('hour', t.since) as since,
      date_trunc('hour', t.until + interval '1 hour' - interval '1 microsecond') as until
    into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', d.n,
      'percentiles', array(select firsttoken.rounded(v) from unnest(d.percentiles) v),
      'p50', firsttoken.rounded(d.percentiles[51]),
      -- The minimum samples of published_percentile.
      'p95', case when d.n >= 59 then firsttoken.rounded(d.percentiles[96]) end,
      'p99', case when d.n >= 299 then firsttoken.rounded(d.percentiles[100]) end)
      order by t.provider, t.model, t.region, t.series), '[]')
    into lines
    from tracks t
      join firsttoken.distribution_of(array(select k.track_id from tracks k), metric, span.since,
        span.until) d on d.track_id = t.track_id;
  return json_build_object('metric', metric, 'since', span.since, 'until', span.until, 'lines', lines);
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, since, until: as in
-- list_series}. out: {since, until, rows}: by target, region and series how many answers there were, since
-- when, and of each phase its median in ms and how many had it: DNS, TCP and TLS of the socket, the wait for
-- the first token, reasoning, and the answer. Of samples among the latest 10,000 calls of a target.
create or replace function public.list_phases(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  span record;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_phases', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'since', 'until']);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  ), calls as (
    select t.track_id, b.*
    from (select distinct k.target_id from tracks k) target
      cross join lateral (
        select c.region, c.series, c.synthetic, c.created_at, c.dns_ms as dns, c.tcp_ms as tcp,
          c.tls_ms as tls, coalesce(c.ttft_ms, c.total_latency_ms) as wait,
          nullif(coalesce(c.ttfa_ms, c.total_latency_ms) - c.ttft_ms, 0) as reasoning,
          c.total_latency_ms - c.ttfa_ms as answer, c.success and c.confirms is null
            and not (c.own_load or c.warmup or c.maintenance)
            and c.timing_quality is distinct from 'untrusted' as is_sample
        from public.benchmark_results c
        where c.target_id = target.target_id and c.created_at >= span.since and c.created_at < span.until
        order by c.created_at desc limit 10000
      ) b
      join tracks t on t.target_id = target.target_id and t.region is not distinct from b.region
        and t.series is not distinct from b.series and t.synthetic = b.synthetic
    where b.is_sample
  ), medians as (
    select c.track_id, count(*) as n, min(c.created_at) as since,
      count(c.dns) as n_dns, percentile_cont(0.5) within group (order by c.dns) as dns,
      count(c.tcp) as n_tcp, percentile_cont(0.5) within group (order by c.tcp) as tcp,
      count(c.tls) as n_tls, percentile_cont(0.5) within group (order by c.tls) as tls,
      count(c.wait) as n_wait, percentile_cont(0.5) within group (order by c.wait) as wait,
      count(c.reasoning) as n_reasoning,
      percentile_cont(0.5) within group (order by c.reasoning) as reasoning,
      count(c.answer) as n_answer, percentile_cont(0.5) within group (order by c.answer) as answer
    from calls c group by c.track_id
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', m.n,
      'since', m.since, 'phases', json_build_object(
        'dns', json_build_object('n', m.n_dns, 'p50_ms', firsttoken.rounded(m.dns)),
        'tcp', json_build_object('n', m.n_tcp, 'p50_ms', firsttoken.rounded(m.tcp)),
        'tls', json_build_object('n', m.n_tls, 'p50_ms', firsttoken.rounded(m.tls)),
        'wait', json_build_object('n', m.n_wait, 'p50_ms', firsttoken.rounded(m.wait)),
        'reasoning', json_build_object('n', m.n_reasoning, 'p50_ms', firsttoken.rounded(m.reasoning)),
        'answer', json_build_object('n', m.n_answer, 'p50_ms', firsttoken.rounded(m.answer))))
      order by t.provider, t.model, t.region, t.series), '[]')
    into lines from tracks t join medians m on m.track_id = t.track_id;
  return json_build_object('since', span.since, 'until', span.until, 'rows', lines);
end $$;

-- ---- 74_moments.sql

-- Single moments of a target: its results as points of a chart, and the periods in which it was down.

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, since, until: as
-- list_series has them, limit: 1 to 1500, or null for that}. out: {t0, more, lines, ids, line, at_ms, ttft,
-- ttfa, tps, latency, errors}: the first attempts of a time, oldest first, as columns. line is a place in
-- lines, at_ms counts from t0, an error is <fault_domain>.<error_kind>. A value is null if it is no sample.
-- more: there are more than the limit, which are left out.
create or replace function public.list_points(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 1500, 1500);
  span record;
  answer json;
begin
  perform firsttoken.check_keys(input, 'list_points', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'since', 'until', 'limit']);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select k.*, row_number() over (order by k.provider, k.model, k.region, k.series, k.track_id) - 1 as place
    from firsttoken.chart_tracks(input) k
  ), found_points as (
    select t.place, i.id, i.created_at, i.error, i.ttft, i.ttfa, i.tps, i.latency
    from (select distinct k.target_id from tracks k) target
      cross join lateral (
        -- On its own, or the planner reads the results of everybody.
        select r.* from firsttoken.rollup_input r
        where r.target_id = target.target_id and r.created_at >= span.since and r.created_at < span.until
          and (r.is_ok or r.error is not null)
        offset 0
      ) i
      join tracks t on t.target_id = target.target_id and t.region is not distinct from i.region
        and t.series is not distinct from i.series and t.synthetic = i.synthetic
    order by i.created_at, i.id limit page_size + 1
  ), points as (
    select p.*, row_number() over (order by p.created_at, p.id) as position from found_points p
  ), shown as (
    select * from points p where p.position <= page_size
  )
  select json_build_object('t0', span.since, 'more', (select count(*) > page_size from points),
      'lines', (
        select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
          'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic)
          order by t.place), '[]')
        from tracks t),
      'ids', coalesce(json_agg(p.id order by p.position), '[]'),
      'line', coalesce(json_agg(p.place order by p.position), '[]'),
      'at_ms', coalesce(json_agg(round(1000 * date_part('epoch', p.created_at - span.since))
        order by p.position), '[]'),
      'ttft', coalesce(json_agg(firsttoken.rounded(p.ttft) order by p.position), '[]'),
      'ttfa', coalesce(json_agg(firsttoken.rounded(p.ttfa) order by p.position), '[]'),
      'tps', coalesce(json_agg(firsttoken.rounded(p.tps) order by p.position), '[]'),
      'latency', coalesce(json_agg(firsttoken.rounded(p.latency) order by p.position), '[]'),
      'errors', coalesce(json_agg(p.error order by p.position), '[]'))
    into answer from shown p;
  return answer;
end $$;

-- in: {target_id, or model and provider or null, region, synthetic: each or null, since, until: as in
-- list_series}. out: {rows}, latest first: the periods in which a target was down in a region, as
-- target_health has it: two checks or more failed in a row. since is the first that failed, last_failed_at
-- the last, until the first that succeeded again, or null if none has; errors counts the kinds. What began
-- more than 7 days before the time begins there. Checks are read where their hour has a failure: an hour
-- without one ends what was before.
create or replace function public.list_outages(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets uuid[];
  only_region constant text := input ->> 'region';
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  span record;
  rows jsonb;
begin
  perform firsttoken.check_keys(input, 'list_outages', array['target_id', 'provider', 'model', 'region',
    'synthetic', 'since', 'until']);
  targets := firsttoken.chart_targets(input);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with hours as materialized (
    select k.target_id, k.region, h.bucket, sum(h.n_provider - h.n_cleared) as n_failed,
      sum(h.n_ok + h.n_cleared) as n_ok
    from public.tracks k join public.rollups_hourly h on h.track_id = k.id
    where k.target_id = any (targets) and (only_region is null or k.region = only_region)
      and (only_synthetic is null or k.synthetic = only_synthetic)
      and h.bucket >= date_trunc('hour', span.since - interval '7 days')
      and h.bucket < span.until + interval '7 days'
    group by k.target_id, k.region, h.bucket
  ), seen as (
    select h.target_id, h.region, c.created_at, c.ok, c.error_kind
    from hours h cross join lateral (
        -- On its own: joined, the planner reads the results of everybody.
        select k.created_at, k.ok, k.error_kind from public.checks k
        where k.target_id = h.target_id and k.region is not distinct from h.region
          and k.created_at >= h.bucket and k.created_at < h.bucket + interval '1 hour'
        offset 0
      ) c
    where h.n_failed > 0
    union all
    select h.target_id, h.region, h.bucket, true, null from hours h where h.n_failed = 0 and h.n_ok > 0
  ), spells as (
    -- Failures between the same two successes have the same number.
    select s.*, count(*) filter (where s.ok)
      over (partition by s.target_id, s.region order by s.created_at) as spell
    from seen s
  ), kinds as (
    select s.target_id, s.region, s.spell, coalesce(s.error_kind, 'unknown') as kind, count(*) as n,
      min(s.created_at) as since, max(s.created_at) as last_failed_at
    from spells s where not s.ok group by 1, 2, 3, 4
  ), outages as (
    select k.target_id, k.region, min(k.since) as since, max(k.last_failed_at) as last_failed_at,
      sum(k.n)::integer as n_failed, jsonb_object_agg(k.kind, k.n) as errors
    from kinds k group by k.target_id, k.region, k.spell having sum(k.n) > 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'model', m.name, 'target_id', o.target_id,
      'region', o.region, 'synthetic', p.synthetic, 'since', o.since, 'last_failed_at', o.last_failed_at,
      'until', again.created_at, 'n_failed', o.n_failed, 'errors', o.errors)
      order by o.since desc, p.slug, m.name, o.region), '[]')
    into rows
    from outages o
      join public.targets t on t.id = o.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      left join lateral (
        select c.created_at from public.checks c
        where c.target_id = o.target_id and c.region is not distinct from o.region and c.ok
          and c.created_at > o.last_failed_at
        order by c.created_at limit 1
      ) again on true
    where o.since < span.until and coalesce(again.created_at, o.last_failed_at) >= span.since;
  return jsonb_build_object('rows', rows);
end $$;

-- ---- 74_series.sql

-- Lines of charts: one metric of a target over time, as columns.

-- The targets that a chart asks for: target_id, or those of a model, at a provider or everywhere.
create or replace function firsttoken.chart_targets(input jsonb) returns uuid[]
language plpgsql stable security invoker set search_path = '' as $$
declare
  target constant uuid := input ->> 'target_id';
begin
  if target is not null then
    if not exists (select from public.targets t where t.id = target) then
      raise exception using errcode = 'P0002',
        message = format('there is no target %s: list_models shows those that there are', target);
    end if;
    return array[target];
  elsif input ->> 'model' is not null then
    return firsttoken.find_targets(input ->> 'provider', input ->> 'model');
  end if;
  raise exception using errcode = '22023', message = 'a chart needs a target_id, or a model';
end $$;

-- The tracks of these targets in one region or all (null), of one series or the current one of each (null),
-- real or synthetic or both (null).
create or replace function firsttoken.chart_tracks(input jsonb)
returns table (track_id integer, target_id uuid, provider text, model text, region text, series text,
  synthetic boolean)
language plpgsql stable security invoker set search_path = '' as $$
declare
  targets constant uuid[] := firsttoken.chart_targets(input);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  return query
  select k.id, k.target_id, k.provider, k.model, k.region, k.series, k.synthetic
  from public.tracks k
  where k.target_id = any (targets)
    and (input ->> 'region' is null or k.region = input ->> 'region')
    and (only_synthetic is null or k.synthetic = only_synthetic)
    and case when input ->> 'series' is not null then k.series = input ->> 'series'
      else k.id in (select c.track_id from firsttoken.current_tracks(targets) c) end
  order by k.provider, k.model, k.region, k.id
  limit 100;
end $$;

-- From a first to a last moment, as a chart takes them: until now and the 24 hours before if left out. Others
-- than moments in order, ten years apart at most, are refused.
create or replace function firsttoken.chart_time(input jsonb, out since timestamptz, out until timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  until := coalesce((input ->> 'until')::timestamptz, now());
  since := coalesce((input ->> 'since')::timestamptz, until - interval '24 hours');
  if not (isfinite(since) and isfinite(until) and since < until)
    or until - since > interval '3700 days' then
    raise exception using errcode = '22023',
      message = 'since must be before until, ten years apart at most';
  end if;
end $$;

-- How many seconds apart the points of a chart are: the shortest step of which the width has room for all. Up
-- to 48 hours that may be the interval of the schedule, else an hour, six, or a day.
create or replace function firsttoken.chart_step(since timestamptz, until timestamptz, width integer)
returns integer
language plpgsql stable security invoker set search_path = '' as $$
declare
  span constant double precision := date_part('epoch', until - since);
  slot integer;
begin
  select date_part('epoch', r.late_at - r.slot)::integer into slot from public.runs r
    where r.slot is not null and r.late_at is not null order by r.started_at desc limit 1;
  return coalesce(
    (select min(steps.step) from unnest(array[coalesce(slot, 900), 3600, 21600]) steps (step)
      where steps.step >= 60 and span / steps.step <= width
        and (steps.step in (3600, 21600) or steps.step < 3600 and span <= 48 * 3600)),
    86400);
end $$;

-- The points of some tracks: from results if the step is less than an hour, else from rollups. n counts the
-- samples of a metric; failed, the checks that failed and no recheck cleared. A place without a call has no
-- point. p95 is null below its minimum of 59 samples.
create or replace function firsttoken.chart_points(tracks integer[], metric text, since timestamptz,
  until timestamptz, step integer)
returns table (track_id integer, place integer, n integer, p50 double precision, p95 double precision,
  failed integer)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  if step < 3600 then
    return query
    select k.id, floor(date_part('epoch', i.created_at - since) / step)::integer, count(v.value)::integer,
      percentile_cont(0.5) within group (order by v.value),
      case when count(v.value) >= 59 then percentile_cont(0.95) within group (order by v.value) end,
      (count(*) filter (where i.is_provider and not i.is_cleared))::integer
    from public.tracks k
      join firsttoken.rollup_input i on i.target_id = k.target_id
        and i.region is not distinct from k.region and i.series is not distinct from k.series
        and i.synthetic = k.synthetic
      cross join lateral (
        select case metric when 'ttft' then i.ttft when 'ttfa' then i.ttfa when 'tps' then i.tps
          else i.latency end as value) v
    where k.id = any (tracks) and i.created_at >= since and i.created_at < until
      and (i.is_ok or i.error is not null)
    group by 1, 2;
  elsif step = 3600 then
    return query
    -- Few hours have enough samples for a p95: not to ask takes a third of the time.
    select h.track_id, (date_part('epoch', h.bucket - since) / step)::integer, cardinality(v.samples),
      firsttoken.percentile_of(v.samples, 0.5),
      case when cardinality(v.samples) >= 59 then firsttoken.published_percentile(v.samples, 0.95) end,
      h.n_provider - h.n_cleared
    from public.rollups_hourly h
      cross join lateral (
        select case metric when 'ttft' then h.ttft when 'ttfa' then h.ttfa when 'tps' then h.tps
          else h.latency end as samples) v
    where h.track_id = any (tracks) and h.bucket >= since and h.bucket < until;
  elsif step < 86400 then
    return query
    with hours as (
      select h.track_id, floor(date_part('epoch', h.bucket - since) / step)::integer as place,
        h.n_provider - h.n_cleared as failed,
        case metric when 'ttft' then h.ttft when 'ttfa' then h.ttfa when 'tps' then h.tps
          else h.latency end as samples
      from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= since and h.bucket < until
    ), merged as (
      select h.track_id, h.place,
        coalesce(array_agg(v order by v) filter (where v is not null), '{}') as samples
      from hours h left join lateral unnest(h.samples) v on true group by h.track_id, h.place
    ), summed as (
      select h.track_id, h.place, sum(h.failed)::integer as failed from hours h group by h.track_id, h.place
    )
    select m.track_id, m.place, cardinality(m.samples), firsttoken.percentile_of(m.samples, 0.5),
      firsttoken.published_percentile(m.samples, 0.95), s.failed
    from merged m join summed s on s.track_id = m.track_id and s.place = m.place;
  else
    return query
    select d.track_id, (date_part('epoch', d.bucket - since) / step)::integer,
      coalesce(cardinality(v.samples), 0), firsttoken.percentile_of(v.samples, 0.5),
      firsttoken.published_percentile(v.samples, 0.95), d.n_provider - d.n_cleared
    from public.rollups_daily d
      left join public.samples_daily s on s.track_id = d.track_id and s.bucket = d.bucket
      cross join lateral (
        select case metric when 'ttft' then s.ttft when 'ttfa' then s.ttfa when 'tps' then s.tps
          else s.latency end as samples) v
    where d.track_id = any (tracks) and d.bucket >= since and d.bucket < until;
  end if;
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, metric: ttft, ttfa,
-- tps or latency, since, until or null for now, width: points wanted, or null for 500}. out: {metric, t0,
-- step_s, n_points, lines}: each line is a target in a region and a series, with the columns n, p50, p95 and
-- failed. The range is widened to whole steps. Where nothing was called every column is null; where nothing
-- was a sample, p50 is.
create or replace function public.list_series(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  metric constant text := coalesce(input ->> 'metric', 'ttft');
  width constant integer := least(greatest(coalesce((input ->> 'width')::integer, 500), 1), 5000);
  since timestamptz;
  until timestamptz;
  step integer;
  n_points integer;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_series', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'metric', 'since', 'until', 'width']);
  if metric not in ('ttft', 'ttfa', 'tps', 'latency') then
    raise exception using errcode = '22023', message = 'metric must be ttft, ttfa, tps or latency';
  end if;
  select t.since, t.until into since, until from firsttoken.chart_time(input) t;
  step := firsttoken.chart_step(since, until, width);
  since := to_timestamp(floor(date_part('epoch', since) / step) * step);
  until := to_timestamp(ceil(date_part('epoch', until) / step) * step);
  n_points := round(date_part('epoch', until - since) / step);
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  ), columns as (
    select p.track_id, firsttoken.spread(array_agg(p.place), array_agg(p.n), n_points, null::integer) as n,
      firsttoken.spread(array_agg(p.place), array_agg(firsttoken.rounded(p.p50)), n_points,
        null::numeric) as p50,
      firsttoken.spread(array_agg(p.place), array_agg(firsttoken.rounded(p.p95)), n_points,
        null::numeric) as p95,
      firsttoken.spread(array_agg(p.place), array_agg(p.failed), n_points, null::integer) as failed
    from firsttoken.chart_points(array(select t.track_id from tracks t), metric, since, until, step) p
    group by p.track_id
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', c.n,
      'p50', c.p50, 'p95', c.p95, 'failed', c.failed) order by t.provider, t.model, t.region, t.series), '[]')
    into lines
    from tracks t join columns c on c.track_id = t.track_id;
  return json_build_object('metric', metric, 't0', since, 'step_s', step, 'n_points', n_points,
    'lines', lines);
end $$;

-- ---- 75_metrics.sql

-- What monitoring reads: every target that is called, as it is now and in total, from indexes and rollups.

-- What the targets of one kind added up to since they were first called, by target and region. By day, so
-- that pruned results stay counted. Failures are named by error kind alone: a kind is for ever, while an own
-- outage moves a failure to another fault domain, and a total must not shrink.
create or replace view firsttoken.target_totals with (security_invoker = true) as
  select k.target_id, coalesce(k.region, '') as region, k.synthetic, min(d.bucket) as since,
    sum(d.n_calls) as n_calls, sum(d.n_ok) as n_ok, sum(d.n_answers) as n_answers,
    sum(d.n_cost_unknown) as n_cost_unknown, sum(d.input_tokens) as input_tokens,
    sum(d.output_tokens) as output_tokens, sum(d.reasoning_tokens) as reasoning_tokens,
    sum(d.cost_usd)::double precision as cost_usd
  from public.tracks k join public.rollups_daily d on d.track_id = k.id
  group by k.target_id, coalesce(k.region, ''), k.synthetic;

-- Failures of the same since then, by error kind.
create or replace view firsttoken.target_failures with (security_invoker = true) as
  select k.target_id, coalesce(k.region, '') as region, k.synthetic,
    split_part(e.key, '.', 2) as error_kind, sum(e.value::integer) as n
  from public.tracks k join public.rollups_daily d on d.track_id = k.id
    cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null
  group by k.target_id, coalesce(k.region, ''), k.synthetic, split_part(e.key, '.', 2);

-- When a target last succeeded in a region: in the last hour with a success; that hour, if its results are
-- pruned.
create or replace function firsttoken.last_success_at(target_id uuid, region text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select coalesce((
      select max(b.created_at) from public.benchmark_results b
      where b.target_id = last_success_at.target_id and coalesce(b.region, '') = last_success_at.region
        and b.success and b.level is null and b.created_at >= last_hour.bucket
        and b.created_at < last_hour.bucket + interval '1 hour'), last_hour.bucket)
  from (
    select max(latest.bucket) as bucket from public.tracks k
      cross join lateral (
        select h.bucket from public.rollups_hourly h
        where h.track_id = k.id and h.n_ok > 0 order by h.bucket desc limit 1) latest
    where k.target_id = last_success_at.target_id and coalesce(k.region, '') = last_success_at.region
  ) last_hour
$$;

-- Incidents of one kind of targets as monitoring sees them: {open: [incident], opened and resolved: {kind:
-- how many ever}}. What is in shadow is left out; what an outage of the whole provider tells is not.
create or replace function firsttoken.monitored_incidents(synthetic boolean) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with known as materialized (
    select i.* from public.incidents i
    where not i.shadow and monitored_incidents.synthetic = coalesce((
      select p.synthetic from public.providers p where coalesce(p.slug, p.name) = i.provider limit 1), false)
  )
  select jsonb_build_object(
    'open', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'kind', k.kind, 'severity', k.severity, 'provider', k.provider, 'model', k.model, 'region', k.region,
        'target_id', k.target_id, 'opened_at', k.opened_at) order by k.opened_at, k.id), '[]')
      from known k where k.resolved_at is null),
    'opened', (
      select coalesce(jsonb_object_agg(c.kind, c.n), '{}')
      from (select k.kind, count(*) as n from known k group by 1) c),
    'resolved', (
      select coalesce(jsonb_object_agg(c.kind, c.n), '{}')
      from (select k.kind, count(*) as n from known k where k.resolved_at is not null group by 1) c))
$$;

-- Channels as monitoring sees them: what waits for each and since when, and what it ever took or never will;
-- without those that a person switched off, or that the environment has no longer.
create or replace function firsttoken.monitored_channels() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', c.name, 'enabled', c.enabled, 'n_waiting', coalesce(w.n, 0), 'waiting_since', w.since,
    'n_sent', c.n_sent, 'n_dead', c.n_dead) order by c.name), '[]')
  from public.alert_channels c
    left join (
      select d.channel, count(*) as n, min(d.created_at) as since from public.notification_deliveries d
      where d.state in ('pending', 'held', 'sending') group by d.channel) w on w.channel = c.name
  where c.enabled
    or coalesce(c.disabled_reason, '') not in (firsttoken.channel_is_off(), firsttoken.channel_is_gone())
$$;

-- in: {schedule, synthetic: only real targets or only synthetic ones}. out: {now, schedule: {slot, late_at,
-- last_finished_at} of its last slot that began or null, n_running, spent_today_usd, incidents, channels,
-- judged_until: the latest result that was judged or null, n_targets, targets}.
-- targets: active ones in every region where they were called within ten intervals of theirs, or a day if the
-- schedule never ran; at most 1000 of n_targets. interval_s: how far apart checks are at most, or null. last:
-- the last call that counts as succeeded or failed, or null; its timings are null if they are no samples.
create or replace function public.read_metrics(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant boolean := coalesce((input ->> 'synthetic')::boolean, false);
  last_slot public.runs;
  pace interval;
  found_targets jsonb;
  n_found integer;
begin
  select r.* into last_slot from public.runs r
    where r.schedule = input ->> 'schedule' and r.slot is not null
      and r.status in ('running', 'finished', 'cancelled')
    order by r.slot desc limit 1;
  pace := coalesce(last_slot.late_at - last_slot.slot, interval '24 hours' / 10);
  with called as materialized (
    select t.id as target_id, t.model_id, coalesce(p.slug, p.name) as provider, m.name as model, r.region,
      every.minutes, h.horizon, count(*) over () as n_found
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      cross join lateral (select greatest(t.every_minutes, t.thinned_minutes) as minutes) every
      cross join lateral (
        select now() - 10 * firsttoken.check_interval(pace, every.minutes) as horizon) h
      cross join lateral (
        select distinct coalesce(b.region, '') as region from public.benchmark_results b
        where b.target_id = t.id and b.level is null and b.created_at >= h.horizon) r
    where t.active and p.synthetic = wanted
    order by 3, 4, 5, 1 limit 1000
  ), prices as materialized (
    -- Once a model, however many regions it is called from.
    select priced.model_id, firsttoken.describe_price(public.latest_price(priced.model_id)) as price
    from (select distinct c.model_id from called c) priced
  ), in_flight as (
    select pr.target_id, pr.region, count(*) as n from public.probes pr
    where pr.status = 'claimed' and pr.lease_until > now() group by 1, 2
  ), failures as (
    select f.target_id, f.region, jsonb_object_agg(f.error_kind, f.n) as by_kind
    from firsttoken.target_failures f
    where f.synthetic = wanted and f.target_id in (select c.target_id from called c) group by 1, 2
  ), totals as (
    select x.* from firsttoken.target_totals x
    where x.synthetic = wanted and x.target_id in (select c.target_id from called c)
  ), health as materialized (
    select h.target_id, coalesce(h.region, '') as region, h.state from public.target_health h
    where h.target_id in (select c.target_id from called c)
  )
  select max(c.n_found), coalesce(jsonb_agg(jsonb_build_object(
      'target_id', c.target_id, 'provider', c.provider, 'model', c.model, 'region', c.region,
      'state', coalesce(h.state, 'stale'),
      'interval_s', case when last_slot.id is not null then
        extract(epoch from firsttoken.check_interval(pace, c.minutes)) end,
      'last', to_jsonb(latest),
      'last_success_at', firsttoken.last_success_at(c.target_id, c.region),
      'in_flight', coalesce(f.n, 0),
      'price', priced.price,
      'totals', jsonb_build_object(
        'since', x.since, 'calls', coalesce(x.n_calls, 0), 'ok', coalesce(x.n_ok, 0),
        'answers', coalesce(x.n_answers, 0), 'cost_unknown', coalesce(x.n_cost_unknown, 0),
        'failures', coalesce(e.by_kind, '{}'), 'input_tokens', coalesce(x.input_tokens, 0),
        'output_tokens', coalesce(x.output_tokens, 0), 'reasoning_tokens', coalesce(x.reasoning_tokens, 0),
        'cost_usd', coalesce(x.cost_usd, 0))) order by c.provider, c.model, c.region, c.target_id), '[]')
    into n_found, found_targets
    from called c
      join prices priced on priced.model_id = c.model_id
      left join health h on h.target_id = c.target_id and h.region = c.region
      left join in_flight f on f.target_id = c.target_id and f.region = c.region
      left join totals x on x.target_id = c.target_id and x.region = c.region
      left join failures e on e.target_id = c.target_id and e.region = c.region
      left join lateral (
        select b.created_at as at, b.series, b.success, i.ttft as ttft_ms, i.ttfa as ttfa_ms,
          i.latency as latency_ms, i.tps, i.cost_usd, b.input_tokens, b.output_tokens, b.reasoning_tokens,
          b.timing_quality
        from (select n.id, n.created_at, n.ttft, n.ttfa, n.latency, n.tps, n.cost_usd
            from firsttoken.rollup_input n
            where n.target_id = c.target_id and coalesce(n.region, '') = c.region
              and n.created_at >= c.horizon and (n.is_ok or n.error is not null)
            order by n.created_at desc limit 1) i
          join public.benchmark_results b on b.id = i.id
      ) latest on true;
  return jsonb_build_object(
    'now', now(),
    'schedule', case when last_slot.id is not null then jsonb_build_object(
      'slot', last_slot.slot, 'late_at', last_slot.late_at,
      'last_finished_at', firsttoken.last_finished_at(last_slot.schedule)) end,
    'n_running', (select count(*) from public.runs r where r.status = 'running'),
    'spent_today_usd', coalesce((
      select s.usd from public.spending s where s.day = (now() at time zone 'UTC')::date), 0),
    'incidents', firsttoken.monitored_incidents(wanted), 'channels', firsttoken.monitored_channels(),
    'judged_until', (
      select max(s.evaluated_until) from public.alert_states s
      where s.scope like 'target/%' and isfinite(s.evaluated_until)),
    'n_targets', coalesce(n_found, 0), 'targets', found_targets);
end $$;

-- ---- 75_statistics.sql

-- Leaderboards, uptime and errors, from rollups.

-- The number of rows before a page of a list that is counted: its `after`.
create or replace function firsttoken.page_start(input jsonb) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select greatest(coalesce((input ->> 'after')::integer, 0), 0)
$$;

-- The columns to group by: those that are asked for, or the usual ones. Others than the known are refused.
create or replace function firsttoken.group_columns(input jsonb, usual text[], known text[]) returns text[]
language plpgsql immutable security invoker set search_path = '' as $$
declare
  wanted text[] := usual;
begin
  if jsonb_typeof(input -> 'by') = 'array' then
    wanted := array(select jsonb_array_elements_text(input -> 'by'));
  elsif input ->> 'by' is not null then
    wanted := array[input ->> 'by'];
  end if;
  if not wanted <@ known or wanted = '{}' then
    raise exception using errcode = '22023',
      message = format('by may have %s', array_to_string(known, ', '));
  end if;
  return wanted;
end $$;

-- The tracks of {target_id, provider, model, region, series, synthetic}, each or null for any.
create or replace function firsttoken.find_tracks(input jsonb) returns setof public.tracks
language sql stable security invoker set search_path = '' as $$
  select k.* from public.tracks k
    where (input ->> 'target_id' is null or k.target_id = (input ->> 'target_id')::uuid)
      and (input ->> 'provider' is null or k.provider = input ->> 'provider')
      and (input ->> 'model' is null or k.model = input ->> 'model')
      and (input ->> 'region' is null or k.region = input ->> 'region')
      and (input ->> 'series' is null or k.series = input ->> 'series')
      and (firsttoken.check_synthetic(input) is null or k.synthetic = (input ->> 'synthetic')::boolean)
$$;

-- in: {period: 24h, 7d or 30d, or null for 7d, metric or null for all, provider, model, region, series,
-- synthetic: each or null, after, limit}. out: {rows, next}: the published leaderboards in the order of their
-- ranks. Ranks hold within one region and one series, real and synthetic apart.
create or replace function public.list_leaderboard(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 500, 1000);
  wanted constant text := coalesce(input ->> 'period', '7d');
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_leaderboard', array['period', 'metric', 'provider', 'model',
    'region', 'series', 'synthetic', 'after', 'limit']);
  if wanted not in ('24h', '7d', '30d') then
    raise exception using errcode = '22023', message = 'period must be 24h, 7d or 30d';
  end if;
  if input ->> 'metric' not in ('ttft', 'ttfa', 'tps', 'latency', 'uptime', 'cost') then
    raise exception using errcode = '22023',
      message = 'metric must be ttft, ttfa, tps, latency, uptime or cost';
  end if;
  with ranked as (
    select s.period, s.metric, s.rank, s.rank_to, k.provider, k.model, k.target_id, t.parameters, k.region,
      k.series, k.synthetic, s.value, s.low, s.high, s.n, s.n_hours, s.n_days, s.mean, s.sd, s.p90, s.p95,
      s.p99, s.refreshed_at, row_number() over (order by s.metric, k.synthetic, k.region, k.series, s.rank,
        s.rank_to, k.provider, k.model, k.id) as position
    from public.target_summary s
      join firsttoken.find_tracks(input) k on k.id = s.track_id
      left join public.targets t on t.id = k.target_id
    where s.period = wanted and s.rank is not null
      and (input ->> 'metric' is null or s.metric = input ->> 'metric')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(r) - 'position' order by r.position)
        filter (where r.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where r.position > start + page_size))::text)
    into page from ranked r where r.position > start and r.position <= start + page_size + 1;
  return page;
end $$;

-- in: {target_id, provider, model, region, synthetic: each or null, days: 1 to 400, or null for 90}. out:
-- {t0, n_days, rows}: by target and region, all series together, the checks of each day (UTC) and how many
-- failed, their sums, and the share that did not fail, rounded down so that 100 means no failure.
create or replace function public.list_uptime(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  n_days constant integer := least(greatest(coalesce((input ->> 'days')::integer, 90), 1), 400);
  since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  lines jsonb;
begin
  perform firsttoken.check_keys(input, 'list_uptime', array['target_id', 'provider', 'model', 'region',
    'synthetic', 'days']);
  with days as (
    select k.target_id, k.provider, k.model, k.region, k.synthetic,
      (date_part('epoch', d.bucket - since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed
    from firsttoken.find_tracks(input) k join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= since and d.bucket < since + n_days * interval '24 hours'
    group by k.target_id, k.provider, k.model, k.region, k.synthetic, d.bucket
  ), rows as (
    select d.target_id, d.provider, d.model, d.region, d.synthetic,
      sum(d.n_checks) as n_checks, sum(d.n_failed) as n_failed,
      firsttoken.spread(array_agg(d.day), array_agg(d.n_checks), n_days, 0) as checks,
      firsttoken.spread(array_agg(d.day), array_agg(d.n_failed), n_days, 0) as failed
    from days d group by d.target_id, d.provider, d.model, d.region, d.synthetic
  )
  select coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('uptime_percent',
      floor(10000.0 * (r.n_checks - r.n_failed) / nullif(r.n_checks, 0)) / 100)
      order by r.provider, r.model, r.region, r.target_id), '[]')
    into lines from rows r;
  return jsonb_build_object('t0', since, 'n_days', n_days, 'rows', lines);
end $$;

-- in: {since or null for 7 days ago, until or null, target_id, provider, model, region, synthetic: each
-- or null, by: some of day, domain, kind, provider, model, region, or null for provider, model, domain,
-- kind, after, limit}. out: {rows, next, n_calls}: failures without rechecks, most first (by day: latest
-- first), and how many calls there were: of a target, or real ones unless synthetic ones are asked for. Since
-- is widened to its hour, or to its day (UTC) if until is more than 48 hours later.
create or replace function public.list_errors(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  columns constant text[] := firsttoken.group_columns(input, array['provider', 'model', 'domain', 'kind'],
    array['day', 'domain', 'kind', 'provider', 'model', 'region']);
  until timestamptz := coalesce((input ->> 'until')::timestamptz, now());
  since timestamptz := coalesce((input ->> 'since')::timestamptz, until - interval '7 days');
  is_hourly constant boolean := until - since <= interval '48 hours';
  unit constant text := case when is_hourly then 'hour' else 'day' end;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_errors', array['since', 'until', 'target_id', 'provider',
    'model', 'region', 'synthetic', 'by', 'after', 'limit']);
  since := date_trunc(unit, since);
  with buckets as materialized (
    select k.provider, k.model, k.region, k.synthetic, b.bucket, b.n_calls, b.errors
    from firsttoken.find_tracks(input) k
      cross join lateral (
        select h.bucket, h.n_calls, h.errors from public.rollups_hourly h
          where is_hourly and h.track_id = k.id and h.bucket >= since and h.bucket < until
        union all
        select d.bucket, d.n_calls, d.errors from public.rollups_daily d
          where not is_hourly and d.track_id = k.id and d.bucket >= since and d.bucket < until
      ) b
  ), grouped as (
    select case when 'day' = any (columns) then date_trunc('day', b.bucket) end as day, b.synthetic,
      case when 'provider' = any (columns) then b.provider end as provider,
      case when 'model' = any (columns) then b.model end as model,
      case when 'region' = any (columns) then b.region end as region,
      case when 'domain' = any (columns) then split_part(e.key, '.', 1) end as fault_domain,
      case when 'kind' = any (columns) then split_part(e.key, '.', 2) end as error_kind,
      sum(e.value::integer) as n
    from buckets b cross join lateral jsonb_each_text(b.errors) e
    where b.errors is not null
    group by 1, 2, 3, 4, 5, 6, 7
  ), numbered as (
    select g.*, row_number() over (order by g.day desc nulls last, g.n desc, g.provider, g.model, g.region,
      g.fault_domain, g.error_kind, g.synthetic) as position
    from grouped g
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text,
      'n_calls', (
        select coalesce(sum(b.n_calls), 0) from buckets b
        where input ->> 'target_id' is not null
          or b.synthetic = coalesce((input ->> 'synthetic')::boolean, false)))
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- ---- 76_costs.sql

-- What calls cost and will cost, budgets, and prices.

-- in: {since or null for 30 days ago, until or null, provider, model, region, synthetic: each or null, by:
-- some of day, month, provider, model, region, or null for day, after, limit}. out: {rows, next, total_usd},
-- latest and most expensive first. Whole days (UTC), rechecks and failures included; n_cost_unknown answers
-- have no known cost. The total is of real results unless synthetic ones are asked for.
create or replace function public.list_costs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 400, 1000);
  columns constant text[] := firsttoken.group_columns(input, array['day'],
    array['day', 'month', 'provider', 'model', 'region']);
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
  first_day constant timestamptz := date_trunc('day',
    coalesce((input ->> 'since')::timestamptz, least(until, now()) - interval '30 days'));
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_costs', array['since', 'until', 'provider', 'model', 'region',
    'synthetic', 'by', 'after', 'limit']);
  with grouped as materialized (
    select case when 'day' = any (columns) then d.bucket
        when 'month' = any (columns) then date_trunc('month', d.bucket) end as since, k.synthetic,
      case when 'provider' = any (columns) then k.provider end as provider,
      case when 'model' = any (columns) then k.model end as model,
      case when 'region' = any (columns) then k.region end as region,
      sum(d.n_calls) as n_calls, sum(d.n_answers) as n_answers, sum(d.input_tokens) as input_tokens,
      sum(d.output_tokens) as output_tokens, sum(d.reasoning_tokens) as reasoning_tokens,
      round(sum(d.cost_usd), 9) as cost_usd, sum(d.n_cost_unknown) as n_cost_unknown
    from firsttoken.find_tracks(input) k join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= first_day and d.bucket < until
    group by 1, 2, 3, 4, 5
  ), numbered as (
    select g.*, row_number() over (order by g.since desc nulls last, g.cost_usd desc, g.provider, g.model,
      g.region, g.synthetic) as position
    from grouped g
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text,
      'total_usd', (
        select coalesce(sum(g.cost_usd), 0) from grouped g
        where g.synthetic = coalesce((input ->> 'synthetic')::boolean, false)))
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {synthetic or null for real ones}. out: {usd_in_30_days, n_cost_unknown, rows}: what the next 30 days
-- cost at the present pace, by schedule, provider and model: the cost of a run, over the latest 24 of each
-- schedule in the last 30 days, times the number of its slots. A target with an interval, its own or that of
-- a budget, which is not in each run, costs what its latest 24 calls did in the runs of a schedule, times the
-- number of its intervals. Calls by hand are not included.
create or replace function public.read_projection(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  only_synthetic constant boolean := coalesce(firsttoken.check_synthetic(input), false);
  described jsonb;
begin
  perform firsttoken.check_keys(input, 'read_projection', array['synthetic']);
  with recursive schedules (schedule) as (
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  ), latest as materialized (
    select s.schedule, r.id, date_part('epoch', r.late_at - r.slot) as seconds
    from schedules s
      cross join lateral (
        select every_run.id, every_run.late_at, every_run.slot from public.runs every_run
        where every_run.schedule = s.schedule and every_run.slot >= now() - interval '30 days'
          and every_run.status = 'finished' and every_run.synthetic = only_synthetic
        order by every_run.slot desc limit 24
      ) r
  ), pace as (
    select l.schedule, count(*) as n_runs, percentile_cont(0.5) within group (order by l.seconds) as seconds
    from latest l group by l.schedule
  ), spaced as materialized (
    select t.id, greatest(t.every_minutes, t.thinned_minutes) as minutes from public.targets t
    where t.active and coalesce(t.every_minutes, t.thinned_minutes) is not null
  ), parts as (
    select pace.schedule, pace.seconds, b.provider, b.model, sum(b.cost_usd) / pace.n_runs as usd_per_run,
      count(*) filter (where b.success and b.cost_usd is null) as n_cost_unknown
    from pace
      join latest l on l.schedule = pace.schedule
      -- The results of one run at a time: joined, all there are would be read.
      cross join lateral (
        select made.provider, made.model, made.cost_usd, made.success from public.benchmark_results made
        where made.run_id = l.id and not exists (select from spaced s where s.id = made.target_id) offset 0
      ) b
    group by pace.schedule, pace.seconds, pace.n_runs, b.provider, b.model
    union all
    select pace.schedule, pace.seconds, b.provider, b.model, sum(b.cost_usd) / count(distinct b.run_id)
        * pace.seconds / greatest(pace.seconds, 60 * s.minutes),
      count(*) filter (where b.success and b.cost_usd is null)
    from spaced s
      cross join lateral (
        select r.schedule, made.run_id, made.provider, made.model, made.cost_usd, made.success
        from public.benchmark_results made join public.runs r on r.id = made.run_id
        where made.target_id = s.id and made.level is null and made.created_at >= now() - interval '30 days'
          and r.slot is not null and r.status = 'finished' and r.synthetic = only_synthetic
        order by made.created_at desc limit 24
      ) b
      join pace on pace.schedule = b.schedule
    group by s.id, s.minutes, pace.schedule, pace.seconds, b.provider, b.model
  ), projected as (
    select p.schedule, p.provider, p.model, p.seconds as seconds_between_runs,
      round(sum(p.usd_per_run)::numeric, 9) as usd_per_run,
      round((sum(p.usd_per_run) * 30 * 86400 / p.seconds)::numeric, 6) as usd_in_30_days,
      sum(p.n_cost_unknown)::integer as n_cost_unknown
    from parts p group by p.schedule, p.seconds, p.provider, p.model
  )
  select jsonb_build_object('usd_in_30_days', coalesce(sum(p.usd_in_30_days), 0),
      'n_cost_unknown', coalesce(sum(p.n_cost_unknown), 0),
      'rows', coalesce(jsonb_agg(to_jsonb(p)
        order by p.usd_in_30_days desc nulls last, p.schedule, p.provider, p.model), '[]'))
    into described from projected p;
  return described;
end $$;

-- in: {}. out: {day, month, usd_today, usd_this_month, days: [{day, usd}]}: what budgets are compared with,
-- and the days of the last 62 (UTC) that had calls, latest first: what calls cost, and what those in progress
-- may cost.
create or replace function public.read_budget(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  first_of_month constant date := date_trunc('month', today::timestamp)::date;
begin
  perform firsttoken.check_keys(input, 'read_budget', '{}');
  return (
    select jsonb_build_object('day', today, 'month', to_char(today, 'YYYY-MM'),
      'usd_today', coalesce(sum(s.usd) filter (where s.day = today), 0),
      'usd_this_month', coalesce(sum(s.usd) filter (where s.day >= first_of_month), 0),
      'days', coalesce(jsonb_agg(jsonb_build_object('day', s.day, 'usd', s.usd) order by s.day desc), '[]'))
    from public.spending s where s.day > today - 62);
end $$;

-- in: {provider, model, since: each or null, after, limit}. out: {rows, next}: prices that replaced another,
-- latest first, with the input and output rates before and now.
create or replace function public.list_price_changes(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_price_changes',
    array['provider', 'model', 'since', 'after', 'limit']);
  with priced as (
    select p.slug as provider, m.name as model, pr."timestamp" as since,
      lag(pr.input_price_per_m) over before_it as input_before, pr.input_price_per_m as input_now,
      lag(pr.output_price_per_m) over before_it as output_before, pr.output_price_per_m as output_now,
      pr.source, pr.as_of, pr.valid_until, pr.id
    from public.prices pr
      join public.models m on m.id = pr.model_id
      join public.providers p on p.id = pr.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (input ->> 'model' is null or m.name = input ->> 'model')
    window before_it as (partition by pr.model_id order by pr."timestamp", pr.id)
  ), numbered as (
    select c.*, row_number() over (order by c.since desc, c.id desc) as position
    from priced c
    where c.input_before is not null
      and c.since >= coalesce((input ->> 'since')::timestamptz, '-infinity')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - array['position', 'id'] order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text)
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {provider, model}. out: {in_force, rows}: the prices of a model, the latest 1,000 first, and the one in
-- force, in the shape that plans and results carry; with since and valid_until.
create or replace function public.list_prices(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  model public.models;
begin
  perform firsttoken.check_keys(input, 'list_prices', array['provider', 'model']);
  select m.* into model from public.models m join public.providers p on p.id = m.provider_id
    where p.slug = input ->> 'provider' and m.name = input ->> 'model';
  if model.id is null then
    raise exception using errcode = 'P0002',
      message = format('%s has no model %s: list_models shows those that there are', input ->> 'provider',
        input ->> 'model');
  end if;
  return jsonb_build_object(
    'in_force', firsttoken.describe_price(public.latest_price(model.id)),
    'rows', (
      select coalesce(jsonb_agg(firsttoken.describe_price(pr)
          || jsonb_build_object('since', pr."timestamp", 'valid_until', pr.valid_until)
          order by pr."timestamp" desc, pr.id desc), '[]')
      from (
        select * from public.prices each where each.model_id = model.id
        order by each."timestamp" desc, each.id desc limit 1000) pr));
end $$;

-- ---- 77_comparisons.sql

-- Gaps, comparisons, and what else a screen lists: providers and calibrations.

-- in: {schedule, since: each or null, after, limit}. out: {rows, next}: the slots without a run of run_gaps,
-- latest first.
create or replace function public.list_gaps(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_gaps', array['schedule', 'since', 'after', 'limit']);
  with numbered as (
    select g.*, row_number() over (order by g.since desc, g.schedule, g.until desc) as position
    from public.run_gaps g
    where (input ->> 'schedule' is null or g.schedule = input ->> 'schedule')
      and g.until >= coalesce((input ->> 'since')::timestamptz, '-infinity')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text)
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {before, after: ids of runs}. out: {before, after: the runs, rows}: both runs by target, region and
-- series, as compare_runs has them.
create or replace function public.read_comparison(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  first_run public.runs;
  second_run public.runs;
begin
  perform firsttoken.check_keys(input, 'read_comparison', array['before', 'after']);
  first_run := firsttoken.get_run((input ->> 'before')::uuid);
  second_run := firsttoken.get_run((input ->> 'after')::uuid);
  return jsonb_build_object(
    'before', firsttoken.describe_run(first_run), 'after', firsttoken.describe_run(second_run),
    'rows', (
      select coalesce(jsonb_agg(to_jsonb(c) order by c.provider, c.model, c.region, c.series), '[]')
      from public.compare_runs(first_run.id, second_run.id) c));
end $$;

-- What a model is called everywhere: its name in lower case, from the last / on, without an ending such as
-- :free.
create or replace function firsttoken.bare_name(model text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select regexp_replace(regexp_replace(lower(model), '^.*/', ''), ':[a-z]+$', '')
$$;

-- in: {model, period: 24h, 7d or 30d, or null for 7d, region, synthetic: each or null}. out: {model, period,
-- rows}: the same model wherever it is served, by target, region and series: what the leaderboards have of
-- each metric, published or not, and its price in force. Compare only rows of one region and one series.
create or replace function public.compare_model(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant text := coalesce(input ->> 'period', '7d');
  bare constant text := firsttoken.bare_name(input ->> 'model');
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  perform firsttoken.check_keys(input, 'compare_model', array['model', 'period', 'region', 'synthetic']);
  perform firsttoken.check_name(input -> 'model', 'the model');
  if wanted not in ('24h', '7d', '30d') then
    raise exception using errcode = '22023', message = 'period must be 24h, 7d or 30d';
  end if;
  return jsonb_build_object('model', bare, 'period', wanted, 'rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'provider', o.provider, 'model', o.model, 'target_id', o.target_id, 'parameters', t.parameters,
        'region', o.region, 'series', o.series, 'synthetic', o.synthetic, 'metrics', o.metrics,
        'refreshed_at', o.refreshed_at, 'price', firsttoken.describe_price(public.latest_price(t.model_id)))
        order by o.synthetic, o.region, o.series, o.ttft, o.provider, o.model, o.id), '[]')
    from (
      select k.id, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
        max(s.refreshed_at) as refreshed_at, max(s.value) filter (where s.metric = 'ttft') as ttft,
        jsonb_object_agg(s.metric, jsonb_build_object('value', s.value, 'low', s.low, 'high', s.high,
          'n', s.n, 'p95', s.p95, 'rank', s.rank, 'rank_to', s.rank_to)) as metrics
      from public.target_summary s join public.tracks k on k.id = s.track_id
      where s.period = wanted and firsttoken.bare_name(k.model) = bare
        and (input ->> 'region' is null or k.region = input ->> 'region')
        and (only_synthetic is null or k.synthetic = only_synthetic)
      group by k.id
    ) o left join public.targets t on t.id = o.target_id));
end $$;

-- in: {synthetic or null}. out: {rows}: every provider with counts of its models and targets, its last call
-- and its last sync. Whether its key is set is not known here.
create or replace function public.list_providers(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  perform firsttoken.check_keys(input, 'list_providers', array['synthetic']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', p.slug, 'name', p.name, 'base_url', p.base_url, 'logo_url', p.logo_url,
        'synthetic', p.synthetic, 'penalty_until', p.penalty_until, 'created_at', p.created_at,
        'n_models', models.n, 'n_available', models.n_available, 'n_targets', targets.n,
        'n_active', targets.n_active, 'last_call_at', targets.last_call_at,
        'last_sync', to_jsonb(last_sync)) order by p.slug), '[]')
    from public.providers p
      cross join lateral (
        select count(*) as n, count(*) filter (where m.available) as n_available
        from public.models m where m.provider_id = p.id
      ) models
      cross join lateral (
        select count(*) as n, count(*) filter (where t.active) as n_active,
          max(latest.created_at) as last_call_at
        from public.targets t
          left join lateral (
            select b.created_at from public.benchmark_results b
            where b.target_id = t.id order by b.created_at desc limit 1
          ) latest on true
        where t.provider_id = p.id
      ) targets
      left join lateral (
        select s.started_at, s.status, s.reason, s.n_listed, s.n_chat from public.syncs s
        where s.provider_id = p.id order by s.started_at desc limit 1
      ) last_sync on true
    where p.slug is not null and (only_synthetic is null or p.synthetic = only_synthetic)));
end $$;

-- in: {host or null for all}. out: {rows}: the latest calibration of each host at each concurrency.
create or replace function public.list_calibrations(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_calibrations', array['host']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(to_jsonb(latest) order by latest.host, latest.concurrency), '[]')
    from (
      select distinct on (c.host, c.concurrency) c.* from public.calibrations c
      where input ->> 'host' is null or c.host = input ->> 'host'
      order by c.host, c.concurrency, c.created_at desc
    ) latest));
end $$;

-- ---- 78_proxy_traffic.sql

-- Reading what the proxy measured: single requests, traffic by what it is of, and that of a target beside its
-- probes.

-- in: {provider, model, client, success, error_kind, stream, synthetic, since, until: each or null,
-- after: `next` of the page before or null, limit}; since is inclusive, until exclusive. out: {rows, next},
-- newest first: columns of proxy_requests.
create or replace function public.list_proxy_requests(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 500);
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_client constant text := input ->> 'client';
  only_success constant boolean := (input ->> 'success')::boolean;
  only_kind constant text := input ->> 'error_kind';
  only_stream constant boolean := (input ->> 'stream')::boolean;
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  since constant timestamptz := coalesce((input ->> 'since')::timestamptz, '-infinity');
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
  seen record;
  page json;
begin
  perform firsttoken.check_keys(input, 'list_proxy_requests', array['provider', 'model', 'client', 'success',
    'error_kind', 'stream', 'synthetic', 'since', 'until', 'after', 'limit']);
  select c.moment, c.id into seen from firsttoken.parse_cursor(input ->> 'after') c;
  with found_rows as (
    select q.* from public.proxy_requests q
    where q.received_at >= since and q.received_at < until
      and (q.received_at, q.id) < (seen.moment, seen.id)
      and (only_provider is null or q.provider = only_provider)
      and (only_model is null or q.model_asked = only_model)
      and (only_client is null or q.client = only_client)
      and (only_success is null or q.success = only_success)
      and (only_kind is null or q.error_kind = only_kind)
      and (only_stream is null or q.stream = only_stream)
      and (only_synthetic is null or q.synthetic = only_synthetic)
    order by q.received_at desc, q.id desc limit page_size + 1
  ), shown as (
    select f.* from found_rows f order by f.received_at desc, f.id desc limit page_size
  )
  select json_build_object(
      'rows', (select coalesce(json_agg(s order by s.received_at desc, s.id desc), '[]') from shown s),
      'next', (
        select firsttoken.cursor_of(s.received_at, s.id) from shown s
        where (select count(*) from found_rows) > page_size
        order by s.received_at, s.id limit 1))
    into page;
  return page;
end $$;

-- in: {id} of a request. out: columns of proxy_texts, or null if its texts are not kept.
create or replace function public.read_proxy_text(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'read_proxy_text', array['id']);
  return (
    select to_jsonb(t) from public.proxy_texts t where t.request_id = (input ->> 'id')::uuid);
end $$;

-- Sorted samples in short: {n, p50, p90, p95, p99}, the percentiles null below their minima.
create or replace function firsttoken.published_samples(sorted real[]) returns jsonb
language sql immutable parallel safe security invoker set search_path = '' as $$
  select jsonb_build_object('n', cardinality(sorted),
    'p50', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.5)),
    'p90', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.9)),
    'p95', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.95)),
    'p99', firsttoken.rounded(firsttoken.published_percentile(sorted, 0.99)))
$$;

-- The traffic of some series in some time, in short: counts, tokens, cost, mean overhead in ms, and samples.
create or replace function firsttoken.describe_traffic(series integer[], since timestamptz, until timestamptz)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  traffic jsonb;
  ttft real[];
  ttfa real[];
  tps real[];
  latency real[];
begin
  select jsonb_build_object('n', coalesce(sum(m.n_requests), 0), 'ok', coalesce(sum(m.n_ok), 0),
      'client_left', coalesce(sum(m.n_client_left), 0),
      'failed', jsonb_build_object('provider', coalesce(sum(m.n_provider), 0),
        'account', coalesce(sum(m.n_account), 0), 'config', coalesce(sum(m.n_config), 0),
        'excluded', coalesce(sum(m.n_excluded), 0), 'self', coalesce(sum(m.n_self), 0)),
      'untrusted', coalesce(sum(m.n_untrusted), 0), 'cost_unknown', coalesce(sum(m.n_cost_unknown), 0),
      'input_tokens', coalesce(sum(m.input_tokens), 0),
      'cached_tokens', coalesce(sum(m.cached_tokens), 0),
      'output_tokens', coalesce(sum(m.output_tokens), 0),
      'reasoning_tokens', coalesce(sum(m.reasoning_tokens), 0),
      'cost_usd', firsttoken.rounded_cost(coalesce(sum(m.cost_usd), 0)),
      'request_bytes', coalesce(sum(m.request_bytes), 0),
      'response_bytes', coalesce(sum(m.response_bytes), 0),
      'overhead_before_ms', round(sum(m.overhead_before_sum) / nullif(sum(m.n_overhead_before), 0), 3),
      'overhead_first_ms', round(sum(m.overhead_first_sum) / nullif(sum(m.n_overhead_first), 0), 3))
    into traffic
    from public.proxy_minutes m
    where m.series_id = any (series) and m.bucket >= describe_traffic.since
      and m.bucket < describe_traffic.until;
  select coalesce(array_agg(v.ttft order by v.ttft) filter (where v.ttft is not null), '{}'),
      coalesce(array_agg(v.ttfa order by v.ttfa) filter (where v.ttfa is not null), '{}'),
      coalesce(array_agg(v.tps order by v.tps) filter (where v.tps is not null), '{}'),
      coalesce(array_agg(v.latency order by v.latency) filter (where v.latency is not null), '{}')
    into ttft, ttfa, tps, latency
    from (
      -- Side by side, though values of a row need not be of one request.
      select unnest(m.ttft) as ttft, unnest(m.ttfa) as ttfa, unnest(m.tps) as tps,
        unnest(m.latency) as latency
      from public.proxy_minutes m
      where m.series_id = any (series) and m.bucket >= describe_traffic.since
        and m.bucket < describe_traffic.until) v;
  return traffic || jsonb_build_object('ttft', firsttoken.published_samples(ttft),
    'ttfa', firsttoken.published_samples(ttfa), 'tps', firsttoken.published_samples(tps),
    'latency', firsttoken.published_samples(latency));
end $$;

-- in: {provider, model, client, synthetic, since, until: each or null, by: what rows are apart by besides
-- provider and model: client, host, input_size, stream, reasoning, or null for nothing, limit}; until now and
-- the 24 hours before if left out, by whole minutes. out: {since, until, more, rows}, the largest first:
-- traffic in short, with null for what rows are not apart by. more: there are more than the limit.
create or replace function public.read_proxy_traffic(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 100, 500);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  apart constant text[] := array(
    select jsonb_array_elements_text(coalesce(nullif(input -> 'by', 'null'), '[]')));
  span record;
  answer jsonb;
begin
  perform firsttoken.check_keys(input, 'read_proxy_traffic', array['provider', 'model', 'client', 'synthetic',
    'since', 'until', 'by', 'limit']);
  if not apart <@ array['client', 'host', 'input_size', 'stream', 'reasoning'] then
    raise exception using errcode = '22023',
      message = 'by may have client, host, input_size, stream and reasoning';
  end if;
  select date_trunc('minute', t.since) as since, t.until into span from firsttoken.chart_time(input) t;
  with groups as (
    select s.provider, s.model, s.synthetic, case when 'client' = any (apart) then s.client end as client,
      case when 'host' = any (apart) then s.host end as host,
      case when 'input_size' = any (apart) then s.input_size end as input_size,
      case when 'stream' = any (apart) then s.stream end as stream,
      case when 'reasoning' = any (apart) then s.reasoning end as reasoning,
      array_agg(s.id) as ids, sum(busy.n) as n
    from public.proxy_series s
      cross join lateral (
        select sum(m.n_requests) as n from public.proxy_minutes m
        where m.series_id = s.id and m.bucket >= span.since and m.bucket < span.until) busy
    where busy.n > 0
      and (input ->> 'provider' is null or s.provider = input ->> 'provider')
      and (input ->> 'model' is null or s.model = input ->> 'model')
      and (input ->> 'client' is null or s.client = input ->> 'client')
      and (only_synthetic is null or s.synthetic = only_synthetic)
    group by 1, 2, 3, 4, 5, 6, 7, 8
  ), numbered as (
    select g.*, row_number() over (order by g.n desc, g.provider, g.model, g.synthetic, g.client, g.host,
      g.input_size, g.stream, g.reasoning) as place
    from groups g
  )
  select jsonb_build_object('since', span.since, 'until', span.until,
      'more', (select count(*) > page_size from numbered),
      'rows', coalesce(jsonb_agg(to_jsonb(g) - array['ids', 'n', 'place']
        || firsttoken.describe_traffic(g.ids, span.since, span.until) order by g.place), '[]'))
    into answer from numbered g where g.place <= page_size;
  return answer;
end $$;

-- in: {target_id, or provider and model, since, until: each or null}; until now and the 24 hours before if
-- left out, both widened to whole hours, as rollups of probes are. out: {since, until, provider, model,
-- last_at, n_texts, traffic: in short, input_sizes: [{input_size, ttft}], steps: {step_s, n, ttft_p50},
-- probes: [{region, series, ttft, latency}]} with samples in short: what the proxy saw of a model beside its
-- probes, of the series that targets have now. last_at is the last request of all, null if there was none;
-- n_texts: of how many requests the texts are kept. There are 48 steps.
create or replace function public.compare_traffic(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets uuid[];
  target record;
  span record;
  step interval;
  ids integer[];
begin
  perform firsttoken.check_keys(input, 'compare_traffic', array['target_id', 'provider', 'model', 'since',
    'until']);
  targets := firsttoken.chart_targets(input);
  if input ->> 'target_id' is not null then
    select p.slug as provider, m.name as model into strict target
      from public.targets t
        join public.models m on m.id = t.model_id
        join public.providers p on p.id = t.provider_id
      where t.id = targets[1];
  else
    perform firsttoken.check_name(input -> 'provider', 'provider');
    select input ->> 'provider' as provider, input ->> 'model' as model into target;
  end if;
  select date_trunc('hour', t.since) as since,
      date_trunc('hour', t.until - interval '1 microsecond') + interval '1 hour' as until
    into span from firsttoken.chart_time(input) t;
  step := (span.until - span.since) / 48;
  ids := array(
    select s.id from public.proxy_series s where s.provider = target.provider and s.model = target.model);
  return jsonb_build_object('since', span.since, 'until', span.until, 'provider', target.provider,
    'model', target.model,
    'last_at', (
      select q.received_at from public.proxy_requests q
      where q.provider = target.provider and q.model_asked = target.model
      order by q.received_at desc limit 1),
    'n_texts', (
      select count(*) from public.proxy_texts t join public.proxy_requests q on q.id = t.request_id
      where t.captured_at >= span.since and t.captured_at < span.until
        and q.provider = target.provider and q.model_asked = target.model),
    'traffic', firsttoken.describe_traffic(ids, span.since, span.until),
    'input_sizes', (
      select coalesce(jsonb_agg(jsonb_build_object('input_size', sized.input_size,
        'ttft', firsttoken.published_samples(sized.ttft)) order by sized.input_size), '[]')
      from (
        select s.input_size, array_agg(v order by v) as ttft
        from public.proxy_series s join public.proxy_minutes m on m.series_id = s.id, unnest(m.ttft) v
        where s.id = any (ids) and m.bucket >= span.since and m.bucket < span.until
        group by s.input_size) sized),
    'steps', (
      select jsonb_build_object('step_s', extract(epoch from step),
        'n', jsonb_agg(coalesce(counted.n, 0) order by place),
        'ttft_p50', jsonb_agg(firsttoken.rounded(timed.p50) order by place))
      from generate_series(0, 47) place
        cross join lateral (
          select sum(m.n_requests) as n from public.proxy_minutes m
          where m.series_id = any (ids) and m.bucket >= span.since + place * step
            and m.bucket < span.since + (place + 1) * step) counted
        cross join lateral (
          select percentile_cont(0.5) within group (order by v) as p50
          from public.proxy_minutes m, unnest(m.ttft) v
          where m.series_id = any (ids) and m.bucket >= span.since + place * step
            and m.bucket < span.since + (place + 1) * step) timed),
    'probes', (
      select coalesce(jsonb_agg(jsonb_build_object('region', probed.region, 'series', probed.series,
        'ttft', firsttoken.published_samples(probed.ttft),
        'latency', firsttoken.published_samples(probed.latency)) order by probed.region, probed.series), '[]')
      from (
        select k.region, k.series,
          array(
            select v from public.rollups_hourly h, unnest(h.ttft) v
            where h.track_id = k.track_id and h.bucket >= span.since and h.bucket < span.until
            order by v) as ttft,
          array(
            select v from public.rollups_hourly h, unnest(h.latency) v
            where h.track_id = k.track_id and h.bucket >= span.since and h.bucket < span.until
            order by v) as latency
        from firsttoken.chart_tracks(input) k) probed));
end $$;

-- ---- 78_result_reads.sql

-- Finding results, and one result in full.

-- The ids of the first n results after a position in time that list_results asks for, oldest first. Planned
-- for the values at hand: a generic plan would scan the table. By target, provider and model those results
-- are found that have a target; of a run, all.
create or replace function firsttoken.find_results(input jsonb, seen_at timestamptz, seen_id uuid, n integer)
returns uuid[]
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  run constant uuid := input ->> 'run_id';
  only_target constant uuid := input ->> 'target_id';
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_kind constant text := input ->> 'error_kind';
  only_mode constant text := input ->> 'mode';
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  -- Failures have indexes of their own.
  only_success constant boolean :=
    case when only_kind is not null then false else (input ->> 'success')::boolean end;
  of_model constant uuid[] := firsttoken.find_targets(only_provider, only_model);
  targets constant uuid[] := case
    when only_target is null then of_model
    when of_model is null or only_target = any (of_model) then array[only_target]
    else '{}' end;
  since constant timestamptz := greatest(coalesce((input ->> 'since')::timestamptz, '-infinity'), seen_at);
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
begin
  if only_kind is not null and (input ->> 'success')::boolean then
    return '{}';
  elsif run is not null or only_mode <> 'scheduled' then
    -- Materialized, because the planner may scan the index on time for the few rows of the runs.
    return array(
      with of_runs as materialized (
        select b.id, b.created_at, b.target_id, b.provider, b.model, b.success, b.error_kind, b.synthetic
        from public.runs r cross join lateral (
          select * from public.benchmark_results made where made.run_id = r.id offset 0) b
        where (run is null or r.id = run) and (only_mode is null or r.mode = only_mode))
      select o.id from of_runs o
      where o.created_at >= since and o.created_at < until and (o.created_at, o.id) > (seen_at, seen_id)
        and (only_target is null or o.target_id = only_target)
        and (only_provider is null or o.provider = only_provider)
        and (only_model is null or o.model = only_model)
        and (only_success is null or o.success = only_success)
        and (only_kind is null or o.error_kind = only_kind)
        and (only_synthetic is null or o.synthetic = only_synthetic)
      order by o.created_at, o.id limit n);
  elsif targets is not null then
    return array(
      select f.id
      from unnest(targets) target
        cross join lateral (
          select b.id, b.created_at from public.benchmark_results b
          where b.target_id = target and b.created_at >= since and b.created_at < until
            and (b.created_at, b.id) > (seen_at, seen_id)
            and (only_success is null or b.success = only_success)
            and (only_kind is null or b.error_kind = only_kind)
            and (only_synthetic is null or b.synthetic = only_synthetic)
            and (only_mode is null or (
              select r.mode = only_mode from public.runs r where r.id = b.run_id))
          order by b.created_at, b.id limit n
        ) f
      order by f.created_at, f.id limit n);
  end if;
  return array(
    select b.id from public.benchmark_results b
    where b.created_at >= since and b.created_at < until and (b.created_at, b.id) > (seen_at, seen_id)
      and (only_success is null or b.success = only_success)
      and (only_kind is null or b.error_kind = only_kind)
      and (only_synthetic is null or b.synthetic = only_synthetic)
      and (only_mode is null or (select r.mode = only_mode from public.runs r where r.id = b.run_id))
    order by b.created_at, b.id limit n);
end $$;

-- in: {id, with_texts or none, with_timeline or none}. out: {result, run, timeline}: a row of
-- benchmark_results (with response_text if with_texts) with provider_name, its run, the results that recheck
-- it or that it rechecks, and its timeline, {version, data in base64}, if asked and kept, else null.
create or replace function public.read_result(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  result public.benchmark_results;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'read_result', array['id', 'with_texts', 'with_timeline']);
  select b.* into result from public.benchmark_results b where b.id = (input ->> 'id')::uuid;
  if result.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no result %s: it was never recorded here, or has been deleted',
        coalesce(input ->> 'id', 'without an id'));
  end if;
  return jsonb_build_object(
    'result', to_jsonb(result) - case when texts then '{}' else array['response_text'] end
      || jsonb_build_object('provider_name', coalesce(
        (select p.name from public.providers p where p.id = result.provider_id), result.provider),
      'rechecked_by', (
        select b.id from public.benchmark_results b where b.confirms = result.id limit 1)),
    'run', firsttoken.describe_run(firsttoken.get_run(result.run_id)),
    'timeline', case when (input ->> 'with_timeline')::boolean then (
      -- encode() wraps its lines after 76 characters.
      select jsonb_build_object('version', t.version,
        'data', replace(encode(t.data, 'base64'), e'\n', ''))
      from public.timelines t where t.result_id = result.id) end);
end $$;

-- ---- 79_fleet.sql

-- What people see of a fleet: its workers, what waits, how late it is, and how many calls are in flight.

-- The shards of an hour, in all regions.
create index if not exists idx_shards_window_at on public.shards (window_at);
-- Why probes of a run were skipped: few are.
create index if not exists idx_probes_skipped on public.probes (run_id, region) where status = 'skipped';

-- Workers of the last day by region, without those that said goodbye. calibration: of its host, at its
-- concurrency or the next above, else the highest.
create or replace function firsttoken.fleet_workers_of(wanted text)
returns table (region text, workers jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
    select w.region, jsonb_agg(jsonb_build_object(
        'owner', w.owner, 'host', w.host, 'version', w.version, 'started_at', w.started_at,
        'beat_at', w.beat_at, 'beat_age_s', greatest(extract(epoch from now() - w.beat_at), 0),
        'state', case when w.beat_at < now() - interval '1 minute' then 'silent'
          when w.leaving then 'leaving' else 'live' end,
        'concurrency', w.concurrency, 'in_hand', w.in_hand, 'lag_ms', w.lag_ms, 'made', w.made,
        'calibration', (
          select jsonb_build_object('created_at', c.created_at, 'concurrency', c.concurrency,
            'ttft_p95_ms', c.ttft_p95_ms, 'chunk_p99_ms', c.chunk_p99_ms)
          from public.calibrations c where c.host = w.host
          order by c.concurrency < w.concurrency, abs(c.concurrency - w.concurrency), c.created_at desc
          limit 1))
      order by w.host, w.started_at, w.owner)
    from public.fleet_workers w
    where w.beat_at > now() - interval '1 day' and (wanted is null or w.region = wanted)
      and not (w.leaving and w.beat_at < now() - interval '1 minute')
    group by w.region;
end $$;

-- Shards of running runs that are not done, by region, provider and state: due (they may begin, and nobody
-- makes them), later or taken.
create or replace function firsttoken.fleet_queue_of(wanted text)
returns table (region text, provider_id uuid, state text, shards bigint, probes bigint, first_at timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
    select q.region, q.provider_id, q.state, count(*), sum(q.n_probes), min(q.window_at)
    from (
      select s.region, s.provider_id, s.n_probes, s.window_at,
        case when s.status = 'taken' and s.lease_until >= now() then 'taken'
          when s.window_at <= now() then 'due' else 'later' end as state
      from public.runs r join public.shards s on s.run_id = r.id
      where r.status = 'running' and r.cancel_requested_at is null and s.status <> 'done'
        and (wanted is null or s.region = wanted)) q
    group by q.region, q.provider_id, q.state;
end $$;

-- Such rows of one region as {due: {shards, probes, oldest_s}, later: {shards, probes, next_at},
-- taken: {shards, probes}}.
create or replace function firsttoken.describe_queue(rows jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    select jsonb_build_object(
      'due', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'due'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'due'), 0),
        'oldest_s', extract(epoch from now() - min(q.first_at) filter (where q.state = 'due'))),
      'later', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'later'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'later'), 0),
        'next_at', min(q.first_at) filter (where q.state = 'later')),
      'taken', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'taken'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'taken'), 0)))
    from jsonb_to_recordset(rows) q (state text, shards bigint, probes bigint, first_at timestamptz));
end $$;

-- How shards fared whose window began in the last hour, by region: {done, takes, lost, begun, late_p50_s,
-- late_p99_s, skip_reasons: of all probes of their runs}. begun: of which the lateness is known; a shard that
-- was given back for later has a new window.
create or replace function firsttoken.fleet_lately_of(wanted text)
returns table (region text, lately jsonb)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
    with recent as materialized (
      select s.run_id, s.region, s.status, s.takes, s.lost,
        case when s.taken_at >= s.window_at then extract(epoch from s.taken_at - s.window_at) end
          ::double precision as late_s
      from public.shards s
      where s.window_at > now() - interval '1 hour' and s.window_at <= now()
        and (wanted is null or s.region = wanted)
    ), skipped as (
      select k.region, jsonb_object_agg(k.reason, k.n) as reasons
      from (
        -- Moments are no reason: rate limited until 2026-11-30T12:30:00Z.
        select p.region, regexp_replace(p.skip_reason, ' until .*$', '') as reason, count(*) as n
        from (select distinct c.run_id, c.region from recent c) r
          join public.probes p on p.run_id = r.run_id and p.region = r.region and p.status = 'skipped'
        where p.skip_reason is not null
        group by 1, 2) k
      group by k.region
    )
    select r.region, jsonb_build_object(
      'done', count(*) filter (where r.status = 'done'), 'takes', sum(r.takes), 'lost', sum(r.lost),
      'begun', count(r.late_s), 'late_p50_s', percentile_cont(0.5) within group (order by r.late_s),
      'late_p99_s', percentile_cont(0.99) within group (order by r.late_s),
      'skip_reasons', coalesce((select s.reasons from skipped s where s.region = r.region), '{}'))
    from recent r group by r.region;
end $$;

-- The lanes of each provider that has shards waiting, or had some in the last hour, by region.
create or replace function firsttoken.fleet_lanes_of(wanted text, queue jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    with due as materialized (
      select q.region, q.provider_id, sum(q.shards) filter (where q.state = 'due') as shards,
        extract(epoch from now() - min(q.first_at) filter (where q.state = 'due')) as oldest_s
      from jsonb_to_recordset(queue) q (region text, provider_id uuid, state text, shards bigint,
        first_at timestamptz)
      group by q.region, q.provider_id
    ), held as materialized (
      select l.region, l.provider_id, count(*) as n from public.lanes l
      where l.lease_until >= now() and (wanted is null or l.region = wanted)
      group by l.region, l.provider_id
    ), places as (
      select d.region, d.provider_id from due d
      union select h.region, h.provider_id from held h
      union select s.region, s.provider_id from public.shards s
        where s.window_at > now() - interval '1 hour' and (wanted is null or s.region = wanted)
    ), named as (
      select p.id, p.slug, p.name, p.lanes, p.penalty_until, jsonb_agg(jsonb_build_object(
        'region', c.region, 'in_use', coalesce(h.n, 0), 'shards_due', coalesce(d.shards, 0),
        'oldest_due_s', d.oldest_s) order by c.region) as regions
      from places c join public.providers p on p.id = c.provider_id
        left join held h on h.region = c.region and h.provider_id = c.provider_id
        left join due d on d.region = c.region and d.provider_id = c.provider_id
      group by p.id
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'provider', coalesce(n.slug, n.name), 'name', n.name, 'lanes', coalesce(n.lanes, 4),
      'is_usual', n.lanes is null, 'regions', n.regions,
      'paused_until', case when n.penalty_until > now() then n.penalty_until end)
      order by n.name, n.id), '[]')
    from named n);
end $$;

-- in: {region or null}. out: {now, regions: [{region, workers, queue, lately}], lanes: [{provider, name,
-- lanes, is_usual, paused_until, regions: [{region, in_use, shards_due, oldest_due_s}]}]}: of all regions or
-- one; src/core/fleet.ts says what each is. Without a fleet both lists are empty.
create or replace function public.read_fleet(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant text := input ->> 'region';
  queue jsonb;
begin
  perform firsttoken.check_keys(input, 'read_fleet', array['region']);
  select coalesce(jsonb_agg(to_jsonb(q)), '[]') into queue from firsttoken.fleet_queue_of(wanted) q;
  return jsonb_build_object('now', now(), 'lanes', firsttoken.fleet_lanes_of(wanted, queue), 'regions', (
    with waiting as (
      select q.region, firsttoken.describe_queue(jsonb_agg(to_jsonb(q))) as queue
      from jsonb_to_recordset(queue) q (region text, state text, shards bigint, probes bigint,
        first_at timestamptz)
      group by q.region
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'region', coalesce(w.region, q.region, l.region),
      'workers', coalesce(w.workers, '[]'),
      'queue', coalesce(q.queue, firsttoken.describe_queue('[]')),
      'lately', coalesce(l.lately, jsonb_build_object('done', 0, 'takes', 0, 'lost', 0, 'begun', 0,
        'late_p50_s', null, 'late_p99_s', null, 'skip_reasons', '{}'::jsonb)))
      order by coalesce(w.region, q.region, l.region)), '[]')
    from firsttoken.fleet_workers_of(wanted) w
      full join waiting q on q.region = w.region
      full join firsttoken.fleet_lately_of(wanted) l on l.region = coalesce(w.region, q.region)));
end $$;

-- ---- 79_incidents.sql

-- Incidents and deliveries as people read them.

-- What is wrong now, the worst first. lasts: since the first result of it.
create or replace view public.open_incidents with (security_invoker = true) as
  select i.kind, i.severity, i.provider, i.model, i.region, i.first_bad_at, i.opened_at,
    now() - i.first_bad_at as lasts, i.acknowledged_at, i.acknowledged_by, i.shadow, i.flapping,
    i.evidence, i.scope, i.target_id, i.parent_id, i.id as incident_id
  from public.incidents i
  where i.resolved_at is null
  order by firsttoken.severity_rank(i.severity) desc, i.first_bad_at;

-- Everything that was wrong. lasted: from the first result of it until it was resolved, or until now;
-- detected_after: from there until it was judged; n_told: messages that were sent.
create or replace view public.incident_history with (security_invoker = true) as
  select i.kind, i.severity, i.provider, i.model, i.region, i.first_bad_at, i.opened_at, i.resolved_at,
    i.resolve_reason, coalesce(i.resolved_at, now()) - i.first_bad_at as lasted,
    i.opened_at - i.first_bad_at as detected_after, i.acknowledged_at - i.opened_at as acknowledged_after,
    i.acknowledged_by, (
      select count(*) from public.notification_deliveries d
      where d.incident_id = i.id and d.state = 'sent') as n_told,
    i.shadow, i.flapping, i.evidence, i.scope, i.target_id, i.parent_id, i.id as incident_id
  from public.incidents i;

-- An incident as the API shows it; lasts_s: from the first result of it until it was resolved, or until now.
create or replace function firsttoken.describe_incident(incident public.incidents) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(incident) || jsonb_build_object('lasts_s', round(
    extract(epoch from coalesce(incident.resolved_at, now()) - incident.first_bad_at))::bigint)
$$;

-- in: {open: true for open ones alone, false for others, scope, kind, severity, provider, model, target_id,
-- shadow, since, until: each or null, after: next of the page before or null, limit}; since is inclusive,
-- until exclusive, both of opened_at. out: {rows, next}, newest first.
create or replace function public.list_incidents(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  only_open constant boolean := (input ->> 'open')::boolean;
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_incidents', array['open', 'scope', 'kind', 'severity',
    'provider', 'model', 'target_id', 'shadow', 'since', 'until', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with found_rows as (
    select i as incident, i.opened_at, i.id from public.incidents i
    where (i.opened_at, i.id) < (seen.moment, seen.id)
      and i.opened_at >= coalesce((input ->> 'since')::timestamptz, '-infinity')
      and i.opened_at < coalesce((input ->> 'until')::timestamptz, 'infinity')
      and (only_open is null or (i.resolved_at is null) = only_open)
      and (input ->> 'scope' is null or i.scope = input ->> 'scope')
      and (input ->> 'kind' is null or i.kind = input ->> 'kind')
      and (input ->> 'severity' is null or i.severity = input ->> 'severity')
      and (input ->> 'provider' is null or i.provider = input ->> 'provider')
      and (input ->> 'model' is null or i.model = input ->> 'model')
      and (input ->> 'target_id' is null or i.target_id = (input ->> 'target_id')::uuid)
      and (input ->> 'shadow' is null or i.shadow = (input ->> 'shadow')::boolean)
    order by i.opened_at desc, i.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.opened_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_incident(n.incident) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.opened_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- A delivery as lists show it, without what it said.
create or replace function firsttoken.describe_sending(delivery public.notification_deliveries) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(delivery) - array['payload', 'held', 'claim_id', 'locked_until']
$$;

-- in: {id}. out: {incident, events, deliveries, children}: what happened to it and who was told, both in
-- order, and the incidents that it tells.
create or replace function public.read_incident(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_keys(input, 'read_incident', array['id']);
  select i.* into incident from public.incidents i where i.id = (input ->> 'id')::uuid;
  if incident.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no incident %s', coalesce(input ->> 'id', 'without an id'));
  end if;
  return jsonb_build_object(
    'incident', firsttoken.describe_incident(incident),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(e) - array['id', 'incident_id'] order by e.id), '[]')
      from public.incident_events e where e.incident_id = incident.id),
    'deliveries', (
      select coalesce(jsonb_agg(firsttoken.describe_sending(d) order by d.created_at, d.seq, d.channel), '[]')
      from public.notification_deliveries d where d.incident_id = incident.id),
    'children', (
      select coalesce(jsonb_agg(firsttoken.describe_incident(i) order by i.opened_at, i.id), '[]')
      from public.incidents i where i.parent_id = incident.id));
end $$;

-- in: {channel, state, incident_id: each or null, after: next of the page before or null, limit}. out: {rows,
-- next}, newest first: deliveries without what they said.
create or replace function public.list_deliveries(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_deliveries',
    array['channel', 'state', 'incident_id', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with found_rows as (
    select d as delivery, d.created_at, d.id from public.notification_deliveries d
    where (d.created_at, d.id) < (seen.moment, seen.id)
      and (input ->> 'channel' is null or d.channel = input ->> 'channel')
      and (input ->> 'state' is null or d.state = input ->> 'state')
      and (input ->> 'incident_id' is null or d.incident_id = (input ->> 'incident_id')::uuid)
    order by d.created_at desc, d.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.created_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_sending(n.delivery) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.created_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- ---- 79_proxy_tokens.sql

-- Tokens that open the proxy to its clients. The database never has one: only its hash, and what it was used
-- for by day, in one place for all processes.

create table if not exists public.proxy_tokens (
  id uuid primary key,
  -- How people call the client.
  name text not null check (name ~ '\S' and char_length(name) <= 64),
  -- SHA-256 of the token. It has 32 random bytes, which nobody guesses, so a slow hash would add nothing.
  hash text not null unique check (hash ~ '^[0-9a-f]{64}$'),
  -- Its last four characters, by which a person recognizes it.
  hint text not null check (char_length(hint) = 4),
  -- Limits of a day (UTC); null: none.
  requests_per_day integer check (requests_per_day > 0),
  usd_per_day numeric check (usd_per_day > 0),
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
-- The name of a token that was revoked is free for the next one of that client.
create unique index if not exists proxy_tokens_name_key on public.proxy_tokens (name)
  where revoked_at is null;

create table if not exists public.proxy_token_days (
  token_id uuid not null references public.proxy_tokens (id) on delete cascade,
  day date not null,
  requests integer not null default 0,
  usd numeric not null default 0,
  -- To the minute.
  last_used_at timestamptz not null,
  -- The latest calls that were counted here: a call that is repeated counts once.
  counted uuid[] not null default '{}',
  primary key (token_id, day)
);

-- The latest calls of a day with one more. A call is repeated within seconds, so a few dozen are enough.
create or replace function firsttoken.with_call(counted uuid[], call uuid) returns uuid[]
language sql immutable parallel safe security invoker set search_path = '' as $$
  select (call || counted)[:64]
$$;

-- A token as the API shows it, with its use today, but without its hash.
create or replace function firsttoken.describe_proxy_token(token public.proxy_tokens) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(token) - 'hash' || jsonb_build_object(
    'requests_today', coalesce(sum(d.requests) filter (where d.day = current_date), 0),
    'usd_today', coalesce(sum(d.usd) filter (where d.day = current_date), 0),
    'last_used_at', max(d.last_used_at))
  from public.proxy_token_days d where d.token_id = token.id
$$;

-- in: {id, name, hash, hint, requests_per_day, usd_per_day}: the limits may be null. out: {created, token},
-- created being false and token null if another token that is in force has the name. Once per id.
create or replace function public.create_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.proxy_tokens := jsonb_populate_record(null::public.proxy_tokens, input);
  saved public.proxy_tokens;
begin
  perform firsttoken.check_keys(input, 'create_proxy_token',
    array['id', 'name', 'hash', 'hint', 'requests_per_day', 'usd_per_day']);
  perform firsttoken.check_name(input -> 'name', 'the name of a proxy token');
  if char_length(given.name) > 64 then
    raise exception using errcode = '22001', message = 'a proxy token has a name of up to 64 characters';
  end if;
  if given.requests_per_day <= 0 or given.usd_per_day <= 0 then
    raise exception using errcode = '22023',
      message = 'a limit of a proxy token is above 0; without it nothing is limited';
  end if;
  insert into public.proxy_tokens (id, name, hash, hint, requests_per_day, usd_per_day)
    values (given.id, given.name, given.hash, given.hint, given.requests_per_day, given.usd_per_day)
    on conflict do nothing;
  select t.* into saved from public.proxy_tokens t where t.id = given.id and t.hash = given.hash;
  return jsonb_build_object('created', saved.id is not null,
    'token', case when saved.id is not null then firsttoken.describe_proxy_token(saved) end);
end $$;

-- in: {}. out: {rows}: every token, those in force first, by name; then those that were revoked, the latest
-- first.
create or replace function public.list_proxy_tokens(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'list_proxy_tokens', '{}');
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(firsttoken.describe_proxy_token(t)
      order by t.revoked_at desc nulls first, t.name, t.id), '[]')
    from public.proxy_tokens t));
end $$;

-- in: {id, requests_per_day, usd_per_day}: a limit that is left out stays, and null lifts it. out: {token},
-- null if there is none in force. What was used today counts against the new limits.
create or replace function public.limit_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.proxy_tokens := jsonb_populate_record(null::public.proxy_tokens, input);
  saved public.proxy_tokens;
begin
  perform firsttoken.check_keys(input, 'limit_proxy_token',
    array['id', 'requests_per_day', 'usd_per_day']);
  if given.requests_per_day <= 0 or given.usd_per_day <= 0 then
    raise exception using errcode = '22023',
      message = 'a limit of a proxy token is above 0; without it nothing is limited';
  end if;
  update public.proxy_tokens t set
      requests_per_day = case when input ? 'requests_per_day' then given.requests_per_day
        else t.requests_per_day end,
      usd_per_day = case when input ? 'usd_per_day' then given.usd_per_day else t.usd_per_day end
    where t.id = given.id and t.revoked_at is null
    returning t.* into saved;
  return jsonb_build_object('token',
    case when saved.id is not null then firsttoken.describe_proxy_token(saved) end);
end $$;

-- in: {id}. out: {revoked}: false if there is no such token. It stays in the list, and opens nothing more.
create or replace function public.revoke_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'revoke_proxy_token', array['id']);
  update public.proxy_tokens t set revoked_at = coalesce(t.revoked_at, now())
    where t.id = (input ->> 'id')::uuid;
  return jsonb_build_object('revoked', found);
end $$;

-- in: {hash, request_id}. out: {refused, token: {id, name} or null, day, limit, resets_at}. refused: null if
-- the request may go on, which counts it, once per request_id; else unknown, revoked, requests or usd, with
-- the limit that is reached and when the next day begins.
create or replace function public.admit_proxy_token(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  request constant uuid := (input ->> 'request_id')::uuid;
  today constant date := current_date;
  token public.proxy_tokens;
  used public.proxy_token_days;
  refused text;
begin
  perform firsttoken.check_keys(input, 'admit_proxy_token', array['hash', 'request_id']);
  select t.* into token from public.proxy_tokens t where t.hash = input ->> 'hash';
  if token.id is null or token.revoked_at is not null then
    refused := case when token.id is null then 'unknown' else 'revoked' end;
  else
    insert into public.proxy_token_days as d (token_id, day, requests, last_used_at, counted)
      values (token.id, today, 1, date_trunc('minute', now()), array[request])
      on conflict (token_id, day) do update
        set requests = d.requests + 1, last_used_at = excluded.last_used_at,
          counted = firsttoken.with_call(d.counted, request)
        where request <> all (d.counted)
          and coalesce(d.requests < token.requests_per_day, true)
          and coalesce(d.usd < token.usd_per_day, true);
    select d.* into used from public.proxy_token_days d where d.token_id = token.id and d.day = today;
    if request <> all (used.counted) then
      refused := case when used.requests >= token.requests_per_day then 'requests' else 'usd' end;
    end if;
  end if;
  return jsonb_build_object('refused', refused, 'day', today, 'resets_at', (today + 1)::timestamptz,
    'token', case when token.id is not null then jsonb_build_object('id', token.id, 'name', token.name) end,
    'limit', case refused when 'requests' then token.requests_per_day when 'usd' then token.usd_per_day end);
end $$;

-- in: {id, charges: [{token_id, day, usd}]}. out: {charged}: days that were charged. Adds what requests cost
-- to the days on which they were admitted, once per id.
create or replace function public.charge_proxy_tokens(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  charge constant uuid := (input ->> 'id')::uuid;
  charged integer;
begin
  perform firsttoken.check_keys(input, 'charge_proxy_tokens', array['id', 'charges']);
  -- In one order, so that two who charge the same tokens wait for each other in turn.
  perform from public.proxy_token_days d
    where (d.token_id, d.day) in (
      select (c ->> 'token_id')::uuid, (c ->> 'day')::date from jsonb_array_elements(input -> 'charges') c)
    order by d.token_id, d.day for update;
  update public.proxy_token_days d
    set usd = d.usd + c.usd, counted = firsttoken.with_call(d.counted, charge)
    from (
      select c.token_id, c.day, sum(c.usd) as usd
      from jsonb_to_recordset(input -> 'charges') c (token_id uuid, day date, usd numeric)
      group by c.token_id, c.day) c
    where d.token_id = c.token_id and d.day = c.day and charge <> all (d.counted);
  get diagnostics charged = row_count;
  return jsonb_build_object('charged', charged);
end $$;

-- ---- 79_status_components.sql

-- The components of the public status page, how they are, and how they were.

-- A name as a part of a key: lower case, with one hyphen for whatever is neither letter nor digit.
create or replace function firsttoken.slug_of(name text) returns text
language sql immutable strict parallel safe security invoker set search_path = '' as $$
  select coalesce(nullif(trim(both '-' from regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g')), ''), 'x')
$$;

-- Every target with the key of its component: <provider>/<model>, with the region of one that is bound to it.
-- What has the same key as an older target has ~2 and so on: a key never becomes that of another target by a
-- switch. Those that one file made at once are in the order of their names, the usual one first.
create or replace function firsttoken.name_components()
returns table (target_id uuid, key text, provider text, provider_name text, model text, region text,
  nth bigint, active boolean, synthetic boolean, created_at timestamptz)
language sql stable rows 100 security invoker set search_path = '' as $$
  select n.id, n.key || case when n.nth > 1 then '~' || n.nth else '' end, n.slug, n.provider_name, n.model,
    n.region, n.nth, coalesce(n.active, false), n.synthetic, n.created_at
  from (
    select t.*, p.slug, p.name as provider_name, p.synthetic, m.name as model, k.key,
      row_number() over (partition by k.key order by t.created_at,
        firsttoken.target_name(p.slug, m.name, t.parameters, t.region) collate "C", t.id) as nth
    from public.targets t
      join public.providers p on p.id = t.provider_id
      join public.models m on m.id = t.model_id
      cross join lateral (
        select firsttoken.slug_of(coalesce(p.slug, p.name)) || '/' || firsttoken.slug_of(m.name)
          || coalesce('/' || firsttoken.slug_of(t.region), '') as key) k
  ) n
$$;

-- The components that are shown, as a person arranged them: active targets that are not hidden, by themselves
-- or with their provider. Synthetic ones only while there is nothing real.
create or replace function firsttoken.shown_components()
returns table (target_id uuid, key text, provider text, name text, group_key text, group_name text,
  description text, created_at timestamptz, place bigint)
language sql stable rows 100 security invoker set search_path = '' as $$
  with named as materialized (
    select n.*, firsttoken.slug_of(n.provider) as provider_key from firsttoken.name_components() n
    where n.active
  ), arranged as (
    select n.*, own.name as own_name, own.description, own.position,
      coalesce(own.group_name, whole.name, n.provider_name) as group_name,
      case when own.group_name is null then n.provider_key
        else 'group/' || firsttoken.slug_of(own.group_name) end as group_key,
      case when own.group_name is null then whole.position end as group_position
    from named n
      left join public.status_components own on own.key = n.key
      left join public.status_components whole on whole.key = n.provider_key
    where not coalesce(own.hidden, false) and not coalesce(whole.hidden, false)
      and n.synthetic = not exists (select from named other where not other.synthetic)
  ), grouped as (
    select a.*, coalesce(a.group_position, min(a.position) over (partition by a.group_key)) as group_place
    from arranged a
  )
  select g.target_id, g.key, g.provider,
    coalesce(g.own_name, g.model || coalesce(' in ' || g.region, '')
      || case when g.nth > 1 then format(' (%s)', g.nth) else '' end),
    g.group_key, g.group_name, g.description, g.created_at,
    row_number() over (order by g.group_place nulls last, lower(g.group_name), g.group_key,
      g.position nulls last, lower(g.model), g.key)
  from grouped g
$$;

-- How each region of the shown components does: down, errors or slow, the worst of the incidents that are
-- open; no_data, if nothing was checked for 2.5 intervals of the target; else ok. since: null unless known.
create or replace function firsttoken.public_regions()
returns table (target_id uuid, regions jsonb)
language sql stable rows 100 security invoker set search_path = '' set timezone = 'UTC' as $$
  with shown as materialized (
    select c.target_id from firsttoken.shown_components() c
  ), wrong as materialized (
    select distinct on (i.target_id, i.region) i.target_id, i.region, i.kind as state, i.first_bad_at as since
    from public.incidents i join shown s on s.target_id = i.target_id
    where i.resolved_at is null and not i.shadow and i.kind in ('down', 'errors', 'slow')
    order by i.target_id, i.region, array_position(array['down', 'errors', 'slow'], i.kind), i.first_bad_at
  ), called as (
    select h.target_id, h.region, h.last_check_at,
      case when h.state in ('stale', 'unknown') then 'no_data' else 'ok' end as state
    from public.target_health h join shown s on s.target_id = h.target_id
    where h.region is not null or h.state <> 'unknown'
  ), all_regions as (
    select coalesce(c.target_id, w.target_id) as target_id, coalesce(c.region, w.region) as region,
      coalesce(w.state, c.state) as state, w.since, c.last_check_at
    from called c full join wrong w
      on w.target_id = c.target_id and coalesce(w.region, '') = coalesce(c.region, '')
  )
  select a.target_id, jsonb_agg(jsonb_build_object('region', a.region, 'state', a.state, 'since', a.since,
      'last_check_at', a.last_check_at) order by a.region)
  from all_regions a group by a.target_id
$$;

-- By day from a first one: checks, failures that no recheck cleared, and whole minutes in which a region was
-- down. What is our own fault, own load, and maintenance are no checks.
create or replace function firsttoken.public_days(since timestamptz, n_days integer)
returns table (target_id uuid, checks integer[], failed integer[], down_minutes integer[])
language sql stable rows 100 security invoker set search_path = '' set timezone = 'UTC' as $$
  with shown as materialized (
    select c.target_id from firsttoken.shown_components() c
  ), counts as (
    select s.target_id, (date_part('epoch', d.bucket - public_days.since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed
    from shown s
      join public.tracks k on k.target_id = s.target_id
      join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= public_days.since and d.bucket < public_days.since + n_days * interval '24 hours'
    group by s.target_id, d.bucket
  ), counted as (
    select c.target_id,
      firsttoken.spread(array_agg(c.day order by c.day), array_agg(c.n_checks order by c.day), n_days, 0)
        as checks,
      firsttoken.spread(array_agg(c.day order by c.day), array_agg(c.n_failed order by c.day), n_days, 0)
        as failed
    from counts c group by c.target_id
  ), outages as (
    select s.target_id, range_agg(tstzrange(least(i.first_bad_at, o.until), o.until)) as spans
    from shown s
      join public.incidents i on i.target_id = s.target_id and i.kind = 'down' and not i.shadow
      cross join lateral (select coalesce(i.resolved_at, now()) as until) o
    where o.until > public_days.since
    group by s.target_id
  ), minutes as (
    select o.target_id, array_agg(spent.minutes order by day) as by_day
    from outages o
      cross join generate_series(0, n_days - 1) day
      cross join lateral (
        select floor(coalesce(sum(extract(epoch from upper(span) - lower(span))), 0) / 60)::integer as minutes
        from unnest(o.spans * tstzmultirange(tstzrange(public_days.since + day * interval '24 hours',
          public_days.since + (day + 1) * interval '24 hours'))) span) spent
    group by o.target_id
  )
  select s.target_id, coalesce(c.checks, array_fill(0, array[n_days])),
    coalesce(c.failed, array_fill(0, array[n_days])), coalesce(m.by_day, array_fill(0, array[n_days]))
  from shown s
    left join counted c on c.target_id = s.target_id
    left join minutes m on m.target_id = s.target_id
$$;

-- ---- 79_status_page.sql

-- What the status page is made of, and what a person arranges and writes there.

-- Medians of the last 24 hours, and of how many samples: of all regions, and the series of today.
create or replace function firsttoken.public_typical()
returns table (target_id uuid, n bigint, ttft_ms numeric, tps numeric)
language sql stable rows 100 security invoker set search_path = '' as $$
  select k.target_id, count(v.ttft), firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttft)),
    firsttoken.rounded(percentile_cont(0.5) within group (order by v.tps))
  from firsttoken.current_tracks(
      (select array_agg(c.target_id) from firsttoken.shown_components() c)) k
    join public.rollups_hourly r on r.track_id = k.track_id
      and r.bucket >= date_trunc('hour', now()) - interval '23 hours'
    cross join lateral unnest(r.ttft, r.tps) v (ttft, tps)
  group by k.target_id
$$;

-- Incidents that the page tells, those of components that it shows: each once, by that of the provider if
-- there is one, without what an outage replaced. components: keys. official: the incident that the provider
-- published of it, and how many seconds after opened_at they did, if that was watched, or say it began.
create or replace function firsttoken.public_incidents(since timestamptz)
returns table (id uuid, kind text, severity text, group_name text, region text, components text[],
  started_at timestamptz, opened_at timestamptz, resolved_at timestamptz, official jsonb)
language sql stable rows 100 security invoker set search_path = '' as $$
  with shown as materialized (
    select * from firsttoken.shown_components()
  ), told as (
    select i.*, coalesce(i.parent_id, i.id) as told_by from public.incidents i
    where i.kind in ('down', 'errors', 'slow') and not i.shadow
      and i.resolve_reason is distinct from 'superseded'
      and (i.resolved_at is null or i.resolved_at > public_incidents.since)
  ), parts as (
    select t.told_by, array_agg(distinct s.key) as keys, min(s.group_name) as group_name
    from told t join shown s on s.target_id = t.target_id
    group by t.told_by
  )
  select i.id, i.kind, i.severity, p.group_name, i.region, p.keys, i.first_bad_at, i.opened_at, i.resolved_at,
    (
      select jsonb_build_object('provider', l.provider, 'url', l.their_url,
        'lead_s', round(extract(epoch from l.lead)),
        'claimed_lead_s', round(extract(epoch from l.claimed_lead)))
      from public.official_leads l where l.incident_id = i.id)
  from parts p join public.incidents i on i.id = p.told_by
  where not i.shadow
  order by i.resolved_at is null desc, i.opened_at desc, i.id limit 300
$$;

-- The keys of the shown components that a maintenance window is for.
create or replace function firsttoken.maintained(scope text) returns text[]
language sql stable security invoker set search_path = '' as $$
  select array_agg(c.key order by c.place) from firsttoken.shown_components() c
  where scope in ('all', 'provider/' || c.provider, 'target/' || c.target_id)
$$;

-- Notes that the page shows: those of incidents that it tells, and of what a person told alone. Of other
-- components than those that are shown nothing is named.
create or replace function firsttoken.public_notes(since timestamptz, incidents uuid[]) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'incident_id', n.incident_id, 'state', n.state,
      'title', n.title, 'body', n.body, 'created_at', n.created_at, 'components', (
        select coalesce(jsonb_agg(c.key order by c.place), '[]') from firsttoken.shown_components() c
        where c.key = any (n.components))) order by n.created_at, n.id), '[]')
  from (
    select n.* from public.status_notes n
    where n.created_at > public_notes.since and (n.incident_id is null or n.incident_id = any (incidents)
      or exists (select from public.status_notes first where first.id = n.incident_id))
    order by n.created_at desc, n.id desc limit 300
  ) n
$$;

-- What the providers of the shown components say of themselves, as far as it is fresh, and since when they
-- have said so of something that is not over.
create or replace function firsttoken.public_official() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object('provider', o.said -> 'provider', 'name', (
        select p.name from public.providers p where p.slug = o.said ->> 'provider'),
      'indicator', o.said -> 'indicator', 'ok_at', o.said -> 'ok_at', 'since', (
        select min((i ->> 'started_at')::timestamptz) from jsonb_array_elements(o.said -> 'incidents') i)
    ) order by o.said ->> 'provider'), '[]')
  from jsonb_array_elements(public.list_official_statuses('{}') -> 'rows') o (said)
  where o.said ->> 'provider' in (select c.provider from firsttoken.shown_components() c)
$$;

-- in: {}. out: all that the public status page, its badges and its feeds show, and nothing else: no prompt,
-- answer, error, cost, parameter, evidence, author, nor a name or reason of a maintenance window. components
-- are in their order; days begin at t0; incidents: the open ones first; maintenance: what is not over.
create or replace function public.status_page(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  n_days constant integer := 90;
  since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  components jsonb;
  incidents jsonb;
  told uuid[];
begin
  perform firsttoken.check_keys(input, 'status_page', '{}');
  select jsonb_agg(jsonb_build_object('key', c.key, 'name', c.name, 'provider', c.provider,
      'group_key', c.group_key, 'group_name', c.group_name, 'description', c.description,
      'created_at', c.created_at, 'regions', coalesce(r.regions, '[]'), 'checks', d.checks,
      'failed', d.failed, 'down_minutes', d.down_minutes, 'typical', case when t.n > 0 then
        jsonb_build_object('n', t.n, 'ttft_ms', t.ttft_ms, 'tps', t.tps) end) order by c.place)
    into components
    from firsttoken.shown_components() c
      join firsttoken.public_days(since, n_days) d on d.target_id = c.target_id
      left join firsttoken.public_regions() r on r.target_id = c.target_id
      left join firsttoken.public_typical() t on t.target_id = c.target_id;
  select jsonb_agg(to_jsonb(i) order by i.resolved_at is null desc, i.opened_at desc, i.id), array_agg(i.id)
    into incidents, told from firsttoken.public_incidents(since) i;
  return jsonb_build_object(
    'generated_at', now(),
    'synthetic', (
      select coalesce(bool_and(n.synthetic), false) from firsttoken.name_components() n where n.active),
    'days', jsonb_build_object('t0', since, 'n', n_days),
    'components', coalesce(components, '[]'), 'incidents', coalesce(incidents, '[]'),
    'official', firsttoken.public_official(),
    'notes', firsttoken.public_notes(since, coalesce(told, '{}')),
    'maintenance', (
      select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'components', w.keys, 'starts_at', w.starts_at,
        'ends_at', w.ends_at, 'cron', w.cron, 'duration_minutes', w.duration_minutes,
        'time_zone', w.time_zone, 'created_at', w.created_at) order by w.created_at, w.id), '[]')
      from (select *, firsttoken.maintained(scope) as keys from public.maintenance_windows) w
      where w.keys is not null and coalesce(w.ends_at > now(), true)));
end $$;

-- in: {id, incident_id or null, state, title or null, body, components, author}. out: {created}. A note on an
-- incident that the page tells, or on an earlier note; without incident_id it begins a story of its own and
-- needs a title. The same id again changes nothing.
create or replace function public.save_status_note(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.status_notes := jsonb_populate_record(null::public.status_notes, input);
  unknown_key text;
begin
  perform firsttoken.check_keys(input, 'save_status_note',
    array['id', 'incident_id', 'state', 'title', 'body', 'components', 'author']);
  perform firsttoken.check_name(input -> 'body', 'the body of a note');
  perform firsttoken.check_name(input -> 'author', 'the author of a note');
  if char_length(given.body) > 2000 or char_length(given.title) > 200 then
    raise exception using errcode = '22001',
      message = 'a note has up to 2,000 characters, and its title up to 200';
  end if;
  if given.incident_id is null then
    perform firsttoken.check_name(input -> 'title', 'the title of a note that is on no incident');
  elsif not exists (
        select from public.status_notes n where n.id = given.incident_id and n.incident_id is null)
      and not exists (
        select from firsttoken.public_incidents('-infinity') i where i.id = given.incident_id) then
    raise exception using errcode = 'P0002',
      message = format('the status page shows no incident %s', given.incident_id);
  end if;
  select wanted into unknown_key from unnest(given.components) wanted
    where wanted not in (select c.key from firsttoken.shown_components() c) limit 1;
  if unknown_key is not null then
    raise exception using errcode = 'P0002',
      message = format('the status page shows no component %s', unknown_key);
  end if;
  insert into public.status_notes (id, incident_id, state, title, body, components, author)
    values (given.id, given.incident_id, given.state, given.title, given.body,
      coalesce(given.components, '{}'), given.author)
    on conflict (id) do nothing;
  return jsonb_build_object('created', found);
end $$;

-- in: {after: next of the page before or null, limit}. out: {rows, next}, newest first: all notes.
create or replace function public.list_status_notes(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_status_notes', array['after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with numbered as (
    select n, n.created_at, n.id, row_number() over (order by n.created_at desc, n.id desc) as position,
      count(*) over () as available
    from (
      select * from public.status_notes n where (n.created_at, n.id) < (seen.moment, seen.id)
      order by n.created_at desc, n.id desc limit page_size + 1) n
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(n.n) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.created_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {id}. out: {deleted}. Takes a note back, with those that are on it.
create or replace function public.delete_status_note(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_status_note', array['id']);
  delete from public.status_notes n
    where (input ->> 'id')::uuid in (n.id, n.incident_id);
  return jsonb_build_object('deleted', found);
end $$;

-- in: {}. out: {rows}: the providers and components that the page could show, in their order, each with what
-- a person set of it, and whether it is shown.
create or replace function public.list_status_components(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'list_status_components', '{}');
  return (
    with known as (
      select n.key, n.provider, n.model, s.place
      from firsttoken.name_components() n left join firsttoken.shown_components() s on s.key = n.key
      where n.active
    ), rows as (
      select k.* from known k
      union all
      select firsttoken.slug_of(k.provider), k.provider, null, min(k.place) from known k group by k.provider
    )
    select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('key', k.key,
        'provider', k.provider, 'model', k.model, 'shown', k.place is not null, 'name', c.name,
        'group_name', c.group_name, 'position', c.position, 'hidden', coalesce(c.hidden, false),
        'description', c.description, 'owned_by', (
          select 'file' from public.config_items i where i.kind = 'component' and i.key = k.key)
        ) order by k.place nulls last, k.model nulls first, k.key), '[]'))
    from rows k left join public.status_components c on c.key = k.key);
end $$;

-- in: {key, name, group_name, position, hidden, description}: null is as it is by itself. out: {changed}.
-- Says how a component, or the group of a provider, is shown; replaces what was said before.
create or replace function public.save_status_component(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given public.status_components := jsonb_populate_record(null::public.status_components, input);
begin
  perform firsttoken.check_keys(input, 'save_status_component',
    array['key', 'name', 'group_name', 'position', 'hidden', 'description']);
  perform firsttoken.check_unowned('component', given.key, '{}');
  if not exists (
      select from firsttoken.name_components() n
      where given.key in (n.key, firsttoken.slug_of(n.provider))) then
    raise exception using errcode = 'P0002',
      message = format('there is no component %s', coalesce(given.key, 'without a key'));
  end if;
  if given.key not like '%/%' and given.group_name is not null then
    raise exception using errcode = '22023', message = 'a provider is a group itself: it can have a name';
  end if;
  given.hidden := coalesce(given.hidden, false);
  delete from public.status_components c where c.key = given.key and c is distinct from given;
  insert into public.status_components select given.*
    where not (given.name is null and given.group_name is null and given.position is null
      and not given.hidden and given.description is null)
    on conflict (key) do nothing;
  return jsonb_build_object('changed', found);
end $$;

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
      array_agg(distinct row(null, n.target_id, n.provider, n.model, n.series, n.region,
        n.synthetic)::public.tracks),
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
  tracks public.tracks[];
  rechecked uuid[];
begin
  with changed as (
    select o.id as old_id, n.id as new_id
    from old_rows o full join new_rows n on n.id = o.id
    where (o.id, o.created_at, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic, o.confirms,
        o.own_load, o.warmup, o.maintenance, o.level,
        o.success, o.fault_domain, o.error_kind, o.timing_quality, o.input_tokens, o.output_tokens,
        o.reasoning_tokens, o.cost_usd, o.ttft_ms, o.ttfa_ms, o.tps, o.total_latency_ms)
      is distinct from
      (n.id, n.created_at, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic, n.confirms,
        n.own_load, n.warmup, n.maintenance, n.level,
        n.success, n.fault_domain, n.error_kind, n.timing_quality, n.input_tokens, n.output_tokens,
        n.reasoning_tokens, n.cost_usd, n.ttft_ms, n.ttfa_ms, n.tps, n.total_latency_ms)
  ), touched as (
    select o.created_at, o.confirms, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic
      from changed c join old_rows o on o.id = c.old_id
    union all
    select n.created_at, n.confirms, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic
      from changed c join new_rows n on n.id = c.new_id
  )
  select array_agg(t.created_at),
      array_agg(distinct row(null, t.target_id, t.provider, t.model, t.series, t.region,
        t.synthetic)::public.tracks),
      array_agg(t.confirms) filter (where t.confirms is not null)
    into moments, tracks, rechecked from touched t;
  if moments is not null then
    perform firsttoken.rebuild_changed(moments, tracks, rechecked);
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
    array_agg(distinct row(null, o.target_id, o.provider, o.model, o.series, o.region,
      o.synthetic)::public.tracks),
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
  delete from firsttoken.quarter_hours q where q.bucket >= (select r.pruned_until from public.retention r);
  delete from public.target_summary;
  delete from firsttoken.summary_drafts;
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
    perform firsttoken.rebuild_range(since, least(through, next_week - interval '1 microsecond'), null);
    since := next_week;
  end loop;
end $$;

-- ---- 90_rights.sql

-- Rights: of Supabase's three roles only service_role may use what is ours. Postgres grants execute on every
-- new function to everyone, and an older Supabase project grants everything to anon too; a newer one grants
-- nothing to anyone, service_role included. Functions that the owner of ours creates later are closed until
-- somebody is granted them; what a project's own defaults grant to a role by name, they keep granting. Row
-- level security without a policy is the second line: a grant made by mistake shows no row. Every migration
-- ends with this file.

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

alter default privileges revoke execute on functions from public;

do $$
declare
  -- What is ours in the schema public, which may hold objects of others too, also under names of ours: so
  -- functions are named with their arguments. `pnpm schema` writes both lists.
  our_relations constant text[] := array[
    'alert_channels', 'alert_rules', 'alert_states', 'baselines', 'benchmark_results', 'calibrations',
    'checks', 'config_files', 'config_items', 'costs_daily', 'daily_trends', 'errors_daily',
    'fleet_workers', 'hourly_trends', 'incident_events', 'incident_history', 'incidents', 'lanes',
    'latest_results', 'leaderboard', 'maintenance_windows', 'models', 'notification_deliveries',
    'official_incidents', 'official_leads', 'official_statuses', 'open_incidents', 'price_changes',
    'prices', 'probes', 'prompts', 'provider_loads', 'providers', 'proxy_minutes', 'proxy_requests',
    'proxy_series', 'proxy_texts', 'proxy_token_days', 'proxy_tokens', 'retention', 'rollups_daily',
    'rollups_hourly', 'run_events', 'run_gaps', 'run_probes', 'run_workers', 'runs', 'samples_daily',
    'shards', 'slo_status', 'spending', 'status_components', 'status_notes', 'syncs', 'target_health',
    'target_summary', 'targets', 'timelines', 'tracks', 'uptime_daily'
  ];
  our_functions constant text[] := array[
    'public.acknowledge_incident(jsonb)', 'public.admit_proxy_token(jsonb)', 'public.apply_config(jsonb)',
    'public.apply_transitions(jsonb)', 'public.beat_worker(jsonb)', 'public.cancel_run(jsonb)',
    'public.charge_proxy_tokens(jsonb)', 'public.claim_deliveries(jsonb)',
    'public.claim_official_statuses(jsonb)', 'public.claim_probe(jsonb)', 'public.claim_shard(jsonb)',
    'public.compare_model(jsonb)', 'public.compare_runs(uuid, uuid)', 'public.compare_traffic(jsonb)',
    'public.count_prunable(jsonb)', 'public.create_proxy_token(jsonb)', 'public.delete_channel(jsonb)',
    'public.delete_maintenance(jsonb)', 'public.delete_prompt(jsonb)', 'public.delete_run(jsonb)',
    'public.delete_status_note(jsonb)', 'public.diff_config(jsonb)', 'public.extend_run(jsonb)',
    'public.file_missed(jsonb)', 'public.finish_run(jsonb)', 'public.finish_shard(jsonb)',
    'public.free_leases(jsonb)', 'public.join_run(jsonb)', 'public.latest_calibration(jsonb)',
    'public.latest_price(uuid)', 'public.limit_proxy_token(jsonb)', 'public.list_archive(jsonb)',
    'public.list_calibrations(jsonb)', 'public.list_costs(jsonb)', 'public.list_deliveries(jsonb)',
    'public.list_distribution(jsonb)', 'public.list_errors(jsonb)', 'public.list_events(jsonb)',
    'public.list_gaps(jsonb)', 'public.list_history(jsonb)', 'public.list_incidents(jsonb)',
    'public.list_leaderboard(jsonb)', 'public.list_maintenance(jsonb)', 'public.list_models(jsonb)',
    'public.list_objectives(jsonb)', 'public.list_official_statuses(jsonb)', 'public.list_outages(jsonb)',
    'public.list_phases(jsonb)', 'public.list_points(jsonb)', 'public.list_price_changes(jsonb)',
    'public.list_prices(jsonb)', 'public.list_prompts(jsonb)', 'public.list_providers(jsonb)',
    'public.list_proxy_requests(jsonb)', 'public.list_proxy_tokens(jsonb)', 'public.list_results(jsonb)',
    'public.list_runs(jsonb)', 'public.list_series(jsonb)', 'public.list_shards_to_send(jsonb)',
    'public.list_status_components(jsonb)', 'public.list_status_notes(jsonb)',
    'public.list_sweep_results(jsonb)', 'public.list_sweeps(jsonb)', 'public.list_syncs(jsonb)',
    'public.list_timelines(jsonb)', 'public.list_uptime(jsonb)', 'public.mark_evaluated(jsonb)',
    'public.mark_shards_sent(jsonb)', 'public.match_archive(jsonb)', 'public.next_job(jsonb)',
    'public.note_incident(jsonb)', 'public.period_start(text)', 'public.plan_confirm(jsonb)',
    'public.prune(jsonb)', 'public.queue_digests(jsonb)', 'public.queue_run(jsonb)',
    'public.read_alert_inputs(jsonb)', 'public.read_archive_hour(jsonb)', 'public.read_budget(jsonb)',
    'public.read_catalog(jsonb)', 'public.read_channels(jsonb)', 'public.read_comparison(jsonb)',
    'public.read_config(jsonb)', 'public.read_drift_inputs(jsonb)', 'public.read_fleet(jsonb)',
    'public.read_health(jsonb)', 'public.read_history(jsonb)', 'public.read_incident(jsonb)',
    'public.read_job(jsonb)', 'public.read_metrics(jsonb)', 'public.read_model_inputs(jsonb)',
    'public.read_now(jsonb)', 'public.read_projection(jsonb)', 'public.read_provider_inputs(jsonb)',
    'public.read_proxy_text(jsonb)', 'public.read_proxy_traffic(jsonb)', 'public.read_result(jsonb)',
    'public.read_run(jsonb)', 'public.read_system_inputs(jsonb)', 'public.read_upkeep(jsonb)',
    'public.read_week(jsonb)', 'public.rebuild_rollups(jsonb)', 'public.record_calibration(jsonb)',
    'public.record_proxy_requests(jsonb)', 'public.record_result(jsonb)', 'public.rederive_results(jsonb)',
    'public.refresh_summaries(jsonb)', 'public.remind_incidents(jsonb)', 'public.renew_shard(jsonb)',
    'public.resolve_incident(jsonb)', 'public.revoke_proxy_token(jsonb)', 'public.save_channel(jsonb)',
    'public.save_channels(jsonb)', 'public.save_maintenance(jsonb)', 'public.save_official_status(jsonb)',
    'public.save_prompt(jsonb)', 'public.save_status_component(jsonb)', 'public.save_status_note(jsonb)',
    'public.save_sync(jsonb)', 'public.send_digest(jsonb)', 'public.set_lanes(jsonb)',
    'public.set_price(jsonb)', 'public.set_target(jsonb)', 'public.settle_deliveries(jsonb)',
    'public.skip_probes(jsonb)', 'public.start_run(jsonb)', 'public.status_page(jsonb)',
    'public.switch_channel(jsonb)', 'public.test_channel(jsonb)', 'public.thin_targets(jsonb)',
    'public.window_stats(timestamptz, timestamptz, text, text, text, text)'
  ];
  object text;
  privileges text;
  role_name text;
begin
  for object in
    select format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
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
    where c.relkind in ('r', 'p', 'v')
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

-- ---- the migrations that this replaces

create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations (version, name) values
  ('20261129000000', 'baseline'),
  ('20261129062324', 'add_notes'),
  ('20261129102205', 'add_text_limits'),
  ('20261129104517', 'grow_like_the_work'),
  ('20261129113159', 'keep_what_was_paid_for'),
  ('20261129133000', 'runs_on_demand'),
  ('20261129182631', 'read_the_present_from_rollups'),
  ('20261129190004', 'find_the_last_failure_in_order'),
  ('20261129204758', 'add_sweeps_and_charts'),
  ('20261130000821', 'load_lab'),
  ('20261130020000', 'alerts'),
  ('20261130054443', 'limits_and_acknowledgements'),
  ('20261130070506', 'incident_metrics'),
  ('20261130075032', 'watch_alerts'),
  ('20261130075358', 'official_status'),
  ('20261130092149', 'measured_runs'),
  ('20261130094328', 'weekly_digest'),
  ('20261130102818', 'config_objectives_and_status_page'),
  ('20261130104829', 'components_in_file'),
  ('20261130121259', 'proxy_tokens'),
  ('20261130124840', 'intervals_of_targets'),
  ('20261130130446', 'add_proxy_requests'),
  ('20261130130613', 'prompts_and_rules_in_file'),
  ('20261130133412', 'proxy_texts'),
  ('20261130154000', 'fleet'),
  ('20261130160000', 'read_fleet'),
  ('20261130161000', 'thinning'),
  ('20261130162000', 'proxy_upkeep'),
  ('20261130163000', 'archive_and_partitions')
on conflict do nothing;
