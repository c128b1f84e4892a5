-- What calls cost and will cost, budgets, and prices.

-- in: {since or null for 30 days ago, until or null, provider, model, region, synthetic: each or null, by:
-- some of day, month, provider, model, region, or null for day, after, limit}. out: {rows, next, total_usd},
-- latest and most expensive first. Whole days (UTC), rechecks and failures included; n_cost_unknown answers
-- have no known cost. The total is of real results unless synthetic ones are asked for.
create or replace function public.list_costs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 400, 1000);
  columns constant text[] := firsttoken.group_columns(input, array['day'],
    array['day', 'month', 'provider', 'model', 'region']);
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
  first_day constant timestamptz := date_trunc('day',
    coalesce((input ->> 'since')::timestamptz, least(until, now()) - interval '30 days'));
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_costs', array['since', 'until', 'provider', 'model', 'region',
    'synthetic', 'by', 'after', 'limit']);
  with grouped as materialized (
    select case when 'day' = any (columns) then d.bucket
        when 'month' = any (columns) then date_trunc('month', d.bucket) end as since, k.synthetic,
      case when 'provider' = any (columns) then k.provider end as provider,
      case when 'model' = any (columns) then k.model end as model,
      case when 'region' = any (columns) then k.region end as region,
      sum(d.n_calls) as n_calls, sum(d.n_answers) as n_answers, sum(d.input_tokens) as input_tokens,
      sum(d.output_tokens) as output_tokens, sum(d.reasoning_tokens) as reasoning_tokens,
      round(sum(d.cost_usd), 9) as cost_usd, sum(d.n_cost_unknown) as n_cost_unknown
    from firsttoken.find_tracks(input) k join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= first_day and d.bucket < until
    group by 1, 2, 3, 4, 5
  ), numbered as (
    select g.*, row_number() over (order by g.since desc nulls last, g.cost_usd desc, g.provider, g.model,
      g.region, g.synthetic) as position
    from grouped g
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text,
      'total_usd', (
        select coalesce(sum(g.cost_usd), 0) from grouped g
        where g.synthetic = coalesce((input ->> 'synthetic')::boolean, false)))
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {synthetic or null for real ones}. out: {usd_in_30_days, n_cost_unknown, rows}: what the next 30 days
-- cost at the present pace, by schedule, provider and model: the cost of a run, over the latest 24 of each
-- schedule in the last 30 days, times the number of its slots. A target with an interval, its own or that of
-- a budget, which is not in each run, costs what its latest 24 calls did in the runs of a schedule, times the
-- number of its intervals. Calls by hand are not included.
create or replace function public.read_projection(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  only_synthetic constant boolean := coalesce(firsttoken.check_synthetic(input), false);
  described jsonb;
begin
  perform firsttoken.check_keys(input, 'read_projection', array['synthetic']);
  with recursive schedules (schedule) as (
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  ), latest as materialized (
    select s.schedule, r.id, date_part('epoch', r.late_at - r.slot) as seconds
    from schedules s
      cross join lateral (
        select every_run.id, every_run.late_at, every_run.slot from public.runs every_run
        where every_run.schedule = s.schedule and every_run.slot >= now() - interval '30 days'
          and every_run.status = 'finished' and every_run.synthetic = only_synthetic
        order by every_run.slot desc limit 24
      ) r
  ), pace as (
    select l.schedule, count(*) as n_runs, percentile_cont(0.5) within group (order by l.seconds) as seconds
    from latest l group by l.schedule
  ), spaced as materialized (
    select t.id, greatest(t.every_minutes, t.thinned_minutes) as minutes from public.targets t
    where t.active and coalesce(t.every_minutes, t.thinned_minutes) is not null
  ), parts as (
    select pace.schedule, pace.seconds, b.provider, b.model, sum(b.cost_usd) / pace.n_runs as usd_per_run,
      count(*) filter (where b.success and b.cost_usd is null) as n_cost_unknown
    from pace
      join latest l on l.schedule = pace.schedule
      -- The results of one run at a time: joined, all there are would be read.
      cross join lateral (
        select made.provider, made.model, made.cost_usd, made.success from public.benchmark_results made
        where made.run_id = l.id and not exists (select from spaced s where s.id = made.target_id) offset 0
      ) b
    group by pace.schedule, pace.seconds, pace.n_runs, b.provider, b.model
    union all
    select pace.schedule, pace.seconds, b.provider, b.model, sum(b.cost_usd) / count(distinct b.run_id)
        * pace.seconds / greatest(pace.seconds, 60 * s.minutes),
      count(*) filter (where b.success and b.cost_usd is null)
    from spaced s
      cross join lateral (
        select r.schedule, made.run_id, made.provider, made.model, made.cost_usd, made.success
        from public.benchmark_results made join public.runs r on r.id = made.run_id
        where made.target_id = s.id and made.level is null and made.created_at >= now() - interval '30 days'
          and r.slot is not null and r.status = 'finished' and r.synthetic = only_synthetic
        order by made.created_at desc limit 24
      ) b
      join pace on pace.schedule = b.schedule
    group by s.id, s.minutes, pace.schedule, pace.seconds, b.provider, b.model
  ), projected as (
    select p.schedule, p.provider, p.model, p.seconds as seconds_between_runs,
      round(sum(p.usd_per_run)::numeric, 9) as usd_per_run,
      round((sum(p.usd_per_run) * 30 * 86400 / p.seconds)::numeric, 6) as usd_in_30_days,
      sum(p.n_cost_unknown)::integer as n_cost_unknown
    from parts p group by p.schedule, p.seconds, p.provider, p.model
  )
  select jsonb_build_object('usd_in_30_days', coalesce(sum(p.usd_in_30_days), 0),
      'n_cost_unknown', coalesce(sum(p.n_cost_unknown), 0),
      'rows', coalesce(jsonb_agg(to_jsonb(p)
        order by p.usd_in_30_days desc nulls last, p.schedule, p.provider, p.model), '[]'))
    into described from projected p;
  return described;
end $$;

-- in: {}. out: {day, month, usd_today, usd_this_month, days: [{day, usd}]}: what budgets are compared with,
-- and the days of the last 62 (UTC) that had calls, latest first: what calls cost, and what those in progress
-- may cost.
create or replace function public.read_budget(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  first_of_month constant date := date_trunc('month', today::timestamp)::date;
begin
  perform firsttoken.check_keys(input, 'read_budget', '{}');
  return (
    select jsonb_build_object('day', today, 'month', to_char(today, 'YYYY-MM'),
      'usd_today', coalesce(sum(s.usd) filter (where s.day = today), 0),
      'usd_this_month', coalesce(sum(s.usd) filter (where s.day >= first_of_month), 0),
      'days', coalesce(jsonb_agg(jsonb_build_object('day', s.day, 'usd', s.usd) order by s.day desc), '[]'))
    from public.spending s where s.day > today - 62);
end $$;

-- in: {provider, model, since: each or null, after, limit}. out: {rows, next}: prices that replaced another,
-- latest first, with the input and output rates before and now.
create or replace function public.list_price_changes(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_price_changes',
    array['provider', 'model', 'since', 'after', 'limit']);
  with priced as (
    select p.slug as provider, m.name as model, pr."timestamp" as since,
      lag(pr.input_price_per_m) over before_it as input_before, pr.input_price_per_m as input_now,
      lag(pr.output_price_per_m) over before_it as output_before, pr.output_price_per_m as output_now,
      pr.source, pr.as_of, pr.valid_until, pr.id
    from public.prices pr
      join public.models m on m.id = pr.model_id
      join public.providers p on p.id = pr.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (input ->> 'model' is null or m.name = input ->> 'model')
    window before_it as (partition by pr.model_id order by pr."timestamp", pr.id)
  ), numbered as (
    select c.*, row_number() over (order by c.since desc, c.id desc) as position
    from priced c
    where c.input_before is not null
      and c.since >= coalesce((input ->> 'since')::timestamptz, '-infinity')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - array['position', 'id'] order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text)
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {provider, model}. out: {in_force, rows}: the prices of a model, the latest 1,000 first, and the one in
-- force, in the shape that plans and results carry; with since and valid_until.
create or replace function public.list_prices(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  model public.models;
begin
  perform firsttoken.check_keys(input, 'list_prices', array['provider', 'model']);
  select m.* into model from public.models m join public.providers p on p.id = m.provider_id
    where p.slug = input ->> 'provider' and m.name = input ->> 'model';
  if model.id is null then
    raise exception using errcode = 'P0002',
      message = format('%s has no model %s: list_models shows those that there are', input ->> 'provider',
        input ->> 'model');
  end if;
  return jsonb_build_object(
    'in_force', firsttoken.describe_price(public.latest_price(model.id)),
    'rows', (
      select coalesce(jsonb_agg(firsttoken.describe_price(pr)
          || jsonb_build_object('since', pr."timestamp", 'valid_until', pr.valid_until)
          order by pr."timestamp" desc, pr.id desc), '[]')
      from (
        select * from public.prices each where each.model_id = model.id
        order by each."timestamp" desc, each.id desc limit 1000) pr));
end $$;
