-- What the leaderboards rest on
-- The number of samples of every target in each period, and of hours and days that have any. A rank takes 29
-- samples in 12 hours of the last 24, 59 on 4 days of the last 7, or 59 on 10 days of the last 30.
select s.period, k.region, k.series, k.provider, k.model, s.n as n_samples, s.n_hours, s.n_days,
  s.rank is not null as is_ranked
from target_summary s
  join tracks k on k.id = s.track_id
where s.metric = 'latency' and not k.synthetic
order by array_position(array['24h', '7d', '30d'], s.period), is_ranked, n_samples, k.region, k.series,
  k.provider, k.model;
