-- Saving a plan by a loop over its models and a join that took the square of its probes, as it was done before.

-- Saves the models, prices and targets of a plan, in an order that keeps two plans from deadlocking. A target
-- that was only called by hand becomes active with the first plan that is not by hand; a target switched off
-- by hand stays off.
create or replace function firsttoken.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  planned record;
  known_model uuid;
begin
  for planned in
    select distinct on (p.id, probe ->> 'model') p.id as provider_id, probe ->> 'model' as model,
      probe -> 'price' as price
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by p.id, probe ->> 'model'
  loop
    known_model := firsttoken.get_or_create_model(planned.provider_id, planned.model);
    if jsonb_typeof(planned.price) = 'object' then
      perform firsttoken.save_planned_price(known_model, planned.price);
    end if;
  end loop;
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct p.id, m.id, probe -> 'parameters', probe ->> 'target_region', save_targets.active
    from jsonb_array_elements(probes) probe
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- Inserts the planned probes of a run, numbered after those it has.
create or replace function firsttoken.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price,
    estimate_usd, input_usd)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid,
      n_before + position, (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series',
      nullif(probe -> 'price', 'null'), (probe ->> 'estimate_usd')::double precision,
      (probe ->> 'input_usd')::double precision
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted,
        jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
end $$;
