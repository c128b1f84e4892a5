-- Moves the functions of the first 22 migrations out of the schema public, unless they are the API. Most are
-- dropped and created again later, under new names; what views and triggers depend on is moved.
do $$
declare
  former constant text[] := array[
    'add_counts', 'add_day', 'add_hour', 'add_samples', 'add_to_rollups', 'after_delete_of_results',
    'after_insert_of_results', 'after_truncate_of_results', 'after_update_of_results', 'check_keys',
    'check_name', 'check_price', 'close_abandoned', 'close_day', 'close_probe', 'close_run', 'count_hours',
    'count_run', 'coverage', 'delete_final', 'describe_assignment', 'describe_model', 'describe_price',
    'describe_run', 'describe_timeline', 'gather_samples', 'get_or_create_model', 'get_or_create_provider',
    'get_or_create_track', 'get_provider', 'get_run', 'heed_limit', 'hour_of', 'insert_probes',
    'insert_result', 'insert_timeline', 'is_open_for', 'is_rate', 'lock_days', 'made_at', 'make_tracks',
    'open_probes', 'percentile_of', 'prune_texts', 'published_percentile', 'read_parameters',
    'rebuild_range', 'rebuild_touched', 'relabel_own_outage', 'reserve', 'resolve_result', 'sample_blocks',
    'save_models', 'save_planned_price', 'save_price', 'save_targets', 'settle', 'student_t', 'sum_hours',
    'summarise', 'summarise_counts', 'summarise_samples', 'switch_targets', 'take_region', 'why_skip',
    'with_sample'
  ];
  former_function record;
begin
  -- A new database or one with the five tables of an earlier installation; or one that is past this.
  if to_regclass('public.targets') is null or to_regnamespace('firsttoken') is not null then
    return;
  end if;
  if not exists (
      select from pg_catalog.pg_proc
      where oid = to_regprocedure('public.list_results(jsonb)')
        and 'plan_cache_mode=force_custom_plan' = any (proconfig)) then
    raise exception using errcode = '55000',
      message = 'this database has only some of the first 22 migrations: apply the rest with the version of '
        'firsttoken that has them (pnpm tsx scripts/migrate.ts), then try again';
  end if;
  create schema firsttoken;
  for former_function in
    select p.oid::regprocedure as signature, exists (
      select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid and d.deptype = 'n'
    ) as is_needed
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname = any (former) and p.proconfig @> array['search_path=""']
  loop
    if former_function.is_needed then
      execute format('alter function %s set schema firsttoken', former_function.signature);
    else
      execute format('drop function %s', former_function.signature);
    end if;
  end loop;
  alter view public.rollup_input set schema firsttoken;
end $$;
