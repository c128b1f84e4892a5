-- How far what providers charged is from tokens times price, by model, in the last 30 days: a price that we have wrong, or a
-- charge that is.
select p.name as provider,
  m.name as model,
  count(*) as answers,
  sum(r.charged_usd) as charged_usd,
  sum(r.computed_usd) as computed_usd,
  round((100 * (sum(r.charged_usd) / nullif(sum(r.computed_usd), 0) - 1))::numeric, 2) as drift_percent,
  max(abs(r.charged_usd - r.computed_usd)) as largest_usd
from benchmark_results r
  join providers p on p.id = r.provider_id
  join models m on m.id = r.model_id
where r.created_at >= now() - interval '30 days'
  and r.charged_usd is not null and r.computed_usd is not null
group by p.name, m.name
order by abs(sum(r.charged_usd) - sum(r.computed_usd)) desc;
