-- What calls cost day by day (UTC), and what calls under way may still cost: the sums that budgets are held against.
select s.day, s.usd,
  sum(s.usd) over (partition by date_trunc('month', s.day::timestamp) order by s.day) as usd_in_month_so_far
from spending s
order by s.day desc
limit 62;
