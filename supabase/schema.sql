-- firsttoken: the whole schema. Generated from supabase/migrations by `pnpm schema`; do not edit. It can be run again.

-- ---- 20261121100000_create_tables

-- The five tables that every query relies on. A database that has them already (an earlier Benchmark Engine) keeps
-- its rows; the next file adds what is missing.

create table if not exists public.providers (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  base_url text,
  logo_url text,
  created_at timestamptz not null default now()
);
create index if not exists idx_providers_name on public.providers (name);

create table if not exists public.models (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  provider_id uuid not null references public.providers (id) on delete cascade,
  context_window integer,
  created_at timestamptz not null default now(),
  unique (name, provider_id)
);
create index if not exists idx_models_provider_id on public.models (provider_id);
create index if not exists idx_models_name on public.models (name);

create table if not exists public.prices (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.providers (id) on delete cascade,
  model_id uuid not null references public.models (id) on delete cascade,
  input_price_per_m double precision not null,
  output_price_per_m double precision not null,
  "timestamp" timestamptz not null default now()
);
create index if not exists idx_prices_provider_id on public.prices (provider_id);
create index if not exists idx_prices_model_id on public.prices (model_id);
create index if not exists idx_prices_timestamp on public.prices ("timestamp");

create table if not exists public.runs (
  id uuid primary key default gen_random_uuid(),
  run_name text not null,
  triggered_by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);

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
  cost_usd double precision,
  created_at timestamptz not null default now()
);
create index if not exists idx_benchmark_results_run_id on public.benchmark_results (run_id);
create index if not exists idx_benchmark_results_provider_id on public.benchmark_results (provider_id);
create index if not exists idx_benchmark_results_model_id on public.benchmark_results (model_id);
create index if not exists idx_benchmark_results_provider on public.benchmark_results (provider);
create index if not exists idx_benchmark_results_model on public.benchmark_results (model);
create index if not exists idx_benchmark_results_created_at on public.benchmark_results (created_at);

-- Unknown is not zero.
alter table public.benchmark_results
  alter column input_tokens drop not null,
  alter column output_tokens drop not null,
  alter column cost_usd drop not null;

-- ---- 20261121100100_add_columns

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

-- ---- 20261121100200_create_run_functions

-- Planning and running: read_catalog, start_run, claim_probe, skip_probes, finish_run, and the small functions they
-- are made of. Every function can be called again with the same input and changes nothing more.

-- The run, or an error that names it.
create or replace function public.get_run(run_id uuid) returns public.runs
language plpgsql stable security invoker set search_path = '' as $$
declare
  found_run public.runs;
begin
  select r.* into found_run from public.runs r where r.id = get_run.run_id;
  if found_run.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no run %s: it was never started here, or has been deleted', coalesce(run_id::text, 'without an id'));
  end if;
  return found_run;
end $$;

-- What the outside sees of a run.
create or replace function public.describe_run(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select to_jsonb(run) - 'settings'
$$;

-- A price in the shape that plans and results carry.
create or replace function public.describe_price(price public.prices) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when price.id is not null then jsonb_build_object(
    'input_per_m', price.input_price_per_m,
    'output_per_m', price.output_price_per_m,
    'cached_per_m', price.cached_price_per_m,
    'reasoning_per_m', price.reasoning_price_per_m,
    'source', coalesce(price.source, 'manual')) end
$$;

create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p where p.model_id = latest_price.model_id order by p."timestamp" desc, p.id limit 1
$$;

-- in: {slug, name, base_url, logo_url, synthetic}. Brings the row up to date and returns its id. A row without a slug
-- is older than slugs and is adopted by its name; a name that another provider has is told apart by the slug.
create or replace function public.get_or_create_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted public.providers := jsonb_populate_record(null::public.providers, input);
  provider_id uuid;
begin
  wanted.name := coalesce(wanted.name, wanted.slug);
  update public.providers p set slug = wanted.slug
    where p.slug is null and p.name = wanted.name
      and not exists (select from public.providers q where q.slug = wanted.slug);
  if exists (select from public.providers p where p.name = wanted.name and p.slug is distinct from wanted.slug) then
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
        coalesce(wanted.base_url, p.base_url), coalesce(wanted.logo_url, p.logo_url), coalesce(wanted.synthetic, p.synthetic));
  select p.id into strict provider_id from public.providers p where p.slug = wanted.slug;
  return provider_id;
end $$;

create or replace function public.get_or_create_model(provider_id uuid, name text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  model_id uuid;
begin
  insert into public.models (provider_id, name) values (get_or_create_model.provider_id, get_or_create_model.name)
    on conflict do nothing;
  select m.id into strict model_id from public.models m
    where m.provider_id = get_or_create_model.provider_id and m.name = get_or_create_model.name;
  return model_id;
end $$;

-- Adds a row to the price history where the rates differ from the latest. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  if public.describe_price(latest) - 'source' is distinct from price - 'source' then
    insert into public.prices
        (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, reasoning_price_per_m, source, "timestamp")
      select m.provider_id, m.id, (price ->> 'input_per_m')::double precision, (price ->> 'output_per_m')::double precision,
          (price ->> 'cached_per_m')::double precision, (price ->> 'reasoning_per_m')::double precision, price ->> 'source',
          clock_timestamp()
        from public.models m where m.id = save_price.model_id;
  end if;
end $$;

-- in: {providers: [slug]}. out: {targets: active ones, paused: those that a person switched off, models: all, each with
-- its latest price}.
create or replace function public.read_catalog(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select p.id, p.slug from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers'))
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)
        order by w.slug, t.created_at, m.name, t.id), '[]')
      from wanted w
        join public.targets t on t.provider_id = w.id
        join public.models m on m.id = t.model_id
      where t.active),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', w.slug, 'model', m.name) order by w.slug, m.name), '[]')
      from wanted w
        join public.targets t on t.provider_id = w.id
        join public.models m on m.id = t.model_id
      where not t.active),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', public.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;

-- Models, prices and targets of a plan, in an order that keeps two plans from waiting for each other. What was only called
-- by hand so far becomes active with the first plan that is not by hand; what a person switched off stays off.
create or replace function public.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  planned record;
  known_model uuid;
begin
  for planned in
    select distinct on (p.id, probe ->> 'model') p.id as provider_id, probe ->> 'model' as model, probe -> 'price' as price
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by p.id, probe ->> 'model'
  loop
    known_model := public.get_or_create_model(planned.provider_id, planned.model);
    if jsonb_typeof(planned.price) = 'object' then
      perform public.save_price(known_model, planned.price);
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

-- The planned probes of a run, numbered in the order of the plan.
create or replace function public.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
begin
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid, position,
      (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series', nullif(probe -> 'price', 'null')
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted, jsonb_array_length(probes));
  end if;
