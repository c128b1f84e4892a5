-- Retention: texts go first, rows later, rollups never. prune takes one batch at a time, so that it can be stopped anywhere and
-- holds nobody up.

-- What still has its text: recent results, where texts are pruned.
create index if not exists idx_benchmark_results_texts on public.benchmark_results (created_at) where response_text is not null;

-- Takes the texts of a batch of old results away. Gives how many.
create or replace function public.prune_texts(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
begin
  update public.benchmark_results b set response_text = null
    where b.id in (
      select o.id from public.benchmark_results o
      where o.created_at < prune_texts.before and o.response_text is not null order by o.created_at limit batch);
  get diagnostics n = row_count;
  return n;
end $$;

-- Makes the oldest day before a moment final: only after its rollups were held against its rows, and made again where they differ. Its
-- probes without a result go with it. Gives that day, null where there is none.
create or replace function public.close_day(before timestamptz) returns timestamptz
language plpgsql security invoker set search_path = '' as $$
declare
  day timestamptz;
  day_after timestamptz;
begin
  -- Whoever is changing results has read what is final; that must not move in between.
  perform 1 from public.retention for update;
  select date_trunc('day', b.created_at, 'UTC') into day from public.benchmark_results b
    where b.created_at >= (select r.pruned_until from public.retention r) and b.created_at < close_day.before and isfinite(b.created_at)
    order by b.created_at limit 1;
  if day is null then
    return null;
  end if;
  -- Whoever is at this day is waited for; from here on only adding is possible.
  perform public.lock_days(day, day, true);
  day_after := day + interval '24 hours';
  perform public.make_tracks(day, day_after);
  if exists (
    with counted as materialized (
      select * from public.count_hours(day, day_after)
    ), kept as materialized (
      select * from public.rollups_hourly h where h.bucket >= day and h.bucket < day_after
    )
    (select * from counted except select * from kept) union all (select * from kept except select * from counted)
  ) then
    perform public.rebuild_range(day, day_after - interval '1 microsecond');
  end if;
  delete from public.probes p using public.runs r
    where r.id = p.run_id and r.started_at >= day and r.started_at < day_after and p.status = 'skipped';
  update public.retention r set pruned_until = day_after;
  return day;
end $$;

-- Deletes a batch of the rows of final days, with their timelines and probes. Gives how many results.
create or replace function public.delete_final(batch integer) returns integer
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

-- in: {texts_before or null, results_before or null, limit}; null keeps for ever. out: {texts, results, closed, pruned_until, done}: how many this
-- batch took away, or the day that it made final, so that its rows go next; done where nothing is left.
create or replace function public.prune(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  batch constant integer := least(greatest((input ->> 'limit')::integer, 1), 100000);
  n_texts integer := 0;
  n_results integer := 0;
  closed timestamptz;
begin
  -- One at a time.
  perform pg_advisory_xact_lock(702418, 2);
  if input ->> 'texts_before' is not null then
    n_texts := public.prune_texts((input ->> 'texts_before')::timestamptz, batch);
  end if;
  if n_texts = 0 then
    n_results := public.delete_final(batch);
    if n_results = 0 then
      closed := public.close_day(date_trunc('day', (input ->> 'results_before')::timestamptz));
    end if;
  end if;
  return jsonb_build_object('texts', n_texts, 'results', n_results, 'closed', closed,
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'done', n_texts = 0 and n_results = 0 and closed is null);
end $$;

-- in: {texts_before or null, results_before or null}. out: {texts, results, pruned_until}: what prune would take away.
create or replace function public.count_prunable(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'texts', (
      select count(*) from public.benchmark_results b
      where b.created_at < (input ->> 'texts_before')::timestamptz and b.response_text is not null),
    'results', (
      select count(*) from public.benchmark_results b
      where b.created_at < greatest(r.pruned_until, date_trunc('day', (input ->> 'results_before')::timestamptz))
        and isfinite(b.created_at)),
    'pruned_until', nullif(r.pruned_until, '-infinity'))
  from public.retention r
$$;

-- As for every function: only service_role may call it.
do $$
declare
  signature text;
  role_name text;
begin
  foreach signature in array array[
      'prune_texts(timestamptz, integer)', 'close_day(timestamptz)', 'delete_final(integer)', 'prune(jsonb)', 'count_prunable(jsonb)'] loop
    execute format('revoke all on function public.%s from public', signature);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function public.%s from %I', signature, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on function public.%s to service_role', signature);
    end if;
  end loop;
end $$;
