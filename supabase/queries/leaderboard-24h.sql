-- Leaderboard of the last 24 hours
-- Who sends the first token soonest: the median, with its 95 % interval from low to high. For another board put 'tps', 'ttfa', 'latency',
-- 'uptime' (percent) or 'cost' (dollars an answer) in place of 'ttft'. rank to rank_to is where a model may stand: boards are told apart by
-- region and series, and only what has 29 samples in at least 12 hours is on them.
select region, series, rank, rank_to, provider, model,
  case metric when 'uptime' then trunc(value::numeric, 2) else round(value::numeric, case metric when 'cost' then 8 else 2 end) end as value,
  round(low::numeric, case metric when 'cost' then 8 else 2 end) as low,
  round(high::numeric, case metric when 'cost' then 8 else 2 end) as high,
  case metric when 'tps' then 'tokens/s' when 'uptime' then 'percent' when 'cost' then 'usd' else 'ms' end as unit,
  n as n_samples, round(p95::numeric, 2) as p95
from leaderboard
where period = '24h' and metric = 'ttft' and not synthetic
order by region, series, rank, rank_to, case when metric in ('tps', 'uptime') then -leaderboard.value else leaderboard.value end, provider, model;
