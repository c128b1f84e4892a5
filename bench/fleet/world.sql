create schema bench;

-- {providers: [{id, name, base_url, lanes}], targets: [{provider, model}]}: targets with a price each.
create function bench.make_world(world jsonb) returns void language plpgsql as $$
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
end $$;
