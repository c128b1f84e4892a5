-- Rights: of Supabase's three roles only service_role may use what is ours. Postgres grants execute on every
-- new function to everyone, and an older Supabase project grants everything to anon too; a newer one grants
-- nothing to anyone, service_role included. Functions that the owner of ours creates later are closed until
-- somebody is granted them; what a project's own defaults grant to a role by name, they keep granting. Row
-- level security without a policy is the second line: a grant made by mistake shows no row. Every migration
-- ends with this file.

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

alter default privileges revoke execute on functions from public;

do $$
declare
  -- What is ours in the schema public, which may hold objects of others too, also under names of ours: so
  -- functions are named with their arguments. `pnpm schema` writes both lists.
  our_relations constant text[] := array[
    'alert_channels', 'alert_rules', 'alert_states', 'baselines', 'benchmark_results', 'calibrations',
    'checks', 'config_files', 'config_items', 'costs_daily', 'daily_trends', 'errors_daily',
    'fleet_workers', 'hourly_trends', 'incident_events', 'incident_history', 'incidents', 'lanes',
    'latest_results', 'leaderboard', 'maintenance_windows', 'models', 'notification_deliveries',
    'official_incidents', 'official_leads', 'official_statuses', 'open_incidents', 'price_changes',
    'prices', 'probes', 'prompts', 'provider_loads', 'providers', 'proxy_minutes', 'proxy_requests',
    'proxy_series', 'proxy_texts', 'proxy_token_days', 'proxy_tokens', 'retention', 'rollups_daily',
    'rollups_hourly', 'run_events', 'run_gaps', 'run_probes', 'run_workers', 'runs', 'samples_daily',
    'shards', 'slo_status', 'spending', 'status_components', 'status_notes', 'syncs', 'target_health',
    'target_summary', 'targets', 'timelines', 'tracks', 'uptime_daily'
  ];
  our_functions constant text[] := array[
    'public.acknowledge_incident(jsonb)', 'public.admit_proxy_token(jsonb)', 'public.apply_config(jsonb)',
    'public.apply_transitions(jsonb)', 'public.beat_worker(jsonb)', 'public.cancel_run(jsonb)',
    'public.charge_proxy_tokens(jsonb)', 'public.claim_deliveries(jsonb)',
    'public.claim_official_statuses(jsonb)', 'public.claim_probe(jsonb)', 'public.claim_shard(jsonb)',
    'public.compare_model(jsonb)', 'public.compare_runs(uuid, uuid)', 'public.compare_traffic(jsonb)',
    'public.count_prunable(jsonb)', 'public.create_proxy_token(jsonb)', 'public.delete_channel(jsonb)',
    'public.delete_maintenance(jsonb)', 'public.delete_prompt(jsonb)', 'public.delete_run(jsonb)',
    'public.delete_status_note(jsonb)', 'public.diff_config(jsonb)', 'public.extend_run(jsonb)',
    'public.file_missed(jsonb)', 'public.finish_run(jsonb)', 'public.finish_shard(jsonb)',
    'public.free_leases(jsonb)', 'public.join_run(jsonb)', 'public.latest_calibration(jsonb)',
    'public.latest_price(uuid)', 'public.limit_proxy_token(jsonb)', 'public.list_archive(jsonb)',
    'public.list_calibrations(jsonb)', 'public.list_costs(jsonb)', 'public.list_deliveries(jsonb)',
    'public.list_distribution(jsonb)', 'public.list_errors(jsonb)', 'public.list_events(jsonb)',
    'public.list_gaps(jsonb)', 'public.list_history(jsonb)', 'public.list_incidents(jsonb)',
    'public.list_leaderboard(jsonb)', 'public.list_maintenance(jsonb)', 'public.list_models(jsonb)',
    'public.list_objectives(jsonb)', 'public.list_official_statuses(jsonb)', 'public.list_outages(jsonb)',
    'public.list_phases(jsonb)', 'public.list_points(jsonb)', 'public.list_price_changes(jsonb)',
    'public.list_prices(jsonb)', 'public.list_prompts(jsonb)', 'public.list_providers(jsonb)',
    'public.list_proxy_requests(jsonb)', 'public.list_proxy_tokens(jsonb)', 'public.list_results(jsonb)',
    'public.list_runs(jsonb)', 'public.list_series(jsonb)', 'public.list_shards_to_send(jsonb)',
    'public.list_status_components(jsonb)', 'public.list_status_notes(jsonb)',
    'public.list_sweep_results(jsonb)', 'public.list_sweeps(jsonb)', 'public.list_syncs(jsonb)',
    'public.list_timelines(jsonb)', 'public.list_uptime(jsonb)', 'public.mark_evaluated(jsonb)',
    'public.mark_shards_sent(jsonb)', 'public.match_archive(jsonb)', 'public.next_job(jsonb)',
    'public.note_incident(jsonb)', 'public.period_start(text)', 'public.plan_confirm(jsonb)',
    'public.prune(jsonb)', 'public.queue_digests(jsonb)', 'public.queue_run(jsonb)',
    'public.read_alert_inputs(jsonb)', 'public.read_archive_hour(jsonb)', 'public.read_budget(jsonb)',
    'public.read_catalog(jsonb)', 'public.read_channels(jsonb)', 'public.read_comparison(jsonb)',
    'public.read_config(jsonb)', 'public.read_drift_inputs(jsonb)', 'public.read_fleet(jsonb)',
    'public.read_health(jsonb)', 'public.read_history(jsonb)', 'public.read_incident(jsonb)',
    'public.read_job(jsonb)', 'public.read_metrics(jsonb)', 'public.read_model_inputs(jsonb)',
    'public.read_now(jsonb)', 'public.read_projection(jsonb)', 'public.read_provider_inputs(jsonb)',
    'public.read_proxy_text(jsonb)', 'public.read_proxy_traffic(jsonb)', 'public.read_result(jsonb)',
    'public.read_run(jsonb)', 'public.read_system_inputs(jsonb)', 'public.read_upkeep(jsonb)',
    'public.read_week(jsonb)', 'public.rebuild_rollups(jsonb)', 'public.record_calibration(jsonb)',
    'public.record_proxy_requests(jsonb)', 'public.record_result(jsonb)', 'public.rederive_results(jsonb)',
    'public.refresh_summaries(jsonb)', 'public.remind_incidents(jsonb)', 'public.renew_shard(jsonb)',
    'public.resolve_incident(jsonb)', 'public.revoke_proxy_token(jsonb)', 'public.save_channel(jsonb)',
    'public.save_channels(jsonb)', 'public.save_maintenance(jsonb)', 'public.save_official_status(jsonb)',
    'public.save_prompt(jsonb)', 'public.save_status_component(jsonb)', 'public.save_status_note(jsonb)',
    'public.save_sync(jsonb)', 'public.send_digest(jsonb)', 'public.set_lanes(jsonb)',
    'public.set_price(jsonb)', 'public.set_target(jsonb)', 'public.settle_deliveries(jsonb)',
    'public.skip_probes(jsonb)', 'public.start_run(jsonb)', 'public.status_page(jsonb)',
    'public.switch_channel(jsonb)', 'public.test_channel(jsonb)', 'public.thin_targets(jsonb)',
    'public.window_stats(timestamptz, timestamptz, text, text, text, text)'
  ];
  object text;
  privileges text;
  role_name text;
begin
  for object in
    select format('%I.%I', n.nspname, c.relname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
      and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (our_relations))
  loop
    execute format('alter table %s enable row level security', object);
  end loop;
  for object, privileges in
    select 'schema firsttoken', 'usage'
    union all
    select format('table %I.%I', n.nspname, c.relname),
      case c.relkind when 'v' then 'select' else 'select, insert, update, delete' end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v')
      and (n.nspname = 'firsttoken' or n.nspname = 'public' and c.relname = any (our_relations))
    union all
    -- The sequence of an identity column: nobody needs a right to it.
    select format('sequence %I.%I', n.nspname, s.relname), null
    from pg_catalog.pg_class s
      join pg_catalog.pg_namespace n on n.oid = s.relnamespace
      join pg_catalog.pg_depend d on d.objid = s.oid and d.classid = 'pg_catalog.pg_class'::regclass
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'i'
      join pg_catalog.pg_class c on c.oid = d.refobjid
    where s.relkind = 'S' and n.nspname = 'public' and c.relname = any (our_relations)
    union all
    select format('function %s', p.oid::regprocedure), 'execute'
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'firsttoken'
      or p.oid in (select to_regprocedure(signature) from unnest(our_functions) signature)
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
