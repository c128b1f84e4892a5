-- The calls as rows. Foreign keys are valid by construction and not checked again, and rollups are rebuilt
-- afterwards, so triggers are off.

create function demo.add_runs() returns void language sql as $$
  insert into public.runs (id, run_name, triggered_by, started_at, finished_at, schedule, slot, mode,
      status, status_reason, region, synthetic, settings, n_probes, n_succeeded, n_failed, late_at)
    select s.run_id, s.name, case when s.schedule is null then 'api' else 'cron' end,
      s.slot + interval '2 s', coalesce(made.ended + interval '1 s', s.slot), s.schedule,
      case when s.schedule is not null then s.slot end, s.mode,
      case when s.is_missed then 'missed' else 'finished' end,
      case when s.is_missed then 'the database was away' when made.n_self > made.n / 2
        then 'our own outage: most targets failed on the network' end, 'fra1', true,
      case when s.is_missed then '{}'
        else '{"order": "sequential", "prompt": "How does a lighthouse work?", "confirm": true,
          "timeouts": {"idle": 30000, "total": 120000, "connect": 10000, "first_token": 60000},
          "prompt_hash": "59f7306da949a2abfb99aa047ded5ef493356a46cb3da10cd862295f8c3d22e8",
          "max_tokens": 512, "temperature": 0.7}'::jsonb end,
      coalesce(made.n, 0), coalesce(made.n_ok, 0), coalesce(made.n - made.n_ok, 0),
      case when not s.is_missed and s.schedule is not null then s.slot + s.step end
    from demo.slots s
      left join (
        select c.run_id, count(*)::integer as n, max(c.ended) as ended,
          (count(*) filter (where c.fault is null))::integer as n_ok,
          count(*) filter (where f.domain = 'self') as n_self
        from demo.calls c left join demo.faults f on f.n = c.fault
        group by c.run_id) made on made.run_id = s.run_id
    order by s.slot;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price,
      status, claims, claim_id, lease_owner, estimate_usd, input_usd, reserved_usd, reserved_on, confirms,
      provider_id)
    select c.probe_id, c.run_id, t.target_id, c.result_id, c.ordinal, c.iteration, c.region, c.series,
      p.price, case when c.fault is null then 'done' else 'failed' end, 1, c.probe_id, 'demo:1', 0.0003,
      0.00001, 0.0002, (c.began at time zone 'UTC')::date, c.confirms_probe, t.provider_id
    from demo.calls c
      join demo.targets t on t.n = c.n
      join demo.prices p on p.n = c.n and p.since <= c.slot and p.until > c.slot
    order by c.slot, c.ordinal
$$;

