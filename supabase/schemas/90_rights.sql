-- Rights: of Supabase's three roles only service_role may use what is ours. Postgres grants execute on every
-- new function to everyone, and an older Supabase project grants everything to anon too; a newer one grants
-- nothing to anyone, service_role included. Row level security without a policy is the second line: a grant
-- made by mistake shows no row. Every migration ends with this file.

-- A plain Postgres lacks the roles. If we may not create them, nobody needs them.
do $$
declare
  missing text;
begin
  for missing in
    select role_name from unnest(array['anon', 'authenticated', 'service_role']) role_name
    where not exists (select from pg_catalog.pg_roles where rolname = role_name)
  loop
    begin
      execute format('create role %I nologin %s', missing,
        case when missing = 'service_role' then 'bypassrls' end);
    exception when insufficient_privilege or duplicate_object or unique_violation then null;
    end;
  end loop;
end $$;

do $$
declare
  -- What is ours in the schema public, which may hold objects of others too. `pnpm schema` writes the names.
  ours constant text[] := array[
    'benchmark_results', 'calibrations', 'checks', 'claim_probe', 'compare_runs', 'costs_daily',
    'count_prunable', 'daily_trends', 'errors_daily', 'file_missed', 'finish_run', 'hourly_trends',
    'join_run', 'latest_calibration', 'latest_price', 'latest_results', 'leaderboard', 'list_models',
    'list_results', 'list_syncs', 'list_timelines', 'models', 'period_start', 'plan_confirm',
    'price_changes', 'prices', 'probes', 'providers', 'prune', 'read_catalog', 'read_health',
    'rebuild_rollups', 'record_calibration', 'record_result', 'rederive_results', 'refresh_summaries',
    'retention', 'rollups_daily', 'rollups_hourly', 'run_gaps', 'run_probes', 'run_workers', 'runs',
    'samples_daily', 'save_sync', 'set_price', 'set_target', 'skip_probes', 'spending', 'start_run',
    'syncs', 'target_health', 'target_summary', 'targets', 'timelines', 'tracks', 'uptime_daily',
    'window_stats'
  ];
  object text;
  privileges text;
  role_name text;
begin
  for object in
    select format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (ours))
  loop
    execute format('alter table %s enable row level security', object);
  end loop;
  for object, privileges in
    select 'schema firsttoken', 'usage'
    union all
    select format('table %I.%I', n.nspname, c.relname),
      case c.relkind when 'v' then 'select' else 'select, insert, update, delete' end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v')
      and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (ours))
    union all
    -- The sequence of an identity column: nobody needs a right to it.
    select format('sequence %I.%I', n.nspname, s.relname), null
    from pg_catalog.pg_class s
      join pg_catalog.pg_namespace n on n.oid = s.relnamespace
      join pg_catalog.pg_depend d on d.objid = s.oid and d.classid = 'pg_catalog.pg_class'::regclass
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i'
      join pg_catalog.pg_class c on c.oid = d.refobjid
    where s.relkind = 'S' and n.nspname = 'public' and c.relname = any (ours)
    union all
    select format('function %s', p.oid::regprocedure), 'execute'
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'firsttoken' or n.nspname = 'public' and p.proname = any (ours)
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if privileges is not null and exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
