-- Who may do what: of Supabase's three roles only service_role touches anything of ours. Row level security without a
-- policy comes on top: a grant made by mistake still shows nothing.

-- A plain Postgres lacks the roles. Where we may not create them nobody needs them either.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
    create role anon nologin;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
    create role authenticated nologin;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
    create role service_role nologin bypassrls;
  end if;
exception when insufficient_privilege or duplicate_object or unique_violation then null;
end $$;

alter table public.providers enable row level security;
alter table public.models enable row level security;
alter table public.prices enable row level security;
alter table public.runs enable row level security;
alter table public.targets enable row level security;
alter table public.probes enable row level security;
alter table public.benchmark_results enable row level security;
alter table public.timelines enable row level security;

-- Postgres opens every new function to everybody, and an older Supabase project every new table as well; a newer one
-- gives nobody anything, service_role included.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.' || name, 'select, insert, update, delete'
      from unnest(array[
        'providers', 'models', 'prices', 'runs', 'targets', 'probes', 'benchmark_results', 'timelines'
      ]) name
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'get_run(uuid)', 'describe_run(public.runs)', 'describe_price(public.prices)',
        'latest_price(uuid)', 'get_or_create_provider(jsonb)', 'get_or_create_model(uuid, text)',
        'save_price(uuid, jsonb)', 'read_catalog(jsonb)', 'save_targets(jsonb, boolean)',
        'insert_probes(uuid, jsonb)', 'start_run(jsonb)', 'claim_probe(jsonb)',
        'describe_assignment(public.probes, public.runs)', 'skip_probes(jsonb)', 'count_run(uuid)',
        'finish_run(jsonb)', 'insert_result(jsonb)', 'insert_timeline(uuid, jsonb)',
        'close_probe(uuid, boolean)', 'resolve_result(jsonb)', 'record_result(jsonb)',
        'list_results(jsonb)'
      ]) signature
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
