-- Results as two years of benchmarking leave them, generated in the database. bench.generate(since, until) adds the
-- slots of a period in chronological order, so that rows are stored as they would be.

create schema bench;

-- Texts of answers, and timelines in the stored format.
create table bench.answers (n integer primary key, text text not null);
create table bench.timelines (n integer primary key, data bytea not null);

-- One row once loading is complete: the number of results, and when they end.
create table bench.loaded (rows bigint not null, until timestamptz not null);

create table bench.regions (n integer primary key, region text not null, since timestamptz not null);
create table bench.targets (
  n integer primary key, target_id uuid, provider_id uuid, model_id uuid, provider text, model text,
  ttft double precision, tps double precision, failing double precision, price jsonb
);
create table bench.faults (
  n integer generated always as identity primary key, kind text, domain text, status_code integer, message text,
  has_begun boolean, lasts_ms double precision, retry_after_ms double precision
);
insert into bench.faults (kind, domain, status_code, message, has_begun, lasts_ms, retry_after_ms) values
  ('rate_limited', 'account', 429, 'Rate limit reached for requests per minute. Try again in 20 s.', false, 180, 20000),
  ('rate_limited', 'account', 429, 'Rate limit reached for tokens per minute. Try again in 7 s.', false, 210, 7000),
  ('rate_limited', 'account', 429, 'Too many requests', false, 150, null),
  ('overloaded', 'provider', 529, 'Overloaded', false, 900, null),
  ('overloaded', 'provider', 503, 'The model is currently overloaded. Please try again later.', false, 1200, 30000),
  ('server_error', 'provider', 500, 'The server had an error while processing your request.', false, 2500, null),
  ('server_error', 'provider', 502, '502 Bad Gateway', false, 400, null),
  ('server_error', 'provider', 500, 'Internal server error', false, 1500, null),
  ('timeout_first_token', 'provider', 200, 'no token within 60 s', false, 60000, null),
  ('timeout_idle', 'provider', 200, 'no token for 30 s', true, 33000, null),
  ('timeout_total', 'provider', 200, 'not done within 120 s', true, 120000, null),
  ('timeout_connect', 'provider', null, 'no connection within 10 s', false, 10000, null),
  ('reset', 'provider', 200, 'the connection was reset: ECONNRESET', true, 1800, null),
  ('truncated', 'provider', 200, 'the stream ended without a finish reason', true, 1400, null),
  ('error_in_stream', 'provider', 200, 'upstream error: worker restarted', true, 1100, null),
  ('empty', 'provider', 200, 'the answer has no text', false, 700, null),
  ('auth', 'account', 401, 'Incorrect API key provided.', false, 120, null),
  ('bad_request', 'config', 400, 'Unsupported parameter: temperature', false, 130, null),
  ('content_filter', 'excluded', 200, 'the answer was filtered', true, 800, null),
  ('aborted', 'self', 200, 'interrupted', true, 1000, null);

insert into public.providers (slug, name, base_url, created_at)
  select lower(name), name, 'https://api.' || lower(name) || '.example/v1', now() - interval '731 days'
  from unnest(array['OpenAI', 'Groq', 'Together', 'OpenRouter', 'GLM', 'Kimi', 'MiniMax', 'DeepSeek', 'Anthropic', 'Gemini']) name;
insert into public.models (name, provider_id, context_window, available, last_seen_at, type, created_at)
  select listed, p.id, 131072, true, now(), 'chat', now() - interval '731 days'
  from public.providers p, unnest(array['gpt-4o-mini', 'llama-3.3-70b-instruct', 'deepseek-v3.1', 'qwen3-235b-a22b', 'glm-4.6', 'kimi-k2']) listed;
insert into public.targets (provider_id, model_id, parameters, active, created_at)
  select m.provider_id, m.id, '{"reasoning": "least"}', true, m.created_at from public.models m;
-- Every model had 115 prices: 6,900 in all.
insert into public.prices (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, source, as_of, "timestamp")
  select m.provider_id, m.id, 0.1 + random(), 0.4 + 4 * random(), 0.05, 'genai-prices', priced.moment, priced.moment
  from public.models m, generate_series(now() - interval '730 days', now(), interval '730 days' / 115) priced (moment);
insert into public.syncs (provider_id, triggered_by, status, started_at, finished_at, n_listed, n_chat, details)
  select p.id, 'cron', 'saved', synced.moment, synced.moment + interval '3 s', 40, 6, '{"conflicts": [], "added": [], "left": []}'
  from public.providers p, generate_series(now() - interval '730 days', now(), interval '1 day') synced (moment);
insert into bench.targets
  select (row_number() over (order by p.name, m.name)) - 1, t.id, p.id, m.id, p.slug, m.name,
    250 + 900 * random(), 60 + 240 * random(), 0.3 + 1.4 * random(), firsttoken.describe_price(public.latest_price(m.id))
  from public.targets t join public.models m on m.id = t.model_id join public.providers p on p.id = t.provider_id;

