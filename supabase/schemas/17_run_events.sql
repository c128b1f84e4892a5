-- What happened to runs, in the order in which everybody sees it. Append-only: the functions that change a
-- run add the event in the same transaction.

create table if not exists public.run_events (
  id bigint generated always as identity,
  -- The transaction that added it. By id alone a reader would pass over what commits late: ids are given
  -- before the commit. Below the oldest transaction that is still open nothing is added anymore.
  xid xid8 not null default pg_current_xact_id(),
  run_id uuid not null references public.runs (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  event text not null
    check (event in (
      'run_queued', 'run_started', 'run_joined', 'run_handed_over', 'run_cancelling', 'run_finished',
      'run_missed', 'run_extended', 'probe_started', 'probe_recorded', 'probes_skipped')),
  data jsonb not null default '{}',
  primary key (xid, id)
);
create index if not exists idx_run_events_run_id on public.run_events (run_id, xid, id);

-- Adds an event to a run that somebody else wakes listeners for.
create or replace function firsttoken.note_event(run_id uuid, event text, data jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.run_events (run_id, event, data)
    values (note_event.run_id, note_event.event, coalesce(note_event.data, '{}'));
end $$;

-- Adds an event to a run, and wakes whoever listens once the transaction commits; the event itself is read by
-- list_events. Locks the run against its deletion only: who adds an event after locking a probe or a lease of
-- the run has locked the run `for key share` before.
create or replace function firsttoken.add_event(run_id uuid, event text, data jsonb default '{}')
returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.note_event(run_id, event, data);
  perform pg_notify('firsttoken_events', add_event.run_id::text);
end $$;

-- Wakes whoever shows incidents once the transaction commits. Nothing of them is in it: they are read anew.
create or replace function firsttoken.notify_incidents() returns void
language sql security invoker set search_path = '' as $$
  select pg_notify('firsttoken_events', 'incidents')
$$;

-- Adds what was skipped: {reason: count}.
create or replace function firsttoken.add_skips(run_id uuid, skips jsonb) returns void
language sql security invoker set search_path = '' as $$
  select firsttoken.add_event(add_skips.run_id, 'probes_skipped',
      jsonb_build_object('reason', s.key, 'n', s.value))
    from jsonb_each(skips) s where s.value > '0' order by s.key
$$;

-- The events after a cursor and before a transaction, of one run or of all (null), in order. Each way of
-- asking has an index, and a statement of its own, so that its plan uses it.
create or replace function firsttoken.events_after(run_id uuid, after_xid xid8, after_id bigint, before xid8,
  most integer)
returns setof public.run_events
language plpgsql stable security invoker set search_path = '' as $$
begin
  if events_after.run_id is null then
    return query select e.* from public.run_events e
      where (e.xid, e.id) > (after_xid, after_id) and e.xid < before
      order by e.xid, e.id limit most;
  else
    return query select e.* from public.run_events e
      where e.run_id = events_after.run_id and (e.xid, e.id) > (after_xid, after_id) and e.xid < before
      order by e.xid, e.id limit most;
  end if;
end $$;

-- How many more probes of its run are recorded or skipped by an event.
create or replace function firsttoken.probes_done_by(event text, data jsonb) returns integer
language sql immutable security invoker set search_path = '' as $$
  select case
    when event = 'probe_recorded' and not data ? 'was_skipped' then 1
    when event = 'probes_skipped' then (data ->> 'n')::integer
    else 0
  end
$$;

-- The probe of an event as list_events shows it; null if there is none anymore.
create or replace function firsttoken.describe_probe_of_event(probe_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('id', p.id, 'provider', pr.slug, 'model', m.name, 'region', p.region,
      'iteration', p.iteration, 'context_tokens', p.context_tokens,
      'warmup', p.warmup, 'level', p.level)
    from public.probes p
      join public.targets t on t.id = p.target_id
      join public.models m on m.id = t.model_id
      join public.providers pr on pr.id = t.provider_id
    where p.id = probe_id
$$;

-- The result of an event as list_events shows it; null if there is none anymore.
create or replace function firsttoken.describe_result_of_event(result_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'success', b.success, 'status_code', b.status_code,
      'error_kind', b.error_kind, 'fault_domain', b.fault_domain, 'ttft_ms', b.ttft_ms, 'ttfa_ms', b.ttfa_ms,
      'tps', b.tps, 'input_tps', b.input_tps, 'total_latency_ms', b.total_latency_ms,
      'input_tokens', b.input_tokens, 'output_tokens', b.output_tokens, 'cost_usd', b.cost_usd)
    from public.benchmark_results b where b.id = result_id
$$;

-- in: {run_id or null, after: cursor or null, limit}. out: {rows, next, pending}: the events of one run or of
-- all after the cursor, and the cursor to go on from. Without a cursor: all events of the run, or, of all
-- runs, none and the present. n_done: how many probes of its run are recorded or skipped up to an event. An
-- event shows up once every transaction that began before its own has ended, so none ever comes before one
-- that was read; pending: some are committed and do not show up yet.
create or replace function public.list_events(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  wanted_run constant uuid := (input ->> 'run_id')::uuid;
  after constant text := input ->> 'after';
  most constant integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  -- Everything before this transaction has ended.
  present constant xid8 := pg_snapshot_xmin(pg_current_snapshot());
  after_xid xid8 := '0';
  after_id bigint := 0;
  pending constant boolean := exists (select from public.run_events e where e.xid >= present);
  output jsonb;
begin
  if after is null and wanted_run is null then
    return jsonb_build_object('rows', '[]'::jsonb, 'next', present::text || '-0', 'pending', pending);
  elsif after is not null then
    if after !~ '^[0-9]{1,18}-[0-9]{1,18}$' then
      raise exception using errcode = '22023',
        message = format('%L is no cursor of list_events, such as 1234-56', left(after, 50));
    end if;
    after_xid := split_part(after, '-', 1)::xid8;
    after_id := split_part(after, '-', 2)::bigint;
  end if;
  with page as materialized (
    select e.*, firsttoken.probes_done_by(e.event, e.data) as n
    from firsttoken.events_after(wanted_run, after_xid, after_id, present, most) e
  ), done_before as (
    select first_row.run_id, coalesce((
        select sum(firsttoken.probes_done_by(e.event, e.data)) from public.run_events e
        where e.run_id = first_row.run_id and (e.xid, e.id) < (first_row.xid, first_row.id)), 0) as n
    from (select distinct on (p.run_id) p.* from page p order by p.run_id, p.xid, p.id) first_row
  ), counted as (
    select p.*, d.n + sum(p.n) over (partition by p.run_id order by p.xid, p.id) as n_done
    from page p join done_before d on d.run_id = p.run_id
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(jsonb_build_object(
        'id', c.xid::text || '-' || c.id, 'run_id', c.run_id, 'event', c.event, 'created_at', c.created_at,
        'data', c.data,
        'probe', firsttoken.describe_probe_of_event((c.data ->> 'probe_id')::uuid),
        'result', firsttoken.describe_result_of_event((c.data ->> 'result_id')::uuid),
        'n_done', c.n_done) order by c.xid, c.id), '[]'),
      'next', coalesce(
        (array_agg(c.xid::text || '-' || c.id order by c.xid desc, c.id desc))[1],
        case when (present, 0) > (after_xid, after_id) then present::text || '-0' else after end),
      'pending', pending)
    into output
    from counted c;
  return output;
end $$;
