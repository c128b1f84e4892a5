-- Rollups follow the results, whoever writes, changes or deletes them: triggers add what is new, and make the hours again that were
-- touched, in the same transaction.

-- The days (UTC) from since to through are locked in their order: shared by those who add to one, alone by whoever makes one again, since in
-- between it would lose what is being added.
create or replace function public.lock_days(since timestamptz, through timestamptz, alone boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  -- What these locks are for, among those of the database.
  class constant integer := 702417;
begin
  for day in floor(extract(epoch from since) / 86400)::integer .. floor(extract(epoch from through) / 86400)::integer loop
    if alone then
      perform pg_advisory_xact_lock(class, day);
    else
      perform pg_advisory_xact_lock_shared(class, day);
    end if;
  end loop;
end $$;

-- The track of a result, made where it is new.
create or replace function public.get_or_create_track(result public.rollup_input) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  known integer;
begin
  if result.target_id is not null then
    select t.id into known from public.tracks t
      where t.target_id = result.target_id
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (result.provider, result.model, result.series, result.region, result.synthetic);
  end if;
  if known is null then
    insert into public.tracks (target_id, provider, model, series, region, synthetic)
      values (result.target_id, result.provider, result.model, result.series, result.region, result.synthetic)
      on conflict (target_id, provider, model, series, region, synthetic) do update set region = excluded.region
      returning id into known;
  end if;
  return known;
end $$;

-- Adds a result that is new to its hour and its day. What it is a second look at may have been cleared by it, so that hour is made
-- again. Locks come first: what is read before them may be over when they are there; and a first look that is being added at this moment
-- waits for its second one, or is waited for.
create or replace function public.add_to_rollups(result_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  result record;
  looked_at timestamptz;
  added public.rollup_input;
  hour public.rollups_hourly;
begin
  select b.created_at, b.confirms into strict result from public.benchmark_results b where b.id = add_to_rollups.result_id;
  if not isfinite(result.created_at) then
    return;
  end if;
  if result.confirms is null then
    perform public.lock_days(result.created_at, result.created_at, false);
  else
    perform public.lock_days(result.created_at - interval '24 hours', result.created_at, true);
    select b.created_at into looked_at from public.benchmark_results b where b.id = result.confirms and isfinite(b.created_at);
  end if;
  select i.* into strict added from public.rollup_input i where i.id = add_to_rollups.result_id;
  hour := public.hour_of(added);
  perform public.add_hour(hour);
  perform public.add_day(hour);
  if cardinality(hour.latency) + cardinality(hour.ttft) + cardinality(hour.ttfa) + cardinality(hour.tps) > 0 then
    perform public.add_samples(hour);
  end if;
  if looked_at is not null then
    perform public.rebuild_range(looked_at, looked_at);
  end if;
end $$;

-- A single result as an hour of its own.
create or replace function public.hour_of(added public.rollup_input) returns public.rollups_hourly
language plpgsql security invoker set search_path = '' as $$
declare
  hour public.rollups_hourly;
begin
  hour.track_id := public.get_or_create_track(added);
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
  hour.ttft := public.with_sample('{}', added.ttft::real);
  hour.ttfa := public.with_sample('{}', added.ttfa::real);
  hour.tps := public.with_sample('{}', added.tps::real);
  hour.latency := public.with_sample('{}', added.latency::real);
  return hour;
end $$;

-- In plpgsql, which keeps the plans of its statements; a function in SQL makes them at every call.
create or replace function public.add_hour(added public.rollups_hourly) returns void
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
      errors = public.add_counts(h.errors, excluded.errors),
      ttft = public.with_sample(h.ttft, excluded.ttft[1]),
      ttfa = public.with_sample(h.ttfa, excluded.ttfa[1]),
      tps = public.with_sample(h.tps, excluded.tps[1]),
      latency = public.with_sample(h.latency, excluded.latency[1]);
end $$;

create or replace function public.add_day(added public.rollups_hourly) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.rollups_daily as d
    values (added.track_id, date_trunc('day', added.bucket, 'UTC'), added.n_calls, added.n_answers, added.n_ok, added.n_provider,
      added.n_cleared, added.n_account, added.n_config, added.n_excluded, added.n_self, added.n_untrusted, added.n_cost_unknown,
      added.input_tokens, added.output_tokens, added.reasoning_tokens, added.cost_usd, cardinality(added.ttft),
      cardinality(added.ttfa), cardinality(added.tps), cardinality(added.latency), added.ttft_sum, added.ttfa_sum,
      added.tps_sum, added.latency_sum, added.errors)
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
      errors = public.add_counts(d.errors, excluded.errors);
end $$;

create or replace function public.add_samples(added public.rollups_hourly) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.samples_daily as s
    values (added.track_id, date_trunc('day', added.bucket, 'UTC'), added.ttft, added.ttfa, added.tps, added.latency)
    on conflict (track_id, bucket) do update set
      ttft = public.with_sample(s.ttft, excluded.ttft[1]),
      ttfa = public.with_sample(s.ttfa, excluded.ttfa[1]),
      tps = public.with_sample(s.tps, excluded.tps[1]),
      latency = public.with_sample(s.latency, excluded.latency[1]);
end $$;

-- The tracks of all results from since to until, made where they are new.
create or replace function public.make_tracks(since timestamptz, until timestamptz) returns void
language sql security invoker set search_path = '' as $$
  insert into public.tracks (target_id, provider, model, series, region, synthetic)
    select distinct i.target_id, i.provider, i.model, i.series, i.region, i.synthetic
    from public.rollup_input i where i.created_at >= since and i.created_at < until
    on conflict (target_id, provider, model, series, region, synthetic) do nothing
$$;

-- The hours from since to until as the raw rows give them, as far as they have tracks: what rollups_hourly must hold.
create or replace function public.count_hours(since timestamptz, until timestamptz) returns setof public.rollups_hourly
language sql stable security invoker set search_path = '' as $$
  with found_rows as (
    select t.id as track_id, i.*
    from public.rollup_input i
      -- Equalities for the hash: nothing is hashed by `is not distinct from`.
      join public.tracks t
        on coalesce(t.target_id, '00000000-0000-0000-0000-000000000000') = coalesce(i.target_id, '00000000-0000-0000-0000-000000000000')
        and coalesce(t.provider, '') = coalesce(i.provider, '') and coalesce(t.model, '') = coalesce(i.model, '')
        and coalesce(t.series, '') = coalesce(i.series, '') and coalesce(t.region, '') = coalesce(i.region, '')
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where i.created_at >= since and i.created_at < until
  ), hours as (
    select f.track_id, f.bucket,
      count(*)::integer as n_calls,
      array_agg(f.error) filter (where f.error is not null) as failures,
      count(*) filter (where f.is_answer)::integer as n_answers,
      count(*) filter (where f.is_ok)::integer as n_ok,
      count(*) filter (where f.is_provider)::integer as n_provider,
      count(*) filter (where f.is_cleared)::integer as n_cleared,
      count(*) filter (where f.is_account)::integer as n_account,
      count(*) filter (where f.is_config)::integer as n_config,
      count(*) filter (where f.is_excluded)::integer as n_excluded,
      count(*) filter (where f.is_self)::integer as n_self,
      count(*) filter (where f.is_untrusted)::integer as n_untrusted,
      count(*) filter (where f.is_cost_unknown)::integer as n_cost_unknown,
      coalesce(sum(f.input_tokens), 0)::bigint as input_tokens,
      coalesce(sum(f.output_tokens), 0)::bigint as output_tokens,
      coalesce(sum(f.reasoning_tokens), 0)::bigint as reasoning_tokens,
      coalesce(sum(f.cost_usd::numeric), 0) as cost_usd,
      coalesce(sum(f.ttft::numeric), 0) as ttft_sum,
      coalesce(sum(f.ttfa::numeric), 0) as ttfa_sum,
      coalesce(sum(f.tps::numeric), 0) as tps_sum,
      coalesce(sum(f.latency::numeric), 0) as latency_sum,
      coalesce(array_agg(f.ttft::real order by f.ttft) filter (where f.ttft is not null), '{}') as ttft,
      coalesce(array_agg(f.ttfa::real order by f.ttfa) filter (where f.ttfa is not null), '{}') as ttfa,
      coalesce(array_agg(f.tps::real order by f.tps) filter (where f.tps is not null), '{}') as tps,
      coalesce(array_agg(f.latency::real order by f.latency) filter (where f.latency is not null), '{}') as latency
    from found_rows f group by f.track_id, f.bucket
  )
  select h.track_id, h.bucket, h.n_calls, h.n_answers, h.n_ok, h.n_provider, h.n_cleared, h.n_account, h.n_config, h.n_excluded,
    h.n_self, h.n_untrusted, h.n_cost_unknown, h.input_tokens, h.output_tokens, h.reasoning_tokens, h.cost_usd,
    h.ttft_sum, h.ttfa_sum, h.tps_sum, h.latency_sum, (
      -- No join of two groupings: whatever planners expect of them, it can be a loop over both.
      select jsonb_object_agg(counted.error, counted.n)
      from (select error, count(*) as n from unnest(h.failures) error group by error) counted),
    h.ttft, h.ttfa, h.tps, h.latency
  from hours h
$$;

-- The days (UTC) from since to until as their hours give them: what rollups_daily must hold. An hour may be final where its raw rows
-- are gone, and its day still be made again.
create or replace function public.sum_hours(since timestamptz, until timestamptz) returns setof public.rollups_daily
language sql stable security invoker set search_path = '' as $$
  with hours as (
    select h.*, date_trunc('day', h.bucket, 'UTC') as day from public.rollups_hourly h
    where h.bucket >= since and h.bucket < until
  ), days as (
    select h.track_id, h.day,
      jsonb_agg(h.errors) filter (where h.errors is not null) as failures,
      sum(h.n_calls)::integer as n_calls, sum(h.n_answers)::integer as n_answers, sum(h.n_ok)::integer as n_ok,
      sum(h.n_provider)::integer as n_provider, sum(h.n_cleared)::integer as n_cleared, sum(h.n_account)::integer as n_account,
      sum(h.n_config)::integer as n_config, sum(h.n_excluded)::integer as n_excluded, sum(h.n_self)::integer as n_self,
      sum(h.n_untrusted)::integer as n_untrusted, sum(h.n_cost_unknown)::integer as n_cost_unknown,
      sum(h.input_tokens)::bigint as input_tokens, sum(h.output_tokens)::bigint as output_tokens,
      sum(h.reasoning_tokens)::bigint as reasoning_tokens, sum(h.cost_usd) as cost_usd,
      sum(cardinality(h.ttft))::integer as n_ttft, sum(cardinality(h.ttfa))::integer as n_ttfa,
      sum(cardinality(h.tps))::integer as n_tps, sum(cardinality(h.latency))::integer as n_latency,
      sum(h.ttft_sum) as ttft_sum, sum(h.ttfa_sum) as ttfa_sum, sum(h.tps_sum) as tps_sum, sum(h.latency_sum) as latency_sum
    from hours h group by h.track_id, h.day
  )
  select d.track_id, d.day, d.n_calls, d.n_answers, d.n_ok, d.n_provider, d.n_cleared, d.n_account, d.n_config, d.n_excluded,
    d.n_self, d.n_untrusted, d.n_cost_unknown, d.input_tokens, d.output_tokens, d.reasoning_tokens, d.cost_usd,
    d.n_ttft, d.n_ttfa, d.n_tps, d.n_latency, d.ttft_sum, d.ttfa_sum, d.tps_sum, d.latency_sum, (
      select jsonb_object_agg(counted.key, counted.n)
      from (
        select e.key, sum(e.value::integer) as n
        from jsonb_array_elements(d.failures) hour cross join lateral jsonb_each_text(hour) e group by e.key) counted)
  from days d
$$;

-- The samples of the days from since to until, from their hours.
create or replace function public.gather_samples(since timestamptz, until timestamptz) returns setof public.samples_daily
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

-- Makes the hours of both moments and all between them again from the raw rows, and their days from the hours. Hours whose raw
-- rows may be pruned stay as they are. Gives the first hour that was made, null where all are final.
create or replace function public.rebuild_range(since timestamptz, through timestamptz) returns timestamptz
language plpgsql security invoker set search_path = '' as $$
declare
  first_hour timestamptz;
  end_hour constant timestamptz := date_trunc('hour', through, 'UTC') + interval '1 hour';
  first_day timestamptz;
  end_day timestamptz;
begin
  perform public.lock_days(since, through, true);
  select greatest(date_trunc('hour', since, 'UTC'), r.pruned_until) into strict first_hour from public.retention r;
  if first_hour >= end_hour then
    return null;
  end if;
  first_day := date_trunc('day', first_hour, 'UTC');
  end_day := date_trunc('day', end_hour - interval '1 hour', 'UTC') + interval '24 hours';
  perform public.make_tracks(first_hour, end_hour);
  delete from public.rollups_hourly h where h.bucket >= first_hour and h.bucket < end_hour;
  -- In the order of time, as recording writes them: what is asked for together lies together.
  insert into public.rollups_hourly select h.* from public.count_hours(first_hour, end_hour) h order by h.bucket, h.track_id;
  delete from public.rollups_daily d where d.bucket >= first_day and d.bucket < end_day;
  insert into public.rollups_daily select d.* from public.sum_hours(first_day, end_day) d order by d.bucket, d.track_id;
  delete from public.samples_daily s where s.bucket >= first_day and s.bucket < end_day;
  insert into public.samples_daily select s.* from public.gather_samples(first_day, end_day) s order by s.bucket, s.track_id;
  return first_hour;
end $$;

-- Makes again what results that were changed or deleted stood in, day by day, and what they were second looks at, for which the day
-- before is locked as well. Where the raw rows are pruned there is nothing to do: pruning itself ends here.
create or replace function public.rebuild_touched(moments timestamptz[], looked_at uuid[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  before constant interval := case when cardinality(looked_at) > 0 then interval '24 hours' else interval '0' end;
  touched record;
begin
  -- What is final stays what it is until this is over.
  perform 1 from public.retention for share;
  perform public.lock_days(days.day - before, days.day, true)
    from (
      select distinct date_trunc('day', moment, 'UTC') as day from unnest(moments) moment
      where isfinite(moment) and moment >= (select r.pruned_until from public.retention r) order by 1) days;
  for touched in
    select min(found.moment) as since, max(found.moment) as through
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (looked_at)) found
    where isfinite(found.moment) and found.moment >= (select r.pruned_until from public.retention r)
    group by date_trunc('day', found.moment, 'UTC') order by 1
  loop
    perform public.rebuild_range(touched.since, touched.through);
  end loop;
end $$;

-- What record_result inserts is added. Everything else is counted, since one statement may change and insert; what it puts into days
-- that are final is added.
create or replace function public.after_insert_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  if exists (select from new_rows n where n.id::text = current_setting('firsttoken.recording', true)) then
    perform public.add_to_rollups(n.id) from new_rows n;
  else
    perform public.rebuild_touched(array_agg(n.created_at), array_agg(n.confirms) filter (where n.confirms is not null))
      from new_rows n having count(*) > 0;
    perform public.add_to_rollups(n.id) from new_rows n where n.created_at < (select r.pruned_until from public.retention r);
  end if;
  return null;
end $$;

create or replace function public.after_update_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
declare
  moments timestamptz[];
  looked_at uuid[];
begin
  with changed as (
    select o.created_at as old_moment, n.created_at as new_moment, o.confirms as old_confirms, n.confirms as new_confirms
    from old_rows o full join new_rows n on n.id = o.id
    where (o.id, o.created_at, o.target_id, o.provider, o.model, o.series, o.region, o.synthetic, o.confirms, o.success, o.fault_domain,
        o.error_kind, o.timing_quality, o.input_tokens, o.output_tokens, o.reasoning_tokens, o.cost_usd,
        o.ttft_ms, o.ttfa_ms, o.tps, o.total_latency_ms)
      is distinct from
      (n.id, n.created_at, n.target_id, n.provider, n.model, n.series, n.region, n.synthetic, n.confirms, n.success, n.fault_domain,
        n.error_kind, n.timing_quality, n.input_tokens, n.output_tokens, n.reasoning_tokens, n.cost_usd,
        n.ttft_ms, n.ttfa_ms, n.tps, n.total_latency_ms)
  )
  select array_agg(c.old_moment) || array_agg(c.new_moment), array_agg(c.old_confirms) || array_agg(c.new_confirms)
    into moments, looked_at from changed c;
  if moments is not null then
    perform public.rebuild_touched(array_remove(moments, null), array_remove(looked_at, null));
    -- What is moved into a day that is final was taken out of where it was.
    perform public.add_to_rollups(n.id) from new_rows n join old_rows o on o.id = n.id cross join public.retention r
      where n.created_at < r.pruned_until and o.created_at >= r.pruned_until;
  end if;
  return null;
end $$;

create or replace function public.after_delete_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform public.rebuild_touched(array_agg(o.created_at), array_agg(o.confirms) filter (where o.confirms is not null))
    from old_rows o having count(*) > 0;
  return null;
end $$;

-- What is final stays: nobody could make it again.
create or replace function public.after_truncate_of_results() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  delete from public.rollups_hourly h where h.bucket >= (select r.pruned_until from public.retention r);
  delete from public.rollups_daily d where d.bucket >= (select r.pruned_until from public.retention r);
  delete from public.samples_daily s where s.bucket >= (select r.pruned_until from public.retention r);
  delete from public.target_summary;
  return null;
end $$;

drop trigger if exists keep_rollups_on_insert on public.benchmark_results;
create trigger keep_rollups_on_insert after insert on public.benchmark_results
  referencing new table as new_rows
  for each statement execute function public.after_insert_of_results();
drop trigger if exists keep_rollups_on_update on public.benchmark_results;
create trigger keep_rollups_on_update after update on public.benchmark_results
  referencing old table as old_rows new table as new_rows
  for each statement execute function public.after_update_of_results();
drop trigger if exists keep_rollups_on_delete on public.benchmark_results;
create trigger keep_rollups_on_delete after delete on public.benchmark_results
  referencing old table as old_rows
  for each statement execute function public.after_delete_of_results();
drop trigger if exists keep_rollups_on_truncate on public.benchmark_results;
create trigger keep_rollups_on_truncate after truncate on public.benchmark_results
  for each statement execute function public.after_truncate_of_results();

-- When a result was made: now, but for one that was kept back while the database was away. The machine that measured may have
-- another clock, so a little late is now.
create or replace function public.made_at(result jsonb) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
declare
  ended constant timestamptz := (result ->> 'started_at')::timestamptz
    + coalesce((result ->> 'total_latency_ms')::double precision, 0) * interval '1 millisecond';
begin
  return case when ended < now() - interval '10 minutes' then ended else now() end;
end $$;

-- in: columns of benchmark_results; one that is not in it is null, whatever its default. True when the row is new. Two that insert the same
-- at once may meet in any of its unique columns.
create or replace function public.insert_result(input jsonb) returns boolean
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
  if n_inserted = 0 and not exists (select from public.benchmark_results b where b.id = (input ->> 'id')::uuid) then
    raise exception using errcode = '23505', message = format('probe %s has a result already', input ->> 'probe_id');
  end if;
  return n_inserted > 0;
end $$;

-- in: {result: columns of benchmark_results, timeline}. out: {recorded, id, provider_id, model_id, created_at}. The trigger adds a new
-- result to its rollups. The same result again changes nothing. One that comes after its run was closed is counted late.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  receipt jsonb;
begin
  -- Whoever closes the run at this moment is waited for, or waits: one of the two counts this result. One that comes late will change the
  -- run, so two of them must not share it first.
  run := public.get_run((result ->> 'run_id')::uuid);
  if run.status = 'running' then
    perform 1 from public.runs r where r.id = run.id for share;
  else
    perform 1 from public.runs r where r.id = run.id for no key update;
  end if;
  run := public.get_run(run.id);
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || public.resolve_result(result) || jsonb_build_object('created_at', public.made_at(result));
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

-- in: {since, until}. out: {since, until, rebuilt_from}: the hours from since to until (not included) made again; rebuilt_from is later
-- than since where the raw rows before it are pruned, and null where they all are.
create or replace function public.rebuild_rollups(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  since constant timestamptz := date_trunc('hour', (input ->> 'since')::timestamptz);
  until constant timestamptz := date_trunc('hour', (input ->> 'until')::timestamptz - interval '1 microsecond') + interval '1 hour';
begin
  if since is null or until is null or since >= until or not isfinite(since) or until - since > interval '3700 days' then
    raise exception using errcode = '22023', message = 'rebuild_rollups needs since and until, since before until, ten years apart at most';
  end if;
  return jsonb_build_object('since', since, 'until', until,
    'rebuilt_from', public.rebuild_range(since, until - interval '1 microsecond'));
end $$;

-- What was recorded before there were rollups.
do $$
declare
  since timestamptz;
  through timestamptz;
begin
  if exists (select from public.rollups_hourly) then
    return;
  end if;
  select min(b.created_at), max(b.created_at) into since, through from public.benchmark_results b where isfinite(b.created_at);
  while since <= through loop
    perform public.rebuild_range(since, least(through, date_trunc('day', since, 'UTC') + interval '7 days' - interval '1 microsecond'));
    since := date_trunc('day', since, 'UTC') + interval '7 days';
  end loop;
end $$;

-- As for every function: only service_role may call it.
do $$
declare
  signature text;
  role_name text;
begin
  foreach signature in array array[
      'lock_days(timestamptz, timestamptz, boolean)', 'get_or_create_track(public.rollup_input)', 'add_to_rollups(uuid)', 'hour_of(public.rollup_input)',
      'add_hour(public.rollups_hourly)', 'add_day(public.rollups_hourly)', 'add_samples(public.rollups_hourly)',
      'make_tracks(timestamptz, timestamptz)', 'count_hours(timestamptz, timestamptz)', 'sum_hours(timestamptz, timestamptz)', 'gather_samples(timestamptz, timestamptz)',
      'rebuild_range(timestamptz, timestamptz)', 'rebuild_touched(timestamptz[], uuid[])', 'after_insert_of_results()',
      'after_update_of_results()',
      'after_delete_of_results()', 'after_truncate_of_results()', 'made_at(jsonb)', 'rebuild_rollups(jsonb)'] loop
    execute format('revoke all on function public.%s from public', signature);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function public.%s from %I', signature, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on function public.%s to service_role', signature);
    end if;
  end loop;
end $$;
