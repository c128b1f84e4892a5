-- What the functions of supabase/schemas replaced did: beside it they are measured. That of a recheck made the
-- hour and the day of every track anew, under a lock that stopped all recording.

create function bench.add_before(result_id uuid) returns void language plpgsql as $$
declare
  result public.benchmark_results;
  first_at timestamptz;
  added firsttoken.rollup_input;
  hour public.rollups_hourly;
begin
  select b.* into strict result from public.benchmark_results b where b.id = add_before.result_id;
  perform firsttoken.lock_days(result.created_at - interval '24 hours', result.created_at, true);
  select b.created_at into first_at from public.benchmark_results b where b.id = result.confirms;
  select i.* into strict added from firsttoken.rollup_input i where i.id = add_before.result_id;
  hour := firsttoken.rollup_of_result(firsttoken.get_or_create_track(row(null, result.target_id,
    result.provider, result.model, result.series, result.region, result.synthetic)::public.tracks), added);
  perform firsttoken.add_hour(hour);
  perform firsttoken.add_day(hour);
  perform firsttoken.rebuild_range(first_at, first_at, null);
end $$;

-- Ranks a list by comparing every interval with every other.
create function bench.rank_before(period text, metric text)
returns table (track_id integer, rank bigint, rank_to bigint)
language sql as $$
  with covered as materialized (
    select d.track_id, d.low as best, d.high as worst,
      d.metric || ' ' || jsonb_build_array(t.region, t.series, t.synthetic) as list
    from firsttoken.summary_drafts d join public.tracks t on t.id = d.track_id
    where d.period = rank_before.period and d.metric = rank_before.metric
  )
  select c.track_id, count(*) filter (where o.worst < c.best) + 1,
    count(*) filter (where o.best <= c.worst)
  from covered c join covered o on o.list = c.list
  group by c.track_id
$$;

-- The next probe of a provider, found by reading the plan.
create function bench.next_probe_before(run_id uuid, region text, provider text) returns uuid
language plpgsql as $$
declare
  found_id uuid;
begin
  select next.id into found_id from public.probes next
    join public.targets t on t.id = next.target_id
    join public.providers pr on pr.id = t.provider_id
    where next.run_id = next_probe_before.run_id and next.region = next_probe_before.region
      and (next.status = 'planned' or (next.status = 'claimed' and next.lease_until < clock_timestamp()))
      and (next_probe_before.provider is null or pr.slug = next_probe_before.provider)
    order by next.ordinal limit 1 for update of next skip locked;
  return found_id;
end $$;