end $$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...]}. out: {created, run}.
-- One run per schedule and slot: whoever comes later gets the run that is there.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, synthetic, settings, n_probes)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot,
      planned.region, planned.synthetic, planned.settings, jsonb_array_length(input -> 'probes'))
    on conflict do nothing returning * into run;
  if run.id is null then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1;
    return jsonb_build_object('created', false, 'run', public.describe_run(run));
  end if;
  perform public.get_or_create_provider(provider)
    from (select provider from jsonb_array_elements(input -> 'providers') provider order by provider ->> 'slug') ordered;
  perform public.save_targets(input -> 'probes', case when (input ->> 'adhoc')::boolean then null else true end);
  perform public.insert_probes(run.id, input -> 'probes');
  return jsonb_build_object('created', true, 'run', public.describe_run(run));
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region}. out: {probe, settings, claims, lease_until} or null.
-- The next planned probe of the region, or one whose lease ran out. Asked again with the same claim_id it gives the
-- same probe, so an answer that got lost loses no probe.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  claimed public.probes;
begin
  if run.status <> 'running' then
    return null;
  end if;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  if claimed.id is null then
    begin
      update public.probes p
        set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
          lease_until = clock_timestamp() + (input ->> 'lease_ms')::double precision * interval '1 millisecond'
        where p.id = (
          select next.id from public.probes next
          where next.run_id = run.id and next.region = input ->> 'region'
            and next.status in ('planned', 'claimed')
            and (next.status = 'planned' or next.lease_until < clock_timestamp())
          order by next.ordinal limit 1 for update skip locked)
        returning p.* into claimed;
    exception when unique_violation then
      -- The first call with this claim_id was still under way, and has it now.
      select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
    end;
  end if;
  if claimed.id is null then
    return null;
  end if;
  return public.describe_assignment(claimed, run);
end $$;

-- All that it takes to call a claimed probe.
create or replace function public.describe_assignment(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price,
      'target', jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', run.settings, 'claims', probe.claims, 'lease_until', probe.lease_until)
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

-- in: {run_id, reason}. out: {skipped}. A probe in hand is left alone; one whose lease ran out is nobody's.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = input ->> 'reason', lease_until = null
    where p.run_id = run.id
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()));
  get diagnostics skipped = row_count;
  return jsonb_build_object('skipped', skipped);
end $$;

-- Counts a run from its probes.
create or replace function public.count_run(run_id uuid) returns void
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

-- in: {run_id, status}. out: the run. A run that is closed stays as it was closed.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
begin
  update public.runs r set status = input ->> 'status', finished_at = clock_timestamp()
    where r.id = run.id and r.status = 'running';
  if found then
    perform public.count_run(run.id);
  end if;
  return public.describe_run(public.get_run(run.id));
end $$;

-- ---- 20261121100300_create_result_functions

-- Recording and reading results: record_result, list_results, and the small functions that record_result is made of.

-- in: columns of benchmark_results; one that is not in it is null, whatever its default. True when the row is new.
create or replace function public.insert_result(input jsonb) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.benchmark_results
    select r.* from jsonb_populate_record(null::public.benchmark_results, input) r
    on conflict (id) do nothing;
  return found;
end $$;

