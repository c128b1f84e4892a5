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
