-- What the benchmark itself cost, day by day (UTC), in the last 30 days. Failed calls that were charged are in it.
select (r.created_at at time zone 'UTC')::date as day,
  sum(r.cost_usd) as usd,
  count(*) as calls,
  count(*) filter (where r.success and r.cost_usd is null) as cost_unknown
from benchmark_results r
where r.created_at >= now() - interval '30 days'
group by 1
order by 1 desc;
