-- A fleet: a third as many targets as tracks, at 60 providers, called from three regions; and a whole day (UTC)
-- of it, yesterday, a call every 15 minutes each. Foreign keys are valid by construction and not checked.

create schema bench;

create function bench.make_fleet(tracks integer) returns void
language plpgsql set session_replication_role = replica as $$
begin
  insert into public.providers (slug, name, base_url)
    select 'p' || n, 'Provider ' || n, 'https://p' || n || '.example/v1' from generate_series(0, 59) n;
  insert into public.models (provider_id, name)
    select p.id, 'm' || n from generate_series(1, tracks / 3) n join public.providers p on p.slug = 'p' || n % 60;
  insert into public.targets (provider_id, model_id, parameters)
    select m.provider_id, m.id, '{"reasoning": "least"}' from public.models m;
end $$;

create function bench.make_day() returns void
language plpgsql set session_replication_role = replica as $$
declare
  day constant timestamptz := date_trunc('day', now(), 'UTC') - interval '24 hours';
  run constant uuid := gen_random_uuid();
begin
  insert into public.runs (id, run_name, triggered_by, status, started_at)
    values (run, 'a day of the fleet', 'cron', 'finished', day);
  insert into public.benchmark_results (id, run_id, provider_id, model_id, target_id, provider, model, region,
      series, input_tokens, output_tokens, total_latency_ms, ttft_ms, ttfa_ms, tps, status_code, success,
      fault_domain, error_kind, cost_usd, timing_quality, created_at)
    select gen_random_uuid(), run, t.provider_id, t.model_id, t.id, p.slug, m.name, region.name, 'one', 89, 210,
      1500 + 1000 * call.luck, 200 + 400 * call.luck, 220 + 400 * call.luck, 60 + 90 * call.luck,
      case when call.luck < 0.01 then 500 else 200 end, call.luck >= 0.01,
      case when call.luck < 0.01 then 'provider' end, case when call.luck < 0.01 then 'server_error' end,
      0.0001, 'ok', slot.moment + call.luck * interval '10 minutes'
    from generate_series(day, day + interval '23 hours 45 minutes', interval '15 minutes') slot (moment)
      cross join public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      cross join unnest(array['fra1', 'iad1', 'hnd1']) region (name)
      -- Named, so that every row has its own.
      cross join lateral (select random() as luck where (t.id, region.name, slot.moment) is not null) call;
end $$;

-- A failure of the last hours of the day and its recheck, which succeeded and is not yet rolled up.
create function bench.recheck() returns uuid
language plpgsql set session_replication_role = replica as $$
declare
  first public.benchmark_results;
  day_after constant timestamptz := date_trunc('day', now(), 'UTC');
begin
  select b.* into strict first from public.benchmark_results b
    where b.created_at >= day_after - interval '6 hours' and b.created_at < day_after and not b.success
      and not exists (select from public.benchmark_results again where again.confirms = b.id)
    limit 1;
  first.confirms := first.id;
  first.id := gen_random_uuid();
  first.created_at := least(first.created_at + interval '5 seconds', day_after - interval '1 second');
  first.success := true;
  first.fault_domain := null;
  first.error_kind := null;
  insert into public.benchmark_results select first.*;
  return first.id;
end $$;

-- So many tracks in one list, with an interval each: a week of answers, of which many are alike.
create function bench.make_list(metric text, tracks integer) returns void language sql as $$
  with made as (
    insert into public.tracks (provider, model, series, region, synthetic)
      select 'p', 'm' || n, 'one', 'a list of ' || metric, false from generate_series(1, tracks) n returning id
  )
  insert into firsttoken.summary_drafts (period, metric, track_id, n, n_hours, n_days, value, low, high,
      drafted_at)
    select '7d', metric, made.id, 672, 168, 7, middle.value, middle.value - 5, middle.value + 5, now()
    from made cross join lateral (
      select round(200 + 800 * random()) as value where made.id is not null) middle
$$;
