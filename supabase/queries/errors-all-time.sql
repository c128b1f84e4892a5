-- Errors of all time
-- What failed and how often since the beginning, by fault domain, including deleted models and pruned
-- results, without rechecks and the synthetic provider. Days are summed before names are joined, because
-- there are many.
with counted as (
  select d.track_id, e.key, sum(e.value::integer) as n, min(d.bucket) as first_day, max(d.bucket) as last_day
  from rollups_daily d cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null
  group by d.track_id, e.key
)
select split_part(c.key, '.', 1) as fault_domain, split_part(c.key, '.', 2) as error_kind, k.provider,
  k.region, sum(c.n) as n,
  count(distinct k.model) as n_models,
  to_char(min(c.first_day) at time zone 'UTC', 'YYYY-MM-DD') as first_day,
  to_char(max(c.last_day) at time zone 'UTC', 'YYYY-MM-DD') as last_day
from counted c join tracks k on k.id = c.track_id
where not k.synthetic
group by 1, 2, k.provider, k.region
order by n desc, fault_domain, error_kind, k.provider, k.region;
