-- Moves the functions of the first 22 migrations out of the schema public, unless they are the API. Most are
-- dropped and created again later, under new names; what views and triggers depend on is moved.
do $$
declare
  -- With their arguments: a function of another application may have the same name.
  former constant text[] := array[
    'public.add_counts(jsonb,jsonb)', 'public.add_day(public.rollups_hourly)',
    'public.add_hour(public.rollups_hourly)', 'public.add_samples(public.rollups_hourly)',
    'public.add_to_rollups(uuid)', 'public.after_delete_of_results()', 'public.after_insert_of_results()',
    'public.after_truncate_of_results()', 'public.after_update_of_results()',
    'public.check_keys(jsonb,text,text[])', 'public.check_name(jsonb,text)', 'public.check_price(jsonb)',
    'public.close_abandoned()', 'public.close_day(timestamp with time zone)',
    'public.close_probe(uuid,boolean)', 'public.close_run(uuid,text)',
    'public.count_hours(timestamp with time zone,timestamp with time zone)', 'public.count_run(uuid)',
    'public.coverage(text)', 'public.delete_final(integer)',
    'public.describe_assignment(public.probes,public.runs)', 'public.describe_model(public.models)',
    'public.describe_price(public.prices)', 'public.describe_run(public.runs)',
    'public.describe_timeline(uuid)',
    'public.gather_samples(timestamp with time zone,timestamp with time zone)',
    'public.get_or_create_model(uuid,text)', 'public.get_or_create_provider(jsonb)',
    'public.get_or_create_track(public.rollup_input)', 'public.get_provider(jsonb)',
    'public.get_run(uuid)', 'public.heed_limit(jsonb)', 'public.hour_of(public.rollup_input)',
    'public.insert_probes(uuid,jsonb)', 'public.insert_result(jsonb)',
    'public.insert_timeline(uuid,jsonb)', 'public.is_open_for(public.runs,text)', 'public.is_rate(jsonb)',
    'public.lock_days(timestamp with time zone,timestamp with time zone,boolean)', 'public.made_at(jsonb)',
    'public.make_tracks(timestamp with time zone,timestamp with time zone)',
    'public.open_probes(uuid,text)', 'public.percentile_of(real[],double precision)',
    'public.prune_texts(timestamp with time zone,integer)',
    'public.published_percentile(real[],double precision)', 'public.read_parameters(jsonb)',
    'public.rebuild_range(timestamp with time zone,timestamp with time zone)',
    'public.rebuild_touched(timestamp with time zone[],uuid[])', 'public.relabel_own_outage(uuid)',
    'public.reserve(public.probes)', 'public.resolve_result(jsonb)', 'public.sample_blocks(text)',
    'public.save_models(uuid,jsonb)', 'public.save_planned_price(uuid,jsonb)',
    'public.save_price(uuid,jsonb)', 'public.save_targets(jsonb,boolean)', 'public.settle(uuid,jsonb)',
    'public.student_t(integer)', 'public.sum_hours(timestamp with time zone,timestamp with time zone)',
    'public.summarise(text)', 'public.summarise_counts(text)', 'public.summarise_samples(text)',
    'public.switch_targets(uuid,text,text)', 'public.take_region(uuid,jsonb)',
    'public.why_skip(public.runs,public.probes,jsonb)', 'public.with_sample(real[],real)'
  ];
  former_function record;
begin
  -- A new database or one with the five tables of an earlier installation; or one that is past this.
  if to_regclass('public.targets') is null
      or to_regprocedure('firsttoken.describe_run(public.runs)') is not null then
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
  create schema if not exists firsttoken;
  for former_function in
    select p.oid::regprocedure as signature, exists (
      select from pg_catalog.pg_depend d
      where d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid and d.deptype = 'n'
    ) as is_needed
    from unnest(former) signature join pg_catalog.pg_proc p on p.oid = to_regprocedure(signature)
    where p.proconfig @> array['search_path=""']
  loop
    if former_function.is_needed then
      execute format('alter function %s set schema firsttoken', former_function.signature);
    else
      execute format('drop function %s', former_function.signature);
    end if;
  end loop;
  alter view public.rollup_input set schema firsttoken;
end $$;
