-- What the rules of alerts judge of providers, models and the installation, and of targets day by day.

-- in: {provider: slug or null for all}. out: {now, rules, rows}: providers with the state of each of their
-- targets in each region, and its open incident of kind down.
create or replace function public.read_provider_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets constant uuid[] := array(
    select t.id from public.targets t join public.providers p on p.id = t.provider_id
    where t.active is not null and p.slug is not null
      and (input ->> 'provider' is null or p.slug = input ->> 'provider'));
begin
  perform firsttoken.check_keys(input, 'read_provider_inputs', array['provider']);
  return (
    with seen as materialized (
      select p.slug, h.target_id, h.model, h.region, h.state, h.since,
        firsttoken.target_scope(h.target_id, h.region) as scope
      from public.target_health h
        join public.targets t on t.id = h.target_id
        join public.providers p on p.id = t.provider_id
      where h.target_id = any (targets)
    ), grouped as (
      select s.slug, jsonb_agg(jsonb_build_object('scope', s.scope, 'target_id', s.target_id,
          'model', s.model, 'state', s.state, 'since', s.since, 'down', to_jsonb(i)) order by s.scope)
        as targets
      from seen s left join public.incidents i
        on i.scope = s.scope and i.kind = 'down' and i.resolved_at is null
      group by s.slug
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select 'provider/' || g.slug from grouped g)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', w.scope, 'version', w.version, 'evaluated_until', now(),
        'subject', jsonb_build_object(
          'provider', g.slug, 'model', null, 'target_id', null, 'region', null),
        'open', w.open, 'past', w.past, 'targets', g.targets) order by g.slug), '[]'))
    from grouped g join watched w on w.scope = 'provider/' || g.slug);
end $$;

-- in: {schedule, host}. out: {now, rules, scope, version, evaluated_until, subject, open, past,
-- last_finished_at, last_run: {id, finished_at, own_outage} or null, spent: {day, month: {since, usd}},
-- calibration: {at, host, p99_ms} or null}: the installation. last_run: the last scheduled one that finished,
-- and why it does not count; one in which nothing succeeded, as if no target was due, says nothing of our
-- network, unless that was to blame. calibration: the latest of this host at concurrency 1.
create or replace function public.read_system_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  today constant date := now()::date;
  this_month constant date := date_trunc('month', now())::date;
  watched record;
begin
  perform firsttoken.check_keys(input, 'read_system_inputs', array['schedule', 'host']);
  select * into strict watched from firsttoken.watch(array['system']);
  return jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(), 'scope', 'system',
    'version', watched.version, 'evaluated_until', now(),
    'subject', jsonb_build_object('provider', null, 'model', null, 'target_id', null, 'region', null),
    'open', watched.open, 'past', watched.past,
    'last_finished_at', firsttoken.last_finished_at(input ->> 'schedule'),
    'last_run', (
      select jsonb_build_object('id', r.id, 'finished_at', r.finished_at, 'own_outage', r.status_reason)
      from public.runs r
      where r.schedule = input ->> 'schedule' and r.status = 'finished' and r.finished_at is not null
        and (r.n_succeeded > 0 or r.status_reason is not null)
      order by r.finished_at desc limit 1),
    'spent', (
      select jsonb_build_object(
        'day', jsonb_build_object('since', today::timestamptz,
          'usd', coalesce(sum(s.usd) filter (where s.day = today), 0)),
        'month', jsonb_build_object('since', this_month::timestamptz, 'usd', coalesce(sum(s.usd), 0)))
      from public.spending s where s.day >= this_month),
    'calibration', (
      select jsonb_build_object('at', c.created_at, 'host', c.host,
        'p99_ms', greatest(c.ttft_p99_ms, c.chunk_p99_ms))
      from public.calibrations c where c.host = input ->> 'host' and c.concurrency = 1
      order by c.created_at desc limit 1));
end $$;

