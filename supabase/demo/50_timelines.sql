-- The timelines of the newest results, which the program makes: SQL cannot compress as it does.

-- The results of the last hours and the benchmarks by hand, with what their timelines must agree with.
create function demo.list_timed() returns setof jsonb language sql stable as $$
  select jsonb_build_object('id', b.id, 'ttft', b.ttft_ms, 'ttfa', b.ttfa_ms, 'end', b.total_latency_ms,
      'reasoning', b.reasoning_tokens, 'stall', coalesce(b.stall_ms, 0), 'is_whole', b.success,
      'headers', b.ttfb_ms, 'dns', b.dns_ms, 'tcp', b.tcp_ms, 'tls', b.tls_ms, 'connect', b.connect_ms,
      'text', b.response_text)
    from public.benchmark_results b
      join public.runs r on r.id = b.run_id
      cross join demo.settings d
    where b.created_at >= d.until - interval '12 hours'
      or r.schedule is null and b.created_at >= d.until - interval '7 days'
    order by b.created_at, b.id
$$;

-- input: [{id, version, data in base64}].
create function demo.save_timelines(input jsonb) returns void language sql as $$
  insert into public.timelines (result_id, version, data)
    select t.id, t.version, decode(t.data, 'base64')
    from jsonb_to_recordset(input) t (id uuid, version integer, data text)
$$;
