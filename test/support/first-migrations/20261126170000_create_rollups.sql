-- History that stays cheap to ask however many results there are: hourly and daily rollups with the measured values themselves,
-- kept by the functions of the next file.

-- What one line of a chart shows: a target in one region and one series. It keeps the names, so that history outlives what it is
-- of; target_id is null where a result has none (any more).
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

-- n_calls, n_answers (calls that succeeded), n_cost_unknown of these, tokens and cost_usd count every call. The other counts leave
-- second looks out: n_ok succeeded, n_provider to n_self failed by whose fault it was, n_cleared of n_provider went well at the
-- second look, n_untrusted of n_ok were not timed well enough to be samples. Samples are sorted: exact percentiles for ever. Sums are numeric: they do not depend on the order of adding.
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
  -- {"<fault_domain>.<error_kind>": how many}; null where none failed.
  errors jsonb,
  ttft real[] not null,
  ttfa real[] not null,
  tps real[] not null,
  latency real[] not null,
  primary key (track_id, bucket)
) with (fillfactor = 80);
create index if not exists idx_rollups_hourly_bucket on public.rollups_hourly (bucket);

-- The sums of the hours of a day (UTC). The samples are in a table of their own: at 96 a day they are ten times as large as the
-- counts, which questions about the whole history read from end to end.
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

-- How far scripts/prune.ts is: raw rows before pruned_until are gone or about to be, so rollups before it are final. One row.
create table if not exists public.retention (
  only_row boolean primary key default true check (only_row),
  pruned_until timestamptz not null default '-infinity'
);
insert into public.retention default values on conflict do nothing;

-- The one definition of what a result adds to its hour. A sample is a success that was no second look and was timed well enough; a value that
-- a real cannot hold is none.
create or replace view public.rollup_input with (security_invoker = true) as
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
    case when kind.is_sample and abs(b.ttft_ms) between 1e-37 and 1e38 or b.ttft_ms = 0 and kind.is_sample then b.ttft_ms end as ttft,
    case when kind.is_sample and abs(b.ttfa_ms) between 1e-37 and 1e38 or b.ttfa_ms = 0 and kind.is_sample then b.ttfa_ms end as ttfa,
    case when kind.is_sample and abs(b.tps) between 1e-37 and 1e38 or b.tps = 0 and kind.is_sample then b.tps end as tps,
    case when kind.is_sample and abs(b.total_latency_ms) between 1e-37 and 1e38 or b.total_latency_ms = 0 and kind.is_sample
      then b.total_latency_ms end as latency
  from public.benchmark_results b
    cross join lateral (
      select b.confirms is null as is_first,
        b.confirms is null and not b.success as has_failed,
        b.confirms is null and b.success and b.timing_quality is distinct from 'untrusted' as is_sample) kind
  where isfinite(b.created_at);

-- A sorted array with one more value; as it was where the value is null. width_bucket finds the place by halving.
create or replace function public.with_sample(sorted real[], value real) returns real[]
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

-- {"a": 1} and {"a": 2, "b": 1} make {"a": 3, "b": 1}; null stands for none.
create or replace function public.add_counts(one jsonb, other jsonb) returns jsonb
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

-- The percentile of sorted samples, 0 to 1, as percentile_cont gives it: linear interpolation; null for none.
create or replace function public.percentile_of(sorted real[], fraction double precision) returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  place constant double precision := 1 + fraction * (cardinality(sorted) - 1);
  below constant integer := floor(place);
begin
  return sorted[below]::double precision + coalesce((sorted[below + 1]::double precision - sorted[below]) * (place - below), 0);
end $$;

-- The same for what ranks or is kept: from p90 on null where the samples are too few for it, 29 for p90, 59 for p95, 299 for
-- p99: with 95 % certainty one of them must lie above it (fraction to the power of n is at most 0.05).
create or replace function public.published_percentile(sorted real[], fraction double precision) returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  if fraction < 0.9 or cardinality(sorted) * ln(fraction) <= ln(0.05) then
    return public.percentile_of(sorted, fraction);
  end if;
  return null;
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  foreach object in array array['tracks', 'rollups_hourly', 'rollups_daily', 'samples_daily', 'retention'] loop
    execute format('alter table public.%I enable row level security', object);
  end loop;
  for object, privileges in
    select 'table public.' || name, 'select, insert, update, delete'
      from unnest(array['tracks', 'rollups_hourly', 'rollups_daily', 'samples_daily', 'retention']) name
    union all
    select 'table public.rollup_input', 'select'
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'with_sample(real[], real)', 'add_counts(jsonb, jsonb)', 'percentile_of(real[], double precision)',
        'published_percentile(real[], double precision)'
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