-- in: {version, data in base64}.
create or replace function public.insert_timeline(result_id uuid, timeline jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.timelines (result_id, version, data)
    values (insert_timeline.result_id, (timeline ->> 'version')::integer, decode(timeline ->> 'data', 'base64'))
$$;

create or replace function public.close_probe(probe_id uuid, success boolean) returns void
language sql security invoker set search_path = '' as $$
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null
    where p.id = close_probe.probe_id
$$;

-- What the database knows about a result before it has a row: its probe, target, provider and model. The probe may be
-- gone, with its provider; a measurement that was made is kept all the same.
create or replace function public.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object('probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id)
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := public.get_or_create_provider(jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', public.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

-- in: {result: columns of benchmark_results, timeline}. out: {recorded, id, provider_id, model_id, created_at}.
-- The same result again changes nothing. One that comes after its run was closed is counted late.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  receipt jsonb;
begin
  -- Whoever closes the run at this moment is waited for, or waits: one of the two counts this result.
  perform 1 from public.runs r where r.id = (result ->> 'run_id')::uuid for share;
  run := public.get_run((result ->> 'run_id')::uuid);
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || public.resolve_result(result) || jsonb_build_object('created_at', now());
    is_new := public.insert_result(result);
  end if;
  if is_new then
    perform public.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform public.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform public.count_run(run.id) where run.status <> 'running';
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'provider_id', b.provider_id, 'model_id', b.model_id,
      'created_at', b.created_at) into strict receipt
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return receipt;
end $$;

-- in: {run_id, after: id of the last row seen or null, limit}. out: {rows, next}, oldest first.
create or replace function public.list_results(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  last_seen public.benchmark_results;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select b.* into last_seen from public.benchmark_results b where b.id = (input ->> 'after')::uuid and b.run_id = run.id;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('run %s has no result %s to go on after: start again from the first page', run.id, input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at, to_jsonb(b) || jsonb_build_object('provider_name', coalesce(p.name, b.provider)) as described
    from public.benchmark_results b left join public.providers p on p.id = b.provider_id
    where b.run_id = run.id and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- ---- 20261121100400_grant_rights

-- Who may do what: of Supabase's three roles only service_role touches anything of ours. Row level security without a
-- policy comes on top: a grant made by mistake still shows nothing.

-- A plain Postgres lacks the roles. Where we may not create them nobody needs them either.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin bypassrls;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;

alter table public.providers enable row level security;
alter table public.models enable row level security;
alter table public.prices enable row level security;
alter table public.runs enable row level security;
alter table public.targets enable row level security;
alter table public.probes enable row level security;
alter table public.benchmark_results enable row level security;
alter table public.timelines enable row level security;

-- Postgres opens every new function to everybody, and an older Supabase project every new table as well; a newer one
-- gives nobody anything, service_role included.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.' || name, 'select, insert, update, delete'
      from unnest(array[
        'providers', 'models', 'prices', 'runs', 'targets', 'probes', 'benchmark_results', 'timelines'
      ]) name
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'get_run(uuid)', 'describe_run(public.runs)', 'describe_price(public.prices)',
        'latest_price(uuid)', 'get_or_create_provider(jsonb)', 'get_or_create_model(uuid, text)',
        'save_price(uuid, jsonb)', 'read_catalog(jsonb)', 'save_targets(jsonb, boolean)',
        'insert_probes(uuid, jsonb)', 'start_run(jsonb)', 'claim_probe(jsonb)',
        'describe_assignment(public.probes, public.runs)', 'skip_probes(jsonb)', 'count_run(uuid)',
        'finish_run(jsonb)', 'insert_result(jsonb)', 'insert_timeline(uuid, jsonb)',
        'close_probe(uuid, boolean)', 'resolve_result(jsonb)', 'record_result(jsonb)',
        'list_results(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;

-- ---- 20261121110000_create_calibrations

-- How exactly each machine measures: record_calibration writes what scripts/calibrate.ts found, latest_calibration reads it.

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

create index if not exists idx_calibrations_latest on public.calibrations (host, concurrency, created_at desc);

alter table public.calibrations enable row level security;

-- in: columns of calibrations. out: {recorded}. The same calibration again changes nothing.
create or replace function public.record_calibration(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.calibrations
    select c.* from jsonb_populate_record(null::public.calibrations, input || jsonb_build_object('created_at', now())) c
    on conflict (id) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- in: {host}. out: {rows}: the latest calibration of this host at each concurrency, the lowest first.
create or replace function public.latest_calibration(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(latest) order by latest.concurrency), '[]'))
    from (
      select distinct on (c.concurrency) c.* from public.calibrations c where c.host = input ->> 'host'
        order by c.concurrency, c.created_at desc
    ) latest
$$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    values ('table public.calibrations', 'select, insert, update, delete'),
      ('function public.record_calibration(jsonb)', 'execute'),
      ('function public.latest_calibration(jsonb)', 'execute')
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;

-- ---- 20261121120000_rederive_results

-- Deriving the metrics of old rows again: list_timelines reads what it takes, rederive_results writes what it gave.

-- in: {since or null, until or null, formula_version or null, after: id of the last row seen or null, limit}; since is included, until
-- is not; with formula_version rows of that version are left out. out: {rows, next}, oldest first. A row without a
-- timeline has null for it.
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
        message = format('there is no result %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at from public.benchmark_results b
    where (since is null or b.created_at >= since) and (until is null or b.created_at < until)
      and (known_version is null or b.formula_version is distinct from known_version)
      and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.id, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(public.describe_timeline(n.id) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- A result as far as its metrics go, with its timeline: {version, data in base64} or null.
create or replace function public.describe_timeline(result_id uuid) returns jsonb
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
        -- encode() breaks its lines after 76 characters.
        else jsonb_build_object('version', t.version, 'data', replace(encode(t.data, 'base64'), e'\n', '')) end)
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.id = describe_timeline.result_id
$$;

-- in: {formula_version, results: [{id, and every metric}]}. out: {updated}. Only rows that have a timeline are touched, and
-- only where something differs, so that a second call changes nothing.
create or replace function public.rederive_results(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  updated integer;
begin
  update public.benchmark_results b
    set (ttfb_ms, ttft_ms, cold_ttft_ms, ttfa_ms, tps, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms,
        total_latency_ms, e2e_ms, stall_count, stall_ms, input_tps, formula_version)
      = (r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms, r.itl_max_ms,
        r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, (input ->> 'formula_version')::integer)
    from jsonb_populate_recordset(null::public.benchmark_results, input -> 'results') r
    where b.id = r.id
      and exists (select from public.timelines t where t.result_id = b.id)
      and (b.ttfb_ms, b.ttft_ms, b.cold_ttft_ms, b.ttfa_ms, b.tps, b.tpot_ms, b.itl_p50_ms, b.itl_p95_ms, b.itl_max_ms,
          b.total_latency_ms, b.e2e_ms, b.stall_count, b.stall_ms, b.input_tps, b.formula_version)
        is distinct from
        (r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms, r.itl_max_ms,
          r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, (input ->> 'formula_version')::integer);
  get diagnostics updated = row_count;
  return jsonb_build_object('updated', updated);
end $$;

-- As for every function: Postgres opens it to everybody, and only service_role may call it.
do $$
declare
  signature text;
  role_name text;
begin
  foreach signature in array array['list_timelines(jsonb)', 'describe_timeline(uuid)', 'rederive_results(jsonb)'] loop
    execute format('revoke all on function public.%s from public', signature);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function public.%s from %I', signature, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on function public.%s to service_role', signature);
    end if;
  end loop;
end $$;

-- ---- 20261126090000_add_model_facts

-- What providers say of their models, whole prices, both costs of a result, and the history of syncs.

alter table public.models
  add column if not exists display_name text,
  add column if not exists type text check (type in (
    'chat', 'responses', 'completion', 'embedding', 'rerank', 'moderation', 'image', 'video', 'audio', 'other')),
  add column if not exists output_limit integer,
  add column if not exists input_modalities text[],
  add column if not exists output_modalities text[],
  add column if not exists supported_parameters text[],
  add column if not exists deprecated_on date,
  add column if not exists shutdown_on date,
  add column if not exists left_at timestamptz;

-- overrides: [{over_input_tokens, from_utc, to_utc, and the rates that then hold}], the later winning; src/core/price.ts
-- applies them. as_of is the day or moment that the source stands for; valid_until ends a price that nothing replaces.
alter table public.prices
  add column if not exists cache_write_price_per_m double precision,
  add column if not exists overrides jsonb not null default '[]',
  add column if not exists as_of timestamptz,
  add column if not exists valid_until timestamptz;

-- cost_usd is charged_usd where there is one, else computed_usd.
alter table public.benchmark_results
  add column if not exists cache_write_tokens integer,
  add column if not exists charged_usd double precision,
  add column if not exists computed_usd double precision;

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
  -- {added, left, returned, changed: [model], prices: [{model, before, price}], conflicts: [{model, chosen, other, gap}],
  -- leaving: [{target, shutdown_on, successor, healed}]}
  details jsonb not null default '{}'
);
create index if not exists idx_syncs_provider_id_started_at on public.syncs (provider_id, started_at desc);
create index if not exists idx_syncs_started_at on public.syncs (started_at desc);

alter table public.syncs enable row level security;

-- ---- 20261126090100_whole_prices

-- Prices with all that is known of them: the functions that read and write them, from their first version on.

-- A price in the shape that plans and results carry.
create or replace function public.describe_price(price public.prices) returns jsonb
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

-- The price in force: what a person set, until it is ended; else the latest.
create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = latest_price.model_id and (p.valid_until is null or p.valid_until > now())
    order by coalesce(p.source, 'manual') = 'manual' desc, p."timestamp" desc, p.id limit 1
$$;

-- Adds a row to the price history where the rates differ from those in force. Over a price that a person set only a
-- person sets another. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  who constant text[] := array['source', 'as_of'];
  latest public.prices;
  -- What a person or a plan of an earlier version leaves out.
  rates jsonb := '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}'::jsonb || price;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  if public.describe_price(latest) - who is not distinct from rates - who
    or (latest.id is not null and coalesce(latest.source, 'manual') = 'manual' and price ->> 'source' is distinct from 'manual') then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, cache_write_price_per_m,
        reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (rates ->> 'input_per_m')::double precision, (rates ->> 'output_per_m')::double precision,
        (rates ->> 'cached_per_m')::double precision, (rates ->> 'cache_write_per_m')::double precision,
        (rates ->> 'reasoning_per_m')::double precision, rates -> 'overrides', rates ->> 'source',
        (rates ->> 'as_of')::timestamptz, clock_timestamp()
      from public.models m where m.id = save_price.model_id;
end $$;

-- in: {provider: slug, about: the provider's row, or none}. The provider with this slug, created where it is new and told
-- about; else an error that names it.
create or replace function public.get_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted text := input ->> 'provider';
  provider_id uuid;
begin
  select p.id into provider_id from public.providers p where p.slug = wanted;
  if provider_id is null and jsonb_typeof(input -> 'about') = 'object' then
    provider_id := public.get_or_create_provider(input -> 'about');
  end if;
  if provider_id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: its first run or sync creates it', coalesce(wanted, 'without a name'));
  end if;
  return provider_id;
end $$;

-- in: {provider, model, price or null}. out: {price in force}. A person's own price, which no sync replaces; null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid := public.get_or_create_model(public.get_provider(input), input ->> 'model');
begin
  if jsonb_typeof(input -> 'price') = 'object' then
    perform public.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', public.describe_price(public.latest_price(known_model)));
end $$;

-- ---- 20261126090200_sync_models

-- Models and targets: list_models, save_sync, list_syncs, set_target, and the small functions they are made of.

-- A model with the price in force and its targets.
create or replace function public.describe_model(model public.models) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(model) - array['name', 'provider_id', 'created_at']) || jsonb_build_object(
      'provider', p.slug, 'model', model.name, 'price', public.describe_price(public.latest_price(model.id)),
      'targets', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'provider', p.slug, 'model', model.name, 'parameters', t.parameters, 'region', t.region, 'active', t.active)
          order by t.created_at, t.id), '[]')
        from public.targets t where t.model_id = model.id))
    from public.providers p where p.id = model.provider_id
$$;

