-- How exactly each machine measures: record_calibration writes what scripts/calibrate.ts found, latest_calibration reads it.

create table if not exists public.calibrations (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  host text not null,
  node_version text not null,
  concurrency integer not null check (concurrency > 0),
  streams integer not null,
  chunks integer not null,
  threads integer not null,
  ttft_p50_ms double precision not null,
  ttft_p95_ms double precision not null,
  ttft_p99_ms double precision not null,
  chunk_p50_ms double precision not null,
  chunk_p95_ms double precision not null,
  chunk_p99_ms double precision not null
);

create index if not exists idx_calibrations_latest on public.calibrations (host, concurrency, created_at desc);

alter table public.calibrations enable row level security;

-- in: columns of calibrations. out: {recorded}. The same calibration again changes nothing.
create or replace function public.record_calibration(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.calibrations
    select c.* from jsonb_populate_record(null::public.calibrations, input || jsonb_build_object('created_at', now())) c
    on conflict (id) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- in: {host}. out: {rows}: the latest calibration of this host at each concurrency, the lowest first.
create or replace function public.latest_calibration(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(latest) order by latest.concurrency), '[]'))
    from (
      select distinct on (c.concurrency) c.* from public.calibrations c where c.host = input ->> 'host'
        order by c.concurrency, c.created_at desc
    ) latest
$$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    values ('table public.calibrations', 'select, insert, update, delete'),
      ('function public.record_calibration(jsonb)', 'execute'),
      ('function public.latest_calibration(jsonb)', 'execute')
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
