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
