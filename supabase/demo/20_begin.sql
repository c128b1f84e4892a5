-- What is there before the first result: providers, models, targets, prices, syncs, and what will go wrong.

-- Every third model changed its price once, half of these twice; two did so this week.
create function demo.add_prices(since timestamptz, until timestamptz) returns void language sql as $$
  with changed (n, moment, factor) as (
    select t.n, since - interval '1 day', 1.0 from demo.targets t
    union all
    select t.n, date_trunc('minute', since + (until - since) * (0.15 + 0.3 * random())), 0.8
      from demo.targets t where t.n % 3 = 1
    union all
    select t.n, date_trunc('minute', since + (until - since) * (0.55 + 0.35 * random())), 1.1
      from demo.targets t where t.n % 6 = 1
    union all
    select t.n, until - interval '31 hours' * (1 + t.n % 2), 0.7 from demo.targets t where t.n in (2, 5)
  ), made as (
    insert into public.prices (id, provider_id, model_id, input_price_per_m, output_price_per_m,
        cached_price_per_m, source, as_of, "timestamp")
      select demo.id(c.moment, 4, t.n), t.provider_id, t.model_id,
        round((k.input_price * c.factor)::numeric, 4),
        round((k.output_price * c.factor)::numeric, 4), round((k.input_price * c.factor / 10)::numeric, 4),
        'genai-prices', c.moment, c.moment
      from changed c
        join demo.targets t on t.n = c.n
        join demo.catalog k on k.slug = t.slug and k.model = t.model
      returning *
  )
  insert into demo.prices
    select t.n, m."timestamp",
      lead(m."timestamp", 1, 'infinity') over (partition by m.model_id order by m."timestamp"),
      firsttoken.describe_price(m::public.prices)
    from made m join demo.targets t on t.model_id = m.model_id
$$;

-- Each provider was down twice a month for 40 minutes to 5 hours, half of the times in one region; every
-- fourth target was slow for a day or two; one has been a little slower for a week; and what is wrong right now.
create function demo.add_spells(since timestamptz, until timestamptz) returns void language sql as $$
  insert into demo.spells
    select p.slug, null, case when luck.a < 0.5 then r.region end, luck.at,
      luck.at + interval '40 minutes' + interval '260 minutes' * luck.b ^ 2, 3 + floor(4 * luck.c)::integer,
      0.6 + 0.4 * luck.c, 1.5
    from public.providers p
      cross join generate_series(1, greatest(1, extract(day from until - since)::integer / 15)) k
      cross join lateral (
        select random() as a, random() as b, random() as c,
          since + (until - since - interval '12 hours') * random() as at where (p.id, k) is not null) luck
      join demo.regions r on r.n = floor(3 * luck.b)
    union all
    select t.slug, t.n, null, luck.at, luck.at + interval '20 hours' * (1 + luck.a), 3, 0.07, 1.6 + luck.a
    from demo.targets t
      cross join lateral (
        select random() as a, since + (until - since - interval '3 days') * random() as at
        where t.n is not null) luck
    where t.n % 4 = 0
    union all
    select place.slug, null, null, place.at, place.at + place.lasts, place.fault, 1, 1
    from (values
      (null, since + (until - since) * 0.63, interval '2 hours', 15),
      ('minimax', since + (until - since) * 0.78, interval '9 hours', 14),
      ('anthropic', until - interval '31 hours', interval '2 hours', 13)) place (slug, at, lasts, fault)
    union all
    select t.slug, t.n, present.region, until - present.lasts, 'infinity', present.fault, present.share,
      present.slow
    from (values
      ('kimi', 'kimi-k2.6', null, interval '70 minutes', 3, 1, 1),
      ('openrouter', 'openai/gpt-6-luna', 'hnd1', interval '4 hours', 6, 1, 1),
      ('glm', 'glm-5.3-flash', null, interval '20 minutes', 4, 1, 1),
      ('together', 'openai/gpt-oss-120b', null, interval '5 hours', 1, 0.35, 2.4),
      ('minimax', 'MiniMax-M2.7', null, interval '8 days', 1, 0, 1.3)
    ) present (slug, model, region, lasts, fault, share, slow)
      join demo.targets t on t.slug = present.slug and t.model = present.model
$$;

