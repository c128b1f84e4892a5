-- Hour by hour over the last week: averages over what succeeded, second looks apart.
select date_trunc('hour', created_at) as hour,
  avg(total_latency_ms) as avg_latency_ms,
  avg(ttft_ms) as avg_ttft_ms,
  avg(tps) as avg_tps,
  count(*) as results
from benchmark_results
where created_at >= now() - interval '7 days' and success and confirms is null
group by 1
order by 1 desc;
