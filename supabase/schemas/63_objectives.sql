-- Objectives of targets: which share of the checks must be good, how many may be bad, and how many were.

-- Refuses objectives that no target can have; true otherwise. Each part may be null or left out.
create or replace function firsttoken.check_slo(slo jsonb) returns boolean
language plpgsql immutable strict security invoker set search_path = '' as $$
declare
  days constant jsonb := coalesce(slo -> 'days', 'null');
  part text;
  timing jsonb;
begin
  perform firsttoken.check_keys(slo, 'slo', array['days', 'availability', 'ttft', 'latency']);
  if not (case jsonb_typeof(days)
      when 'number' then days::numeric between 7 and 90 and days::numeric % 1 = 0
      else days = 'null' end) then
    raise exception using errcode = '22023', message = 'days must be a whole number, 7 to 90, or null for 30';
  end if;
  perform firsttoken.check_share(nullif(slo -> 'availability', 'null'), 'availability');
  foreach part in array array['ttft', 'latency'] loop
    timing := nullif(slo -> part, 'null');
    continue when timing is null;
    perform firsttoken.check_keys(timing, part, array['within_ms', 'share']);
    perform firsttoken.check_share(coalesce(timing -> 'share', 'null'), 'share of ' || part);
    if not (case jsonb_typeof(timing -> 'within_ms')
        when 'number' then (timing -> 'within_ms')::numeric between 1 and 3600000
          and (timing -> 'within_ms')::numeric % 1 = 0
        else false end) then
      raise exception using errcode = '22023',
        message = format('within_ms of %s must be a whole number of ms, 1 to 3600000', part);
    end if;
  end loop;
  return true;
end $$;

