-- Statistics on sorted samples, counts as JSON, and the start of a leaderboard period.

-- Inserts a value into a sorted array; returns the array unchanged if the value is null. width_bucket is a
-- binary search.
create or replace function firsttoken.with_sample(sorted real[], value real) returns real[]
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  place integer;
begin
  if value is null then
    return sorted;
  end if;
  place := width_bucket(value, sorted);
  return sorted[:place] || value || sorted[place + 1:];
end $$;

-- Adds counters: {"a": 1} and {"a": 2, "b": 1} give {"a": 3, "b": 1}. Null means no counters.
create or replace function firsttoken.add_counts(one jsonb, other jsonb) returns jsonb
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  if one is null or other is null then
    return coalesce(one, other);
  end if;
  return (
    select jsonb_object_agg(added.key, added.n)
    from (
      select counted.key, sum(counted.value::integer) as n
      from (select * from jsonb_each_text(one) union all select * from jsonb_each_text(other)) counted
      group by counted.key) added);
end $$;

-- A percentile (fraction from 0 to 1) of sorted samples, interpolated linearly as percentile_cont does. Null
-- if there are no samples.
create or replace function firsttoken.percentile_of(sorted real[], fraction double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  place constant double precision := 1 + fraction * (cardinality(sorted) - 1);
  below constant integer := floor(place);
begin
  return sorted[below]::double precision
    + coalesce((sorted[below + 1]::double precision - sorted[below]) * (place - below), 0);
end $$;

-- A percentile that may be ranked or kept: from p90 up it is null if there are too few samples, 29 for p90,
-- 59 for p95, 299 for p99. With that many, one sample lies above the true percentile with 95 % confidence
-- (fraction ^ n <= 0.05).
create or replace function firsttoken.published_percentile(sorted real[], fraction double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  if fraction < 0.9 or cardinality(sorted) * ln(fraction) <= ln(0.05) then
    return firsttoken.percentile_of(sorted, fraction);
  end if;
  return null;
end $$;

-- The 97.5 % quantile of Student's t distribution, by the Cornish-Fisher expansion (Abramowitz and Stegun,
-- 26.7.5): within 1 % from 3 degrees of freedom up, null below.
create or replace function firsttoken.student_t(df integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select z + (z ^ 3 + z) / (4 * d) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * d ^ 2)
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * d ^ 3)
  from (
    select 1.959963984540054::double precision as z, case when df >= 3 then df end::double precision as d
  ) given
$$;

-- The start of a period: 24 whole hours before the current hour, or 7 or 30 whole days (UTC) before today.
create or replace function public.period_start(period text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select case period
    when '24h' then date_trunc('hour', now(), 'UTC') - interval '24 hours'
    when '7d' then date_trunc('day', now(), 'UTC') - interval '168 hours'
    when '30d' then date_trunc('day', now(), 'UTC') - interval '720 hours' end
$$;
