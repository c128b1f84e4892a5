-- Who is fast: averages of the last 24 hours over what succeeded, second looks apart.
select p.name as provider,
  avg(r.total_latency_ms) as avg_latency_ms,
  avg(r.ttft_ms) as avg_ttft_ms,
  avg(r.tps) as avg_tps,
  count(*) as results
from benchmark_results r
  join providers p on p.id = r.provider_id
where r.created_at >= now() - interval '24 hours' and r.success and r.confirms is null
group by p.name
order by avg_latency_ms;
