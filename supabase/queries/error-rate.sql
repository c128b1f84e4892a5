-- Who fails: errors of the last 24 hours and of the last week. `provider_percent` leaves out what was not the
-- provider's fault: a bad key, an empty account, a model that does not exist.
select p.name as provider,
  count(*) filter (where not r.success and r.created_at >= now() - interval '24 hours') as errors_24h,
  count(*) filter (where r.created_at >= now() - interval '24 hours') as results_24h,
  count(*) filter (where not r.success) as errors_7d,
  count(*) as results_7d,
  round(100.0 * count(*) filter (where not r.success) / count(*), 2) as percent_7d,
  round(100.0 * count(*) filter (where r.fault_domain = 'provider') / count(*), 2) as provider_percent_7d
from benchmark_results r
  join providers p on p.id = r.provider_id
where r.created_at >= now() - interval '7 days'
group by p.name
order by percent_7d desc;
