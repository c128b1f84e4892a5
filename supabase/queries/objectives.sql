-- What is left of the objectives
-- Of every target that has some (models.ts slo sets them), over its days: how many checks or samples there
-- were, how many were bad, what share of the budget is left (below 0: overspent), and how many times as fast
-- as it allows it burnt in 24 hours and 7 days. Percentages are rounded down. If provable_percent is below
-- the objective, even that many without a failure would not prove it.
select provider, model, region, objective, 100 * share as objective_percent, within_ms, days, n, bad,
  round(good_percent, 2) as good_percent, round(budget::numeric, 2) as budget,
  floor(100 * budget_left) as left_percent,
  round(burn_24h::numeric, 1) as burn_24h, round(burn_7d::numeric, 1) as burn_7d,
  floor(100000 * provable) / 1000 as provable_percent
from slo_status
order by budget_left nulls last, provider, model, region, objective;
