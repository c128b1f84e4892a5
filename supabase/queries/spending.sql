-- Spending against budgets
-- The sums that budgets are compared with, by day (UTC): what calls cost, and what calls in progress may
-- still cost.
select to_char(s.day, 'YYYY-MM-DD') as day,
  round(s.usd::numeric, 6) as usd,
  round((sum(s.usd) over (partition by date_trunc('month', s.day::timestamp) order by s.day))::numeric, 6)
    as usd_in_month_so_far
from spending s
order by s.day desc
limit 62;
