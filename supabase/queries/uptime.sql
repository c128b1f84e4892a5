-- Uptime of every target in the last 30 days. Only provider faults lower it; where a second look was made, both must have
-- failed. Account, configuration, filters and our own outages are no checks. Floored, so that 100 means no failure at all.
with checks as (
  select r.target_id, r.provider, r.model,
    r.fault_domain is not distinct from 'provider'
      and not exists (
        select from benchmark_results again
        where again.confirms = r.id and again.fault_domain is distinct from 'provider') as failed
  from benchmark_results r
  where r.created_at >= now() - interval '30 days'
    and r.confirms is null
    and not r.synthetic
    and (r.success or r.fault_domain = 'provider')
)
select c.provider, c.model, t.parameters, t.region,
  count(*) as checks,
  count(*) filter (where c.failed) as failed,
  floor(10000.0 * count(*) filter (where not c.failed) / count(*)) / 100 as uptime_percent
from checks c left join targets t on t.id = c.target_id
group by c.target_id, c.provider, c.model, t.parameters, t.region
order by uptime_percent, c.provider, c.model;
