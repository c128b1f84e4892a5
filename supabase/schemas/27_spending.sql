-- Spending: what calls cost, or may cost while they are in progress, and the budget over it.

-- Adds to what a day cost. A session adds to one part of a day alone, which is hardly ever that of another.
create or replace function firsttoken.spend(day date, usd double precision) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into firsttoken.spending_parts as s (day, part, usd)
    values (spend.day, pg_backend_pid() % 16, spend.usd)
    on conflict on constraint spending_parts_pkey do update set usd = s.usd + excluded.usd;
end $$;

-- What may yet be spent under a budget, {usd_per_day, usd_per_month}, each or null. Until the end of the
-- transaction nobody else is told, so that workers cannot overspend together.
create or replace function firsttoken.lock_budget(budget jsonb) returns double precision
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  per_day constant double precision := (budget ->> 'usd_per_day')::double precision;
  per_month constant double precision := (budget ->> 'usd_per_month')::double precision;
  spent_today double precision;
  spent_this_month double precision;
begin
  if per_day is null and per_month is null then
    return 'infinity';
  end if;
  perform pg_advisory_xact_lock(702418, 7);
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0)
    into spent_today, spent_this_month
    from firsttoken.spending_parts s
    where s.day >= case when per_month is null then today
      else date_trunc('month', today::timestamp)::date end;
  return least(per_day - spent_today, per_month - spent_this_month);
end $$;

-- What a recorded call counts: if its cost is unknown, the whole estimate, or the input of one that failed.
create or replace function firsttoken.cost_of(cost_usd double precision, success boolean,
  estimate_usd double precision, input_usd double precision)
returns double precision
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return coalesce(cost_usd, case when success then estimate_usd else input_usd end, 0);
end $$;

-- Why a probe may not be called now, or null: its slot is over, its provider asked for a pause, or it exceeds
-- the budget. budget: {usd_per_day, usd_per_month, max_price_per_m}, each or null.
create or replace function firsttoken.find_skip_reason(run public.runs, probe public.probes, budget jsonb)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  penalty timestamptz;
begin
  if run.late_at < clock_timestamp() then
    return 'late';
  end if;
  select p.penalty_until into penalty from public.providers p where p.id = probe.provider_id;
  if penalty > clock_timestamp() then
    return firsttoken.rate_limited_until(penalty);
  elsif budget is null then
    return null;
  elsif probe.estimate_usd is null then
    return 'unpriced';
  elsif probe.estimate_usd > firsttoken.lock_budget(budget) then
    return 'budget';
  end if;
  return null;
end $$;

-- The reason of a skip while a provider pauses us.
create or replace function firsttoken.rate_limited_until(penalty timestamptz) returns text
language sql stable security invoker set search_path = '' as $$
  select format('rate limited until %s', to_char(penalty at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
$$;

-- Gives claimed probes back, which the caller has locked, with what they reserved.
create or replace function firsttoken.release_probes(ids uuid[]) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  reserved record;
begin
  for reserved in
    with given_back as materialized (
      select p.id, p.reserved_on, p.reserved_usd from public.probes p where p.id = any (ids)
    ), updated as (
      update public.probes p
        set status = 'planned', lease_until = null, reserved_usd = null, reserved_on = null
        where p.id = any (ids)
    )
    select g.reserved_on as day, sum(g.reserved_usd) as usd from given_back g
      where g.reserved_on is not null group by 1 order by 1
  loop
    perform firsttoken.spend(reserved.day, -reserved.usd);
  end loop;
end $$;

-- Replaces what closed probes of shards reserved by what they cost, which is nothing if they were skipped.
create or replace function firsttoken.settle_shards(run_id uuid, region text, shards integer[]) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  settled record;
begin
  for settled in
    with closed as materialized (
      select p.id, p.reserved_on, p.reserved_usd, case when p.status = 'skipped' then 0
          else firsttoken.cost_of(b.cost_usd, b.success, p.estimate_usd, p.input_usd) end as usd
      from public.probes p left join lateral (
          select r.* from public.benchmark_results r where r.probe_id = p.id limit 1) b on true
      where p.run_id = settle_shards.run_id and p.region = settle_shards.region and p.shard = any (shards)
        and p.reserved_on is not null
        and (p.status = 'skipped' or p.status in ('done', 'failed') and b.id is not null)
      order by p.id for no key update of p
    ), updated as (
      update public.probes p set reserved_usd = c.usd
        from closed c where p.id = c.id and c.usd <> c.reserved_usd
    )
    select c.reserved_on as day, sum(c.usd - c.reserved_usd) as usd from closed c
      where c.usd <> c.reserved_usd group by 1 order by 1
  loop
    perform firsttoken.spend(settled.day, settled.usd);
  end loop;
end $$;
