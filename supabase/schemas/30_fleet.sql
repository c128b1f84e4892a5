-- The fleet beside its shards: which of them workers are to be told of, its workers, the lanes of a provider,
-- and what closing a run takes.

-- in: {region, limit}. out: {rows: [{run_id, region, shard, provider, window_at}]}: shards that no worker was
-- told of, also ahead of their windows; those whose lease is over, once; and those that are overdue: 30 s
-- after their window, their lease and the last time that workers were told.
create or replace function public.list_shards_to_send(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_shards_to_send', array['region', 'limit']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(to_jsonb(due) order by due.window_at, due.run_id, due.shard), '[]')
    from (
      select s.run_id, s.region, s.shard, p.slug as provider, s.window_at
      from public.shards s
        join public.runs r on r.id = s.run_id
        join public.providers p on p.id = s.provider_id
      where s.region = input ->> 'region' and s.status <> 'done'
        and r.status = 'running' and r.cancel_requested_at is null
        and (s.sent_at is null
          or s.lease_until > s.sent_at and s.lease_until < clock_timestamp()
          or greatest(s.window_at, s.lease_until, s.sent_at) < clock_timestamp() - interval '30 seconds')
      order by s.window_at, s.run_id, s.shard
      limit least(greatest((input ->> 'limit')::integer, 1), 10000)) due));
end $$;

-- in: {shards: [{run_id, region, shard}]}. out: {marked}. Notes that workers were told of them. One that
-- somebody has locked meanwhile is left out: workers are told again.
create or replace function public.mark_shards_sent(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  marked integer;
begin
  perform firsttoken.check_keys(input, 'mark_shards_sent', array['shards']);
  with told as (
    select s.run_id, s.region, s.shard
    from jsonb_to_recordset(input -> 'shards') given (run_id uuid, region text, shard integer)
      join public.shards s
        on s.run_id = given.run_id and s.region = given.region and s.shard = given.shard
    for update of s skip locked
  )
  update public.shards s set sent_at = clock_timestamp() from told t
    where s.run_id = t.run_id and s.region = t.region and s.shard = t.shard;
  get diagnostics marked = row_count;
  return jsonb_build_object('marked', marked);
end $$;

-- in: {owner, region, host, version, concurrency, in_hand, lag_ms, made, leaving}. out: {}. Notes how a
-- worker is.
create or replace function public.beat_worker(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  beat public.fleet_workers := jsonb_populate_record(null::public.fleet_workers,
    input || jsonb_build_object('started_at', clock_timestamp(), 'beat_at', clock_timestamp()));
begin
  perform firsttoken.check_keys(input, 'beat_worker', array['owner', 'region', 'host', 'version',
    'concurrency', 'in_hand', 'lag_ms', 'made', 'leaving']);
  insert into public.fleet_workers as w select beat.*
    on conflict (owner) do update set region = excluded.region, host = excluded.host,
      version = excluded.version, beat_at = excluded.beat_at, concurrency = excluded.concurrency,
      in_hand = excluded.in_hand, lag_ms = excluded.lag_ms, made = excluded.made, leaving = excluded.leaving;
  delete from public.fleet_workers w where w.owner in (
    select silent.owner from public.fleet_workers silent
    where silent.beat_at < clock_timestamp() - interval '1 day' for update skip locked);
  return '{}';
end $$;

-- Makes the lanes of a provider in a region that are missing.
create or replace function firsttoken.make_lanes(provider_id uuid, region text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.lanes (provider_id, region, lane)
    select make_lanes.provider_id, make_lanes.region, lane
    from public.providers p cross join generate_series(0, coalesce(p.lanes, 4) - 1) lane
    where p.id = make_lanes.provider_id
    on conflict do nothing;
end $$;

-- in: {provider, lanes: 1 to 64, or null for 4}. out: {provider, lanes}. How many calls of a fleet a provider
-- takes at once from a region. Those that are in flight beyond fewer lanes end as they are.
create or replace function public.set_lanes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted constant integer := (input ->> 'lanes')::integer;
  of_provider uuid;
begin
  perform firsttoken.check_keys(input, 'set_lanes', array['provider', 'lanes']);
  if wanted not between 1 and 64 then
    raise exception using errcode = '22023', message = format('a provider has 1 to 64 lanes, not %s', wanted);
  end if;
  update public.providers p set lanes = wanted where p.slug = input ->> 'provider'
    returning p.id into of_provider;
  perform firsttoken.make_lanes(of_provider, known.region)
    from (select distinct l.region from public.lanes l where l.provider_id = of_provider order by 1) known;
  if of_provider is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: it appears with the first run that calls it',
        coalesce(input ->> 'provider', 'without a name'));
  end if;
  return jsonb_build_object('provider', input -> 'provider', 'lanes', wanted);
end $$;

-- Whoever may close a run with its last shard takes turns, so that of two at once the second sees that
-- nothing is left. Taken before the run is locked.
create or replace function firsttoken.lock_closing(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  -- Distinguishes these advisory locks from others of the database.
  perform pg_advisory_xact_lock(702419, hashtext(run_id::text));
end $$;

-- Whether no probe of a run is open but those of this shard.
create or replace function firsttoken.is_last(shard public.shards) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return not exists (
    select from public.probes p
    where p.run_id = is_last.shard.run_id and p.status in ('planned', 'claimed')
      and (p.region, p.shard) is distinct from (is_last.shard.region, is_last.shard.shard));
end $$;

-- Takes turns, and locks the run if no probe of it is open but those of this shard, which the caller closes
-- next: as whoever cancels the run, it locks the run before its probes.
create or replace function firsttoken.lock_if_last(shard public.shards) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.lock_closing(shard.run_id);
  if not firsttoken.is_last(shard) then
    return false;
  end if;
  perform 1 from public.runs r where r.id = shard.run_id for no key update;
  -- Whoever had the lock may have added the probes of a region.
  return firsttoken.is_last(shard);
end $$;

-- Settles the shards of a run that is closed. One that somebody works on ends by itself.
create or replace function firsttoken.end_shards(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.settle_shards(end_shards.run_id, s.region, array_agg(s.shard))
    from public.shards s where s.run_id = end_shards.run_id group by s.region;
  update public.shards s set status = 'done', done_at = clock_timestamp()
    where (s.run_id, s.region, s.shard) in (
      select o.run_id, o.region, o.shard from public.shards o
      where o.run_id = end_shards.run_id and o.status = 'open' for update skip locked);
end $$;