-- Texts are kept for two weeks, as retention does.
create function demo.add_results() returns void language sql as $$
  insert into public.benchmark_results (id, run_id, provider_id, model_id, provider, model, input_tokens,
      output_tokens, total_latency_ms, ttft_ms, tps, status_code, success, error_message, response_text,
      cost_usd, created_at, probe_id, target_id, started_at, synthetic, region, iteration, series,
      prompt_hash, parameters, error_kind, fault_domain, finish_reason, response_model, request_id,
      reasoning_tokens, cached_tokens, token_source, prices, cost_source, dns_ms, tcp_ms, tls_ms,
      connect_ms, ttfb_ms, cold_ttft_ms, ttfa_ms, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms, e2e_ms,
      stall_count, stall_ms, input_tps, response_bytes, event_count, timing_quality, timing_reasons,
      lag_max_ms, lag_p99_ms, lag_first_token_ms, events_per_read, tokens_per_event, http_version, queue_ms,
      formula_version, computed_usd, charged_usd, confirms, retry_after_ms)
    select c.result_id, c.run_id, t.provider_id, t.model_id, t.slug, t.model, case when d.ok then 89 end,
      case when d.ok then d.tokens end, c.latency, d.ttft, d.tps,
      case when d.ok then 200 else f.status_code end, d.ok, f.message,
      case when c.began < x.until - interval '14 days' or d.ttft is null then null
        when d.ok then a.text else left(a.text, 120) end,
      d.usd, c.ended, c.probe_id, t.target_id, c.began, true, c.region, c.iteration, c.series,
      '59f7306da949a2abfb99aa047ded5ef493356a46cb3da10cd862295f8c3d22e8',
      '{"stream": true, "max_tokens": 512, "temperature": 0.7}', f.kind, f.domain,
      case when d.ok then 'stop' end, case when d.ok then t.model end,
      'demo-' || left(c.result_id::text, 13), case when d.ok then c.thought end,
      case when d.ok then 0 end, case when d.ok then 'usage' end, p.price,
      case when d.ok then 'price' end, c.connect * 0.1, c.connect * 0.3, c.connect * 0.6, c.connect,
      case when f.status_code is not null or d.ok then least(c.ttft * 0.7, c.latency) end,
      d.ttft + c.connect, d.ttft + 1000 * c.thought / c.tps, 1000 / d.tps, 900 / d.tps, 1500 / d.tps,
      greatest(2080 / d.tps, c.stall), case when d.ok then c.latency - 2 end,
      case when d.ok then (c.stall > 0)::integer end, case when d.ok then c.stall end, 89000 / d.ttft,
      case when d.ok then 240 * (d.tokens + 3) end, case when d.ok then d.tokens + 3 end, c.quality,
      case when c.quality = 'ok' then '{}' else array['event loop up to 7.0 ms late'] end,
      1 + c.connect / 10, 0.22, 0, case when d.ok then 1 end, case when d.ok then 1 end, '1.1', 0.25, 3,
      d.usd, case when t.slug = 'openrouter' then 1.02 * d.usd end, c.confirms, f.retry_after_ms
    from demo.calls c
      cross join demo.settings x
      join demo.targets t on t.n = c.n
      join demo.prices p on p.n = c.n and p.since <= c.slot and p.until > c.slot
      join demo.answers a on a.n = c.answer
      left join demo.faults f on f.n = c.fault
      cross join lateral (
        select f.n is null as ok, c.thought + c.visible as tokens,
          case when f.n is null or f.has_begun then c.ttft end as ttft,
          -- A stall is part of the time in which the tokens came.
          case when f.n is null then (c.thought + c.visible - 1)
            / ((c.thought + c.visible - 1) / c.tps + c.stall / 1000) end as tps,
          case when f.n is null then (89 * (p.price ->> 'input_per_m')::double precision
            + (c.thought + c.visible) * (p.price ->> 'output_per_m')::double precision) / 1e6 end as usd) d
    order by c.ended
$$;

-- What the results of the calls cost, by day.
create function demo.add_spending() returns void language sql as $$
  select firsttoken.spend(each.day, each.usd)
    from (
      select (b.created_at at time zone 'UTC')::date as day, sum(b.cost_usd) as usd
      from demo.calls c join public.benchmark_results b on b.id = c.result_id
      where b.cost_usd is not null group by 1) each
$$;

-- Adds the slots from since to until (exclusive) and returns the number of results.
create function demo.fill(since timestamptz, until timestamptz) returns integer
language plpgsql set session_replication_role = replica as $$
begin
  perform setseed((select s.seed from demo.settings s) + extract(doy from since) / 1000 - 1);
  perform demo.plan_slots(since, until);
  perform demo.make_calls();
  perform demo.add_runs();
  perform demo.add_results();
  perform demo.add_spending();
  return (select count(*)::integer from demo.calls);
end $$;

-- Benchmarks by hand of the last days, three rounds each.
create function demo.fill_by_hand() returns integer
language plpgsql set session_replication_role = replica as $$
begin
  truncate demo.slots;
  insert into demo.slots
    select demo.id(d.until - k * interval '26 hours', 12, k),
      d.until - k * interval '26 hours' + interval '400 s', interval '0', false,
      (array['before the release', 'same model, other hosts', 'after the release', 'small models', 'night',
        'quick look'])[k], null, 'multi', '2f6d0c1b9e7a4d35', 3, k
    from demo.settings d cross join generate_series(1, 6) k
    where d.until - k * interval '26 hours' > d.since;
  perform demo.make_calls();
  perform demo.add_runs();
  perform demo.add_results();
  perform demo.add_spending();
  return (select count(*)::integer from demo.calls);
end $$;

-- The next run is due in a day, so that the state of the targets is told until then and not that all is stale.
create function demo.rest() returns void language sql as $$
  update public.runs set late_at = slot + interval '24 hours'
    where id = (select r.id from public.runs r where r.schedule is not null order by r.slot desc limit 1)
$$;
