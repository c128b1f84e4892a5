-- Tracks: finding and creating them, and the locks under which their rollups change.

-- Locks the days (UTC) from since to through, in order: shared to change some tracks of a day, exclusive to
-- rebuild all of them, because a rebuild would lose what is added meanwhile.
create or replace function firsttoken.lock_days(since timestamptz, through timestamptz, exclusive boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  -- Distinguishes these advisory locks from others of the database.
  class constant integer := 702417;
  first_day constant integer := floor(extract(epoch from since) / 86400);
  last_day constant integer := floor(extract(epoch from through) / 86400);
begin
  for day in first_day .. last_day loop
    if exclusive then
      perform pg_advisory_xact_lock(class, day);
    else
      perform pg_advisory_xact_lock_shared(class, day);
    end if;
  end loop;
end $$;

-- Locks a track on the day (UTC) of a moment, which is locked before: shared to add to it, exclusive to
-- rebuild it.
create or replace function firsttoken.lock_track(track_id integer, moment timestamptz, exclusive boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  -- 27 bits for the day. Locks named by one number are apart from those named by two, such as lock_days.
  name constant bigint := track_id * 134217728::bigint + floor(extract(epoch from moment) / 86400)::bigint;
begin
  if exclusive then
    perform pg_advisory_xact_lock(name);
  else
    perform pg_advisory_xact_lock_shared(name);
  end if;
end $$;

-- Locks tracks on the days (UTC) of some moments, to rebuild them; null is all tracks. Many are locked by
-- their days alone: the server has room for some thousand locks in all.
create or replace function firsttoken.lock_to_rebuild(moments timestamptz[], tracks integer[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  days constant timestamptz[] := array(
    select distinct date_trunc('day', moment, 'UTC') from unnest(moments) moment where isfinite(moment)
    order by 1);
  is_whole constant boolean := tracks is null or cardinality(tracks) * cardinality(days) > 64;
begin
  perform firsttoken.lock_days(day, day, is_whole) from unnest(days) day;
  if not is_whole then
    perform firsttoken.lock_track(touched.track, touched.day, true)
      from (select track, day from unnest(tracks) track, unnest(days) day order by 1, 2) touched;
  end if;
end $$;

-- The id of a track, which is created if it is new. One that exists is not locked: whoever rebuilds it
-- inserts rollups that refer to it while others wait for the rebuild.
create or replace function firsttoken.get_or_create_track(wanted public.tracks) returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  known integer;
begin
  while known is null loop
    -- Each way of asking is an index lookup.
    if wanted.target_id is null then
      select t.id into known from public.tracks t
        where t.target_id is null
          and (t.provider, t.model, t.series, t.region, t.synthetic)
            is not distinct from (wanted.provider, wanted.model, wanted.series, wanted.region,
              wanted.synthetic);
    else
      select t.id into known from public.tracks t
        where t.target_id = wanted.target_id
          and (t.provider, t.model, t.series, t.region, t.synthetic)
            is not distinct from (wanted.provider, wanted.model, wanted.series, wanted.region,
              wanted.synthetic);
    end if;
    if known is null then
      -- A conflict waits until the other transaction has ended, and the row is found next time.
      insert into public.tracks (target_id, provider, model, series, region, synthetic)
        values (wanted.target_id, wanted.provider, wanted.model, wanted.series, wanted.region,
          wanted.synthetic)
        on conflict (target_id, provider, model, series, region, synthetic) do nothing
        returning id into known;
    end if;
  end loop;
  return known;
end $$;