-- The last saved sync of a provider, and what it changed in the price of a model; a person's price is none of
-- its business.
create or replace function firsttoken.describe_last_sync(provider_id uuid, model_id uuid, name text)
returns table (last_sync jsonb, price_change jsonb)
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('id', s.id, 'at', s.finished_at), (
      select jsonb_build_object('at', s.finished_at,
        'before', jsonb_build_object('input_per_m', each #> '{before,input_per_m}',
          'output_per_m', each #> '{before,output_per_m}'),
        'after', jsonb_build_object('input_per_m', each #> '{price,input_per_m}',
          'output_per_m', each #> '{price,output_per_m}'),
        'source', each #>> '{price,source}')
      from jsonb_array_elements(s.details -> 'prices') each
      where each ->> 'model' = describe_last_sync.name and jsonb_typeof(each -> 'before') = 'object'
        and coalesce((public.latest_price(describe_last_sync.model_id)).source, 'manual') <> 'manual'
      limit 1)
  from public.syncs s
  where s.provider_id = describe_last_sync.provider_id and s.status = 'saved'
  order by s.started_at desc limit 1
$$;

-- in: {provider: slug or null for all}. out: {now, rules, rows}: models that an active target is of, or that
-- have an open incident: has_active_target; missed_syncs, saved ones in a row that lacked it after it had
-- been listed; last_sync; price_change or null; answers: which model the last 48 answers named, over all
-- targets.
create or replace function public.read_model_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
begin
  perform firsttoken.check_keys(input, 'read_model_inputs', array['provider']);
  return (
    with found_models as materialized (
      select m.id, m.name, m.provider_id, m.available, m.left_at, p.slug, 'model/' || m.id as scope,
        exists (select from public.targets t where t.model_id = m.id and t.active) as has_active_target
      from public.models m join public.providers p on p.id = m.provider_id
      where (input ->> 'provider' is null or p.slug = input ->> 'provider') and (
        m.id in (select t.model_id from public.targets t where t.active)
        or 'model/' || m.id in (select i.scope from public.incidents i where i.resolved_at is null))
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select f.scope from found_models f)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', f.scope, 'version', w.version, 'evaluated_until', now(),
        'subject', jsonb_build_object(
          'provider', f.slug, 'model', f.name, 'target_id', null, 'region', null),
        'open', w.open, 'past', w.past, 'has_active_target', f.has_active_target,
        'missed_syncs', case when f.available or f.left_at is null then 0 else (
          -- That which found it missing ended before it was saved.
          select 1 + count(*) from public.syncs s
          where s.provider_id = f.provider_id and s.status = 'saved' and s.started_at > f.left_at) end,
        'last_sync', synced.last_sync, 'price_change', synced.price_change,
        'answers', (
          select coalesce(jsonb_agg(jsonb_build_object('at', a.created_at,
            'response_model', a.response_model) order by a.created_at desc), '[]')
          from (
            select b.created_at, b.response_model
            from public.targets t
              cross join lateral (
                select r.created_at, r.response_model from public.benchmark_results r
                where r.target_id = t.id and r.level is null and r.success and r.confirms is null
                  and r.response_model is not null and r.created_at > now() - interval '14 days'
                  and r.created_at < 'infinity'
                order by r.created_at desc limit 48) b
            where t.model_id = f.id
            order by b.created_at desc limit 48) a)) order by f.slug, f.name), '[]'))
    from found_models f
      join watched w on w.scope = f.scope
      left join lateral firsttoken.describe_last_sync(f.provider_id, f.id, f.name) synced on true);
end $$;

-- in: {after: next of the page before or null, limit}. out: {now, rules, rows, next}: active targets in each
-- of their regions: the medians of the last 45 days that are over, of the series of the latest sample. A
-- page is of so many targets.
create or replace function public.read_drift_inputs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 100, 500);
  today constant timestamptz := date_trunc('day', now());
  targets uuid[];
begin
  perform firsttoken.check_keys(input, 'read_drift_inputs', array['after', 'limit']);
  targets := array(
    select t.id from public.targets t
    where t.active and (input ->> 'after' is null or t.id > (input ->> 'after')::uuid)
    order by t.id limit page_size + 1);
  return (
    with health as materialized (
      select h.target_id, h.region, h.state, firsttoken.target_scope(h.target_id, h.region) as scope
      from public.target_health h
      where h.target_id = any (targets[:page_size]) and h.state <> 'unknown'
    ), watched as materialized (
      select w.* from firsttoken.watch(array(select h.scope from health h)) w
    )
    select jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(),
      'next', case when cardinality(targets) > page_size then targets[page_size]::text end,
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'scope', h.scope, 'version', w.version, 'evaluated_until', coalesce(w.evaluated_until, now()),
        'subject', jsonb_build_object(
          'provider', p.slug, 'model', m.name, 'target_id', h.target_id, 'region', h.region),
        'open', w.open, 'past', w.past, 'state', h.state,
        'first_check_at', firsttoken.first_check_at(h.target_id, h.region),
        'series', latest.series, 'days', daily.medians) order by h.scope), '[]'))
    from health h
      join watched w on w.scope = h.scope
      join public.targets t on t.id = h.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      left join lateral firsttoken.last_samples(h.target_id, h.region, 1) latest on true
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('day', s.bucket, 'n', cardinality(s.latency),
            'ttft_ms', firsttoken.percentile_of(s.ttft, 0.5),
            'latency_ms', firsttoken.percentile_of(s.latency, 0.5),
            'tpot_ms', 1000 / nullif(firsttoken.percentile_of(s.tps, 0.5), 0)) order by s.bucket), '[]')
          as medians
        from public.tracks k
          join public.samples_daily s on s.track_id = k.id
            and s.bucket >= today - 45 * interval '24 hours' and s.bucket < today
        where k.target_id = h.target_id and k.region is not distinct from h.region
          and k.series = latest.series) daily);
end $$;
