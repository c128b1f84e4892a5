-- Cost of every model
-- What the benchmark itself cost in the last 30 days and today (UTC), the cost of an answer, and of a
-- thousand visible tokens, which are those that are not reasoning. If some costs are unknown, the last is
-- left out.
select provider, model,
  round(sum(cost_usd), 6) as cost_usd,
  round(sum(cost_usd) / nullif(sum(n_answers - n_cost_unknown), 0), 8) as usd_per_answer,
  case when sum(n_cost_unknown) = 0
    then round(1000 * sum(cost_usd) / nullif(sum(output_tokens - reasoning_tokens), 0), 6)
    end as usd_per_1k_visible_tokens,
  sum(n_calls) as n_calls,
  sum(n_answers) as n_answers,
  sum(n_cost_unknown) as n_cost_unknown
from costs_daily
where day >= period_start('30d') and not synthetic
group by provider, model
order by cost_usd desc, provider, model;
