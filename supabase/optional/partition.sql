-- Keeps results and their timelines in a table a month, for installations with tens of millions of results:
-- what is too old is then dropped with its month, rather than deleted row by row. Our ids are UUIDv7, which
-- begin with the time, so a month is a range of ids, and the keys stay as they are.
--
-- Run it with psql, as the owner of the tables, while nothing measures: it is one transaction, which copies
-- every result and timeline, takes as much disk again until it ends, and lets nobody read or write results
-- meanwhile. It can be run again: then it only makes the months ahead. What it changes, besides:
--   - Results go a month at a time, once every result of the month is old enough.
--   - That a probe has one result is checked within a month; the plan gives a probe the id of its result.
--   - A row whose id is no UUIDv7 is kept in a table of such rows, and deleted row by row.
begin;

-- The first UUIDv7 of a moment.
create or replace function firsttoken.first_id(moment timestamptz) returns uuid
language sql immutable security invoker set search_path = '' as $$
  select (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- The months (UTC) that have tables of their own, oldest first.
create or replace function firsttoken.months() returns table (month timestamptz, suffix text)
language sql stable security invoker set search_path = '' as $$
  select to_timestamp(right(c.relname, 7) || ' +00', 'YYYY_MM TZH'), right(c.relname, 7)
  from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'public.benchmark_results'::regclass and c.relname ~ '^results_\d{4}_\d{2}$'
  order by 1
$$;

-- Makes the tables of a month, unless they are there; not if rows of the month are among the others already.
-- The name is made of numbers alone. With the rights of the owner of the tables: nobody else may add to them.
create or replace function firsttoken.make_month(month timestamptz) returns boolean
language plpgsql security definer set search_path = '' set timezone = 'UTC' as $$
declare
  first_day constant timestamptz := date_trunc('month', month);
  suffix constant text := to_char(first_day, 'YYYY_MM');
  low constant uuid := firsttoken.first_id(first_day);
  high constant uuid := firsttoken.first_id(first_day + interval '1 month');
begin
  if to_regclass('firsttoken.results_' || suffix) is not null then
    return false;
  elsif exists (select from firsttoken.results_other o where o.id >= low and o.id < high)
    or exists (select from firsttoken.timelines_other o where o.result_id >= low and o.result_id < high) then
    raise notice 'no table for %: some of its results are among those without a month', suffix;
    return false;
  end if;
  execute format('create table firsttoken.results_%s partition of public.benchmark_results '
    'for values from (%L) to (%L)', suffix, low, high);
  execute format('create unique index results_%s_probe_id_key on firsttoken.results_%1$s (probe_id)', suffix);
  execute format('alter table firsttoken.results_%s enable row level security', suffix);
  execute format('create table firsttoken.timelines_%s partition of public.timelines '
    'for values from (%L) to (%L)', suffix, low, high);
  execute format('alter table firsttoken.timelines_%s enable row level security', suffix);
  return true;
end $$;

-- Drops the tables of a month. No trigger sees it: its rollups must be final.
create or replace function firsttoken.drop_month(suffix text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select from firsttoken.months() m where m.suffix = drop_month.suffix) then
    raise exception using errcode = '22023', message = format('there is no month %s', suffix);
  end if;
  -- Before the results, which must have no timeline when they leave.
  execute format('drop table firsttoken.timelines_%s', suffix);
  execute format('alter table public.benchmark_results detach partition firsttoken.results_%s', suffix);
  execute format('drop table firsttoken.results_%s', suffix);
end $$;

-- Drops the tables of a month that is over and final, if it has no result. A session that adds one is waited
-- for, and others wait for us.
create or replace function firsttoken.drop_empty_month(suffix text) returns void
language plpgsql security definer set search_path = '' as $$
declare
  has_rows boolean;
begin
  if not exists (select from firsttoken.months() m where m.suffix = drop_empty_month.suffix
      and m.month + interval '1 month' <= (select r.pruned_until from public.retention r)) then
    return;
  end if;
  -- By the index, from its end: the rows of a month are deleted from the oldest on, and their pages stay.
  execute format('select exists (select from (select from firsttoken.results_%s b '
    'order by b.created_at desc limit 1) newest)', suffix) into has_rows;
  if has_rows then
    return;
  end if;
  execute format('lock table firsttoken.results_%s in access exclusive mode', suffix);
  execute format('select exists (select from firsttoken.results_%s)', suffix) into has_rows;
  if not has_rows then
    perform firsttoken.drop_month(suffix);
  end if;
end $$;

-- Of a month that is over and final: how many results it has, null if one of them is not final.
create or replace function firsttoken.count_final(suffix text) returns bigint
language plpgsql stable security definer set search_path = '' as $$
declare
  until constant timestamptz := (select r.pruned_until from public.retention r);
  n bigint;
begin
  if not exists (select from firsttoken.months() m
      where m.suffix = count_final.suffix and m.month + interval '1 month' <= until) then
    return null;
  end if;
  execute format('select case when count(*) filter (where b.created_at >= $1 or not isfinite(b.created_at)) '
    '= 0 then count(*) end from firsttoken.results_%s b', suffix) into n using until;
  return n;
end $$;

-- What prune does in place of deleting final rows: drops the oldest month of which all are final. Rows that
-- have no month are deleted in batches. Returns the number of results.
create or replace function firsttoken.prune_months(batch integer) returns bigint
language plpgsql security invoker set search_path = '' as $$
declare
  gone record;
  n bigint;
begin
  with old_rows as (
    select o.id from firsttoken.results_other o
    where o.created_at < (select r.pruned_until from public.retention r) and isfinite(o.created_at)
    order by o.created_at limit batch
  ), deleted as (
    delete from public.benchmark_results b using old_rows o where b.id = o.id returning b.probe_id
  ), their_probes as (
    delete from public.probes p using deleted d where p.id = d.probe_id
  )
  select count(*) into n from deleted;
  if n > 0 then
    return n;
  end if;
  select m.suffix, firsttoken.count_final(m.suffix) as n into gone
    from firsttoken.months() m
    where m.month + interval '1 month' <= (select r.pruned_until from public.retention r)
      and firsttoken.count_final(m.suffix) > 0
    order by m.month limit 1;
  if gone.suffix is null then
    return 0;
  end if;
  perform firsttoken.drop_month(gone.suffix);
  return gone.n;
end $$;

-- What prune does besides: makes the next three months, drops final months that are empty, and deletes a
-- batch of the probes of dropped months. Returns how many of these.
create or replace function firsttoken.tend_months(batch integer) returns integer
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  n integer;
begin
  perform firsttoken.make_month(now() + ahead * interval '1 month') from generate_series(0, 3) ahead;
  perform firsttoken.drop_empty_month(m.suffix) from firsttoken.months() m;
  delete from public.probes p
    where p.id in (
      select o.id from public.probes o
      where o.id < firsttoken.first_id(least(
          (select r.pruned_until from public.retention r where isfinite(r.pruned_until)),
          (select min(m.month) from firsttoken.months() m)))
        and exists (select from public.retention r where isfinite(r.pruned_until))
        and o.status in ('done', 'failed')
        and not exists (select from public.benchmark_results b where b.probe_id = o.id)
      order by o.id limit batch);
  get diagnostics n = row_count;
  return n;
end $$;

-- Turns both tables into partitioned ones, with their rows, indexes, keys, triggers, rights and views.
do $$
declare
  tables constant regclass[] := array['public.benchmark_results', 'public.timelines']::regclass[];
  after_copy text[];
  views text[];
  command text;
  n_results bigint;
  n_timelines bigint;
begin
  set local search_path = '';
  set local timezone = 'UTC';
  if (select c.relkind from pg_catalog.pg_class c where c.oid = tables[1]) = 'p' then
    perform firsttoken.tend_months(1);
    raise notice 'results are partitioned already, by month up to %',
      (select max(m.suffix) from firsttoken.months() m);
    return;
  end if;
  lock table public.benchmark_results, public.timelines in access exclusive mode;
  -- All that is to be made again. Unique indexes but the primary keys are left out: a month has its own.
  after_copy := array(
    select pg_get_indexdef(x.indexrelid) from pg_catalog.pg_index x
      where x.indrelid = any (tables) and not x.indisunique
    union all
    select format('alter table %s add constraint %I %s', t.conrelid::regclass, t.conname,
        pg_get_constraintdef(t.oid))
      from pg_catalog.pg_constraint t where t.conrelid = any (tables) and t.contype = 'f'
    union all
    select pg_get_triggerdef(g.oid) from pg_catalog.pg_trigger g
      where g.tgrelid = any (tables) and not g.tgisinternal
    union all
    select format('grant %s on %s to %s', a.privilege_type, c.oid::regclass,
        case when a.grantee = 0 then 'public' else a.grantee::regrole::text end)
      from pg_catalog.pg_class c cross join aclexplode(c.relacl) a
      where c.oid = any (tables) and a.grantee <> c.relowner);
  views := array(
    select distinct format('create or replace view %s %s as %s', v.oid::regclass,
        case when v.reloptions is not null then format('with (%s)', array_to_string(v.reloptions, ', ')) end,
        pg_get_viewdef(v.oid))
      from pg_catalog.pg_depend d join pg_catalog.pg_rewrite w on w.oid = d.objid
        join pg_catalog.pg_class v on v.oid = w.ev_class
      where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refobjid = any (tables) and v.relkind = 'v');
  alter table public.timelines set schema firsttoken;
  alter table public.benchmark_results set schema firsttoken;
  create table public.benchmark_results (like firsttoken.benchmark_results including defaults
    including constraints including comments, constraint benchmark_results_pkey primary key (id))
    partition by range (id);
  create table public.timelines (like firsttoken.timelines including defaults
    including constraints including comments, constraint timelines_pkey primary key (result_id))
    partition by range (result_id);
  create table firsttoken.results_other partition of public.benchmark_results default;
  create unique index results_other_probe_id_key on firsttoken.results_other (probe_id);
  create table firsttoken.timelines_other partition of public.timelines default;
  alter table public.benchmark_results enable row level security;
  alter table public.timelines enable row level security;
  alter table firsttoken.results_other enable row level security;
  alter table firsttoken.timelines_other enable row level security;
  -- The months of all ids that are a UUIDv7 of a time when there may have been results.
  perform firsttoken.make_month(found.month)
    from (
      select distinct date_trunc('month', to_timestamp(
          ('x' || left(replace(b.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)) as month
      from firsttoken.benchmark_results b where substr(b.id::text, 15, 1) = '7') found
    where found.month > '2020-01-01' and found.month <= now() + interval '1 month';
  perform firsttoken.make_month(now() + ahead * interval '1 month') from generate_series(0, 3) ahead;
  insert into public.benchmark_results select b.* from firsttoken.benchmark_results b;
  get diagnostics n_results = row_count;
  insert into public.timelines select t.* from firsttoken.timelines t;
  get diagnostics n_timelines = row_count;
  foreach command in array after_copy || views loop
    execute command;
  end loop;
  drop table firsttoken.timelines, firsttoken.benchmark_results;
  -- Functions that other sessions have read already look the tables up again.
  for command in
    select format('alter function %s %s', p.oid::regprocedure,
      case when p.prosecdef then 'security definer' else 'security invoker' end)
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'firsttoken') and p.prokind = 'f'
      and p.prosrc ~ 'benchmark_results|timelines'
  loop
    execute command;
  end loop;
  raise notice 'partitioned % results and % timelines into % months', n_results, n_timelines,
    (select count(*) from firsttoken.months());
end $$;

-- As all functions of this schema: for service_role alone.
do $$
declare
  made record;
begin
  for made in
    select p.oid::regprocedure as signature from pg_catalog.pg_proc p
    where p.pronamespace = 'firsttoken'::regnamespace
      and p.proname in ('first_id', 'months', 'make_month', 'drop_month', 'drop_empty_month', 'count_final',
        'prune_months', 'tend_months')
  loop
    execute format('revoke all on function %s from public', made.signature);
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on function %s to service_role', made.signature);
      grant select, delete on firsttoken.results_other, firsttoken.timelines_other to service_role;
    end if;
  end loop;
end $$;
commit;