-- A sync a week of each provider; models that are listed and not benchmarked; and models that leave.
create function demo.add_syncs(since timestamptz, until timestamptz) returns void language sql as $$
  insert into public.models (id, name, provider_id, context_window, available, last_seen_at, left_at, type,
      created_at)
    select demo.id(since, 5, (10 * row_number() over (order by p.slug) + k)::integer),
      p.slug || '-preview-' || k, p.id, 262144, k < 3, until,
      case when k = 3 then until - interval '9 days' end, case when k = 2 then 'embedding' else 'chat' end,
      since
    from public.providers p cross join generate_series(1, 3) k;
  update public.models m set deprecated_on = (until - interval '20 days')::date,
      shutdown_on = (until + interval '33 days')::date
    where m.name in ('gpt-4o-mini', 'kimi-k2.6', 'claude-3-5-haiku', 'moonshot-v1-8k');
  insert into public.syncs (id, provider_id, triggered_by, status, reason, started_at, finished_at, n_listed,
      n_chat, n_prices, details)
    select demo.id(s.at, 6, p.n::integer), p.id, 'cron', case when s.is_bad then 'failed' else 'saved' end,
      case when s.is_bad then 'the listing answered 503' end, s.at, s.at + interval '3 s',
      case when s.is_bad then 0 else 9 end, case when s.is_bad then 0 else 8 end, coalesce(changes.n, 0),
      '{"added": [], "left": [], "returned": [], "changed": [], "conflicts": [], "leaving": []}'::jsonb
        || jsonb_build_object('prices', coalesce(changes.prices, '[]'))
    from (select *, row_number() over (order by slug) as n from public.providers) p
      cross join lateral (
        select at, extract(week from at)::integer % 11 = p.n % 11 as is_bad
        from generate_series(date_trunc('day', since) + interval '3 hours', until, interval '7 days') at) s
      cross join lateral (
        select count(*) as n, jsonb_agg(jsonb_build_object(
          'model', t.model, 'before', was.price, 'price', became.price)) as prices
        from demo.targets t
          join demo.prices became on became.n = t.n and became.since > s.at - interval '7 days'
            and became.since <= s.at
          join demo.prices was on was.n = t.n and was.until = became.since
        where t.provider_id = p.id and not s.is_bad) changes
$$;

-- input: {seed, n_targets, n_days, n_dense_days, until, providers: [{slug, name}], answers: [{text, tokens}]}
-- Slots are hourly, and every 15 minutes in the last n_dense_days.
create function demo.begin(input jsonb) returns void language plpgsql as $$
declare
  seed constant double precision := (input ->> 'seed')::integer % 1000 / 1000.0;
  until constant timestamptz := (input ->> 'until')::timestamptz;
  last_hour constant timestamptz := date_trunc('hour', until);
  since constant timestamptz := last_hour - (input ->> 'n_days')::integer * interval '24 hours';
begin
  perform setseed(seed);
  insert into demo.settings
    select seed, since, until,
      greatest(since, last_hour - (input ->> 'n_dense_days')::integer * interval '24 hours');
  insert into demo.answers
    select row_number() over () - 1, a.text, a.tokens
    from jsonb_to_recordset(input -> 'answers') a (text text, tokens integer);
  insert into public.providers (id, slug, name, synthetic, created_at)
    select demo.id(since, 1, p.n::integer), p.given ->> 'slug', p.given ->> 'name', true, since
    from jsonb_array_elements(input -> 'providers') with ordinality p (given, n);
  -- One model of every provider first, so that few targets are of many providers.
  insert into demo.targets
    select c.nth - 1, demo.id(since, 3, c.nth), p.id, demo.id(since, 2, c.nth), p.slug, c.model, c.ttft,
      c.tps, c.thinks, 0.2 + 1.6 * random() ^ 2
    from (select *, (row_number() over (order by place, slug))::integer as nth from demo.catalog) c
      join public.providers p on p.slug = c.slug
    where c.nth <= (input ->> 'n_targets')::integer order by c.nth;
  insert into public.models (id, name, provider_id, context_window, output_limit, available, last_seen_at,
      type, created_at)
    select t.model_id, t.model, t.provider_id, case when t.n % 3 = 0 then 1048576 else 131072 end, 16384,
      true, until, 'chat', since
    from demo.targets t;
  insert into public.targets (id, provider_id, model_id, parameters, active, created_at)
    select t.target_id, t.provider_id, t.model_id,
      jsonb_build_object('reasoning', case when t.thinks > 0 then 'default' else 'least' end), true, since
    from demo.targets t;
  perform demo.add_prices(since, until);
  perform demo.add_spells(since, until);
  perform demo.add_syncs(since, until);
end $$;
