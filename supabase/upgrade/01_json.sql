-- Drops what returned jsonb in an earlier version and returns json now: that cannot be replaced.
do $$
declare
  former constant text[] := array[
    'firsttoken.describe_samples(double precision[])',
    'firsttoken.list_calls(uuid,integer,integer,boolean)', 'firsttoken.summarize_run(uuid)',
    'public.list_results(jsonb)', 'public.list_series(jsonb)', 'public.read_now(jsonb)',
    'public.read_run(jsonb)'
  ];
  former_function record;
begin
  for former_function in
    select p.oid::regprocedure as signature
    from unnest(former) signature join pg_catalog.pg_proc p on p.oid = to_regprocedure(signature)
    where p.prorettype = 'jsonb'::regtype and p.proconfig @> array['search_path=""']
  loop
    execute format('drop function %s', former_function.signature);
  end loop;
end $$;