-- in: {providers: [slug] or null for all, after: id of the last row seen or null, limit}. out: {rows, next}, by provider and name.
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
      from public.models m join public.providers p on p.id = m.provider_id where m.id = (input ->> 'after')::uuid;
    if last_name is null then
      raise exception using errcode = '22023',
        message = format('there is no model %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select m.id, p.slug, m.name, m as model
    from public.models m join public.providers p on p.id = m.provider_id
    where p.slug is not null and (wanted is null or p.slug = any (wanted))
      and (last_name is null or (p.slug, m.name) > (last_slug, last_name))
    order by p.slug, m.name limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.slug, f.name) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(public.describe_model(n.model) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- What a listing says of its models: [{model, and columns of models}]. All of them are available.
create or replace function public.save_models(provider_id uuid, listed jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.models as m (provider_id, name, display_name, type, context_window, output_limit, input_modalities,
      output_modalities, supported_parameters, deprecated_on, shutdown_on, available, last_seen_at)
    select save_models.provider_id, each ->> 'model', r.display_name, r.type, r.context_window, r.output_limit,
        r.input_modalities, r.output_modalities, r.supported_parameters, r.deprecated_on, r.shutdown_on, true, now()
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

-- Targets of a model go on with another: the same parameters and region. The old ones are switched off and keep their results.
create or replace function public.switch_targets(provider_id uuid, old_model text, new_model text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  successor uuid := public.get_or_create_model(switch_targets.provider_id, new_model);
begin
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select t.provider_id, successor, t.parameters, t.region, true
      from public.targets t join public.models m on m.id = t.model_id
      where m.provider_id = switch_targets.provider_id and m.name = old_model and t.active and not t.parameters ? 'pin'
    on conflict (model_id, parameters, region) do update set active = true;
  update public.targets t set active = false
    from public.models m
    where m.id = t.model_id and m.provider_id = switch_targets.provider_id and m.name = old_model
      and t.active and not t.parameters ? 'pin';
end $$;

-- in: {about: provider, sync: columns of syncs, models: [listed], left: [model], prices: [{model, price}],
-- switches: [{from, to}]}. out: {recorded}. All or nothing; the same sync again changes nothing.
create or replace function public.save_sync(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := public.get_or_create_provider(input -> 'about');
  recorded boolean;
begin
  insert into public.syncs
    select s.* from jsonb_populate_record(null::public.syncs,
      (input -> 'sync') || jsonb_build_object('provider_id', provider)) s
    on conflict (id) do nothing;
  recorded := found;
  if recorded then
    perform public.save_models(provider, input -> 'models');
    update public.models m set available = false, left_at = now()
      where m.provider_id = provider and m.available is distinct from false
        and m.name in (select jsonb_array_elements_text(input -> 'left'));
    perform public.save_price(public.get_or_create_model(provider, ordered.model), ordered.price)
      from (select each ->> 'model' as model, each -> 'price' as price
        from jsonb_array_elements(input -> 'prices') each order by 1) ordered;
    perform public.switch_targets(provider, each ->> 'from', each ->> 'to')
      from jsonb_array_elements(input -> 'switches') each;
  end if;
  return jsonb_build_object('recorded', recorded);
end $$;

-- in: {provider or null, after: id of the last row seen or null, limit}. out: {rows, next}, the latest first.
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
        message = format('there is no sync %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select s.id, s.started_at, to_jsonb(s) || jsonb_build_object('provider', p.slug) as described
    from public.syncs s join public.providers p on p.id = s.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (last_seen.id is null or (s.started_at, s.id) < (last_seen.started_at, last_seen.id))
    order by s.started_at desc, s.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {provider, model, active, parameters or null, region, about}. out: {rows: [target], changed}.
-- With parameters: that one target, created where it is not there. Without: every target of the model, or, where it has none
-- and is to be active, one with reasoning turned down.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := public.get_provider(input);
  known_model uuid := public.get_or_create_model(provider, input ->> 'model');
  wanted jsonb := nullif(input -> 'parameters', 'null');
  switch_on boolean := (input ->> 'active')::boolean;
  changed integer := 0;
  n_rows integer;
begin
  if wanted is null and switch_on and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := '{"reasoning": "least"}';
  end if;
  if wanted is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active)
      values (provider, known_model, wanted, input ->> 'region', switch_on)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t set active = switch_on
    where t.model_id = known_model and t.active is distinct from switch_on
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from input ->> 'region'));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select public.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.syncs', 'select, insert, update, delete'
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'describe_price(public.prices)', 'latest_price(uuid)', 'save_price(uuid, jsonb)', 'get_provider(jsonb)',
        'set_price(jsonb)', 'describe_model(public.models)', 'list_models(jsonb)', 'save_models(uuid, jsonb)',
        'switch_targets(uuid, text, text)', 'save_sync(jsonb)', 'list_syncs(jsonb)', 'set_target(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;

-- ---- 20261126120000_read_health

-- Whether the schedule is kept: read_health says when its last run finished, for /api/health and scripts/doctor.ts.

-- Asked by anyone who may reach /api/health, as often as they like: one step into an index, however many runs there are.
create index if not exists idx_runs_schedule_finished_at on public.runs (schedule, finished_at desc) where status = 'finished';

-- in: {schedule}. out: {last_finished_at, last_status, now}: when a run of the schedule last finished, the status of
-- the run of its latest slot, both null where there is none; and the clock of the database.
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

-- As for every function: only service_role may call it.
do $$
declare
  role_name text;
begin
  revoke all on function public.read_health(jsonb) from public;
  for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on function public.read_health(jsonb) from %I', role_name);
  end loop;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant execute on function public.read_health(jsonb) to service_role;
  end if;
end $$;

-- ---- 20261126140000_add_leases

-- Who is at a run, what a call may cost, and what its result says of limits.

-- A run in one region has one worker at a time: probes of a region are made one after another by it, or lane by lane.
create table if not exists public.run_workers (
  run_id uuid not null references public.runs (id) on delete cascade,
  region text not null,
  owner text not null,
  lease_until timestamptz not null,
  primary key (run_id, region)
);

-- late_at: probes that have not begun by then are skipped. status_reason: why a run was missed or abandoned, or is no fair one.
alter table public.runs
  add column if not exists late_at timestamptz,
  add column if not exists status_reason text;
alter table public.runs drop constraint if exists runs_status_check;
alter table public.runs add constraint runs_status_check
  check (status in ('running', 'finished', 'cancelled', 'abandoned', 'missed'));
create index if not exists idx_runs_running on public.runs (started_at) where status = 'running';

-- estimate_usd is reserved when the probe is claimed, and what it really cost takes its place; input_usd is the part that a
-- failed call may have cost as well.
alter table public.probes
  add column if not exists estimate_usd double precision,
  add column if not exists input_usd double precision,
  add column if not exists reserved_usd double precision,
  add column if not exists reserved_on date;

-- What the calls of a day (UTC) cost, or may cost while they are under way.
create table if not exists public.spending (
  day date primary key,
  usd double precision not null default 0
);

-- Until when a provider asked to be left alone.
alter table public.providers add column if not exists penalty_until timestamptz;

-- confirms: the result that this one checks again. fault_domain_was: before a run was found to be our own outage.
alter table public.benchmark_results
  add column if not exists confirms uuid,
  add column if not exists fault_domain_was text,
  add column if not exists rate_limits jsonb,
  add column if not exists retry_after_ms double precision;
create index if not exists idx_benchmark_results_confirms on public.benchmark_results (confirms) where confirms is not null;

alter table public.run_workers enable row level security;
alter table public.spending enable row level security;

-- ---- 20261126140100_lease_runs

-- One run a slot whoever delivers it, one worker a region, nothing left open: start_run, join_run, claim_probe, skip_probes,
-- finish_run and record_result as they are from here on, and the small functions they are made of.

-- The planned probes of a run, numbered in the order of the plan, after those that it has.
create or replace function public.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price, estimate_usd, input_usd)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid, n_before + position,
      (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series', nullif(probe -> 'price', 'null'),
      (probe ->> 'estimate_usd')::double precision, (probe ->> 'input_usd')::double precision
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted, jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
end $$;

-- Makes this worker the one of its region, where there is none or its lease ran out; true when it is.
create or replace function public.take_region(run_id uuid, worker jsonb) returns boolean
language sql security invoker set search_path = '' as $$
  with taken as (
    insert into public.run_workers as w (run_id, region, owner, lease_until)
      values (take_region.run_id, worker ->> 'region', worker ->> 'owner',
        clock_timestamp() + (worker ->> 'lease_ms')::double precision * interval '1 millisecond')
      on conflict on constraint run_workers_pkey do update set owner = excluded.owner, lease_until = excluded.lease_until
        where w.lease_until < clock_timestamp() or w.owner = excluded.owner
      returning 1
  )
  select exists (select from taken)
$$;

-- Probes of a run, in one region or all, that nobody is at.
create or replace function public.open_probes(run_id uuid, region text) returns setof public.probes
language sql stable security invoker set search_path = '' as $$
  select p.* from public.probes p
    where p.run_id = open_probes.run_id and (open_probes.region is null or p.region = open_probes.region)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
$$;

-- Runs whose worker stopped answering are closed with what they have: scheduled ones when it is too late for their probes,
-- others as soon as nobody holds them.
create or replace function public.close_abandoned() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  left_alone record;
begin
  for left_alone in
    select r.id, r.slot, r.n_probes from public.runs r
    where r.status = 'running' and r.started_at < now() - interval '5 minutes'
      and (r.late_at is null or r.late_at < now())
      and not exists (select from public.run_workers w where w.run_id = r.id and w.lease_until > clock_timestamp())
      and not exists (select from public.probes p where p.run_id = r.id and p.status = 'claimed' and p.lease_until > clock_timestamp())
    order by r.id for update skip locked
  loop
    update public.probes p
      set status = 'skipped', lease_until = null, skip_reason = case when left_alone.slot is null then 'abandoned' else 'late' end
      where p.run_id = left_alone.id and p.status in ('planned', 'claimed');
    if found or left_alone.n_probes = 0 then
      update public.runs r set status = 'abandoned', finished_at = clock_timestamp(),
          status_reason = 'its worker stopped answering before every probe was made'
        where r.id = left_alone.id;
      perform public.count_run(left_alone.id);
    else
      perform public.close_run(left_alone.id, 'finished');
    end if;
  end loop;
end $$;

-- Closes a run and counts it; one that is closed stays as it was closed.
create or replace function public.close_run(run_id uuid, status text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.runs r set status = close_run.status, finished_at = clock_timestamp()
    where r.id = close_run.run_id and r.status = 'running';
  if found then
    perform public.relabel_own_outage(close_run.run_id);
    perform public.count_run(close_run.run_id);
  end if;
end $$;

-- A run in which at least half of the targets, over at least three providers, failed on the network: that is this side of it.
create or replace function public.relabel_own_outage(run_id uuid) returns void
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
      where b.run_id = relabel_own_outage.run_id and b.error_kind = any (network) and b.fault_domain <> 'self';
    update public.runs r
      set status_reason = format('our own outage: %s of %s targets over %s providers failed on the network', n_failing, n_targets, n_providers)
      where r.id = relabel_own_outage.run_id;
  end if;
end $$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or none}.
-- out: {created, joined, run}. One run per schedule and slot: whoever comes later gets the run that is there, and may work on
-- it (joined) where its region has no probes yet, which are then added, or where its region's worker stopped answering.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform public.close_abandoned();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic, settings)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot, planned.late_at,
      planned.region, planned.synthetic, planned.settings)
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
  end if;
  if is_new or (run.id <> planned.id and public.is_open_for(run, worker ->> 'region')) then
    perform public.get_or_create_provider(provider)
      from (select provider from jsonb_array_elements(input -> 'providers') provider order by provider ->> 'slug') ordered;
    perform public.save_targets(input -> 'probes', case when (input ->> 'adhoc')::boolean then null else true end);
    perform public.insert_probes(run.id, input -> 'probes');
    update public.runs r set status = 'running', finished_at = null where r.id = run.id and r.status = 'finished';
  end if;
  if worker is not null then
    joined := (public.join_run(jsonb_build_object('run_id', run.id, 'worker', worker)) ->> 'joined')::boolean;
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new, 'run', public.describe_run(public.get_run(run.id)));
end $$;

