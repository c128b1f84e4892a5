-- The catalog with how long calls take: read_catalog as it is from here on.

-- in: {providers: [slug]}. out: {targets: active ones, paused: those that a person switched off, models: all, each with the price in
-- force, pace: [{provider, typical_ms}], by the latest five calls of each active target}.
create or replace function public.read_catalog(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select p.id, p.slug from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers'))
  ), known_targets as (
    select w.slug, m.name, t.* from wanted w
      join public.targets t on t.provider_id = w.id
      join public.models m on m.id = t.model_id
  ), pace as (
    select k.slug, percentile_cont(0.5) within group (order by recent.total_latency_ms) as typical_ms
    from known_targets k
      cross join lateral (
        select b.total_latency_ms from public.benchmark_results b
        where b.target_id = k.id order by b.created_at desc limit 5
      ) recent
    where k.active
    group by k.slug
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', k.slug, 'model', k.name, 'parameters', k.parameters, 'region', k.region)
        order by k.slug, k.created_at, k.name, k.id), '[]')
      from known_targets k where k.active),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', k.slug, 'model', k.name) order by k.slug, k.name), '[]')
      from known_targets k where not k.active),
    'pace', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'typical_ms', p.typical_ms) order by p.slug), '[]')
      from pace p),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', public.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;
