-- What the benchmark itself cost in the last 30 days. A result whose cost is unknown adds nothing and is counted apart.
select p.name as provider,
  m.name as model,
  sum(r.cost_usd) as total_usd,
  avg(r.cost_usd) as usd_per_request,
  count(*) as requests,
  count(*) filter (where r.cost_usd is null) as cost_unknown
from benchmark_results r
  join providers p on p.id = r.provider_id
  join models m on m.id = r.model_id
where r.created_at >= now() - interval '30 days' and r.success
group by p.name, m.name
order by total_usd desc nulls last;