-- Whether a region may still add its probes to a run: it has none in it, and it is not too late.
create or replace function public.is_open_for(run public.runs, region text) returns boolean
language sql stable security invoker set search_path = '' as $$
  select region is not null and run.status in ('running', 'finished') and run.slot is not null
    and (run.late_at is null or run.late_at > now())
    and not exists (select from public.probes p where p.run_id = run.id and p.region = is_open_for.region)
$$;

-- in: {run_id, worker: {region, owner, lease_ms}}. out: {joined, run, settings}. A worker goes on with a run: joined where probes of its
-- region are left that nobody is at, and nobody else holds the region.
create or replace function public.join_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  worker jsonb := input -> 'worker';
  joined boolean := false;
begin
  if run.status = 'running' and exists (select from public.open_probes(run.id, worker ->> 'region')) then
    joined := public.take_region(run.id, worker);
  end if;
  return jsonb_build_object('joined', joined, 'run', public.describe_run(run), 'settings', run.settings);
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region, provider or none, probe_id or none, budget or none}.
-- out: {probe, settings, claims, lease_until} or null. The next probe of the region that may be called, of one provider where
-- it is named: planned, or its lease ran out. What may not be called is skipped with the reason. Asked again with the same claim_id
-- it gives the same probe, so an answer that got lost loses no probe. Null also for a worker that lost its region.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
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
    reason := public.why_skip(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease
          where p.id = claimed.id returning p.* into claimed;
        perform public.reserve(claimed);
      exception when unique_violation then
        -- The first call with this claim_id was still under way, and has it now.
        select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
      end;
    else
      update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null where p.id = claimed.id;
      claimed := null;
    end if;
  end loop;
  if claimed.id is null then
    return null;
  end if;
  update public.run_workers w set lease_until = greatest(w.lease_until, claimed.lease_until)
    where w.run_id = run.id and w.region = input ->> 'region';
  return public.describe_assignment(claimed, run);
end $$;

-- Why a probe may not be called now, or null: too late, its provider asked to be left alone, or it does not fit a budget.
-- budget: {usd_per_day, usd_per_month, max_price_per_m}, each or null.
create or replace function public.why_skip(run public.runs, probe public.probes, budget jsonb) returns text
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
  -- The row of the day is what parallel workers wait for each other at.
  insert into public.spending (day) values (today) on conflict do nothing;
  perform 1 from public.spending s where s.day = today for update;
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0) into spent_today, spent_this_month
    from public.spending s where s.day >= date_trunc('month', today::timestamp)::date;
  if spent_today + probe.estimate_usd > (budget ->> 'usd_per_day')::double precision
    or spent_this_month + probe.estimate_usd > (budget ->> 'usd_per_month')::double precision then
    return 'budget';
  end if;
  return null;
end $$;

-- Sets the estimate of a claimed probe aside.
create or replace function public.reserve(probe public.probes) returns void
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

