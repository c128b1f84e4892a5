create schema bench;

-- {providers: [{id, name, base_url, lanes, typical_ms or none}], targets: [{provider, model}]}: targets with a
-- price each, and a call of each provider that is known to take so long, in a run of its own.
create function bench.make_world(world jsonb) returns void language plpgsql as $$
declare
  before constant uuid := gen_random_uuid();
begin
  insert into public.providers (slug, name, base_url, lanes)
    select given.id, given.name, given.base_url, given.lanes
    from jsonb_to_recordset(world -> 'providers') given (id text, name text, base_url text, lanes integer);
  insert into public.models (provider_id, name)
    select p.id, given.model
    from jsonb_to_recordset(world -> 'targets') given (provider text, model text)
      join public.providers p on p.slug = given.provider;
  insert into public.targets (provider_id, model_id, parameters)
    select m.provider_id, m.id, '{"reasoning": "least"}' from public.models m;
  insert into public.prices (provider_id, model_id, input_price_per_m, output_price_per_m, source)
    select m.provider_id, m.id, 0.15, 0.6, 'manual' from public.models m;
  insert into public.runs (id, run_name, triggered_by, mode, status)
    values (before, 'before', 'bench', 'single', 'finished');
  insert into public.benchmark_results (run_id, provider_id, model_id, target_id, total_latency_ms)
    select distinct on (t.provider_id) before, t.provider_id, t.model_id, t.id, given.typical_ms
    from jsonb_to_recordset(world -> 'providers') given (id text, typical_ms double precision)
      join public.providers p on p.slug = given.id
      join public.targets t on t.provider_id = p.id
    where given.typical_ms is not null;
end $$;
