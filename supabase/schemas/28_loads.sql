-- Our own load: while a concurrent run or a sweep calls a provider from a region, whatever else is measured
-- there is slower than it would be. Such results are kept and marked, and count neither for the provider nor
-- against it.

-- Whether runs of a mode load what they call.
create or replace function firsttoken.is_load(mode text) returns boolean
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return coalesce(mode in ('concurrent', 'sweep'), false);
end $$;

-- Begins or prolongs the load of a run, at each of its claims.
create or replace function firsttoken.begin_load(run public.runs, probe public.probes) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  if firsttoken.is_load(run.mode) and probe.provider_id is not null then
    insert into public.provider_loads as l (run_id, provider_id, region, began_at, lease_until)
      values (run.id, probe.provider_id, probe.region, clock_timestamp(), probe.lease_until)
      on conflict (run_id, provider_id, region) do update
        set lease_until = greatest(l.lease_until, excluded.lease_until);
  end if;
end $$;

-- Ends the loads of a run that is closed. Its rows stay: a result of that time may be recorded later.
create or replace function firsttoken.end_loads(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.provider_loads l set lease_until = clock_timestamp()
    where l.run_id = end_loads.run_id and l.lease_until > clock_timestamp();
end $$;

-- Whether a call of this run loads its provider, or another run does at some moment from since to until.
create or replace function firsttoken.is_own_load(run public.runs, provider_id uuid, region text,
  since timestamptz, until timestamptz)
returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return firsttoken.is_load(run.mode) or exists (
    select from public.provider_loads l
    where l.provider_id = is_own_load.provider_id and l.region = is_own_load.region
      and l.lease_until >= is_own_load.since and l.began_at <= is_own_load.until and l.run_id <> run.id);
end $$;

-- What a new result must be marked as: {own_load, warmup, maintenance}. Load is judged by the times of the
-- result, whenever it arrives; what its claim said holds too, because the clock of the machine that measured
-- may differ. Maintenance is judged by whoever measured.
create or replace function firsttoken.mark_result(run public.runs, result jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  began constant timestamptz := coalesce((result ->> 'started_at')::timestamptz, clock_timestamp());
  ended constant timestamptz := began
    + coalesce((result ->> 'total_latency_ms')::double precision, 0) * interval '1 millisecond';
begin
  return jsonb_build_object(
    'own_load', coalesce((result ->> 'own_load')::boolean, false) or firsttoken.is_own_load(run,
      (result ->> 'provider_id')::uuid, result ->> 'region', began, ended)
      or result ->> 'level' is not null,
    'warmup', coalesce((result ->> 'warmup')::boolean, false),
    'maintenance', coalesce((result ->> 'maintenance')::boolean, false));
end $$;