create unlogged table bench.slots (run_id uuid, slot timestamptz, is_missed boolean);
create unlogged table bench.calls (
  run_id uuid, slot timestamptz, region text, ordinal integer, n integer, probe_id uuid, result_id uuid, confirms uuid,
  confirms_probe uuid, began timestamptz, ended timestamptz, fault integer, ttft double precision, tps double precision,
  latency double precision, output_tokens integer, connect double precision, quality text
);

-- Six consecutive slots have no run about every three weeks, and one is recorded as missed every two.
create function bench.plan_slots(since timestamptz, until timestamptz) returns void language sql as $$
  truncate bench.slots;
  insert into bench.slots
    select gen_random_uuid(), s.slot, s.number % 1471 = 7
    from (
      select slot, extract(epoch from slot)::bigint / 900 as number
      from generate_series(since, until - interval '1 second', interval '15 minutes') slot) s
    where s.number % 2011 > 5
$$;

-- Log-normal times, slower in the afternoon; two in a hundred calls fail, some targets more often than others.
create function bench.make_calls() returns void language sql as $$
  truncate bench.calls;
  insert into bench.calls
    select e.run_id, e.slot, e.region, e.ordinal, e.n, gen_random_uuid(), gen_random_uuid(), null, null, e.began,
      e.began + e.latency * interval '1 millisecond', e.fault, e.ttft, e.tps, e.latency, e.output_tokens, e.connect,
      case when e.luck > 0.995 then 'untrusted' when e.luck > 0.975 then 'degraded' else 'ok' end
    from (
      select d.*, case when f.n is null then d.ttft + 1000 * d.output_tokens / d.tps when f.has_begun then d.ttft + f.lasts_ms
          else f.lasts_ms * (0.8 + 0.4 * random()) end + random() as latency,
        d.slot + interval '5 s' + ((d.n * 37 + d.turn) % 60) * interval '4 s' + d.luck * interval '2 s' as began
      from (
        select s.run_id, s.slot, r.region, r.n * 60 + t.n + 1 as ordinal, t.n, random() as luck,
          (extract(epoch from s.slot)::bigint / 900 % 60)::integer as turn,
          t.ttft * exp(random_normal(0, 0.35)) * (1.1 + 0.2 * sin(extract(epoch from s.slot) / 86400 * 6.283)) as ttft,
          t.tps * exp(random_normal(0, 0.15)) as tps,
          (210 * exp(random_normal(0, 0.1)))::integer as output_tokens, 25 * exp(random_normal(0, 0.3)) as connect,
          case when random() < 0.02 * t.failing then 1 + floor(20 * random())::integer end as fault
        from bench.slots s join bench.regions r on r.since <= s.slot cross join bench.targets t
        where not s.is_missed
      ) d left join bench.faults f on f.n = d.fault
    ) e;
  -- A recheck of one in five failures of providers; most succeed.
  insert into bench.calls
    select c.run_id, c.slot, c.region, 1000 + c.ordinal, c.n, gen_random_uuid(), gen_random_uuid(), c.result_id, c.probe_id,
      c.ended + interval '5 s', c.ended + interval '9 s', case when random() < 0.3 then c.fault end, c.ttft, c.tps, 4000,
      c.output_tokens, c.connect, c.quality
    from bench.calls c join bench.faults f on f.n = c.fault
    where f.domain = 'provider' and random() < 0.2
$$;

create function bench.add_runs() returns void language sql as $$
  insert into public.runs (id, run_name, triggered_by, started_at, finished_at, schedule, slot, mode, status, status_reason,
      region, settings, n_probes, n_succeeded, n_failed, late_at)
    select s.run_id, 'scheduled run', 'cron', s.slot + interval '2 s', coalesce(made.ended + interval '1 s', s.slot), 'benchmark', s.slot,
      'scheduled', case when s.is_missed then 'missed' else 'finished' end, case when s.is_missed then 'the database was away' end,
      'fra1', case when s.is_missed then '{}' else jsonb_build_object('order', 'sequential', 'prompt', (select a.text from bench.answers a where a.n = 0),
        'confirm', true, 'timeouts', '{"idle": 30000, "total": 120000, "connect": 10000, "first_token": 60000}'::jsonb, 'max_tokens', 512,
        'prompt_hash', '59f7306da949a2abfb99aa047ded5ef493356a46cb3da10cd862295f8c3d22e8', 'temperature', 0.7) end,
      coalesce(made.n, 0), coalesce(made.n_ok, 0), coalesce(made.n - made.n_ok, 0),
      case when not s.is_missed then s.slot + interval '15 minutes' end
    from bench.slots s left join (
      select c.run_id, count(*)::integer as n, (count(*) filter (where c.fault is null))::integer as n_ok, max(c.ended) as ended
      from bench.calls c group by c.run_id) made on made.run_id = s.run_id
    order by s.slot;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price, status, claims, claim_id,
      lease_owner, estimate_usd, input_usd, reserved_usd, reserved_on, confirms)
    select c.probe_id, c.run_id, t.target_id, c.result_id, c.ordinal, 1, c.region, '84e1c6c6c17bf40e', t.price,
      case when c.fault is null then 'done' else 'failed' end, 1, gen_random_uuid(), 'vm:4711', 0.0003, 0.00001,
      0.0002, (c.began at time zone 'UTC')::date, c.confirms_probe
    from bench.calls c join bench.targets t on t.n = c.n
    order by c.slot, c.ordinal;
  insert into firsttoken.spending_parts as s (day, usd, part)
    select (c.began at time zone 'UTC')::date, 0.0002 * count(*), 0 from bench.calls c group by 1
    on conflict (day, part) do update set usd = s.usd + excluded.usd