-- Puts what a call cost in the place of what was set aside for it: where nobody knows, the whole estimate, or the input of a
-- call that failed.
create or replace function public.settle(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
begin
  -- The probe before the day, as in claim_probe.
  select p.* into probe from public.probes p where p.id = settle.probe_id for no key update;
  cost := coalesce((result ->> 'cost_usd')::double precision,
    case when (result ->> 'success')::boolean then probe.estimate_usd else probe.input_usd end, 0);
  if probe.reserved_on is not null then
    update public.spending s set usd = s.usd + cost - probe.reserved_usd where s.day = probe.reserved_on;
    update public.probes p set reserved_usd = cost where p.id = probe.id;
  end if;
end $$;

-- All that it takes to call a claimed probe.
create or replace function public.describe_assignment(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd, 'input_usd', probe.input_usd,
      'target', jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', run.settings, 'claims', probe.claims, 'lease_until', probe.lease_until)
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

-- in: {run_id, reason, region or none}. out: {skipped}. A probe in hand is left alone; one whose lease ran out is nobody's.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = input ->> 'reason', lease_until = null
    where p.id in (select o.id from public.open_probes(run.id, input ->> 'region') o);
  get diagnostics skipped = row_count;
  return jsonb_build_object('skipped', skipped);
end $$;

-- in: {run_id, status, region and owner or none}. out: the run, with skip_reasons: {reason: how many}. A worker lets go of its region; the run is closed where nothing of it is
-- left open, or where no worker is named. A run that is closed stays as it was closed.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
begin
  perform 1 from public.runs r where r.id = run.id for no key update;
  delete from public.run_workers w
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  if input ->> 'region' is null or not exists (
      select from public.probes p where p.run_id = run.id and p.status in ('planned', 'claimed')) then
    perform public.close_run(run.id, input ->> 'status');
  end if;
  return public.describe_run(public.get_run(run.id)) || jsonb_build_object('skip_reasons', (
    select coalesce(jsonb_object_agg(skips.skip_reason, skips.n), '{}')
    from (
      select p.skip_reason, count(*) as n from public.probes p
      where p.run_id = run.id and p.status = 'skipped' group by p.skip_reason) skips));
end $$;

-- in: {run: id, run_name, triggered_by, schedule, slot, region; reason}. out: the run. A slot for which nothing could be
-- made is a gap that the table shows; where the slot has its run after all, that one.
create or replace function public.file_missed(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  missed public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, status, status_reason, started_at, finished_at)
    values (missed.id, missed.run_name, missed.triggered_by, 'scheduled', missed.schedule, missed.slot, missed.region, 'missed',
      input ->> 'reason', coalesce(missed.started_at, now()), coalesce(missed.started_at, now()))
    on conflict do nothing;
  select r.* into strict run from public.runs r
    where r.id = missed.id or (r.schedule = missed.schedule and r.slot = missed.slot)
    order by r.id = missed.id desc limit 1;
  return public.describe_run(run);
end $$;

-- in: {probe_id, id, result_id}. out: {planned}. Plans a second look at a probe that failed, which names it.
create or replace function public.plan_confirm(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  first_probe public.probes;
begin
  select p.* into strict first_probe from public.probes p where p.id = (input ->> 'probe_id')::uuid;
  perform 1 from public.runs r where r.id = first_probe.run_id for no key update;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price, estimate_usd, input_usd, confirms)
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

-- What the database knows about a result before it has a row: its probe, target, provider and model, and the result that it
-- checks again. The probe may be gone, with its provider; a measurement that was made is kept all the same.
create or replace function public.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object('probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', (select first_probe.result_id from public.probes first_probe where first_probe.id = p.confirms))
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := public.get_or_create_provider(jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', public.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

-- A provider that limits us and says for how long is left alone until then, for an hour at most.
create or replace function public.heed_limit(result jsonb) returns void
language sql security invoker set search_path = '' as $$
  update public.providers p
    set penalty_until = greatest(p.penalty_until,
      clock_timestamp() + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
    where p.id = (result ->> 'provider_id')::uuid
      and result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded') and result ->> 'retry_after_ms' is not null
$$;

-- in: {result: columns of benchmark_results, timeline}. out: {recorded, id, provider_id, model_id, created_at}.
-- The same result again changes nothing. One that comes after its run was closed is counted late.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  receipt jsonb;
begin
  -- Whoever closes the run at this moment is waited for, or waits: one of the two counts this result.
  perform 1 from public.runs r where r.id = (result ->> 'run_id')::uuid for share;
  run := public.get_run((result ->> 'run_id')::uuid);
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || public.resolve_result(result) || jsonb_build_object('created_at', now());
    is_new := public.insert_result(result);
  end if;
  if is_new then
    perform public.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform public.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform public.settle((result ->> 'probe_id')::uuid, result);
    perform public.heed_limit(result);
    perform public.count_run(run.id) where run.status <> 'running';
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'provider_id', b.provider_id, 'model_id', b.model_id,
      'created_at', b.created_at) into strict receipt
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return receipt;
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.' || name, 'select, insert, update, delete' from unnest(array['run_workers', 'spending']) name
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'insert_probes(uuid, jsonb)', 'take_region(uuid, jsonb)', 'open_probes(uuid, text)', 'close_abandoned()',
        'close_run(uuid, text)', 'relabel_own_outage(uuid)', 'start_run(jsonb)', 'is_open_for(public.runs, text)',
        'join_run(jsonb)', 'claim_probe(jsonb)', 'describe_assignment(public.probes, public.runs)', 'why_skip(public.runs, public.probes, jsonb)', 'reserve(public.probes)',
        'settle(uuid, jsonb)', 'skip_probes(jsonb)', 'finish_run(jsonb)', 'file_missed(jsonb)', 'plan_confirm(jsonb)',
        'resolve_result(jsonb)', 'heed_limit(jsonb)', 'record_result(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;

-- ---- 20261126140200_read_pace

-- The catalog with how long calls take: read_catalog as it is from here on.

-- in: {providers: [slug]}. out: {targets: active ones, paused: those that a person switched off, models: all, each with the price in
-- force, pace: [{provider, typical_ms}], by the latest five calls of each active target}.
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
      select coalesce(jsonb_agg(jsonb_build_object('provider', k.slug, 'model', k.name) order by k.slug, k.name), '[]')
      from known_targets k where not k.active),
    'pace', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'typical_ms', p.typical_ms) order by p.slug), '[]')
      from pace p),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', public.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;

-- ---- 20261126150000_check_prices_and_targets

-- Prices and targets that the program cannot read, or nobody can mean, are refused where they come in.

-- Constraints hold for rows to come. What is there already and breaks them is first ended or switched off, since it can be
-- updated no more afterwards; it stays in the history.
alter table public.prices
  drop constraint if exists prices_rates_check,
  drop constraint if exists prices_overrides_check;
