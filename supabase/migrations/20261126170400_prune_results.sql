-- Retention: texts go first, rows later, rollups never. prune takes one batch at a time, so that it can be stopped anywhere and
-- holds nobody up.

-- Days before pruned_until are final, and their rows may go; all rows of before deleted_until are gone. One that turns up there
-- later is a person's: nothing says that it is rolled up, so it is kept.
alter table public.retention add column if not exists deleted_until timestamptz not null default '-infinity';

-- Takes the texts of a batch of old results away. Gives how many.
create or replace function public.prune_texts(before timestamptz, batch integer) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  n integer;
  last_moment timestamptz;
begin
  with old_rows as (
    select b.id, b.created_at from public.benchmark_results b
    where b.created_at >= (select r.texts_pruned_until from public.retention r) and b.created_at < prune_texts.before
      and b.response_text is not null
    order by b.created_at limit batch
  ), pruned as (
    update public.benchmark_results b set response_text = null from old_rows o where b.id = o.id returning o.created_at
  )
  select count(*), max(p.created_at) into n, last_moment from pruned p;
  update public.retention r
    set texts_pruned_until = greatest(r.texts_pruned_until, case when n = batch then last_moment else prune_texts.before end);
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
  perform pg_advisory_xact_lock(public.rollup_lock());
  select date_trunc('day', b.created_at, 'UTC') into day from public.benchmark_results b
    where b.created_at >= (select r.pruned_until from public.retention r) and b.created_at < close_day.before
    order by b.created_at limit 1;
  if day is null then
    return null;
  end if;
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
  update public.retention r set pruned_until = day_after, deleted_until = greatest(r.deleted_until, day);
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
    select b.id from public.benchmark_results b cross join public.retention r
    where b.created_at >= r.deleted_until and b.created_at < r.pruned_until
    order by b.created_at limit batch
  ), deleted as (
    delete from public.benchmark_results b using old_rows o where b.id = o.id returning b.probe_id
  )
  select count(*), array_agg(d.probe_id) into n, probes from deleted d;
  delete from public.probes p where p.id = any (probes);
  if n < batch then
    update public.retention r set deleted_until = r.pruned_until;
  end if;
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
  perform pg_advisory_xact_lock(public.rollup_lock() + 2);
  if input ->> 'texts_before' is not null then
    n_texts := public.prune_texts((input ->> 'texts_before')::timestamptz, batch);
  end if;
  if n_texts = 0 then
    if exists (select from public.retention r where r.deleted_until < r.pruned_until) then
      n_results := public.delete_final(batch);
    end if;
    if n_results = 0 then
      closed := public.close_day(date_trunc('day', (input ->> 'results_before')::timestamptz));
    end if;
  end if;
  return jsonb_build_object('texts', n_texts, 'results', n_results, 'closed', closed,
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'done', n_texts = 0 and n_results = 0 and closed is null);
end $$;

-- in: {texts_before or null, results_before or null}. out: {texts, results, pruned_until, kept}: what prune would take away, texts at most, and how many
-- rows of days that are deleted came later and stay.
create or replace function public.count_prunable(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'texts', (
      select count(*) from public.benchmark_results b
      where b.created_at >= r.texts_pruned_until and b.created_at < (input ->> 'texts_before')::timestamptz),
    'results', (
      select count(*) from public.benchmark_results b
      where b.created_at >= r.deleted_until
        and b.created_at < greatest(r.pruned_until, date_trunc('day', (input ->> 'results_before')::timestamptz))),
    'kept', (select count(*) from public.benchmark_results b where b.created_at < r.deleted_until),
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