$$;

create function bench.add_results() returns void language sql as $$
  insert into public.benchmark_results (id, run_id, provider_id, model_id, provider, model, input_tokens, output_tokens,
      total_latency_ms, ttft_ms, tps, status_code, success, error_message, response_text, cost_usd, created_at, probe_id, target_id,
      started_at, synthetic, region, iteration, series, prompt_hash, parameters, error_kind, fault_domain, finish_reason,
      response_model, request_id, reasoning_tokens, cached_tokens, token_source, prices, cost_source, dns_ms, tcp_ms, tls_ms,
      connect_ms, ttfb_ms, cold_ttft_ms, ttfa_ms, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms, e2e_ms, stall_count, stall_ms,
      input_tps, server_timings, response_bytes, event_count, timing_quality, timing_reasons, lag_max_ms, lag_p99_ms,
      lag_first_token_ms, events_per_read, tokens_per_event, http_version, queue_ms, formula_version, computed_usd, charged_usd,
      confirms, rate_limits, retry_after_ms)
    select c.result_id, c.run_id, t.provider_id, t.model_id, t.provider, t.model, case when d.ok then 89 end, d.tokens,
      c.latency, d.ttft, d.tps, case when d.ok then 200 else f.status_code end, d.ok, f.message,
      case when d.tokens is not null then a.text end,
      d.usd, c.ended, c.probe_id, t.target_id, c.began, false, c.region, 1, '84e1c6c6c17bf40e',
      '59f7306da949a2abfb99aa047ded5ef493356a46cb3da10cd862295f8c3d22e8',
      '{"stream": true, "max_tokens": 512, "temperature": 0.7, "stream_options": {"include_usage": true}}', f.kind, f.domain,
      case when d.ok then 'stop' end, case when d.ok then t.model end, 'chatcmpl-' || left(c.result_id::text, 18),
      case when d.ok then 0 end, case when d.ok then 0 end, case when d.tokens is not null then 'usage' end, t.price,
      case when d.ok then 'price' end, c.connect * 0.1, c.connect * 0.3, c.connect * 0.6, c.connect, c.ttft * 0.9, d.ttft + c.connect,
      d.ttft, 1000 / d.tps, 1000 / d.tps, 1400 / d.tps, 2500 / d.tps, case when d.ok then c.latency - 1 end,
      case when d.ok then 0 end, case when d.ok then 0 end, 89000 / d.ttft, case when t.n % 2 = 0 then '{"openai-processing-ms": 180}'::jsonb end,
      case when d.tokens is not null then 240 * c.output_tokens end, case when d.tokens is not null then c.output_tokens + 3 end,
      c.quality, case when c.quality = 'ok' then '{}' else array['event loop up to 7.0 ms late'] end, 1 + c.connect / 10, 0.2168710221,
      0, case when d.ok then 1.02 end, case when d.ok then 1.01 end, '1.1', 0.25 + c.connect / 1000, 2, d.usd,
      case when t.provider = 'openrouter' then d.usd end, c.confirms,
      case when t.n % 3 = 0 then '{"x-ratelimit-limit-requests": "10000", "x-ratelimit-remaining-requests": "9999", "x-ratelimit-remaining-tokens": "199000"}'::jsonb end,
      f.retry_after_ms
    from bench.calls c
      join bench.targets t on t.n = c.n
      left join bench.faults f on f.n = c.fault
      join bench.answers a on a.n = c.output_tokens % 256
      cross join lateral (
        select f.n is null as ok, case when f.n is null or f.has_begun then c.ttft end as ttft, case when f.n is null then c.tps end as tps,
          case when f.n is null or f.has_begun then c.output_tokens end as tokens,
          case when f.n is null then (89 * (t.price ->> 'input_per_m')::double precision + c.output_tokens * (t.price ->> 'output_per_m')::double precision) / 1e6 end as usd
      ) d
    order by c.ended;
  insert into public.timelines (result_id, version, data)
    select c.result_id, 2, t.data
    from bench.calls c join bench.timelines t on t.n = case when c.fault is null then 1 + c.output_tokens % 256 else 0 end
    order by c.ended
$$;

-- Adds the slots from since to until (exclusive) and returns the number of results. Foreign keys are valid by
-- construction and not checked again.
create function bench.generate(since timestamptz, until timestamptz) returns bigint
language plpgsql set session_replication_role = replica as $$
begin
  perform bench.plan_slots(since, until);
  perform bench.make_calls();
  perform bench.add_runs();
  perform bench.add_results();
  return (select count(*) from bench.calls);
end $$;
