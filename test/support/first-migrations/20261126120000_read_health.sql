-- Whether the schedule is kept: read_health says when its last run finished, for /api/health and scripts/doctor.ts.

-- Asked by anyone who may reach /api/health, as often as they like: one step into an index, however many runs there are.
create index if not exists idx_runs_schedule_finished_at on public.runs (schedule, finished_at desc) where status = 'finished';

-- in: {schedule}. out: {last_finished_at, last_status, now}: when a run of the schedule last finished, the status of
-- the run of its latest slot, both null where there is none; and the clock of the database.
create or replace function public.read_health(input jsonb) returns jsonb
language sql security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'last_finished_at', (
      select r.finished_at from public.runs r
        where r.schedule = input ->> 'schedule' and r.status = 'finished' and r.finished_at is not null
        order by r.finished_at desc limit 1),
    'last_status', (
      select r.status from public.runs r
        where r.schedule = input ->> 'schedule' and r.slot is not null
        order by r.slot desc limit 1),
    'now', clock_timestamp())
$$;

-- As for every function: only service_role may call it.
do $$
declare
  role_name text;
begin
  revoke all on function public.read_health(jsonb) from public;
  for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
    execute format('revoke all on function public.read_health(jsonb) from %I', role_name);
  end loop;
  if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    grant execute on function public.read_health(jsonb) to service_role;
  end if;
end $$;
