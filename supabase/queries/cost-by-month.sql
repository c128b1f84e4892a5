-- Cost, month by month
-- What the benchmark itself cost since the beginning (UTC), by provider, including deleted models and pruned
-- results.
with days as (
  select day, provider, sum(cost_usd) as cost_usd, sum(n_calls) as n_calls, sum(input_tokens) as input_tokens,
    sum(output_tokens) as output_tokens, sum(n_cost_unknown) as n_cost_unknown
  from costs_daily
  where not synthetic
  group by day, provider
)
select to_char(d.day at time zone 'UTC', 'YYYY-MM') as month, d.provider,
  round(sum(d.cost_usd), 6) as cost_usd,
  sum(d.n_calls) as n_calls,
  sum(d.input_tokens) as input_tokens,
  sum(d.output_tokens) as output_tokens,
  sum(d.n_cost_unknown) as n_cost_unknown
from days d
group by month, d.provider
order by month desc, cost_usd desc, d.provider;
