-- What changed in a week (ISO 8601, UTC): what a digest tells. Real and synthetic targets are never together.

-- The Monday of a week by its name, 2026-W48.
create or replace function firsttoken.week_start(week text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
declare
  monday date;
begin
  if week ~ '^[12]\d{3}-W(0[1-9]|[1-4]\d|5[0-3])$' then
    monday := to_date(week, 'IYYY"-W"IW');
  end if;
  -- Most years have no week 53.
  if monday is null or to_char(monday, 'IYYY"-W"IW') <> week then
    raise exception using errcode = '22023',
      message = format('week must be one such as 2026-W48, not %s', coalesce(week, 'missing'));
  end if;
  return monday::timestamp at time zone 'UTC';
end $$;

-- What was wrong: {opened, open, down_s, worst}. Counted is what is minor or worse, and told: opened in the
-- week, and open at its end. down_s: how long at least one target was down. worst: the incident that is to be
-- named, null if there is none.
create or replace function firsttoken.incidents_of_week(since timestamptz, until timestamptz,
  synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with seen as materialized (
    select i.*, bad.began_at, greatest(bad.began_at, bad.ended_at) as ended_at
    from public.incidents i
      cross join lateral (
        select greatest(i.first_bad_at, since) as began_at,
          least(coalesce(i.resolved_at, now()), until) as ended_at) bad
    where i.opened_at < until and coalesce(i.resolved_at, 'infinity') >= since and not i.shadow
      and not exists (
        select from public.providers p
        where coalesce(p.slug, p.name) = i.provider and p.synthetic <> incidents_of_week.synthetic)
  ), told as (
    select s.* from seen s where s.severity <> 'info' and s.parent_id is null
  )
  select jsonb_build_object(
    'opened', (select count(*) from told t where t.opened_at >= since),
    'open', (select count(*) from told t where coalesce(t.resolved_at, 'infinity') >= least(until, now())),
    'down_s', (
      select coalesce(round(extract(epoch from sum(upper(r) - lower(r)))), 0)::integer
      from (
        select unnest(range_agg(tstzrange(s.began_at, s.ended_at))) as r
        from seen s where s.kind in ('down', 'provider_wide')) down),
    'worst', (
      select jsonb_build_object('kind', t.kind, 'severity', t.severity, 'provider', t.provider,
        'model', t.model, 'region', t.region, 'first_bad_at', t.first_bad_at, 'resolved_at', t.resolved_at,
        'lasts_s', round(extract(epoch from t.ended_at - t.began_at))::integer)
      from told t
      order by firsttoken.severity_rank(t.severity) desc, t.ended_at - t.began_at desc, t.id limit 1))
$$;

-- Checks: {n_checks, n_failed, n_silent, silent, worst}. silent: active targets without a check; worst: those
-- that failed, the lowest uptime first. Of each list the first five.
create or replace function firsttoken.uptime_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with checked as materialized (
    select k.target_id, k.provider, k.model, k.region, sum(d.n_ok + d.n_provider)::integer as n_checks,
      sum(d.n_provider - d.n_cleared)::integer as n_failed
    from public.rollups_daily d join public.tracks k on k.id = d.track_id
    where d.bucket >= since and d.bucket < until and k.synthetic = uptime_of_week.synthetic
      and d.n_ok + d.n_provider > 0
    group by k.target_id, k.provider, k.model, k.region
  ), silent as materialized (
    select p.slug as provider, m.name as model, t.id
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where t.active and p.synthetic = uptime_of_week.synthetic and t.created_at < until
      and t.id not in (select c.target_id from checked c where c.target_id is not null)
  )
  select jsonb_build_object(
    'n_checks', (select coalesce(sum(c.n_checks), 0) from checked c),
    'n_failed', (select coalesce(sum(c.n_failed), 0) from checked c),
    'n_silent', (select count(*) from silent),
    'silent', (
      select coalesce(jsonb_agg(to_jsonb(s) - 'id' order by s.provider, s.model, s.id), '[]')
      from (select * from silent order by provider, model, id limit 5) s),
    'worst', (
      select coalesce(jsonb_agg(to_jsonb(w) - 'target_id'
        order by w.n_failed::double precision / w.n_checks desc, w.provider, w.model, w.region), '[]')
      from (
        select * from checked c where c.n_failed > 0
        order by c.n_failed::double precision / c.n_checks desc, c.provider, c.model, c.region limit 5) w))
$$;

-- The median TTFT of tracks over whole days with its bounds, as leaderboards have them: Woodruff's interval,
-- in which days, not samples, are independent.
create or replace function firsttoken.median_of_days(since timestamptz, until timestamptz, synthetic boolean)
returns table (track_id integer, n integer, n_days integer, median double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with days as materialized (
    select s.track_id, s.ttft
    from public.samples_daily s join public.tracks k on k.id = s.track_id
    where s.bucket >= since and s.bucket < until and k.synthetic = median_of_days.synthetic
      and cardinality(s.ttft) > 0
  ), whole as materialized (
    select d.track_id, array_agg(v order by v) as sorted, count(*)::integer as n
    from days d cross join lateral unnest(d.ttft) v group by d.track_id
  ), medians as (
    select w.*, firsttoken.percentile_of(w.sorted, 0.5) as median from whole w
  ), spread as (
    select m.track_id, m.n, m.median, m.sorted, count(*)::integer as n_days,
      firsttoken.student_t(count(*)::integer - 1) * sqrt(count(*) / nullif(count(*) - 1, 0)::double precision
        * sum((width_bucket(m.median::real, d.ttft) - 0.5 * cardinality(d.ttft)) ^ 2)) / m.n as margin
    from medians m join days d on d.track_id = m.track_id
    group by m.track_id, m.n, m.median, m.sorted
  )
  select s.track_id, s.n, s.n_days, s.median, firsttoken.percentile_of(s.sorted, greatest(0, 0.5 - s.margin)),
    firsttoken.percentile_of(s.sorted, least(1, 0.5 + s.margin))
  from spread s where s.margin is not null
$$;

-- Which active targets became faster or slower than in the four weeks before: {n_compared, n_slower, slower,
-- n_faster, faster}, the largest changes first, ten at most. Compared are tracks with 59 samples on four days
-- of the week, and on ten days before. Told is what is beyond chance, its 95 % interval without zero, and
-- 10 % or more. The interval of the ratio is made of those of both medians (Zou and Donner, 2008: MOVER, on
-- logarithms).
create or replace function firsttoken.speed_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with compared as materialized (
    select k.provider, k.model, k.region, k.id, w.n, w.median as ttft_ms, b.median as before_ms,
      ln(w.median / b.median) as ratio,
      sqrt(ln(w.median / w.low) ^ 2 + ln(b.high / b.median) ^ 2) as below,
      sqrt(ln(w.high / w.median) ^ 2 + ln(b.median / b.low) ^ 2) as above
    from firsttoken.median_of_days(since, until, synthetic) w
      join firsttoken.median_of_days(since - interval '672 hours', since, synthetic) b
        on b.track_id = w.track_id
      join public.tracks k on k.id = w.track_id
      join public.targets t on t.id = k.target_id and t.active
    where w.n >= 59 and w.n_days >= 4 and b.n >= 59 and b.n_days >= 10 and w.low > 0 and b.low > 0
  ), changed as materialized (
    select c.provider, c.model, c.region, c.n, c.ttft_ms, c.before_ms, exp(c.ratio) - 1 as change,
      exp(c.ratio - c.below) - 1 as low, exp(c.ratio + c.above) - 1 as high,
      row_number() over (partition by c.ratio > 0 order by abs(c.ratio) desc, c.id) as place
    from compared c
    where (c.ratio > c.below or c.ratio < -c.above) and abs(exp(c.ratio) - 1) >= 0.1
  )
  select jsonb_build_object('n_compared', (select count(*) from compared),
    'n_slower', count(*) filter (where c.change > 0),
    'slower', coalesce(jsonb_agg(to_jsonb(c) - 'place' order by c.place)
      filter (where c.change > 0 and c.place <= 10), '[]'),
    'n_faster', count(*) filter (where c.change < 0),
    'faster', coalesce(jsonb_agg(to_jsonb(c) - 'place' order by c.place)
      filter (where c.change < 0 and c.place <= 10), '[]'))
  from changed c
$$;

-- The price that price lists had before a moment.
create or replace function firsttoken.listed_price(model_id uuid, until timestamptz)
returns setof public.prices
language sql stable rows 1 security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = listed_price.model_id and coalesce(p.source, 'manual') <> 'manual'
      and p."timestamp" < listed_price.until
    order by p."timestamp" desc, p.id desc limit 1
$$;

-- Prices, and models that come and go: {n_prices, prices, n_leaving, leaving, n_arrived, arrived}, ten of
-- each at most. prices: those of models with an active target that differ from those before the week, the
-- largest changes first; what a person sets is none. leaving: such models that are shut down within 30 days,
-- are no longer listed, not even as a dated snapshot, or were deprecated in the week. arrived: models that
-- their provider did not list before.
create or replace function firsttoken.models_of_week(since timestamptz, until timestamptz, synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with used as materialized (
    select m.*, p.slug from public.models m join public.providers p on p.id = m.provider_id
    where p.synthetic = models_of_week.synthetic
      and exists (select from public.targets t where t.model_id = m.id and t.active)
  ), priced as (
    select u.slug as provider, u.name as model, b.input_price_per_m as input_before,
      b.output_price_per_m as output_before, a.input_price_per_m as input_now,
      a.output_price_per_m as output_now,
      row_number() over (order by abs(a.input_price_per_m + a.output_price_per_m - b.input_price_per_m
        - b.output_price_per_m) / nullif(b.input_price_per_m + b.output_price_per_m, 0) desc nulls first,
        u.slug, u.name) as place
    from used u
      cross join lateral firsttoken.listed_price(u.id, since) b
      cross join lateral firsttoken.listed_price(u.id, until) a
    where (a.input_price_per_m, a.output_price_per_m) <> (b.input_price_per_m, b.output_price_per_m)
  ), leaving as (
    select u.slug as provider, u.name as model, u.shutdown_on, u.deprecated_on, found.gone, u.left_at,
      row_number() over (order by not found.gone, u.shutdown_on, u.slug, u.name) as place
    from used u
      cross join lateral (
        select u.available is false and not exists (
          select from public.models snapshot
          where snapshot.provider_id = u.provider_id and snapshot.available and snapshot.name <> u.name
            and regexp_replace(snapshot.name, '-(\d{8}|\d{4}-\d{2}-\d{2})$', '') = u.name) as gone) found
    where found.gone or u.shutdown_on <= until::date + 30
      or u.deprecated_on >= since::date and u.deprecated_on < until::date
  ), arrived as (
    select p.slug as provider, m.name as model, row_number() over (order by m.created_at, p.slug, m.name)
      as place
    from public.models m join public.providers p on p.id = m.provider_id
    where m.created_at >= since and m.created_at < until and m.available
      and coalesce(m.type, 'chat') in ('chat', 'responses') and p.synthetic = models_of_week.synthetic
      and exists (
        select from public.syncs s
        where s.provider_id = p.id and s.status = 'saved' and s.started_at < since)
  )
  select jsonb_build_object(
    'n_prices', (select count(*) from priced),
    'prices', (
      select coalesce(jsonb_agg(to_jsonb(p) - 'place' order by p.place), '[]') from priced p
      where p.place <= 10),
    'n_leaving', (select count(*) from leaving),
    'leaving', (
      select coalesce(jsonb_agg(to_jsonb(l) - 'place' order by l.place), '[]') from leaving l
      where l.place <= 10),
    'n_arrived', (select count(*) from arrived),
    'arrived', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'place' order by a.place), '[]') from arrived a
      where a.place <= 10))
$$;
