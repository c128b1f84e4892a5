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
