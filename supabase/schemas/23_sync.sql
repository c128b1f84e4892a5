-- Saving what a sync of models and prices found.

-- in: {about: provider, sync: columns of syncs, models: [listed], left: [model], prices: [{model, price}],
-- switches: [{from, to}]}. out: {recorded}. All or nothing; repeating the same sync changes nothing.
create or replace function public.save_sync(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := firsttoken.get_or_create_provider(input -> 'about');
  recorded boolean;
begin
  insert into public.syncs
    select s.* from jsonb_populate_record(null::public.syncs,
      (input -> 'sync') || jsonb_build_object('provider_id', provider)) s
    on conflict (id) do nothing;
  recorded := found;
  if recorded then
    perform firsttoken.save_models(provider, input -> 'models');
    update public.models m set available = false, left_at = now()
      where m.provider_id = provider and m.available is distinct from false
        and m.name in (select jsonb_array_elements_text(input -> 'left'));
    perform firsttoken.save_price(firsttoken.get_or_create_model(provider, ordered.model), ordered.price)
      from (select each ->> 'model' as model, each -> 'price' as price
        from jsonb_array_elements(input -> 'prices') each order by 1) ordered;
    perform firsttoken.move_targets(provider, each ->> 'from', each ->> 'to')
      from jsonb_array_elements(input -> 'switches') each;
  end if;
  return jsonb_build_object('recorded', recorded);
end $$;

-- in: {provider or null, after: id of the last row seen or null, limit}. out: {rows, next}, latest first.
create or replace function public.list_syncs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  last_seen public.syncs;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select s.* into last_seen from public.syncs s where s.id = (input ->> 'after')::uuid;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('there is no sync %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select s.id, s.started_at, to_jsonb(s) || jsonb_build_object('provider', p.slug) as described
    from public.syncs s join public.providers p on p.id = s.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (last_seen.id is null or (s.started_at, s.id) < (last_seen.started_at, last_seen.id))
    order by s.started_at desc, s.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;
