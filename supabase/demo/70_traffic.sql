-- What passed through the proxy in the last two days: for each call of the first eight targets from one
-- region, a request of a web server and a longer one of a batch, which are slower and fail as it did.
create function demo.add_traffic() returns void language plpgsql as $$
declare
  batch jsonb;
begin
  for batch in
    select jsonb_agg(made.request)
    from (
      select jsonb_build_object('id', demo.id(r.at, 18, r.nth::integer), 'received_at', r.at, 'path', 'chat',
          'provider', r.provider, 'host', 'api.' || r.provider || '.example', 'synthetic', true,
          'model_asked', r.model, 'model_answered', r.model, 'client', r.client, 'region', r.region,
          'key_mode', 'pass-through', 'stream', true, 'status', r.status_code,
          'upstream_status', r.status_code, 'success', r.success and not r.leaves,
          'error_kind', case when r.leaves then 'aborted' else r.error_kind end,
          'fault_domain', case when r.leaves then 'self' else r.fault_domain end,
          'client_left', case when r.leaves then 'streaming' end,
          'finish_reason', case when r.success and not r.leaves then 'stop' end,
          'body_ms', 0.2, 'sent_ms', 0.9, 'connect_ms', 0, 'reused', true,
          'first_token_ms', r.ttft + 0.9, 'first_written_ms', r.ttft + 1.1, 'end_ms', r.latency + 1.2,
          'overhead_before_ms', round((0.4 + 0.5 * r.luck)::numeric, 3),
          'overhead_first_ms', round((0.1 + 0.2 * r.luck)::numeric, 3), 'client_stalled_ms', 0,
          'ttfb_ms', r.ttft * 0.9, 'ttft_ms', r.ttft, 'ttfa_ms', r.ttft, 'tps', r.tps,
          'total_latency_ms', r.latency)
        || jsonb_build_object('input_tokens', r.input, 'cached_tokens', 0, 'output_tokens', r.output_tokens,
          'token_source', 'usage', 'cost_usd', r.cost_usd * r.factor, 'cost_source', 'price',
          'request_bytes', 5 * r.input, 'response_bytes', 400 * coalesce(r.output_tokens, 1),
          'event_count', coalesce(r.output_tokens, 0), 'injected_usage', true, 'timing_quality', 'ok',
          'timing_reasons', '[]'::jsonb) as request,
        r.nth / 500 as turn
      from (
        select c.*, c.ttft_ms * c.factor * (0.9 + 0.5 * c.luck) as ttft,
          c.total_latency_ms * c.factor as latency, (120 + 1800 * (c.factor - 1) * c.luck)::integer as input,
          c.success and c.luck > 0.98 as leaves,
          c.created_at + c.luck * interval '9 minutes' as at,
          row_number() over (order by c.id, c.client) as nth
        from (
          select b.*, kind.client, kind.factor, random() as luck
          from public.benchmark_results b
            join demo.targets t on t.target_id = b.target_id
            cross join demo.settings d
            cross join (values ('web', 1.05), ('batch', 2.2)) kind (client, factor)
          where t.n < 8 and b.region = 'iad1' and b.created_at >= d.until - interval '2 days') c
      ) r where r.at < now()
    ) made
    group by made.turn order by made.turn
  loop
    perform public.record_proxy_requests(jsonb_build_object('rows', batch));
  end loop;
end $$;
