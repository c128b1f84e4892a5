-- Cost, day by day
-- What the benchmark itself cost in the last 30 days and today (UTC): every call, including rechecks and
-- failures that were charged. An answer of unknown cost adds nothing and is counted separately.
select to_char(day at time zone 'UTC', 'YYYY-MM-DD') as day,
  round(sum(cost_usd), 6) as cost_usd,
  sum(n_calls) as n_calls,
  sum(input_tokens) as input_tokens,
  sum(output_tokens) as output_tokens,
  sum(n_cost_unknown) as n_cost_unknown
from costs_daily
where costs_daily.day >= period_start('30d') and not synthetic
group by costs_daily.day
order by costs_daily.day desc;
