-- Leaderboard of the last 7 days
-- Who sends the first token soonest: the median, with its 95 % interval from low to high. For another board,
-- put 'tps', 'ttfa', 'latency', 'uptime' (percent) or 'cost' (dollars per answer) in place of 'ttft'. rank to
-- rank_to are the possible places of a model. Every region and series has a board of its own, with targets
-- that have 59 samples on at least 4 days.
select region, series, rank, rank_to, provider, model,
  case metric when 'uptime' then trunc(value::numeric, 2)
    else round(value::numeric, case metric when 'cost' then 8 else 2 end) end as value,
  round(low::numeric, case metric when 'cost' then 8 else 2 end) as low,
  round(high::numeric, case metric when 'cost' then 8 else 2 end) as high,
  case metric when 'tps' then 'tokens/s' when 'uptime' then 'percent' when 'cost' then 'usd'
    else 'ms' end as unit,
  n as n_samples, round(p95::numeric, 2) as p95
from leaderboard
where period = '7d' and metric = 'ttft' and not synthetic
order by region, series, rank, rank_to,
  case when metric in ('tps', 'uptime') then -leaderboard.value else leaderboard.value end, provider, model;
