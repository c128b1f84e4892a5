-- Charges against prices
-- How far the charges of providers are from tokens times price, over the latest 200 calls of every target:
-- either our price is wrong, or the charge is.
select p.name as provider,
  m.name as model,
  count(*) as n_answers,
  round(sum(r.charged_usd)::numeric, 8) as charged_usd,
  round(sum(r.computed_usd)::numeric, 8) as computed_usd,
  round((100 * (sum(r.charged_usd) / nullif(sum(r.computed_usd), 0) - 1))::numeric, 2) as drift_percent,
  round(max(abs(r.charged_usd - r.computed_usd))::numeric, 8) as largest_usd
from targets t
  join providers p on p.id = t.provider_id
  join models m on m.id = t.model_id
  cross join lateral (
    select b.charged_usd, b.computed_usd from benchmark_results b where b.target_id = t.id
      order by b.created_at desc limit 200
  ) r
where r.charged_usd is not null and r.computed_usd is not null
group by p.name, m.name
order by abs(sum(r.charged_usd) - sum(r.computed_usd)) desc, provider, model;
