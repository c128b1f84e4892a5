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