-- Refuses what is no share that an objective can have; no share is none.
create or replace function firsttoken.check_share(share jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if not (case jsonb_typeof(share)
      when 'number' then share::numeric > 0.5 and share::numeric < 1 else share is null end) then
    raise exception using errcode = '22023',
      message = format('%s must be a share such as 0.99: above 0.5 and below 1', what);
  end if;
end $$;

-- Objectives with those that are given instead; one that is null is taken away. Null if none is left.
create or replace function firsttoken.merge_slo(slo jsonb, given jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when merged.slo ?| array['availability', 'ttft', 'latency'] then merged.slo end
  from (select jsonb_strip_nulls(coalesce(merge_slo.slo, '{}') || given) as slo) merged
$$;

alter table public.targets
  drop constraint if exists targets_slo_check,
  add constraint targets_slo_check check (firsttoken.check_slo(slo));

-- The lower end of Wilson's interval (1927), with 95 % confidence, for the share of n that is good; null of
-- none.
create or replace function firsttoken.wilson_low(n integer, bad integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select (1 - share + z ^ 2 / (2 * total) - z * sqrt(share * (1 - share) / total + z ^ 2 / (4 * total ^ 2)))
    / (1 + z ^ 2 / total)
  from (select 1.959963984540054::double precision as z, nullif(n, 0)::double precision as total) sample
    cross join lateral (select bad / total as share) of_bad
$$;

-- What counts for each objective of a target in a region, and what of that was bad: in n_days, 24 hours and 7
-- days, each of whole hours and the one that has begun, and since which hour. For availability these are
-- checks, as for uptime; for a timing the samples, bad if slower than within_ms: a failure is none, for it
-- counts for availability. Series are added up. From rollups, whose samples are exact to seven digits.
create or replace function firsttoken.count_objectives(target_id uuid, region text, slo jsonb, n_days integer)
returns table (objective text, share numeric, within_ms integer, n integer, bad integer, n_24h integer,
  bad_24h integer, since_24h timestamptz, n_7d integer, bad_7d integer, since_7d timestamptz)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  this_hour constant timestamptz := date_trunc('hour', now());
  day_ago constant timestamptz := this_hour - interval '24 hours';
  week_ago constant timestamptz := this_hour - interval '168 hours';
begin
  return query
  select o.objective, o.share, o.within_ms, coalesce(sum(c.n), 0)::integer, coalesce(sum(c.bad), 0)::integer,
    coalesce(sum(c.n) filter (where c.bucket >= day_ago), 0)::integer,
    coalesce(sum(c.bad) filter (where c.bucket >= day_ago), 0)::integer,
    min(c.bucket) filter (where c.bucket >= day_ago and c.bad > 0),
    coalesce(sum(c.n) filter (where c.bucket >= week_ago), 0)::integer,
    coalesce(sum(c.bad) filter (where c.bucket >= week_ago), 0)::integer,
    min(c.bucket) filter (where c.bucket >= week_ago and c.bad > 0)
  from (values
      (1, 'availability', (slo ->> 'availability')::numeric, null::integer),
      (2, 'ttft', (slo #>> '{ttft,share}')::numeric, (slo #>> '{ttft,within_ms}')::integer),
      (3, 'latency', (slo #>> '{latency,share}')::numeric, (slo #>> '{latency,within_ms}')::integer)
    ) o (position, objective, share, within_ms)
    left join lateral (
      select h.bucket,
        case when o.within_ms is null then h.n_ok + h.n_provider else cardinality(timed.samples) end as n,
        case when o.within_ms is null then h.n_provider - h.n_cleared
          else cardinality(timed.samples) - width_bucket(o.within_ms::real, timed.samples) end as bad
      from public.tracks k
        join public.rollups_hourly h on h.track_id = k.id
          and h.bucket >= this_hour - n_days * interval '24 hours'
        cross join lateral (
          select case o.objective when 'ttft' then h.ttft else h.latency end as samples) timed
      where k.target_id = count_objectives.target_id
        and k.region is not distinct from count_objectives.region
    ) c on true
  where o.share is not null
  group by o.position, o.objective, o.share, o.within_ms
  order by o.position;
end $$;

-- How each objective of a target fares in each region where it was called in its window: n counted, bad of
-- them; budget, how many may be bad, and which share of that is left, below 0 if it is overspent; how many
-- times as fast as it allows the budget was spent in 24 hours and 7 days; good_percent, rounded down; the
-- share of good ones that is proven with 95 % confidence, and what as many would prove if none were bad, so
-- that below the objective nobody can say that it was kept; and how many that takes.
create or replace view public.slo_status with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, c.objective,
    c.share::double precision as share, c.within_ms, w.days, c.n, c.bad,
    floor(10000.0 * (c.n - c.bad) / nullif(c.n, 0)) / 100 as good_percent,
    ((1 - c.share) * c.n)::double precision as budget,
    (1 - c.bad / nullif((1 - c.share) * c.n, 0))::double precision as budget_left,
    c.n_24h, c.bad_24h, (c.bad_24h / nullif((1 - c.share) * c.n_24h, 0))::double precision as burn_24h,
    c.n_7d, c.bad_7d, (c.bad_7d / nullif((1 - c.share) * c.n_7d, 0))::double precision as burn_7d,
    firsttoken.wilson_low(c.n, c.bad) as proven, firsttoken.wilson_low(c.n, 0) as provable,
    -- n / (n + z ^ 2) is what n of n prove.
    ceil(3.841458820694124 * c.share / (1 - c.share))::integer as n_needed
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (select coalesce((t.slo ->> 'days')::integer, 30) as days) w
    left join lateral (
      select distinct k.region from public.tracks k
      where k.target_id = t.id and exists (
        select from public.rollups_hourly h
        where h.track_id = k.id
          and h.bucket >= date_trunc('hour', now(), 'UTC') - w.days * interval '24 hours')) r on true
    cross join lateral firsttoken.count_objectives(t.id, r.region, t.slo, w.days) c
  where t.slo is not null;

-- in: {target_id, provider, model, region: each or null}. out: {rows}: slo_status with the short names of
-- providers.
create or replace function public.list_objectives(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  only_target constant uuid := input ->> 'target_id';
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_region constant text := input ->> 'region';
begin
  perform firsttoken.check_keys(input, 'list_objectives', array['target_id', 'provider', 'model', 'region']);
  return (
    select jsonb_build_object('rows', coalesce(jsonb_agg(
        to_jsonb(s) || jsonb_build_object('provider', p.slug)
        order by p.slug, s.model, s.target_id, s.region,
          array_position(array['availability', 'ttft'], s.objective)), '[]'))
    from public.slo_status s
      join public.targets t on t.id = s.target_id
      join public.providers p on p.id = t.provider_id
    where (only_target is null or s.target_id = only_target)
      and (only_provider is null or p.slug = only_provider)
      and (only_model is null or s.model = only_model) and (only_region is null or s.region = only_region));
end $$;
