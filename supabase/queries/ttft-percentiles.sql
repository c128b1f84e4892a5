-- Time to first token, model by model, over the last 24 hours. A p95 of fewer than 59 results says nothing and is left out.
select p.name as provider,
  m.name as model,
  count(*) as results,
  round((percentile_cont(0.5) within group (order by r.ttft_ms))::numeric, 1) as p50_ms,
  case when count(*) >= 59 then round((percentile_cont(0.95) within group (order by r.ttft_ms))::numeric, 1) end as p95_ms
from benchmark_results r
  join models m on m.id = r.model_id
  join providers p on p.id = m.provider_id
where r.created_at >= now() - interval '24 hours'
  and r.success and r.confirms is null and r.ttft_ms is not null and r.timing_quality is distinct from 'untrusted'
group by p.name, m.name
order by p50_ms;
