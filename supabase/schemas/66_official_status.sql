-- What providers say of themselves: asking their status pages in turn, and who said first that something is
-- wrong.

-- in: {providers: [slug], min_age_ms}. out: {rows: [{provider, validators}]}: those of the given ones that
-- are benchmarked and that nobody asked for so long; they are now this caller's. Of two that ask at once, one
-- gets a provider.
create or replace function public.claim_official_statuses(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  claimed jsonb;
begin
  perform firsttoken.check_keys(input, 'claim_official_statuses', array['providers', 'min_age_ms']);
  with due as (
    insert into public.official_statuses as s (provider, claimed_at)
    select p.slug, now() from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers')) and not p.synthetic
      and exists (select from public.targets t where t.provider_id = p.id and t.active)
    order by p.slug
    on conflict (provider) do update set claimed_at = now()
      where s.claimed_at <= now() - make_interval(secs => (input ->> 'min_age_ms')::double precision / 1000)
    returning s.provider, s.validators
  )
  select coalesce(jsonb_agg(to_jsonb(d) order by d.provider), '[]') into claimed from due d;
  return jsonb_build_object('rows', claimed);
end $$;

-- in: {provider, indicator, summary, incidents: [{external_id, name, impact, status, started_at,
-- resolved_at, page_url, components}], maintenances, validators}, {provider, unchanged: true} if the page
-- says that nothing changed, or {provider, error} if it said nothing that can be believed. out: {opened}: how
-- many incidents are new. An open incident that a page no longer lists is over.
create or replace function public.save_official_status(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  of_provider constant text := input ->> 'provider';
  known public.official_statuses;
  opened integer;
begin
  perform firsttoken.check_keys(input, 'save_official_status', array['provider', 'indicator', 'summary',
    'incidents', 'maintenances', 'validators', 'unchanged', 'error']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  insert into public.official_statuses (provider, claimed_at) values (of_provider, now())
    on conflict (provider) do nothing;
  select s.* into known from public.official_statuses s where s.provider = of_provider for no key update;
  if input ->> 'error' is not null then
    -- Without validators, the next answer is a whole one.
    update public.official_statuses s
      set checked_at = now(), error = input ->> 'error', validators = '{}' where s.provider = of_provider;
    return jsonb_build_object('opened', 0);
  end if;
  update public.official_statuses s
    set checked_at = now(), ok_at = now(), error = null
    where s.provider = of_provider;
  if (input ->> 'unchanged')::boolean then
    return jsonb_build_object('opened', 0);
  end if;
  update public.official_statuses s
    set indicator = input ->> 'indicator', summary = input ->> 'summary',
      maintenances = input -> 'maintenances', validators = input -> 'validators'
    where s.provider = of_provider;
  with given as (
    select g ->> 'external_id' as external_id, g ->> 'name' as name, g ->> 'impact' as impact,
      g ->> 'status' as status, (g ->> 'started_at')::timestamptz as started_at,
      (g ->> 'resolved_at')::timestamptz as resolved_at, g ->> 'page_url' as page_url,
      array(select jsonb_array_elements_text(g -> 'components')) as components
    from jsonb_array_elements(input -> 'incidents') g
  ), saved as (
    insert into public.official_incidents as o (provider, external_id, name, impact, status, started_at,
      not_seen_at, resolved_at, page_url, components)
    select of_provider, g.external_id, g.name, g.impact, g.status, g.started_at, known.ok_at, g.resolved_at,
      g.page_url, g.components
    from given g order by g.external_id
    on conflict (provider, external_id) do update set name = excluded.name, impact = excluded.impact,
      status = excluded.status, started_at = excluded.started_at, resolved_at = excluded.resolved_at,
      page_url = excluded.page_url, components = excluded.components
    returning o.first_seen_at = now() as is_new
  ), gone as (
    update public.official_incidents o set resolved_at = now(), status = 'resolved'
    where o.provider = of_provider and o.resolved_at is null
      and o.external_id not in (select g.external_id from given g)
  )
  select count(*) filter (where s.is_new) into opened from saved s;
  return jsonb_build_object('opened', opened);
end $$;

-- out: {rows: [{provider, indicator, summary, error, checked_at, ok_at, maintenances, incidents: open
-- ones, latest first}]}, by provider. An answer that is older than 30 minutes is none.
create or replace function public.list_official_statuses(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_official_statuses', array[]::text[]);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'provider', s.provider,
        'indicator', case when o.is_fresh then s.indicator else 'unknown' end,
        'summary', case when o.is_fresh then s.summary end,
        'error', s.error, 'checked_at', s.checked_at, 'ok_at', s.ok_at,
        'maintenances', case when o.is_fresh then s.maintenances else '[]' end,
        'incidents', (
          select coalesce(jsonb_agg(to_jsonb(i) - array['provider', 'not_seen_at', 'resolved_at']
            order by i.started_at desc, i.external_id), '[]')
          from public.official_incidents i
          where i.provider = s.provider and i.resolved_at is null and o.is_fresh)
      ) order by s.provider), '[]')
    from public.official_statuses s
      cross join lateral (select coalesce(s.ok_at > now() - interval '30 minutes', false) as is_fresh) o
    where s.checked_at is not null));
end $$;

-- Who said first that something was wrong with a provider: each incident of ours beside the incident of the
-- provider that overlaps it and began closest to it, at most 6 hours before. lead: how long after us they
-- published it, negative if they did before us; null if that was not watched, which needs a look at their
-- page within the 30 minutes before. claimed_lead: the same by the moment that they say it began.
create or replace view public.official_leads with (security_invoker = true) as
  select i.provider, i.kind, i.severity, i.model, i.first_bad_at, i.opened_at, i.resolved_at,
    o.name as their_name, o.impact as their_impact, o.started_at as their_started_at,
    o.first_seen_at as their_first_seen_at, o.resolved_at as their_resolved_at,
    case when o.not_seen_at >= o.first_seen_at - interval '30 minutes'
      then o.first_seen_at - i.opened_at end as lead,
    o.started_at - i.opened_at as claimed_lead, o.page_url as their_url, o.external_id, i.id as incident_id
  from public.incidents i
    cross join lateral (
      select o.* from public.official_incidents o
      where o.provider = i.provider
        and o.started_at >= i.first_bad_at - interval '6 hours'
        and o.started_at <= coalesce(i.resolved_at, now())
        and coalesce(o.resolved_at, now()) >= i.first_bad_at
      order by abs(extract(epoch from o.started_at - i.first_bad_at)), o.external_id limit 1) o
  where i.kind in ('down', 'errors', 'provider_wide') and not i.shadow;