update public.prices set valid_until = now()
  where (valid_until is null or valid_until > now()) and not (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and coalesce(cached_price_per_m >= 0 and cached_price_per_m < 'Infinity', true)
    and coalesce(cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity', true)
    and coalesce(reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity', true)
    and jsonb_typeof(overrides) = 'array');
-- NaN is above Infinity.
alter table public.prices
  add constraint prices_rates_check check (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and cached_price_per_m >= 0 and cached_price_per_m < 'Infinity'
    and cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity'
    and reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity') not valid,
  add constraint prices_overrides_check check (jsonb_typeof(overrides) = 'array') not valid;

alter table public.targets drop constraint if exists targets_max_tokens_check;
update public.targets set active = false
  where active is distinct from false and parameters ? 'max_tokens' and not
    case jsonb_typeof(parameters -> 'max_tokens') when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end;
alter table public.targets add constraint targets_max_tokens_check check (
  not parameters ? 'max_tokens' or
    case jsonb_typeof(parameters -> 'max_tokens') when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end) not valid;

-- Refuses what is no object, or has a key that nobody would read: most often one that was misspelt.
create or replace function public.check_keys(given jsonb, what text, known text[]) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  stranger text;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023',
      message = format('%s must be an object with %s', what, array_to_string(known, ', '));
  end if;
  select key into stranger from jsonb_object_keys(given) key where key <> all (known) limit 1;
  if stranger is not null then
    raise exception using errcode = '22023',
      message = format('%s has no %s: it may have %s', what, stranger, array_to_string(known, ', '));
  end if;
end $$;

-- Refuses a name that is no text, or blank.
create or replace function public.check_name(name jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if jsonb_typeof(name) is distinct from 'string' or name #>> '{}' !~ '\S' then
    raise exception using errcode = '22023', message = format('%s must be a text that is not blank', what);
  end if;
end $$;

-- Whether this is a number that double precision holds, from 0 on.
create or replace function public.is_rate(value jsonb) returns boolean
language sql immutable security invoker set search_path = '' as $$
  select case jsonb_typeof(value) when 'number' then value::numeric >= 0 and value::numeric < 1e308 else false end
$$;

-- The parameters of a target as every reader expects them, or an error that says what is wrong with them.
create or replace function public.read_parameters(given jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  parameters jsonb;
  most jsonb := given -> 'max_tokens';
begin
  perform public.check_keys(given, 'parameters', array['reasoning', 'pin', 'max_tokens']);
  parameters := '{"reasoning": "least"}'::jsonb || given;
  if parameters -> 'reasoning' not in ('"least"', '"default"') then
    raise exception using errcode = '22023', message = 'reasoning must be least or default';
  end if;
  if given ? 'pin' then
    perform public.check_name(given -> 'pin', 'pin');
  end if;
  if most is not null and not (
      case jsonb_typeof(most) when 'number' then most::numeric between 1 and 2147483647 and most::numeric % 1 = 0 else false end) then
    raise exception using errcode = '22023', message = 'max_tokens must be a whole number from 1 on: leave it out for the usual limit';
  end if;
  return parameters;
end $$;

-- Refuses a person's price that could not be computed with.
create or replace function public.check_price(price jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  needed constant text[] := array['input_per_m', 'output_per_m'];
  rates constant text[] := needed || array['cached_per_m', 'cache_write_per_m', 'reasoning_per_m'];
  times constant text[] := array['from_utc', 'to_utc'];
  override jsonb;
  wrong text;
begin
  perform public.check_keys(price, 'price', rates || array['overrides', 'source', 'as_of']);
  select name into wrong from unnest(rates) name
    where not public.is_rate(price -> name) and (name = any (needed) or price -> name <> 'null') limit 1;
  if wrong is not null then
    raise exception using errcode = '22023', message = format('%s must be a number from 0 on, in USD per million tokens', wrong);
  end if;
  if jsonb_typeof(coalesce(price -> 'overrides', '[]')) <> 'array' then
    raise exception using errcode = '22023', message = 'overrides must be an array: leave it out where there are none';
  end if;
  for override in select jsonb_array_elements(coalesce(price -> 'overrides', '[]')) loop
    perform public.check_keys(override, 'an override', array['over_input_tokens'] || times || rates);
    select key into wrong from jsonb_each(override) each (key, value)
      where not case
        when key = any (times) then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^([01]\d|2[0-3]):[0-5]\d$'
        when key = any (rates) and key <> all (needed) and value = 'null' then true
        else public.is_rate(value) end
      limit 1;
    if wrong is not null then
      raise exception using errcode = '22023',
        message = format('%s of an override must be %s', wrong, case when wrong = any (times) then 'a time such as 22:30' else 'a number from 0 on' end);
    end if;
  end loop;
end $$;

-- Adds a row to the price history where the rates differ from those in force, or a person sets them over another source. Over
-- a price that a person set only a person sets another. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  who constant text[] := array['source', 'as_of'];
  by_person constant boolean := coalesce(price ->> 'source', 'manual') = 'manual';
  latest public.prices;
  latest_by_person boolean;
  -- What a person or a plan of an earlier version leaves out.
  rates jsonb := '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}'::jsonb || price;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  latest_by_person := latest.id is not null and coalesce(latest.source, 'manual') = 'manual';
  if (latest_by_person and not by_person)
    or (latest_by_person = by_person and public.describe_price(latest) - who is not distinct from rates - who) then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, cache_write_price_per_m,
        reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (rates ->> 'input_per_m')::double precision, (rates ->> 'output_per_m')::double precision,
        (rates ->> 'cached_per_m')::double precision, (rates ->> 'cache_write_per_m')::double precision,
        (rates ->> 'reasoning_per_m')::double precision, rates -> 'overrides', rates ->> 'source',
        (rates ->> 'as_of')::timestamptz, clock_timestamp()
      from public.models m where m.id = save_price.model_id;
end $$;

-- What a plan was made with: saved where nobody knows better. A price in force may be younger than the plan, and a person's
-- that is not in force has been ended since. The lock is that of save_price.
create or replace function public.save_planned_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_planned_price.model_id for no key update;
  latest := public.latest_price(save_planned_price.model_id);
  if (latest.id is null or latest.source = 'registry') and coalesce(price ->> 'source', 'manual') <> 'manual' then
    perform public.save_price(save_planned_price.model_id, price);
  end if;
end $$;

-- Models, prices and targets of a plan, in an order that keeps two plans from waiting for each other. What was only called
-- by hand so far becomes active with the first plan that is not by hand; what a person switched off stays off.
create or replace function public.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  planned record;
  known_model uuid;
begin
  for planned in
    select distinct on (p.id, probe ->> 'model') p.id as provider_id, probe ->> 'model' as model, probe -> 'price' as price
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by p.id, probe ->> 'model'
  loop
    known_model := public.get_or_create_model(planned.provider_id, planned.model);
    if jsonb_typeof(planned.price) = 'object' then
      perform public.save_planned_price(known_model, planned.price);
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

-- in: {provider, model, price or null, about or none}. out: {price in force}. A person's own price, which no sync replaces;
-- null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid;
begin
  perform public.check_keys(input, 'set_price', array['provider', 'model', 'price', 'about']);
  perform public.check_name(input -> 'provider', 'provider');
  perform public.check_name(input -> 'model', 'model');
  if not input ? 'price' then
    raise exception using errcode = '22023', message = 'set_price needs a price: null ends the one that you set';
  end if;
  if input -> 'price' <> 'null' then
    perform public.check_price(input -> 'price');
  end if;
  known_model := public.get_or_create_model(public.get_provider(input), input ->> 'model');
  if input -> 'price' <> 'null' then
    perform public.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', public.describe_price(public.latest_price(known_model)));
end $$;

-- in: {provider, model, active, parameters or null, region, about}. out: {rows: [target], changed}.
-- With parameters: that one target, created where it is not there and is to be active. Without: every target of the model, or,
-- where it has none and is to be active, one with reasoning turned down. To switch off what is not there is an error, but for
-- the first target of a provider, which a run would choose by itself: off, it keeps runs from doing so.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  usual constant jsonb := '{"reasoning": "least"}';
  wanted jsonb := nullif(input -> 'parameters', 'null');
  wanted_region text := input ->> 'region';
  switch_on boolean;
  provider uuid;
  known_model uuid;
  is_first boolean;
  changed integer := 0;
  n_rows integer;
begin
  perform public.check_keys(input, 'set_target', array['provider', 'model', 'active', 'parameters', 'region', 'about']);
  perform public.check_name(input -> 'provider', 'provider');
  perform public.check_name(input -> 'model', 'model');
  if wanted_region is not null then
    perform public.check_name(input -> 'region', 'region');
  end if;
  if jsonb_typeof(input -> 'active') is distinct from 'boolean' then
    raise exception using errcode = '22023', message = 'active must be true or false';
  end if;
  switch_on := (input -> 'active')::boolean;
  if wanted is not null then
    wanted := public.read_parameters(wanted);
  end if;
  provider := public.get_provider(input);
  known_model := public.get_or_create_model(provider, input ->> 'model');
  is_first := not exists (select from public.targets t where t.provider_id = provider);
  if wanted is null and (switch_on or is_first) and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := usual;
  end if;
  if not switch_on and not (is_first and wanted = usual and wanted_region is null) and not exists (
      select from public.targets t where t.model_id = known_model
        and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region))) then
    raise exception using errcode = 'P0002', message = format('%s has no target %s%s%s: list_models shows those that there are',
      input ->> 'provider', input ->> 'model', ' with ' || wanted::text, ' in ' || wanted_region);
  end if;
  if wanted is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active)
      values (provider, known_model, wanted, wanted_region, switch_on)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t set active = switch_on
    where t.model_id = known_model and t.active is distinct from switch_on
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select public.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  role_name text;
begin
  for object in
    select 'function public.' || signature
      from unnest(array[
        'check_keys(jsonb, text, text[])', 'check_name(jsonb, text)', 'is_rate(jsonb)', 'read_parameters(jsonb)',
        'check_price(jsonb)', 'save_price(uuid, jsonb)', 'save_planned_price(uuid, jsonb)', 'save_targets(jsonb, boolean)',
        'set_price(jsonb)', 'set_target(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on %s to service_role', object);
    end if;
  end loop;
end $$;

-- ---- 20261126160000_spend_and_revive

-- Costs of calls that nobody set money aside for are counted, and a slot that was missed may still be made while it is time.

-- Puts what a call cost in the place of what was set aside for it: where nobody knows, the whole estimate, or the input of a
-- call that failed. A call that was made while the database was away had nothing set aside: its cost is added to its own day.
create or replace function public.settle(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
  made_on date;
begin
  -- The probe before the day, as in claim_probe.
  select p.* into probe from public.probes p where p.id = settle.probe_id for no key update;
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

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or none}.
-- out: {created, joined, run}. One run per schedule and slot: whoever comes later gets the run that is there, and may work on
-- it (joined) where its region has no probes yet, which are then added, or where its region's worker stopped answering. A slot
-- that was filed as missed is made all the same by who comes while it is not too late.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform public.close_abandoned();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic, settings)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot, planned.late_at,
      planned.region, planned.synthetic, planned.settings)
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
    if run.status = 'missed' and run.id <> planned.id and worker is not null and planned.late_at > now() then
      update public.runs r
        set status = 'running', status_reason = null, finished_at = null, started_at = now(), late_at = planned.late_at,
          triggered_by = planned.triggered_by, mode = planned.mode, region = planned.region, synthetic = planned.synthetic,
          settings = planned.settings
        where r.id = run.id returning * into run;
    end if;
  end if;
  if is_new or (run.id <> planned.id and public.is_open_for(run, worker ->> 'region')) then
    perform public.get_or_create_provider(provider)
      from (select provider from jsonb_array_elements(input -> 'providers') provider order by provider ->> 'slug') ordered;
    perform public.save_targets(input -> 'probes', case when (input ->> 'adhoc')::boolean then null else true end);
    perform public.insert_probes(run.id, input -> 'probes');
    update public.runs r set status = 'running', finished_at = null where r.id = run.id and r.status = 'finished';
  end if;
  if worker is not null then
    joined := (public.join_run(jsonb_build_object('run_id', run.id, 'worker', worker)) ->> 'joined')::boolean;
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new, 'run', public.describe_run(public.get_run(run.id)));
end $$;

-- ---- 20261126180000_list_results

-- Reading results of all runs: list_results, which knew one run at a time.

-- in: {run_id or null, since or null, until or null, after: `next` of the page before or null, limit}; since is included, until is not.
-- out: {rows, next, columns}, oldest first; columns are the names in a row, in the order of the table.
-- `next` says where in time a page ended, so that the next one is found whatever became of its last row. As `after` the id of a row will
-- do as well, while there is one. The plan is made for the values at hand: one for any values would read the table.
create or replace function public.list_results(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set plan_cache_mode = 'force_custom_plan' as $$
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
    perform public.get_run(run);
  end if;
  if input ->> 'after' like '%/%' then
    seen_at := split_part(input ->> 'after', '/', 1)::timestamptz;
    seen_id := split_part(input ->> 'after', '/', 2)::uuid;
  elsif input ->> 'after' is not null then
    select b.created_at, b.id into seen_at, seen_id from public.benchmark_results b where b.id = (input ->> 'after')::uuid;
    if not found then
      raise exception using errcode = '22023',
        message = format('there is no result %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  since := greatest(since, seen_at);
  if run is null then
    ids := array(
      select b.id from public.benchmark_results b
      where b.created_at >= since and b.created_at < until and (b.created_at, b.id) > (seen_at, seen_id)
      order by b.created_at, b.id limit page_size + 1);
  else
    -- Materialized, or the planner may look for the run's few rows all along the index of times.
    ids := array(
      with of_run as materialized (select b.id, b.created_at from public.benchmark_results b where b.run_id = run)
      select o.id from of_run o
      where o.created_at >= since and o.created_at < until and (o.created_at, o.id) > (seen_at, seen_id)
      order by o.created_at, o.id limit page_size + 1);
  end if;
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(
        to_jsonb(b) || jsonb_build_object('provider_name', coalesce(p.name, b.provider)) order by b.created_at, b.id), '[]'),
      'next', max((to_jsonb(b.created_at) #>> '{}') || '/' || b.id) filter (where b.id = ids[page_size] and cardinality(ids) > page_size))
    into page
    from public.benchmark_results b left join public.providers p on p.id = b.provider_id
    where b.id = any (ids[:page_size]);
  return page || jsonb_build_object('columns', (
    select jsonb_agg(a.attname order by a.attnum) || '["provider_name"]'
    from pg_catalog.pg_attribute a
    where a.attrelid = 'public.benchmark_results'::regclass and a.attnum > 0 and not a.attisdropped));
end $$;

-- ---- which migrations this was

create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations (version, name) values
  ('20261121100000', 'create_tables'),
  ('20261121100100', 'add_columns'),
  ('20261121100200', 'create_run_functions'),
  ('20261121100300', 'create_result_functions'),
  ('20261121100400', 'grant_rights'),
  ('20261121110000', 'create_calibrations'),
  ('20261121120000', 'rederive_results'),
  ('20261126090000', 'add_model_facts'),
  ('20261126090100', 'whole_prices'),
  ('20261126090200', 'sync_models'),
  ('20261126120000', 'read_health'),
  ('20261126140000', 'add_leases'),
  ('20261126140100', 'lease_runs'),
  ('20261126140200', 'read_pace'),
  ('20261126150000', 'check_prices_and_targets'),
  ('20261126160000', 'spend_and_revive'),
  ('20261126180000', 'list_results')
on conflict do nothing;
