-- Saving what a plan names: its models, prices, targets and probes.

-- Saves the models, prices and targets of a plan, in an order that keeps two plans from deadlocking. A target
-- that was only called by hand becomes active with the first plan that is not by hand; a target switched off
-- by hand stays off. A lateral `limit 1` finds models one by one, through their index: a join is planned by
-- what is known of the tables, and took the square of the probes on new ones.
create or replace function firsttoken.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.models (provider_id, name)
    select distinct p.id, probe ->> 'model'
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by 1, 2
    on conflict do nothing;
  perform firsttoken.save_planned_price(changed.model_id, changed.price)
    from (
      select distinct on (known.provider_id, known.name) known.id as model_id, probe -> 'price' as price
      from jsonb_array_elements(probes) probe
        cross join lateral (
          select m.* from public.providers p join public.models m on m.provider_id = p.id
          where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
      where jsonb_typeof(probe -> 'price') = 'object'
      order by known.provider_id, known.name) changed
    where firsttoken.replaces_price(public.latest_price(changed.model_id), changed.price);
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct known.provider_id, known.id, probe -> 'parameters', probe ->> 'target_region',
      save_targets.active
    from jsonb_array_elements(probes) probe
      cross join lateral (
        select m.* from public.providers p join public.models m on m.provider_id = p.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- Inserts the planned probes of a run, numbered after those it has. One with a skip_reason was asked for, but
-- the plan says why it is not called.
create or replace function firsttoken.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
  skips jsonb;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, region,
    series, price, estimate_usd, input_usd, warmup, context_tokens, level, due_ms, status, skip_reason)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.provider_id, t.id, (probe ->> 'result_id')::uuid,
      n_before + position, (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series',
      nullif(probe -> 'price', 'null'), (probe ->> 'estimate_usd')::double precision,
      (probe ->> 'input_usd')::double precision, coalesce((probe ->> 'warmup')::boolean, false),
      (probe ->> 'context_tokens')::integer, (probe ->> 'level')::integer,
      (probe ->> 'due_ms')::double precision,
      case when probe ->> 'skip_reason' is null then 'planned' else 'skipped' end, probe ->> 'skip_reason'
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      cross join lateral (
        select t.*
        from public.providers p
          join public.models m on m.provider_id = p.id
          join public.targets t on t.model_id = m.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model'
          and t.parameters = probe -> 'parameters' and t.region is not distinct from probe ->> 'target_region'
        limit 1) t;
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted,
        jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
  select jsonb_object_agg(planned.reason, planned.n) into skips
    from (
      select probe ->> 'skip_reason' as reason, count(*) as n from jsonb_array_elements(probes) probe
      where probe ->> 'skip_reason' is not null group by 1) planned;
  perform firsttoken.add_skips(insert_probes.run_id, coalesce(skips, '{}'));
end $$;

-- Saves everything that a plan names for its run. plan: {adhoc, providers: [...], probes: [...]}.
create or replace function firsttoken.save_plan(run_id uuid, plan jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.get_or_create_provider(provider)
    from (select provider from jsonb_array_elements(plan -> 'providers') provider
      order by provider ->> 'slug') ordered;
  perform firsttoken.save_targets(plan -> 'probes',
    case when (plan ->> 'adhoc')::boolean then null else true end);
  perform firsttoken.insert_probes(save_plan.run_id, plan -> 'probes');
end $$;
